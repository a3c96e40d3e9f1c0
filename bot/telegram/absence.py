"""Telegram keeps a pressed button for 150 seconds; after a longer absence of its or of ours, presses may be lost."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from conversations.lobby import outage
from storage.database import Database
from storage.messages import heartbeat

log = logging.getLogger(__name__)

PRESSES_LIVE = timedelta(seconds=150)
"""So long Telegram keeps a press that nobody fetches."""
OFTEN = timedelta(seconds=10)
"""How often it is written down that Telegram was heard, while much is going on."""


class Absence:
    """Since when nobody has heard Telegram, also before this process began."""

    def __init__(
        self,
        database: Database,
        channel: str,
        clock: Callable[[], datetime],
        *,
        told: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._told = told
        """Called after a commit that may have filled the outbox."""
        self._heard_at: datetime | None = None
        self._written_at: datetime | None = None

    async def look_up(self) -> None:
        """Learn when Telegram was heard last, by whichever process."""
        async with self._database.reading() as session:
            self._written_at = await heartbeat.last(session, self._channel)
        self._heard_at = max(filter(None, (self._heard_at, self._written_at)), default=None)

    def is_long(self, asked_at: datetime) -> bool:
        """Whether presses may have been lost before Telegram was asked at that moment."""
        return self._heard_at is not None and asked_at - self._heard_at > PRESSES_LIVE

    async def heard(self, asked_at: datetime, *, more_waits: bool = False) -> None:
        """Telegram was asked at that moment and has answered, and what it gave is kept.

        While more waits there nobody is asked to press again, since their press may be among it.
        """
        now = self._clock()
        if self.is_long(asked_at):
            if more_waits:
                return
            await self._ask_to_press_again(asked_at, now)
        elif self._written_at is None or now - self._written_at >= OFTEN:
            async with self._database.writing() as session:
                await heartbeat.heard(session, self._channel, now)
            self._written_at = now
        self._heard_at = now

    async def _ask_to_press_again(self, asked_at: datetime, now: datetime) -> None:
        count = 0
        async with self._database.writing() as session:
            written = await heartbeat.last(session, self._channel, hold=True)
            last = max(filter(None, (self._heard_at, written)))
            # Where each process is brought updates, another one may have been back before this one.
            if asked_at - last > PRESSES_LIVE:
                count = await outage.show_open_cards_again(
                    session, self._channel, last + PRESSES_LIVE, now
                )
            await heartbeat.heard(session, self._channel, now)
        self._written_at = now
        log.info("after an interruption %d people were shown their open card again", count)
        self._told()
