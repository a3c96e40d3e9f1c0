"""What Telegram's refusals and silences mean for a message."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.channels import DeliveryFailure, FailureKind

Result = TypeVar("Result")

HARMLESS = (
    "message is not modified",
    "query is too old",
    "query id is invalid",
)
"""What was wanted is so already, or has no use any more: no failure at all."""

REFUSALS = {
    "message to edit not found": FailureKind.GONE,
    "message can't be edited": FailureKind.GONE,
    "there is no text in the message to edit": FailureKind.GONE,
    "message_id_invalid": FailureKind.GONE,
    "chat not found": FailureKind.UNREACHABLE,
    "user not found": FailureKind.UNREACHABLE,
    "peer_id_invalid": FailureKind.UNREACHABLE,
    "group chat was deactivated": FailureKind.UNREACHABLE,
    "not enough rights": FailureKind.UNREACHABLE,
    "have no rights to send": FailureKind.UNREACHABLE,
    "chat_write_forbidden": FailureKind.UNREACHABLE,
    "file is too big": FailureKind.TOO_LARGE,
    "temporarily unavailable": FailureKind.NOT_SENT,
}
"""What a 400 means by the words in it; every other one is REFUSED and never tried again."""

UNREADABLE = "unreadable answer"

BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""Failures that come before the first byte of a request has left."""


async def delivered(request: Awaitable[Result]) -> Result | None:
    """What Telegram answered; None when it refused what had no use any more; raises DeliveryFailure."""
    try:
        return await request
    except TelegramError as error:
        failure = failure_of(error)
    except (AttributeError, KeyError, TypeError):
        # The library takes for granted that what answers is Telegram.
        failure = DeliveryFailure(FailureKind.PERHAPS_SENT, UNREADABLE)
    # Raised outside, so that the library's own words and addresses do not travel along.
    if failure is not None:
        raise failure
    return None


def failure_of(error: TelegramError) -> DeliveryFailure | None:
    """None when nothing needs to be done about it."""
    match error:
        case RetryAfter():
            pause = error.retry_after
            seconds = pause.total_seconds() if isinstance(pause, timedelta) else pause
            return DeliveryFailure(FailureKind.TOO_FAST, "too many requests", retry_after=seconds)
        case ChatMigrated():
            return DeliveryFailure(
                FailureKind.MOVED, "chat migrated", moved_to=str(error.new_chat_id)
            )
        case BadRequest() | Forbidden() if isinstance(error.__cause__, TelegramError):
            # Cut off, or a page of whatever stands before Telegram: without its words a refusal says nothing.
            return DeliveryFailure(FailureKind.PERHAPS_SENT, UNREADABLE)
        case Forbidden():
            return DeliveryFailure(FailureKind.UNREACHABLE, _without_words(error))
        case InvalidToken():
            # A wrong token is our operator's matter; the message keeps waiting for the right one.
            return DeliveryFailure(FailureKind.NOT_SENT, "token not accepted")
        case BadRequest():
            return _refusal(error)
        case NetworkError():
            return _silence(error)
    return DeliveryFailure(FailureKind.PERHAPS_SENT, UNREADABLE)


def _refusal(error: BadRequest) -> DeliveryFailure | None:
    words = error.message.lower()
    if any(harmless in words for harmless in HARMLESS):
        return None
    kind = next((kind for known, kind in REFUSALS.items() if known in words), FailureKind.REFUSED)
    return DeliveryFailure(kind, _without_words(error))


def _silence(error: NetworkError) -> DeliveryFailure:
    cause = error.__cause__
    if isinstance(cause, BEFORE_SENDING):
        return DeliveryFailure(FailureKind.NOT_SENT, type(cause).__name__)
    # This holds for 5xx too: a gateway answers 502 and 504 also when the server behind it has done the work.
    return DeliveryFailure(
        FailureKind.PERHAPS_SENT, type(cause).__name__ if cause else _without_words(error)
    )


def _without_words(error: TelegramError) -> str:
    """Telegram quotes the offending text only after a colon, if at all."""
    return error.message.split(":")[0][:80]
