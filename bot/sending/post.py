"""What waits in the outbox is told, promptly, in order, and at a pace the chat app bears.

The relay of the transactional outbox.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.channels import Channel, DeliveryFailure, FailureKind
from bot.operating import metrics
from bot.sending.circuit_breaker import Blame
from bot.sending.circuits import Circuits
from bot.sending.claims import LEASE, LONGEST_SEND, Claims, settle
from bot.sending.dispatch import Dispatch, by_chat, hand_over, tidy
from bot.sending.fallback import told_instead
from bot.sending.outcomes import Outcomes
from bot.sending.rate_limit import RateLimit
from bot.sending.retry import retry_decision
from bot.sending.silences import Silences
from conversations.kit.telling import went_silent
from storage.database import Database
from storage.messages import outbox
from storage.messages.outbox import MessageKind, MessageState

__all__ = ["LEASE", "LONGEST_SEND", "Post"]

log = logging.getLogger(__name__)

AT_ONCE = 16
"""Chats that are told something at the same time."""
LONGEST_NAP = 0.5
"""Seconds; another process may have filled the outbox, or a silence may be over."""


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
        rate_limit: RateLimit | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._at_once = at_once
        self._patience = patience
        """Seconds that messages under way have to arrive when the process stops."""
        self._sleep = sleep
        self._rate_limit = rate_limit or RateLimit(clock)
        self.circuits = Circuits(database, channels, clock)
        """Which channels fail as a whole."""
        self.silences = Silences(clock)
        """Who asked to be left in peace."""
        self._outcomes = Outcomes(database, self.circuits, clock)
        self._claims = Claims(database, clock, self._rate_limit, self.circuits, self.silences)
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], str] = {}

    def wake(self) -> None:
        """Something was put into the outbox."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; what is under way then still arrives."""
        if self._database.is_sqlite:
            # One process alone uses such a store, so whatever is marked as being sent was lost with the last one.
            await self._claims.recover_all()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                await self.circuits.look_around()
                self.circuits.set_out()
                free = self._at_once - len(self._under_way)
                if free > 0:
                    self._set_out(await self._claims.next(free, list(self._under_way.values())))
                await self._nap(stopping)
        finally:
            stopping.cancel()
            await self._come_home()
            await self.circuits.close()

    async def send_waiting(self) -> int:
        """One pass: take up what may be sent now, send it, and say how many messages that were."""
        await self.circuits.look_around()
        await self.circuits.probe_all()
        dispatches = await self._claims.next(self._at_once, list(self._under_way.values()))
        await asyncio.gather(*(self._deliver_all(one) for one in by_chat(dispatches)))
        return len(dispatches)

    def _set_out(self, dispatches: Sequence[Dispatch]) -> None:
        for one in by_chat(dispatches):
            task = asyncio.create_task(self._deliver_all(one))
            # A toast waits for nothing, so it does not make its chat busy either.
            busy = any(dispatch.message.kind != MessageKind.TOAST for dispatch in one)
            self._under_way[task] = one[0].message.chat if busy else ""
            task.add_done_callback(self._arrived)

    def _arrived(self, task: asyncio.Task[None]) -> None:
        self._under_way.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            # The store did not take the outcome; the lease runs out and the policy decides.
            log.error("the outcome of a message was not kept: %s", type(error).__name__)

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        woken = asyncio.create_task(self._woken.wait())
        waiting = {stopping, woken, *self._under_way, *self.circuits.under_way}
        await asyncio.wait(waiting, timeout=LONGEST_NAP, return_when=asyncio.FIRST_COMPLETED)
        woken.cancel()

    async def _come_home(self) -> None:
        if self._under_way:
            _done, late = await asyncio.wait(set(self._under_way), timeout=self._patience)
            for task in late:
                task.cancel()

    async def _deliver_all(self, dispatches: Sequence[Dispatch]) -> None:
        for place, dispatch in enumerate(dispatches):
            # What was claimed together with another message of its chat has waited for it.
            if place == 0 or await self._claims.still_hold(dispatch.message):
                await self._deliver(dispatch)

    async def _deliver(self, dispatch: Dispatch) -> None:
        message = dispatch.message
        channel = self._channels.get(message.channel)
        began = self._clock()
        try:
            if channel is None:
                raise DeliveryFailure(FailureKind.REFUSED, "this channel is not connected")
            async with asyncio.timeout(LONGEST_SEND.total_seconds()):
                message_id = await hand_over(
                    channel, dispatch, partial(self._may_go, message.channel)
                )
        except DeliveryFailure as failure:
            await self._failed(dispatch, failure, began)
        except TimeoutError:
            await self._failed(
                dispatch, DeliveryFailure(FailureKind.PERHAPS_SENT, "took too long"), began
            )
        except Exception as error:
            log.exception("message %s cannot be sent", message.id)
            broken = DeliveryFailure(FailureKind.REFUSED, type(error).__name__)
            await self._failed(dispatch, broken, began)
        else:
            metrics.SENDS.labels(outcome="sent").inc()
            await self._outcomes.taken(message, message_id)
            await self._tidy(channel, dispatch, message_id)
        finally:
            if dispatch.tries_channel:
                self.circuits.trying(message.channel, begins=False)

    async def _may_go(self, channel: str, chat: str, share: float) -> None:
        """Raises DeliveryFailure where the channel has asked for silence since then, or fails as a whole."""
        wait = self._rate_limit.take(chat, share)
        if wait:
            await self._sleep(wait)
        self.silences.check(channel)
        if self.circuits.is_open(channel):
            raise DeliveryFailure(FailureKind.NOT_SENT, "the channel fails as a whole")

    async def _tidy(self, channel: Channel, dispatch: Dispatch, message_id: str) -> None:
        """What is not tidied now stays as it is: an old button does no harm."""
        try:
            await tidy(channel, dispatch, message_id, partial(self._may_go, channel.name))
        except DeliveryFailure as failure:
            if failure.kind is not FailureKind.TOO_FAST:
                return
            async with self._database.writing() as session:
                await self.silences.hold(session, dispatch.message, failure)

    async def _failed(self, dispatch: Dispatch, failure: DeliveryFailure, began: datetime) -> None:
        message = dispatch.message
        blame = await self.circuits.blame(message, failure, began)
        now = self._clock()
        decided = retry_decision(
            message, failure, now, repeatable=bool(dispatch.target), blame=blame
        )
        metrics.SENDS.labels(outcome=failure.kind).inc()
        if decided.state in (MessageState.FAILED, MessageState.UNCERTAIN):
            level = logging.ERROR if failure.kind is FailureKind.REFUSED else logging.WARNING
            log.log(level, "message %s is %s: %s", message.id, decided.state, decided.why)
        async with self._database.writing() as session:
            await settle(session, message, decided, now)
            if blame is not Blame.MESSAGE:
                await self.circuits.note(session, message.channel)
            match failure.kind:
                case FailureKind.TOO_FAST:
                    await self.silences.hold(session, message, failure)
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
