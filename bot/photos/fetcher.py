"""Promised photos are fetched, kept as they came, and copied so that they may be shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from bot.channels import Channel, DeliveryFailure, FailureKind
from bot.operating.logs import kind_of
from bot.operating.reasons import Reason
from bot.photos.missing import NOT_GIVEN, NOT_HAD, REASONS, TOO_LARGE, tell_sender
from bot.photos.public_copy import DecodedPhoto, NotAPhoto, decode
from locales import Text
from storage.database import Database, Session
from storage.files.photo_files import PhotoFiles, original_key, public_key
from storage.help import photos
from storage.help.photos import Photo

log = logging.getLogger(__name__)

AT_ONCE = 4
LONGEST_FETCH = timedelta(seconds=90)
"""Telegram gives out up to 20 MB, also over a slow line."""
LONGEST_KEEP = timedelta(seconds=60)
LEASE = timedelta(seconds=180)
"""Longer than a photo may take altogether; then another process may try, and at worst fetches it twice."""
LONGEST_NAP = 2.0
"""Seconds; another process may have promised a photo, or a rest may be over."""
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)
LONGEST_REST_OF_OURS = timedelta(minutes=5)
"""When our disk has room again, photos come soon."""
PATIENCE = timedelta(hours=24)
"""A photo that Telegram did not give out for so long is missing for good."""
HOPELESS = {
    FailureKind.REFUSED: NOT_GIVEN,
    FailureKind.GONE: NOT_GIVEN,
    FailureKind.UNREACHABLE: NOT_GIVEN,
    FailureKind.TOO_LARGE: TOO_LARGE,
}

TellOfMissing = Callable[[Session, Photo, Text, datetime], Awaitable[None]]
"""Leaves words to the sender in the outbox, in the same transaction."""


class Hopeless(Exception):
    """The photo will never be had; `why` is for the person who sent it."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


class PhotoFetcher:
    """Works through the promised photos; a restart takes up where the last process was."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        files: PhotoFiles,
        clock: Callable[[], datetime],
        *,
        tell_of_missing: TellOfMissing = tell_sender,
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._clock = clock
        self._tell_of_missing = tell_of_missing
        self._woken = asyncio.Event()
        self._developing = asyncio.Lock()
        self._trouble = ""

    async def is_troubled(self) -> str | None:
        """As a check of health: the last photo that came could not be kept."""
        return self._trouble or None

    def wake(self) -> None:
        """A photo was promised."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; a photo that is being fetched then is fetched again later."""
        if self._database.is_sqlite:
            # One process alone uses such a store, so whatever was being fetched was lost with the last one.
            async with self._database.writing() as session:
                await photos.recall(session, self._clock())
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                working = asyncio.create_task(self.fetch_waiting())
                await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    await _give_up(working)
                elif not working.result():
                    await self._nap(stopping)
        finally:
            stopping.cancel()

    async def fetch_waiting(self) -> int:
        """One pass over a few photos; how many were taken up."""
        async with self._database.writing() as session:
            waiting: Sequence[Photo] = await photos.due(session, self._clock(), AT_ONCE, LEASE)
        await asyncio.gather(*(self._develop(photo) for photo in waiting))
        return len(waiting)

    async def _develop(self, photo: Photo) -> None:
        try:
            content = await self._fetch(photo)
            # What is held at most: AT_ONCE files of 20 MB each, and the pixels of one (see MOST_PIXELS).
            async with self._developing:
                decoded = await asyncio.to_thread(decode, content)
            await self._keep(photo, content, decoded)
        except Hopeless as hopeless:
            await self._missing(photo, hopeless.why)
        except NotAPhoto as error:
            log.warning("photo %s is no photo: %s", photo.id, error)
            await self._missing(photo, REASONS[error.fault])
        except DeliveryFailure as failure:
            await self._not_given(photo, failure)
        except Exception as error:
            # The folder or the bucket fails; the photo waits in Telegram meanwhile, however long that is.
            self._trouble = Reason.PHOTOS_NOT_KEPT.format(kind=kind_of(error))
            await self._later(photo, kind_of(error), LONGEST_REST_OF_OURS)
        else:
            self._trouble = ""

    async def _fetch(self, photo: Photo) -> bytes:
        channel = self._channels.get(photo.channel)
        if channel is None:
            raise DeliveryFailure(FailureKind.NOT_SENT, "this channel is not connected")
        try:
            async with asyncio.timeout(LONGEST_FETCH.total_seconds()):
                return await channel.fetch(photo.file_id)
        except TimeoutError:
            raise DeliveryFailure(FailureKind.NOT_SENT, "too slow") from None
        except DeliveryFailure as failure:
            if failure.fate in HOPELESS:
                log.warning("photo %s is not given out: %s", photo.id, failure.why)
                raise Hopeless(HOPELESS[failure.fate]) from None
            raise

    async def _keep(self, photo: Photo, content: bytes, decoded: DecodedPhoto) -> None:
        original = original_key(decoded.sha256, decoded.extension)
        public = public_key(decoded.public_sha256)
        async with asyncio.timeout(LONGEST_KEEP.total_seconds()):
            await self._files.write_once(original, content)
            await self._files.write_once(public, decoded.public)
        async with self._database.writing() as session:
            await photos.stored(
                session,
                photo.id,
                original_key=original,
                public_key=public,
                sha256=decoded.sha256,
                size=decoded.size,
                width=decoded.width,
                height=decoded.height,
                difference_hash=f"{decoded.difference_hash:016x}",
                told=decoded.told,
            )

    async def _not_given(self, photo: Photo, failure: DeliveryFailure) -> None:
        now = self._clock()
        since = photo.not_given_since or now
        if now - since >= PATIENCE:
            await self._missing(photo, NOT_HAD)
            return
        silence = timedelta(seconds=failure.retry_after)
        await self._later(photo, failure.why or failure.fate, LONGEST_REST, silence, since)

    async def _later(
        self,
        photo: Photo,
        why: str,
        at_most: timedelta,
        at_least: timedelta = timedelta(),
        not_given_since: datetime | None = None,
    ) -> None:
        rest = min(at_most, FIRST_REST * 2 ** min(max(photo.tries - 1, 0), 10))
        log.info("photo %s comes later: %s", photo.id, why)
        async with self._database.writing() as session:
            await photos.later(
                session,
                photo.id,
                next_try_at=self._clock() + max(rest, at_least),
                not_given_since=not_given_since,
            )

    async def _missing(self, photo: Photo, why: Text) -> None:
        async with self._database.writing() as session:
            # Another process may have had it meanwhile, or have told the sender already.
            if await photos.missing(session, photo.id, why.to_json()):
                await self._tell_of_missing(session, photo, why, self._clock())

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait(
            {stopping, woken}, timeout=LONGEST_NAP, return_when=asyncio.FIRST_COMPLETED
        )
        woken.cancel()


async def _give_up(working: asyncio.Task[int]) -> None:
    working.cancel()
    await asyncio.wait({working}, timeout=1)
