"""What becomes of a message that the channel did not simply take. The retry policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels import DeliveryFailure, FailureKind
from bot.sending.circuit_breaker import Blame
from storage.messages.outbox import ClaimedMessage, MessageKind, MessageState, Policy

FIRST_REST = timedelta(seconds=1)
LONGEST_REST = timedelta(seconds=30)
RECEIPT_REST = timedelta(seconds=5)
"""A receipt has one more try only, so it waits until a short disturbance may be over."""
PROMPT_TRIES = 5
"""How often a question is sent although each of them may have arrived."""
PERHAPS = "perhaps sent"


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """The state a message goes to, and when it may be tried again."""

    state: MessageState
    why: str | None = None
    not_before: datetime | None = None


def retry_decision(
    message: ClaimedMessage,
    failure: DeliveryFailure,
    now: datetime,
    *,
    repeatable: bool = False,
    blame: Blame = Blame.MESSAGE,
) -> RetryDecision:
    """`repeatable`: doing it twice is the same as doing it once, as changing a message in place is.

    Idempotent, that is.
    """
    receipt = message.policy == Policy.RECEIPT and not repeatable
    # Where it is tried by messages each may have arrived, and a receipt comes twice at most.
    if blame is Blame.CHANNEL or (blame is Blame.TRIED and not receipt):
        # The try cost nothing; the channel's circuit breaker decides when the next one may leave.
        return RetryDecision(MessageState.PENDING, message.why)
    match failure.kind:
        case FailureKind.NOT_SENT:
            return RetryDecision(
                MessageState.PENDING, message.why or failure.why, now + rest(message)
            )
        case FailureKind.TOO_FAST | FailureKind.MOVED:
            return RetryDecision(MessageState.PENDING, message.why)
        case FailureKind.SENDER_DIED:
            # Most of what a process holds when it dies has not left yet; it comes twice at most once for each death.
            return RetryDecision(MessageState.PENDING, message.why, now + rest(message))
        case FailureKind.PERHAPS_SENT:
            return _perhaps_sent(message, now, repeatable=repeatable)
    return RetryDecision(MessageState.FAILED, f"{failure.kind}: {failure.why}")


def rest(message: ClaimedMessage) -> timedelta:
    """Twice as long after each try. Exponential backoff, up to `LONGEST_REST`."""
    return min(LONGEST_REST, FIRST_REST * 2 ** min(max(message.tries - 1, 0), 10))


def times_perhaps_sent(message: ClaimedMessage) -> int:
    """Noted in `why`, as the tries also count those that surely did not arrive."""
    why = message.why or ""
    return int(why.removeprefix(PERHAPS)) if why.startswith(PERHAPS) else 0


def _perhaps_sent(message: ClaimedMessage, now: datetime, *, repeatable: bool) -> RetryDecision:
    times = times_perhaps_sent(message) + 1
    why = f"{PERHAPS} {times}"
    if repeatable or message.kind != MessageKind.SCREEN or message.policy == Policy.EDIT:
        return RetryDecision(MessageState.PENDING, why, now + rest(message))
    if message.policy == Policy.RECEIPT:
        if times > 1:
            return RetryDecision(MessageState.UNCERTAIN, why)
        return RetryDecision(MessageState.PENDING, why, now + RECEIPT_REST)
    if times >= PROMPT_TRIES:
        return RetryDecision(MessageState.UNCERTAIN, why)
    return RetryDecision(MessageState.PENDING, why, now + rest(message))
