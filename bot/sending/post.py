"""What waits in the outbox is told, promptly, in order, and at a pace the chat app bears."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.channels import Channel, DeliveryFailure, FailureKind
from bot.operating import metrics
from bot.sending.dispatch import Dispatch, by_chat, hand_over, tidy, with_cards, without_stale
from bot.sending.fallback import told_instead
from bot.sending.rate_limit import RateLimit
from bot.sending.retry import RetryDecision, retry_decision
from conversations.kit.telling import went_silent
from storage.database import Database, Session
from storage.messages import outbox
from storage.messages.outbox import Kind, Message, MessageState

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Chats that are told something at the same time."""
LONGEST_SEND = timedelta(seconds=30)
LEASE = timedelta(seconds=45)
"""Longer than a message may take to send, so that it is never sent by two at once."""
LONGEST_NAP = 0.5
"""Seconds; another process may have filled the outbox, or a silence may be over."""
MANY_CHATS = 3
"""So many chats asking for silence within a few seconds mean that the whole channel wants it."""
FEW_SECONDS = timedelta(seconds=10)


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
        self._pace = RateLimit(clock)
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], str] = {}
        self._too_fast: dict[str, dict[str, datetime]] = {}

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; what is under way then still arrives."""
        if self._database.is_sqlite:
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
        dispatches = await self._claim(self._at_once, list(self._under_way.values()))
        await asyncio.gather(*(self._deliver_all(one) for one in by_chat(dispatches)))
        return len(dispatches)

    def _set_out(self, dispatches: Sequence[Dispatch]) -> None:
        for one in by_chat(dispatches):
            task = asyncio.create_task(self._deliver_all(one))
            # A toast waits for nothing, so it does not make its chat busy either.
            busy = any(dispatch.message.kind != Kind.TOAST for dispatch in one)
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
        unknown = DeliveryFailure(FailureKind.SENDER_DIED, "the process died while sending")
        for message in await outbox.lost_in_sending(session, lost_before):
            repeatable = bool(Dispatch(message, None).target)
            await _settle(
                session, message, retry_decision(message, unknown, now, repeatable=repeatable), now
            )

    async def _claim(self, limit: int, busy: Sequence[str]) -> list[Dispatch]:
        now = self._clock()
        async with self._database.writing() as session:
            await self._recover_in(session, now, now)
            passed_over = sorted({*busy, *self._pace.tired()} - {""})
            wanted: list[Message] = []
            while len(wanted) < limit:
                claimed = await outbox.claim(session, now, limit - len(wanted), LEASE, passed_over)
                kept = await without_stale(session, claimed, now)
                wanted += kept
                if len(kept) == len(claimed):
                    break
            return await with_cards(session, wanted)

    async def _deliver_all(self, dispatches: Sequence[Dispatch]) -> None:
        for place, dispatch in enumerate(dispatches):
            # What was claimed together with another message of its chat has waited for it.
            if place == 0 or await self._is_still_ours(dispatch.message):
                await self._deliver(dispatch)

    async def _is_still_ours(self, message: Message) -> bool:
        now = self._clock()
        if message.leased_until is not None and message.leased_until - now > LONGEST_SEND:
            return True
        async with self._database.writing() as session:
            return await outbox.renew(session, message, now + LEASE)

    async def _deliver(self, dispatch: Dispatch) -> None:
        message = dispatch.message
        channel = self._channels.get(message.channel)
        try:
            if channel is None:
                raise DeliveryFailure(FailureKind.REFUSED, "this channel is not connected")
            async with asyncio.timeout(LONGEST_SEND.total_seconds()):
                message_id = await hand_over(channel, dispatch, self._may_go)
        except DeliveryFailure as failure:
            await self._failed(dispatch, failure)
        except TimeoutError:
            await self._failed(dispatch, DeliveryFailure(FailureKind.PERHAPS_SENT, "took too long"))
        except Exception as error:
            log.exception("message %s cannot be sent", message.id)
            await self._failed(dispatch, DeliveryFailure(FailureKind.REFUSED, type(error).__name__))
        else:
            await self._sent(dispatch, message_id)
            await self._tidy(channel, dispatch, message_id)

    async def _may_go(self, chat: str, share: float) -> None:
        wait = self._pace.take(chat, share)
        if wait:
            await self._sleep(wait)

    async def _tidy(self, channel: Channel, dispatch: Dispatch, message_id: str) -> None:
        """What is not tidied now stays as it is: an old button does no harm."""
        try:
            await tidy(channel, dispatch, message_id, self._may_go)
        except DeliveryFailure as failure:
            now = self._clock()
            async with self._database.writing() as session:
                await self._hold(session, dispatch.message, failure, now)

    async def _sent(self, dispatch: Dispatch, message_id: str) -> None:
        message = dispatch.message
        now = self._clock()
        message.message_id = message_id
        metrics.SENDS.labels(outcome="sent").inc()
        async with self._database.writing() as session:
            await outbox.settle(session, message, MessageState.SENT, now)
            if message.kind == Kind.SCREEN and message.card and message_id:
                await outbox.remember_card(
                    session, message.channel, message.chat, message.card, message_id, now
                )

    async def _failed(self, dispatch: Dispatch, failure: DeliveryFailure) -> None:
        message = dispatch.message
        now = self._clock()
        decided = retry_decision(message, failure, now, repeatable=bool(dispatch.target))
        metrics.SENDS.labels(outcome=failure.fate).inc()
        if decided.state in (MessageState.FAILED, MessageState.UNCERTAIN):
            level = logging.ERROR if failure.fate is FailureKind.REFUSED else logging.WARNING
            log.log(level, "message %s is %s: %s", message.id, decided.state, decided.why)
        async with self._database.writing() as session:
            await _settle(session, message, decided, now)
            match failure.fate:
                case FailureKind.TOO_FAST:
                    await self._hold(session, message, failure, now)
                case FailureKind.REFUSED if message.channel in self._channels:
                    plain = told_instead(message, now)
                    if plain is not None:
                        outbox.tell(session, plain)
                case FailureKind.UNREACHABLE if message.person_id is not None:
                    await went_silent(
                        session,
                        tuple(self._channels),
                        message.person_id,
                        message.channel,
                        message.chat,
                        now,
                    )
                case FailureKind.MOVED:
                    await outbox.moved(session, message.channel, message.chat, failure.moved_to)

    async def _hold(
        self, session: Session, message: Message, failure: DeliveryFailure, now: datetime
    ) -> None:
        until = now + timedelta(seconds=failure.retry_after)
        whom = self._whom(message, failure)
        scope = "all" if whom == "*" else "chat"
        metrics.SILENCE_SECONDS.labels(scope=scope).inc(failure.retry_after)
        await outbox.hold(session, message.channel, whom, until)

    def _whom(self, message: Message, failure: DeliveryFailure) -> str:
        """Who is to be left in peace: the chat, or `*` for all when several chats ask at the same time."""
        now = self._clock()
        asked = self._too_fast.setdefault(message.channel, {})
        asked[message.chat] = now
        for chat in [chat for chat, at in asked.items() if now - at > FEW_SECONDS]:
            del asked[chat]
        return "*" if failure.everyone or len(asked) >= MANY_CHATS else message.chat


async def _settle(
    session: Session, message: Message, decided: RetryDecision, now: datetime
) -> None:
    message.not_before = decided.not_before
    await outbox.settle(session, message, decided.state, now, decided.why)
