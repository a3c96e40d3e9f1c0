"""What a reminder is: a question to the records, and a sentence for whoever it concerns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from conversations.kit.screens import Screen
from locales.dates import IN_VIETNAM
from storage.database import Session

EARLIEST, LATEST = time(7), time(21)
"""Nobody is reminded of anything at night."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One person to be told of one thing."""

    person_id: str
    subject: str
    """What it is about."""
    rung: str
    """Which step of its ladder: with rule, subject and person it is told only once."""
    screen: Screen


@dataclass(frozen=True, slots=True)
class Rule:
    """A conversation that the system opens itself."""

    name: str
    due: Callable[[Session, datetime], Awaitable[Sequence[Reminder]]]
    """Whom to tell at this moment; those who were told already may be among them."""


def is_night(now: datetime) -> bool:
    """Whether people are left in peace at this moment."""
    local = now.astimezone(IN_VIETNAM).time()
    return not EARLIEST <= local < LATEST
