"""The time in the practice world, which people can move forward."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class PracticeClock:
    """Real time and an offset; or, for tests, a moment that stands still until it is moved. A fake clock."""

    def __init__(self, stands_at: datetime | None = None) -> None:
        self._stands_at = stands_at
        self.ahead = timedelta()
        """How far people have moved it."""
        self._moved: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The practice time, in UTC."""
        return (self._stands_at or datetime.now(UTC)) + self.ahead

    def timestamp(self) -> int:
        """Whole seconds, as Telegram dates its messages."""
        return int(self.now().timestamp())

    def first_number(self) -> int:
        """Where numbers begin in a world that is started now.

        The store of a bot remembers the numbers of worlds that were there before, and takes what has one of
        them for something that it knows. A world that gives out fewer than a hundred a second, all its pauses
        counted, leaves its successors only new ones.
        """
        return int((self._stands_at or datetime.now(UTC)).timestamp() * 100)

    def advance(self, by: timedelta) -> None:
        """Move forward; whoever waits for a moment looks again."""
        self.ahead += by
        for told in self._moved:
            told()

    def seconds_until(self, moment: datetime) -> float | None:
        """Real seconds until the clock shows a moment; None when it stands still before it."""
        left = (moment - self.now()).total_seconds()
        return None if left > 0 and self._stands_at else max(left, 0)

    def when_moved(self, told: Callable[[], None]) -> None:
        self._moved.append(told)
