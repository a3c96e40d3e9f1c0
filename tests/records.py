"""What the store holds after people have talked, as plain values for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import col, select

from storage.access import Session
from storage.database import Database
from storage.help.confirmations import Confirmation
from storage.help.reports import Report, ReportFlag, ReportVersion


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One version of a confirmation, with what belongs to its report."""

    id: str
    """Of the report, which photos belong to."""
    version_id: str
    delivery_id: str | None
    code: str
    """The receipt code of the report."""
    version: int
    state: str
    outcome: str
    received: int
    damaged: int
    reason: str
    received_on: date | None
    note: str
    by_site_code: str
    submitted_by: str
    submitted_at: datetime
    message_at: datetime
    flags: dict[str, str]


async def confirmations(session: Session) -> list[Confirmed]:
    """Every version of every confirmation, in the order in which they were sent."""
    flags: dict[str, dict[str, str]] = {}
    for flag in (await session.execute(select(ReportFlag))).scalars():
        flags.setdefault(flag.version_id, {})[flag.kind] = flag.reason
    found = await session.execute(
        select(Report, ReportVersion, Confirmation)
        .join(ReportVersion, col(ReportVersion.report_id) == col(Report.id))
        .join(Confirmation, col(Confirmation.version_id) == col(ReportVersion.id))
        .order_by(col(ReportVersion.submitted_at), col(ReportVersion.id))
    )
    return [
        Confirmed(
            report.id,
            version.id,
            report.delivery_id,
            report.code,
            version.version,
            report.state,
            said.outcome,
            said.received,
            said.damaged,
            said.reason,
            said.received_on,
            version.note,
            report.site_code,
            version.submitted_by,
            version.submitted_at,
            version.message_at,
            flags.get(version.id, {}),
        )
        for report, version, said in found
    ]


async def confirmations_in(database: Database) -> Sequence[Confirmed]:
    async with database.reading() as session:
        return await confirmations(session)
