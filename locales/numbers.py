"""Whole numbers as people in Vietnam type them, in digits, in words and in both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from locales.folding import clean, fold
from locales.number_words import Part, Token, Unclear, classify, value_of

LONGEST = 18
"""More digits than any count or amount has; a longer row is a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something that can be read in more than one way, so that its writer must be asked."""

    candidates: tuple[int, ...] = ()


_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\s]")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,0+)?|[1-9]\d{0,2}(?:,\d{3})+(?:\.0+)?")
_DECIMAL = re.compile(r"(\d+)[.,](\d+)")
_NONE_AT_ALL = re.compile(
    r"(?:da |vang )?(?:khong|ko|zero|none)(?: co)?(?: \w+){0,2}? nao|(?:khong|ko|kg)(?: co)?|zero|none"
)
_HEDGES = frozenset(
    "hơn gần khoảng chừng tầm độ trên dưới tối ít nhiều nhất thiếu chưa không chẳng ko lớp ngày "
    "tháng mỗi từng cứ vài mấy nửa tá nữa thêm bớt trừ âm ng n m b t about over under almost "
    "nearly minus dozen half".split()
)
"""With one of these beside it, a number may not be the one that was asked for."""
_HEDGES_WITHOUT_MARKS = frozenset(map(fold, _HEDGES)) - {"do"}
_SOME = frozenset("số vài ít nửa chút phần so vai it nua chut phan".split())
"""Behind “một” these make it “some”."""
_CURRENCY = frozenset("đ d".split())


def read_number(text: str) -> int | Doubtful | None:
    """The number typed; Doubtful when it can be read in more ways, None when it is none."""
    text = _plain_digits(clean(text).casefold())
    if _NONE_AT_ALL.fullmatch(fold(text).strip(" .!,")):
        return 0
    tokens = list(_tokens(text))
    found: list[Fraction] = []
    doubts: list[Fraction] = []
    is_doubtful = False
    rows = list(_rows(tokens))
    for start, end in rows:
        try:
            value = value_of(tokens[start:end], first=start == 0)
            found.append(_signed(value, tokens, start))
            is_doubtful |= value.denominator != 1 or _is_only_some(tokens, start, end)
        except Unclear as unclear:
            is_doubtful = True
            doubts.extend(unclear.candidates)
    if not rows:
        return None
    inside = {place for start, end in rows for place in range(start, end)}
    beside = [token for place, token in enumerate(tokens) if place not in inside]
    if is_doubtful or len(set(found)) != 1 or any(map(_is_hedge, beside)) or _is_glued(tokens):
        return _doubtful([*found, *doubts], tokens, rows)
    return int(found[0])


def _doubtful(
    values: list[Fraction], tokens: list[Token], rows: list[tuple[int, int]]
) -> Doubtful | None:
    if all(fold(tokens[start].written) == "khong" and end == start + 1 for start, end in rows):
        return None  # “Không biết” is no number, and not a doubtful one either.
    whole = {int(value) for value in values if value.denominator == 1}
    return Doubtful(tuple(sorted(whole)))


def _plain_digits(text: str) -> str:
    """Digits of any script and width as 0 to 9; small raised ones and keycaps do not join them."""
    shown = []
    for letter in text:
        category = unicodedata.category(letter)
        if category == "Nd":
            shown.append(str(unicodedata.decimal(letter)))
        elif category in {"Mn", "Me"} and letter in "\ufe0f\u20e3":
            continue
        else:
            shown.append({"\uff0c": ",", "\uff0e": ".", "\u2212": "-"}.get(letter, letter))
    return "".join(shown)


def _tokens(text: str) -> Iterator[Token]:
    end = -1
    read = []
    for found in _TOKEN.finditer(text):
        glued, written = found.start() == end, found.group()
        end = found.end()
        read.append(_digits(written, glued) if written[0].isdecimal() else classify(written, glued))
    yield from _joined_by_spaces(read, text)


def _digits(written: str, glued: bool) -> Token:
    bare = re.sub(r"\D", "", written)
    if len(bare) > LONGEST or (bare[0] == "0" and len(bare) > 8):
        return Token(written, glued, Part.DECIMAL, Fraction(1, 2))  # A telephone number, perhaps.
    if written.isdecimal():
        return Token(written, glued, Part.DIGITS, Fraction(int(written)))
    if _GROUPED.fullmatch(written):
        whole = re.sub(r"[.,]0+$", "", written) if {".", ","} <= set(written) else written
        return Token(written, glued, Part.GROUPED, Fraction(int(re.sub(r"\D", "", whole))))
    if parts := _DECIMAL.fullmatch(written):
        value = Fraction(int(bare), 10 ** len(parts.group(2)))
        return Token(written, glued, Part.DECIMAL, value)
    return Token(written, glued, Part.DECIMAL, Fraction(int(bare), 7 * 10**LONGEST))


def _joined_by_spaces(read: list[Token], text: str) -> Iterator[Token]:
    """“1 200 000” is one number; “8 500” may be one or two, and stays two."""
    place = 0
    while place < len(read):
        end = place + 1
        if read[place].part is Part.DIGITS and 0 < read[place].value < 1000:
            while end < len(read) and re.fullmatch(r"\d{3}", read[end].written):
                end += 1
        if end - place > 2:
            written = "".join(token.written for token in read[place:end])
            yield _digits(written, read[place].glued)
            place = end
        else:
            yield read[place]
            place += 1


def _rows(tokens: list[Token]) -> Iterator[tuple[int, int]]:
    """Where numbers stand: from the first to behind the last token of each."""
    place = 0
    while place < len(tokens):
        if not _begins(tokens, place):
            place += 1
            continue
        end = place + 1
        while end < len(tokens) and _continues(tokens[end - 1], tokens[end]):
            end += 1
        yield place, end
        place = end


def _begins(tokens: list[Token], place: int) -> bool:
    token = tokens[place]
    follower = tokens[place + 1].part if place + 1 < len(tokens) else None
    if token.part is Part.HALF:
        return follower is Part.SCALE
    if token.part is Part.SCALE:
        in_words = token.value >= 100 and len(token.written) > 2
        return place == 0 and in_words and follower in (Part.ONE_TO_NINE, Part.AND_A_HALF)
    return token.is_number or token.part in (Part.ONE_TO_NINE, Part.TEN)


def _continues(before: Token, token: Token) -> bool:
    if token.written == "k" and not (before.is_number and token.glued):
        return False
    if before.is_number:
        return token.part in (Part.SCALE, Part.AND_A_HALF)
    if token.is_number:
        return before.part in (Part.SCALE, Part.ODD)
    return token.part is not None and token.part is not Part.HALF


def _signed(value: Fraction, tokens: list[Token], start: int) -> Fraction:
    """A minus right before the first number is one; with a space it may begin a line of a list."""
    before = tokens[start - 1] if start else None
    if before is None or before.written not in ("-", "–") or start > 1:
        return value
    if not tokens[start].glued:
        raise Unclear(value, -value)
    return -value


def _is_only_some(tokens: list[Token], start: int, end: int) -> bool:
    follower = tokens[end].written if end < len(tokens) else ""
    return end == start + 1 and tokens[start].written in ("một", "mot") and follower in _SOME


def _is_hedge(token: Token) -> bool:
    return token.written in "%‰~±½¼¾²³<>≈" or (
        token.written in _HEDGES
        or (token.written == fold(token.written) and token.written in _HEDGES_WITHOUT_MARKS)
    )


def _is_glued(tokens: list[Token]) -> bool:
    """“5A” is a class, “T5” a day: a lone letter at a number may mean something else."""
    for before, token in zip(tokens, tokens[1:], strict=False):
        if not token.glued or before.is_number == token.is_number:
            continue
        letter = token if before.is_number else before
        known = letter.part is Part.SCALE or letter.written in _CURRENCY
        if token.is_number and letter.written.isalpha() and not known:
            return True
        if len(letter.written) == 1 and letter.written.isalpha() and not known:
            return True
    return False
