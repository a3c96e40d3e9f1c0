"""A chat app is asked for what people did; what comes is kept, and only then acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Generic, TypeVar

from storage import inbox
from storage.database import Database
from storage.inbox import Arrival

log = logging.getLogger(__name__)
Connection = TypeVar("Connection")

SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
LARGEST_ID = 2**63 - 1


class NotAnswered(Exception):
    """The chat app gave nothing; `retry_after` in seconds where it said so itself."""

    def __init__(self, why: str, retry_after: float = 0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class Listening(ABC, Generic[Connection]):
    """Asks and keeps; nothing is understood here, so nothing can go wrong with it."""

    def __init__(
        self,
        database: Database,
        channel: str,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        poll: int,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._heard = heard
        self._poll = poll
        self._shortest_pause = shortest_pause
        self._keeping = asyncio.Lock()
        self._last: int | None = None
        """The number of the newest update that is kept, and may be acknowledged."""
        self._without_id: set[str] = set()
        self.last_success: datetime | None = None
        """When the chat app last gave an answer that is now kept."""
        self.trouble = ""
        """Why nothing is received at present; empty while all is well."""

    @property
    def poll(self) -> int:
        """Seconds that the chat app may wait for something to happen."""
        return self._poll

    @abstractmethod
    def _connected(self) -> AbstractAsyncContextManager[Connection]:
        """What one asks through, as long as one listens."""

    @abstractmethod
    async def _fetch(self, connection: Connection) -> list[Any]:
        """One long poll, acknowledging up to `_last`; raises NotAnswered."""

    @abstractmethod
    def _arrival(self, item: Any) -> Arrival:
        """An update on its way into the inbox, whatever it looks like; never fails."""

    async def _begin(self, connection: Connection) -> None:
        """What must be done before the first poll; raises NotAnswered."""

    def _begins_again(self) -> bool:
        """Whether `trouble` makes it necessary to begin again."""
        return False

    def _kept(self, fresh: Sequence[Any]) -> None:
        """These are in the inbox now."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a poll that is under way then is given up, and nothing of it is acknowledged."""
        async with self._connected() as connection:
            ending = asyncio.create_task(stop.wait())
            working = asyncio.create_task(self._listen(connection))
            try:
                await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    working.result()
            finally:
                # What has come is still kept, so that it need not come again.
                async with self._keeping:
                    ending.cancel()
                    working.cancel()
                await asyncio.gather(ending, working, return_exceptions=True)

    async def _listen(self, connection: Connection) -> None:
        pause = self._shortest_pause
        begun = False
        while True:
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
                self._troubled(f"not kept: {type(error).__name__}")
                wait = pause
            begun = begun and not self._begins_again()
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, connection: Connection) -> None:
        """One poll: fetch, keep, and only then move the number that acknowledges with the next one."""
        items = await self._fetch(connection)
        now = self._clock()
        fresh = [item for item in items if json.dumps(item) not in self._without_id]
        arrivals = [self._arrival(item) for item in items]
        if fresh:
            async with self._keeping, self._database.writing() as session:
                known = [self._arrival(item) for item in fresh]
                await inbox.store(session, self._channel, known, now)
        self.last_success = now
        if not items:
            return
        self._acknowledge(arrivals)
        self._heard()
        self._kept(fresh)
        if not fresh:
            raise NotAnswered("only updates without a number, which cannot be acknowledged")

    def _acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        numbers = [one.update_id for one in arrivals if one.update_id is not None]
        if numbers:
            # The highest of this batch, not of all time: after a quiet week Telegram starts at a random number.
            self._last = max(numbers)
            self._without_id.clear()
        else:
            self._without_id.update(one.raw for one in arrivals)

    def _troubled(self, why: str) -> None:
        if why != self.trouble:
            log.warning("receiving from %s is interrupted: %s", self._channel, why)
        self.trouble = why

    def _well(self) -> None:
        if self.trouble:
            log.info("receiving from %s goes on", self._channel)
        self.trouble = ""


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def number_in(item: Any, name: str) -> int | None:
    """The update's own number, if it is one that the store can hold."""
    number = mapping(item).get(name)
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID:
        return number
    return None
