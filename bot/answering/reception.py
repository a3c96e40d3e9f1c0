"""A turn: who is it, which conversation, lead it on, and commit everything at once. A unit of work."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.answering import menus
from bot.answering.answers import answer_a_group, put
from bot.answering.callers import Caller, Known, language_of
from bot.channels import Reading
from bot.operating import metrics
from conversations.kit.context import Context
from conversations.kit.events import Opened, Said
from conversations.kit.links import with_way_home
from conversations.kit.screens import Page
from conversations.kit.telling import tell
from conversations.lobby.lobby import Lobby
from conversations.lobby.replies import CardName, Reply
from locales import _
from locales.folding import storable
from storage.database import Database, Session, is_transient, is_unavailable
from storage.messages import drafts, inbox
from storage.messages.inbox import ClaimedUpdate
from storage.messages.shown import lately_shown
from storage.people import people
from storage.people.people import HeldRole, Person, Role

log = logging.getLogger(__name__)

REMEMBERED = 8
"""Screens in a chat for which words may be meant; older ones are reached from home."""
BATCH = 50
"""People answered in one transaction."""
PATIENCE = timedelta(seconds=2)
"""How long one person's turn may take before others go first."""
LONGEST_REST = timedelta(seconds=1)
"""How long reception sleeps when nobody wakes it: another process may have filled the inbox."""


@dataclass(slots=True)
class AnsweredBatch:
    """What a batch has come to, once its transaction commits."""

    done: list[ClaimedUpdate] = field(default_factory=list)
    postponed: int = 0
    """Updates whose turn comes with a later batch."""
    more_waits: bool = False
    """Somebody of these has sent more by now."""


class NoLongerTheirs(Exception):
    """A role or a phone that a turn stood on was taken away before the turn was over: it is taken up again without.

    A conflict of optimistic locking.
    """


class TooSlow(Exception):
    """A turn took longer than others can be kept waiting."""


