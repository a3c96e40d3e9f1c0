"""A chat app is asked for what people did; what comes is kept, and only then acknowledged.

Long polling, with at-least-once delivery.
"""

from __future__ import annotations

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Generic, TypeVar

from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from bot.receiving.ingest import Ingest
from bot.receiving.leader_election import LeaderElection

log = logging.getLogger(__name__)
Connection = TypeVar("Connection")

SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0


class NotAnswered(Exception):
    """The chat app gave no result; `why` is one of our own reasons, so it holds neither words nor secrets."""

    def __init__(self, why: str, retry_after: float = 0, code: int = 0, words: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after
        """Seconds, where the chat app said so itself."""
        self.code = code
        """What it answered; 0 when it did not."""
        self.words = words
        """Its own description of what is wrong."""


class LongPolling(ABC, Generic[Connection]):
    """One long poll after another, where several processes share a store by the one that leads."""

    silent_reason = HealthReason.SILENT

    def __init__(
        self,
        arriving: Ingest,
        clock: Callable[[], datetime],
        *,
        poll: int,
        election: LeaderElection | None = None,
        shortest_pause: float = SHORTEST_PAUSE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._arriving = arriving
        self._clock = clock
        self._election = election
        self._poll = poll
        self._shortest_pause = shortest_pause
        self._sleep = sleep
        self._last: int | None = None
        """The number of the newest update that is kept, and may be acknowledged."""
        self._without_id: set[str] = set()
        self._since = clock()
        self.last_success: datetime | None = None
        """When the chat app last gave an answer that is now kept."""
        self._trouble = ""

    @abstractmethod
    def _connected(self) -> AbstractAsyncContextManager[Connection]:
        """What one asks through, as long as one listens."""

    @abstractmethod
    async def _fetch(self, connection: Connection) -> list[Any]:
        """One long poll, acknowledging up to `_last`; raises NotAnswered."""

    async def _begin(self, connection: Connection) -> None:
        """What must be done before the first poll, and after a conflict; raises NotAnswered."""

    @property
    def trouble(self) -> str:
        """Why nothing is received at present; empty while all is well, or while another process leads."""
        return self._trouble if self.leads else ""

    @property
    def leads(self) -> bool:
        """This process is the one that fetches updates."""
        return self._election is None or self._election.leads

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
            return self.silent_reason.format(seconds=round(self.silence))
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a poll that is under way then is given up, and nothing of it is acknowledged."""
        async with self._connected() as connection:
            ending = asyncio.create_task(stop.wait())
            working = asyncio.create_task(self._work(connection))
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

    async def _work(self, connection: Connection) -> None:
        async def listen() -> None:
            self._since, self.last_success = self._clock(), None
            await self._listen(connection)

        if self._election is None:
            await listen()
        else:
            await self._election.lead(listen)

    async def _listen(self, connection: Connection) -> None:
        pause = self._shortest_pause
        begun = False
        while True:
            if self._election is not None:
                await self._election.surely()
            try:
                if not begun:
                    await self._begin(connection)
                    begun = True
                await self._once(connection)
                pause = self._shortest_pause
                self._well()
                continue
            except NotAnswered as silence:
                self._troubled(silence.why)
                wait = max(pause, silence.retry_after)
            except Exception as error:
                # The store is down, or what came has no shape; nothing was acknowledged, so nothing is lost.
                self._troubled(HealthReason.NOT_KEPT.format(kind=kind_of(error)))
                wait = pause
            begun = begun and self._trouble != HealthReason.CONFLICT
            await self._sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, connection: Connection) -> int:
        """One poll: fetch, keep, and only then move the number that acknowledges with the next one; how many came."""
        items = await self._fetch(connection)
        fresh = [item for item in items if json.dumps(item) not in self._without_id]
        if fresh:
            await self._arriving.keep(fresh)
        self.last_success = self._clock()
        self._acknowledge(items)
        if items and not fresh:
            raise NotAnswered(HealthReason.NUMBERLESS)
        return len(items)

    def _acknowledge(self, items: Sequence[Any]) -> None:
        numbers = [one for item in items if (one := self._arriving.number_of(item)) is not None]
        if numbers:
            # The highest of this batch, not of all time: after a quiet week Telegram starts at a random number.
            self._last = max(numbers)
            self._without_id.clear()
        else:
            self._without_id.update(json.dumps(item) for item in items)

    def _troubled(self, why: str) -> None:
        if why != self._trouble:
            log.warning("receiving from %s is interrupted: %s", self._arriving.channel, why)
        self._trouble = why

    def _well(self) -> None:
        if self._trouble:
            log.info("receiving from %s goes on", self._arriving.channel)
        self._trouble = ""
