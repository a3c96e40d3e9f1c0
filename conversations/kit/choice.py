"""A question answered by picking one of several things: by button, by number or by words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations.kit import words
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.pages import WAYS_OUT, Pages, pages_of, turned_to
from conversations.kit.screens import Button, Page, numbered
from conversations.kit.steps import (
    Answered,
    FormState,
    Heard,
    Step,
    Turned,
    not_for_this_question,
)
from locales import Text, _, join
from storage.refusals import Misunderstood

PICK = "="
"""Before the key of an option, in the action of its button."""
LONGEST_NAME = 36
"""Letters of a name on a button; Telegram cuts longer ones on small phones."""
MOST_NAMED = 8
"""Answers that are named where several fit what was typed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick."""

    key: str
    """What is kept as the answer; short, since it travels in the button."""
    label: Text | str
    words: Text | None = None
    """What else people type for it, with commas between."""
    detail: Text | str = ""
    """More than a button can hold, shown above the buttons."""


Options = Sequence[Option] | Callable[[FormState], Awaitable[Sequence[Option]]]


@dataclass(frozen=True)
class Choice(Step):
    """Pick one option; long lists have pages, and typing a part of a name finds it."""

    options: Options = field(default=(), kw_only=True)

    async def choices(self, state: FormState) -> Sequence[Option]:
        return await self.options(state) if callable(self.options) else self.options

    async def offer(self, page: Page, state: FormState) -> None:
        choices = await self.choices(state)
        if not choices:
            page.add(self.when_empty())
            return
        pages = self._pages(len(choices), state)
        first = pages.first(state.page)
        shown = list(enumerate(choices, start=1))[first : first + pages.size]
        for number, option in shown:
            label, detail = _cut(option.label), option.detail
            if detail or label != option.label:
                page.add(numbered(number, detail or option.label))
            page.offer(Button.with_number(number, label, PICK + option.key))
        pages.turning(page, first // pages.size)

    def _pages(self, choices: int, state: FormState) -> Pages:
        kept = int(self.name in state.before)
        return pages_of(choices, beside=WAYS_OUT + kept)

    def when_empty(self) -> Text:
        return _("There is nothing to choose from at the moment. Please press Cancel.")

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            return await self._pressed(event.action, state)
        if isinstance(event, Said):
            return await self._said(event.text, state)
        raise not_for_this_question(event)

    async def _pressed(self, action: str, state: FormState) -> Heard:
        page = turned_to(action)
        if page is not None:
            return Turned(page)
        if action.startswith(PICK) and await self.holds(action[1:], state):
            return Answered(action[1:])
        raise Misunderstood(_("That is not among the answers any more. Please choose again."))

    async def _said(self, said: str, state: FormState) -> Heard:
        choices = await self.choices(state)
        if not choices:
            # The card says so, and what to do: it is shown again.
            return Turned(0)
        if words.plainly(said).isdecimal():
            number = int(words.plainly(said))
            if 1 <= number <= len(choices):
                return Answered(choices[number - 1].key)
            raise Misunderstood(
                _("Please choose a number from 1 to {last}.").format(last=len(choices))
            )
        more = self._pages(len(choices), state).more(said, state.page)
        if more is not None:
            return Turned(more)
        return self._found(said, choices)

    def _found(self, said: str, choices: Sequence[Option]) -> Heard:
        exactly = [
            one
            for one in choices
            if words.names(said, one.label)
            or (one.detail and words.names(said, one.detail))
            or (one.words and words.means(said, one.words))
        ]
        partly = [
            one
            for one in choices
            if words.appears_in(said, one.label)
            or (one.detail and words.appears_in(said, one.detail))
        ]
        for found in (exactly, partly):
            if len(found) == 1:
                return Answered(found[0].key)
        if partly:
            return self._several(choices, partly)
        raise Misunderstood(
            _("That is not among the answers. Please press a button or type its number, e.g. 1.")
        )

    def _several(self, choices: Sequence[Option], found: Sequence[Option]) -> Heard:
        fitting = [
            numbered(place, one.detail or one.label)
            for place, one in enumerate(choices, start=1)
            if any(one is each for each in found)
        ]
        if len(fitting) > MOST_NAMED:
            raise Misunderstood(
                _("{count} answers fit. Please type more of the name.").format(count=len(fitting))
            )
        several = _("Several answers fit. Please type the number of one:")
        raise Misunderstood(join("\n", [several, *fitting]))

    async def holds(self, value: Any, state: FormState) -> bool:
        return any(option.key == value for option in await self.choices(state))

    async def show(self, value: Any, state: FormState) -> Text | str:
        found = (one for one in await self.choices(state) if one.key == value)
        return next((one.detail or one.label for one in found), str(value))


def _cut(label: Text | str) -> Text | str:
    """A long name without its end; our own sentences are short, and not yet in any language here."""
    if not isinstance(label, str) or len(label) <= LONGEST_NAME:
        return label
    return label[:LONGEST_NAME].rsplit(" ", 1)[0] + "…"
