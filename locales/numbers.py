"""Whole numbers as people in Vietnam type them, in digits, in words and in both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

from locales.folding import clean, fold, plain_digits
from locales.spoken_numbers import NUMERALS, NumeralKind, Piece, values


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something that can be read in more than one way, so that its writer must be asked."""

    candidates: tuple[int, ...] = ()


_LONGEST = 15
"""Digits beyond which nobody counted anything; a number this long is something else."""
_LITERAL = r"\d+(?:[.,]\d+)+|\d{1,3}(?: \d{3}){2,}(?![\d.,])|\d+"
_PIECES = re.compile(rf"(?P<literal>{_LITERAL})|(?P<word>[^\W\d_]+)|(?P<mark>[^\s\w]|_)")
_GROUPED = re.compile(r"[1-9]\d{0,2}([.,])\d{3}(?:\1\d{3})*")
_GROUPED_WITH_FRACTION = re.compile(r"([1-9]\d{0,2}(?:([.,])\d{3})+)(?!\2)[.,](\d{1,2})")
_UNSURE = set("?%‰~±+<>≤≥=/*×°^²³½¼¾\u2044")


def _set(*words: str) -> frozenset[str]:
    return frozenset(word for line in words for word in line.split())


_BEFORE = _set(
    "a da vang u thua bao cao co tong cong so luong la du con nhan duoc tat ca gom chi het roi",
    "ket qua tra loi nay hom bay gio ve toi em minh chau thay vay thi yes only",
)
"""Words that stand before a count without changing it."""
_AFTER = _set(
    "hay hoac hon may ta tro gi phai den toi nua moi thoi or to more chia nhan chua khong thieu",
    "missing short dozen dozens hundred hundreds thousand thousands million millions billion mil",
)
"""Words behind a number that may change it, or say that it is what did not come."""
_COUNTED = _set(
    "em cai suat chiec bo doi tre chau hoc nguoi goi thung kg kilogam can hop quyen cuon ao chan",
    "giay dep tui lit phan lop ho diem ban thay co giao vien cap bao qua dong dua chu tram ngan",
)
"""Words for what is counted; after them a word such as “ba” is three and not a grandmother."""
_OFTEN_ELSE = _set("ba nam năm tam sau bay chin muoi mot một hai van")
"""As the only word of a number, often something else: grandmother, year, after, salt, some."""
_NONE_AT_ALL = re.compile(
    r"(?:da |thua )*(?:khong|zero|none)"
    r"(?: (?:co|em|chau|ai|gi|cai|suat|chiec|nao|het|a|thieu|du|vang|them))*"
)
_ONLY_BESIDE = {NumeralKind.LINH, NumeralKind.HALF_MORE, NumeralKind.HALF, NumeralKind.LATE}
"""Pieces that count only beside others: alone they are ordinary words."""


def read_number(text: str) -> int | Doubtful | None:
    """The number typed; Doubtful when it can be read in more ways, None when it is none."""
    typed = clean(text).lower()
    text = plain_digits(typed)
    if _NONE_AT_ALL.fullmatch(" ".join(re.sub(r"[.,!]", " ", fold(text)).split())):
        return 0
    pieces = list(_pieces(text))
    runs = [list(run) for counts, run in groupby(pieces, key=lambda piece: piece.counts) if counts]
    if not any(any(piece.kind not in _ONLY_BESIDE for piece in run) for run in runs):
        return None
    readings = [values(run) for run in runs]
    found = frozenset[Fraction]().union(*readings)
    whole = {int(value) for value in found if value.denominator == 1}
    if len(found) != 1 or not whole or not all(readings):
        return Doubtful(_candidates(whole, runs))
    number = whole.pop()
    if _UNSURE & set(typed) or not _stands_alone(pieces, runs):
        return Doubtful((number,))
    return -number if pieces[0].text == "-" or fold(pieces[0].text) == "am" else number


def _pieces(text: str) -> Iterator[Piece]:
    found = [*_PIECES.finditer(text)]
    end, before = -1, ""
    for place, match in enumerate(found):
        written, glued = match.group(), match.start() == end
        if match["literal"]:
            yield Piece(written, NumeralKind.LITERAL, readings=_readings(written), glued=glued)
        elif match["word"]:
            following = found[place + 1].group() if place + 1 < len(found) else ""
            yield _word(written, fold(following), glued and before[-1:].isdigit())
        elif written != "-" or not before or before[-1:].isdigit():
            yield Piece(written, NumeralKind.MARK)
        end, before = match.end(), written


