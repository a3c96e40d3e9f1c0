"""Updates are fetched from Telegram and kept, and only then acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from bot.arriving import Arriving
from bot.leading import Leading
from bot.listening import SHORTEST_PAUSE, Listening, NotAnswered
from bot.reasons import Reason
from bot.telegram.asking import Asking
from bot.telegram.reading import KINDS

POLL = 50
"""Seconds that Telegram may wait for something to happen; its own limit."""


class Polling(Listening[Asking]):
    """One bot's updates, by getUpdates."""

    def __init__(
        self,
        arriving: Arriving,
        token: str,
        api_url: str,
        proxy: str | None,
        clock: Callable[[], datetime],
        *,
        leading: Leading | None = None,
        poll: int = POLL,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        super().__init__(arriving, clock, poll=poll, leading=leading, shortest_pause=shortest_pause)
        self._way = token, api_url, proxy

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Asking]:
        asking = Asking(*self._way)
        try:
            yield asking
        finally:
            await asking.close()

    async def _begin(self, connection: Asking) -> None:
        """Telegram gives nothing to a poll while a webhook is set; what waits there stays waiting."""
        known = await connection.ask("getWebhookInfo", {})
        if isinstance(known, dict) and known.get("url"):
            await connection.ask("deleteWebhook", {})

    async def _fetch(self, connection: Asking) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": self._poll, "allowed_updates": list(KINDS)}
        if self._last is not None:
            parameters["offset"] = self._last + 1
        answer = await connection.ask("getUpdates", parameters, self._poll + 10)
        if not isinstance(answer, list):
            raise NotAnswered(Reason.UNREADABLE.format(code=200))
        return answer
