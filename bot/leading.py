"""Of several processes on one store, one leads: it does what only one may do, and another follows when it dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.logs import kind_of
from storage import leases
from storage.database import Database
from storage.identity import new_id

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""After so long without a sign of life another process takes over; their clocks must agree to a few seconds."""


class Leading:
    """One process's claim to lead in something, renewed while it lives."""

    def __init__(
        self,
        database: Database,
        name: str,
        clock: Callable[[], datetime],
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._database = database
        self._name = name
        self._clock = clock
        self._lease = lease
        self._holder = new_id()
        self.leads = False

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Works whenever this process leads, until cancelled; work that ends or fails ends this too."""
        try:
            while True:
                if not await self._renewed():
                    await asyncio.sleep(self._pause)
                    continue
                self.leads = True
                log.info("this process leads in %s", self._name)
                if await self._while_leading(asyncio.ensure_future(work())):
                    return
                log.warning("another process leads in %s", self._name)
        finally:
            was_leading, self.leads = self.leads, False
            if was_leading:
                await self._let_go()

    @property
    def _pause(self) -> float:
        """Seconds between two signs of life: three may be lost before the lease is over."""
        return self._lease.total_seconds() / 4

    async def _while_leading(self, work: asyncio.Future[None]) -> bool:
        """Renews until the work is done (True) or another process leads (False)."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._lease.total_seconds()
        try:
            while loop.time() < until:
                done, _pending = await asyncio.wait({work}, timeout=self._pause)
                if done:
                    work.result()
                    return True
                begun = loop.time()
                held = await self._renewed()
                if held:
                    until = begun + self._lease.total_seconds()
                elif held is not None:
                    break
            self.leads = False
            return False
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _renewed(self) -> bool | None:
        """Whether the lease is ours; None when the store does not say."""
        try:
            async with asyncio.timeout(self._pause), self._database.writing() as session:
                until = self._clock() + self._lease
                return await leases.hold(session, self._name, self._holder, self._clock(), until)
        except Exception as error:
            log.warning("the lease of %s cannot be renewed: %s", self._name, kind_of(error))
            return None

    async def _let_go(self) -> None:
        """So that the next one need not wait; when the store is away, it will wait."""
        try:
            async with asyncio.timeout(self._pause), self._database.writing() as session:
                await leases.let_go(session, self._name, self._holder)
        except Exception as error:
            log.warning("the lease of %s runs out by itself: %s", self._name, kind_of(error))
