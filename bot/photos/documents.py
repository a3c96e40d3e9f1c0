"""Promised documents are fetched and kept as they came; the place is that of the photos."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.channels import Channel, DeliveryFailure
from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from bot.photos.fetching import LEASE, LONGEST_KEEP, LONGEST_NAP, PATIENCE, Hopeless, fetch
from bot.photos.missing_documents import (
    EMPTY,
    NOT_GIVEN,
    NOT_HAD,
    OF_ANOTHER_KIND,
    TOO_LARGE,
    tell_sender,
)
from locales import Text
from storage.database import Database, Session
from storage.files.photo_files import PhotoFiles
from storage.help import documents
from storage.help.documents import StoredDocument, document_key

log = logging.getLogger(__name__)

AT_ONCE = 2
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(hours=1)
LONGEST_REST_OF_OURS = timedelta(minutes=5)
"""When our disk has room again, documents come soon."""
PACKED, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BEGINNINGS = {
    "pdf": (b"%PDF",),
    "docx": (PACKED,),
    "xlsx": (PACKED,),
    # What an old program calls so may be new inside, and the other way round.
    "doc": (OLD_OFFICE, PACKED, b"{\\rtf"),
    "xls": (OLD_OFFICE, PACKED),
}
"""How files of these kinds begin; other kinds begin as they like."""
BEFORE_IT = 1024
"""Bytes that may stand before the beginning of a PDF."""

TellOfMissing = Callable[[Session, StoredDocument, Text, datetime], Awaitable[None]]
"""Leaves words to the sender in the outbox, in the same transaction."""


class DocumentFetcher:
    """Works through the promised documents; a restart takes up where the last process was.

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
    ) -> None:
        self._database = database
        self._channels = channels
        self._files = files
        self._clock = clock
        self._tell_of_missing = tell_of_missing
        self._woken = asyncio.Event()
        self._trouble = ""

    async def is_troubled(self) -> str | None:
        """As a check of health: the last document that came could not be kept."""
        return self._trouble or None

    def wake(self) -> None:
        """A document was promised."""
        self._woken.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; a document that is being fetched then is fetched again later."""
        if self._database.is_sqlite:
            # One process alone uses such a store, so whatever was being fetched was lost with the last one.
            async with self._database.writing() as session:
                await documents.recall(session, self._clock())
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._woken.clear()
                working = asyncio.create_task(self.fetch_waiting())
                await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
                if not working.done():
                    working.cancel()
                    await asyncio.wait({working}, timeout=1)
                elif not working.result():
                    await self._nap(stopping)
        finally:
            stopping.cancel()

    async def _nap(self, stopping: asyncio.Task[bool]) -> None:
        woken = asyncio.create_task(self._woken.wait())
        await asyncio.wait(
            {stopping, woken}, timeout=LONGEST_NAP, return_when=asyncio.FIRST_COMPLETED
        )
        woken.cancel()

    async def fetch_waiting(self) -> int:
        """One pass over a few documents; how many were taken up."""
        async with self._database.reading() as session:
            if await documents.oldest_promised(session) is None:
                # Most of the time there is none, and then nobody else must wait for the store.
                return 0
        async with self._database.writing() as session:
            waiting = await documents.due(session, self._clock(), AT_ONCE, LEASE)
        await asyncio.gather(*(self._have(one) for one in waiting))
        return len(waiting)

    async def _have(self, document: StoredDocument) -> None:
        try:
            content = await fetch(
                self._channels, document, not_given=NOT_GIVEN, too_large=TOO_LARGE
            )
            _must_be(content, document.extension)
            await self._keep(document, content)
        except Hopeless as hopeless:
            await self._missing(document, hopeless.why)
        except DeliveryFailure as failure:
            await self._not_given(document, failure)
        except Exception as error:
            # The folder or the bucket fails; the document waits in the chat app meanwhile, however long that is.
            self._trouble = HealthReason.PHOTOS_NOT_KEPT.format(kind=kind_of(error))
            await self._later(document, kind_of(error), LONGEST_REST_OF_OURS)
        else:
            self._trouble = ""

    async def _keep(self, document: StoredDocument, content: bytes) -> None:
        sha256 = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
        key = document_key(sha256, document.extension)
        async with asyncio.timeout(LONGEST_KEEP.total_seconds()):
            await self._files.write_once(key, content)
        async with self._database.writing() as session:
            await documents.stored(
                session, document.id, file_key=key, sha256=sha256, size=len(content)
            )

    async def _not_given(self, document: StoredDocument, failure: DeliveryFailure) -> None:
        now = self._clock()
        since = document.not_given_since or now
        if now - since >= PATIENCE:
            await self._missing(document, NOT_HAD)
            return
        silence = timedelta(seconds=failure.retry_after)
        await self._later(document, failure.why or failure.kind, LONGEST_REST, silence, since)

    async def _later(
        self,
        document: StoredDocument,
        why: str,
        at_most: timedelta,
        at_least: timedelta = timedelta(),
        not_given_since: datetime | None = None,
    ) -> None:
        rest = min(at_most, FIRST_REST * 2 ** min(max(document.tries - 1, 0), 10))
        log.info("document %s comes later: %s", document.id, why)
        async with self._database.writing() as session:
            await documents.later(
                session,
                document.id,
                next_try_at=self._clock() + max(rest, at_least),
                not_given_since=not_given_since,
            )

    async def _missing(self, document: StoredDocument, why: Text) -> None:
        async with self._database.writing() as session:
            # Another process may have had it meanwhile, or have told the sender already.
            if await documents.missing(session, document.id, why.to_json()):
                await self._tell_of_missing(session, document, why, self._clock())


def _must_be(content: bytes, extension: str) -> None:
    """Raises Hopeless for what is not what its name says."""
    if not content:
        raise Hopeless(EMPTY)
    beginnings = BEGINNINGS.get(extension)
    if beginnings is None:
        return
    begun = content[:BEFORE_IT]
    found = b"%PDF" in begun if extension == "pdf" else begun.startswith(beginnings)
    if not found:
        raise Hopeless(OF_ANOTHER_KIND)
