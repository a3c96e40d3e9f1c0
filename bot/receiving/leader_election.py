"""Of several processes on one store, one leads: it does what only one may do, and another follows when it dies.

Leader election by lease.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from time import monotonic

from bot.operating.logs import kind_of
from storage.database import Database
from storage.identity import new_id
from storage.messages import leases

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""After so long without a sign of life another process takes over; their clocks must agree to a few seconds."""


class LeaderElection:
    """One process's claim to lead in something, renewed while it lives. A lease with a heartbeat."""

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
        self._works = False
        self._until = 0.0
        """Until then, by a clock of this machine that nobody sets, nobody else leads."""
        self._renewal = asyncio.Event()

    @property
    def leads(self) -> bool:
        """This process leads, and nobody else may believe that of itself."""
        return self._works and monotonic() < self._until

    async def surely(self) -> None:
        """Waits until this process knows again that it leads; who slept too long finds out here."""
        while not self.leads:
            self._renewal.clear()
            await self._renewal.wait()

    async def lead(self, work: Callable[[], Awaitable[None]]) -> None:
        """Works whenever this process leads, until cancelled; work that ends or fails ends this too."""
        try:
            while True:
                if not await self._renewed():
                    await asyncio.sleep(self._pause)
                    continue
                self._works = True
                log.info("this process leads in %s", self._name)
                if await self._while_leader(asyncio.ensure_future(work())):
                    return
                log.warning("another process leads in %s", self._name)
        finally:
            was_leader, self._works = self._works, False
            if was_leader:
                await self._let_go()

    @property
    def _pause(self) -> float:
        """Seconds between two signs of life: three may be lost before the lease is over."""
        return self._lease.total_seconds() / 4

    async def _while_leader(self, work: asyncio.Future[None]) -> bool:
        """Renews until the work is done (True) or another process leads (False)."""
        try:
            while self.leads:
                done, _pending = await asyncio.wait({work}, timeout=self._pause)
                if done:
                    work.result()
                    return True
                if await self._renewed() is False:
                    break
            self._works = False
            return False
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _renewed(self) -> bool | None:
        """Whether the lease is ours; None when the store does not say."""
        begun = monotonic()
        try:
            async with asyncio.timeout(self._pause), self._database.writing() as session:
                until = self._clock() + self._lease
                held = await leases.hold(session, self._name, self._holder, self._clock(), until)
        except Exception as error:
            log.warning("the lease of %s cannot be renewed: %s", self._name, kind_of(error))
            return None
        if held:
            self._until = begun + self._lease.total_seconds()
            self._renewal.set()
        return held

    async def _let_go(self) -> None:
        """So that the next one need not wait; when the store is away, it will wait."""
        try:
            async with asyncio.timeout(self._pause), self._database.writing() as session:
                await leases.let_go(session, self._name, self._holder)
        except Exception as error:
            log.warning("the lease of %s runs out by itself: %s", self._name, kind_of(error))
