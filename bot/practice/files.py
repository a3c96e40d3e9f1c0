"""Files that people and the bot sent, in the practice world."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass
from typing import Any

from PIL import Image, UnidentifiedImageError

from bot.practice.refusals import bad_request

DOWNLOAD = 20 * 1024 * 1024
"""Bytes a bot may download; larger files have an id and nothing else."""
SIDES = (320, 800, 1280)
"""The longest sides of the sizes Telegram keeps of a photo, in pixels."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One file, as it can be downloaded."""

    file_id: str
    unique_id: str
    content: bytes
    name: str
    mime_type: str


class Files:
    """All files, by id; the same content has the same unique id, as Telegram promises."""

    def __init__(self) -> None:
        self._by_id: dict[str, StoredFile] = {}
        self._numbers = itertools.count(1)

    def keep(self, content: bytes, name: str, mime_type: str, kind: str = "") -> StoredFile:
        unique = hashlib.sha256(kind.encode() + content).hexdigest()[:16]
        number = next(self._numbers)
        stored = StoredFile(f"PRACTICE{number}_{unique}", unique, content, name, mime_type)
        self._by_id[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile:
        """Raises Refusal for an id that was never given out."""
        try:
            return self._by_id[file_id]
        except KeyError:
            raise bad_request("wrong file_id or the file is temporarily unavailable") from None

    def by_path(self, path: str) -> StoredFile | None:
        return self._by_id.get(path.rpartition("/")[2].partition(".")[0])

    def photo(self, content: bytes) -> list[dict[str, Any]]:
        """The sizes of a photo, smallest first, re-encoded without any metadata, as Telegram does it."""
        try:
            with Image.open(io.BytesIO(content)) as opened:
                picture = opened.convert("RGB")
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError):
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        if sum(picture.size) > 10_000 or max(picture.size) > 20 * min(picture.size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        longest = max(picture.size)
        sides = [side for side in SIDES if side < longest] + [min(longest, SIDES[-1])]
        return [self._size(picture, side, content) for side in dict.fromkeys(sides)]

    def _size(self, picture: Image.Image, side: int, content: bytes) -> dict[str, Any]:
        copy = picture.copy()
        copy.thumbnail((side, side))
        written = io.BytesIO()
        copy.save(written, "JPEG", quality=85)
        unique = f"{side}:" + hashlib.sha256(content).hexdigest()
        stored = self.keep(written.getvalue(), f"photo_{side}.jpg", "image/jpeg", unique)
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "width": copy.width,
            "height": copy.height,
            "file_size": len(stored.content),
        }

    def document(self, content: bytes, name: str, mime_type: str) -> dict[str, Any]:
        stored = self.keep(content, name, mime_type)
        return {
            "file_id": stored.file_id,
            "file_unique_id": stored.unique_id,
            "file_name": name,
            "mime_type": mime_type,
            "file_size": len(content),
        }
