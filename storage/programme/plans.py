"""The plan, its lines of activity, and the things that are given."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel, col, select

from storage.access import Session
from storage.limits import LONGEST_CODE
from storage.prepared import Records

GOODS = "D"
"""The line of warm clothes and blankets, whose items are delivered and counted."""


class Plan(SQLModel, table=True):
    """A plan of the province, with its period."""

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("valid_from <= valid_to", name="period"),
        CheckConstraint(f"length(code) BETWEEN 1 AND {LONGEST_CODE}", name="code"),
    )

    code: str = Field(primary_key=True)
    number: str = ""
    title: str
    legal_bases: str = ""
    valid_from: date
    valid_to: date
    sample: bool = False


class ActivityLine(SQLModel, table=True):
    """One of the ways in which children are helped."""

    __tablename__ = "activity_line"

    code: str = Field(primary_key=True)
    name: str
    name_en: str


class Item(SQLModel, table=True):
    """Something that is given or done, with its unit of measure."""

    __tablename__ = "item"
    __table_args__ = (CheckConstraint("least_photos >= 0", name="least_photos"),)

    code: str = Field(primary_key=True)
    line_code: str = Field(foreign_key="activity_line.code")
    name: str
    name_en: str
    unit: str
    unit_en: str
    least_photos: int = 1


async def item(session: Session, code: str) -> Item | None:
    return await session.get(Item, code)


_GOODS = Records(select(Item).where(col(Item.line_code) == GOODS).order_by(col(Item.code)))


async def goods(session: Session) -> Sequence[Item]:
    """What can be delivered and counted."""
    return await _GOODS.all(session)


async def lines(session: Session) -> Sequence[ActivityLine]:
    found = await session.execute(select(ActivityLine).order_by(col(ActivityLine.code)))
    return list(found.scalars())


async def running_between(session: Session, first: date, last: date) -> Sequence[Plan]:
    """The plans whose period shares a day with this one."""
    found = await session.execute(
        select(Plan)
        .where(col(Plan.valid_from) <= last, col(Plan.valid_to) >= first)
        .order_by(col(Plan.valid_from), col(Plan.code))
    )
    return list(found.scalars())


async def running_on(session: Session, day: date) -> Sequence[Plan]:
    """The plans whose period holds this day."""
    found = await session.execute(
        select(Plan)
        .where(col(Plan.valid_from) <= day, col(Plan.valid_to) >= day)
        .order_by(col(Plan.code))
    )
    return list(found.scalars())
