"""What people were reminded of, so that no reminder is ever sent twice. Idempotency keys."""

from datetime import datetime

from sqlalchemy import Index, func
from sqlmodel import Field, SQLModel, col, select

from storage.access import Session, UtcDateTime, changed, insert_into


class Nudge(SQLModel, table=True):
    """One reminder that one person was given."""

    __tablename__ = "nudge"
    __table_args__ = (Index("ix_nudge_rule_created_at", "rule", "created_at"),)

    rule: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    """What it was about."""
    rung: str = Field(primary_key=True)
    """Which step of its ladder, or which day."""
    person_id: str = Field(foreign_key="person.id", primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


async def claim(
    session: Session, rule: str, subject: str, rung: str, person_id: str, now: datetime
) -> bool:
    """True for the one who may remind; False when it was done already."""
    done = await session.execute(
        insert_into(session, Nudge)
        .values(rule=rule, subject=subject, rung=rung, person_id=person_id, created_at=now)
        .on_conflict_do_nothing()
    )
    return changed(done) > 0


async def last_rung(session: Session, rule: str, subject: str, person_id: str) -> str | None:
    """The highest step of a rule's ladder, as text, of which somebody was told."""
    found = await session.execute(
        select(func.max(col(Nudge.rung)))
        .where(col(Nudge.rule) == rule, col(Nudge.subject) == subject)
        .where(col(Nudge.person_id) == person_id)
    )
    return found.scalar_one()
