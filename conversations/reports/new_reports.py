"""Twice a day a commune officer hears that new reports wait to be checked: the card itself changes in silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from conversations.kit.counts import so_many
from conversations.kit.reminders import Reminder, Rule
from conversations.kit.reports import show_all
from conversations.kit.screens import Page, Style
from locales import _, n_
from locales.dates import IN_VIETNAM, local_day
from storage.database import Session
from storage.help import reports
from storage.messages import nudges
from storage.people import people
from storage.people.people import Role

TIMES = (time(7, 30), time(16, 30))
"""Two digests a day at most, in Vietnamese time."""
A_TURN = timedelta(minutes=1)
"""A digest is told so much later: by then every report whose turn began before it is in the store."""
NAME = "new_reports"


def last_digest(now: datetime) -> datetime | None:
    """The latest time of a digest that has passed today; None before the first."""
    local = now.astimezone(IN_VIETNAM)
    passed = [at for at in TIMES if at <= local.time()]
    return datetime.combine(local.date(), passed[-1], IN_VIETNAM) if passed else None


async def due(session: Session, now: datetime) -> Sequence[Reminder]:
    digest = last_digest(now - A_TURN)
    if digest is None:
        return []
    reminders = []
    for person, membership in await people.held(session, Role.LOCAL, now):
        if membership.unit_code is None or membership.unit_from is None:
            continue
        here = (membership.unit_code, membership.unit_from, local_day(now))
        told = await nudges.last_rung(session, NAME, membership.unit_code, person.id)
        # Not since it was told: what came between a digest and the tick that told it is in the next one.
        since = datetime.fromisoformat(told) if told else None
        fresh = await reports.count_waiting(session, *here, after=since, until=digest)
        if fresh:
            page = Page().add(
                n_(
                    "{count} new report waits to be checked",
                    "{count} new reports wait to be checked",
                    fresh,
                ).format(count=so_many(fresh)),
                Style.TITLE,
            )
            count = await reports.count_waiting(session, *here)
            page.add(_("In all {count} are waiting.").format(count=so_many(count)))
            page.offer(show_all())
            reminders.append(
                Reminder(person.id, membership.unit_code, digest.isoformat(), page.screen())
            )
    return reminders


new_reports = Rule(NAME, due)
