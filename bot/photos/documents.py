"""Promised documents are fetched and kept as they came; the place is that of the photos."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.channels import Channel
from bot.photos.fetching import LONGEST_KEEP, Hopeless
from bot.photos.file_fetcher import FileFetcher
from bot.photos.missing_documents import (
    EMPTY,
    NOT_GIVEN,
    NOT_HAD,
    OF_ANOTHER_KIND,
    TOO_LARGE,
    tell_sender,
)
from bot.photos.unkept import TellOfMissing, UnkeptFiles
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help import documents
from storage.help.documents import StoredDocument, document_key

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


class DocumentFetcher(FileFetcher[StoredDocument]):
    """Fetches documents, and looks whether each is of the kind that its name says."""

    at_once = 2
    not_given, too_large = NOT_GIVEN, TOO_LARGE

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        files: PhotoFiles,
        clock: Callable[[], datetime],
        *,
        tell_of_missing: TellOfMissing[StoredDocument] = tell_sender,
    ) -> None:
        unkept = UnkeptFiles(database, clock, documents.AWAITED, tell_of_missing, NOT_HAD)
        super().__init__(database, channels, clock, documents.AWAITED, unkept)
        self._files = files

    async def _keep(self, document: StoredDocument, content: bytes) -> None:
        _must_be(content, document.extension)
        sha256 = (await asyncio.to_thread(hashlib.sha256, content)).hexdigest()
        key = document_key(sha256, document.extension)
        async with asyncio.timeout(LONGEST_KEEP.total_seconds()):
            await self._files.write_once(key, content)
        async with self._database.writing() as session:
            await documents.AWAITED.stored(
                session, document.id, file_key=key, sha256=sha256, size=len(content)
            )


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
