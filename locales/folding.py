"""Vietnamese as telephones send it: composed or not, with marks in two traditions, or with none."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

_JOINER = "\u200d"
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_LINE_ENDS = re.compile("\r\n|[\r\u0085\u2028\u2029\u000b\u000c]")
_CONTROLS = re.compile("[\u0000-\u0008\u000e-\u001f\u007f-\u009f\ud800-\udfff]")

_NO_CHARACTER = re.compile("[\u0000\ud800-\udfff]")

_KEYCAP = re.compile("[\ufe0f\u20e3]")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"
_MINUS = str.maketrans(dict.fromkeys(_DASHES, "-"))


def clean(text: str) -> str:
    """The text as it is kept: composed, in one kind of space, without invisible characters. Unicode's NFC."""
    text = _LINE_ENDS.sub("\n", text)
    text = _SPACES.sub(" ", text)
    text = _CONTROLS.sub("", text)
    text = _INVISIBLE.sub("", text)
    text = _without_idle_joiners(text)
    # An Icelandic letter looks like the Vietnamese one and is found on some keyboards.
    text = text.replace("\u00d0", "Đ")
    return unicodedata.normalize("NFC", text).strip()


def storable(value: Any) -> Any:
    """A value of JSON without the two things in words that no store keeps: NUL, and half a character."""
    if isinstance(value, str):
        return _NO_CHARACTER.sub("", value)
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [storable(inner) for inner in value]
    return value


def fold(text: str) -> str:
    """The text as it is compared: no marks, no case, single spaces. Diacritic and case folding."""
    text = unicodedata.normalize("NFKD", clean(text).casefold())
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return " ".join(text.replace("đ", "d").replace("\u00f0", "d").casefold().split())


def marks(text: str) -> tuple[str, ...]:
    """The marks of each word, wherever they stand in it: “hoà” and “hòa” have the same, “đủ” and “dư” have not."""
    found = []
    for word in clean(text).casefold().split():
        letters = unicodedata.normalize("NFD", word)
        found.append(
            "".join(sorted(one for one in letters if one == "đ" or unicodedata.combining(one)))
        )
    return tuple(found)


def plain_digits(text: str) -> str:
    """The text with its digits as 0 to 9, whatever script, width or keycap they were typed in."""
    text = unicodedata.normalize("NFKC", _KEYCAP.sub("", text)).translate(_MINUS)
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)


def _without_idle_joiners(text: str) -> str:
    """Joiners stay only where they make one emoji out of several."""
    if _JOINER not in text:
        return text
    kept = []
    for place, letter in enumerate(text):
        if letter == _JOINER:
            before = text[place - 1] if place else ""
            after = text[place + 1 : place + 2]
            if not (_pictures(before) and _pictures(after)):
                continue
        kept.append(letter)
    return "".join(kept)


def _pictures(letter: str) -> bool:
    return letter == "\ufe0f" or (letter != "" and unicodedata.category(letter) in {"So", "Sk"})
