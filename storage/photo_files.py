"""Photos lie in a folder or a bucket, each file written once under the name of its content."""

from __future__ import annotations

import asyncio
from pathlib import Path

from obstore.exceptions import AlreadyExistsError, NotFoundError
from obstore.store import LocalStore, ObjectStore, from_url


def original_key(sha256: str, extension: str) -> str:
    """The same bytes always lie under the same name, as in `original/ab/abcdef….jpg`."""
    return f"original/{sha256[:2]}/{sha256}.{extension}"


def public_key(sha256: str) -> str:
    return f"public/{sha256[:2]}/{sha256}.jpg"


class PhotoFiles:
    """The store of photos that an address names: `s3://bucket/folder`, `file:///…` or the path of a folder."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore
        if "://" in url and not url.startswith("file://"):
            self._store = from_url(url)
        else:
            folder = Path(url.removeprefix("file://")).absolute()
            self._store = LocalStore(folder, mkdir=True)

    async def write_once(self, key: str, content: bytes) -> None:
        """A file that is there already holds the same bytes, since its name is made of them."""
        try:
            await self._store.put_async(key, content, mode="create")
        except AlreadyExistsError:
            return

    async def read(self, key: str) -> bytes:
        """Raises FileNotFoundError."""
        try:
            found = await self._store.get_async(key)
            return bytes(await found.bytes_async())
        except (NotFoundError, FileNotFoundError):
            raise FileNotFoundError(key) from None

    async def ping(self) -> None:
        """Raises whatever the store raises when it cannot be written to."""
        await asyncio.wait_for(self._store.put_async("ping", b"ping"), timeout=5)
