"""What was received in all, and with how many photos, proved from what the history tells of it.

Reconciliation of derived totals.
"""

from collections import Counter

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from storage.access import Session
from storage.declarations import Comparison, count, number, proof
from storage.help.confirmations import Confirmation
from storage.help.deliveries import Delivery
from storage.help.photos import Photo
from storage.help.receipts import read_code
from storage.help.reports import Report, ReportState, ReportVersion
from storage.help.reviews import ReportReview
from storage.history import HistoryEntry

_NEWEST = and_(
    col(ReportVersion.report_id) == col(Report.id),
    col(ReportVersion.version) == col(Report.version),
)


@proof
async def _totals_equal_their_events(session: Session) -> list[Comparison]:
    told: Counter[str] = Counter()
    newest: dict[str, tuple[int, int]] = {}
    entries = select(col(HistoryEntry.after)).where(
        col(HistoryEntry.action) == "confirmation.record"
    )
    for (after,) in await session.execute(entries):
        if after is None:
            continue
        newest[after["delivery"]] = max(
            newest.get(after["delivery"], (0, 0)), (after["version"], after["received"])
        )
    found = await session.execute(select(col(Delivery.id), col(Delivery.item_code)))
    items = {delivery.id: delivery.item_code for delivery in found}
    for delivery, (_version, received) in newest.items():
        told[items.get(delivery, "of no delivery")] += received
    summed = (
        select(col(Delivery.item_code), func.sum(col(Confirmation.received)))
        .join(Report, col(Report.delivery_id) == col(Delivery.id))
        .join(ReportVersion, _NEWEST)
        .join(Confirmation, col(Confirmation.version_id) == col(ReportVersion.id))
        .group_by(col(Delivery.item_code))
    )
    totals = {item: int(total) for item, total in await session.execute(summed)}
    return [
        Comparison(f"{item} received, by history", told[item], totals.get(item, 0))
        for item in sorted(set(told) | set(totals))
    ]


@proof
async def _versions_follow_one_another(session: Session) -> list[Comparison]:
    highest = (
        select(func.max(col(ReportVersion.version)).label("version"))
        .group_by(col(ReportVersion.report_id))
        .subquery()
    )
    versions = await number(session, select(func.coalesce(func.sum(highest.c.version), 0)))
    codes = list((await session.execute(select(col(Report.code)))).scalars())
    return [
        Comparison(
            "versions of reports without a gap", versions, await count(session, ReportVersion)
        ),
        Comparison(
            "receipt codes that check", len(codes), sum(read_code(one) == one for one in codes)
        ),
    ]


@proof
async def _reports_tell_of_their_newest_version(session: Session) -> list[Comparison]:
    told = and_(
        _NEWEST,
        col(ReportVersion.submitted_by) == col(Report.submitted_by),
        col(ReportVersion.submitted_at) == col(Report.submitted_at),
    )
    reviewed = and_(
        col(ReportReview.report_id) == col(Report.id),
        col(ReportReview.version) == col(Report.version),
    )
    state = func.coalesce(col(ReportReview.verdict), ReportState.WAITING)
    all_of_them = await count(session, Report)
    in_state = (
        select(func.count())
        .select_from(Report)
        .outerjoin(ReportReview, reviewed)
        .where(col(Report.state) == state)
    )
    newest = select(func.count()).select_from(Report).join(ReportVersion, told)
    return [
        Comparison(
            "reports that tell of their newest version", all_of_them, await number(session, newest)
        ),
        Comparison(
            "reports in the state of their last review",
            all_of_them,
            await number(session, in_state),
        ),
    ]


@proof
async def _photos_are_in_their_reports(session: Session) -> list[Comparison]:
    added = ("confirmation.add_photos", "report.add_photos")
    told = or_(col(HistoryEntry.action).in_(added), col(HistoryEntry.action).endswith(".record"))
    entries = await session.execute(select(col(HistoryEntry.after)).where(told))
    return [
        Comparison(
            "photos of reports, by history",
            sum((after or {}).get("photos", 0) for (after,) in entries),
            await count(session, Photo, col(Photo.report_id).is_not(None)),
        )
    ]
