"""What a site sends as a report: its first version, or one that follows it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import SQLModel, col

from locales import _
from storage import history
from storage.access import Session, changed, insert_into
from storage.help import late_photos, photos, reports
from storage.help.receipts import new_code
from storage.help.reports import (
    Report,
    Reported,
    ReportFlag,
    ReportState,
    ReportVersion,
    may_be_followed,
)
from storage.help.reviews import why_returned
from storage.refusals import Refused


@dataclass(frozen=True, slots=True)
class Corrected:
    """The version of a report that another one is to take the place of."""

    report_id: str
    version: int
    photos: tuple[str, ...] = ()
    """Those that the report had when somebody began to correct it: of these, what is left out is taken back."""


async def nothing_to_check(_session: Session, _now: datetime) -> None:
    return None


async def nothing_more(_session: Session) -> None:
    return None


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What somebody wants to report."""

    kind: str
    site_code: str
    figures: Callable[[str], SQLModel]
    """Makes the row of the kind's own table for the version's id."""
    told: Mapping[str, Any]
    """What the history keeps of the figures."""
    delivery_id: str | None = None
    day: date | None = None
    check: Callable[[Session, datetime], Awaitable[None]] = nothing_to_check
    """Raises Refused for what cannot be true, and Misunderstood where the records have changed."""
    also: Callable[[Session], Awaitable[None]] = nothing_more
    """What else becomes true with it."""
    note: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    """By the kind of doubt, the reason that was given."""
    photo_ids: Sequence[str] = ()
    no_child_declared: bool | None = None
    """Whether they declared that no child can be recognised in these photos; None where they said nothing of it."""
    draft_id: str | None = None
    corrects: Corrected | None = None
    """None for the first version, and where what was said before leaves room for more."""


_FOLLOW = (
    update(Report)
    .where(col(Report.id) == bindparam("report_id"), col(Report.kind) == bindparam("of_kind"))
    .where(col(Report.version) == bindparam("before"))
    # What it is of never changes.
    .where(col(Report.site_code) == bindparam("at_site"))
    .where(col(Report.delivery_id).is_not_distinct_from(bindparam("of_delivery")))
    .where(col(Report.day).is_not_distinct_from(bindparam("of_day")))
    .values(
        version=bindparam("number"),
        state=ReportState.WAITING,
        submitted_by=bindparam("by"),
        submitted_at=bindparam("at"),
    )
    .execution_options(synchronize_session="fetch")
)


class ReportedAlready(Refused):
    """Somebody else was faster, or it was changed meanwhile. A conflict of optimistic locking."""

    def __init__(self, first: Reported | None) -> None:
        super().__init__(_("This has been reported already."))
        self.first = first
        """What is there instead."""


async def submit(
    session: Session, new: NewVersion, *, by: str, message_at: datetime, now: datetime
) -> Reported:
    """A report, or a version that follows another one; raises ReportedAlready for whoever comes too late."""
    await new.check(session, now)
    corrects = new.corrects
    report = await _first(session, new, by, now) if corrects is None else None
    if report is None:
        corrects = corrects or await _leaves_room(session, new)
        report = await _next(session, new, corrects, by, now)
    returned = await why_returned(session, report.id, corrects.version) if corrects else None
    version = ReportVersion(
        report_id=report.id,
        version=report.version,
        submitted_by=by,
        submitted_at=now,
        message_at=message_at,
        draft_id=new.draft_id,
        note=new.note,
        change_reason=returned.reason if returned else "",
    )
    session.add(version)
    await session.flush()
    session.add(new.figures(version.id))
    for kind, reason in new.flags.items():
        session.add(ReportFlag(version_id=version.id, kind=kind, reason=reason))
    joined = await _with_photos(session, new, report.id, by, now)
    await new.also(session)
    history.note(
        session,
        f"{new.kind}.record",
        version.id,
        by=by,
        now=now,
        after={
            **new.told,
            "version": version.version,
            "photos": joined,
            "no_child_declared": new.no_child_declared,
        },
        reason=version.change_reason,
    )
    await session.flush()
    made = await reports.get(session, report.id)
    if made is None:
        raise LookupError(report.id)
    return made


async def _with_photos(
    session: Session, new: NewVersion, report_id: str, by: str, now: datetime
) -> int:
    """What is said of the photos holds for all of them, also for those that were there; how many more there are."""
    had = new.corrects.photos if new.corrects else ()
    left_out = [one for one in had if one not in new.photo_ids]
    taken_back = await late_photos.take_back(session, left_out, report_id)
    attached = await photos.attach(session, new.photo_ids, report_id)
    said = new.no_child_declared
    late_photos.declare_each(session, attached, no_child_declared=said, by=by, now=now)
    if said is not None:
        stayed = [one for one in new.photo_ids if one not in attached]
        await late_photos.declare_anew(session, stayed, report_id, said, by=by, now=now)
    return len(attached) - len(taken_back)


async def _first(session: Session, new: NewVersion, by: str, now: datetime) -> Report | None:
    """A report of what nobody has reported of; None where somebody has."""
    made = Report(
        kind=new.kind,
        site_code=new.site_code,
        delivery_id=new.delivery_id,
        day=new.day,
        code=new_code(),
        submitted_by=by,
        submitted_at=now,
    )
    subject = ["kind", "delivery_id"] if new.delivery_id else ["kind", "site_code", "day"]
    done = await session.execute(
        insert_into(session, Report)
        .values(**made.model_dump())
        .on_conflict_do_nothing(index_elements=subject)
    )
    return made if changed(done) else None


async def _leaves_room(session: Session, new: NewVersion) -> Corrected:
    """The version that is there, if its kind says that more may follow; raises ReportedAlready."""
    found = await reports.of_subject(
        session, new.kind, site_code=new.site_code, delivery_id=new.delivery_id, day=new.day
    )
    if found is None or not may_be_followed(found):
        raise ReportedAlready(found)
    return Corrected(found.report.id, found.version.version)


async def _next(
    session: Session, new: NewVersion, corrects: Corrected, by: str, now: datetime
) -> Report:
    done = await session.execute(
        _FOLLOW,
        {
            "report_id": corrects.report_id,
            "of_kind": new.kind,
            "before": corrects.version,
            "at_site": new.site_code,
            "of_delivery": new.delivery_id,
            "of_day": new.day,
            "number": corrects.version + 1,
            "by": by,
            "at": now,
        },
    )
    if not changed(done):
        raise ReportedAlready(await reports.get(session, corrects.report_id))
    return await session.get_one(Report, corrects.report_id, populate_existing=True)
