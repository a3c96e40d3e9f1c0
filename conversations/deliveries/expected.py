"""The delivery that somebody is talking about, and those that they may confirm."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.deliveries.wording import delivery_line
from conversations.kit import Context, FormState
from conversations.kit.places import arrived_at
from conversations.kit.wording import counted, goods_of
from locales import Text, _
from storage import unconfirmed
from storage.help.deliveries import Expected

NOTHING_WAITS = _(
    "No delivery is waiting to be confirmed. When one is on its way, {you} will be told here."
)


async def waiting_for(context: Context) -> Sequence[Expected]:
    """What this person may confirm now."""
    return await context.once(unconfirmed.waiting_at, arrived_at(context))


def expected(state: FormState) -> Expected | None:
    found = state.facts.get("expected")
    return found if isinstance(found, Expected) else None


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
