"""Promised files are fetched and kept, a few at a time; what is to be done with each kind of file is added to this.

The consumer of a durable queue.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Generic

from bot.channels import Channel, DeliveryFailure
from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from bot.photos.fetching import LEASE, LONGEST_NAP, Hopeless, fetch
from bot.photos.unkept import UnkeptFiles
from locales import Text
from storage.database import Database, Session
from storage.help.promised_files import Awaited, Kind

log = logging.getLogger(__name__)

LETTING_GO = 0.5
"""Seconds for giving back what is under way, when told to end."""


class FileFetcher(ABC, Generic[Kind]):
    """Works through the promised files of one kind; a restart takes up where the last process was."""

    at_once: ClassVar[int]
    """Files under way, each in memory with up to 20 MB."""
    not_given: ClassVar[Text]
    too_large: ClassVar[Text]

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        awaited: Awaited[Kind],
        unkept: UnkeptFiles[Kind],
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._awaited = awaited
        self._unkept = unkept
        self._woken = asyncio.Event()
        self._under_way: dict[asyncio.Task[None], Kind] = {}
        self._refusing = set(channels)
        """Channels that may have files at rest because they did not give them out."""
        self._trouble = ""

    async def is_troubled(self) -> str | None:
        """As a check of health: the last file that came could not be kept."""
        return self._trouble or None

    def wake(self) -> None:
        """A file was promised."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; a file that is under way then is fetched again later."""
        if self._database.is_sqlite:
            # One process alone uses such a store, so whatever was being fetched was lost with the last one.
            async with self._database.writing() as session:
                await self._recall(session)
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                if not await self._take_up():
                    await self._nap(stopping)
        finally:
            stopping.cancel()
            await self._end()

    async def fetch_waiting(self) -> int:
        """One pass over a few files; how many were taken up."""
        taken = await self._take_up()
        try:
            ended = await asyncio.gather(*self._under_way, return_exceptions=True)
        finally:
            self._under_way.clear()
        for error in filter(None, ended):
            raise error
        return taken

    @abstractmethod
    async def _keep(self, file: Kind, content: bytes) -> None:
        """Where it will stay; raises Hopeless, or what `_not_kept` makes something of."""

    async def _recall(self, session: Session) -> None:
        await self._awaited.recall(session, self._clock())

    async def _due(self, session: Session, room: int) -> Sequence[Kind]:
        return await self._awaited.due(session, self._clock(), room, LEASE)

    async def _let_go(self, session: Session, file: Kind) -> None:
        """Somebody else may take it up at once."""
        await self._awaited.changes(session, file.id, next_try_at=self._clock())

    async def _fetched(self, file: Kind) -> bytes:
        return await fetch(self._channels, file, not_given=self.not_given, too_large=self.too_large)

    async def _not_kept(self, file: Kind, error: Exception) -> None:
        """The folder or the bucket fails; the file waits in the chat app meanwhile, however long that is."""
        await self._troubled(file, error)

    async def _troubled(self, file: Kind, error: BaseException, **also: int) -> None:
        self._trouble = HealthReason.PHOTOS_NOT_KEPT.format(kind=kind_of(error))
        await self._unkept.our_fault(file, kind_of(error), **also)

    async def _idle(self) -> None:
        """Nothing came for a while."""

    async def _take_up(self) -> int:
        """As many as there is room for; how many those are."""
        room = self.at_once - len(self._under_way)
        if not room:
            return 0
        async with self._database.reading() as session:
            if not await self._awaited.any_due(session, self._clock()):
                # So it is most of the time, and then nobody else must wait for the store.
                return 0
        async with self._database.writing() as session:
            found = await self._due(session, room)
        for file in found:
            self._under_way[asyncio.create_task(self._have(file))] = file
        return len(found)

    async def _have(self, file: Kind) -> None:
        try:
            content = await self._fetched(file)
            await self._given(file.channel)
            await self._keep(file, content)
        except Hopeless as hopeless:
            await self._unkept.missing(file, hopeless.why)
        except DeliveryFailure as failure:
            self._refusing.add(file.channel)
            await self._unkept.not_given(file, failure)
        except Exception as error:
            await self._not_kept(file, error)
        else:
            self._trouble = ""
            self._unkept.nothing_lacks()

    async def _given(self, channel: str) -> None:
        """What rests because this channel did not give it out comes now."""
        if channel not in self._refusing:
            return
        self._refusing.discard(channel)
        async with self._database.writing() as session:
            await self._awaited.given_again(session, channel, self._clock(), LEASE)
        self.wake()

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        """Until a file is promised or brought, or there may be something to do all the same."""
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
            await self._idle()

    async def _end(self) -> None:
        """End what is under way; that we end is no fault of a file's."""
        left = {one: file for one, file in self._under_way.items() if one.cancel()}
        self._under_way.clear()
        if not left:
            return
        await asyncio.wait(left, timeout=1)
        try:
            async with asyncio.timeout(LETTING_GO), self._database.writing() as session:
                for file in left.values():
                    await self._let_go(session, file)
        except Exception as error:
            # The lease gives them back later.
            log.warning("files under way were not let go: %s", kind_of(error))
