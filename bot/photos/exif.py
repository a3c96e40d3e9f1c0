"""A photo says of itself when, where and with which camera it was taken; only an audit may read it.

Its EXIF metadata.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

from bot.photos.decoded import Told

LONGEST = 64
"""Letters kept of each; a name of a camera is far shorter, and whoever wrote more wanted something else."""
LONGEST_OF_ALL = 256 * 1024
"""Bytes of all that a photo says of itself; a JPEG has room for 64 kB. In memory it is a hundred times as much."""
CAMERA = {
    "make": ExifTags.Base.Make,
    "model": ExifTags.Base.Model,
    "software": ExifTags.Base.Software,
}
OFFSET = re.compile(r"[+-]\d\d:\d\d")
ORIENTATIONS = range(1, 9)


def read(image: Image.Image) -> tuple[Told, int]:
    """What is known, and the orientation from 1 (upright) to 8; whatever the bytes are, it does not raise."""
    try:
        exif = image.getexif()
        if len(image.info.get("exif", b"")) > LONGEST_OF_ALL:
            return {}, 1
        main = dict(exif)
        detail = dict(exif.get_ifd(ExifTags.IFD.Exif))
        place = dict(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:
        # The library raises whatever a wrong shape makes Python raise, and the pixels may be whole all the same.
        return {}, 1
    told = _camera(main) | _taken_at(main, detail) | _place(place)
    turned = main.get(ExifTags.Base.Orientation)
    return told, turned if isinstance(turned, int) and turned in ORIENTATIONS else 1


def _camera(main: Mapping[int, Any]) -> Told:
    found = {name: _words(main.get(tag)) for name, tag in CAMERA.items()}
    return {name: words for name, words in found.items() if words}


def _words(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "ignore")
    if not isinstance(value, str):
        return ""
    # No store keeps a NUL or half a character, and nobody reads the other signs that cannot be printed.
    return "".join(letter for letter in value if letter.isprintable()).strip()[:LONGEST]


def _taken_at(main: Mapping[int, Any], detail: Mapping[int, Any]) -> Told:
    base = ExifTags.Base
    for told in (detail.get(base.DateTimeOriginal), main.get(base.DateTime)):
        try:
            # A camera knows no time zone; that it says so is what is kept.
            moment = datetime.strptime(_words(told)[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007
        except ValueError:
            continue
        offset = _words(detail.get(base.OffsetTimeOriginal))
        known: Told = {"utc_offset": offset} if OFFSET.fullmatch(offset) else {}
        return {"taken_at": moment.isoformat(), **known}
    return {}


def _place(place: Mapping[int, Any]) -> Told:
    gps = ExifTags.GPS
    latitude = _number(lambda: _degrees(place[gps.GPSLatitude]), 90)
    longitude = _number(lambda: _degrees(place[gps.GPSLongitude]), 180)
    if latitude is None or longitude is None:
        return {}
    south = _words(place.get(gps.GPSLatitudeRef)) == "S"
    west = _words(place.get(gps.GPSLongitudeRef)) == "W"
    told: Told = {
        "latitude": -latitude if south else latitude,
        "longitude": -longitude if west else longitude,
    }
    altitude = _number(lambda: float(place[gps.GPSAltitude]), 10_000)
    return told if altitude is None else {**told, "altitude": altitude}


def _degrees(parts: Any) -> float:
    degrees, minutes, seconds = parts
    return float(degrees) + float(minutes) / 60 + float(seconds) / 3600


def _number(read: Callable[[], float], most: float) -> float | None:
    """None for what is not there, no number (a division by nothing is none either), or beyond what there can be."""
    try:
        number = read()
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    return round(number, 6) if 0 <= number <= most else None
