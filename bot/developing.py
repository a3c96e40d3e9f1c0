"""A photo becomes one that may be shown: upright, small, and silent about where it was taken."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

# Our own limit stands in `_opened`; the library's would only warn, and that for every thread at once.
Image.MAX_IMAGE_PIXELS = None

MOST_PIXELS = 60_000_000
"""More than any phone makes; a small file that claims more would fill the memory."""
LONGEST_SIDE = 1600
"""Pixels: enough to count the blankets, little enough for a slow connection."""
QUALITY = 85
EXTENSIONS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
"""MPO is what some phones make of a JPEG with more than one picture in it."""
OPENED = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPhoto(Exception):
    """The bytes are no picture that can be kept; holds a few plain words."""


@dataclass(frozen=True, slots=True)
class Developed:
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

    @property
    def public_sha256(self) -> str:
        return hashlib.sha256(self.public).hexdigest()


def develop(content: bytes) -> Developed:
    """Raises NotAPhoto. Takes up to a second: call it in a thread."""
    try:
        with _opened(content) as image:
            extension = EXTENSIONS[image.format or ""]
            # A JPEG can be read at half, a quarter or an eighth of its size, which saves most of the work.
            size = _upright_size(image)
            image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = _on_white(ImageOps.exif_transpose(image))
    except NotAPhoto:
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        MemoryError,
    ) as error:
        raise NotAPhoto(type(error).__name__) from None
    fingerprint = difference_hash(upright)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    public = io.BytesIO()
    upright.save(public, "JPEG", quality=QUALITY, optimize=True, exif=b"", icc_profile=None)
    return Developed(
        sha256=hashlib.sha256(content).hexdigest(),
        extension=extension,
        size=len(content),
        width=size[0],
        height=size[1],
        public=public.getvalue(),
        difference_hash=fingerprint,
    )


def difference_hash(image: Image.Image) -> int:
    """Whether each of 8 × 8 places is darker than its neighbour on the right."""
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    shades = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            place = row * 9 + column
            bits = bits << 1 | (shades[place] < shades[place + 1])
    return bits


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=OPENED)
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise NotAPhoto("too many pixels")
    return image


def _upright_size(image: Image.Image) -> tuple[int, int]:
    lying = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if lying else (image.width, image.height)


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not know, and without anything but pixels."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        coloured = image.convert("RGBA")
        paper = Image.new("RGB", coloured.size, "white")
        paper.paste(coloured, mask=coloured.getchannel("A"))
        return paper
    pixels = image.convert("RGB")
    pixels.info.clear()
    return pixels
