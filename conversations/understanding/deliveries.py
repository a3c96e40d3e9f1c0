"""A few words about what arrived, as people write under a photo: “đủ”, “45/60 chăn”, “nhan 45 cai chan thieu 15”."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cache

from conversations.kit.words import may_be_spelt, spellings
from locales import Text, p_
from locales.folding import clean, fold, plain_digits
from locales.numbers import read_number
from locales.spoken_numbers import NUMERALS


class Mark(Enum):
    """What a word says about the number beside it, or about the whole delivery."""

    ALL = auto()
    NONE = auto()
    EXTRA = auto()
    MISSING = auto()
    DAMAGED = auto()
    RECEIVED = auto()
    NOT = auto()
    BECAUSE = auto()
    OUT_OF = auto()
    LABEL = auto()
    """The number behind it is a day, an hour, a class or a place, and counts nothing."""
    COUNTER = auto()
    FILLER = auto()


SPOKEN: dict[Mark, Text] = {
    Mark.ALL: p_("report words", "all, complete, enough, in full"),
    Mark.NONE: p_("report words", "nothing came, not received, nothing arrived"),
    Mark.EXTRA: p_("report words", "too many, more than sent, surplus"),
    Mark.MISSING: p_("report words", "missing, lacking, short of"),
    Mark.DAMAGED: p_("report words", "damaged, broken, torn, wet"),
    Mark.RECEIVED: p_("report words", "received, counted, arrived"),
    Mark.NOT: p_("report words", "no, not, none"),
    Mark.BECAUSE: p_("report words", "because, due to"),
    Mark.OUT_OF: p_("report words", "of, out of"),
    Mark.LABEL: p_("report words", "dated, yesterday, today, class, room"),
    Mark.COUNTER: p_("report words", "pieces, sets, pairs"),
    Mark.FILLER: p_("report words", "we, have, the, were, are, please, thank you"),
}

LONGEST = 1000
"""Characters; a longer text is a letter and no report of a delivery."""
_PIECES = re.compile(r"\d+(?:[.,]\d{3})+(?!\d)|\d+|[^\W\d_]+|[^\w\s]|\n")
_MONTHS = range(1, 13)
_DAYS = range(1, 32)


@dataclass(frozen=True, slots=True)
class ToldArrival:
    """What somebody wrote of their own accord about a delivery; None for what they did not say."""

    everything: bool = False
    nothing: bool = False
    received: int | None = None
    out_of: int | None = None
    """How many it should have been, in their words."""
    extra: int | None = None
    missing: int | None = None
    damaged: int | None = None
    incomplete: bool = False
    """They said that something is missing or damaged, perhaps without saying how much."""
    reason: str = ""
    names: frozenset[str] = frozenset()
    """The folded words that are neither numbers nor words of reporting: goods, places, and whatever else."""
    numbered: bool = False
    """It holds a count that belongs to a word of reporting or to something counted."""

    @property
    def is_plain(self) -> bool:
        """Clearly a report, even where nobody asked for one: a count of something, or words of reporting alone."""
        return self.numbered or (not self.names and self.received is None)

    @property
    def says_something(self) -> bool:
        """There is an answer in it."""
        counts = (self.received, self.extra, self.missing, self.damaged)
        said = self.everything or self.nothing or self.incomplete
        return said or any(count is not None for count in counts)


@dataclass(slots=True)
class _Token:
    written: str
    folded: str
    mark: Mark | None = None
    count: int | None = None
    taken: bool = False


@dataclass(slots=True)
class _Reading:
    report: ToldArrival = field(default_factory=ToldArrival)

    def add(self, **said: object) -> None:
        self.report = replace(self.report, **said)  # type: ignore[arg-type]


def read_report(text: str, totals: Collection[int] = ()) -> ToldArrival | None:
    """What the words say about a delivery; None when they say nothing of that kind.

    `totals` are the numbers that were sent: among them, “10/11” is ten of eleven and not a day.
    """
    if not 0 < len(text) <= LONGEST:
        return None
    tokens, reason = _without_reason(list(_marked(_tokens(text))))
    _set_days_aside(tokens, totals)
    reading = _Reading(ToldArrival(reason=reason))
    _fractions(tokens, reading)
    for clause in _clauses(tokens):
        _clause(clause, reading)
    names = frozenset(
        one.folded
        for one in tokens
        if one.mark is None and one.count is None and one.folded.isalpha() and not one.taken
    )
    reading.add(names=names)
    return reading.report if reading.report.says_something else None


def reports_in(
    text: str, totals: Collection[int] = (), goods: Set[str] = frozenset()
) -> list[tuple[str, ToldArrival]]:
    """Each line that is a report of its own with its words; a single one where the lines belong together.

    A line without a number is one where it names some of the `goods` (folded words), and no other line does.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    apart = [(line, read_report(line, totals)) for line in lines]
    found = [
        (line, one)
        for line, one in apart
        if one is not None and one.names and (one.numbered or one.names & goods)
    ]
    if len({one.names for _line, one in found}) == len(found) > 1 and not _same_goods(found, goods):
        return found
    whole = read_report(text, totals)
    return [(text, whole)] if whole is not None else []


