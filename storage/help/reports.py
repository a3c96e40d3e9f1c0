"""What sites report, whatever it is of: versions that are never changed, each with its flags and photos.

Append-only versions.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import (
    CheckConstraint,
    Index,
    Select,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlmodel import Field, SQLModel, col

from storage.access import Session, UtcDateTime, first_of
from storage.declarations import append_only
from storage.help import photos
from storage.help.photos import PhotoCounts
from storage.identity import new_id
from storage.people.people import Membership, Role, in_force
from storage.prepared import Prepared, Records, among
from storage.programme.sites import Site, SiteHome


class ReportState(StrEnum):
    """How far the newest version of a report has come."""

    WAITING = "waiting"
    """To be checked by somebody else."""
    RETURNED = "returned"
    """To whoever sent it, to be corrected."""
    VERIFIED = "verified"


class Report(SQLModel, table=True):
    """One thing that a site reports once, under one receipt code: of a delivery, or of a day."""

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("kind", "delivery_id"),
        UniqueConstraint("kind", "site_code", "day"),
        CheckConstraint("(delivery_id IS NULL) <> (day IS NULL)", name="subject"),
        CheckConstraint("state IN ('waiting', 'returned', 'verified')", name="state"),
        CheckConstraint("version >= 1", name="version"),
        # In the order in which they are shown, since nobody may ever check them.
        Index(
            "ix_report_waiting",
            "site_code",
            "submitted_at",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_report_returned",
            "site_code",
            sqlite_where=text("state = 'returned'"),
            postgresql_where=text("state = 'returned'"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    kind: str
    """What it is of, as in `confirmation`: the table that holds the figures of its versions."""
    site_code: str = Field(foreign_key="site.code")
    delivery_id: str | None = Field(default=None, foreign_key="delivery.id")
    day: date | None = None
    code: str = Field(unique=True)
    """The receipt code, without the dashes that it is shown with."""
    version: int = 1
    """The number of the newest version; like the three below a tally, which the audit proves."""
    state: str = ReportState.WAITING
    submitted_by: str = Field(foreign_key="person.id")
    """Who sent the newest version."""
    submitted_at: datetime = Field(sa_type=UtcDateTime)


class ReportVersion(SQLModel, table=True):
    """What somebody said in a report; a correction is another version, with its reason."""

    __tablename__ = "report_version"
    __table_args__ = (
        UniqueConstraint("report_id", "version"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_report_version_submitted_by", "submitted_by", "submitted_at"),
        Index(
            "ix_report_version_former_code",
            "former_code",
            unique=True,
            sqlite_where=text("former_code IS NOT NULL"),
            postgresql_where=text("former_code IS NOT NULL"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    report_id: str = Field(foreign_key="report.id")
    version: int
    submitted_by: str = Field(foreign_key="person.id")
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    message_at: datetime = Field(sa_type=UtcDateTime)
    """When the message reached the channel: lateness is judged by it."""
    draft_id: str | None = None
    """The draft it came from, to be opened again; drafts come and go, so this is no reference."""
    note: str = ""
    change_reason: str = ""
    """Why this version followed another."""
    former_code: str | None = None
    """A receipt code of its own, from when each version had one; it still leads to the report."""


class ReportFlag(SQLModel, table=True):
    """An unusual answer in a version, with the reason that was given; it never blocks the record."""

    __tablename__ = "report_flag"

    version_id: str = Field(foreign_key="report_version.id", primary_key=True)
    kind: str = Field(primary_key=True)
    reason: str


append_only(ReportVersion)
append_only(ReportFlag)


class Figures(Protocol):
    """What a version says in numbers and names: each kind of report has its own."""

    @property
    def least_photos(self) -> int:
        """How many photos there should be; 0 where there is nothing to be seen."""


ReadFigures = Callable[[Session, Sequence[str]], Awaitable[Mapping[str, Figures]]]
"""The figures of these versions, by the version's id, in as many questions as one version needs."""

MayBeFollowed = Callable[[Figures], bool]
"""Whether these figures leave room for more, as “nothing has come” does: then no correction is needed to say it."""


def only_by_a_correction(_figures: Figures) -> bool:
    return False


_KINDS: dict[str, tuple[ReadFigures, MayBeFollowed]] = {}


def declare(
    kind: str, read: ReadFigures, may_be_followed: MayBeFollowed = only_by_a_correction
) -> str:
    """A kind of report, beside the table of its figures; gives the kind back."""
    _KINDS[kind] = (read, may_be_followed)
    return kind


@dataclass(frozen=True, slots=True)
class Reported:
    """The newest version of a report, with all that belongs to it."""

    report: Report
    version: ReportVersion
    site: Site
    figures: Figures
    photos: PhotoCounts = field(default_factory=PhotoCounts)
    flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def wants_photos(self) -> bool:
        """Fewer photos are there or under way than are needed."""
        return self.photos.alive < self.figures.least_photos


