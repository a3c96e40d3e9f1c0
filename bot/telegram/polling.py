"""Updates are fetched from Telegram and kept, and only then acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.leading import Leading
from bot.logs import kind_of
from bot.reasons import Reason
from bot.telegram.arriving import Arriving, number_of
from bot.telegram.asking import Asking, NotAnswered
from bot.telegram.reading import KINDS

log = logging.getLogger(__name__)

POLL = 50
"""Seconds that Telegram may wait for something to happen; its own limit."""
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class Polling:
    """One long poll after another, where several processes share a store by the one that leads."""

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
        self._arriving = arriving
        self._token = token
        self._api_url = api_url
        self._proxy = proxy
        self._clock = clock
        self._leading = leading
        self._poll = poll
        self._shortest_pause = shortest_pause
        self._offset: int | None = None
        self._without_id: set[str] = set()
        self._since = clock()
        self.last_success: datetime | None = None
        """When Telegram last gave an answer that is now kept."""
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why nothing is received at present; empty while all is well, or while another process leads."""
        return self._trouble if self.leads else ""

    @property
    def leads(self) -> bool:
        """This process is the one that fetches updates."""
        return self._leading is None or self._leading.leads

    @property
    def silence(self) -> float:
        """Seconds since the last successful poll, or the start; 0 while another process polls."""
        last = self.last_success or self._since
        return (self._clock() - last).total_seconds() if self.leads else 0

    async def is_troubled(self) -> str | None:
        """As a check of health."""
        return self.trouble or None

    async def is_silent(self) -> str | None:
        """As a check of health: the last successful poll, or the start, is more than two polls ago."""
        if self.silence > 2 * self._poll:
            return Reason.SILENT.format(seconds=round(self.silence))
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a poll that is under way then is given up, and Telegram keeps its updates."""
        asking = Asking(self._token, self._api_url, self._proxy)
        ending = asyncio.create_task(stop.wait())
        working = asyncio.create_task(self._work(asking))
        try:
            await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            # What has come is still kept, so that it need not come again.
            await self._arriving.at_rest()
            ending.cancel()
            working.cancel()
            await asyncio.gather(ending, working, return_exceptions=True)
            await asking.close()

    async def _work(self, asking: Asking) -> None:
        async def receive() -> None:
            self._since, self.last_success = self._clock(), None
            await self._receive(asking)

        if self._leading is None:
            await receive()
        else:
            await self._leading.lead(receive)

    async def _receive(self, asking: Asking) -> None:
        pause = self._shortest_pause
        polling = False
        while True:
            if self._leading is not None:
                await self._leading.surely()
            try:
                if not polling:
                    await _leave_webhook(asking)
                    polling = True
                await self._once(asking)
                pause = self._shortest_pause
                self._well()
                continue
            except NotAnswered as silence:
                self._troubled(silence.why)
                wait = max(pause, silence.retry_after)
            except Exception as error:
                # The store is down, or what came has no shape; nothing was acknowledged, so nothing is lost.
                self._troubled(Reason.NOT_KEPT.format(kind=kind_of(error)))
                wait = pause
            polling = polling and self._trouble != Reason.CONFLICT
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, asking: Asking) -> None:
        """One poll: fetch, keep, and only then move the offset that acknowledges with the next one."""
        items = await self._fetch(asking)
        fresh = [item for item in items if json.dumps(item) not in self._without_id]
        if fresh:
            await self._arriving.keep(fresh)
        self.last_success = self._clock()
        self._acknowledge(items)
        if items and not fresh:
            raise NotAnswered(Reason.NUMBERLESS)

    def _acknowledge(self, items: Sequence[Any]) -> None:
        numbers = [number for item in items if (number := number_of(item)) is not None]
        if numbers:
            # The highest of this batch, not of all time: after a quiet week Telegram starts at a random number.
            self._offset = max(numbers) + 1
            self._without_id.clear()
        else:
            self._without_id.update(json.dumps(item) for item in items)

    async def _fetch(self, asking: Asking) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": self._poll, "allowed_updates": list(KINDS)}
        if self._offset is not None:
            parameters["offset"] = self._offset
        answer = await asking.ask("getUpdates", parameters, self._poll + 10)
        if not isinstance(answer, list):
            raise NotAnswered(Reason.UNREADABLE.format(code=200))
        return answer

    def _troubled(self, why: str) -> None:
        if why != self._trouble:
            log.warning("receiving is interrupted: %s", why)
        self._trouble = why

    def _well(self) -> None:
        if self._trouble:
            log.info("receiving goes on")
        self._trouble = ""


async def _leave_webhook(asking: Asking) -> None:
    """Telegram gives nothing to a poll while a webhook is set; what waits there stays waiting."""
    known = await asking.ask("getWebhookInfo", {})
    if isinstance(known, dict) and known.get("url"):
        await asking.ask("deleteWebhook", {})
