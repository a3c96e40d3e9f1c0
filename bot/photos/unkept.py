"""A file that could not be kept comes later, sooner or less soon, or is missing for good and its sender is told.

The retry policy, with exponential backoff.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeAlias

from bot.channels import DeliveryFailure
from bot.photos.decoded import Fault
from bot.photos.fetching import PATIENCE
from bot.photos.missing import REASONS
from locales import Text
from storage.database import Database, Session
from storage.help.photos import Photo
from storage.help.promised_files import Awaited, Kind

log = logging.getLogger(__name__)

FIRST_REST = timedelta(seconds=30)
"""Then as long as the trouble has lasted, so that nobody waits twice as long as it lasts, however often we start."""
LONGEST_REST = timedelta(minutes=20)
LONGEST_REST_OF_OURS = timedelta(minutes=5)
"""When our disk has room again, photos come soon."""
RESTS_OF_SUSPECTS = (timedelta(seconds=5), timedelta(seconds=30))
"""After each try to open a photo that ended whoever tried; the machine may have more to spare later."""
MOST_DECODINGS = len(RESTS_OF_SUSPECTS) + 1
TellOfMissing: TypeAlias = Callable[[Session, Kind, Text, datetime], Awaitable[None]]
"""Leaves words to the sender in the outbox, in the same transaction."""


class UnkeptFiles(Generic[Kind]):
    """Decides when a file is tried again, and when it is not any more."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        awaited: Awaited[Kind],
        tell_of_missing: TellOfMissing[Kind],
        not_had: Text,
    ) -> None:
        self._database = database
        self._clock = clock
        self._awaited = awaited
        self._tell_of_missing = tell_of_missing
        self._not_had = not_had
        self._troubled_since: datetime | None = None

    async def not_given(self, file: Kind, failure: DeliveryFailure) -> None:
        """The chat app did not give it out."""
        now = self._clock()
        since = file.not_given_since or now
        if now - since >= PATIENCE:
            await self.missing(file, self._not_had)
            return
        rest = min(LONGEST_REST, max(FIRST_REST, now - since))
        silence = timedelta(seconds=failure.retry_after)
        await self._later(file, failure.why or failure.kind, max(rest, silence), since)

    async def our_fault(self, file: Kind, why: str, **also: int) -> None:
        """We lack something; the file waits at the chat app meanwhile, however long that is."""
        now = self._clock()
        self._troubled_since = self._troubled_since or now
        rest = min(LONGEST_REST_OF_OURS, max(FIRST_REST, now - self._troubled_since))
        await self._later(file, why, rest, None, **also)

    def nothing_lacks(self) -> None:
        """A file could be kept."""
        self._troubled_since = None

    async def missing(self, file: Kind, why: Text) -> None:
        """It will never be had."""
        async with self._database.writing() as session:
            # Another process may have had it meanwhile, or have told the sender already.
            if await self._awaited.missing(session, file.id, why.to_json()):
                await self._tell_of_missing(session, file, why, self._clock())

    async def _later(
        self,
        file: Kind,
        why: str,
        rest: timedelta,
        not_given_since: datetime | None = None,
        **also: int,
    ) -> None:
        log.info("%s %s comes later: %s", file.__tablename__, file.id, why)
        async with self._database.writing() as session:
            await self._awaited.later(
                session,
                file.id,
                next_try_at=self._clock() + rest,
                not_given_since=not_given_since,
                **also,
            )


class UnkeptPhotos(UnkeptFiles[Photo]):
    """Also decides about a photo that cannot even be opened."""

    async def broke_off(self, photo: Photo, fault: Fault) -> None:
        """It ended whoever was opening it."""
        log.warning("photo %s broke off: %s", photo.id, fault)
        if photo.decodings + 1 >= MOST_DECODINGS:
            await self.missing(photo, REASONS[fault])
        else:
            await self._later(photo, fault, RESTS_OF_SUSPECTS[photo.decodings])
