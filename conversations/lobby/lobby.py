"""Where everybody arrives: which conversation an event belongs to, and what is shown when it belongs to none."""

from __future__ import annotations

from dataclasses import replace

from conversations.kit import typed, words
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
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
from conversations.kit.links import BESIDE, DROP, FRESH, HOME, OPEN, RESUME, STAYS
from conversations.kit.screens import Screen
from conversations.kit.telling import went_silent
from conversations.kit.unusable import why_unusable
from conversations.lobby import home
from conversations.lobby.drafting import Writing
from conversations.lobby.replies import Card, Reply
from conversations.lobby.unsolicited import Stray
from locales import Text, _
from storage.messages import drafts, outbox
from storage.messages.drafts import DraftState
from storage.messages.outbox import Placement, Policy
from storage.people import people

HELP_COMMAND = "trogiup"
OLD_BUTTON = _("This button is an old one. Please go on with the newest card.")
SENT_ALREADY = _("This has been sent already.")
NOT_THEIRS = _("This button is for somebody else.")
"""Of one that was forwarded or made up; whose it is, it does not tell."""
NO_TASK_OF_THEIRS = _("This is not among the tasks of {you}.")


class Lobby:
    """All conversations, and the way between them."""

    def __init__(self, conversations: tuple[Conversation, ...]) -> None:
        self.conversations = conversations
        self.by_name = {conversation.name: conversation for conversation in conversations}
        self.by_command = {one.command: one for one in conversations if one.command}
        self.writing = Writing(conversations)
        self.stray = Stray(self.writing)

    async def answer(self, context: Context, event: Event, live: drafts.Draft | None) -> Reply:
        """What a person's event leads to; changes `live` or the store behind `desk`, sends nothing."""
        if context.person.unreachable_since is not None and not isinstance(event, LeftUs):
            await people.reachable(context.session, context.person.id)
        match event:
            case LeftUs():
                await went_silent(
                    context.session,
                    context.channels or (context.channel,),
                    context.person.id,
                    context.channel,
                    context.chat,
                    context.now,
                )
                return Reply()
            case CameBack():
                return Reply()
            case Pressed(draft="", action=action):
                return await self._routed(context, action.removeprefix(STAYS), live, action)
            case Pressed() if live is None or not live.still_asks(event.draft, event.revision):
                return await self._stale(context, event, live)
            case Opened():
                return await self._opened(context, event, live)
            case Said() if (reply := await self._typed(context, event, live)) is not None:
                return reply
            case SentPhoto() if (
                reply := await self.stray.elsewhere(context, event, live)
            ) is not None:
                return reply
            case _ if live is not None:
                return await self._go_on(context, event, live)
        return await self._without_draft(context, event)

    async def _go_on(self, context: Context, event: Event, live: drafts.Draft) -> Reply:
        """Whoever types what the open card shows presses its button; other words may be a report of something else."""
        if not isinstance(event, Said):
            return await self.writing.go_on(context, event, live)
        named = self.by_name.get(live.conversation)
        card = Screen.from_json(live.screen) if live.screen else Screen()
        button = typed.on_open_card(event.text, card)
        if button is not None:
            pressed = Pressed(button.action, live.id, live.revision)
            return await self.writing.go_on(context, event, live, meant=pressed)
        if named is not None and named.open_to(context) and not _stands_on(event.text, card):
            overheard = await self.stray.overheard(context, event, live)
            if overheard is not None:
                return overheard
        return await self.writing.go_on(context, event, live)

    async def _stale(self, context: Context, event: Pressed, live: drafts.Draft | None) -> Reply:
        """An old button never acts: it says so and shows what is current."""
        pressed = await drafts.of_person(context.session, event.draft, context.person.id)
        if pressed is None:
            return await self._instead(context, NOT_THEIRS, live)
        note = SENT_ALREADY if pressed.state == DraftState.FINISHED else OLD_BUTTON
        current = live is None or live.id == pressed.id
        if current and await _shows(context, pressed):
            if not pressed.screen:
                # What it shows was for once only, and stands there.
                return Reply(toast=note)
            return Reply(
                Screen.from_json(pressed.screen),
                toast=note,
                card=f"draft:{pressed.id}",
                placement=Placement.IN_PLACE,
                policy=Policy.EDIT,
            )
        return await self._instead(context, note, live)

    async def _instead(self, context: Context, note: Text, live: drafts.Draft | None) -> Reply:
        """What a button does not do, and in its place what is being written, or home."""
        if live is not None:
            return replace(await self.writing.present(context, live, note), toast=note)
        return replace(
            await self.writing.home(context, note), toast=note, placement=Placement.INSTEAD
        )

    async def _routed(
        self, context: Context, action: str, live: drafts.Draft | None, pressed: str
    ) -> Reply:
        """A button of a card that belongs to no draft: it opens something, which is never harmful."""
        kind, _colon, rest = action.partition(":")
        if kind == OPEN:
            name, _colon, payload = rest.partition(":")
            reply = await self._opened(context, Opened(name, payload), live)
        elif kind in {RESUME, DROP, FRESH, BESIDE}:
            reply = await self._parked(context, kind, rest, live)
        elif kind == HOME:
            reply = await self._aside(context, live)
        else:
            reply = replace(await self.writing.home(context, OLD_BUTTON), toast=OLD_BUTTON)
        in_place = not pressed.startswith(STAYS) and reply.placement == Placement.BELOW
        return replace(reply, placement=Placement.IN_PLACE) if in_place else reply

    async def _parked(
        self, context: Context, kind: str, draft_id: str, live: drafts.Draft | None
    ) -> Reply:
        found = await drafts.of_person(context.session, draft_id, context.person.id)
        if found is None:
            return await self._instead(context, NOT_THEIRS, live)
        if found.state == DraftState.FINISHED:
            return replace(await self.writing.home(context, SENT_ALREADY), toast=SENT_ALREADY)
        if kind == RESUME:
            return await self.writing.resume(context, found, live)
        named = self.by_name.get(found.conversation)
        if kind in {BESIDE, FRESH} and named is not None:
            if not named.open_to(context):
                return await self.writing.home(context, NO_TASK_OF_THEIRS)
            if kind == BESIDE:
                return await self.writing.begin(context, named, "", live)
        if found.state != DraftState.DROPPED:
            found.state = DraftState.DROPPED
            found.updated_at = context.now
            await context.session.flush()
        left = None if live is None or live.id == found.id else live
        if kind == FRESH and named is not None:
            return await self.writing.begin(context, named, "", left)
        may_return = named is not None and named.open_to(context)
        return await self.writing.home(context, _("Put away."), undo=found.id if may_return else "")

    async def _opened(self, context: Context, event: Opened, live: drafts.Draft | None) -> Reply:
        if event.conversation == "" and event.payload:
            return await self.writing.begin(
                context, self._of_link(event.payload), event.payload, live
            )
        if event.conversation in {"", "home", "start", "menu"}:
            return await self._aside(context, live)
        if event.conversation in {HELP_COMMAND, "help"}:
            return await self.help(context, live)
        named = self.by_name.get(event.conversation) or self.by_command.get(event.conversation)
        if named is None:
            return await self.writing.home(
                context, _("That command is not known here. Please choose below.")
            )
        if not named.open_to(context):
            return await self.writing.home(context, NO_TASK_OF_THEIRS)
        if not event.payload:
            begun = await self.writing.begun_before(context, named, live)
            if begun is not None:
                return begun
        return await self.writing.begin(context, named, event.payload, live)

    def _of_link(self, payload: str) -> Conversation:
        """Every link that says nothing else is an invitation, or pretends to be one."""
        linked = (one for one in self.conversations if one.link and payload.startswith(one.link))
        return next(linked, self.by_name["join"])

    async def _without_draft(self, context: Context, event: Event) -> Reply:
        if isinstance(event, SentPhoto):
            return await self.writing.home(
                context, _("The photo was not used: nothing is being reported.")
            )
        if isinstance(event, Cancel | Back):
            return await self.writing.nothing_open(context)
        if isinstance(event, Said):
            return await self.stray.overheard(context, event, None) or await self._said(
                context, event
            )
        if isinstance(event, EditedMessage):
            return await self.writing.home(
                context, _("A message that was changed afterwards is not read again.")
            )
        note = why_unusable(event) or _("What was sent is not used here. Please choose below.")
        return await self.writing.home(context, note)

    async def _typed(
        self, context: Context, event: Said, live: drafts.Draft | None
    ) -> Reply | None:
        """Who types what a card says, or asks for home or help, does not answer; None for everything else."""
        if words.means(event.text, words.HOME):
            return await self._aside(context, live)
        if words.means(event.text, words.HELP):
            return await self.help(context, live)
        if self._is_command(context, event.text, live):
            return await self._opened(context, Opened(words.plainly(event.text)), live)
        meant = typed.on_a_card(event.text, context.shown, live)
        if isinstance(meant, str):
            return await self._pressed_in_words(context, meant, live)
        if live is None or meant is not typed.Elsewhere.OPEN:
            return None
        note = _("It was begun at another place. Here is the open question.")
        return replace(await self.writing.present(context, live, note), placement=Placement.BELOW)

    def _is_command(self, context: Context, said: str, live: drafts.Draft | None) -> bool:
        """A command without its slash, of something else than the person is in the middle of."""
        named = self.by_command.get(words.plainly(said))
        if named is None:
            return words.plainly(said) == HELP_COMMAND
        return named.open_to(context) and (live is None or live.conversation != named.name)

    def _listed(self, context: Context, said: str) -> Conversation | None:
        """What help lists under these words, or under a command written as words."""
        command = words.plainly(said).replace(" ", "")
        listed = (one for one in self.conversations if one.command and one.open_to(context))
        return next(
            (one for one in listed if one.command == command or words.names(said, one.title)), None
        )

    async def _pressed_in_words(
        self, context: Context, action: str, live: drafts.Draft | None
    ) -> Reply:
        """As if the button had been pressed, but the answer comes below what was typed."""
        reply = await self._routed(context, action.removeprefix(STAYS), live, STAYS)
        return replace(reply, placement=Placement.BELOW)

    async def _said(self, context: Context, event: Said) -> Reply:
        """Typed numbers and words stand for the buttons of the home card."""
        if words.means(event.text, words.CANCEL) or words.means(event.text, words.BACK):
            return await self.writing.nothing_open(context)
        screen = await home.screen(context, self.conversations)
        button = typed.by_number(event.text, screen) or typed.by_label(event.text, screen)
        if button is not None:
            return await self._pressed_in_words(context, button.action, None)
        if words.means(event.text, words.GREETING):
            return Reply(screen)
        listed = self._listed(context, event.text)
        if listed is not None:
            return await self._opened(context, Opened(listed.name), None)
        return await self.writing.home(
            context, _("That was not understood. Please choose below, or type a number.")
        )

    async def _aside(self, context: Context, live: drafts.Draft | None) -> Reply:
        """Home; what was being written is set aside and offered there."""
        if live is not None:
            await self.writing.park(context, live)
        return await self.writing.home(context)

    def commands(self, context: Context) -> list[tuple[str, Text]]:
        """The commands of this person's roles, with what each does."""
        own = [
            (one.command, one.title)
            for one in self.conversations
            if one.command and one.open_to(context)
        ]
        return [("start", _("Home")), *own, (HELP_COMMAND, _("Help")), ("huy", _("Cancel"))]

    async def help(self, context: Context, live: drafts.Draft | None) -> Reply:
        page = home.help_page(context, self.conversations)
        if live is not None:
            page.add(_("What is being written stays open; the newest card goes on with it."))
        return Reply(page.screen(), card=Card.HELP)


def _stands_on(said: str, card: Screen) -> bool:
    return typed.by_label(said, card) is not None or typed.in_detail(said, card)


async def _shows(context: Context, pressed: drafts.Draft) -> bool:
    """Whether the pressed message is the one where this draft's card stands now."""
    found = await outbox.cards(
        context.session, context.channel, {context.chat: f"draft:{pressed.id}"}
    )
    card = found.get(context.chat)
    return card is not None and card.message_id == context.message_id
