"""Help that no site has confirmed yet: what still waits, and what may still be called off."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    TableValuedAlias,
    case,
    exists,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlmodel import col

from locales import _
from storage import history
from storage.access import Session, changed, first_of
from storage.declarations import Comparison, count, proof
from storage.help.confirmations import KIND, Confirmation, Outcome
from storage.help.deliveries import (
    Delivery,
    DeliveryState,
    Expected,
    HandOver,
    hold,
    read,
    with_item_and_site,
)
from storage.help.reports import Report, ReportVersion
from storage.people.areas import in_their_communes
from storage.people.people import HeldRole, Role
from storage.prepared import Records, among
from storage.programme.plans import Item
from storage.programme.sites import Site, SiteHome
from storage.refusals import Refused

MOST = 200
"""Deliveries in a list."""

_SOONEST = (col(Delivery.day), col(Delivery.id))


def _is(state: DeliveryState) -> ColumnElement[bool]:
    # Written out and not handed over, so that the indexes of what waits are used.
    return col(Delivery.state) == literal_column(f"'{state}'")


def _soonest(state: DeliveryState) -> TableValuedAlias:
    """The first deliveries of each site in a state."""
    asked = select(col(Delivery.id)).where(col(Delivery.site_code) == col(Site.code), _is(state))
    return first_of(asked.order_by(*_SOONEST).limit(MOST), "soonest", Site)


def _these(ids: Subquery) -> Select[Delivery, Item, Site, HandOver]:
    return with_item_and_site().join(ids, ids.c.value == col(Delivery.id)).limit(MOST)


_PLANNED, _ON_THEIR_WAY = _soonest(DeliveryState.PLANNED), _soonest(DeliveryState.HANDED_OVER)
_OF_SITES = or_(among(col(Site.code), "codes"), among(col(Site.parent_code), "codes"))
_WAITING_AT = Records(
    _these(
        union_all(
            *(
                select(soonest.c.value).select_from(Site).join(soonest, true()).where(_OF_SITES)
                for soonest in (_ON_THEIR_WAY, _PLANNED)
            )
        ).subquery()
    ).order_by(col(HandOver.id).is_(None), *_SOONEST)
)
_OF_PROVINCE = Records(
    _these(
        select(col(Delivery.id).label("value"))
        .where(_is(DeliveryState.PLANNED), col(Delivery.quantity) > literal_column("0"))
        .order_by(*_SOONEST)
        .limit(MOST)
        .subquery()
    ).order_by(*_SOONEST)
)


async def waiting_at(session: Session, site_codes: Sequence[str]) -> list[Expected]:
    """What these sites, and the satellite sites below them, have not confirmed yet; soonest first.

    What was handed over comes before what is only planned; at most `MOST`.
    """
    if not site_codes:
        return []
    return await read(session, _WAITING_AT, codes=list(site_codes))


async def planned_within(
    session: Session, memberships: Sequence[HeldRole], today: date
) -> list[Expected]:
    """What has not been handed over yet, in the communes of an officer or in the whole province.

    At most `MOST`, soonest first.
    """
    if any(one.role == Role.COORD for one in memberships):
        return await read(session, _OF_PROVINCE)
    ids = (
        select(_PLANNED.c.value)
        .select_from(Site)
        .join(SiteHome, col(SiteHome.site_code) == col(Site.code))
        .join(_PLANNED, true())
        .join(Delivery, col(Delivery.id) == _PLANNED.c.value)
        .where(in_their_communes(memberships, today))
        .order_by(*_SOONEST)
        .limit(MOST)
    )
    return await read(session, Records(_these(ids.subquery()).order_by(*_SOONEST), once=True))


async def cancel(
    session: Session, delivery_id: str, *, reason: str, by: str, now: datetime
) -> None:
    """Call a delivery off; raises Refused when it is confirmed or cancelled already. A soft delete."""
    await hold(session, delivery_id)
    done = await session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id)
        .where(col(Delivery.state).in_([DeliveryState.PLANNED, DeliveryState.HANDED_OVER]))
        .values(
            state=DeliveryState.CANCELLED,
            cancelled_at=now,
            cancelled_by=by,
            cancel_reason=reason,
        )
        .execution_options(synchronize_session="fetch")
    )
    if not changed(done):
        raise Refused(_("This delivery was confirmed or cancelled already."))
    history.note(session, "delivery.cancel", delivery_id, by=by, now=now, reason=reason)


@proof
async def _deliveries_have_come_as_far_as_is_told(session: Session) -> list[Comparison]:
    came = exists().where(
        col(Report.kind) == KIND,
        col(Report.delivery_id) == col(Delivery.id),
        col(ReportVersion.report_id) == col(Report.id),
        col(ReportVersion.version) == col(Report.version),
        col(Confirmation.version_id) == col(ReportVersion.id),
        col(Confirmation.outcome) != Outcome.NONE,
    )
    left = exists().where(col(HandOver.delivery_id) == col(Delivery.id))
    told = case(
        (col(Delivery.cancelled_at).is_not(None), DeliveryState.CANCELLED.value),
        (came, DeliveryState.ARRIVED.value),
        (left, DeliveryState.HANDED_OVER.value),
        else_=DeliveryState.PLANNED.value,
    )
    return [
        Comparison(
            "deliveries that have come as far as is told of them",
            await count(session, Delivery),
            await count(session, Delivery, col(Delivery.state) == told),
        )
    ]
