"""Promised photos are fetched, kept as they came, and copied so that they may be shown."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.channels import Channel, DeliveryFailure
from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from bot.photos.decoded import DecodedPhoto, Fault, NotAPhoto
from bot.photos.decoders import BrokeOff, Decoders, NoDecoder
from bot.photos.fetching import LEASE, LONGEST_KEEP, LONGEST_NAP, Hopeless, fetch
from bot.photos.missing import NOT_GIVEN, REASONS, TOO_LARGE, tell_sender
from bot.photos.unkept import MOST_DECODINGS, RESTS_OF_SUSPECTS, TellOfMissing, UnkeptPhotos
from storage.database import Database
from storage.files.photo_files import PhotoFiles, original_key, public_key
from storage.help import photos
from storage.help.photos import Photo

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Photos under way, each in memory with up to 20 MB; how many are opened at once is for `bot.photos.decoders`."""
LETTING_GO = 0.5
"""Seconds for giving back what is under way, when told to end."""


class TakenOver(Exception):
    """Somebody else has stored the photo meanwhile, or given it up."""


class PhotoFetcher:
    """Works through the promised photos; a restart takes up where the last process was.

    The consumer of a durable queue.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        files: PhotoFiles,
        clock: Callable[[], datetime],
        *,
        tell_of_missing: TellOfMissing = tell_sender,
        decoders: Decoders | None = None,
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._clock = clock
        self._unkept = UnkeptPhotos(database, clock, tell_of_missing)
        self._decoders = decoders or Decoders()
        self._shared = decoders is not None
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Photo] = {}
        self._refusing = set(channels)
        """Channels that may have photos at rest because they did not give them out."""
        self._trouble = ""

    async def is_troubled(self) -> str | None:
        """As a check of health: the last photo that came could not be kept, or there is nothing to open one with."""
        if kind := self._decoders.trouble:
            return HealthReason.NO_DECODER.format(kind=kind)
        return self._trouble or None

    def wake(self) -> None:
        """A photo was promised."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; a photo that is under way then is fetched again later."""
        if self._database.is_sqlite:
            # One process alone uses such a store, so whatever was being fetched was lost with the last one.
            async with self._database.writing() as session:
                await photos.recall(session, self._clock(), RESTS_OF_SUSPECTS[0])
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                if not await self._take_up():
                    await self._nap(stopping)
        finally:
            stopping.cancel()
            await self._let_go()

    async def fetch_waiting(self) -> int:
        """One pass over a few photos; how many were taken up. Decoders that others brought stay for their next one."""
        taken = await self._take_up()
        try:
            ended = await asyncio.gather(*self._under_way, return_exceptions=True)
        finally:
            self._under_way.clear()
            if not self._shared:
                await self._decoders.rest()
        for error in filter(None, ended):
            raise error
        return taken

    async def _take_up(self) -> int:
        """As many as there is room for, one suspect among them; how many those are."""
        room = AT_ONCE - len(self._under_way)
        if not room:
            return 0
        suspects = not any(photo.decodings for photo in self._under_way.values())
        async with self._database.writing() as session:
            found = await photos.due(session, self._clock(), room, LEASE, suspects=suspects)
        for photo in found:
            self._under_way[asyncio.create_task(self._develop(photo))] = photo
        return len(found)

    async def _develop(self, photo: Photo) -> None:
        try:
            content, decoded = await self._bring(photo)
        except TakenOver:
            log.info("photo %s was taken over", photo.id)
        except Hopeless as hopeless:
            await self._unkept.missing(photo, hopeless.why)
        except NotAPhoto as error:
            log.warning("photo %s is no photo: %s", photo.id, error)
            await self._unkept.missing(photo, REASONS[error.fault])
        except BrokeOff as error:
            await self._unkept.broke_off(photo, error.fault)
        except DeliveryFailure as failure:
            self._refusing.add(photo.channel)
            await self._unkept.not_given(photo, failure)
        except NoDecoder as error:
            await self._unkept.our_fault(photo, f"no decoder starts: {error.kind}")
        except Exception as error:
            await self._troubled(photo, error, opened=False)
        else:
            await self._keep_or_wait(photo, content, decoded)

    async def _bring(self, photo: Photo) -> tuple[bytes, DecodedPhoto]:
        if photo.decodings >= MOST_DECODINGS:
            # The last try ended even the process that would have given it up.
            raise NotAPhoto(Fault.ENDS_THE_PROGRAM)
        content = await fetch(self._channels, photo, not_given=NOT_GIVEN, too_large=TOO_LARGE)
        await self._given(photo.channel)
        async with self._decoders.one() as decoder:
            await self._begin_decoding(photo)
            return content, await decoder.decode(content)

    async def _given(self, channel: str) -> None:
        """What rests because this channel did not give it out comes now."""
        if channel not in self._refusing:
            return
        self._refusing.discard(channel)
        async with self._database.writing() as session:
            await photos.given_again(session, channel, self._clock(), LEASE)
        self.wake()

    async def _begin_decoding(self, photo: Photo) -> None:
        """Committed before the photo is opened, so that one which ends even this process is given up some day."""
        until = self._clock() + LEASE
        async with self._database.writing() as session:
            if not await photos.begin_decoding(session, photo.id, until):
                raise TakenOver

    async def _keep_or_wait(self, photo: Photo, content: bytes, decoded: DecodedPhoto) -> None:
        try:
            await self._keep(photo, content, decoded)
        except Exception as error:
            # The folder or the bucket fails.
            await self._troubled(photo, error, opened=True)
        else:
            self._trouble = ""
            self._unkept.nothing_lacks()

    async def _troubled(self, photo: Photo, error: Exception, *, opened: bool) -> None:
        self._trouble = HealthReason.PHOTOS_NOT_KEPT.format(kind=kind_of(error))
        await self._unkept.our_fault(photo, kind_of(error), opened=opened)

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

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        """Until a photo is promised or brought, or there may be something to do all the same."""
        woken = asyncio.create_task(self._woken.wait())
        waited = {stopping, woken, *self._under_way}
        done, _others = await asyncio.wait(
            waited, timeout=LONGEST_NAP, return_when=asyncio.FIRST_COMPLETED
        )
        woken.cancel()
        for working in [one for one in self._under_way if one in done]:
            del self._under_way[working]
            working.result()
        if not done and not self._under_way:
            await self._decoders.idle()

    async def _let_go(self) -> None:
        """End what is under way; that we end is no fault of a photo's."""
        left = {one: photo for one, photo in self._under_way.items() if one.cancel()}
        self._under_way.clear()
        if left:
            await asyncio.wait(left, timeout=1)
        await self._decoders.rest()
        try:
            async with asyncio.timeout(LETTING_GO), self._database.writing() as session:
                for photo in left.values():
                    await photos.let_go(session, photo.id, self._clock(), photo.decodings)
        except Exception as error:
            # The lease gives them back later.
            log.warning("photos under way were not let go: %s", kind_of(error))
