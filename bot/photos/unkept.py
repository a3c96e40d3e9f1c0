"""A photo that could not be kept comes later, sooner or less soon, or is missing for good and its sender is told.

The retry policy, with exponential backoff.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channels import DeliveryFailure
from bot.photos.decoded import Fault
from bot.photos.fetching import PATIENCE
from bot.photos.missing import NOT_HAD, REASONS
from locales import Text
from storage.database import Database, Session
from storage.help import photos
from storage.help.photos import Photo

log = logging.getLogger(__name__)

FIRST_REST = timedelta(seconds=30)
"""Then as long as the trouble has lasted, so that nobody waits twice as long as it lasts, however often we start."""
LONGEST_REST = timedelta(minutes=20)
LONGEST_REST_OF_OURS = timedelta(minutes=5)
"""When our disk has room again, photos come soon."""
RESTS_OF_SUSPECTS = (timedelta(seconds=5), timedelta(seconds=30))
"""After each try to open a photo that ended whoever tried; the machine may have more to spare later."""
MOST_DECODINGS = len(RESTS_OF_SUSPECTS) + 1
TellOfMissing = Callable[[Session, Photo, Text, datetime], Awaitable[None]]
"""Leaves words to the sender in the outbox, in the same transaction."""


class UnkeptPhotos:
    """Decides when a photo is tried again, and when it is not any more."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], tell_of_missing: TellOfMissing
    ) -> None:
        self._database = database
        self._clock = clock
        self._tell_of_missing = tell_of_missing
        self._troubled_since: datetime | None = None

    async def broke_off(self, photo: Photo, fault: Fault) -> None:
        """It ended whoever was opening it."""
        log.warning("photo %s broke off: %s", photo.id, fault)
        if photo.decodings + 1 >= MOST_DECODINGS:
            await self.missing(photo, REASONS[fault])
        else:
            await self._later(photo, fault, RESTS_OF_SUSPECTS[photo.decodings])

    async def not_given(self, photo: Photo, failure: DeliveryFailure) -> None:
        """The chat app did not give it out."""
        now = self._clock()
        since = photo.not_given_since or now
        if now - since >= PATIENCE:
            await self.missing(photo, NOT_HAD)
            return
        rest = min(LONGEST_REST, max(FIRST_REST, now - since))
        silence = timedelta(seconds=failure.retry_after)
        await self._later(photo, failure.why or failure.kind, max(rest, silence), since)

    async def our_fault(self, photo: Photo, why: str, *, opened: bool = False) -> None:
        """We lack something; the photo waits at the chat app meanwhile, however long that is."""
        now = self._clock()
        self._troubled_since = self._troubled_since or now
        rest = min(LONGEST_REST_OF_OURS, max(FIRST_REST, now - self._troubled_since))
        await self._later(photo, why, rest, opened=opened)

    def nothing_lacks(self) -> None:
        """A photo could be kept."""
        self._troubled_since = None

    async def missing(self, photo: Photo, why: Text) -> None:
        """It will never be had."""
        async with self._database.writing() as session:
            # Another process may have had it meanwhile, or have told the sender already.
            if await photos.missing(session, photo.id, why.to_json()):
                await self._tell_of_missing(session, photo, why, self._clock())

    async def _later(
        self,
        photo: Photo,
        why: str,
        rest: timedelta,
        not_given_since: datetime | None = None,
        *,
        opened: bool = False,
    ) -> None:
        log.info("photo %s comes later: %s", photo.id, why)
        async with self._database.writing() as session:
            await photos.later(
                session,
                photo.id,
                next_try_at=self._clock() + rest,
                not_given_since=not_given_since,
                opened=opened,
            )
