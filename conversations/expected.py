"""The delivery that somebody is talking about, and those that they may confirm."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import Desk, Moment
from conversations.wording import counted, delivery_line, goods_of
from locales import Text, _
from storage import deliveries, sites
from storage.deliveries import Expected
from storage.people import Role

NOTHING_WAITS = _(
    "No delivery is waiting to be confirmed. When one is on its way, {you} will be told here."
)


def arrived_at(desk: Desk) -> tuple[str, ...]:
    """The sites for which this person may confirm."""
    sites_of = (one.site_code for one in desk.memberships if one.role == Role.SITE)
    return tuple(code for code in sites_of if code)


async def sites_reported_for(desk: Desk) -> list[str]:
    """These, and the satellite sites below them."""
    return await desk.once(sites.below, arrived_at(desk))


async def waiting_for(desk: Desk) -> Sequence[Expected]:
    """What this person may confirm now."""
    return await desk.once(deliveries.waiting_at, arrived_at(desk))


def expected(moment: Moment) -> Expected | None:
    found = moment.facts.get("expected")
    return found if isinstance(found, Expected) else None


def sent(moment: Moment) -> int:
    """How many should have arrived: what was handed over, else what was planned."""
    found = expected(moment)
    return found.sent if found else 0


def what_arrives(moment: Moment) -> Text | None:
    found = expected(moment)
    return delivery_line(found) if found else None


def goods_that_arrive(moment: Moment) -> Text | None:
    found = expected(moment)
    return counted(found.sent, found.item) if found else None


def goods(moment: Moment) -> Text | str:
    found = expected(moment)
    return goods_of(found.item) if found else ""
