"""Help on its way to a site: planned, handed over, and then confirmed there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Select, bindparam, case, exists, text, update
from sqlmodel import Field, SQLModel, col, select

from locales import _
from locales.dates import local_day
from storage import history
from storage.access import Session, UtcDateTime, changed, insert_into
from storage.declarations import kept_in_history
from storage.identity import new_id
from storage.limits import HIGHEST_COUNT
from storage.people.areas import units_of_officer
from storage.people.people import HeldRole, Role
from storage.prepared import Records
from storage.programme import plans, sites
from storage.programme.plans import Item
from storage.programme.sites import Site
from storage.refusals import Refused


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PLANNED = "planned"
    HANDED_OVER = "handed_over"
    ARRIVED = "arrived"
    """A site has said that something came, whether or not somebody said that it left."""
    CANCELLED = "cancelled"


PLANNED_ANYWHERE = "state = 'planned' AND quantity > 0"
"""Of deliveries, in the store's own words: as many as without the second half, but so nobody who looks for those of
one site takes the way of whoever looks for all."""


def _among(name: str, which: str, *columns: str) -> Index:
    where = text(which)
    return Index(f"ix_delivery_{name}", *columns, sqlite_where=where, postgresql_where=where)


class Delivery(SQLModel, table=True):
    """So many of an item for a site on a day, from a source."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"quantity BETWEEN 1 AND {HIGHEST_COUNT}", name="quantity"),
        CheckConstraint(
            "state IN ('planned', 'handed_over', 'arrived', 'cancelled')", name="state"
        ),
        Index("ix_delivery_site_code_day", "site_code", "day"),
        # What is over is in none of these, and each is in an order in which it is asked for.
        _among("on_its_way", "state = 'handed_over'", "site_code", "day", "id"),
        _among("planned_at", "state = 'planned'", "site_code", "day", "id"),
        _among("planned", PLANNED_ANYWHERE, "day", "id"),
        Index(
            "ix_delivery_loaded",
            "created_at",
            sqlite_where=text("reference IS NOT NULL"),
            postgresql_where=text("reference IS NOT NULL"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    reference: str | None = Field(default=None, unique=True)
    """The number it has in a file that it was loaded from."""
    plan_code: str = Field(foreign_key="plan.code")
    site_code: str = Field(foreign_key="site.code")
    item_code: str = Field(foreign_key="item.code")
    quantity: int
    day: date
    source: str
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_by: str | None = Field(default=None, foreign_key="person.id")
    cancel_reason: str = ""
    state: str = DeliveryState.PLANNED
    """A tally of what is recorded of it, which the audit proves."""
    sample: bool = False


class HandOver(SQLModel, table=True):
    """What left the hands of whoever brought it: a record apart from what was received."""

    __tablename__ = "hand_over"
    __table_args__ = (CheckConstraint(f"quantity BETWEEN 1 AND {HIGHEST_COUNT}", name="quantity"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    delivery_id: str = Field(foreign_key="delivery.id", unique=True)
    brought_by: str
    quantity: int
    handed_on: date
    reason: str = ""
    """Why it was more than planned; empty when it was not."""
    recorded_by: str | None = Field(default=None, foreign_key="person.id")
    recorded_at: datetime = Field(sa_type=UtcDateTime)


kept_in_history("deliveries planned", Delivery, "delivery.plan", "delivery.load")
kept_in_history(
    "deliveries cancelled",
    Delivery,
    "delivery.cancel",
    where=col(Delivery.cancelled_at).is_not(None),
)
kept_in_history("hand-overs", HandOver, "hand_over.record")


@dataclass(frozen=True, slots=True)
class Expected:
    """A delivery with its site and item, and what was handed over."""

    delivery: Delivery
    item: Item
    site: Site
    sent: int
    """What was handed over; as long as nothing was, what is planned."""
    handed_on: date | None


def with_item_and_site() -> Select[Delivery, Item, Site, HandOver]:
    """What `read` makes of each delivery, to be narrowed down."""
    return (
        select(Delivery, Item, Site, HandOver)
        .select_from(Delivery)
        .join(Item, col(Item.code) == col(Delivery.item_code))
        .join(Site, col(Site.code) == col(Delivery.site_code))
        .outerjoin(HandOver, col(HandOver.delivery_id) == col(Delivery.id))
    )


async def read(session: Session, these: Records, **values: Any) -> list[Expected]:
    """Deliveries that are asked for with `with_item_and_site`."""
    return [
        Expected(
            delivery,
            item,
            site,
            handed.quantity if handed else delivery.quantity,
            handed.handed_on if handed else None,
        )
        for delivery, item, site, handed in await these.all(session, **values)
    ]


_EXPECTED = Records(
    with_item_and_site().where(
        col(Delivery.id) == bindparam("delivery"), col(Delivery.cancelled_at).is_(None)
    )
)
_OF_DELIVERY = (
    update(Delivery)
    .where(col(Delivery.id) == bindparam("delivery"))
    .execution_options(synchronize_session="fetch")
)
_LEFT = _OF_DELIVERY.where(col(Delivery.state) == DeliveryState.PLANNED).values(
    state=DeliveryState.HANDED_OVER
)
_CAME = _OF_DELIVERY.values(state=DeliveryState.ARRIVED)
_STILL_WAITS = _OF_DELIVERY.values(
    state=case(
        (
            exists().where(col(HandOver.delivery_id) == col(Delivery.id)),
            DeliveryState.HANDED_OVER.value,
        ),
        else_=DeliveryState.PLANNED.value,
    )
)


async def hold(session: Session, delivery_id: str) -> None:
    """Nobody else confirms or cancels the delivery until the transaction ends. A row lock."""
    await session.execute(
        select(Delivery.id).where(col(Delivery.id) == delivery_id).with_for_update()
    )


async def left(session: Session, delivery_id: str) -> None:
    """Its hand-over is recorded."""
    await session.execute(_LEFT, {"delivery": delivery_id})


async def arrived(session: Session, delivery_id: str, *, came: bool) -> None:
    """A site has said whether something came; where nothing has, the delivery still waits."""
    await session.execute(_CAME if came else _STILL_WAITS, {"delivery": delivery_id})


async def expected(session: Session, delivery_id: str) -> Expected | None:
    """The delivery, unless it was cancelled."""
    found = await read(session, _EXPECTED, delivery=delivery_id)
    return found[0] if found else None


async def _within_their_area(
    session: Session, site_code: str, memberships: Sequence[HeldRole], today: date
) -> None:
    """Raises Refused when the site is not in the area of an officer."""
    if any(one.role == Role.COORD for one in memberships):
        return
    home = await sites.home_of(session, site_code, today)
    if home is None or (home.unit_code, home.unit_from) not in units_of_officer(memberships):
        raise Refused(_("This site is not in the area of {you}."))


async def plan(
    session: Session,
    *,
    site_code: str,
    item_code: str,
    quantity: int,
    day: date,
    source: str,
    memberships: Sequence[HeldRole],
    by: str,
    now: datetime,
    reason: str = "",
) -> Delivery:
    """Enter a delivery; raises Refused outside the officer's area or outside the period of any plan.

    `reason` is why it is unusual, where it is.
    """
    await _within_their_area(session, site_code, memberships, local_day(now))
    running = await plans.running_on(session, day)
    if not running:
        raise Refused(
            _("No plan covers the day {day}. Please choose a day within a plan.").format(day=day)
        )
    delivery = Delivery(
        plan_code=running[-1].code,
        site_code=site_code,
        item_code=item_code,
        quantity=quantity,
        day=day,
        source=source,
        created_by=by,
        created_at=now,
    )
    session.add(delivery)
    history.note(
        session,
        "delivery.plan",
        delivery.id,
        by=by,
        now=now,
        after={"site": site_code, "item": item_code, "quantity": quantity, "day": day.isoformat()},
        reason=reason,
    )
    return delivery


async def hand_over(
    session: Session,
    *,
    delivery_id: str,
    brought_by: str,
    quantity: int,
    handed_on: date,
    reason: str,
    memberships: Sequence[HeldRole],
    by: str,
    now: datetime,
) -> None:
    """Record what left; raises Refused when it was recorded before, was cancelled, or is elsewhere."""
    await hold(session, delivery_id)
    found = await expected(session, delivery_id)
    if found is None:
        raise Refused(_("This delivery was cancelled."))
    await _within_their_area(session, found.site.code, memberships, local_day(now))
    if handed_on > local_day(now):
        raise Refused(_("{day} is still to come.").format(day=handed_on))
    hand_over_id = new_id()
    done = await session.execute(
        insert_into(session, HandOver)
        .values(
            id=hand_over_id,
            delivery_id=delivery_id,
            brought_by=brought_by,
            quantity=quantity,
            handed_on=handed_on,
            reason=reason,
            recorded_by=by,
            recorded_at=now,
        )
        .on_conflict_do_nothing(index_elements=["delivery_id"])
    )
    if not changed(done):
        raise Refused(_("This delivery has been handed over already."))
    await left(session, delivery_id)
    history.note(
        session,
        "hand_over.record",
        hand_over_id,
        by=by,
        now=now,
        after={"delivery": delivery_id, "quantity": quantity, "day": handed_on.isoformat()},
        reason=reason,
    )
