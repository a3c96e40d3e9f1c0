"""What waits in the outbox is told, promptly, in order, and at a pace the chat app bears."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from bot.channels import Channel, DeliveryFailure, Fate, Letter
from bot.pace import Pace
from bot.verdicts import Verdict, verdict
from conversations.kit.screens import Screen
from locales import Reader, Text
from storage import outbox, people
from storage.database import Database, Session
from storage.outbox import Card, Kind, Message, MessageState, Placement

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Chats that are told something at the same time."""
LONGEST_SEND = timedelta(seconds=30)
LEASE = timedelta(seconds=45)
"""Longer than a message may take to send, so that it is never sent by two at once."""
TOAST_LIFE = timedelta(seconds=150)
"""Telegram forgets a pressed button after that."""
LONGEST_NAP = 0.5
"""Seconds; another process may have filled the outbox, or a silence may be over."""
MANY_CHATS = 3
"""So many chats asking for silence within a few seconds mean that the whole channel wants it."""
FEW_SECONDS = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Errand:
    """A claimed message, and the card of its name that is in the chat already."""

    message: Message
    card: Card | None

    @property
    def target(self) -> str:
        """The message to change in place; empty to send a new one."""
        if self.message.kind != Kind.SCREEN or self.message.placement != Placement.IN_PLACE:
            return ""
        return self.message.message_id or (self.card.message_id if self.card else "")


