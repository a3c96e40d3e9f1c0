"""Where everybody arrives: which conversation an event belongs to, and what is shown when it belongs to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from conversations import home
from conversations.home import DROP, FRESH, HOME, OPEN, RESUME, STAYS
from conversations.kit import typed, words
from conversations.kit.conversation import Conversation, Overheard
from conversations.kit.desk import Desk
from conversations.kit.draft import Draft
from conversations.kit.events import (
    Back,
    CameBack,
    Cancel,
    EditedMessage,
    Event,
    LeftUs,
    Opened,
    Pressed,
    Said,
    SentPhoto,
)
from conversations.kit.screens import Line, Screen
from conversations.kit.telling import went_silent
from conversations.kit.turning import Turn, ask, begin, open_with, turn
from conversations.kit.unusable import why_unusable
from locales import Text, _
from storage import drafts, outbox, people, photos
from storage.drafts import DraftState
from storage.identity import new_id
from storage.outbox import Placement, Policy
from storage.refusals import Refused

HELP_COMMAND = "trogiup"


class Card(StrEnum):
    """Cards that belong to no draft."""

    HOME = "home"
    HELP = "help"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person is shown, where, and how surely."""

    screen: Screen | None = None
    """Empty when nothing is shown, as to somebody who left."""
    toast: Text | None = None
    card: str = Card.HOME
    placement: Placement = Placement.BELOW
    policy: Policy = Policy.PROMPT


