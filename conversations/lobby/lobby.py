"""Where everybody arrives: an event, who hears it, and what is shown in answer. The dispatcher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.kit import typed, words
from conversations.kit.claims import Meant
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Subject
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
from conversations.kit.links import STAYS
from conversations.kit.telling import went_silent
from conversations.kit.unusable import why_unusable
from conversations.lobby import albums, gathering, hearing, home, which
from conversations.lobby.drafting import NOT_READ_AGAIN, Drafting
from conversations.lobby.gathering import Written
from conversations.lobby.hearing import Claimed, Tie
from conversations.lobby.replies import Reply
from conversations.lobby.routes import HELP_COMMAND, Routes
from locales import Text, _
from storage.messages import drafts
from storage.messages.drafts import StoredDraft
from storage.messages.outbox import Placement
from storage.people import people
from storage.refusals import Refused


class Lobby:
    """All that can be talked about, and the way to it."""

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects: tuple[Subject, ...] = (*subjects, which.which_is_meant(subjects))
        self.kinds = {
            one.report.name: one.report
            for one in self.subjects
            if isinstance(one, Conversation) and one.report is not None
        }
        self.drafting = Drafting(self.subjects)
        self.routes = Routes(self.subjects, self.drafting)

    async def answer(self, context: Context, event: Event, live: StoredDraft | None) -> Reply:
        """What a person's event leads to; changes `live` or the store behind `context`, sends nothing."""
        context.kinds = self.kinds
        if isinstance(event, LeftUs):
            return await _gone(context)
        if context.person.unreachable_since is not None:
            await people.reachable(context.session, context.person.id)
        match event:
            case CameBack():
                return Reply()
            case Pressed(draft="", action=action):
                return await self.routes.follow(context, action.removeprefix(STAYS), live, action)
            case Pressed() if live is None or not live.still_asks(event.draft, event.revision):
                return await self.routes.stale(context, event, live)
            case Opened():
                return await self.routes.open(context, event, live)
            case Said() | SentPhoto():
                claimed = await self._heard_by(context, event, live)
                return await self._carry_out(context, event, live, claimed)
        return await self._open_question(context, event, live)

    async def _heard_by(
        self, context: Context, event: Said | SentPhoto, live: StoredDraft | None
    ) -> Claimed | Tie:
        """Who has it: the lobby, a card, the open question, the message that it replies to, or a subject."""
        claims = await gathering.replied_to(context, event, live)
        if isinstance(event, Said):
            commands = self._commands_beside(context, live)
            claims += hearing.by_words(
                event.text, commands=commands, shown=context.shown, live=live
            )
        else:
            conversation = self._conversation_of(live)
            asks = conversation is not None and conversation.asks_for_photos
            claims += await gathering.by_photo(context, event, live, asks_for_photos=asks)
        written = self._written(context, live)
        claims += await gathering.by_subjects(context, self.subjects, event, written, claims)
        return hearing.decide(claims)

    def _conversation_of(self, live: StoredDraft | None) -> Conversation | None:
        return self.drafting.by_name.get(live.conversation) if live is not None else None

    def _written(self, context: Context, live: StoredDraft | None) -> Written | None:
        conversation = self._conversation_of(live)
        if live is None:
            return None
        draft = conversation.said_so_far(live) if conversation is not None else Draft()
        return Written(live.conversation, draft)

    def _commands_beside(self, context: Context, live: StoredDraft | None) -> set[str]:
        """The commands that may be typed without their slash: to what is being written it is an answer."""
        usable = {
            command
            for command, one in self.routes.by_command.items()
            if one.open_to(context) and (live is None or live.conversation != one.name)
        }
        return {*usable, HELP_COMMAND}

    async def _carry_out(
        self,
        context: Context,
        event: Said | SentPhoto,
        live: StoredDraft | None,
        claimed: Claimed | Tie,
    ) -> Reply:
        """Whoever has it answers."""
        if isinstance(claimed, Tie):
            return await self._ask_which(context, event, live, claimed)
        match claimed.then:
            case hearing.Way(action=action):
                return await self.routes.typed(context, action, live)
            case hearing.OpenQuestion(action=action) if live is not None:
                meant = Pressed(action, live.id, live.revision) if action else None
                return await self.drafting.go_on(context, event, live, meant=meant)
            case hearing.ShownElsewhere() if live is not None:
                note = _("It was begun at another place. Here is the open question.")
                here = await self.drafting.present(context, live, note)
                return replace(here, placement=Placement.BELOW)
            case hearing.Refuses(why=why):
                return await self.drafting.home(context, why)
            case hearing.Opens(payload=payload):
                named = self.routes.by_name[claimed.by]
                return await self.routes.open_subject(context, named, payload, live)
            case hearing.Begins(meant=told):
                return await self._begin(context, event, live, claimed.by, told)
            case hearing.BeginsByReply(begins=begins):
                return await self._begin_by_reply(context, event, live, begins)
            case hearing.Resumes(draft_id=draft_id):
                return await self._resume_with(context, event, draft_id, live)
            case hearing.JoinsReport(report_id=report) if isinstance(event, SentPhoto):
                joined = await albums.joins_report(self.drafting, context, event, report, live)
                return joined or await self._open_question(context, event, live)
            case hearing.KeptAside(draft_id=draft_id) if isinstance(event, SentPhoto):
                kept = await albums.kept_aside(self.drafting, context, event, draft_id, live)
                return kept or await self._open_question(context, event, live)
        return await self._open_question(context, event, live)

    async def _open_question(
        self, context: Context, event: Event, live: StoredDraft | None
    ) -> Reply:
        if live is not None:
            return await self.drafting.go_on(context, event, live)
        return await self._at_home(context, event)

    async def _begin(
        self,
        context: Context,
        event: Event,
        live: StoredDraft | None,
        name: str,
        told: Sequence[Meant],
    ) -> Reply:
        """A subject begins, with all that was told; where several things may be meant, its first question asks."""
        named = self.drafting.by_name[name]
        begun = [one.draft for one in told]
        if begun == [Draft()]:
            try:
                begun = [await named.entry.opening(context, "")]
            except Refused as refused:
                return await self.drafting.home(context, refused.why)
        return await self.drafting.begin_with(context, named, begun, event, live)

    async def _begin_by_reply(
        self, context: Context, event: Event, live: StoredDraft | None, begins: str
    ) -> Reply:
        """A reply to a message that told of something: it is said of that, and of nothing else."""
        name, _colon, payload = begins.partition(":")
        named = self.drafting.by_name.get(name)
        if named is None or not named.open_to(context):
            return await self._open_question(context, event, live)
        try:
            draft = await named.entry.opening(context, payload)
        except Refused as refused:
            return await self.drafting.home(context, refused.why)
        said = event.text if isinstance(event, Said) else ""
        begun = replace(draft, opened_with=said)
        return await self.drafting.begin_with(context, named, [begun], event, live)

    async def _ask_which(
        self, context: Context, event: Said | SentPhoto, live: StoredDraft | None, tie: Tie
    ) -> Reply:
        """Several subjects claim it alike; what was decided, said and sent is kept with the question."""
        named, draft = self.drafting.by_name[which.WHICH], which.asking(tie, event)
        return await self.drafting.begin_with(context, named, [draft], event, live)

    async def _resume_with(
        self, context: Context, event: Event, draft_id: str, live: StoredDraft | None
    ) -> Reply:
        """A reply to the card of something that was set aside takes it up again, and answers it."""
        found = await drafts.of_person(context.session, draft_id, context.person.id)
        if found is None:
            return await self._open_question(context, event, live)
        await self.drafting.resume(context, found, live)
        return await self.drafting.go_on(context, event, found)

    async def _at_home(self, context: Context, event: Event) -> Reply:
        """Nothing is being written, and nobody claims it."""
        if isinstance(event, SentPhoto):
            return await self.drafting.home(
                context, _("The photo was not used: nothing is being reported.")
            )
        if isinstance(event, Cancel | Back):
            return await self.drafting.nothing_open(context)
        if isinstance(event, Said):
            return await self._said_at_home(context, event)
        if isinstance(event, EditedMessage):
            return await self.drafting.home(context, NOT_READ_AGAIN)
        note = why_unusable(event) or _("What was sent is not used here. Please choose below.")
        return await self.drafting.home(context, note)

    async def _said_at_home(self, context: Context, event: Said) -> Reply:
        """Typed numbers and words stand for the buttons of the home card."""
        if words.means(event.text, words.CANCEL) or words.means(event.text, words.BACK):
            return await self.drafting.nothing_open(context)
        screen = await home.screen(context, self.subjects)
        button = typed.on_open_card(event.text, screen) or typed.by_label(event.text, screen)
        if button is not None:
            return await self.routes.typed(context, button.action, None)
        if words.means(event.text, words.GREETING):
            return Reply(screen)
        listed = self._listed(context, event.text)
        if listed is not None:
            return await self.routes.open_subject(context, listed, "", None)
        return await self.drafting.home(
            context, _("That was not understood. Please choose below, or type a number.")
        )

    def _listed(self, context: Context, said: str) -> Subject | None:
        """What help lists under these words, or under a command written as words."""
        command = words.plainly(said).replace(" ", "")
        listed = (one for one in self.subjects if one.menu.command and one.open_to(context))
        named = (
            one for one in listed if one.menu.command == command or words.names(said, one.title)
        )
        return next(named, None)

    def commands(self, context: Context) -> list[tuple[str, Text]]:
        """The commands of this person's roles, with what each does."""
        return self.routes.commands(context)


async def _gone(context: Context) -> Reply:
    await went_silent(
        context.session,
        context.channels or (context.channel,),
        context.person.id,
        context.channel,
        context.chat,
        context.now,
    )
    return Reply()
