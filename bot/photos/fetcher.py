"""Promised photos are fetched, kept as they came, and copied so that they may be shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.channels import Channel
from bot.operating.reasons import HealthReason
from bot.photos.decoded import DecodedPhoto, Fault, NotAPhoto
from bot.photos.decoders import BrokeOff, Decoders, NoDecoder
from bot.photos.fetching import LEASE, LONGEST_KEEP
from bot.photos.file_fetcher import FileFetcher
from bot.photos.missing import NOT_GIVEN, NOT_HAD, REASONS, TOO_LARGE, tell_sender
from bot.photos.unkept import MOST_DECODINGS, RESTS_OF_SUSPECTS, TellOfMissing, UnkeptPhotos
from storage.database import Database, Session
from storage.files.photo_files import PhotoFiles, original_key, public_key
from storage.help import photos
from storage.help.photos import Photo

log = logging.getLogger(__name__)


class TakenOver(Exception):
    """Somebody else has stored the photo meanwhile, or given it up."""


class OpenedOnly(Exception):
    """The photo was opened, and then could not be kept."""


class PhotoFetcher(FileFetcher[Photo]):
    """Fetches photos and opens them in processes of their own; one that ends those is tried apart from the others."""

    at_once = 4
    """How many are opened at once is for `bot.photos.decoders`."""
    not_given, too_large = NOT_GIVEN, TOO_LARGE

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        files: PhotoFiles,
        clock: Callable[[], datetime],
        *,
        tell_of_missing: TellOfMissing[Photo] = tell_sender,
        decoders: Decoders | None = None,
    ) -> None:
        self._suspects = UnkeptPhotos(database, clock, photos.AWAITED, tell_of_missing, NOT_HAD)
        super().__init__(database, channels, clock, photos.AWAITED, self._suspects)
        self._files = files
        self._decoders = decoders or Decoders()
        self._shared = decoders is not None

    async def is_troubled(self) -> str | None:
        """As a check of health: the last photo that came could not be kept, or there is nothing to open one with."""
        if kind := self._decoders.trouble:
            return HealthReason.NO_DECODER.format(kind=kind)
        return await super().is_troubled()

    async def fetch_waiting(self) -> int:
        """One pass over a few photos; decoders that others brought stay for their next one."""
        try:
            return await super().fetch_waiting()
        finally:
            if not self._shared:
                await self._decoders.rest()

    async def _recall(self, session: Session) -> None:
        await photos.recall(session, self._clock(), RESTS_OF_SUSPECTS[0])

    async def _due(self, session: Session, room: int) -> Sequence[Photo]:
        """One suspect among them at most."""
        suspects = not any(photo.decodings for photo in self._under_way.values())
        return await photos.due(session, self._clock(), room, LEASE, suspects=suspects)

    async def _let_go(self, session: Session, photo: Photo) -> None:
        await photos.let_go(session, photo.id, self._clock(), photo.decodings)

    async def _fetched(self, photo: Photo) -> bytes:
        if photo.decodings >= MOST_DECODINGS:
            # The last try ended even the process that would have given it up.
            raise NotAPhoto(Fault.ENDS_THE_PROGRAM)
        return await super()._fetched(photo)

    async def _keep(self, photo: Photo, content: bytes) -> None:
        async with self._decoders.one() as decoder:
            await self._begin_decoding(photo)
            decoded = await decoder.decode(content)
        try:
            await self._store(photo, content, decoded)
        except Exception as error:
            raise OpenedOnly from error

    async def _not_kept(self, photo: Photo, error: Exception) -> None:
        match error:
            case TakenOver():
                log.info("photo %s was taken over", photo.id)
            case NotAPhoto(fault=fault):
                log.warning("photo %s is no photo: %s", photo.id, fault)
                await self._unkept.missing(photo, REASONS[fault])
            case BrokeOff(fault=fault):
                await self._suspects.broke_off(photo, fault)
            case NoDecoder(kind=kind):
                await self._unkept.our_fault(photo, f"no decoder starts: {kind}")
            case OpenedOnly(__cause__=BaseException() as cause):
                # Earlier tries to open it do not count any more.
                await self._troubled(photo, cause, decodings=0)
            case _:
                await super()._not_kept(photo, error)

    async def _idle(self) -> None:
        await self._decoders.idle()

    async def _end(self) -> None:
        try:
            await super()._end()
        finally:
            await self._decoders.rest()

    async def _begin_decoding(self, photo: Photo) -> None:
        """Committed before the photo is opened, so that one which ends even this process is given up some day."""
        until = self._clock() + LEASE
        async with self._database.writing() as session:
            if not await photos.begin_decoding(session, photo.id, until):
                raise TakenOver

    async def _store(self, photo: Photo, content: bytes, decoded: DecodedPhoto) -> None:
        original = original_key(decoded.sha256, decoded.extension)
        public = public_key(decoded.public_sha256)
        async with asyncio.timeout(LONGEST_KEEP.total_seconds()):
            await self._files.write_once(original, content)
            await self._files.write_once(public, decoded.public)
        async with self._database.writing() as session:
            await photos.AWAITED.stored(
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
