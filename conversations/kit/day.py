"""A question answered by a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Page
from conversations.kit.steps import Answered, FormState, Heard, Step, not_for_this_question
from conversations.kit.words import plainly
from locales import Text, _
from locales.dates import read_day
from storage.refusals import Misunderstood

DAY = "="
"""Before the day as YYYY-MM-DD, in the action of its button."""


def until_today(state: FormState) -> date:
    return state.context.today


def at_any_time(_state: FormState) -> date:
    return date.min


@dataclass(frozen=True)
class Day(Step):
    """A day, by button or as people write it; the day of the message is offered, never assumed."""

    earliest: Callable[[FormState], date] = field(default=at_any_time, kw_only=True)
    latest: Callable[[FormState], date] = field(default=until_today, kw_only=True)

    async def offer(self, page: Page, state: FormState) -> None:
        for number, (name, day) in enumerate(self._near(state), start=1):
            label = _("{name} ({day})").format(name=name, day=day)
            page.offer(Button.with_number(number, label, DAY + day.isoformat()))
        page.add(_("Another day can be typed, e.g. {day}.").format(day=state.context.today))

    def _near(self, state: FormState) -> list[tuple[Text, date]]:
        """The days on the buttons, in their order."""
        today = state.context.today
        if self.latest(state) > today:
            near = [(_("Today"), 0), (_("Tomorrow"), 1), (_("In a week"), 7)]
        else:
            near = [(_("Today"), 0), (_("Yesterday"), -1), (_("The day before"), -2)]
        days = [(name, today + timedelta(days=offset)) for name, offset in near]
        return [
            (name, day) for name, day in days if self.earliest(state) <= day <= self.latest(state)
        ]

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            return self._possible(_day(event), state)
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        plain = plainly(event.text)
        near = self._near(state)
        if plain.isdecimal() and 1 <= int(plain) <= len(near):
            return self._possible(near[int(plain) - 1][1], state)
        day = self._read(event.text, state)
        if day is None:
            raise Misunderstood(
                _("The day could not be read. Please type it as day/month, e.g. {day}.").format(
                    day=state.context.today
                )
            )
        return self._possible(day, state)

    def _read(self, text: str, state: FormState) -> date | None:
        ahead = self.latest(state) > state.context.today
        written = state.context.day_of_writing
        day = read_day(text, written, prefer="future" if ahead else "past")
        return day if isinstance(day, date) else None

    def reads(self, text: str, state: FormState) -> bool:
        return self._read(text, state) is not None

    def _possible(self, day: date, state: FormState) -> Heard:
        latest, earliest = self.latest(state), self.earliest(state)
        if day > latest:
            raise Misunderstood(
                _("{day} is still to come. Please give a day up to {latest}.").format(
                    day=day, latest=latest
                )
            )
        if day < earliest:
            raise Misunderstood(
                _("{day} is too early. Please give a day from {earliest}.").format(
                    day=day, earliest=earliest
                )
            )
        return Answered(day.isoformat())

    async def holds(self, value: Any, state: FormState) -> bool:
        return self.earliest(state) <= date.fromisoformat(value) <= self.latest(state)

    async def show(self, value: Any, state: FormState) -> Text | str:
        return _("{day}").format(day=date.fromisoformat(value))


def _day(event: Pressed) -> date:
    try:
        return date.fromisoformat(event.action.removeprefix(DAY))
    except ValueError:
        raise not_for_this_question(event) from None
