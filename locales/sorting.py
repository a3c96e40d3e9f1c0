"""The order of Vietnamese: its own alphabet first, then its tones, syllable by syllable. Collation."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeAlias

from locales.folding import clean

_ALPHABET = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Huyền, hỏi, ngã, sắc, nặng; a syllable with no mark, ngang, comes before them."""

_SYLLABLE = re.compile(r"\d+|[^\W\d_]+")

_Syllable: TypeAlias = tuple[int, int, tuple[int, ...], int]
SortKey: TypeAlias = tuple[tuple[_Syllable, ...], str]


def sort_key(text: str) -> SortKey:
    """What sorts a text among others as a Vietnamese dictionary does, and its numbers by size."""
    text = clean(text)
    return tuple(_rank(found) for found in _SYLLABLE.findall(text.casefold())), text


def name_key(full_name: str) -> tuple[SortKey, SortKey]:
    """What sorts people by given name, which is the last word, and then by the words before it."""
    *family, given = full_name.split() or [""]
    return sort_key(given), sort_key(" ".join(family))


def _rank(syllable: str) -> _Syllable:
    if syllable.isdecimal():
        # Python refuses to read thousands of digits; nobody's house or class has more than these.
        return 0, int(syllable[:18]), (), 0
    letters, tone = [], 0
    for letter in syllable:
        bare, found = _without_tone(letter)
        letters.append(_ALPHABET.get(bare, len(_ALPHABET) + ord(bare)))
        tone = found or tone
    return 1, 0, tuple(letters), tone


def _without_tone(letter: str) -> tuple[str, int]:
    parts = unicodedata.normalize("NFD", letter)
    tone = next((_TONES[part] for part in parts if part in _TONES), 0)
    bare = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
    return bare[:1], tone
