"""What somebody else says of a version of a report after looking at it: found right, or returned to be corrected."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint, bindparam, select, update
from sqlmodel import Field, SQLModel, col

from locales import _
from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.declarations import append_only, kept_in_history
from storage.help.reports import IS_WAITING, Report, Reported, ReportState
from storage.identity import new_id
from storage.prepared import Records, among
from storage.refusals import Refused


class ReportReview(SQLModel, table=True):
    """What somebody else said of a version after looking at it."""

    __tablename__ = "report_review"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        CheckConstraint("verdict IN ('verified', 'returned')", name="verdict"),
        CheckConstraint("verdict <> 'returned' OR reason <> ''", name="reason"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    report_id: str = Field(foreign_key="report.id")
    version: int
    verdict: str
    reason: str = ""
    step: str = ""
    """The answer that is to be corrected, by the name of its question; empty for the report as a whole."""
    reviewed_by: str = Field(foreign_key="person.id")
    reviewed_at: datetime = Field(sa_type=UtcDateTime)


append_only(ReportReview)
kept_in_history("reviews", ReportReview, "report.verified", "report.returned")

_REVIEWED = (
    update(Report)
    .where(col(Report.id) == bindparam("report_id"))
    .where(col(Report.version) == bindparam("number"), IS_WAITING)
    .values(state=bindparam("verdict"))
    .execution_options(synchronize_session="fetch")
)
_REVIEWS = Records(
    select(ReportReview)
    .where(among(col(ReportReview.report_id), "report_ids"))
    .order_by(col(ReportReview.version).desc())
)


async def review(
    session: Session,
    reported: Reported,
    verdict: ReportState,
    *,
    by: str,
    now: datetime,
    reason: str = "",
    step: str = "",
) -> None:
    """Somebody else has looked at the newest version; raises Refused for one's own, and where another was faster."""
    if by == reported.version.submitted_by:
        raise Refused(_("Nobody checks their own report. Somebody else has to look at it."))
    done = await session.execute(
        _REVIEWED,
        {
            "report_id": reported.report.id,
            "number": reported.version.version,
            "verdict": verdict,
        },
    )
    if not changed(done):
        raise Refused(_("This report has been checked or changed meanwhile."))
    made = ReportReview(
        report_id=reported.report.id,
        version=reported.version.version,
        verdict=verdict,
        reason=reason,
        step=step,
        reviewed_by=by,
        reviewed_at=now,
    )
    session.add(made)
    history.note(
        session,
        f"report.{verdict}",
        made.id,
        by=by,
        now=now,
        after={"report": reported.report.id, "version": reported.version.version, "step": step},
        reason=reason,
    )


async def reviews_of(session: Session, report_ids: Sequence[str]) -> dict[str, list[ReportReview]]:
    """What was said of the versions of each of these reports, the newest first."""
    found: dict[str, list[ReportReview]] = {report_id: [] for report_id in report_ids}
    if found:
        for one in await _REVIEWS.all(session, report_ids=list(found)):
            found[one.report_id].append(one)
    return found


async def why_returned(session: Session, report_id: str, version: int) -> ReportReview | None:
    """Who gave that version back and why; None where nobody did."""
    said = (await reviews_of(session, [report_id]))[report_id]
    returned = (one for one in said if one.verdict == ReportState.RETURNED)
    return next((one for one in returned if one.version == version), None)
