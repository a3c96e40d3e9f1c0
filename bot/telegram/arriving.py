"""Whatever Telegram brings is kept before anything is understood of it, so nothing can go wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from bot import metrics
from bot.telegram.taps import Taps
from storage import inbox
from storage.database import Database
from storage.inbox import Arrival

LARGEST_ID = 2**63 - 1


class Arriving:
    """Keeps what came, and then lets those know who answer it."""

    def __init__(
        self,
        database: Database,
        token: str,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        taps: Taps | None = None,
    ) -> None:
        self._database = database
        self._channel = f"telegram:{token.split(':')[0]}"
        self._clock = clock
        self._heard = heard
        self._taps = taps
        self._keeping = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def keep(self, items: Sequence[Any]) -> None:
        """Committed when this returns: only then may Telegram be told that it came."""
        self._keeping += 1
        self._idle.clear()
        try:
            async with self._database.writing() as session:
                arrivals = [arrival(item) for item in items]
                await inbox.store(session, self._channel, arrivals, self._clock())
        finally:
            self._keeping -= 1
            if not self._keeping:
                self._idle.set()
        metrics.UPDATES_RECEIVED.inc(len(items))
        self._heard()
        if self._taps is not None:
            for query in _queries(items):
                self._taps.arrived(query)

    @property
    def is_keeping(self) -> bool:
        """Something is on its way into the store."""
        return self._keeping > 0

    async def at_rest(self) -> None:
        """Waits until nothing is being kept."""
        await self._idle.wait()


def arrival(item: Any) -> Arrival:
    """An update on its way into the inbox, whatever it looks like."""
    return Arrival(number_of(item), sender_of(item), json.dumps(item))


def sender_of(raw: Any) -> str:
    """Whose updates are answered one after the other: the person, else the chat, else `?`; never fails."""
    inner = _inner(raw)
    message = inner.get("message")
    for holder in (inner.get("from"), inner.get("chat"), _mapping(message).get("chat")):
        number = _mapping(holder).get("id")
        if isinstance(number, int) and not isinstance(number, bool):
            return str(number)
    return "?"


def number_of(item: Any) -> int | None:
    """The number by which Telegram recognises an update; None where there is no usable one."""
    number = _mapping(item).get("update_id")
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID:
        return number
    return None


def _inner(raw: Any) -> dict[str, Any]:
    values = (value for key, value in _mapping(raw).items() if key != "update_id")
    return next((value for value in values if isinstance(value, dict)), {})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _queries(items: Iterable[Any]) -> list[str]:
    found = (_mapping(_mapping(item).get("callback_query")).get("id") for item in items)
    return [query for query in found if isinstance(query, str)]
