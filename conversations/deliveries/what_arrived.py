"""What the answers about a delivery come to, and which of them are unusual."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from conversations.deliveries.expected import expected, goods, sent
from conversations.kit import FormState
from conversations.kit.children import photos_sent_with
from locales import Text, _
from storage.help.confirmations import Outcome


def only_a_part_arrived(state: FormState) -> bool:
    return state.answers.get("outcome") == Outcome.PART


def something_arrived(state: FormState) -> bool:
    return state.answers.get("outcome") == Outcome.ALL or received(state) > 0


def something_is_to_be_seen(state: FormState) -> bool:
    """What arrived; or, where nothing did, what the photos show that came all the same."""
    return something_arrived(state) or bool(photos_sent_with(state))


def received(state: FormState) -> int:
    outcome = state.answers.get("outcome")
    if outcome == Outcome.ALL:
        return sent(state)
    return int(state.answers.get("received", 0)) if outcome == Outcome.PART else 0


def what_it_comes_to(state: FormState) -> Outcome:
    """A part that is all of it, undamaged, is all of it; a part that is nothing is nothing."""
    if state.answers["outcome"] == Outcome.PART:
        if not received(state):
            return Outcome.NONE
        if received(state) == sent(state) and not state.answers.get("damaged"):
            return Outcome.ALL
    return Outcome(state.answers["outcome"])


def something_is_missing(state: FormState) -> bool:
    if state.answers.get("outcome") == Outcome.NONE:
        return True
    short = received(state) < sent(state) or bool(state.answers.get("damaged"))
    return only_a_part_arrived(state) and short


def why_it_is_so(state: FormState) -> Text:
    if not received(state):
        return _("Why has nothing come?")
    return _("Why is something missing or damaged?")


def more_than_was_sent(value: int, state: FormState) -> Text | None:
    if not 0 < sent(state) < value:
        return None
    found = expected(state)
    if found is not None and found.handed_on is None:
        return _("{count} is more than the {planned} that were planned.").format(
            count=value, planned=sent(state)
        )
    return _("{count} is more than the {sent} that were sent.").format(
        count=value, sent=sent(state)
    )


def before_it_is_due(value: str, state: FormState) -> Text | None:
    found = expected(state)
    if value != Outcome.NONE or found is None or found.handed_on is not None:
        return None
    if found.delivery.day <= state.context.today:
        return None
    return _("By the plan it comes only on {day}.").format(day=found.delivery.day)


def before_it_left(value: str, state: FormState) -> Text | None:
    found = expected(state)
    left = found.handed_on if found else None
    if left is None or date.fromisoformat(value) >= left:
        return None
    return _("By the records it left only on {day}.").format(day=left)


def how_many_counted(state: FormState) -> Text:
    found = expected(state)
    if found is not None and found.handed_on is None:
        return _(
            "How many {goods} did {you} count? {sent} are planned, no hand-over is recorded."
        ).format(goods=goods(state), sent=sent(state))
    return _("How many {goods} did {you} count? {sent} were sent.").format(
        goods=goods(state), sent=sent(state)
    )


def as_many_as_were_counted(state: FormState) -> int:
    return received(state)


def what_answers_stand_on(state: FormState) -> Mapping[str, Any]:
    """Of another delivery everything is asked again, and “all of it” is so many."""
    delivery = state.answers.get("delivery")
    about_it = ("received", "damaged", "reason", "day", "photos", "note")
    return {
        **dict.fromkeys(about_it, delivery),
        "outcome": [delivery, sent(state)],
    }
