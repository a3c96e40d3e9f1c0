"""Whatever a chat app brings is kept before anything is understood of it, so nothing can go wrong with it.

The inbox pattern.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.operating import metrics
from storage.database import Database
from storage.messages import inbox
from storage.messages.inbox import Arrival

LARGEST_ID = 2**63 - 1


class Ingest:
    """Keeps what came, and then lets those know who answer it."""

    def __init__(
        self,
        database: Database,
        channel: str,
        arrival: Callable[[Any], Arrival],
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        came: Callable[[Sequence[Any]], None] = lambda _items: None,
    ) -> None:
        """`arrival` makes of an update what goes into the inbox, whatever it looks like, and never fails.

        `came` is told before the store, which may be busy for longer than people wait; `heard` after it.
        """
        self.channel = channel
        """Whose numbers the updates carry."""
        self._database = database
        self._arrival = arrival
        self._clock = clock
        self._heard = heard
        self._came = came
        self._keeping = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def keep(self, items: Sequence[Any]) -> None:
        """Committed when this returns: only then may the chat app be told that it came. At-least-once delivery."""
        self._keeping += 1
        self._idle.clear()
        try:
            self._came(items)
            async with self._database.writing() as session:
                arrivals = [self._arrival(item) for item in items]
                await inbox.store(session, self.channel, arrivals, self._clock())
        finally:
            self._keeping -= 1
            if not self._keeping:
                self._idle.set()
        metrics.UPDATES_RECEIVED.inc(len(items))
        self._heard()

    def number_of(self, item: Any) -> int | None:
        """The number by which the chat app recognises an update; None where there is no usable one."""
        return self._arrival(item).update_id

    @property
    def is_keeping(self) -> bool:
        """Something is on its way into the store."""
        return self._keeping > 0

    async def at_rest(self) -> None:
        """Waits until nothing is being kept."""
        await self._idle.wait()


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def number_in(item: Any, name: str) -> int | None:
    """The update's own number, if it is one that the store can hold."""
    number = mapping(item).get(name)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID:
        return number
    return None