def _same_goods(found: Sequence[tuple[str, ToldArrival]], goods: Set[str]) -> bool:
    """Whether a line without a number speaks of what another line speaks of."""
    return any(
        one.names & other.names & goods
        for place, (_line, one) in enumerate(found)
        for _other, other in found[:place]
        if not (one.numbered and other.numbered)
    )


def _tokens(text: str) -> Iterator[_Token]:
    written = _PIECES.findall(plain_digits(clean(text)))
    for place, piece in enumerate(written):
        yield _Token(piece, fold(piece) or piece, count=_count(written, place))


def _count(written: Sequence[str], place: int) -> int | None:
    """A count in digits; those in words are put together later, from several pieces."""
    piece = written[place]
    if not piece[0].isdigit():
        return None
    read = read_number(piece)
    return read if isinstance(read, int) else None


@cache
def _phrases() -> dict[tuple[str, ...], dict[Mark, frozenset[str]]]:
    """Every phrase of reporting, as folded words, with how it is spelt; what is said first above is likelier."""
    found: dict[tuple[str, ...], dict[Mark, frozenset[str]]] = {}
    for mark, words in SPOKEN.items():
        for phrase, spelt in spellings(words).items():
            found.setdefault(tuple(phrase.split()), {})[mark] = spelt
    return found


def _mark_of(written: str, folded: tuple[str, ...]) -> Mark | None:
    """“Đủ” is all of it and “dư” too many; without marks it is what is likelier."""
    known = _phrases().get(folded, {})
    return next((mark for mark, spelt in known.items() if may_be_spelt(written, spelt)), None)


def _marked(tokens: Iterator[_Token]) -> Iterator[_Token]:
    """Phrases of several words and numbers in words become one token each."""
    waiting = list(tokens)
    longest = max(map(len, _phrases()))
    place = 0
    while place < len(waiting):
        number = _number_in_words(waiting, place)
        if number is not None:
            length, count = number
            spelt = " ".join(one.written for one in waiting[place : place + length])
            yield _Token(spelt, fold(spelt), count=count)
            place += length
            continue
        for length in range(min(longest, len(waiting) - place), 0, -1):
            words = tuple(one.folded for one in waiting[place : place + length])
            written = " ".join(one.written for one in waiting[place : place + length])
            if (mark := _mark_of(written, words)) is not None:
                yield _Token(written, " ".join(words), mark=mark)
                place += length
                break
        else:
            yield waiting[place]
            place += 1


def _number_in_words(tokens: Sequence[_Token], place: int) -> tuple[int, int] | None:
    """How many tokens from here spell a number, and which; a lone word only before what it counts."""
    end = place
    while end < len(tokens) and _is_numeral(tokens[end]):
        end += 1
    length = end - place
    if not length or tokens[place].count is not None:
        return None
    spelt = " ".join(one.written for one in tokens[place:end])
    following = tokens[end].folded if end < len(tokens) else ""
    if length == 1 and Mark.COUNTER not in _phrases().get((following,), {}):
        return None
    read = read_number(f"{spelt} {tokens[end].written}" if length == 1 else spelt)
    return (length, read) if isinstance(read, int) and read > 0 else None


def _is_numeral(token: _Token) -> bool:
    return token.written.lower() in NUMERALS or token.folded in NUMERALS


def _without_reason(tokens: list[_Token]) -> tuple[list[_Token], str]:
    """The tokens before “vì …”, and the reason in the person's own words up to the end of the line."""
    for place, token in enumerate(tokens):
        if token.mark is Mark.BECAUSE and place and place + 1 < len(tokens):
            end = next(
                (at for at in range(place, len(tokens)) if tokens[at].written == "\n"), len(tokens)
            )
            reason = _spelt(tokens[place + 1 : end])
            return tokens[:place] + tokens[end:], reason
    return tokens, ""


def _spelt(tokens: Sequence[_Token]) -> str:
    words = " ".join(one.written for one in tokens)
    return re.sub(r" ([,.;!?])", r"\1", words).strip(" .,;")


def _set_days_aside(tokens: Sequence[_Token], totals: Collection[int]) -> None:
    """“Ngày 18”, “lớp 5”, “18/11/2026” count nothing; nor does a bare “18/11” when nobody sent eleven."""
    for place, token in enumerate(tokens):
        if token.mark is Mark.LABEL:
            _take_day(tokens, place + 1)
        if (pair := _pair(tokens, place)) is None:
            continue
        third = _pair(tokens, place + 2)
        first, second = pair
        looks_like_one = first in _DAYS and second in _MONTHS and second not in totals
        if third is not None or looks_like_one:
            _take_day(tokens, place)


