"""Photos lie in a folder or a bucket, each file written once under the name of its content.

Content-addressed storage.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url

PING = "ping"
"""A file that is written again and again, to see whether files can be written."""
PATIENCE = 2.5
"""Seconds for that file."""


class PhotosAway(OSError):
    """The folder or the bucket cannot be read or written; the text is the system's own reason."""


def original_key(sha256: str, extension: str) -> str:
    """The same bytes always lie under the same name, as in `original/ab/abcdef….jpg`."""
    return f"original/{sha256[:2]}/{sha256}.{extension}"


def public_key(sha256: str) -> str:
    return f"public/{sha256[:2]}/{sha256}.jpg"


class PhotoFiles:
    """The store of photos that an address names: `s3://bucket/folder`, `file:///…` or the path of a folder."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore
        self.folder: Path | None = None
        """None where the photos are not on this machine."""
        if "://" in url and not url.startswith("file://"):
            self._store = from_url(url)
        else:
            self.folder = Path(url.removeprefix("file://")).absolute()
            with _failures():
                self._store = LocalStore(self.folder, mkdir=True)

    async def write_once(self, key: str, content: bytes) -> None:
        """Kept for good when this returns: on the disk where it is a folder, else as the bucket promises.

        Raises PhotosAway. Whatever else lies under that name is not its content.
        """
        with _failures():
            try:
                await self._store.put_async(key, content, mode="create")
            except AlreadyExistsError:
                # Its name is made of its content, but a power cut may have left less of it.
                if await self.read(key) != content:
                    await self._store.put_async(key, content)
        if self.folder is not None:
            await asyncio.to_thread(_settle, self.folder / key, self.folder)

    async def read(self, key: str) -> bytes:
        """Raises FileNotFoundError, and PhotosAway."""
        with _failures():
            try:
                found = await self._store.get_async(key)
                return bytes(await found.bytes_async())
            except (NotFoundError, FileNotFoundError):
                raise FileNotFoundError(key) from None

    async def remove(self, key: str) -> None:
        """Also when it is not there; raises PhotosAway."""
        with _failures():
            try:
                await self._store.delete_async(key)
            except (NotFoundError, FileNotFoundError):
                return

    async def anything(self) -> bool:
        """Some file is there already; raises PhotosAway."""
        with _failures():
            async for some in self._store.list(chunk_size=10):
                if any(one["path"] != PING for one in some):
                    return True
        return False

    async def ping(self) -> None:
        """Raises PhotosAway or TimeoutError when nothing can be written. A health probe."""
        with _failures():
            await asyncio.wait_for(self._store.put_async(PING, b"ping"), timeout=PATIENCE)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        # Below its first line the library tells the same again, for those who mend it.
        raise PhotosAway(str(error).partition("\n")[0]) from None


def _settle(path: Path, top: Path) -> None:
    """A power cut after this leaves the file, its name, and the folders that it is in."""
    while True:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == top:
            return
        path = path.parent
