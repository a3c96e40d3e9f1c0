"""What an officer loads from a file is told to the sites as if it had been planned in the chat, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.deliveries.wording import news_of_planned, planned
from conversations.kit.reminders import Reminder, Rule
from conversations.kit.wording import counted
from locales import Text
from storage.database import Session
from storage.help import announcements
from storage.help.announcements import Announcement

NAME = "planned_deliveries"
NEWS = timedelta(days=7)
"""How long it is worth telling, for somebody who could not be reached or a bot that did not run."""


async def due(session: Session, now: datetime) -> Sequence[Reminder]:
    return [
        Reminder(one.person_id, one.site.code, one.rung, news_of_planned(_lines(one)))
        for one in await announcements.due(session, NAME, now - NEWS, now)
    ]


def _lines(one: Announcement) -> list[Text]:
    return [
        planned(counted(delivery.quantity, item), one.site.name, delivery.day, delivery.source)
        for delivery, item in one.deliveries
    ]


planned_deliveries = Rule(NAME, due)
