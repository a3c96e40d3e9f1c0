"""The province and its districts, communes and wards, as they were and as they are. Temporal records, by valid time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ForeignKeyConstraint, Index, or_
from sqlmodel import Field, SQLModel, col, select

from locales.sorting import sort_key
from storage.access import Session

LOWEST = ("xa", "phuong", "thi_tran")
"""The kinds of unit below which there is none."""


class Unit(SQLModel, table=True):
    """An administrative unit; codes and names are used again, so the day it began is part of its key."""

    __tablename__ = "unit"
    __table_args__ = (
        Index("ix_unit_folded", "folded"),
        Index("ix_unit_parent_code", "parent_code"),
    )

    code: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    name: str
    folded: str
    """The name without its kind, folded for searching."""
    kind: str
    """tinh, thanh_pho, huyen, xa, phuong or thi_tran"""
    parent_code: str | None = None
    valid_to: date | None = None
    latitude: float | None = None
    longitude: float | None = None


class UnitLink(SQLModel, table=True):
    """What a former commune became, whole."""

    __tablename__ = "unit_link"
    __table_args__ = (
        ForeignKeyConstraint(["old_code", "old_from"], ["unit.code", "unit.valid_from"]),
        ForeignKeyConstraint(["new_code", "changed_on"], ["unit.code", "unit.valid_from"]),
    )

    old_code: str = Field(primary_key=True)
    old_from: date = Field(primary_key=True)
    new_code: str
    changed_on: date


class UnitRegion(SQLModel, table=True):
    """The region class of a commune by a decision, for a period; III is especially disadvantaged."""

    __tablename__ = "unit_region"
    __table_args__ = (
        ForeignKeyConstraint(["code", "tree_from"], ["unit.code", "unit.valid_from"]),
    )

    code: str = Field(primary_key=True)
    tree_from: date = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    region: str
    valid_to: date | None = None
    decision: str


async def lowest_on(session: Session, day: date) -> Sequence[Unit]:
    """The communes and wards that there are on a day, in Vietnamese order."""
    found = await session.execute(
        select(Unit)
        .where(col(Unit.kind).in_(LOWEST))
        .where(col(Unit.valid_from) <= day)
        .where(or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= day))
    )
    return sorted(found.scalars(), key=lambda unit: sort_key(unit.name.partition(" ")[2]))


async def valid_on(session: Session, code: str, day: date) -> Unit | None:
    """The unit that had this code on a day."""
    found = await session.execute(
        select(Unit)
        .where(col(Unit.code) == code, col(Unit.valid_from) <= day)
        .where(or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= day))
    )
    return found.scalar_one_or_none()


async def hold(session: Session, code: str, valid_from: date) -> None:
    """Whoever else counts what a unit has waits until the transaction ends. A row lock."""
    await session.execute(
        select(Unit.code)
        .where(col(Unit.code) == code, col(Unit.valid_from) == valid_from)
        .with_for_update()
    )


async def named(session: Session, folded: str, day: date) -> Sequence[Unit]:
    """The units of a day whose name, without its kind and folded, is this."""
    found = await session.execute(
        select(Unit)
        .where(col(Unit.folded) == folded, col(Unit.valid_from) <= day)
        .where(or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= day))
        .order_by(col(Unit.code))
    )
    return list(found.scalars())


async def became(session: Session, code: str) -> str | None:
    """The code of the unit into which a former commune went."""
    found = await session.execute(select(UnitLink.new_code).where(col(UnitLink.old_code) == code))
    return found.scalar_one_or_none()


async def region_of(session: Session, code: str, day: date) -> str | None:
    """The region class on a day; None where no decision is known, which is never a reason to refuse."""
    found = await session.execute(
        select(UnitRegion.region)
        .join(
            Unit,
            (col(Unit.code) == col(UnitRegion.code))
            & (col(Unit.valid_from) == col(UnitRegion.tree_from)),
        )
        .where(col(UnitRegion.code) == code, col(UnitRegion.valid_from) <= day)
        .where(or_(col(UnitRegion.valid_to).is_(None), col(UnitRegion.valid_to) >= day))
        .where(col(Unit.valid_from) <= day)
        .where(or_(col(Unit.valid_to).is_(None), col(Unit.valid_to) >= day))
    )
    return found.scalars().first()