def _word(word: str, following: str, glued: bool) -> Piece:
    """A numeral when its marks are right or left out altogether, an ordinary word otherwise."""
    bare = fold(word)
    numeral = NUMERALS.get(word) or NUMERALS.get(bare)
    if numeral is None:
        return Piece(word, NumeralKind.WORD, glued=glued)
    # Apart from its digits, “k” is how the young write “không”.
    if (word != bare and word not in NUMERALS) or (word == "k" and not glued):
        return Piece(word, NumeralKind.MISSPELT, value=numeral[1])
    if bare == "khong" and following not in {"tram", "nghin", "ngan", "trieu"}:
        return Piece(word, NumeralKind.WORD)
    return Piece(word, numeral[0], value=numeral[1])


def _readings(literal: str) -> tuple[Fraction, ...]:
    """What digits with points, commas or spaces between them can mean."""
    digits = re.sub(r"\D", "", literal)
    telephone = digits.startswith("0") and len(digits) > 8
    if len(digits) > _LONGEST or telephone or digits.startswith("000"):
        return ()
    if literal.isdigit() or " " in literal:
        return (Fraction(digits),)
    if with_fraction := _GROUPED_WITH_FRACTION.fullmatch(literal):
        groups = re.sub(r"\D", "", with_fraction[1])
        return (Fraction(f"{groups}.{with_fraction[3]}"),)
    is_decimal = len(re.findall(r"[.,]", literal)) == 1
    decimal = (Fraction(literal.replace(",", ".")),) if is_decimal else ()
    return (Fraction(digits), *decimal) if _GROUPED.fullmatch(literal) else decimal


def _stands_alone(pieces: list[Piece], runs: list[list[Piece]]) -> bool:
    """True when nothing around the number could make it mean something else."""
    if _is_misspelt(pieces, runs) or _is_a_name(pieces):
        return False
    first, last = pieces.index(runs[0][0]), len(pieces) - pieces[::-1].index(runs[-1][-1])
    before = [one for one in pieces[:first] if one.kind is not NumeralKind.MARK]
    if first and pieces[first - 1].text in {".", ","}:
        return False
    if {fold(one.text) for one in before[1:]} - _BEFORE:
        return False
    if before and fold(before[0].text) not in _BEFORE | {"am"}:
        return False
    after = [fold(one.text) for one in pieces[last:] if one.kind is not NumeralKind.MARK]
    # “45 em, không thiếu” only says again that all are there.
    if set(" ".join(after[:3]).replace("khong thieu", "du").split()[:2]) & _AFTER:
        return False
    only = runs[0][0]
    if len(runs[0]) > 1 or only.kind is NumeralKind.LITERAL:
        return True
    if only.kind is NumeralKind.UNIT and only.text not in {"mười", "muoi", "chục"}:
        return False
    return not after or after[0] in _COUNTED or only.text not in _OFTEN_ELSE


def _is_misspelt(pieces: list[Piece], runs: list[list[Piece]]) -> bool:
    """True when a word beside the number looks like a numeral under wrong marks."""
    in_digits = all(one.kind is NumeralKind.LITERAL for run in runs for one in run)
    return any(
        one.kind is NumeralKind.MISSPELT and (one.value > 9 or not in_digits) for one in pieces
    )


def _is_a_name(pieces: list[Piece]) -> bool:
    """True of “5A”, which is a class, and “T5”, which is a day."""
    for before, after in pairwise(pieces):
        digits_first = (
            before.kind is NumeralKind.LITERAL and after.kind is NumeralKind.WORD and after.glued
        )
        if digits_first and len(after.text) == 1 and after.text not in {"đ", "d"}:
            return True
        if before.kind is NumeralKind.WORD and after.kind is NumeralKind.LITERAL and after.glued:
            return True
    return False


def _candidates(whole: set[int], runs: list[list[Piece]]) -> tuple[int, ...]:
    if not whole:
        single = (value for run in runs for piece in run for value in values([piece]))
        whole = {int(value) for value in single if value.denominator == 1}
    return tuple(sorted(whole))[:4]
