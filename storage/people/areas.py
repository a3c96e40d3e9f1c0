"""Who looks after whom: a commune after its sites and their people, the province after the communes."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, or_, tuple_
from sqlmodel import col, select

from locales.dates import local_day
from locales.sorting import name_key
from storage.access import Session
from storage.people.people import (
    HeldRole,
    Membership,
    Person,
    Role,
    holders,
    holders_at,
    in_force,
    memberships_of,
)
from storage.programme.sites import Site, SiteHome, home_of, stands_on


async def looked_after(
    session: Session, memberships: Sequence[HeldRole], now: datetime
) -> list[tuple[Person, Membership]]:
    """Whose phones somebody looks after: the operator everybody's, a commune's officer those of its sites.

    Whoever also has a task elsewhere is left to the operator, since a link for their phone lets into that, too.
    """
    query = (
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(in_force(now))
        .order_by(col(Membership.id))
    )
    everybodys = any(one.role == Role.ADMIN for one in memberships)
    if not everybodys:
        query = (
            query.join(SiteHome, col(SiteHome.site_code) == col(Membership.site_code))
            .where(col(Membership.role) == Role.SITE)
            .where(in_their_communes(memberships, local_day(now)))
        )
    found = [(person, membership) for person, membership in await session.execute(query)]
    if not everybodys:
        found = await _without_a_task_elsewhere(session, found, now)
    return sorted(found, key=lambda one: name_key(one[0].name))


async def _without_a_task_elsewhere(
    session: Session, found: Sequence[tuple[Person, Membership]], now: datetime
) -> list[tuple[Person, Membership]]:
    here = {membership.id for _person, membership in found}
    held = await memberships_of(session, sorted({person.id for person, _membership in found}), now)
    return [
        (person, membership)
        for person, membership in found
        if all(one.id in here or one.role == Role.DONOR for one in held[person.id])
    ]


def units_of_officer(memberships: Sequence[HeldRole]) -> list[tuple[str, date]]:
    """The communes that somebody is an officer of."""
    return [
        (one.unit_code, one.unit_from)
        for one in memberships
        if one.role == Role.LOCAL and one.unit_code and one.unit_from
    ]


def in_their_communes(memberships: Sequence[HeldRole], day: date) -> ColumnElement[bool]:
    """Of homes: those that are on this day in a commune that somebody is an officer of."""
    commune = tuple_(col(SiteHome.unit_code), col(SiteHome.unit_from))
    return and_(commune.in_(units_of_officer(memberships)), stands_on(day))


async def staff_of(session: Session, site_code: str, now: datetime) -> list[Person]:
    """Who reports for a site: its own people and those of the school above it."""
    above = select(Site.parent_code).where(col(Site.code) == site_code).scalar_subquery()
    found = await session.execute(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.role) == Role.SITE)
        .where(or_(col(Membership.site_code) == site_code, col(Membership.site_code) == above))
        .where(in_force(now))
        .order_by(col(Person.id))
        .distinct()
    )
    return list(found.scalars())


async def above(session: Session, person_id: str, now: datetime) -> list[Person]:
    """Who looks after somebody: a commune's officers after its sites, the province after the communes."""
    found: dict[str, Person] = {}
    for one in (await memberships_of(session, [person_id], now))[person_id]:
        officers: list[Person] = []
        if one.role == Role.SITE and one.site_code:
            home = await home_of(session, one.site_code, local_day(now))
            if home is not None:
                unit = (home.unit_code, home.unit_from)
                officers = await holders_at(session, Role.LOCAL, *unit, now)
        if not officers and one.role in {Role.SITE, Role.LOCAL}:
            officers = await holders(session, Role.COORD, now)
        found |= {officer.id: officer for officer in officers if officer.id != person_id}
    return list(found.values())