def _take_day(tokens: Sequence[_Token], start: int) -> None:
    """What follows, as long as it is digits with strokes between them."""
    for place in range(start, min(start + 5, len(tokens))):
        if tokens[place].count is None and tokens[place].written not in {"/", "-"}:
            return
        tokens[place].taken = True
        tokens[place].count = None


def _pair(tokens: Sequence[_Token], place: int) -> tuple[int, int] | None:
    """Two counts with a stroke between them, or a word such as “trên”."""
    if place + 2 >= len(tokens):
        return None
    first, between, second = tokens[place].count, tokens[place + 1], tokens[place + 2].count
    joined = between.written == "/" or between.mark is Mark.OUT_OF
    return (first, second) if joined and first is not None and second is not None else None


def _fractions(tokens: Sequence[_Token], reading: _Reading) -> None:
    for place in range(len(tokens)):
        pair = _pair(tokens, place)
        if pair is not None and reading.report.received is None:
            reading.add(received=pair[0], out_of=pair[1], numbered=True)
            for token in tokens[place : place + 3]:
                token.taken = True


def _clauses(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    clause: list[_Token] = []
    for token in tokens:
        if token.written in {",", ";", ".", "\n", "!", "?"}:
            yield clause
            clause = []
        else:
            clause.append(token)
    yield clause


def _clause(tokens: Sequence[_Token], reading: _Reading) -> None:
    """A number belongs to the mark before it, else to the mark behind it, else it is what was received."""
    marks = [place for place, one in enumerate(tokens) if one.mark in _MEANINGS]
    for order, place in enumerate(marks):
        until = marks[order + 1] if order + 1 < len(marks) else len(tokens)
        _said(tokens, place, _next_count(tokens, place + 1, until), reading)
    for place in marks:
        counted = _count_before(tokens, place)
        if tokens[place].mark in _FIELDS and not tokens[place].taken:
            _said(tokens, place, counted, reading)
            tokens[place].taken = True
        elif tokens[place].mark is Mark.NONE and counted is not None:
            # “15 cái chưa về”: so many have not come, and others have.
            counted.taken = True
            reading.add(missing=counted.count, incomplete=True, nothing=False, numbered=True)
    left = next((one for one in tokens if one.count is not None and not one.taken), None)
    if left is not None and left.count is not None and reading.report.received is None:
        left.taken = True
        named = any(
            one.mark is Mark.COUNTER or (one.mark is None and one.count is None) for one in tokens
        )
        reading.add(received=left.count, numbered=reading.report.numbered or named)


_MEANINGS = {Mark.ALL, Mark.NONE, Mark.EXTRA, Mark.MISSING, Mark.DAMAGED, Mark.RECEIVED}


def _next_count(tokens: Sequence[_Token], start: int, until: int) -> _Token | None:
    """The count that comes next, with nothing but small words before it."""
    for token in tokens[start:until]:
        if token.count is not None and not token.taken:
            return token
        if token.mark not in {Mark.COUNTER, Mark.FILLER}:
            return None
    return None


def _count_before(tokens: Sequence[_Token], place: int) -> _Token | None:
    for token in reversed(tokens[:place]):
        if token.count is not None:
            return None if token.taken else token
        if token.mark in _MEANINGS:
            return None
    return None


def _said(tokens: Sequence[_Token], place: int, counted: _Token | None, reading: _Reading) -> None:
    mark, before = tokens[place].mark, tokens[place - 1].mark if place else None
    denied = before is Mark.NOT
    count = counted.count if counted is not None else None
    match mark:
        case Mark.ALL if denied or before is Mark.NONE:
            # “Chưa nhận đủ”: something has come, and something has not.
            reading.add(incomplete=True, nothing=False)
        case Mark.ALL:
            reading.add(everything=True)
            if count is not None:
                reading.add(received=count)
        case Mark.NONE:
            reading.add(nothing=count is None)
        case Mark.RECEIVED if count is not None and reading.report.received is None:
            reading.add(received=count)
        case Mark.EXTRA | Mark.MISSING | Mark.DAMAGED if denied and count is None:
            reading.add(**{_FIELDS[mark]: 0})
            tokens[place].taken = True
            return
        case Mark.EXTRA | Mark.MISSING | Mark.DAMAGED if count is not None:
            reading.add(**{_FIELDS[mark]: count}, incomplete=True)
        case Mark.EXTRA | Mark.MISSING | Mark.DAMAGED:
            reading.add(incomplete=True)
            return
        case _:
            return
    if counted is not None:
        counted.taken = True
        reading.add(numbered=True)
    tokens[place].taken = True


_FIELDS = {Mark.EXTRA: "extra", Mark.MISSING: "missing", Mark.DAMAGED: "damaged"}
