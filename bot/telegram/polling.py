"""Updates are fetched from Telegram and kept, and only then acknowledged. Long polling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.operating.reasons import HealthReason
from bot.receiving.ingest import Ingest
from bot.receiving.leader_election import LeaderElection
from bot.receiving.long_polling import SHORTEST_PAUSE, LongPolling, NotAnswered
from bot.telegram.absence import Absence
from bot.telegram.asking import RawMethods
from bot.telegram.reading import KINDS

POLL = 50
"""Seconds that Telegram may wait for something to happen; its own limit."""
BATCH = 100
"""Updates that Telegram hands out at a time; when fewer come, no more are waiting."""


class Polling(LongPolling[RawMethods]):
    """One bot's updates, by getUpdates."""

    def __init__(
        self,
        arriving: Ingest,
        token: str,
        api_url: str,
        proxy: str | None,
        clock: Callable[[], datetime],
        *,
        election: LeaderElection | None = None,
        absence: Absence | None = None,
        poll: int = POLL,
        shortest_pause: float = SHORTEST_PAUSE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            arriving,
            clock,
            poll=poll,
            election=election,
            shortest_pause=shortest_pause,
            sleep=sleep,
        )
        self._way = token, api_url, proxy
        self._absence = absence

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[RawMethods]:
        asking = RawMethods(*self._way)
        try:
            yield asking
        finally:
            await asking.close()

    async def _begin(self, connection: RawMethods) -> None:
        """Telegram gives nothing to a poll while a webhook is set; what waits there stays waiting."""
        known = await connection.ask("getWebhookInfo", {})
        if isinstance(known, dict) and known.get("url"):
            await connection.ask("deleteWebhook", {})
        if self._absence is not None:
            await self._absence.look_up()

    async def _once(self, connection: RawMethods) -> int:
        asked_at = self._clock()
        count = await super()._once(connection)
        if self._absence is not None:
            await self._absence.heard(asked_at, more_waits=count == BATCH)
        return count

    async def _fetch(self, connection: RawMethods) -> list[Any]:
        # After a long absence people wait for us, so Telegram does not wait for people.
        hurried = self._absence is not None and self._absence.is_long(self._clock())
        timeout = 0 if hurried else self._poll
        parameters: dict[str, Any] = {"timeout": timeout, "allowed_updates": list(KINDS)}
        if self._last is not None:
            parameters["offset"] = self._last + 1
        answer = await connection.ask("getUpdates", parameters, self._poll + 10)
        if not isinstance(answer, list):
            raise NotAnswered(HealthReason.UNREADABLE.format(code=200))
        return answer
