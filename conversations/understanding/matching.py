"""Which delivery somebody means, when they name the goods, the place or the number in their own words.

Entity linking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conversations.kit.words import plainly
from conversations.understanding.deliveries import ToldArrival


@dataclass(frozen=True, slots=True)
class Candidate:
    """A delivery that waits, as people may speak of it."""

    key: str
    sent: int
    goods: frozenset[str]
    """The folded words of what is delivered, in any of our languages."""
    place: frozenset[str]
    """The folded words of the site's name."""


def words_in(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for word in plainly(text).split())


def matching(
    report: ToldArrival, candidates: Sequence[Candidate], all_goods: frozenset[str]
) -> list[Candidate]:
    """Those that are meant, as few as the words allow; none when they name goods that do not wait.

    `all_goods` are the words of everything that can be delivered.
    """
    if report.names & all_goods and not _named(report, candidates):
        return []
    left = _most(candidates, lambda one: len(one.goods & report.names))
    left = _most(left, lambda one: len(one.place & report.names))
    total = _total(report)
    return [one for one in left if one.sent == total] or left


def names_goods_of(report: ToldArrival, candidate: Candidate) -> bool:
    return bool(candidate.goods & report.names)


def _named(report: ToldArrival, candidates: Sequence[Candidate]) -> bool:
    return any(names_goods_of(report, one) for one in candidates)


def _most(candidates: Sequence[Candidate], score: Callable[[Candidate], int]) -> list[Candidate]:
    best = max((score(one) for one in candidates), default=0)
    return [one for one in candidates if score(one) == best]


def _total(report: ToldArrival) -> int | None:
    """How many were sent, as far as the words tell."""
    if report.out_of is not None:
        return report.out_of
    if report.received is not None and report.missing is not None:
        return report.received + report.missing
    return report.received if report.everything else None
