"""Schools, their satellite sites and health stations: where children are, and which commune they are in."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKeyConstraint, Index, and_, func, or_
from sqlmodel import Field, SQLModel, col, select

from locales.sorting import sort_key
from storage.access import Session
from storage.limits import HIGHEST_COUNT, LONGEST_CODE, LONGEST_NAME

STAGES = ("MN", "TH", "THCS", "THPT")
"""Preschool, primary, lower and upper secondary school."""


class Site(SQLModel, table=True):
    """A place that receives help and reports it."""

    __tablename__ = "site"
    __table_args__ = (
        CheckConstraint("kind IN ('school', 'campus', 'class', 'health_station')", name="kind"),
        CheckConstraint("parent_code IS NULL OR parent_code <> code", name="own_parent"),
        CheckConstraint(f"length(code) BETWEEN 1 AND {LONGEST_CODE}", name="code"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {LONGEST_NAME}", name="name"),
        Index("ix_site_parent_code", "parent_code"),
        Index("ix_site_folded", "folded"),
    )

    code: str = Field(primary_key=True)
    name: str
    folded: str
    kind: str
    """school, campus (a satellite site of a school), class or health_station"""
    parent_code: str | None = Field(default=None, foreign_key="site.code")
    stages: str = ""
    """Of MN, TH, THCS, THPT, with spaces between."""
    valid_from: date
    valid_to: date | None = None
    sample: bool = False


class SiteHome(SQLModel, table=True):
    """The commune in which a site is, from a day until another."""

    __tablename__ = "site_home"
    __table_args__ = (
        ForeignKeyConstraint(["unit_code", "unit_from"], ["unit.code", "unit.valid_from"]),
        Index("ix_site_home_unit_code_unit_from", "unit_code", "unit_from"),
    )

    site_code: str = Field(foreign_key="site.code", primary_key=True)
    since: date = Field(primary_key=True)
    unit_code: str
    unit_from: date
    until: date | None = None


class Enrolment(SQLModel, table=True):
    """How many children of one stage a site has in a school year."""

    __tablename__ = "enrolment"
    __table_args__ = (
        CheckConstraint(f"children BETWEEN 0 AND {HIGHEST_COUNT}", name="children"),
        CheckConstraint("stage IN ('MN', 'TH', 'THCS', 'THPT')", name="stage"),
    )

    site_code: str = Field(foreign_key="site.code", primary_key=True)
    school_year: str = Field(primary_key=True)
    """As in 2026-2027."""
    stage: str = Field(primary_key=True)
    children: int


def stands_on(day: date) -> ColumnElement[bool]:
    """Of homes: those in which a site is on this day."""
    return and_(
        col(SiteHome.since) <= day,
        or_(col(SiteHome.until).is_(None), col(SiteHome.until) >= day),
    )


def is_open_on(day: date) -> ColumnElement[bool]:
    """Of sites: those that are not closed by this day."""
    return or_(col(Site.valid_to).is_(None), col(Site.valid_to) >= day)


async def get(session: Session, code: str) -> Site | None:
    return await session.get(Site, code)


async def any_open(session: Session, day: date) -> bool:
    """Whether there is a site on this day."""
    found = await session.execute(select(Site.code).where(is_open_on(day)).limit(1))
    return found.first() is not None


async def home_of(session: Session, code: str, day: date) -> SiteHome | None:
    """The commune of a site on a day."""
    found = await session.execute(
        select(SiteHome).where(col(SiteHome.site_code) == code, stands_on(day))
    )
    return found.scalar_one_or_none()


async def communes_with_any(session: Session, day: date) -> frozenset[str]:
    """The codes of the communes that have a site on a day."""
    found = await session.execute(
        select(SiteHome.unit_code)
        .join(Site, col(Site.code) == col(SiteHome.site_code))
        .where(stands_on(day), is_open_on(day))
        .distinct()
    )
    return frozenset(found.scalars())


async def children_at(session: Session, code: str) -> int | None:
    """How many children a site and those below it have in the last school year that is known; None when none is."""
    codes = await below(session, [code])
    last = select(func.max(col(Enrolment.school_year))).where(col(Enrolment.site_code).in_(codes))
    found = await session.execute(
        select(func.sum(col(Enrolment.children)))
        .where(col(Enrolment.site_code).in_(codes))
        .where(col(Enrolment.school_year) == last.scalar_subquery())
    )
    children = found.scalar_one()
    return None if children is None else int(children)


async def in_unit(session: Session, unit_code: str, day: date) -> Sequence[Site]:
    """The sites of a commune on a day, in Vietnamese order, each school before its satellite sites."""
    found = await session.execute(
        select(Site)
        .join(SiteHome, col(SiteHome.site_code) == col(Site.code))
        .where(col(SiteHome.unit_code) == unit_code, stands_on(day), is_open_on(day))
    )
    there = list(found.scalars())
    names = {site.code: site.name for site in there}

    def order(site: Site) -> tuple[object, ...]:
        school = names.get(site.parent_code or site.code, site.name)
        return (sort_key(school), site.parent_code is not None, sort_key(site.name))

    return sorted(there, key=order)


async def below(session: Session, codes: Sequence[str]) -> list[str]:
    """These sites and the satellite sites of the schools among them."""
    if not codes:
        return []
    found = await session.execute(
        select(Site.code).where(
            or_(col(Site.code).in_(list(codes)), col(Site.parent_code).in_(list(codes)))
        )
    )
    return sorted(found.scalars())
