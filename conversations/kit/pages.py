"""A long list comes in pages, so that a card never has more buttons than an old phone shows. Pagination."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.kit import words
from conversations.kit.screens import Button, Page, Style
from locales import _, p_

MOST_BUTTONS = 8
"""On one card: as many as fit an old phone without scrolling."""
WAYS_OUT = 2
"""Buttons that every question has below its answers: back and cancel."""
TURN = ">"
"""Before the number of a page, in the action of a button."""
LONGEST_NUMBER = 4
"""Digits of the number of a page; a button with more is none of ours."""


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list is divided."""

    size: int
    """Entries on one page."""
    count: int

    def first(self, page: int) -> int:
        """The place of the first entry on a page, or on the last one where there are fewer."""
        return min(page, self.count - 1) * self.size

    def more(self, said: str, page: int) -> int | None:
        """The page that somebody asks for in words; None where they say something else."""
        if self.count > 1 and words.means(said, words.MORE):
            return (page + 1) % self.count
        if self.count > 1 and words.means(said, words.EARLIER):
            return (page - 1) % self.count
        return None

    def turning(self, page: Page, place: int, *, offset: int = 0, before: str = TURN) -> None:
        """Tells which page this is, and offers the next one, after the last the first.

        `before` stands before its number in the action of the button; a question finds its answers on all pages.
        """
        if self.count == 1:
            return
        told = _("Page {page} of {pages}.")
        if before == TURN:
            told = _("Page {page} of {pages}. A part of a name can be typed to find it.")
        page.add(told.format(page=place + 1, pages=self.count), Style.SMALL)
        last = place + 1 == self.count
        label = p_("button", "« From the start") if last else p_("button", "More ›")
        following = 0 if last else place + 1
        page.offer(Button(label, f"{before}{following + offset}", typed=words.MORE))


def pages_of(entries: int, *, beside: int = WAYS_OUT) -> Pages:
    """How so many entries are divided, with so many other buttons on the card."""
    room = MOST_BUTTONS - beside
    if entries <= room:
        return Pages(max(entries, 1), 1)
    return Pages(room - 1, -(-entries // (room - 1)))


def turned_to(action: str) -> int | None:
    """The page that a button leads to; None for other buttons."""
    return page_number(action[len(TURN) :]) if action.startswith(TURN) else None


def page_number(written: str) -> int | None:
    """The number of a page, as it stands in the action of a button; None for what is none."""
    return int(written) if written.isdecimal() and len(written) <= LONGEST_NUMBER else None
