"""Pictures of nothing real, as bytes: whole ones, and those that phones and mischief make."""

from __future__ import annotations

import base64
import functools
import io
import struct
import zlib

from PIL import ExifTags, Image, ImageDraw


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


def place_and_camera(orientation: int = 1) -> Image.Exif:
    """What a phone writes into a photo: taken at Nà Tềnh, which does not exist."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Invented"
    exif[ExifTags.Base.Model] = "Model 1"
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    detail[ExifTags.Base.DateTimeOriginal] = "2026:11:18 09:12:33"
    detail[ExifTags.Base.OffsetTimeOriginal] = "+07:00"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef] = "N"
    place[ExifTags.GPS.GPSLatitude] = (22.0, 39.0, 36.0)
    place[ExifTags.GPS.GPSLongitudeRef] = "E"
    place[ExifTags.GPS.GPSLongitude] = (105.0, 42.0, 18.0)
    return exif


@functools.cache
def huge_jpeg() -> bytes:
    """A hundred million pixels, all there."""
    return saved(picture((10_000, 10_000)))


def png_claiming(width: int, height: int, *chunks: bytes) -> bytes:
    """The beginning of a PNG of any size, with further chunks, and hardly any pixels in it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (chunk(b"IHDR", header), *chunks, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


def chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def webp_claiming(width: int, height: int) -> bytes:
    """A WEBP that claims a canvas and shows one pixel of it."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    body = b"WEBP" + extended + saved(Image.new("RGB", (1, 1)), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@functools.cache
def blank_webp(side: int) -> bytes:
    """White all over, in a few kilobytes."""
    return saved(Image.new("RGB", (side, side), "white"), "WEBP", lossless=True)


@functools.cache
def slow_jpeg(side: int = 4000, scans: int = 20_000) -> bytes:
    """A progressive JPEG whose last scan comes again and again: each refines every place of the picture."""
    jpeg = saved(Image.new("L", (side, side), "gray"), progressive=True)
    last = jpeg.rindex(b"\xff\xc4")
    return jpeg[:-2] + jpeg[last:-2] * scans + jpeg[-2:]


def png_of_fractions(megabytes: int) -> bytes:
    """A small picture that says one thing of itself: a very long list of thirds."""
    count = megabytes * 1_000_000 // 8
    words = b"MM\x00*" + struct.pack(">IHHHIII", 8, 1, 0xC000, 5, count, 26, 0)
    png = saved(picture((64, 48)), "PNG")
    place = png.index(b"IDAT") - 4
    return png[:place] + chunk(b"eXIf", words + struct.pack(">II", 1, 3) * count) + png[place:]


def sixteen_shades() -> bytes:
    """A PNG of sixteen bits a pixel, from black on the left to white on the right."""
    image = Image.new("I;16", (160, 20))
    for column in range(160):
        for row in range(20):
            image.putpixel((column, row), column // 10 * 0xFFFF // 15)
    return saved(image, "PNG")


HEIC = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAA
    AAAAABAAAARmlsb2MAAAAAREAAAwABAAAAAAHuAAEAAAAAAAACAAACAAAAAAPuAAEAAAAAAAAA4AADAAAAAATOAAEAAAAAAAAANgAAAGJpaW5m
    AAAAAAADAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAFWluZmUCAAABAAIAAEV4aWYAAAAAKmluZmUCAAABAAMAAG1pbWUAYXBwbGljYXRpb24vcm
    RmK3htbAAAAAAAv2lwcnAAAAChaXBjbwAAAHVodmNDAQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroC
    QCEAAQAoQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3BlAAAAAAAAAGAAAABAAAAAEH
    BpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAAAoaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAA5jZHNjAAMAAQABAAADHm1kYXQA
    AAH8KAGvWJ2wsVFSN/9k1/7HYFzXxJfVuiETN42ncBCJORbWnjsM83yHXuci1PStHxFMpZQfSS41EFYQhWyNuKMw+c9dGokiuYlSr/jbzkRZnL
    HEjxWc24Zo4C6PrVubKbdgwbncKmxFs56Fb8cSH2vyL8A/9v+FgwOTJtb240pgv4cVdWTsFM8LgFTyIza+lz+dChZjIQUWa6n9JDt8GuwKErvq
    BkiDW16lJxW5xlxS0O3GJesJYbaN5rya3uUpKArO9bPss+E7oJk9hLaL3yS2TJXx38GfmT+lcnRn3KHoTUClZZa7nIK72oQZ0TKNcZ4HR96YBo
    j88I61l8BFStekVhFJoGw3oQwmcuFHuv2q5KI1LSLMXZUCNOo+0/JLqFkqEdJbAK+e1laMoiH55cI752TSZnSAmE7dJv2nVxhAa2URkho1AJ2s
    serTnfIoGlzeDTWEMbwKS73QU9fgBZ3lRqMTIQSc7rNpLlZnjVEG+UjW0xb/QV/KRpN8EpAL7n/WCBQ7hQd5fDcgdlqEcHA39nWUbnIvQoklia
    S81qOETLYWFEbfu1ajQ/Fk82N91M4YYHIXIbEbZXMZVp/Av4tFPxUBKgm2PG1F2ySso5TCZw+iQhf3KDpTT6K9jsvxet/+D8nYCx+i7d71u6W7
    83A6glBZps7ubLoHsLlQGAAAAABNTQAqAAAACAAEAQ8AAgAAAAkAAAA+ARAAAgAAAAgAAABIh2kABAAAAAEAAABQiCUABAAAAAEAAAB2AAAAAE
    ludmVudGVkAABNb2RlbCAxAAABkAMAAgAAABQAAABiAAAAADIwMjY6MTE6MTggMDk6MTI6MzMAAAQAAQACAAAAAk4AAAAAAgAFAAAAAwAAAKwA
    AwACAAAAAkUAAAAABAAFAAAAAwAAAMQAAAAAAAAAFgAAAAEAAAAnAAAAAQAAACQAAAABAAAAaQAAAAEAAAAqAAAAAQAAABIAAAABPHg6eG1wbW
    V0YSB4bWxuczp4PSdhZG9iZTpuczptZXRhLyc+c2VjcmV0PC94OnhtcG1ldGE+

    """
)
"""The picture above, 96 × 64, with the place and camera above but no offset, and with XMP that says “secret”. Nothing
that we install can write HEIC, so it was made once: Pillow wrote a JPEG, and `heif-enc -q 40` of Debian's
libheif-examples 1.15.1 turned it into this."""