def may_be_followed(reported: Reported) -> bool:
    """Whether what was said last leaves room for another version that corrects nothing."""
    _read_figures, followed = _KINDS[reported.report.kind]
    return followed(reported.figures)


MOST_COUNTED = 100
"""Reports of a commune that are counted; so many stand for more than one fewer."""

# Written out and not handed over, so that the index of those that wait is used.
IS_WAITING = col(Report.state) == literal_column(f"'{ReportState.WAITING}'")

_NEWEST = and_(
    col(ReportVersion.report_id) == col(Report.id),
    col(ReportVersion.version) == col(Report.version),
)
_WITH_VERSION: Select[Report, ReportVersion, Site] = (
    select(Report, ReportVersion, Site)
    .select_from(Report)
    .join(ReportVersion, _NEWEST)
    .join(Site, col(Site.code) == col(Report.site_code))
)
_IN_UNIT = (
    col(SiteHome.unit_code) == bindparam("unit_code"),
    col(SiteHome.unit_from) == bindparam("unit_from"),
    col(SiteHome.since) <= bindparam("today"),
    or_(col(SiteHome.until).is_(None), col(SiteHome.until) >= bindparam("today")),
)
_OF_DELIVERY = Records(
    _WITH_VERSION.where(
        col(Report.kind) == bindparam("kind"), col(Report.delivery_id) == bindparam("delivery_id")
    )
)
_OF_DAY = Records(
    _WITH_VERSION.where(
        col(Report.kind) == bindparam("kind"),
        col(Report.site_code) == bindparam("site_code"),
        col(Report.day) == bindparam("day"),
    )
)
_BY_ID = Records(_WITH_VERSION.where(col(Report.id) == bindparam("report_id")))
_BY_CODE = Records(_WITH_VERSION.where(col(Report.code) == bindparam("code")))
_BY_FORMER_CODE = Records(
    _WITH_VERSION.where(
        col(Report.id)
        == select(col(ReportVersion.report_id))
        .where(col(ReportVersion.former_code) == bindparam("code"))
        .scalar_subquery()
    )
)
_SENT_BY = Prepared(
    select(col(ReportVersion.report_id))
    .join(Report, col(Report.id) == col(ReportVersion.report_id))
    .where(col(ReportVersion.submitted_by) == bindparam("person_id"))
    .where(among(col(Report.site_code), "site_codes"))
    .order_by(col(ReportVersion.submitted_at).desc(), col(ReportVersion.id).desc())
    .limit(bindparam("most"))
)
_AMONG = Records(_WITH_VERSION.where(among(col(Report.id), "report_ids")))
_SENDER_STILL_THERE = (
    exists()
    .where(col(Membership.person_id) == col(Report.submitted_by))
    .where(col(Membership.role) == Role.SITE, in_force(bindparam("now", type_=UtcDateTime)))
    .where(
        or_(
            col(Membership.site_code) == col(Report.site_code),
            col(Membership.site_code) == col(Site.parent_code),
        )
    )
)
_TO_CORRECT = (
    # Written out for the same reason.
    col(Report.state) == literal_column(f"'{ReportState.RETURNED}'"),
    among(col(Report.site_code), "site_codes"),
    or_(col(Report.submitted_by) == bindparam("person_id"), ~_SENDER_STILL_THERE),
)
_TO_BE_CORRECTED = Records(
    _WITH_VERSION.where(*_TO_CORRECT).order_by(col(Report.submitted_at), col(Report.id))
)
_COUNT_TO_CORRECT = Prepared(
    select(func.count())
    .select_from(Report)
    .join(Site, col(Site.code) == col(Report.site_code))
    .where(*_TO_CORRECT)
)
_NEWEST_OF_SITE = first_of(
    select(col(Report.id))
    .where(col(Report.site_code) == col(SiteHome.site_code), IS_WAITING)
    .order_by(col(Report.submitted_at).desc(), col(Report.id).desc())
    .limit(bindparam("most")),
    "newest",
    SiteHome,
)
_WAITING = Records(
    select(Report, ReportVersion, Site)
    .select_from(SiteHome)
    .join(_NEWEST_OF_SITE, true())
    .join(Report, col(Report.id) == _NEWEST_OF_SITE.c.value)
    .join(ReportVersion, _NEWEST)
    .join(Site, col(Site.code) == col(Report.site_code))
    .where(*_IN_UNIT)
    .order_by(col(Report.submitted_at).desc(), col(Report.id).desc())
    .limit(bindparam("most"))
)
_COUNT_WAITING = Prepared(
    select(func.count()).select_from(
        select(col(Report.id))
        .select_from(SiteHome)
        .join(Report, col(Report.site_code) == col(SiteHome.site_code))
        .where(*_IN_UNIT, IS_WAITING)
        .where(col(Report.submitted_at) > bindparam("after"))
        .where(col(Report.submitted_at) <= bindparam("until"))
        .limit(literal_column(str(MOST_COUNTED)))
        .subquery()
    )
)
_FLAGS = Records(
    select(ReportFlag)
    .where(among(col(ReportFlag.version_id), "version_ids"))
    .order_by(col(ReportFlag.kind))
)
_VERSIONS = Records(
    select(ReportVersion)
    .where(col(ReportVersion.report_id) == bindparam("report_id"))
    .order_by(col(ReportVersion.version))
)
EARLIEST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
LATEST = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


