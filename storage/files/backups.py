"""A backup is a folder with the store, the photos it names, and a list of all that must be in it.

The list is a manifest of checksums.
"""

import asyncio
import hashlib
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

from storage.database import Database
from storage.files import copies
from storage.files.copies import CannotCopy
from storage.files.photo_files import PhotoFiles

MANIFEST = "manifest.json"
PHOTOS = "photos"
FORMAT = 1
AT_ONCE = 8
"""Photos on their way at the same time."""
NAMED_BY_CONTENT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, written last."""

    version: str
    """Of the program that made it."""
    revision: str
    """Of its tables."""
    at: str
    rows: dict[str, int]
    """How many, by table."""
    photos: int
    missing: list[str] = field(default_factory=list)
    """Photos that are marked as stored and were not there, or were not what their name says."""
    files: dict[str, str] = field(default_factory=dict)
    """The sha256 of every file of the backup, by its path."""
    format: int = FORMAT


async def make(
    database: Database, photos: PhotoFiles, folder: Path, version: str, now: datetime
) -> Manifest:
    """Copy everything while the bot runs, all of it or nothing; raises CannotCopy and OSError."""
    begun = await asyncio.to_thread(_begun, folder)
    try:
        manifest = await _fill(database, photos, begun, version, now)
        await asyncio.to_thread(_finish, begun, folder, manifest)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    return manifest


async def _fill(
    database: Database, photos: PhotoFiles, folder: Path, version: str, now: datetime
) -> Manifest:
    written = await copies.write(database, folder)
    missing = [key async for key in _lost(photos, folder, written.photos)]
    return Manifest(
        version=version,
        revision=written.revision,
        at=now.isoformat(timespec="seconds"),
        rows=written.rows,
        photos=len(written.photos) - len(missing),
        missing=sorted(key for key in missing if written.photos[key]),
        files=await asyncio.to_thread(_hashes, folder),
    )


def _begun(folder: Path) -> Path:
    """Where a backup grows until it has its name."""
    folder = folder.absolute()
    if (folder / MANIFEST).exists():
        raise CannotCopy(f"{folder} holds a backup already. Please name a new folder.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CannotCopy(f"{folder} is not empty. Please name a new folder.")
    if folder.is_mount():
        raise CannotCopy(f"{folder} is a whole disk. Please name a new folder on it.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    begun = folder.with_name(f"{folder.name}.unfinished")
    try:
        # It holds words of people, so nobody else may look into it.
        begun.mkdir(mode=0o700)
    except FileExistsError:
        raise CannotCopy(
            f"{begun} is there already, of a backup that runs or was broken off. If none runs, please "
            "remove it, or name another folder."
        ) from None
    return begun


async def _lost(photos: PhotoFiles, folder: Path, keys: Iterable[str]) -> AsyncIterator[str]:
    """Copies photos, and gives those that could not be copied as they should be."""
    copied = PhotoFiles(str(folder / PHOTOS))

    async def copy(key: str) -> bool:
        try:
            content = await photos.read(key)
        except FileNotFoundError:
            return False
        name = Path(key).stem
        if NAMED_BY_CONTENT.fullmatch(name) and hashlib.sha256(content).hexdigest() != name:
            return False
        await copied.write_once(key, content)
        return True

    left = iter(sorted(keys))
    while some := list(islice(left, AT_ONCE)):
        for key, well in zip(some, await asyncio.gather(*map(copy, some)), strict=True):
            if not well:
                yield key


def _hashes(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _hash_of(path) for path in _all_files(folder)}


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _finish(begun: Path, folder: Path, manifest: Manifest) -> None:
    """The name of a backup is there only when all of it has reached the disk."""
    told = asdict(manifest)
    text = json.dumps({**told, "sha256": _seal(told)}, indent=1) + "\n"
    (begun / MANIFEST).write_text(text, encoding="ascii")
    for path in (*begun.rglob("*"), begun):
        _settle(path)
    begun.rename(folder)
    _settle(folder.absolute().parent)


def _seal(told: dict[str, object]) -> str:
    """So that a manifest which was damaged is not believed."""
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _settle(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def restore(database: Database, photos: PhotoFiles, folder: Path) -> Manifest:
    """Fill a new store and an empty place for photos, all of it or nothing; raises CannotCopy and what they raise."""
    manifest = await asyncio.to_thread(_verified, folder)
    if not copies.knows(manifest.revision):
        raise CannotCopy(
            f"This backup has tables of revision {manifest.revision}, which this program does not know. "
            f"Version {manifest.version} made it; please restore it with that version."
        )
    await copies.must_be_new(database)
    if await photos.anything():
        raise CannotCopy("The place of PHOTOS_URL is not empty. Please name an empty one.")
    await asyncio.to_thread(_must_have_room, database, photos, folder)
    keys = [
        name.removeprefix(f"{PHOTOS}/") for name in manifest.files if name.startswith(f"{PHOTOS}/")
    ]
    try:
        await _bring(PhotoFiles(str(folder / PHOTOS)), photos, keys)
        await copies.read(database, folder, manifest.revision, manifest.rows)
    except BaseException:
        for key in keys:
            await photos.remove(key)
        raise
    return manifest


async def _bring(copied: PhotoFiles, photos: PhotoFiles, keys: Iterable[str]) -> None:
    async def bring(key: str) -> None:
        await photos.write_once(key, await copied.read(key))

    left = iter(keys)
    while some := list(islice(left, AT_ONCE)):
        # All of them must have ended before anything is taken back.
        for error in await asyncio.gather(*map(bring, some), return_exceptions=True):
            if error is not None:
                raise error


def _must_have_room(database: Database, photos: PhotoFiles, folder: Path) -> None:
    needed: dict[int, tuple[Path, int]] = {}
    for place, part, times in (
        (photos.folder, PHOTOS, 1),
        # Besides the text there are indexes, and all of it once more until SQLite has it in its file.
        (database.file.parent if database.file else None, copies.TABLES, 3),
    ):
        if place is not None:
            size = sum(path.stat().st_size for path in _all_files(folder / part))
            device = place.stat().st_dev
            needed[device] = (place, needed.get(device, (place, 0))[1] + times * size)
    for place, size in needed.values():
        if (free := shutil.disk_usage(place).free) < size:
            raise CannotCopy(
                f"This backup needs about {_megabytes(size)} MB at {place}, where {_megabytes(free)} MB are "
                "free. Nothing was restored. Please make room, or name another place."
            )


def _megabytes(size: int) -> int:
    return -(-size // 1024 // 1024)


def _verified(folder: Path) -> Manifest:
    manifest = _read_manifest(folder)
    found = _hashes(folder)
    changed = sorted(name for name, digest in manifest.files.items() if found.get(name) != digest)
    if changed:
        raise CannotCopy(
            f"Missing or changed in this backup: {len(changed)} of {len(manifest.files)} files, such as "
            f"{changed[0]}. Nothing was restored. Please name another backup."
        )
    return manifest


def _read_manifest(folder: Path) -> Manifest:
    try:
        text = (folder / MANIFEST).read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        raise CannotCopy(
            f"{folder} holds no finished backup: there is no {MANIFEST}. Please name another one."
        ) from None
    try:
        told = json.loads(text)
        whole = told.pop("sha256") == _seal(told)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        whole = False
    if not whole:
        raise CannotCopy(f"{folder / MANIFEST} is damaged. Please name another backup.")
    if told["format"] != FORMAT:
        raise CannotCopy(f"{folder} is in a form that this program does not know.")
    return Manifest(**told)
