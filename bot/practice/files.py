"""Files that people and the bot sent, in the practice world."""

from __future__ import annotations

import hashlib
import io
import itertools
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from bot.practice.refusals import Refusal, bad_request

DOWNLOAD = 20 * 1024 * 1024
"""Bytes a bot may download; larger files have an id and nothing else."""
PHOTO_UPLOAD = 10 * 1024 * 1024
"""Bytes of a photo that a bot may send as a photo."""
UPLOAD = 50 * 1024 * 1024
"""Bytes of any other file that a bot may send."""
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


class PracticeFiles:
    """All files, by id; the same content has the same unique id, as Telegram promises."""

    def __init__(self, first_number: int) -> None:
        self.by_id: dict[str, StoredFile] = {}
        self.sizes: dict[str, list[dict[str, Any]]] = {}
        self._numbers = itertools.count(first_number)

    def keep(self, content: bytes, name: str, mime_type: str, kind: str = "") -> StoredFile:
        unique = hashlib.sha256(kind.encode() + content).hexdigest()[:16]
        number = next(self._numbers)
        stored = StoredFile(f"PRACTICE{number}_{unique}", unique, content, name, mime_type)
        self.by_id[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile:
        """Raises Refusal for an id that was never given out."""
        try:
            return self.by_id[file_id]
        except KeyError:
            raise bad_request("wrong file_id or the file is temporarily unavailable") from None

    def by_path(self, path: str) -> StoredFile | None:
        return self.by_id.get(path.rpartition("/")[2].partition(".")[0])

    def photo(self, content: bytes) -> list[dict[str, Any]]:
        """The sizes of a photo, smallest first, re-encoded without any metadata, as Telegram does it."""
        try:
            with Image.open(io.BytesIO(content)) as opened:
                _fits(opened)
                # Large photos of phones are read at the size that is kept, which is much quicker.
                opened.draft("RGB", (SIDES[-1], SIDES[-1]))
                picture = ImageOps.exif_transpose(opened).convert("RGB")
        except Refusal:
            raise
        except Exception:
            # Decoders of foreign bytes fail in many ways, some with the errors of the language itself.
            raise bad_request("IMAGE_PROCESS_FAILED") from None
        longest = max(picture.size)
        sides = [side for side in SIDES if side < longest] + [min(longest, SIDES[-1])]
        sizes = [self._size(picture, side, content) for side in dict.fromkeys(sides)]
        for size in sizes:
            self.sizes[size["file_id"]] = sizes
        return sizes

    def photo_again(self, file_id: str) -> list[dict[str, Any]]:
        """The sizes of a photo that Telegram knows already: it is the same file wherever it is sent."""
        stored = self.get(file_id)
        if stored.file_id not in self.sizes:
            raise bad_request("can't use file of type Document as Photo")
        return self.sizes[stored.file_id]

    def document_again(self, file_id: str) -> dict[str, Any]:
        known = self.get(file_id)
        if known.file_id in self.sizes:
            raise bad_request("can't use file of type Photo as Document")
        return self.document(known.content, known.name, known.mime_type)

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


def _fits(picture: Image.Image) -> None:
    """Raises Refusal for shapes that cannot be photos."""
    if max(picture.size) > 20 * min(picture.size):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
