"""Which messages leave next, and for how long they are ours alone. Leases on the outbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels import DeliveryFailure, FailureKind
from bot.sending.circuits import Circuits
from bot.sending.dispatch import Dispatch, with_cards, without_stale
from bot.sending.rate_limit import RateLimit
from bot.sending.retry import RetryDecision, retry_decision
from bot.sending.silences import Silences
from storage.database import Database, Session
from storage.messages import outbox
from storage.messages.outbox import ClaimedMessage

LONGEST_SEND = timedelta(seconds=30)
LEASE = timedelta(seconds=45)
"""Longer than a message may take to send, so that it is never sent by two at once."""
RECOVERY = timedelta(seconds=5)
"""How often it is looked for messages whose sender died."""


class Claims:
    """Takes messages out of the outbox for one process."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        rate_limit: RateLimit,
        circuits: Circuits,
        silences: Silences,
    ) -> None:
        self._database = database
        self._clock = clock
        self._rate_limit = rate_limit
        self._circuits = circuits
        self._silences = silences
        self._recovers_at = clock()

    async def next(self, limit: int, busy: Sequence[str]) -> list[Dispatch]:
        """Up to so many messages as usual, and one for each channel that is being tried."""
        now = self._clock()
        if not await self._is_anything_to_do(now):
            return []
        tried = self._circuits.to_try()
        # Where this is lost with the machine, it is sent again.
        async with self._database.writing(lasting=False) as session:
            await self._silences.keep(session)
            if now >= self._recovers_at:
                await _recover(session, now, now)
                self._recovers_at = now + RECOVERY
            passed_over = sorted({*busy, *self._rate_limit.tired()} - {""})

            async def as_usual(count: int) -> list[ClaimedMessage]:
                shut = self._circuits.shut()
                return await outbox.claim(session, now, count, LEASE, passed_over, shut)

            dispatches = await with_cards(session, await _fresh(session, now, limit, as_usual))
            for channel in tried:

                async def to_try(_count: int, channel: str = channel) -> list[ClaimedMessage]:
                    return await outbox.claim_to_try(session, now, LEASE, channel, passed_over)

                for one in await with_cards(session, await _fresh(session, now, 1, to_try)):
                    dispatches.append(replace(one, tries_channel=True))
        for dispatch in dispatches:
            if dispatch.tries_channel:
                self._circuits.trying(dispatch.message.channel, begins=True)
        return dispatches

    async def _is_anything_to_do(self, now: datetime) -> bool:
        """Asked without holding the store, since mostly there is nothing."""
        if now >= self._recovers_at or self._silences.are_to_be_kept:
            return True
        async with self._database.reading() as session:
            return await outbox.is_anything_pending(session)

    async def still_hold(self, message: ClaimedMessage) -> bool:
        """Whether a message that had to wait is still ours, for long enough to send it."""
        now = self._clock()
        if message.leased_until is not None and message.leased_until - now > LONGEST_SEND:
            return True
        async with self._database.writing() as session:
            return await outbox.renew(session, message, now + LEASE)

    async def recover_all(self) -> None:
        """Whatever is marked as being sent was lost with a process before this one. Crash recovery."""
        now = self._clock()
        async with self._database.writing() as session:
            await _recover(session, now + LEASE, now)


async def settle(
    session: Session, message: ClaimedMessage, decided: RetryDecision, now: datetime
) -> None:
    """Write down what was decided about a message that the channel did not simply take."""
    message.not_before = decided.not_before
    await outbox.settle(session, message, decided.state, now, decided.why)


async def _recover(session: Session, lost_before: datetime, now: datetime) -> None:
    unknown = DeliveryFailure(FailureKind.SENDER_DIED, "the process died while sending")
    for message in await outbox.lost_in_sending(session, lost_before):
        repeatable = bool(Dispatch(message, "").target)
        decided = retry_decision(message, unknown, now, repeatable=repeatable)
        await settle(session, message, decided, now)


async def _fresh(
    session: Session,
    now: datetime,
    limit: int,
    claim: Callable[[int], Awaitable[list[ClaimedMessage]]],
) -> list[ClaimedMessage]:
    """Up to so many claimed messages that still hold; the others are dropped, and more are claimed in their place."""
    wanted: list[ClaimedMessage] = []
    while len(wanted) < limit:
        claimed = await claim(limit - len(wanted))
        kept = await without_stale(session, claimed, now)
        wanted += kept
        if len(kept) == len(claimed):
            break
    return wanted
