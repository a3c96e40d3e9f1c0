"""Where buttons and commands lead that belong to no draft: something is opened, taken up, put away, or shown.

The router.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Subject, View
from conversations.kit.draft import Draft
from conversations.kit.events import Opened, Pressed
from conversations.kit.links import (
    BESIDE,
    DROP,
    FRESH,
    GROUP,
    HALF_DONE,
    HOME,
    OPEN,
    RESUME,
    STAYS,
    with_way_home,
)
from conversations.kit.looking import summary
from conversations.kit.screens import Screen
from conversations.lobby import half_done, home
from conversations.lobby.drafting import Drafting
from conversations.lobby.hearing import HELP
from conversations.lobby.replies import CardName, Reply
from locales import Text, _
from storage.messages import cards, drafts
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.outbox import Placement, Policy

HELP_COMMAND = "trogiup"
OLD_BUTTON = _("This button is an old one. Please go on with the newest card.")
SENT_ALREADY = _("This has been sent already.")
NOT_THEIRS = _("This button is for somebody else.")
"""Of one that was forwarded or made up; whose it is, it does not tell."""
NO_TASK_OF_THEIRS = _("This is not among the tasks of {you}.")


class Routes:
    """The ways between everything that can be opened."""

    def __init__(self, subjects: Sequence[Subject], drafting: Drafting) -> None:
        self.subjects = subjects
        self.by_name = {one.name: one for one in subjects}
        self.by_command = {one.menu.command: one for one in subjects if one.menu.command}
        self.drafting = drafting

    async def follow(
        self, context: Context, action: str, live: StoredDraft | None, pressed: str
    ) -> Reply:
        """A button of a card that belongs to no draft: it opens something, which is never harmful.

        `action` is without, and `pressed` with the sign that its card stays as it is.
        """
        kind, _colon, rest = action.partition(":")
        if kind == OPEN:
            name, _colon, payload = rest.partition(":")
            reply = await self.open(context, Opened(name, payload), live)
        elif kind in {RESUME, DROP, FRESH, BESIDE}:
            reply = await self._of_parked(context, kind, rest, live)
        elif kind == HOME:
            reply = await self._aside(context, live)
        elif kind == HELP:
            reply = self.help(context, live)
        elif kind in {GROUP, HALF_DONE}:
            reply = await self._part_of_home(context, kind, rest)
        else:
            reply = replace(await self.drafting.home(context, OLD_BUTTON), toast=OLD_BUTTON)
        in_place = not pressed.startswith(STAYS) and reply.placement == Placement.BELOW
        return replace(reply, placement=Placement.IN_PLACE) if in_place else reply

    async def typed(self, context: Context, action: str, live: StoredDraft | None) -> Reply:
        """As if the button had been pressed, but the answer comes below what was typed."""
        reply = await self.follow(context, action.removeprefix(STAYS), live, STAYS)
        return replace(reply, placement=Placement.BELOW)

    async def stale(self, context: Context, event: Pressed, live: StoredDraft | None) -> Reply:
        """An old button never acts: it says so and shows what is current. Optimistic locking by revision."""
        pressed = await drafts.of_person(context.session, event.draft, context.person.id)
        if pressed is None:
            return await self._instead(context, NOT_THEIRS, live)
        note = SENT_ALREADY if pressed.state == DraftState.FINISHED else OLD_BUTTON
        if live is None and pressed.state in {DraftState.PARKED, DraftState.DROPPED}:
            return await self._home_with_way_back(context, note, pressed)
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

    async def _instead(self, context: Context, note: Text, live: StoredDraft | None) -> Reply:
        """What a button does not do, and in its place what is being written, or home."""
        if live is not None:
            return replace(await self.drafting.present(context, live, note), toast=note)
        at_home = await self.drafting.home(context, note)
        return replace(at_home, toast=note, placement=Placement.INSTEAD)

    async def _home_with_way_back(
        self, context: Context, note: Text, pressed: StoredDraft
    ) -> Reply:
        """Home, with the way to what the button belonged to, which is not open any more."""
        at_home = await self._instead(context, note, None)
        named = self.drafting.by_name.get(pressed.conversation)
        untouched = Draft.kept(pressed).is_untouched
        if at_home.screen is None or named is None or untouched or not named.open_to(context):
            return at_home
        if pressed.state == DraftState.DROPPED:
            return replace(at_home, screen=half_done.with_undo(at_home.screen, pressed.id))
        _what, in_short = await summary(named, named.said_so_far(pressed), context)
        shown = half_done.with_way_to(at_home.screen, pressed.id, in_short)
        return replace(at_home, screen=shown)

    async def _of_parked(
        self, context: Context, kind: str, draft_id: str, live: StoredDraft | None
    ) -> Reply:
        found = await drafts.of_person(context.session, draft_id, context.person.id)
        if found is None:
            return await self._instead(context, NOT_THEIRS, live)
        if found.state == DraftState.FINISHED:
            return replace(await self.drafting.home(context, SENT_ALREADY), toast=SENT_ALREADY)
        if kind == RESUME:
            return await self.drafting.resume(context, found, live)
        named = self.drafting.by_name.get(found.conversation)
        if kind in {BESIDE, FRESH} and named is not None:
            if not named.open_to(context):
                return await self.drafting.home(context, NO_TASK_OF_THEIRS)
            if kind == BESIDE:
                return await self.drafting.begin(context, named, "", live)
        if found.state != DraftState.DROPPED:
            found.state = DraftState.DROPPED
            found.updated_at = context.now
            await context.session.flush()
        left = None if live is None or live.id == found.id else live
        if kind == FRESH and named is not None:
            return await self.drafting.begin(context, named, "", left)
        may_return = named is not None and named.open_to(context)
        undo = found.id if may_return else ""
        return await self.drafting.home(context, _("Put away."), undo=undo)

    async def open(self, context: Context, event: Opened, live: StoredDraft | None) -> Reply:
        """By name, by command, or by a link that says nothing but its payload."""
        if event.conversation == "" and event.payload:
            linked = self._of_link(event.payload)
            return await self.drafting.begin(context, linked, event.payload, live)
        if event.conversation in {"", "home", "start", "menu"}:
            return await self._aside(context, live)
        if event.conversation in {HELP_COMMAND, "help"}:
            return self.help(context, live)
        named = self.by_name.get(event.conversation) or self.by_command.get(event.conversation)
        if named is None:
            return await self.drafting.home(
                context, _("That command is not known here. Please choose below.")
            )
        return await self.open_subject(context, named, event.payload, live)

    async def open_subject(
        self, context: Context, named: Subject, payload: str, live: StoredDraft | None
    ) -> Reply:
        if not named.open_to(context):
            return await self.drafting.home(context, NO_TASK_OF_THEIRS)
        if isinstance(named, View):
            return await self.drafting.show(context, named, payload, live)
        if not payload:
            begun = await self.drafting.begun_before(context, named, live)
            if begun is not None:
                return begun
        return await self.drafting.begin(context, named, payload, live)

    def _of_link(self, payload: str) -> Conversation:
        """Every link that says nothing else is an invitation, or pretends to be one."""
        by_name = self.drafting.by_name
        linked = (
            one for one in by_name.values() if one.entry.link and payload.startswith(one.entry.link)
        )
        return next(linked, by_name["join"])

    async def _part_of_home(self, context: Context, kind: str, name: str) -> Reply:
        """A group of the menu, or all that is half done."""
        if kind == HALF_DONE:
            return Reply(await half_done.screen(context, self.subjects))
        shown = await home.group_screen(context, self.subjects, name)
        return Reply(shown) if shown is not None else await self.drafting.home(context)

    async def _aside(self, context: Context, live: StoredDraft | None) -> Reply:
        """Home; what was being written is set aside and offered there."""
        if live is not None:
            await self.drafting.park(context, live)
        return await self.drafting.home(context)

    def commands(self, context: Context) -> list[tuple[str, Text]]:
        """The commands of this person's roles, with what each does."""
        own = [
            (one.menu.command, one.title)
            for one in self.subjects
            if one.menu.command and one.open_to(context)
        ]
        return [("start", _("Home")), *own, (HELP_COMMAND, _("Help")), ("huy", _("Cancel"))]

    def help(self, context: Context, live: StoredDraft | None) -> Reply:
        page = home.help_page(context, self.subjects)
        if live is not None:
            page.add(_("What is being written stays open; the newest card goes on with it."))
        return Reply(with_way_home(page.screen()), card=CardName.HELP)


async def _shows(context: Context, pressed: StoredDraft) -> bool:
    """Whether the pressed message is the one where this draft's card stands now."""
    found = await cards.of_chats(
        context.session, context.channel, {context.chat: f"draft:{pressed.id}"}
    )
    return found.get(context.chat) == context.message_id
