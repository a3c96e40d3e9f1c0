"""Each way in which Telegram fails means one thing for a message."""

from __future__ import annotations

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.channels import FailureKind
from bot.telegram.failures import failure_of


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("Message to edit not found"), FailureKind.GONE),
        (BadRequest("Message can't be edited"), FailureKind.GONE),
        (BadRequest("There is no text in the message to edit"), FailureKind.GONE),
        (BadRequest("Chat not found"), FailureKind.UNREACHABLE),
        (BadRequest("Can't parse entities: unsupported start tag"), FailureKind.REFUSED),
        (BadRequest("Message is too long"), FailureKind.REFUSED),
        (BadRequest("BUTTON_DATA_INVALID"), FailureKind.REFUSED),
        (Forbidden("Forbidden: bot was blocked by the user"), FailureKind.UNREACHABLE),
        (Forbidden("Forbidden: user is deactivated"), FailureKind.UNREACHABLE),
        (RetryAfter(35), FailureKind.TOO_FAST),
        (ChatMigrated(-100500), FailureKind.MOVED),
        (InvalidToken("Unauthorized"), FailureKind.NOT_SENT),
        (caused(TimedOut(), httpx.ConnectTimeout("")), FailureKind.NOT_SENT),
        (caused(TimedOut(), httpx.PoolTimeout("")), FailureKind.NOT_SENT),
        (caused(NetworkError("x"), httpx.ConnectError("")), FailureKind.NOT_SENT),
        (caused(TimedOut(), httpx.ReadTimeout("")), FailureKind.PERHAPS_SENT),
        (caused(TimedOut(), httpx.WriteTimeout("")), FailureKind.PERHAPS_SENT),
        (caused(NetworkError("x"), httpx.ReadError("")), FailureKind.PERHAPS_SENT),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("")), FailureKind.PERHAPS_SENT),
        (NetworkError("Bad Gateway (502)"), FailureKind.PERHAPS_SENT),
        (TelegramError("Invalid server response"), FailureKind.PERHAPS_SENT),
        (
            caused(BadRequest("x"), TelegramError("Invalid server response")),
            FailureKind.PERHAPS_SENT,
        ),
        (
            caused(Forbidden("x"), TelegramError("Invalid server response")),
            FailureKind.PERHAPS_SENT,
        ),
    ],
)
def test_every_failure_has_one_meaning(error: TelegramError, kind: FailureKind):
    """T28 T31"""
    failure = failure_of(error)
    assert failure is not None
    assert failure.kind is kind


@pytest.mark.parametrize(
    "words",
    [
        "Message is not modified: specified new message content is exactly the same",
        "Query is too old and response timeout expired or query id is invalid",
    ],
)
def test_what_has_no_use_any_more_is_no_failure(words: str):
    """T28"""
    assert failure_of(BadRequest(words)) is None


def test_the_silence_that_is_asked_for_and_the_new_address_are_passed_on():
    slow = failure_of(RetryAfter(35))
    moved = failure_of(ChatMigrated(-100500))
    assert slow is not None
    assert slow.retry_after == 35
    assert moved is not None
    assert moved.moved_to == "-100500"


def test_the_words_that_telegram_quotes_stay_out_of_our_records():
    failure = failure_of(BadRequest('Can\'t parse entities: unsupported start tag "chị Hoa"'))
    assert failure is not None
    assert failure.why == "Can't parse entities"
