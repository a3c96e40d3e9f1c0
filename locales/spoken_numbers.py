"""How Vietnamese puts a number together from numerals: formally, in the market, and in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction

from locales.folding import fold


class NumeralKind(Enum):
    """What a piece of a message does in a number."""

    LITERAL = auto()
    DIGIT = auto()
    LATE = auto()
    """A digit as it sounds only after a ten: mốt, tư, lăm."""
    TWENTY = auto()
    UNIT = auto()
    LINH = auto()
    """“And”, in the place of an empty ten."""
    HALF = auto()
    HALF_MORE = auto()
    MISSPELT = auto()
    WORD = auto()
    MARK = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A word, a run of digits or a mark."""

    text: str
    kind: NumeralKind
    value: int = 0
    readings: tuple[Fraction, ...] = ()
    glued: bool = False
    """Nothing stands between it and the piece before."""

    @property
    def counts(self) -> bool:
        return self.kind not in {NumeralKind.MISSPELT, NumeralKind.WORD, NumeralKind.MARK}

    @property
    def is_digit(self) -> bool:
        return self.kind in {NumeralKind.DIGIT, NumeralKind.LATE}


_SPELT: dict[NumeralKind, dict[str, int]] = {
    NumeralKind.LATE: {"lăm": 5, "nhăm": 5, "tư": 4, "mốt": 1},
    NumeralKind.DIGIT: {
        "không": 0,
        "một": 1,
        "hai": 2,
        "ba": 3,
        "bốn": 4,
        "năm": 5,
        "sáu": 6,
        "bảy": 7,
        "bẩy": 7,
        "tám": 8,
        "chín": 9,
    },
    NumeralKind.TWENTY: {"hăm": 20},
    NumeralKind.UNIT: {
        "mươi": 10,
        "mười": 10,
        "chục": 10,
        "trăm": 100,
        "nghìn": 1000,
        "ngàn": 1000,
        "k": 1000,
        "vạn": 10_000,
        "triệu": 1_000_000,
        "tr": 1_000_000,
        "tỷ": 1_000_000_000,
        "tỉ": 1_000_000_000,
    },
    NumeralKind.LINH: {"linh": 0, "lẻ": 0},
    NumeralKind.HALF: {"nửa": 0},
    NumeralKind.HALF_MORE: {"rưỡi": 0, "rưởi": 0},
}

NUMERALS: dict[str, tuple[NumeralKind, int]] = {
    spelling: (kind, value)
    for kind, words in _SPELT.items()
    for word, value in words.items()
    for spelling in (fold(word), word)
}
"""Every numeral, as it is spelt and without its marks; there “mot” is the digit, not the late one."""

_SHORT = {"tr", "k"}
_NOTHING: frozenset[Fraction] = frozenset()


def values(pieces: Sequence[Piece]) -> frozenset[Fraction]:
    """All that a run of numerals can mean; nothing when it is no number."""
    if len(pieces) == 1 and pieces[0].kind is NumeralKind.LITERAL:
        # Alone, a fraction is never meant where whole things are counted, but a point may be.
        return frozenset(pieces[0].readings[:1])
    return _values(pieces)


def _values(pieces: Sequence[Piece]) -> frozenset[Fraction]:
    units = [one.value for one in pieces if one.kind is NumeralKind.UNIT]
    if not units:
        return _without_unit(pieces)
    largest = max(units)
    if units.count(largest) > 1:
        return _NOTHING
    at = next(
        place
        for place, one in enumerate(pieces)
        if one.value == largest and one.kind is NumeralKind.UNIT
    )
    before, unit, after = pieces[:at], pieces[at], pieces[at + 1 :]
    times, rest = _times(before, unit), _rest(unit, after)
    return frozenset(
        one * largest + more for one in times for more in rest if one.denominator == 1 or not after
    )


def _without_unit(pieces: Sequence[Piece]) -> frozenset[Fraction]:
    match [one.kind for one in pieces]:
        case [NumeralKind.LITERAL]:
            return frozenset(pieces[0].readings)
        case [NumeralKind.DIGIT | NumeralKind.TWENTY]:
            return frozenset({Fraction(pieces[0].value)})
        case [NumeralKind.TWENTY, NumeralKind.DIGIT | NumeralKind.LATE]:
            return frozenset({Fraction(20 + pieces[1].value)})
        case [NumeralKind.DIGIT, NumeralKind.LATE] if pieces[0].value > 1:
            return frozenset({Fraction(pieces[0].value * 10 + pieces[1].value)})
    return _NOTHING


def _times(before: Sequence[Piece], unit: Piece) -> frozenset[Fraction]:
    """How many of the unit there are; none said is one, except of the tens after a digit."""
    if not before:
        return frozenset({Fraction(1)}) if unit.text != "mươi" else _NOTHING
    if [one.kind for one in before] == [NumeralKind.HALF]:
        return frozenset({Fraction(1, 2)}) if unit.value > 10 else _NOTHING
    # “Năm mười” is five or ten; in every other pair the mark is only misplaced.
    if unit.text == "mười" and before[-1].text == "năm":
        return _NOTHING
    found = _values(before)
    if unit.value == 10:
        least = 1 if unit.text in {"chục", "chuc"} else 2
        return frozenset(one for one in found if least <= one <= 9)
    return frozenset(one for one in found if unit.value > 100 or one <= 99)


def _rest(unit: Piece, after: Sequence[Piece]) -> frozenset[Fraction]:
    """What follows a unit: smaller units, or in everyday speech tenths of this one."""
    if not after:
        return frozenset({Fraction(0)})
    if len(after) == 1:
        only = after[0]
        if only.kind is NumeralKind.HALF_MORE:
            return frozenset({Fraction(unit.value, 2)}) if unit.text not in _TENS else _NOTHING
        if only.is_digit:
            return frozenset({Fraction(only.value * (1 if unit.value == 10 else unit.value // 10))})
        if only.kind is NumeralKind.LITERAL:
            return _rest_in_digits(unit, only)
    if after[0].kind is NumeralKind.LINH:
        return frozenset(one for one in _values(after[1:]) if unit.value > 10 and one <= 10)
    found = frozenset(one for one in _values(after) if one < unit.value and one.denominator == 1)
    if unit.value >= 1000 and _may_be_short(unit, after):
        return found | {one * unit.value / 1000 for one in found}
    return found


_TENS = {"mươi", "mười", "muoi"}


def _may_be_short(unit: Piece, after: Sequence[Piece]) -> bool:
    """“Một triệu hai trăm” may leave out the thousands it means, “một nghìn hai lăm” the hundred."""
    if unit.value == 1000:
        return not any(one.kind is NumeralKind.UNIT for one in after)
    named = any(one.kind is NumeralKind.UNIT and one.value >= 1000 for one in after)
    return unit.value > 10_000 and not named and after[0].text not in {"không", "khong"}


def _rest_in_digits(unit: Piece, literal: Piece) -> frozenset[Fraction]:
    """Digits after a unit: 1tr2, 1tr25, 1tr250, 12 nghìn 500, 1 trăm 20, 3 chục 5."""
    size = len(literal.text)
    if not literal.text.isdigit():
        return _NOTHING
    number = Fraction(literal.text)
    if unit.value == 10**size:
        return frozenset({number})
    tenths = number * unit.value / 10**size
    if size == 1 or (size <= 3 and unit.text in _SHORT and unit.value > 1000):
        return frozenset({tenths})
    return frozenset({tenths, number}) if size < len(str(unit.value)) else _NOTHING
