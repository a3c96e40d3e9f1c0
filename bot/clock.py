"""The only timer: asks every reminder whom to tell; the store remembers who was told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.operating import metrics
from conversations.kit.reminders import Reminder, Rule, is_night
from conversations.kit.telling import tell
from storage.database import Database, Session
from storage.messages import nudges
from storage.people import people

log = logging.getLogger(__name__)

TICK = 60
"""Seconds between two looks; what was missed meanwhile is caught up at the next."""


class Clock:
    """Ticks, and tells whom each rule names, once."""

    def __init__(
        self,
        database: Database,
        rules: Sequence[Rule],
        channels: Sequence[str],
        now: Callable[[], datetime],
        *,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self.database = database
        self.rules = rules
        self.channels = channels
        self.now = now
        self.told = told
        """Called after a commit that may have filled the outbox."""

    async def run(self, stop: asyncio.Event) -> None:
        """Tick until told to stop."""
        scheduler = AsyncIOScheduler()
        # However late a tick is, it is worth doing, and once is enough.
        scheduler.add_job(
            self._tick,
            IntervalTrigger(seconds=TICK),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        scheduler.start()
        try:
            await self._tick()
            await stop.wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        try:
            await self.remind()
        except Exception:
            # The next tick tries again; the loop itself goes on.
            log.exception("a tick failed")

    async def remind(self) -> int:
        """Tell everybody whom a rule names and who was not told before; how many."""
        now = self.now()
        if is_night(now):
            return 0
        count = 0
        for rule in self.rules:
            async with self.database.writing() as session:
                due = await rule.due(session, now)
                reached = await self._reached(session, due)
                for reminder in due:
                    # Whoever cannot be told now has not been told.
                    if reminder.person_id not in reached:
                        continue
                    if not await nudges.claim(
                        session, rule.name, reminder.subject, reminder.rung, reminder.person_id, now
                    ):
                        continue
                    await tell(session, self.channels, [reminder.person_id], reminder.screen, now)
                    count += 1
        if count:
            metrics.REMINDERS_TOLD.inc(count)
            self.told()
        return count

    async def _reached(self, session: Session, due: Sequence[Reminder]) -> set[str]:
        kinds = {people.kind_of(channel) for channel in self.channels}
        ids = sorted({reminder.person_id for reminder in due})
        return {person.id for person, _kind, _at in await people.reached_by(session, ids, kinds)}
