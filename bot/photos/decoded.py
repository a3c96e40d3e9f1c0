"""What is kept of a photo that somebody sent, or why it cannot be kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

Told: TypeAlias = dict[str, str | float]
"""`taken_at` and `utc_offset` as the camera's clock had them, `latitude` and `longitude` in degrees, `altitude` in
metres, `make`, `model` and `software`; only those that the photo tells."""

EXTENSIONS = {
    "JPEG": "jpg",
    "MPO": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "HEIF": "heic",
}
"""MPO is what some phones make of a JPEG with more than one picture in it."""


class Fault(StrEnum):
    """Why bytes are no photo that can be kept."""

    EMPTY = "empty"
    NO_PICTURE = "no picture"
    BROKEN = "broken"
    TOO_MANY_PIXELS = "too many pixels"
    BOMB = "unpacks to far more than a photo"
    MOVING = "moves"
    TOO_MUCH_MEMORY = "needs too much memory"
    TOO_SLOW = "takes too long"
    ENDS_THE_PROGRAM = "ends the program that opens it"


MOST_OF_ALL = 2**31
"""Pixels that no photo has."""


class NotAPhoto(Exception):
    """The bytes are no picture that can be kept."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """What is kept of one photo."""

    sha256: str
    """Of the bytes as they came."""
    extension: str
    size: int
    width: int
    height: int
    """As it is looked at, the right way up."""
    public: bytes
    """A JPEG made anew from the pixels, so that it holds nothing but them."""
    difference_hash: int
    """64 bits; nearly alike for photos that look alike."""
    told: Told
    """What the file says of itself; private."""

    @property
    def public_sha256(self) -> str:
        return hashlib.sha256(self.public).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """What is not simply one of the two files."""
        return {
            "extension": self.extension,
            "width": self.width,
            "height": self.height,
            "difference_hash": self.difference_hash,
            "told": self.told,
        }

    @classmethod
    def from_json(cls, words: Mapping[str, Any], content: bytes, public: bytes) -> DecodedPhoto:
        """Raises KeyError, OverflowError, TypeError or ValueError: whoever opened it may not be itself any more."""
        width, height = int(words["width"]), int(words["height"])
        if min(width, height) <= 0 or width * height > MOST_OF_ALL:
            raise ValueError
        if words["extension"] not in EXTENSIONS.values():
            raise ValueError
        return cls(
            sha256=hashlib.sha256(content).hexdigest(),
            extension=words["extension"],
            size=len(content),
            width=width,
            height=height,
            public=public,
            difference_hash=int(words["difference_hash"]) % 2**64,
            told=dict(words["told"]),
        )
