"""A photo that is shown holds nothing but its pixels."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import ExifTags, Image

from bot.photos.decoded import Fault, NotAPhoto
from bot.photos.public_copy import decode
from tests.photographs import (
    HEIC,
    chunk,
    huge_jpeg,
    picture,
    place_and_camera,
    png_claiming,
    png_of_fractions,
    saved,
    sixteen_shades,
    webp_claiming,
)

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>secret</x:xmpmeta>"
TRACES = (b"Exif", b"GPS", b"secret", b"ICC_PROFILE", b"Invented", b"xmp", b"Photoshop", b"8BIM")


def with_everything(image: Image.Image, orientation: int = 1) -> bytes:
    """EXIF, XMP, IPTC, a colour profile and a comment."""
    jpeg = saved(
        image,
        exif=place_and_camera(orientation),
        xmp=XMP,
        comment=b"secret",
        icc_profile=b"secret" * 40,
    )
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\x00\x00\x00\x00\x00\x0b\x1c\x02\x78\x00\x06secret\x00"
    return jpeg[:2] + b"\xff\xed" + (len(iptc) + 2).to_bytes(2, "big") + iptc + jpeg[2:]


def fault_of(content: bytes) -> Fault:
    with pytest.raises(NotAPhoto) as refused:
        decode(content)
    return refused.value.fault


@pytest.mark.parametrize(
    "taken",
    [
        lambda: with_everything(picture()),
        lambda: saved(picture(), "PNG", exif=place_and_camera(), icc_profile=b"secret" * 40),
        lambda: saved(picture(), "WEBP", exif=place_and_camera(), xmp=XMP),
        lambda: HEIC,
    ],
)
def test_where_a_photo_was_taken_does_not_come_along(taken: Callable[[], bytes]):
    content = taken()
    assert b"Invented" in content
    public = decode(content).public
    for trace in TRACES:
        assert trace not in public
    with Image.open(io.BytesIO(public)) as shown:
        assert shown.format == "JPEG"
        assert dict(shown.getexif()) == {}
        assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(
    ("taken", "offset"),
    [(lambda: with_everything(picture()), {"utc_offset": "+07:00"}), (lambda: HEIC, {})],
)
def test_where_and_when_it_was_taken_is_known_for_an_audit(
    taken: Callable[[], bytes], offset: dict[str, str]
):
    assert decode(taken()).told == {
        "make": "Invented",
        "model": "Model 1",
        "taken_at": "2026-11-18T09:12:33",
        "latitude": 22.66,
        "longitude": 105.705,
        **offset,
    }


def test_a_photo_that_tells_nonsense_of_itself_is_kept_all_the_same():
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "\x00Máy\x07 " + "x" * 5000
    exif[ExifTags.Base.DateTime] = "yesterday"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitude] = (900.0, 0.0, 0.0)
    place[ExifTags.GPS.GPSLongitude] = (1.0,)
    told = decode(saved(picture(), exif=exif)).told
    assert told.keys() == {"make"}
    assert len(str(told["make"])) <= 64
    assert str(told["make"]).isprintable()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
@pytest.mark.parametrize(
    "torn",
    [b"", b"MM\x00*", b"MM\x00*\xff\xff\xff\xff" + bytes(40), b"MM\x00*\x00\x00\x00\x08\xff\xff"],
)
def test_a_photo_with_torn_words_about_itself_is_kept_all_the_same(torn: bytes):
    assert decode(saved(picture(), exif=b"Exif\x00\x00" + torn)).told == {}


def test_a_photo_is_shown_small_enough_and_its_true_size_is_known():
    decoded = decode(saved(picture()))
    assert (decoded.width, decoded.height, decoded.extension) == (2000, 1000, "jpg")
    with Image.open(io.BytesIO(decoded.public)) as shown:
        assert shown.size == (1600, 800)


def test_a_photo_taken_upright_is_shown_upright():
    decoded = decode(with_everything(picture(), orientation=6))
    assert (decoded.width, decoded.height) == (1000, 2000)
    with Image.open(io.BytesIO(decoded.public)) as shown:
        assert shown.size == (800, 1600)
        red, green, blue = shown.getpixel((790, 10))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


def test_a_heic_photo_is_shown_as_everybody_can_see_it():
    decoded = decode(HEIC)
    assert (decoded.width, decoded.height, decoded.extension) == (96, 64, "heic")
    with Image.open(io.BytesIO(decoded.public)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (96, 64))
        red, green, blue = shown.getpixel((8, 8))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "P"),
        ("PNG", "LA"),
        ("PNG", "I;16"),
        ("PNG", "1"),
        ("WEBP", "RGB"),
        ("PNG", "L"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
    ],
)
def test_other_kinds_of_pictures_are_shown_too(kind: str, mode: str):
    drawn = picture((40, 30))
    image = drawn.convert("L").convert(mode) if mode == "I;16" else drawn.convert(mode)
    decoded = decode(saved(image, kind))
    with Image.open(io.BytesIO(decoded.public)) as shown:
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (40, 30))


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (lambda: b"", Fault.EMPTY),
        (lambda: b"not a photo", Fault.NO_PICTURE),
        (lambda: b"%PDF-1.7" + saved(picture()), Fault.NO_PICTURE),
        (lambda: b"<!DOCTYPE html><img>" + saved(picture()), Fault.NO_PICTURE),
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", Fault.NO_PICTURE),
        (lambda: b"PK\x03\x04" + saved(picture()), Fault.NO_PICTURE),
        (lambda: saved(picture())[:2000], Fault.BROKEN),
        (lambda: b"\xff\xd8\xff\xe0", Fault.BROKEN),
        (lambda: saved(picture(), "PNG")[:200], Fault.BROKEN),
        (lambda: saved(picture(), "WEBP")[:40], Fault.BROKEN),
        (lambda: HEIC[:600], Fault.BROKEN),
        (huge_jpeg, Fault.TOO_MANY_PIXELS),
        (lambda: saved(Image.new("1", (20_000, 20_000)), "PNG"), Fault.BOMB),
        (lambda: png_claiming(30_000, 30_000), Fault.BOMB),
        (lambda: webp_claiming(16_000, 16_000), Fault.BOMB),
    ],
)
def test_each_thing_that_is_no_photo_is_told_apart(made: Callable[[], bytes], fault: Fault):
    assert fault_of(made()) == fault


@pytest.mark.parametrize(
    ("name", "before"),
    [
        (b"zTXt", b"Comment\x00\x00"),
        (b"iTXt", b"Comment\x00\x01\x00\x00\x00"),
        (b"iCCP", b"profile\x00\x00"),
    ],
)
def test_words_that_would_fill_the_memory_are_not_unpacked(name: bytes, before: bytes):
    bomb = png_claiming(10, 10, chunk(name, before + zlib.compress(bytes(50_000_000))))
    tracemalloc.start()
    try:
        assert fault_of(bomb) == Fault.BOMB
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_moves_is_no_photo_however_many_pictures_it_has(kind: str):
    frames = [Image.new("L", (8, 8), shade) for shade in range(200)]
    moving = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    assert fault_of(moving) == Fault.MOVING


def test_a_photo_with_a_second_picture_for_depth_is_a_photo():
    photo = saved(picture((40, 30)), "MPO", save_all=True, append_images=[picture((20, 15))])
    assert decode(photo).extension == "jpg"


def test_what_hides_behind_a_photo_stays_out_of_what_is_shown():
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("secret.html", "<script>secret</script>")
    for behind in (hidden.getvalue(), b"<html><script>secret</script></html>"):
        photo = saved(picture()) + behind
        decoded = decode(photo)
        assert decoded.size == len(photo)
        for trace in (b"PK\x03\x04", b"secret", b"<script>"):
            assert trace not in decoded.public
        assert decoded.public == decode(saved(picture())).public


def test_a_grey_picture_of_sixteen_bits_keeps_its_shades():
    with Image.open(io.BytesIO(decode(sixteen_shades()).public)) as shown:
        shades = [shown.convert("L").getpixel((column * 10 + 5, 10)) for column in range(16)]
    assert all(abs(shade - 17 * number) <= 3 for number, shade in enumerate(shades)), shades


def test_a_long_list_of_fractions_in_a_photo_is_left_unread():
    photo = png_of_fractions(2)
    tracemalloc.start()
    try:
        assert decode(photo).told == {}
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5 * len(photo)


def test_photos_that_look_alike_are_nearly_alike():
    first = decode(saved(picture())).difference_hash
    again = decode(saved(picture((1000, 500)), quality=40)).difference_hash
    other = decode(saved(picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT))).difference_hash
    assert (first ^ again).bit_count() <= 4
    assert (first ^ other).bit_count() > 10
    assert 0 <= first < 2**64
