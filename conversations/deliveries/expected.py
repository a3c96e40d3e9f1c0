"""The delivery that a conversation is about, and those that wait for a site's word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.deliveries.wording import delivery_line
from conversations.kit import Context, FormState
from conversations.kit.places import arrived_at
from conversations.kit.wording import counted, goods_of
from locales import Text, _
from storage.help import deliveries, reports, unconfirmed
from storage.help.deliveries import Expected

NOTHING_WAITS = _(
    "No delivery is waiting to be confirmed. When one is on its way, {you} will be told here."
)


@dataclass(frozen=True, slots=True)
class AboutADelivery:
    """What the records say of the delivery that was chosen; None before one is."""

    expected: Expected | None = None


async def waiting_for(context: Context) -> Sequence[Expected]:
    """What this person may confirm now."""
    return await context.once(unconfirmed.waiting_at, arrived_at(context))


async def to_be_confirmed(state: FormState) -> Sequence[Expected]:
    """The same; or, in a correction, the delivery that its report is of, until somebody else has corrected it."""
    context, corrects = state.context, state.corrects
    if corrects is None:
        return await waiting_for(context)
    reported = await context.once(reports.get, corrects.report_id)
    if reported is None or reported.version.version != corrects.version:
        return []
    found = await context.once(deliveries.expected, reported.report.delivery_id or "")
    return [found] if found else []


def expected(state: FormState) -> Expected | None:
    return state.known(AboutADelivery).expected


def sent(state: FormState) -> int:
    """How many should have arrived: what was handed over, else what was planned."""
    found = expected(state)
    return found.sent if found else 0


def what_arrives(state: FormState) -> Text | None:
    found = expected(state)
    return delivery_line(found) if found else None


def goods_that_arrive(state: FormState) -> Text | None:
    found = expected(state)
    return counted(found.sent, found.item) if found else None


def goods(state: FormState) -> Text | str:
    found = expected(state)
    return goods_of(found.item) if found else ""
