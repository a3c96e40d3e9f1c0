"""Whole numbers as people in Vietnam type them, in digits, in words and in both."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Something that can be read in more than one way, so that its writer must be asked."""

    candidates: tuple[int, ...] = ()


def read_number(text: str) -> int | Doubtful | None:
    """The number typed; Doubtful when it can be read in more ways, None when it is none."""
    return int(text) if text.strip().isdecimal() else None
