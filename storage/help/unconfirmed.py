"""Help that no site has confirmed yet: what still waits, and what may still be called off."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, literal_column, or_
from sqlmodel import col, update

from locales import _
from storage import history
from storage.access import Session, changed
from storage.help.confirmations import KIND, Confirmation, Outcome
from storage.help.deliveries import Delivery, Expected, HandOver, hold, read, with_item_and_site
from storage.help.reports import Report, ReportVersion
from storage.people.areas import in_their_communes
from storage.people.people import Membership, Role
from storage.programme.sites import Site, SiteHome
from storage.refusals import Refused


def _unconfirmed() -> ColumnElement[bool]:
    """No site has said that something came; “nothing has come” is a report, and the delivery still waits."""
    return ~exists().where(
        col(Report.kind) == literal_column(f"'{KIND}'"),
        col(Report.delivery_id) == col(Delivery.id),
        col(ReportVersion.report_id) == col(Report.id),
        col(ReportVersion.version) == col(Report.version),
        col(Confirmation.version_id) == col(ReportVersion.id),
        col(Confirmation.outcome) != Outcome.NONE,
    )


async def waiting_at(session: Session, site_codes: Sequence[str]) -> list[Expected]:
    """What these sites, and the satellite sites below them, have not confirmed yet; soonest first.

    What was handed over comes before what is only planned; at most 200.
    """
    if not site_codes:
        return []
    codes = list(site_codes)
    query = (
        with_item_and_site()
        .where(or_(col(Site.code).in_(codes), col(Site.parent_code).in_(codes)))
        .where(col(Delivery.cancelled_at).is_(None))
        .where(_unconfirmed())
        .order_by(col(HandOver.id).is_(None), col(Delivery.day), col(Delivery.id))
        .limit(200)
    )
    return await read(session, query)


async def planned_within(
    session: Session, memberships: Sequence[Membership], today: date
) -> list[Expected]:
    """What has not been handed over yet, in the communes of an officer or in the whole province.

    At most 200, soonest first.
    """
    query = (
        with_item_and_site()
        .where(col(HandOver.id).is_(None))
        .where(col(Delivery.cancelled_at).is_(None))
        .where(_unconfirmed())
        .order_by(col(Delivery.day), col(Delivery.id))
        .limit(200)
    )
    if not any(one.role == Role.COORD for one in memberships):
        query = query.join(SiteHome, col(SiteHome.site_code) == col(Site.code)).where(
            in_their_communes(memberships, today)
        )
    return await read(session, query)


async def cancel(
    session: Session, delivery_id: str, *, reason: str, by: str, now: datetime
) -> None:
    """Call a delivery off; raises Refused when it is confirmed or cancelled already. A soft delete."""
    await hold(session, delivery_id)
    done = await session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id, col(Delivery.cancelled_at).is_(None))
        .where(_unconfirmed())
        .values(cancelled_at=now, cancelled_by=by, cancel_reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    if not changed(done):
        raise Refused(_("This delivery was confirmed or cancelled already."))
    history.note(session, "delivery.cancel", delivery_id, by=by, now=now, reason=reason)
