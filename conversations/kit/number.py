"""A question answered by a count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Page
from conversations.kit.steps import Answered, FormState, Heard, Step, not_for_this_question
from locales import Text, _
from locales.numbers import Doubtful, read_number
from storage.refusals import Misunderstood

COUNT = "="
"""Before the count, in the action of a button that offers one."""

HIGHEST = 1_000_000_000
"""More than anything ever counted here; the columns of the records hold it."""


def any_count(_state: FormState) -> int:
    return HIGHEST


@dataclass(frozen=True)
class Number(Step):
    """A whole number, typed as people type it; counts that are likely stand on buttons."""

    least: int = field(default=0, kw_only=True)
    most: Callable[[FormState], int] = field(default=any_count, kw_only=True)
    """The limit of the possible; what is only unusual is a doubt."""
    unit: Callable[[FormState], Text | str] = field(default=lambda _state: "", kw_only=True)
    """What is counted, shown behind the number; empty where the number stands alone."""
    likely: Callable[[FormState], list[int]] = field(default=lambda _state: [], kw_only=True)

    async def offer(self, page: Page, state: FormState) -> None:
        likely = self.likely(state)
        if likely:
            page.offer(
                *(
                    Button(self._counted(count, state), f"{COUNT}{count}", typed=str(count))
                    for count in likely
                )
            )
        page.add(_("Please type the number, e.g. {example}.").format(example=25))

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            if event.action.startswith(COUNT) and event.action[1:].isdecimal():
                return self._possible(int(event.action[1:]), state)
            raise not_for_this_question(event)
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        count = read_number(event.text)
        if count is None:
            raise Misunderstood(
                _("The number could not be read. Please type it in digits, e.g. 25.")
            )
        if isinstance(count, Doubtful):
            raise Misunderstood(
                _("The number can be read in more than one way. Please type it in digits, e.g. 25.")
            )
        return self._possible(count, state)

    def reads(self, text: str, state: FormState) -> bool:
        return isinstance(read_number(text), int)

    def _possible(self, count: int, state: FormState) -> Heard:
        most = self.most(state)
        if not self.least <= count <= most:
            raise Misunderstood(
                _("Please give a number from {least} to {most}.").format(
                    least=self.least, most=most
                )
            )
        return Answered(count)

    async def holds(self, value: Any, state: FormState) -> bool:
        return isinstance(value, int) and self.least <= value <= self.most(state)

    async def show(self, value: Any, state: FormState) -> Text | str:
        return self._counted(value, state)

    def _counted(self, count: int, state: FormState) -> Text:
        unit = self.unit(state)
        if not unit:
            return _("{count}").format(count=count)
        return _("{count} {unit}").format(count=count, unit=unit)
