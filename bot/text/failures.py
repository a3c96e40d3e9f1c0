"""What a gateway's refusals and silences mean for a message."""

from __future__ import annotations

import aiohttp

from bot.channels import DeliveryFailure, FailureKind

FAILURE_KINDS = {
    404: FailureKind.UNREACHABLE,
    410: FailureKind.UNREACHABLE,
    429: FailureKind.TOO_FAST,
    503: FailureKind.NOT_SENT,
}
"""Every other 4xx is never taken; after any other 5xx nobody knows, as the work may have been done."""
FIRST_PATIENCE = 1.0
"""Seconds of silence where the gateway wants it and does not say how long."""


def refused(status: int, retry_after: str = "") -> DeliveryFailure:
    """The failure that an answer other than 200 stands for."""
    kind = FAILURE_KINDS.get(
        status, FailureKind.REFUSED if status < 500 else FailureKind.PERHAPS_SENT
    )
    seconds = 0.0
    if kind is FailureKind.TOO_FAST:
        seconds = float(retry_after) if retry_after.isdecimal() else FIRST_PATIENCE
    return DeliveryFailure(kind, f"{status} from the gateway", retry_after=seconds)


def silent(error: Exception) -> DeliveryFailure:
    """The failure that no answer, or an unreadable one, stands for."""
    before = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    kind = FailureKind.NOT_SENT if before else FailureKind.PERHAPS_SENT
    return DeliveryFailure(kind, type(error).__name__)
