"""A photo becomes one that may be shown: upright, small, and silent about where it was taken. EXIF stripping."""

from __future__ import annotations

import hashlib
import io

import pi_heif
from PIL import Image, UnidentifiedImageError

from bot.photos import exif
from bot.photos.decoded import EXTENSIONS, DecodedPhoto, Fault, NotAPhoto

# Our own limit stands in `_fits`; the library's would only warn, and that for every thread at once.
Image.MAX_IMAGE_PIXELS = None
# The other pictures that a HEIC file may hold are not needed, and one thread is as many as a photo gets.
pi_heif.register_heif_opener(
    thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
)

MOST_PIXELS = 60_000_000
"""More than nearly any phone makes. Measured with so many pixels: a JPEG takes 40 MB, since it is read smaller at once,
a progressive one up to 360, HEIC 420, PNG 340, with transparency or a palette 620, and WEBP, whose decoder keeps whole
copies, 930. What of this is too much is decided by the limits of whoever runs this."""
BOMB = 256
"""Pixels for each byte of a file. JPEG cannot pack more than about 60, even of a white wall."""
LONGEST_SIDE = 1600
"""Pixels: enough to count the blankets, little enough for a slow connection."""
QUALITY = 85
OPENED = ("JPEG", "PNG", "WEBP", "GIF", "HEIF")
MAY_HOLD_MORE = ("MPO", "HEIF")
"""A photo with a second picture for depth or brightness does not move."""
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8")
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation of EXIF."""
LYING = (5, 6, 7, 8)


def decode(content: bytes) -> DecodedPhoto:
    """Raises NotAPhoto or MemoryError. Whoever made the bytes decides how long it takes and what it needs, up to ending
    the process: see `bot.photos.decoding`."""
    try:
        _fits(_webp_canvas(content), len(content))
        with Image.open(io.BytesIO(content), formats=OPENED) as image:
            _fits(image.size, len(content))
            if image.format not in MAY_HOLD_MORE and getattr(image, "is_animated", False):
                raise NotAPhoto(Fault.MOVING)
            extension = EXTENSIONS[image.format or ""]
            told, orientation = exif.read(image)
            width, height = reversed(image.size) if orientation in LYING else image.size
            shown = _small_and_upright(image, orientation)
    except (NotAPhoto, MemoryError):
        raise
    except Exception as error:
        # The library raises whatever wrong bytes make Python raise.
        raise NotAPhoto(_fault(content, error)) from None
    public = io.BytesIO()
    shown.save(public, "JPEG", quality=QUALITY, optimize=True, exif=b"", icc_profile=None)
    return DecodedPhoto(
        sha256=hashlib.sha256(content).hexdigest(),
        extension=extension,
        size=len(content),
        width=width,
        height=height,
        public=public.getvalue(),
        difference_hash=difference_hash(shown),
        told=told,
    )


def difference_hash(image: Image.Image) -> int:
    """Whether each of 8 × 8 places is darker than its neighbour on the right. A perceptual hash (dHash) of 64 bits."""
    small = image.convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    shades = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            place = row * 9 + column
            bits = bits << 1 | (shades[place] < shades[place + 1])
    return bits


def _fault(content: bytes, error: Exception) -> Fault:
    if not content:
        return Fault.EMPTY
    # These are the words with which the library refuses to unpack a PNG's text or colour profile.
    if isinstance(error, ValueError) and "MAX_TEXT" in str(error):
        return Fault.BOMB
    if not isinstance(error, UnidentifiedImageError):
        return Fault.BROKEN
    begun = content.startswith(BEGINNINGS) or content[4:8] == b"ftyp"
    return Fault.BROKEN if begun else Fault.NO_PICTURE


def _fits(size: tuple[int, int], bytes_of_file: int) -> None:
    """Raises NotAPhoto, before anything is decoded."""
    pixels = size[0] * size[1]
    if pixels > MOST_PIXELS:
        bomb = pixels > BOMB * bytes_of_file
        raise NotAPhoto(Fault.BOMB if bomb else Fault.TOO_MANY_PIXELS)


def _webp_canvas(content: bytes) -> tuple[int, int]:
    """The size that a WEBP claims, since the library makes room for it while opening; (0, 0) for anything else."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP":
        return (0, 0)
    match content[12:16]:
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little") + 1
            return (width, int.from_bytes(content[27:30], "little") + 1)
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    width = int.from_bytes(content[26:28], "little") & 0x3FFF
    return (width, int.from_bytes(content[28:30], "little") & 0x3FFF)


def _small_and_upright(image: Image.Image, orientation: int) -> Image.Image:
    """First small, so that all that follows is cheap."""
    # A JPEG can be read at half, a quarter or an eighth of its size, which saves most of the work.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    if image.mode not in {"L", "LA", "RGB", "RGBA", "CMYK"}:
        see_through = image.mode in {"P", "PA"} or "transparency" in image.info
        image = _eight_bits(image) or image.convert("RGBA" if see_through else "RGB")
    side = (LONGEST_SIDE, LONGEST_SIDE)
    image.thumbnail(side, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small = _on_white(image)
    return small.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else small


def _eight_bits(image: Image.Image) -> Image.Image | None:
    """The same shades of grey out of sixteen bits; nothing for other pictures."""
    if not image.mode.startswith("I"):
        return None
    # The library would cut off what is above 255, which is nearly all of it.
    return image.point(lambda shade: shade * (255 / 65535) + 0).convert("L")


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which JPEG does not know, and without anything but pixels."""
    if image.mode in {"RGBA", "LA"}:
        coloured = image.convert("RGBA")
        paper = Image.new("RGB", coloured.size, "white")
        paper.paste(coloured, mask=coloured.getchannel("A"))
        return paper
    pixels = image.convert("RGB")
    pixels.info.clear()
    return pixels
