"""Who changed what, when, from what to what, and why; nobody can change it afterwards. The audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.access import Json, Session, UtcDateTime
from storage.declarations import append_only
from storage.identity import new_id


class HistoryEntry(SQLModel, table=True):
    """One change."""

    __tablename__ = "history"
    __table_args__ = (Index("ix_history_subject_id", "subject", "subject_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by_person_id: str | None = Field(default=None, foreign_key="person.id")
    """Empty when the system or its operator did it from the command line."""
    action: str
    """What was done, as in `delivery.plan`."""
    subject: str
    """Which kind of record: the name of its table."""
    subject_id: str
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
    after: dict[str, Any] | None = Field(default=None, sa_type=Json)
    reason: str = ""


append_only(HistoryEntry)


def note(
    session: Session,
    action: str,
    subject_id: str,
    *,
    by: str | None,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write down a change, in the same transaction as the change itself."""
    session.add(
        HistoryEntry(
            at=now,
            by_person_id=by,
            action=action,
            subject=action.partition(".")[0],
            subject_id=subject_id,
            before=before,
            after=after,
            reason=reason,
        )
    )
