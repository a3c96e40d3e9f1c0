"""What somebody is writing: begun, led on, set aside, and taken up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Onward, Subject, View, by_every_name
from conversations.kit.draft import Draft
from conversations.kit.events import EditedMessage, Event, Opened, Pressed, Said, SentPhoto
from conversations.kit.looking import summary
from conversations.kit.opening import opening
from conversations.kit.screens import Line, Page, Screen
from conversations.kit.showing import warning
from conversations.kit.steps import not_for_this_question
from conversations.kit.turning import Turn, ask, show_again, turn
from conversations.kit.ways_out import leads_back
from conversations.lobby import half_done, home
from conversations.lobby.replies import CardName, Reply
from locales import Text, _
from storage.identity import new_id
from storage.messages import drafts
from storage.messages.drafts import DraftState
from storage.messages.outbox import Placement, Policy
from storage.refusals import Misunderstood, Refused

NOT_READ_AGAIN = _("A message that was changed afterwards is not read again.")
WHERE_IT_WAS_LEFT = _("Here is where it was left.")


class Drafting:
    """The drafts of people, and the conversations that they belong to."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        self.by_name = by_every_name(subjects)

    async def home(self, context: Context, note: Text | None = None, *, undo: str = "") -> Reply:
        """The card of what can be done, below a sentence if there is one to say; `undo` is a draft to bring back."""
        screen = await home.screen(context, self.subjects)
        if note is not None:
            screen = screen.with_lines_before(Line(note))
        return Reply(half_done.with_undo(screen, undo) if undo else screen)

    async def nothing_open(self, context: Context) -> Reply:
        """To whoever wants out of something: what is set aside can be put away, else nothing is there."""
        left = await half_done.left_half_done(context, self.subjects, limit=2)
        note = _("Nothing is being written at the moment.")
        if len(left) == 1:
            note = _("Nothing is open now. What is not finished can be put away below.")
        elif left:
            note = _("Nothing is open now. All that is not finished is a press away below.")
        return await self.home(context, note)

    async def begin(
        self, context: Context, named: Conversation, payload: str, live: drafts.StoredDraft | None
    ) -> Reply:
        """Begin a conversation; what is being written is set aside, unless it is about the same."""
        stored = new_draft(context, named)
        context.draft_id = stored.id
        try:
            draft = await opening(named, context, payload)
        except Refused as refused:
            return await self.home(context, refused.why)
        if draft.corrects is not None:
            version = (draft.corrects.report_id, draft.corrects.version)
            begun = await drafts.correcting(context.session, context.person.id, *version)
            if begun is not None:
                return await self.resume(context, begun, live)
        if payload and live is not None and _is_about(live, named, draft):
            return await self.present(context, live, WHERE_IT_WAS_LEFT)
        after = await ask(named, draft, context)
        if live is not None:
            await self.park(context, live)
        if after.ended:
            return Reply(await self._last(context, after.screen), card=CardName.NOTICE)
        context.session.add(stored)
        return await self.written_down(context, named, stored, after, Opened(named.name))

    async def begin_with(
        self,
        context: Context,
        named: Conversation,
        drafts_told: Sequence[Draft],
        event: Event,
        live: drafts.StoredDraft | None,
    ) -> Reply:
        """A draft for each thing that was told; the first of them is shown, the others wait beside it."""
        reply = Reply()
        for place, draft in reversed(list(enumerate(drafts_told))):
            stored = new_draft(context, named)
            context.draft_id = stored.id
            photos: list[str] = []
            why: tuple[Line, ...] = ()
            if place == 0 and isinstance(event, SentPhoto) and draft.opened_with:
                photos, why = await _first_photo(context, named, event)
            after = await ask(named, named.beginning(draft, photos), context, *why)
            if live is not None:
                await self.park(context, live)
            context.session.add(stored)
            reply = await self.written_down(context, named, stored, after, event)
            live = stored
        if live is not None and isinstance(event, SentPhoto) and not drafts_told[0].opened_with:
            # A photo without a word is the first of what begins with it.
            await context.session.flush()
            return await self.go_on(context, event, live)
        return reply

    async def show(
        self, context: Context, view: View, payload: str, live: drafts.StoredDraft | None
    ) -> Reply:
        """A card that only shows: what is being written stays open, with the way back to it."""
        try:
            shown = await view.show(context, payload)
        except Refused as refused:
            shown = Page().add(refused.why).screen()
        conversation = self.by_name.get(live.conversation) if live is not None else None
        if live is None or conversation is None or not conversation.open_to(context):
            return Reply(await self._last(context, shown), card=CardName.NOTICE)
        what, in_short = await summary(conversation, conversation.said_so_far(live), context)
        shown = half_done.beside_what_is_open(shown, live.id, what, in_short)
        return Reply(shown, card=CardName.NOTICE)

    async def begun_before(
        self, context: Context, named: Conversation, live: drafts.StoredDraft | None
    ) -> Reply | None:
        """The same conversation, begun and not finished: go on with it, or start anew."""
        if live is not None and live.conversation in named.names:
            return await self.present(context, live, WHERE_IT_WAS_LEFT)
        parked = await drafts.parked_of(context.session, context.person.id, set(named.names), 1)
        if not parked:
            return None
        what, _in_short = await summary(named, named.said_so_far(parked[0]), context)
        return Reply(half_done.begun_before(named, parked[0], what), card=CardName.NOTICE)

    async def resume(
        self, context: Context, found: drafts.StoredDraft, live: drafts.StoredDraft | None
    ) -> Reply:
        """Take up what was set aside."""
        if live is not None and live.id != found.id:
            await self.park(context, live)
        found.state = DraftState.LIVE
        await context.session.flush()
        left = await self.present(context, found, WHERE_IT_WAS_LEFT)
        return replace(left, placement=Placement.BELOW)

    async def park(self, context: Context, live: drafts.StoredDraft) -> None:
        """Set a draft aside; one without any answer is not worth coming back to."""
        untouched = Draft.kept(live).is_untouched
        live.state = DraftState.DROPPED if untouched else DraftState.PARKED
        live.updated_at = context.now
        # Two live drafts of one person are refused by the store, so the old one goes first.
        await context.session.flush()

    async def go_on(
        self,
        context: Context,
        event: Event,
        live: drafts.StoredDraft,
        *,
        meant: Event | None = None,
    ) -> Reply:
        """Lead what is being written on by one event, or by what that stands for."""
        conversation = self.by_name.get(live.conversation)
        if conversation is None:
            live.state = DraftState.DROPPED
            return await self.home(context, _("What was begun here is no longer asked for."))
        if not conversation.open_to(context):
            live.state = DraftState.PARKED
            return await self.home(context, _("This is not among the tasks of {you} any more."))
        context.draft_id = live.id
        if isinstance(event, EditedMessage):
            return await self._edited(context, live)
        after = await turn(conversation, conversation.said_so_far(live), meant or event, context)
        return await self.written_down(context, conversation, live, after, event)

    async def present(self, context: Context, live: drafts.StoredDraft, note: Text | None) -> Reply:
        """The open question once more, below a sentence if there is one to say."""
        conversation = self.by_name.get(live.conversation)
        if conversation is None or not conversation.open_to(context):
            return await self.go_on(context, Said(""), live)
        context.draft_id = live.id
        lines = () if note is None else (Line(note),)
        after = await show_again(conversation, conversation.said_so_far(live), context, *lines)
        reply = await self.written_down(context, conversation, live, after, Said(""))
        return replace(reply, placement=Placement.INSTEAD)

    async def written_down(
        self,
        context: Context,
        conversation: Conversation,
        live: drafts.StoredDraft,
        after: Turn,
        event: Event,
    ) -> Reply:
        """Keep where the conversation stands; each turn is a revision, each new question outdates older buttons."""
        before = live.asks
        after.draft.keep_in(live)
        live.revision += 1
        live.updated_at = context.now
        live.asks = after.asks
        if after.asks != before:
            live.asked_since = live.revision
        if after.onward is not None:
            return await self._onward(context, live, after.onward, event)
        if after.cancelled:
            return await self._cancelled(context, conversation, live)
        if after.ended:
            live.state = DraftState.FINISHED
            screen = await self._last(context, after.screen)
        else:
            screen = after.screen.of_draft(live.id, live.revision)
        live.screen = {} if screen.is_shown_once else screen.to_json()
        return Reply(
            screen,
            card=f"draft:{live.id}",
            placement=_placement(event),
            policy=Policy.RECEIPT if after.ended else Policy.PROMPT,
            silent=after.quiet,
        )

    async def _onward(
        self, context: Context, live: drafts.StoredDraft, onward: Onward, event: Event
    ) -> Reply:
        """Another conversation takes over what was said, in the same draft: buttons shown before are old."""
        named = self.by_name[onward.conversation]
        for draft in onward.beside:
            beside = new_draft(context, named)
            beside.state = DraftState.PARKED
            draft.keep_in(beside)
            context.session.add(beside)
        live.conversation = named.name
        draft = named.beginning(onward.draft, onward.photos)
        after = await show_again(named, draft, context)
        return await self.written_down(context, named, live, after, event)

    async def _last(self, context: Context, screen: Screen) -> Screen:
        """The last card of a conversation, with what can be done now."""
        if not context.roles_changed:
            parked = await half_done.left_half_done(context, self.subjects, limit=1)
            return half_done.with_way_on(screen, parked)
        await context.look_at_roles_again()
        menu = await home.screen(context, self.subjects)
        return replace(menu, lines=(*screen.lines, *menu.lines[1:]))

    async def _cancelled(
        self, context: Context, conversation: Conversation, live: drafts.StoredDraft
    ) -> Reply:
        live.state = DraftState.DROPPED
        note = _("Cancelled: {what}. Nothing was sent.").format(what=conversation.title)
        await context.session.flush()
        return await self.home(context, note, undo="" if Draft.kept(live).is_untouched else live.id)

    async def _edited(self, context: Context, live: drafts.StoredDraft) -> Reply:
        note = NOT_READ_AGAIN
        if live.screen and leads_back(Screen.from_json(live.screen)):
            note = _(
                "A message that was changed afterwards is not read again. To change an answer, please press Back."
            )
        return await self.present(context, live, note)


def new_draft(context: Context, named: Conversation) -> drafts.StoredDraft:
    return drafts.StoredDraft(
        id=new_id(),
        person_id=context.person.id,
        conversation=named.name,
        opened_at=context.now,
        updated_at=context.now,
    )


async def _first_photo(
    context: Context, named: Conversation, event: SentPhoto
) -> tuple[list[str], tuple[Line, ...]]:
    """The photo with whose words something begins, or why it cannot be kept; the words count all the same."""
    try:
        if named.photos is None:
            raise not_for_this_question(event)
        return await named.photos.with_one_more(event, [], context), ()
    except Misunderstood as misunderstood:
        return [], (Line(warning(misunderstood.why)),)


def _is_about(live: drafts.StoredDraft, named: Conversation, known: Draft) -> bool:
    """The same link or card was pressed before, and what it opened is still being written."""
    written = Draft.kept(live)
    same = bool(known.answers) and all(
        written.of(name).settled and written.value(name) == one.value
        for name, one in known.answers.items()
    )
    return same and live.conversation == named.name


def _placement(event: Event) -> Placement:
    if isinstance(event, Pressed):
        return Placement.IN_PLACE
    return Placement.INSTEAD if isinstance(event, SentPhoto) else Placement.BELOW
