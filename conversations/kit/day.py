"""A question answered by a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Page
from conversations.kit.steps import Answered, Heard, Moment, Step, not_for_this_question
from conversations.kit.words import plainly
from locales import Text, _
from locales.dates import read_day
from storage.refusals import Misunderstood

DAY = "="
"""Before the day as YYYY-MM-DD, in the action of its button."""


def until_today(moment: Moment) -> date:
    return moment.desk.today


def at_any_time(_moment: Moment) -> date:
    return date.min


@dataclass(frozen=True)
class Day(Step):
    """A day, by button or as people write it; the day of the message is offered, never assumed."""

    earliest: Callable[[Moment], date] = field(default=at_any_time, kw_only=True)
    latest: Callable[[Moment], date] = field(default=until_today, kw_only=True)

    async def offer(self, page: Page, moment: Moment) -> None:
        for number, (name, day) in enumerate(self._near(moment), start=1):
            label = _("{name} ({day})").format(name=name, day=day)
            page.offer(Button.with_number(number, label, DAY + day.isoformat()))
        page.add(_("Another day can be typed, e.g. {day}.").format(day=moment.desk.today))

    def _near(self, moment: Moment) -> list[tuple[Text, date]]:
        """The days on the buttons, in their order."""
        today = moment.desk.today
        if self.latest(moment) > today:
            near = [(_("Today"), 0), (_("Tomorrow"), 1), (_("In a week"), 7)]
        else:
            near = [(_("Today"), 0), (_("Yesterday"), -1), (_("The day before"), -2)]
        days = [(name, today + timedelta(days=offset)) for name, offset in near]
        return [
            (name, day) for name, day in days if self.earliest(moment) <= day <= self.latest(moment)
        ]

    async def understand(self, event: Event, moment: Moment) -> Heard:
        if isinstance(event, Pressed):
            return self._possible(_day(event), moment)
        if not isinstance(event, Said):
            raise not_for_this_question(event)
        plain = plainly(event.text)
        near = self._near(moment)
        if plain.isdecimal() and 1 <= int(plain) <= len(near):
            return self._possible(near[int(plain) - 1][1], moment)
        day = self._read(event.text, moment)
        if day is None:
            raise Misunderstood(
                _("The day could not be read. Please type it as day/month, e.g. {day}.").format(
                    day=moment.desk.today
                )
            )
        return self._possible(day, moment)

    def _read(self, text: str, moment: Moment) -> date | None:
        ahead = self.latest(moment) > moment.desk.today
        written = moment.desk.day_of_writing
        day = read_day(text, written, prefer="future" if ahead else "past")
        return day if isinstance(day, date) else None

    def reads(self, text: str, moment: Moment) -> bool:
        return self._read(text, moment) is not None

    def _possible(self, day: date, moment: Moment) -> Heard:
        latest, earliest = self.latest(moment), self.earliest(moment)
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

    async def holds(self, value: Any, moment: Moment) -> bool:
        return self.earliest(moment) <= date.fromisoformat(value) <= self.latest(moment)

    async def show(self, value: Any, moment: Moment) -> Text | str:
        return _("{day}").format(day=date.fromisoformat(value))


def _day(event: Pressed) -> date:
    try:
        return date.fromisoformat(event.action.removeprefix(DAY))
    except ValueError:
        raise not_for_this_question(event) from None
