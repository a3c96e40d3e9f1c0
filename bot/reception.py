"""A turn: who is it, which conversation, lead it on, and commit everything at once."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot import metrics
from bot.channels import Incoming, Reading
from conversations import home
from conversations.kit.desk import Desk
from conversations.kit.events import Back, Cancel, Opened, Pressed, Said
from conversations.kit.screens import Page
from conversations.lobby import Card, Lobby, Reply
from locales import Reader, _
from storage import drafts, inbox, outbox, people
from storage.database import Database, Session, is_transient, is_unavailable
from storage.inbox import Update
from storage.outbox import Kind, Message, Placement, Policy
from storage.people import Membership, Person, Role

log = logging.getLogger(__name__)

REMEMBERED = 8
"""Screens in a chat for which words may be meant; older ones are reached from home."""
BATCH = 50
"""People answered in one transaction."""
PATIENCE = timedelta(seconds=2)
"""How long one person's turn may take before others go first."""
LONGEST_REST = timedelta(seconds=1)
"""How long reception sleeps when nobody wakes it: another process may have filled the inbox."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An update, read, of somebody who can be answered."""

    update: Update
    incoming: Incoming

    @property
    def kind(self) -> str:
        return self.update.channel.partition(":")[0]

    @property
    def place(self) -> tuple[str, str]:
        """The channel and the chat."""
        return self.update.channel, self.incoming.chat

    @property
    def known(self) -> bool:
        """One person, in private: only then is there anyone to know."""
        return self.incoming.private and not self.incoming.anonymous and bool(self.incoming.address)


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say of those who called, asked for all of them together."""

    met: Mapping[tuple[str, str], Person] = field(default_factory=dict)
    memberships: Mapping[str, Sequence[Membership]] = field(default_factory=dict)
    live: Mapping[str, drafts.Draft] = field(default_factory=dict)


class RoleEnded(Exception):
    """A role that a turn stood on has ended before the turn was over: it is taken up again without it."""


class TooSlow(Exception):
    """A turn took longer than others can be kept waiting."""


class Reception:
    """Answers what waits in the inbox, one person strictly in order, different people together."""

    def __init__(
        self,
        database: Database,
        lobby: Lobby,
        readings: Mapping[str, Reading],
        now: Callable[[], datetime],
        *,
        answered: Callable[[], None] = lambda: None,
        username: Callable[[str], str] = lambda _channel: "",
        channels: Sequence[str] = (),
        patience: timedelta = PATIENCE,
    ) -> None:
        self.database = database
        self.lobby = lobby
        self.readings = readings
        """How to read the updates of each kind of channel."""
        self.now = now
        self.answered = answered
        """Called after a commit that may have filled the outbox."""
        self.username = username
        """Our account's name in a channel."""
        self.channels = channels
        """All that are connected, so that others are told wherever they are; empty for the caller's own."""
        self.patience = patience
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something came in."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; the batch under way is finished first."""
        while not stop.is_set():
            self._woken.clear()
            if await self.answer_waiting():
                continue
            stopping = asyncio.ensure_future(stop.wait())
            woken = asyncio.ensure_future(self._woken.wait())
            await asyncio.wait(
                {stopping, woken},
                timeout=LONGEST_REST.total_seconds(),
                return_when=asyncio.FIRST_COMPLETED,
            )
            stopping.cancel()
            woken.cancel()

    async def answer_waiting(self, limit: int = BATCH) -> int:
        """Answer the oldest update of each of up to `limit` people; how many were taken up."""
        taken: list[int] = []
        try:
            async with self.database.writing() as session:
                updates = await inbox.claim(session, self.now(), limit)
                if not updates:
                    return 0
                taken = [update.id for update in updates if update.id is not None]
                done = await self._answer(session, updates)
        except Exception as error:
            if is_unavailable(error) or not taken:
                raise
            log.warning("batch of %d replayed alone: %s", len(taken), type(error).__name__)
            for update_id in taken:
                await self._alone(update_id)
        else:
            self._count(done)
        self.answered()
        return len(taken)

    async def _alone(self, update_id: int) -> None:
        """One update in a transaction of its own, so that it costs nobody else when it fails."""
        try:
            async with self.database.writing() as session:
                update = await inbox.claim_one(session, update_id)
                done = await self._answer(session, [update]) if update is not None else []
        except Exception as error:
            if is_unavailable(error):
                raise
            await self._failed(update_id, error)
        else:
            self._count(done)

    def _count(self, done: Sequence[Update]) -> None:
        """After the commit: until then nobody has been answered."""
        now = self.now()
        for update in done:
            metrics.UPDATES_ANSWERED.inc()
            metrics.TURN_SECONDS.observe(max(0.0, (now - update.received_at).total_seconds()))

    async def _failed(self, update_id: int, error: Exception) -> None:
        why = type(error).__name__
        now = self.now()
        async with self.database.writing() as session:
            update = await inbox.claim_one(session, update_id)
            if update is None:
                return
            # A lost race or a busy store is not the update's own fault; to be slow when alone is.
            aside = await inbox.failed(session, update, why, now, count=not is_transient(error))
            if not aside:
                log.warning("update %s failed: %s", update_id, why, exc_info=error)
                return
            metrics.UPDATES_SET_ASIDE.inc()
            log.error("update %s set aside: %s", update_id, why, exc_info=error)
            await self._tell_of_set_aside(session, update, now)

    async def _tell_of_set_aside(self, session: Session, update: Update, now: datetime) -> None:
        """A silent screen is worse than a failure: the person and who operates the system are told."""
        caller = self._read(update)
        if caller is None or not caller.incoming.chat:
            return
        found = await people.by_addresses(session, [(caller.kind, caller.incoming.address)])
        person = found.get((caller.kind, caller.incoming.address))
        note = _(
            "The last message could not be handled, and those who operate the system have been told. "
            "What was written before is kept. Please press Home or type /start."
        )
        screen = home.with_way_home(Page().add(note).screen())
        self._put(session, caller, person, Reply(screen, toast=None, card=Card.NOTICE), now)
        operators = await people.holders(session, Role.ADMIN, now)
        desk = self._desk(session, caller, person, [], now) if person else None
        if desk is not None and operators:
            told = _("An update was set aside (number {number}).").format(number=str(update.id))
            await desk.tell([one.id for one in operators], Page().add(told).screen())

    async def _answer(self, session: Session, updates: Sequence[Update]) -> list[Update]:
        """Those that are answered when the transaction commits."""
        now = self.now()
        callers = []
        done = []
        for update in updates:
            caller = self._read(update)
            if caller is None:
                update.tries = inbox.TRIES
                await inbox.failed(session, update, "Unreadable", now, count=True)
                metrics.UPDATES_SET_ASIDE.inc()
                log.error("update %s set aside: unreadable", update.id)
                continue
            done.append(update)
            callers.append(caller)
        known = [caller for caller in callers if caller.known]
        who = await self._who(session, known, now)
        speaking = {one.place for one in known if isinstance(one.incoming.event, Said)}
        shown = await outbox.lately_shown(session, speaking, REMEMBERED)
        answered: set[str] = set()
        for caller in callers:
            person = who.met.get((caller.kind, caller.incoming.address)) if caller.known else None
            if person is not None and person.id in answered:
                # Somebody with two phones: the other one waits for the next batch.
                done.remove(caller.update)
                continue
            if person is None:
                self._answer_a_group(session, caller, now)
                continue
            answered.add(person.id)
            desk = self._desk(session, caller, person, who.memberships.get(person.id, []), now)
            desk.shown = shown.get(caller.place, [])
            try:
                async with asyncio.timeout(self.patience.total_seconds()):
                    await self._turn(desk, caller, who.live.get(person.id))
            except TimeoutError:
                raise TooSlow from None
            # Whoever follows in this batch is treated as in one of their own.
            if desk.others_told or desk.others_changed:
                await session.flush()
            if desk.others_changed:
                who = await self._who(session, known, now)
        await self._roles_still_held(session, who, answered, now)
        await inbox.answered(session, done, now)
        return done

    async def _roles_still_held(
        self, session: Session, who: Known, answered: set[str], now: datetime
    ) -> None:
        """Until the transaction ends nobody takes a role away that its turns stood on; raises RoleEnded."""
        if self.database.dialect == "sqlite":
            # Whoever writes has the whole store, so nothing has changed meanwhile.
            return
        stood_on = {one.id for person in answered for one in who.memberships.get(person, [])}
        if not await people.hold_roles(session, stood_on, now):
            raise RoleEnded

    async def _turn(self, desk: Desk, caller: Caller, live: drafts.Draft | None) -> None:
        event = caller.incoming.event
        if event is None:
            return
        reply = await self.lobby.answer(desk, event, live)
        self._put(desk.session, caller, desk.person, reply, desk.now)
        if desk.roles_changed or isinstance(event, Opened):
            await self._set_commands(desk)
        for person, address in await self._with_new_menus(desk):
            other = self._desk(desk.session, caller, person, [], desk.now)
            other.chat, other.roles_changed = address, True
            await self._set_commands(other)

    async def _with_new_menus(self, desk: Desk) -> list[tuple[Person, str]]:
        if not desk.new_menus_for:
            return []
        kinds = {desk.kind_of_channel}
        reached = await people.reached_by(desk.session, desk.new_menus_for, kinds)
        return [(person, address) for person, _kind, address in reached]

    def _read(self, update: Update) -> Caller | None:
        """The update as an event; None when nobody will ever be able to read it."""
        reading = self.readings.get(update.channel.partition(":")[0])
        if reading is None:
            return None
        try:
            return Caller(update, reading(json.loads(update.raw)))
        except Exception as error:
            log.warning("update %s cannot be read: %s", update.id, type(error).__name__)
            return None

    async def _who(self, session: Session, callers: Sequence[Caller], now: datetime) -> Known:
        met = await self._meet(session, callers, now)
        ids = sorted({person.id for person in met.values()})
        if not ids:
            return Known()
        memberships = await people.memberships_of(session, ids, now)
        return Known(met, memberships, await drafts.live_of(session, ids))

    async def _meet(
        self, session: Session, callers: Sequence[Caller], now: datetime
    ) -> dict[tuple[str, str], Person]:
        """Everybody who called, by kind of channel and address; strangers become persons without a role."""
        keys = sorted({(caller.kind, caller.incoming.address) for caller in callers})
        if not keys:
            return {}
        met = dict(await people.by_addresses(session, keys))
        for caller in callers:
            key = (caller.kind, caller.incoming.address)
            if key not in met:
                met[key] = await people.meet(
                    session,
                    channel=caller.kind,
                    address=caller.incoming.address,
                    name=caller.incoming.name,
                    language=_language(caller.incoming.language),
                    now=now,
                )
        return met

    def _desk(
        self,
        session: Session,
        caller: Caller,
        person: Person,
        memberships: Sequence[Membership],
        now: datetime,
    ) -> Desk:
        return Desk(
            session=session,
            person=person,
            memberships=memberships,
            channel=caller.update.channel,
            chat=caller.incoming.chat,
            now=now,
            at=caller.incoming.at or caller.update.received_at,
            address=caller.incoming.address,
            username=self.username(caller.update.channel),
            message_id=caller.incoming.message_id,
            channels=self.channels,
        )

    def _answer_a_group(self, session: Session, caller: Caller, now: datetime) -> None:
        """In a group, and to nobody in particular: one sentence, and only when asked."""
        event = caller.incoming.event
        note = _("The system speaks with each person in private only.")
        if isinstance(event, Pressed):
            self._put(session, caller, None, Reply(toast=note), now)
        elif isinstance(event, Opened | Cancel | Back) and caller.incoming.chat:
            screen = home.for_a_group(self.username(caller.update.channel))
            self._put(session, caller, None, Reply(screen, card=Card.NOTICE), now)

    def _put(
        self,
        session: Session,
        caller: Caller,
        person: Person | None,
        reply: Reply,
        now: datetime,
    ) -> None:
        """Leave the answer in the outbox: the tap first, then the card."""
        incoming = caller.incoming
        reader = _reader(person, incoming)
        if incoming.query:
            body = {
                "query": incoming.query,
                "text": reply.toast.to_json() if reply.toast is not None else None,
            }
            toast = self._message(caller, person, Kind.TOAST, body, reader, now)
            toast.policy = Policy.EDIT
            outbox.tell(session, toast)
        if reply.screen is None:
            return
        message = self._message(caller, person, Kind.SCREEN, reply.screen.to_json(), reader, now)
        message.card = reply.card
        message.placement = reply.placement
        message.policy = reply.policy
        if reply.placement == Placement.IN_PLACE and isinstance(incoming.event, Pressed):
            message.message_id = incoming.message_id
        outbox.tell(session, message)

    def _message(
        self,
        caller: Caller,
        person: Person | None,
        kind: Kind,
        body: dict[str, Any],
        reader: Reader,
        now: datetime,
    ) -> Message:
        return Message(
            channel=caller.update.channel,
            chat=caller.incoming.chat,
            person_id=person.id if person else None,
            kind=kind,
            body=body,
            reader={"language": reader.language, "address": reader.address},
            created_at=now,
        )

    async def _set_commands(self, desk: Desk) -> None:
        """The menu of commands follows the person's roles and language."""
        if desk.roles_changed:
            await desk.session.flush()
            found = await people.memberships_of(desk.session, [desk.person.id], desk.now)
            desk.memberships = found.get(desk.person.id, [])
        commands = [[name, text.to_json()] for name, text in self.lobby.commands(desk)]
        outbox.tell(
            desk.session,
            Message(
                channel=desk.channel,
                chat=desk.chat,
                person_id=desk.person.id,
                kind=Kind.COMMANDS,
                policy=Policy.EDIT,
                card="commands",
                body={"commands": commands},
                reader={"language": desk.person.language, "address": desk.person.address},
                created_at=desk.now,
            ),
        )


def _reader(person: Person | None, incoming: Incoming) -> Reader:
    if person is None:
        return Reader(language=_language(incoming.language))
    return Reader(language=person.language, address=person.address)


def _language(code: str) -> str:
    """Vietnamese for all but those whose app speaks English."""
    return "en" if code.partition("-")[0] == "en" else "vi"