class Post:
    """Takes messages from the outbox to the channels; HTTP never happens inside a transaction."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        *,
        at_once: int = AT_ONCE,
        patience: float = 2.5,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._at_once = at_once
        self._patience = patience
        """Seconds that messages under way have to arrive when the process stops."""
        self._sleep = sleep
        self._pace = Pace(clock)
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._too_fast: dict[str, dict[str, datetime]] = {}

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; what is under way then still arrives."""
        if self._database.dialect == "sqlite":
            # One process alone uses such a store, so whatever is marked as being sent was lost with the last one.
            await self._recover(self._clock() + LEASE)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                free = self._at_once - len(self._under_way)
                if free > 0:
                    self._set_out(await self._claim(free, list(self._under_way.values())))
                await self._nap(stopping)
        finally:
            stopping.cancel()
            await self._come_home()

    async def send_waiting(self) -> int:
        """One pass: take up what may be sent now, send it, and say how many messages that were."""
        errands = await self._claim(self._at_once, list(self._under_way.values()))
        await asyncio.gather(*(self._deliver_all(one) for one in _by_chat(errands)))
        return len(errands)

    def _set_out(self, errands: Sequence[Errand]) -> None:
        for one in _by_chat(errands):
            task = asyncio.create_task(self._deliver_all(one))
            # A toast waits for nothing, so it does not make its chat busy either.
            busy = any(errand.message.kind != Kind.TOAST for errand in one)
            self._under_way[task] = one[0].message.chat if busy else ""
            task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The store did not take the outcome; the lease runs out and the policy decides.
            log.error("the outcome of a message was not kept: %s", type(error).__name__)

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        woken = asyncio.create_task(self._woken.wait())
        waiting = {stopping, woken, *self._under_way}
        await asyncio.wait(waiting, timeout=LONGEST_NAP, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()

    async def _come_home(self) -> None:
        if self._under_way:
            _done, late = await asyncio.wait(set(self._under_way), timeout=self._patience)
            for task in late:
                task.cancel()

    async def _recover(self, now: datetime) -> None:
        async with self._database.writing() as session:
            await self._recover_in(session, now, self._clock())

    async def _recover_in(self, session: Session, lost_before: datetime, now: datetime) -> None:
        unknown = DeliveryFailure(Fate.PERHAPS_SENT, "the process died while sending")
        for message in await outbox.lost_in_sending(session, lost_before):
            repeatable = bool(Errand(message, None).target)
            await _settle(
                session, message, verdict(message, unknown, now, repeatable=repeatable), now
            )

    async def _claim(self, limit: int, busy: Sequence[str]) -> list[Errand]:
        now = self._clock()
        async with self._database.writing() as session:
            await self._recover_in(session, now, now)
            passed_over = sorted({*busy, *self._pace.tired()} - {""})
            claimed = await outbox.claim(session, now, limit, LEASE, passed_over)
            if not claimed:
                return []
            # The claim is written first, else it would overwrite what is settled here.
            await session.flush()
            replaced = await outbox.replaced(session, claimed)
            wanted = []
            for message in claimed:
                stale = message.kind == Kind.TOAST and now - message.created_at > TOAST_LIFE
                if stale or message.id in replaced:
                    await outbox.settle(session, message, MessageState.DROPPED, now)
                else:
                    wanted.append(message)
            return await _with_cards(session, wanted)

    async def _deliver_all(self, errands: Sequence[Errand]) -> None:
        for errand in errands:
            await self._deliver(errand)

    async def _deliver(self, errand: Errand) -> None:
        message = errand.message
        channel = self._channels.get(message.channel)
        try:
            if channel is None:
                raise DeliveryFailure(Fate.REFUSED, "this channel is not connected")
            if message.kind != Kind.TOAST:
                wait = self._pace.take(message.chat)
                if wait:
                    await self._sleep(wait)
            async with asyncio.timeout(LONGEST_SEND.total_seconds()):
                message_id, gone = await _hand_over(channel, errand)
        except DeliveryFailure as failure:
            await self._failed(errand, failure)
        except TimeoutError:
            await self._failed(errand, DeliveryFailure(Fate.PERHAPS_SENT, "took too long"))
        except Exception as error:
            log.exception("message %s cannot be sent", message.id)
            await self._failed(errand, DeliveryFailure(Fate.REFUSED, type(error).__name__))
        else:
            await self._sent(errand, message_id)
            await _tidy(channel, errand, message_id, gone=gone)

    async def _sent(self, errand: Errand, message_id: str) -> None:
        message = errand.message
        now = self._clock()
        message.message_id = message_id
        async with self._database.writing() as session:
            await outbox.settle(session, message, MessageState.SENT, now)
            if message.kind == Kind.SCREEN and message.card and message_id:
                await outbox.remember_card(
                    session, message.channel, message.chat, message.card, message_id, now
                )

    async def _failed(self, errand: Errand, failure: DeliveryFailure) -> None:
        message = errand.message
        now = self._clock()
        decided = verdict(message, failure, now, repeatable=bool(errand.target))
        if decided.state in (MessageState.FAILED, MessageState.UNCERTAIN):
            log.warning("message %s is %s: %s", message.id, decided.state, decided.why)
        async with self._database.writing() as session:
            await _settle(session, message, decided, now)
            match failure.fate:
                case Fate.TOO_FAST:
                    until = now + timedelta(seconds=failure.retry_after)
                    await outbox.hold(session, message.channel, self._whom(message, failure), until)
                case Fate.UNREACHABLE if message.person_id is not None:
                    await people.unreachable(session, message.person_id, now)
                case Fate.MOVED:
                    await outbox.moved(session, message.channel, message.chat, failure.moved_to)

    def _whom(self, message: Message, failure: DeliveryFailure) -> str:
        """Who is to be left in peace: the chat, or `*` for all when several chats ask at the same time."""
        now = self._clock()
        asked = self._too_fast.setdefault(message.channel, {})
        asked[message.chat] = now
        for chat in [chat for chat, at in asked.items() if now - at > FEW_SECONDS]:
            del asked[chat]
        return "*" if failure.everyone or len(asked) >= MANY_CHATS else message.chat


def _by_chat(errands: Sequence[Errand]) -> list[list[Errand]]:
    """What goes to one chat goes one after the other, as it was claimed; toasts go on their own."""

    def chat(errand: Errand) -> tuple[str, str, bool]:
        message = errand.message
        return message.channel, message.chat, message.kind == Kind.TOAST

    return [list(group) for _chat, group in groupby(sorted(errands, key=chat), key=chat)]


async def _with_cards(session: Session, messages: Sequence[Message]) -> list[Errand]:
    """Ask for the cards of many chats at once; a chat with two messages takes another round."""
    errands = []
    left = list(messages)
    while left:
        channel = left[0].channel
        round_of: dict[str, Message] = {}
        for message in left:
            if message.channel == channel:
                round_of.setdefault(message.chat, message)
        names = {chat: message.card for chat, message in round_of.items() if message.card}
        known = await outbox.cards(session, channel, names) if names else {}
        errands += [
            Errand(one, known.get(chat) if one.card else None) for chat, one in round_of.items()
        ]
        taken = {one.id for one in round_of.values()}
        left = [one for one in left if one.id not in taken]
    return errands


async def _hand_over(channel: Channel, errand: Errand) -> tuple[str, bool]:
    """The message's id, and whether the one to be changed was gone so that a new one was sent."""
    letter = _letter(errand)
    try:
        return await channel.deliver(letter), False
    except DeliveryFailure as failure:
        if failure.fate is not Fate.GONE or not letter.replace:
            raise
    return await channel.deliver(replace(letter, replace="")), True


def _letter(errand: Errand) -> Letter:
    message = errand.message
    reader = Reader(**message.reader)
    letter = Letter(message.chat, None, reader, silent=message.silent, replace=errand.target)
    match message.kind:
        case Kind.TOAST:
            words = message.body["text"]
            toast = Text.from_json(words) if words else None
            return replace(letter, query=message.body["query"], toast=toast)
        case Kind.COMMANDS:
            offered = message.body["commands"]
            commands = tuple((name, Text.from_json(words)) for name, words in offered)
            return replace(letter, commands=commands)
    return replace(letter, screen=Screen.from_json(message.body))


async def _tidy(channel: Channel, errand: Errand, message_id: str, *, gone: bool) -> None:
    """The earlier card of the same name loses its buttons, or goes."""
    card = errand.card
    if card is None or errand.message.kind != Kind.SCREEN or card.message_id == message_id:
        return
    if gone and card.message_id == errand.target:
        return
    delete = errand.message.placement == Placement.INSTEAD
    await channel.tidy(errand.message.chat, card.message_id, delete=delete)


async def _settle(session: Session, message: Message, decided: Verdict, now: datetime) -> None:
    message.not_before = decided.not_before
    await outbox.settle(session, message, decided.state, now, decided.why)
