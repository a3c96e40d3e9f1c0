"""What the answers about a delivery come to, and which of them are unusual."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from conversations.expected import expected, goods, sent
from conversations.kit import Moment
from locales import Text, _
from storage.confirmations import Outcome


def only_a_part_arrived(moment: Moment) -> bool:
    return moment.answers.get("outcome") == Outcome.PART


def something_arrived(moment: Moment) -> bool:
    return moment.answers.get("outcome") == Outcome.ALL or received(moment) > 0


def something_is_to_be_seen(moment: Moment) -> bool:
    """What arrived; or, where nothing did, what the photos show that came all the same."""
    came_already = moment.before.get("photos") or moment.answers.get("photos")
    return something_arrived(moment) or bool(came_already)


def received(moment: Moment) -> int:
    outcome = moment.answers.get("outcome")
    if outcome == Outcome.ALL:
        return sent(moment)
    return int(moment.answers.get("received", 0)) if outcome == Outcome.PART else 0


def what_it_comes_to(moment: Moment) -> Outcome:
    """A part that is all of it, undamaged, is all of it; a part that is nothing is nothing."""
    if moment.answers["outcome"] == Outcome.PART:
        if not received(moment):
            return Outcome.NONE
        if received(moment) == sent(moment) and not moment.answers.get("damaged"):
            return Outcome.ALL
    return Outcome(moment.answers["outcome"])


def something_is_missing(moment: Moment) -> bool:
    if moment.answers.get("outcome") == Outcome.NONE:
        return True
    short = received(moment) < sent(moment) or bool(moment.answers.get("damaged"))
    return only_a_part_arrived(moment) and short


def why_it_is_so(moment: Moment) -> Text:
    if not received(moment):
        return _("Why has nothing come?")
    return _("Why is something missing or damaged?")


def more_than_was_sent(value: int, moment: Moment) -> Text | None:
    if not 0 < sent(moment) < value:
        return None
    found = expected(moment)
    if found is not None and found.handed_on is None:
        return _("{count} is more than the {planned} that were planned.").format(
            count=value, planned=sent(moment)
        )
    return _("{count} is more than the {sent} that were sent.").format(
        count=value, sent=sent(moment)
    )


def before_it_is_due(value: str, moment: Moment) -> Text | None:
    found = expected(moment)
    if value != Outcome.NONE or found is None or found.handed_on is not None:
        return None
    if found.delivery.day <= moment.desk.today:
        return None
    return _("By the plan it comes only on {day}.").format(day=found.delivery.day)


def before_it_left(value: str, moment: Moment) -> Text | None:
    found = expected(moment)
    left = found.handed_on if found else None
    if left is None or date.fromisoformat(value) >= left:
        return None
    return _("By the records it left only on {day}.").format(day=left)


def how_many_counted(moment: Moment) -> Text:
    found = expected(moment)
    if found is not None and found.handed_on is None:
        return _(
            "How many {goods} did {you} count? {sent} are planned, no hand-over is recorded."
        ).format(goods=goods(moment), sent=sent(moment))
    return _("How many {goods} did {you} count? {sent} were sent.").format(
        goods=goods(moment), sent=sent(moment)
    )


def as_many_as_were_counted(moment: Moment) -> int:
    return received(moment)


def what_answers_stand_on(moment: Moment) -> Mapping[str, Any]:
    """Of another delivery everything is asked again; “all of it” is so many, and photos are declared one by one."""
    delivery = moment.answers.get("delivery")
    about_it = ("received", "damaged", "reason", "day", "photos", "note")
    return {
        **dict.fromkeys(about_it, delivery),
        "outcome": [delivery, sent(moment)],
        "children": photos_of_draft(moment),
    }


def photos_of_draft(moment: Moment) -> list[str]:
    """What came with this report, whatever was answered since."""
    return list(moment.answers.get("photos") or moment.before.get("photos") or [])
