"""How fast messages may leave, so that a chat app need not tell us to slow down. Rate limiting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Bucket:
    """Leave to send, which fills up with time. A token bucket."""

    capacity: float
    per_second: float
    level: float
    at: datetime

    def filled(self, now: datetime) -> float:
        passed = max(0.0, (now - self.at).total_seconds())
        return min(self.capacity, self.level + passed * self.per_second)

    def take(self, now: datetime, share: float = 1.0) -> float:
        """How many seconds to wait for it; may go below zero: then others wait the longer."""
        self.level = self.filled(now) - share
        self.at = now
        return max(0.0, -self.level / self.per_second)


class RateLimit:
    """Telegram's limits: about one message a second to a chat, 20 a minute to a group, 30 a second in all.

    Whatever changes a chat counts: menus of commands too, and a little also old cards that are changed or deleted.
    """

    def __init__(self, clock: Callable[[], datetime], *, overall: Bucket | None = None) -> None:
        self._clock = clock
        self._chats: dict[str, Bucket] = {}
        # Five at once and 25 a second are never more than 30 in any second.
        self._all = overall or Bucket(5, 25, 5, clock())

    def tired(self) -> list[str]:
        """Chats that can take nothing at this moment."""
        now = self._clock()
        full = [chat for chat, one in self._chats.items() if one.filled(now) >= one.capacity]
        for chat in full:
            del self._chats[chat]
        return [chat for chat, one in self._chats.items() if one.filled(now) < 1]

    def take(self, chat: str, share: float = 1.0) -> float:
        """How many seconds a request must wait so that neither the chat nor all together get too many.

        `share` is how much of a message it is for the chat; for all together each counts alike.
        """
        now = self._clock()
        if chat not in self._chats:
            self._chats[chat] = _for_a_group(now) if chat.startswith("-") else _for_a_person(now)
        return max(self._chats[chat].take(now, share), self._all.take(now))


def _for_a_person(now: datetime) -> Bucket:
    return Bucket(3, 1, 3, now)


def _for_a_group(now: datetime) -> Bucket:
    # Three at once and 17 a minute are never more than 20 in any minute.
    return Bucket(3, 17 / 60, 3, now)