class Reception:
    """Answers what waits in the inbox, one person strictly in order, different people together.

    An idempotent consumer.
    """

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
        self.more_waits = True
        """Perhaps; False after a batch that answered all, or nobody, of those that waited."""
        self._woken = asyncio.Event()
        self._recalled = now()

    def wake(self) -> None:
        """Something came in."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until told to stop; the batch under way is finished first."""
        while not stop.is_set():
            self._woken.clear()
            await self.answer_waiting()
            if self.more_waits:
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
                updates = await self._claim(session, limit)
                if not updates:
                    self.more_waits = False
                    return 0
                taken = [update.id for update in updates if update.id is not None]
                answered = await self._answer(session, updates)
        except Exception as error:
            if is_unavailable(error) or not taken:
                raise
            log.warning("batch of %d replayed alone: %s", len(taken), type(error).__name__)
            answered = AnsweredBatch()
            for update_id in taken:
                answered.postponed += (await self._alone(update_id)).postponed
            answered.more_waits = True
        else:
            answered.more_waits |= len(taken) == limit or bool(answered.postponed)
            self._count(answered.done)
        self.answered()
        count = len(taken) - answered.postponed
        # Whoever is held by another process is looked for again after a rest.
        self.more_waits = bool(count) and answered.more_waits
        return count

    async def _claim(self, session: Session, limit: int) -> list[ClaimedUpdate]:
        """Where nobody waits, and now and then under load, those who were overlooked are called again."""
        now = self.now()
        if now - self._recalled < LONGEST_REST:
            updates = await inbox.claim(session, now, limit)
            if updates:
                return updates
        self._recalled = now
        await inbox.recall(session)
        return await inbox.claim(session, now, limit)

    async def _alone(self, update_id: int) -> AnsweredBatch:
        """One update in a transaction of its own, so that it costs nobody else when it fails."""
        answered = AnsweredBatch()
        try:
            async with self.database.writing() as session:
                update = await inbox.claim_one(session, update_id)
                if update is not None:
                    answered = await self._answer(session, [update])
        except Exception as error:
            if is_unavailable(error):
                raise
            await self._failed(update_id, error)
            return AnsweredBatch()
        self._count(answered.done)
        return answered

    def _count(self, done: Sequence[ClaimedUpdate]) -> None:
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
            metrics.UPDATES_DEAD_LETTERS.inc()
            log.error("update %s set aside: %s", update_id, why, exc_info=error)
            try:
                async with session.attempt():
                    await self._tell_of_dead_letter(session, update, now)
            except Exception as untold:
                # It is set aside all the same, so that whatever its sender wrote later is answered.
                log.error("nobody was told of update %s", update_id, exc_info=untold)

    async def _tell_of_dead_letter(
        self, session: Session, update: ClaimedUpdate, now: datetime
    ) -> None:
        """A silent screen is worse than a failure: the person and who operates the system are told."""
        operators = [one.id for one in await people.holders(session, Role.ADMIN, now)]
        told = _("An update was set aside (number {number}).").format(number=str(update.id))
        channels = self.channels or (update.channel,)
        await tell(session, channels, operators, Page().add(told).screen(), now)
        caller = self._read(update)
        if caller is None or caller.incoming.event is None or not caller.incoming.chat:
            return
        if not caller.incoming.private:
            # Our account's name is left out: perhaps it was asking for it that failed.
            await answer_a_group(session, caller, "", now)
            return
        key = (caller.kind, caller.incoming.address)
        person = (await people.by_addresses(session, [key])).get(key) if caller.known else None
        note = _(
            "The last message could not be handled, and those who operate the system have been told. "
            "What was written before is kept. Please press Home or type /start."
        )
        screen = with_way_home(Page().add(note).screen())
        put(session, caller, person, Reply(screen, toast=None, card=CardName.NOTICE), now)

    async def _answer(self, session: Session, updates: Sequence[ClaimedUpdate]) -> AnsweredBatch:
        """A turn for each, one after the other."""
        now = self.now()
        callers = []
        done = []
        postponed = 0
        for update in updates:
            caller = self._read(update)
            if caller is None:
                update.tries = inbox.TRIES
                await inbox.failed(session, update, "Unreadable", now, count=True)
                metrics.UPDATES_DEAD_LETTERS.inc()
                log.error("update %s set aside: unreadable", update.id)
                continue
            done.append(update)
            callers.append(caller)
        known = [caller for caller in callers if caller.known]
        who = await self._who(session, known, now)
        speaking = {one.place for one in known if isinstance(one.incoming.event, Said)}
        shown = await lately_shown(session, speaking, REMEMBERED)
        answered: set[str] = set()
        roles: list[HeldRole] = []
        phones: dict[tuple[str, str], str] = {}
        for caller in callers:
            person = who.met.get((caller.kind, caller.incoming.address)) if caller.known else None
            if person is not None and (person.id in answered or person.id in who.busy):
                # Somebody with two phones: the other one waits for a later batch.
                done.remove(caller.update)
                postponed += 1
                continue
            if person is None:
                name = self.username(caller.update.channel)
                await answer_a_group(session, caller, name, now)
                continue
            answered.add(person.id)
            roles += who.memberships.get(person.id, [])
            context = self._context(
                session, caller, person, who.memberships.get(person.id, []), now
            )
            context.shown = shown.get(caller.place, [])
            try:
                async with asyncio.timeout(self.patience.total_seconds()):
                    await self._turn(context, caller, who.live.get(person.id))
            except TimeoutError:
                raise TooSlow from None
            if context.person is person:
                phones[caller.kind, caller.incoming.address] = person.id
            # Whoever follows in this batch is treated as in one of their own.
            if context.others_told or context.others_changed:
                await session.flush()
            if context.others_changed:
                who = await self._who(session, known, now)
            # On the embedded store nothing waits in a turn, so all others of the loop come in here.
            await asyncio.sleep(0)
        await self._still_theirs(session, roles, phones)
        more_waits = await inbox.answered(session, done, now)
        # Whatever came after one that was set aside is looked for.
        return AnsweredBatch(done, postponed, more_waits or len(callers) < len(updates))

    async def _still_theirs(
        self, session: Session, roles: Sequence[HeldRole], phones: Mapping[tuple[str, str], str]
    ) -> None:
        """Until the transaction ends nobody takes away what its turns stood on; raises NoLongerTheirs."""
        if self.database.is_sqlite:
            # Whoever writes has the whole store, so nothing has changed meanwhile.
            return
        held = await people.hold_roles(session, roles)
        if not (held and await people.hold_addresses(session, phones)):
            raise NoLongerTheirs

    async def _turn(
        self, context: Context, caller: Caller, live: drafts.StoredDraft | None
    ) -> None:
        event = caller.incoming.event
        if event is None:
            return
        reply = await self.lobby.answer(context, event, live)
        put(context.session, caller, context.person, reply, context.now)
        if context.roles_changed or isinstance(event, Opened):
            await self._set_commands(context)
        for person, address in await self._with_new_menus(context):
            other = self._context(context.session, caller, person, [], context.now)
            other.chat, other.roles_changed = address, True
            await self._set_commands(other)

    async def _with_new_menus(self, context: Context) -> list[tuple[Person, str]]:
        if not context.new_menus_for:
            return []
        kinds = {context.kind_of_channel}
        reached = await people.reached_by(context.session, context.new_menus_for, kinds)
        return [(person, address) for person, _kind, address in reached]

    def _read(self, update: ClaimedUpdate) -> Caller | None:
        """The update as an event; None when nobody will ever be able to read it."""
        reading = self.readings.get(people.kind_of(update.channel))
        if reading is None:
            return None
        try:
            return Caller(update, reading(storable(json.loads(update.raw))))
        except Exception as error:
            log.warning("update %s cannot be read: %s", update.id, type(error).__name__)
            return None

    async def _who(self, session: Session, callers: Sequence[Caller], now: datetime) -> Known:
        met = await self._meet(session, callers, now)
        ids = sorted({person.id for person in met.values()})
        if not ids:
            return Known()
        memberships = await people.memberships_of(session, ids, now)
        live = await drafts.live_of(session, ids)
        return Known(met, memberships, live, await drafts.held_by_others(session, ids, live))

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
                    language=language_of(caller.incoming.language),
                    now=now,
                )
        return met

    def _context(
        self,
        session: Session,
        caller: Caller,
        person: Person,
        memberships: Sequence[HeldRole],
        now: datetime,
    ) -> Context:
        return Context(
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

    async def _set_commands(self, context: Context) -> None:
        """The menu of commands follows the person's roles and language."""
        if context.roles_changed:
            await context.look_at_roles_again()
        menus.show_commands(self.lobby, context)
