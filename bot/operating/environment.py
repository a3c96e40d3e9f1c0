"""What is outside the bot: where Telegram and the text phones are, and what time it is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def real_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Environment:
    """Telegram, real or for practice."""

    api_url: str
    clock: Clock = real_clock
    text_gateway: str = ""
    """The root of the gateway to text phones; empty for none."""
    page: str = ""
    """The address of the practice page; empty where Telegram is real."""
