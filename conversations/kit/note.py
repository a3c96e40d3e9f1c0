"""Questions answered in a person's own words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations.kit import words
from conversations.kit.choice import PICK, Option
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Page
from conversations.kit.steps import Answered, FormState, Heard, Step, not_for_this_question
from locales import Text, _, p_
from storage.refusals import Misunderstood

NOTHING = "0"
"""The action of the button that says there is nothing to add."""


@dataclass(frozen=True)
class Note(Step):
    """Free words, which may be none."""

    async def offer(self, page: Page, state: FormState) -> None:
        page.offer(Button.with_number(1, p_("button", "Nothing to add"), NOTHING))

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed) and event.action == NOTHING:
            return Answered("")
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        nothing = words.means(event.text, words.NOTHING) or words.plainly(event.text) == "1"
        return Answered("" if nothing else event.text)

    async def show(self, value: Any, state: FormState) -> Text | str:
        return str(value) or _("none")


def nothing_likely(_state: FormState) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Words(Step):
    """A few words that must be given, such as a name; likely ones stand on buttons."""

    longest: int = field(default=200, kw_only=True)
    """In characters."""
    likely: Callable[[FormState], Sequence[str]] = field(default=nothing_likely, kw_only=True)

    async def offer(self, page: Page, state: FormState) -> None:
        for number, known in enumerate(self.likely(state), start=1):
            page.offer(Button.with_number(number, known, f"{PICK}{number - 1}"))

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            likely = self.likely(state)
            place = event.action.removeprefix(PICK)
            if place.isdecimal() and int(place) < len(likely):
                return Answered(likely[int(place)])
            raise not_for_this_question(event)
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        said = " ".join(event.text.split())
        likely = self.likely(state)
        if said.isdecimal() and 1 <= int(said) <= len(likely):
            return Answered(likely[int(said) - 1])
        if not any(letter.isalnum() for letter in said):
            raise Misunderstood(_("Please answer in words."))
        if len(said) > self.longest:
            raise Misunderstood(
                _("That is too long here. Please use at most {most} characters.").format(
                    most=self.longest
                )
            )
        return Answered(said)


@dataclass(frozen=True)
class Reason(Step):
    """Why something is so: a usual reason by button or number, or one's own words."""

    usual: Sequence[Option] = field(default=(), kw_only=True)

    async def offer(self, page: Page, state: FormState) -> None:
        for number, option in enumerate(self.usual, start=1):
            page.offer(Button.with_number(number, option.label, PICK + option.key))
        page.add(_("Another reason can be typed."))

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            for option in self.usual:
                if event.action == PICK + option.key:
                    return Answered(option.key)
            raise not_for_this_question(event)
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        return Answered(self._meant(event.text))

    def _meant(self, said: str) -> str:
        plain = words.plainly(said)
        if self.usual and plain.isdecimal():
            if 1 <= int(plain) <= len(self.usual):
                return self.usual[int(plain) - 1].key
            raise Misunderstood(
                _("Please choose a number from 1 to {last}, or type the reason.").format(
                    last=len(self.usual)
                )
            )
        for option in self.usual:
            if words.names(said, option.label) or (
                option.words and words.means(said, option.words)
            ):
                return option.key
        if not any(letter.isalpha() for letter in said):
            raise Misunderstood(_("Please answer in words."))
        several = len(plain.split()) > 1
        named = [one for one in self.usual if several and words.appears_in(said, one.label)]
        return named[0].key if len(named) == 1 else said

    async def show(self, value: Any, state: FormState) -> Text | str:
        return next((one.label for one in self.usual if one.key == value), str(value))