async def of_subject(
    session: Session,
    kind: str,
    *,
    site_code: str = "",
    delivery_id: str | None = None,
    day: date | None = None,
) -> Reported | None:
    """What was reported of a delivery, or of a day at a site."""
    if delivery_id is not None:
        found = await _read(session, _OF_DELIVERY, kind=kind, delivery_id=delivery_id)
    else:
        found = await _read(session, _OF_DAY, kind=kind, site_code=site_code, day=day)
    return found[0] if found else None


async def get(session: Session, report_id: str) -> Reported | None:
    """The report, whoever sent it."""
    found = await _read(session, _BY_ID, report_id=report_id)
    return found[0] if found else None


async def by_code(session: Session, code: str) -> Reported | None:
    """The report with this receipt code, also one that was given for an earlier version."""
    for these in (_BY_CODE, _BY_FORMER_CODE):
        found = await _read(session, these, code=code)
        if found:
            return found[0]
    return None


async def sent_by(
    session: Session, person_id: str, site_codes: Sequence[str], limit: int
) -> list[Reported]:
    """Reports of these sites of which somebody sent a version, those of their newest versions first."""
    if not site_codes:
        return []
    # A report may have several versions of theirs, so a few more are looked at.
    ids = await _SENT_BY.column(
        session, person_id=person_id, site_codes=list(site_codes), most=3 * limit
    )
    wanted = list(dict.fromkeys(ids))[:limit]
    if not wanted:
        return []
    found = {one.report.id: one for one in await _read(session, _AMONG, report_ids=wanted)}
    return [found[report_id] for report_id in wanted if report_id in found]


async def to_correct(
    session: Session, person_id: str, site_codes: Sequence[str], now: datetime
) -> list[Reported]:
    """Reports of these sites that were returned to somebody, or to whoever is left there, the oldest first."""
    if not site_codes:
        return []
    theirs = list(site_codes)
    return await _read(session, _TO_BE_CORRECTED, person_id=person_id, site_codes=theirs, now=now)


async def count_to_correct(
    session: Session, person_id: str, site_codes: Sequence[str], now: datetime
) -> int:
    """How many these are."""
    if not site_codes:
        return 0
    theirs = list(site_codes)
    [count] = await _COUNT_TO_CORRECT.column(
        session, person_id=person_id, site_codes=theirs, now=now
    )
    return int(count)


async def waiting_for_review(
    session: Session, unit_code: str, unit_from: date, today: date, limit: int = 200
) -> list[Reported]:
    """What the sites of a commune sent and nobody checked yet, newest first."""
    here = {"unit_code": unit_code, "unit_from": unit_from, "today": today}
    return await _read(session, _WAITING, **here, most=limit)


async def count_waiting(
    session: Session,
    unit_code: str,
    unit_from: date,
    today: date,
    *,
    after: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """How many reports of a commune wait to be checked, or of those only the ones sent after or until a moment.

    At most `MOST_COUNTED`, so that counting takes no longer the more wait.
    """
    here = {"unit_code": unit_code, "unit_from": unit_from, "today": today}
    between = {"after": after or EARLIEST, "until": until or LATEST}
    [count] = await _COUNT_WAITING.column(session, **here, **between)
    return int(count)


async def versions_of(session: Session, report_id: str) -> list[ReportVersion]:
    """All that was said in a report, the first version first."""
    return await _VERSIONS.all(session, report_id=report_id)


async def _read(session: Session, these: Records, **values: Any) -> list[Reported]:
    rows = await these.all(session, **values)
    if not rows:
        return []
    counts = await photos.counts(session, [report.id for report, _version, _site in rows])
    flags = await _flags_of(session, [version.id for _report, version, _site in rows])
    figures: dict[str, Figures] = {}
    for kind in sorted({report.kind for report, _version, _site in rows}):
        ids = [version.id for report, version, _site in rows if report.kind == kind]
        read_figures, _followed = _KINDS[kind]
        figures.update(await read_figures(session, ids))
    return [
        Reported(
            report,
            version,
            site,
            figures[version.id],
            counts.get(report.id, PhotoCounts()),
            flags.get(version.id, {}),
        )
        for report, version, site in rows
    ]


async def _flags_of(session: Session, version_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    flags: dict[str, dict[str, str]] = {}
    for flag in await _FLAGS.all(session, version_ids=list(version_ids)):
        flags.setdefault(flag.version_id, {})[flag.kind] = flag.reason
    return flags
