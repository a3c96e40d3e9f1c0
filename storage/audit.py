"""Proves that the records agree with the history of what was done, and that nothing is lost or there twice."""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, distinct, func, or_, select
from sqlmodel import SQLModel, col

from storage.access import Session
from storage.help.confirmations import Confirmation
from storage.help.deliveries import Delivery, HandOver
from storage.help.photos import Photo, PhotoState
from storage.help.receipts import read_code
from storage.help.reports import Report, ReportReview, ReportState, ReportVersion
from storage.history import Entry
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.inbox import Sender, Update, UpdateState
from storage.people.invitations import Invitation
from storage.people.join_requests import JoinRequest, RequestState
from storage.people.people import Membership
from storage.people.phones import PhoneLink


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ways to the same number."""

    what: str
    expected: int
    found: int


async def audit(session: Session) -> list[Comparison]:
    """Every comparison, whether it holds or not."""
    compared = [comparison for prove in PROOFS for comparison in await prove(session)]
    return sorted(compared, key=lambda one: one.expected == one.found)


async def _every_record_has_its_history(session: Session) -> list[Comparison]:
    asked = col(JoinRequest.state) != RequestState.ASKED
    decided = ("join_request.approved", "join_request.declined")
    kept: tuple[tuple[str, type[SQLModel], ColumnElement[bool] | None, tuple[str, ...]], ...] = (
        ("deliveries planned", Delivery, None, ("delivery.plan", "delivery.load")),
        (
            "deliveries cancelled",
            Delivery,
            col(Delivery.cancelled_at).is_not(None),
            ("delivery.cancel",),
        ),
        ("hand-overs", HandOver, None, ("hand_over.record",)),
        ("confirmations", Confirmation, None, ("confirmation.record",)),
        ("reviews", ReportReview, None, ("report.verified", "report.returned")),
        ("roles given", Membership, None, ("membership.grant",)),
        ("invitations made", Invitation, None, ("invitation.create",)),
        (
            "invitations used",
            Invitation,
            col(Invitation.used_at).is_not(None),
            ("invitation.accept",),
        ),
        ("links for phones made", PhoneLink, None, ("phone_link.create",)),
        ("requests to join", JoinRequest, None, ("join_request.ask",)),
        ("requests decided", JoinRequest, asked, decided),
    )
    found = []
    for what, table, condition, actions in kept:
        records = select(func.count()).select_from(table)
        if condition is not None:
            records = records.where(condition)
        done = select(func.count(distinct(col(Entry.subject_id)))).where(
            col(Entry.action).in_(actions)
        )
        found.append(
            Comparison(
                f"{what}, by history", await _number(session, done), await _number(session, records)
            )
        )
    return found


async def _totals_equal_their_events(session: Session) -> list[Comparison]:
    told: Counter[str] = Counter()
    newest: dict[str, tuple[int, int]] = {}
    entries = select(col(Entry.after)).where(col(Entry.action) == "confirmation.record")
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
        .join(
            ReportVersion,
            and_(
                col(ReportVersion.report_id) == col(Report.id),
                col(ReportVersion.version) == col(Report.version),
            ),
        )
        .join(Confirmation, col(Confirmation.version_id) == col(ReportVersion.id))
        .group_by(col(Delivery.item_code))
    )
    totals = {item: int(total) for item, total in await session.execute(summed)}
    return [
        Comparison(f"{item} received, by history", told[item], totals.get(item, 0))
        for item in sorted(set(told) | set(totals))
    ]


async def _versions_follow_one_another(session: Session) -> list[Comparison]:
    highest = (
        select(col(ReportVersion.report_id), func.max(col(ReportVersion.version)).label("version"))
        .group_by(col(ReportVersion.report_id))
        .subquery()
    )
    newest = and_(
        col(ReportVersion.report_id) == col(Report.id),
        col(ReportVersion.version) == col(Report.version),
        col(ReportVersion.submitted_by) == col(Report.submitted_by),
        col(ReportVersion.submitted_at) == col(Report.submitted_at),
    )
    last = and_(
        col(ReportReview.report_id) == col(Report.id),
        col(ReportReview.version) == col(Report.version),
    )
    said = func.coalesce(col(ReportReview.verdict), ReportState.WAITING)
    codes = list((await session.execute(select(col(Report.code)))).scalars())
    return [
        Comparison(
            "versions of reports without a gap",
            await _number(session, select(func.coalesce(func.sum(highest.c.version), 0))),
            await _count(session, ReportVersion),
        ),
        Comparison(
            "reports that tell of their newest version",
            len(codes),
            await _number(
                session, select(func.count()).select_from(Report).join(ReportVersion, newest)
            ),
        ),
        Comparison(
            "reports in the state of their last review",
            len(codes),
            await _number(
                session,
                select(func.count())
                .select_from(Report)
                .outerjoin(ReportReview, last)
                .where(col(Report.state) == said),
            ),
        ),
        Comparison(
            "receipt codes that check", len(codes), sum(read_code(one) == one for one in codes)
        ),
    ]


async def _photos_are_where_they_belong(session: Session) -> list[Comparison]:
    added = ("confirmation.add_photos", "report.add_photos")
    told = or_(col(Entry.action).in_(added), col(Entry.action).endswith(".record"))
    entries = await session.execute(select(col(Entry.after)).where(told))
    sent = sum((after or {}).get("photos", 0) for (after,) in entries)
    here = and_(
        col(Photo.original_key).is_not(None),
        col(Photo.public_key).is_not(None),
        col(Photo.sha256).is_not(None),
    )
    return [
        Comparison(
            "photos of reports, by history",
            sent,
            await _count(session, Photo, col(Photo.report_id).is_not(None)),
        ),
        Comparison(
            "photos stored that have a file and a public copy",
            await _count(session, Photo, col(Photo.state) == PhotoState.STORED),
            await _count(session, Photo, col(Photo.state) == PhotoState.STORED, here),
        ),
        Comparison(
            "photos promised that have a next try",
            await _count(session, Photo, col(Photo.state) == PhotoState.PROMISED),
            await _count(
                session,
                Photo,
                col(Photo.state) == PhotoState.PROMISED,
                col(Photo.next_try_at).is_not(None),
            ),
        ),
    ]


async def _nobody_waits_unseen(session: Session) -> list[Comparison]:
    unanswered = (
        select(col(Update.channel), col(Update.sender))
        .where(col(Update.state) == UpdateState.WAITING)
        .distinct()
        .subquery()
    )
    done = col(Update.state) == UpdateState.DONE
    live = col(StoredDraft.state) == DraftState.LIVE
    return [
        Comparison(
            "senders of unanswered updates who wait to be answered",
            await _number(session, select(func.count()).select_from(unanswered)),
            await _count(session, Sender, col(Sender.waiting_since).is_not(None)),
        ),
        Comparison(
            "updates done that have the moment of their answer",
            await _count(session, Update, done),
            await _count(session, Update, done, col(Update.answered_at).is_not(None)),
        ),
        Comparison(
            "drafts that are open, one a person",
            await _number(
                session, select(func.count(distinct(col(StoredDraft.person_id)))).where(live)
            ),
            await _count(session, StoredDraft, live),
        ),
    ]


async def _count(session: Session, table: type[SQLModel], *conditions: ColumnElement[bool]) -> int:
    return await _number(session, select(func.count()).select_from(table).where(*conditions))


async def _number(session: Session, query: Select[Any]) -> int:
    return int((await session.execute(query)).scalar_one())


_Proof: TypeAlias = Callable[[Session], Coroutine[Any, Any, list[Comparison]]]
PROOFS: tuple[_Proof, ...] = (
    _every_record_has_its_history,
    _totals_equal_their_events,
    _versions_follow_one_another,
    _photos_are_where_they_belong,
    _nobody_waits_unseen,
)
