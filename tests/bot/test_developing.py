"""A photo that is shown holds nothing but its pixels."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from bot.developing import NotAPhoto, develop


def picture(size: tuple[int, int] = (2000, 1000), *, mode: str = "RGB") -> Image.Image:
    image = Image.new(mode, size, "white")
    drawing = ImageDraw.Draw(image)
    drawing.rectangle((0, 0, size[0] // 4, size[1] // 2), fill="red")
    drawing.ellipse((size[0] // 2, size[1] // 3, size[0], size[1]), fill="blue")
    return image


def saved(image: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **more)
    return content.getvalue()


def with_place(image: Image.Image, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Điện thoại"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (22.0, 39.0, 0.0)
    return saved(image, exif=exif, comment=b"secret")


def test_where_a_photo_was_taken_does_not_come_along():
    content = with_place(picture())
    assert b"Exif" in content
    public = develop(content).public
    for trace in (b"Exif", b"GPS", b"secret", b"ICC_PROFILE"):
        assert trace not in public
    with Image.open(io.BytesIO(public)) as shown:
        assert shown.format == "JPEG"
        assert dict(shown.getexif()) == {}


def test_a_photo_is_shown_small_enough_and_its_true_size_is_known():
    developed = develop(saved(picture()))
    assert (developed.width, developed.height, developed.extension) == (2000, 1000, "jpg")
    with Image.open(io.BytesIO(developed.public)) as shown:
        assert shown.size == (1600, 800)


def test_a_photo_taken_upright_is_shown_upright():
    developed = develop(with_place(picture(), orientation=6))
    assert (developed.width, developed.height) == (1000, 2000)
    with Image.open(io.BytesIO(developed.public)) as shown:
        assert shown.size == (800, 1600)
        red, green, blue = shown.getpixel((790, 10))
    assert (red > 200, green < 60, blue < 60) == (True, True, True)


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB"), ("PNG", "L")]
)
def test_other_kinds_of_pictures_are_shown_too(kind: str, mode: str):
    developed = develop(saved(picture((40, 30)).convert(mode), kind))
    with Image.open(io.BytesIO(developed.public)) as shown:
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (40, 30))


@pytest.mark.parametrize(
    "content", [b"", b"not a photo", b"%PDF-1.7", saved(picture())[:2000], b"\xff\xd8\xff\xe0"]
)
def test_what_is_no_photo_is_said_to_be_none(content: bytes):
    with pytest.raises(NotAPhoto):
        develop(content)


def test_a_small_file_that_would_fill_the_memory_is_not_opened():
    bomb = saved(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 200_000
    with pytest.raises(NotAPhoto, match="too many pixels"):
        develop(bomb)


def test_photos_that_look_alike_are_nearly_alike():
    first = develop(saved(picture())).difference_hash
    again = develop(saved(picture((1000, 500)), quality=40)).difference_hash
    other = develop(saved(picture().transpose(Image.Transpose.FLIP_LEFT_RIGHT))).difference_hash
    assert (first ^ again).bit_count() <= 4
    assert (first ^ other).bit_count() > 10
    assert 0 <= first < 2**64