class Lobby:
    """All conversations, and the way between them."""

    def __init__(self, conversations: tuple[Conversation, ...]) -> None:
        self.conversations = conversations
        self.by_name = {conversation.name: conversation for conversation in conversations}
        self.by_command = {one.command: one for one in conversations if one.command}

    async def answer(self, desk: Desk, event: Event, live: drafts.Draft | None) -> Reply:
        """What a person's event leads to; changes `live` or the store behind `desk`, sends nothing."""
        if desk.person.unreachable_since is not None and not isinstance(event, LeftUs):
            await people.reachable(desk.session, desk.person.id)
        match event:
            case LeftUs():
                await went_silent(
                    desk.session,
                    desk.channels or (desk.channel,),
                    desk.person.id,
                    desk.channel,
                    desk.chat,
                    desk.now,
                )
                return Reply()
            case CameBack():
                return Reply()
            case Pressed(draft="", action=action):
                return await self._routed(desk, action.removeprefix(STAYS), live, action)
            case Pressed() if not _belongs_to(event, live):
                return await self._stale(desk, event, live)
            case Opened():
                return await self._opened(desk, event, live)
            case Said() if (reply := await self._typed(desk, event, live)) is not None:
                return reply
            case SentPhoto() if (reply := await self._elsewhere(desk, event, live)) is not None:
                return reply
            case _ if live is not None:
                return await self._go_on(desk, event, live)
        return await self._without_draft(desk, event)

    async def _go_on(self, desk: Desk, event: Event, live: drafts.Draft) -> Reply:
        conversation = self.by_name.get(live.conversation)
        if conversation is None:
            live.state = DraftState.DROPPED
            return await self.home(desk, _("What was begun here is no longer asked for."))
        if not conversation.open_to(desk):
            live.state = DraftState.PARKED
            return await self.home(desk, _("This is not among the tasks of {you} any more."))
        meant = _as_pressed(event, live)
        if isinstance(meant, Said):
            overheard = await self._overheard(desk, meant, live)
            if overheard is not None:
                return overheard
        desk.draft_id = live.id
        if isinstance(event, EditedMessage):
            return await self._edited(desk, live)
        said_so_far = _said_so_far(conversation, live)
        after = await turn(conversation, said_so_far, meant, desk)
        return await self._written_down(desk, conversation, live, after, event)

    async def _written_down(
        self, desk: Desk, conversation: Conversation, live: drafts.Draft, after: Turn, event: Event
    ) -> Reply:
        """Keep where the conversation stands; each turn is a revision, each new question outdates older buttons."""
        before = live.asks
        live.answers = dict(after.draft.answers)
        live.settled = list(after.draft.settled)
        live.page = after.draft.page
        live.revision += 1
        live.updated_at = desk.now
        live.asks = after.asks
        if after.asks != before:
            live.asked_since = live.revision
        if after.cancelled:
            return await self._cancelled(desk, conversation, live)
        if after.ended:
            live.state = DraftState.FINISHED
            screen = await self._last(desk, after.screen)
        else:
            screen = after.screen.of_draft(live.id, live.revision)
        live.screen = screen.to_json()
        return Reply(
            screen,
            card=f"draft:{live.id}",
            placement=_placement(event),
            policy=Policy.RECEIPT if after.ended else Policy.PROMPT,
        )

    async def _last(self, desk: Desk, screen: Screen) -> Screen:
        """The last card of a conversation, with what can be done now."""
        if not desk.roles_changed:
            parked = await drafts.parked_of(desk.session, desk.person.id, limit=1)
            return home.with_way_on(screen, parked, self.conversations)
        await desk.session.flush()
        found = await people.memberships_of(desk.session, [desk.person.id], desk.now)
        desk.memberships = found.get(desk.person.id, [])
        menu = await home.screen(desk, self.conversations)
        return replace(menu, lines=(*screen.lines, *menu.lines[1:]))

    async def _cancelled(self, desk: Desk, conversation: Conversation, live: drafts.Draft) -> Reply:
        live.state = DraftState.DROPPED
        note = _("Cancelled: {what}. Nothing was sent.").format(what=conversation.title)
        await desk.session.flush()
        reply = await self.home(desk, note)
        if live.answers and reply.screen is not None:
            reply = replace(reply, screen=home.with_undo(reply.screen, live.id))
        return replace(reply, placement=Placement.BELOW)

    async def _edited(self, desk: Desk, live: drafts.Draft) -> Reply:
        note = _(
            "A message that was changed afterwards is not read again. To change an answer, please press Back."
        )
        return await self._present(desk, live, note)

    async def _present(self, desk: Desk, live: drafts.Draft, note: Text | None) -> Reply:
        """The open question once more, below a sentence if there is one to say."""
        conversation = self.by_name.get(live.conversation)
        if conversation is None or not conversation.open_to(desk):
            return await self._go_on(desk, Said(""), live)
        desk.draft_id = live.id
        lines = () if note is None else (Line(note),)
        after = await ask(conversation, _said_so_far(conversation, live), desk, *lines)
        reply = await self._written_down(desk, conversation, live, after, Said(""))
        return replace(reply, placement=Placement.INSTEAD)

    async def _stale(self, desk: Desk, event: Pressed, live: drafts.Draft | None) -> Reply:
        """An old button never acts: it says so and shows what is current."""
        pressed = await drafts.of_person(desk.session, event.draft, desk.person.id)
        if pressed is None:
            note = _("This button is for somebody else.")
        elif pressed.state == DraftState.FINISHED:
            note = _("This has been sent already.")
        else:
            note = _("This button is an old one. Please go on with the newest card.")
        current = pressed is not None and (live is None or live.id == pressed.id)
        if pressed is not None and current and pressed.screen and await _shows(desk, pressed):
            return Reply(
                Screen.from_json(pressed.screen),
                toast=note,
                card=f"draft:{pressed.id}",
                placement=Placement.IN_PLACE,
                policy=Policy.EDIT,
            )
        if live is not None:
            return replace(await self._present(desk, live, note), toast=note)
        return replace(await self.home(desk, note), toast=note, placement=Placement.INSTEAD)

    async def _routed(
        self, desk: Desk, action: str, live: drafts.Draft | None, pressed: str
    ) -> Reply:
        """A button of a card that belongs to no draft: it opens something, which is never harmful."""
        kind, _colon, rest = action.partition(":")
        if kind == OPEN:
            name, _colon, payload = rest.partition(":")
            reply = await self._opened(desk, Opened(name, payload), live)
        elif kind in {RESUME, DROP, FRESH}:
            reply = await self._parked(desk, kind, rest, live)
        elif kind == HOME:
            reply = await self._aside(desk, live)
        else:
            note = _("This button is an old one. Please go on with the newest card.")
            reply = replace(await self.home(desk, note), toast=note)
        in_place = not pressed.startswith(STAYS) and reply.placement == Placement.BELOW
        return replace(reply, placement=Placement.IN_PLACE) if in_place else reply

    async def _parked(
        self, desk: Desk, kind: str, draft_id: str, live: drafts.Draft | None
    ) -> Reply:
        found = await drafts.of_person(desk.session, draft_id, desk.person.id)
        if found is None or found.state == DraftState.FINISHED:
            note = _("This has been sent already.")
            return replace(await self.home(desk, note), toast=note)
        if kind == RESUME:
            return await self._resume(desk, found, live)
        if found.state != DraftState.DROPPED:
            found.state = DraftState.DROPPED
            found.updated_at = desk.now
            await desk.session.flush()
        left = None if live is None or live.id == found.id else live
        if kind == FRESH and found.conversation in self.by_name:
            return await self._begin(desk, self.by_name[found.conversation], "", left)
        return await self.home(desk, _("Put away for good."))

    async def _resume(self, desk: Desk, found: drafts.Draft, live: drafts.Draft | None) -> Reply:
        if live is not None and live.id != found.id:
            await self._park(desk, live)
        found.state = DraftState.LIVE
        await desk.session.flush()
        note = _("Here is where it was left.")
        return replace(await self._present(desk, found, note), placement=Placement.BELOW)

    async def _park(self, desk: Desk, live: drafts.Draft) -> None:
        """Set a draft aside; one without any answer is not worth coming back to."""
        live.state = DraftState.PARKED if live.answers else DraftState.DROPPED
        live.updated_at = desk.now
        # Two live drafts of one person are refused by the store, so the old one goes first.
        await desk.session.flush()

    async def _opened(self, desk: Desk, event: Opened, live: drafts.Draft | None) -> Reply:
        if event.conversation == "" and event.payload:
            return await self._begin(desk, self._of_link(event.payload), event.payload, live)
        if event.conversation in {"", "home", "start", "menu"}:
            return await self._aside(desk, live)
        if event.conversation in {HELP_COMMAND, "help"}:
            return await self.help(desk, live)
        named = self.by_name.get(event.conversation) or self.by_command.get(event.conversation)
        if named is None:
            return await self.home(desk, _("That command is not known here. Please choose below."))
        if not named.open_to(desk):
            return await self.home(desk, _("This is not among the tasks of {you}."))
        if not event.payload:
            begun = await self._begun_before(desk, named, live)
            if begun is not None:
                return begun
        return await self._begin(desk, named, event.payload, live)

    def _of_link(self, payload: str) -> Conversation:
        """Every link that says nothing else is an invitation, or pretends to be one."""
        linked = (one for one in self.conversations if one.link and payload.startswith(one.link))
        return next(linked, self.by_name["join"])

    async def _begun_before(
        self, desk: Desk, named: Conversation, live: drafts.Draft | None
    ) -> Reply | None:
        """The same conversation, begun and not finished: go on with it, or start anew."""
        if live is not None and live.conversation == named.name:
            return await self._present(desk, live, _("Here is where it was left."))
        parked = [
            one
            for one in await drafts.parked_of(desk.session, desk.person.id)
            if one.conversation == named.name
        ]
        if not parked:
            return None
        return Reply(home.begun_before(named, parked[0]), card=Card.NOTICE)

    async def _begin(
        self, desk: Desk, named: Conversation, payload: str, live: drafts.Draft | None
    ) -> Reply:
        draft = _new_draft(desk, named)
        desk.draft_id = draft.id
        try:
            known = await named.opening(desk, payload)
        except Refused as refused:
            return await self.home(desk, refused.why)
        if payload and live is not None and _is_about(live, named, known):
            return await self._present(desk, live, _("Here is where it was left."))
        after = await begin(named, known, desk)
        if live is not None:
            await self._park(desk, live)
        if after.ended:
            return Reply(await self._last(desk, after.screen), card=Card.NOTICE)
        desk.session.add(draft)
        return await self._written_down(desk, named, draft, after, Opened(named.name))

    async def _overheard(self, desk: Desk, event: Event, live: drafts.Draft | None) -> Reply | None:
        """A report that nobody asked for, as a phone without a network sends it hours later."""
        words_sent = _words_of(event)
        if not words_sent:
            return None
        for one in self.conversations:
            if one.overhears is None or not one.open_to(desk):
                continue
            same = live is not None and live.conversation == one.name
            answers = None if live is None else live.answers if same else {}
            found = await one.overhears(
                desk, words_sent, with_photo=isinstance(event, SentPhoto), live=answers
            )
            if found:
                return await self._begin_overheard(desk, one, found, event, live)
        return None

    async def _begin_overheard(
        self,
        desk: Desk,
        named: Conversation,
        found: Sequence[Overheard],
        event: Event,
        live: drafts.Draft | None,
    ) -> Reply:
        """A draft for each thing told; the first of them is shown, the others wait beside it."""
        reply = Reply()
        for place, overheard in reversed(list(enumerate(found))):
            draft = _new_draft(desk, named)
            desk.draft_id = draft.id
            first = place == 0 and isinstance(event, SentPhoto)
            photo = await desk.keep_photo(event) if first and isinstance(event, SentPhoto) else None
            after = await open_with(named, overheard, photo, desk)
            if live is not None:
                await self._park(desk, live)
            desk.session.add(draft)
            reply = await self._written_down(desk, named, draft, after, event)
            live = draft
        return reply

    async def _without_draft(self, desk: Desk, event: Event) -> Reply:
        if isinstance(event, SentPhoto):
            return await self.home(desk, _("The photo was not used: nothing is being reported."))
        if isinstance(event, Cancel | Back):
            return await self.home(desk, _("Nothing is being written at the moment."))
        if isinstance(event, Said):
            return await self._overheard(desk, event, None) or await self._said(desk, event)
        if isinstance(event, EditedMessage):
            return await self.home(
                desk, _("A message that was changed afterwards is not read again.")
            )
        note = why_unusable(event) or _("What was sent is not used here. Please choose below.")
        return await self.home(desk, note)

    async def _elsewhere(
        self, desk: Desk, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """Where a photo belongs that is not for the live draft; None when it is, or belongs nowhere."""
        reply = await self._with_its_album(desk, event, live) if event.album else None
        reply = reply or await self._overheard(desk, event, live)
        writing = self.by_name.get(live.conversation) if live is not None else None
        if reply is None and not (writing and writing.asks_for_photos):
            return await self._with_photo(desk, event, live)
        return reply

    async def _with_photo(
        self, desk: Desk, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """A photo out of the blue begins what waits for one, and is its first photo."""
        for taker in self.conversations:
            if not (taker.takes_photos and taker.open_to(desk)):
                continue
            await self._begin(desk, taker, "", live)
            await desk.session.flush()
            begun = (await drafts.live_of(desk.session, [desk.person.id])).get(desk.person.id)
            if begun is not None and (live is None or begun.id != live.id):
                return await self._go_on(desk, event, begun)
        return None

    async def _with_its_album(
        self, desk: Desk, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """The rest of an album goes where its first photos went, whatever is being written now."""
        first = await photos.of_album(
            desk.session, desk.channel, desk.chat, event.album, desk.person.id
        )
        if first is not None and first.confirmation_id is not None:
            return await self._joins(desk, event, first.confirmation_id, live)
        begun = await drafts.of_person(
            desk.session, (first and first.draft_id) or "", desk.person.id
        )
        if begun is None or begun.state not in {DraftState.PARKED, DraftState.DROPPED}:
            return None
        return await self._kept_aside(desk, event, begun, live)

    async def _joins(
        self, desk: Desk, event: SentPhoto, report: str, live: drafts.Draft | None
    ) -> Reply | None:
        """A report that was sent gets the rest of its album; one card says so, however many they are."""
        for taker in self.conversations:
            joined = await taker.rest_of_album(desk, event, report) if taker.open_to(desk) else None
            if joined is None:
                continue
            if live is not None:
                asked = live.conversation == taker.name and joined.payload in live.answers.values()
                return await self._present(desk, live, None if asked else joined.note)
            if not joined.payload:
                return await self.home(desk, joined.note)
            return await self._begin(desk, taker, joined.payload, None)
        return None

    async def _kept_aside(
        self, desk: Desk, event: SentPhoto, begun: drafts.Draft, live: drafts.Draft | None
    ) -> Reply | None:
        """The photo waits with what was set aside or cancelled, should that be taken up again."""
        conversation = self.by_name.get(begun.conversation)
        if conversation is None or not conversation.open_to(desk):
            return None
        desk.draft_id = begun.id
        after = await turn(conversation, _said_so_far(conversation, begun), event, desk)
        begun.answers = dict(after.draft.answers)
        note = _("The photo is kept with what was set aside: {what}.").format(
            what=conversation.title
        )
        if live is not None:
            return await self._present(desk, live, note)
        reply = replace(await self.home(desk, note), placement=Placement.INSTEAD)
        if begun.state == DraftState.DROPPED and reply.screen is not None:
            return replace(reply, screen=home.with_undo(reply.screen, begun.id))
        return reply

    async def _typed(self, desk: Desk, event: Said, live: drafts.Draft | None) -> Reply | None:
        """Who types what a card says, or asks for home or help, does not answer; None for everything else."""
        if words.means(event.text, words.HOME):
            return await self._aside(desk, live)
        if words.means(event.text, words.HELP):
            return await self.help(desk, live)
        if self._is_command(desk, event.text, live):
            return await self._opened(desk, Opened(words.plainly(event.text)), live)
        meant = typed.on_a_card(event.text, desk.shown, live)
        if isinstance(meant, str):
            return await self._pressed_in_words(desk, meant, live)
        if live is None or meant is not typed.Elsewhere.OPEN:
            return None
        note = _("It was begun at another place. Here is the open question.")
        return replace(await self._present(desk, live, note), placement=Placement.BELOW)

    def _is_command(self, desk: Desk, said: str, live: drafts.Draft | None) -> bool:
        """A command without its slash, of something else than the person is in the middle of."""
        named = self.by_command.get(words.plainly(said))
        if named is None:
            return words.plainly(said) == HELP_COMMAND
        return named.open_to(desk) and (live is None or live.conversation != named.name)

    async def _pressed_in_words(self, desk: Desk, action: str, live: drafts.Draft | None) -> Reply:
        """As if the button had been pressed, but the answer comes below what was typed."""
        reply = await self._routed(desk, action.removeprefix(STAYS), live, STAYS)
        return replace(reply, placement=Placement.BELOW)

    async def _said(self, desk: Desk, event: Said) -> Reply:
        """Typed numbers and words stand for the buttons of the home card."""
        if words.means(event.text, words.CANCEL) or words.means(event.text, words.BACK):
            return await self.home(desk, _("Nothing is being written at the moment."))
        screen = await home.screen(desk, self.conversations)
        button = typed.by_number(event.text, screen) or typed.by_label(event.text, screen)
        if button is not None:
            return await self._pressed_in_words(desk, button.action, None)
        if words.means(event.text, words.GREETING):
            return Reply(screen)
        return await self.home(
            desk, _("That was not understood. Please choose below, or type a number.")
        )

    async def _aside(self, desk: Desk, live: drafts.Draft | None) -> Reply:
        """Home; what was being written is set aside and offered there."""
        if live is not None:
            await self._park(desk, live)
        return await self.home(desk)

    def commands(self, desk: Desk) -> list[tuple[str, Text]]:
        """The commands of this person's roles, with what each does."""
        own = [
            (one.command, one.title)
            for one in self.conversations
            if one.command and one.open_to(desk)
        ]
        return [("start", _("Home")), *own, (HELP_COMMAND, _("Help")), ("huy", _("Cancel"))]

    async def home(self, desk: Desk, note: Text | None = None) -> Reply:
        screen = await home.screen(desk, self.conversations)
        return Reply(screen.with_lines_before(Line(note)) if note else screen)

    async def help(self, desk: Desk, live: drafts.Draft | None) -> Reply:
        page = home.help_page(desk, self.conversations)
        if live is not None:
            page.add(_("What is being written stays open; the newest card goes on with it."))
        return Reply(page.screen(), card=Card.HELP)


def _new_draft(desk: Desk, named: Conversation) -> drafts.Draft:
    return drafts.Draft(
        id=new_id(),
        person_id=desk.person.id,
        conversation=named.name,
        opened_at=desk.now,
        updated_at=desk.now,
    )


def _is_about(live: drafts.Draft, named: Conversation, known: Mapping[str, Any]) -> bool:
    """The same link or card was pressed before, and what it opened is still being written."""
    same = bool(known) and live.answers == {**live.answers, **known}
    return same and live.conversation == named.name


def _words_of(event: Event) -> str:
    """What somebody wrote, or wrote under a picture."""
    match event:
        case Said(text=text):
            return text
        case SentPhoto(caption=caption):
            return caption
    return ""


def _belongs_to(event: Pressed, live: drafts.Draft | None) -> bool:
    return live is not None and event.draft == live.id and event.revision >= live.asked_since


def _as_pressed(event: Event, live: drafts.Draft) -> Event:
    """Whoever types what the open card shows presses its button."""
    if not isinstance(event, Said) or not live.screen:
        return event
    button = typed.on_open_card(event.text, Screen.from_json(live.screen))
    return event if button is None else Pressed(button.action, live.id, live.revision)


def _said_so_far(conversation: Conversation, live: drafts.Draft) -> Draft:
    draft = Draft(dict(live.answers), tuple(live.settled), live.page)
    return conversation.brought_up_to_date(draft)


def _placement(event: Event) -> Placement:
    if isinstance(event, Pressed):
        return Placement.IN_PLACE
    return Placement.INSTEAD if isinstance(event, SentPhoto) else Placement.BELOW


async def _shows(desk: Desk, pressed: drafts.Draft) -> bool:
    """Whether the pressed message is the one where this draft's card stands now."""
    found = await outbox.cards(desk.session, desk.channel, {desk.chat: f"draft:{pressed.id}"})
    card = found.get(desk.chat)
    return card is not None and card.message_id == desk.message_id
