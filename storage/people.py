"""People, how they are reached, and what they may do where, from when until when."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    and_,
    or_,
    text,
    tuple_,
)
from sqlmodel import Field, SQLModel, col, select, update

from locales import _
from locales.dates import local_day
from storage import history
from storage.database import Session, UtcDateTime, changed, insert_into
from storage.identity import new_id
from storage.refusals import Refused
from storage.sites import Site, SiteHome, home_of


class Role(StrEnum):
    """What an organisation or a person does in the plan."""

    PPC = "ppc"
    COORD = "coord"
    FUND = "fund"
    HEALTH = "health"
    CULT = "cult"
    EDU = "edu"
    ETH = "eth"
    FRONT = "front"
    DEPT = "dept"
    LOCAL = "local"
    SITE = "site"
    DONOR = "donor"
    FIN = "fin"
    PARTY = "party"
    ADMIN = "admin"


class Person(SQLModel, table=True):
    """Somebody who writes to us."""

    __tablename__ = "person"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = ""
    address: str = ""
    """The form of address, a key of `locales.addresses.ADDRESSES`; empty until they say."""
    language: str = "vi"
    created_at: datetime = Field(sa_type=UtcDateTime)
    unreachable_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sample: bool = False


class Address(SQLModel, table=True):
    """Where a person is reached on one kind of channel."""

    __tablename__ = "address"
    __table_args__ = (
        Index(
            "uq_address_live",
            "channel",
            "address",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_address_person_id", "person_id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    channel: str
    """The kind of channel, as in `telegram`."""
    address: str
    person_id: str = Field(foreign_key="person.id")
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(SQLModel, table=True):
    """A role that a person holds: at a site, in a unit, or for the whole province."""

    __tablename__ = "membership"
    __table_args__ = (
        ForeignKeyConstraint(["unit_code", "unit_from"], ["unit.code", "unit.valid_from"]),
        CheckConstraint("site_code IS NULL OR unit_code IS NULL", name="one_place"),
        Index("ix_membership_person_id", "person_id"),
        Index("ix_membership_site_code", "site_code"),
        Index("ix_membership_unit_code", "unit_code"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    role: str
    unit_code: str | None = None
    unit_from: date | None = None
    site_code: str | None = Field(default=None, foreign_key="site.code")
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    granted_by: str | None = Field(default=None, foreign_key="person.id")


class RequestState(StrEnum):
    """What became of somebody's request to join."""

    ASKED = "asked"
    APPROVED = "approved"
    DECLINED = "declined"


class JoinRequest(SQLModel, table=True):
    """Somebody without an invitation asks to report for a site."""

    __tablename__ = "join_request"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'approved', 'declined')", name="state"),
        Index("ix_join_request_site_code_state", "site_code", "state"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    site_code: str = Field(foreign_key="site.code")
    name: str
    state: str = RequestState.ASKED
    asked_at: datetime = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = ""


async def by_addresses(
    session: Session, addresses: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Person]:
    """Who is reached at each (kind of channel, address) today."""
    found = await session.execute(
        select(Address.channel, Address.address, Person)
        .join(Person, col(Person.id) == col(Address.person_id))
        .where(tuple_(col(Address.channel), col(Address.address)).in_(list(addresses)))
        .where(col(Address.until).is_(None))
    )
    return {(channel, address): person for channel, address, person in found}


async def meet(
    session: Session, *, channel: str, address: str, name: str, language: str, now: datetime
) -> Person:
    """The person at an address; a stranger becomes a person without any role."""
    person = Person(name=name, language=language, created_at=now)
    known = insert_into(session, Address).values(
        id=new_id(), channel=channel, address=address, person_id=person.id, since=now
    )
    session.add(person)
    await session.flush()
    done = await session.execute(known.on_conflict_do_nothing())
    if changed(done):
        return person
    # Another process met the same stranger first.
    await session.delete(person)
    await session.flush()
    found = await by_addresses(session, [(channel, address)])
    return found[channel, address]


async def memberships_of(
    session: Session, person_ids: Sequence[str], now: datetime
) -> dict[str, list[Membership]]:
    """The roles each person holds at this moment."""
    found = await session.execute(
        select(Membership)
        .where(col(Membership.person_id).in_(list(person_ids)))
        .where(_held(now))
        .order_by(col(Membership.id))
    )
    held: dict[str, list[Membership]] = {person_id: [] for person_id in person_ids}
    for membership in found.scalars():
        held[membership.person_id].append(membership)
    return held


async def hold_roles(session: Session, membership_ids: Collection[str], now: datetime) -> bool:
    """None of these ends before this transaction does; False when one of them has ended already."""
    if not membership_ids:
        return True
    found = await session.execute(
        select(Membership.id)
        .where(col(Membership.id).in_(sorted(membership_ids)), _held(now))
        .order_by(col(Membership.id))
        .with_for_update(read=True)
    )
    return len(found.all()) == len(membership_ids)


async def holders(session: Session, role: Role, now: datetime) -> list[Person]:
    """Everybody who holds a role anywhere."""
    found = await session.execute(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.role) == role)
        .where(_held(now))
        .order_by(col(Person.id))
        .distinct()
    )
    return list(found.scalars())


async def held(session: Session, role: Role, now: datetime) -> list[tuple[Person, Membership]]:
    """Everybody who holds a role, with each place where they hold it."""
    found = await session.execute(
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.role) == role)
        .where(_held(now))
        .order_by(col(Membership.id))
    )
    return [(person, membership) for person, membership in found]


async def holders_at(
    session: Session, role: Role, unit_code: str, unit_from: date, now: datetime
) -> list[Person]:
    """Everybody who holds a role in a unit."""
    found = await session.execute(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.role) == role)
        .where(col(Membership.unit_code) == unit_code, col(Membership.unit_from) == unit_from)
        .where(_held(now))
        .order_by(col(Person.id))
        .distinct()
    )
    return list(found.scalars())


async def in_the_care_of(
    session: Session, memberships: Sequence[Membership], now: datetime
) -> list[tuple[Person, Membership]]:
    """Whose phones somebody looks after: the operator everybody's, a commune's officer those of its sites."""
    query = (
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(_held(now))
        .order_by(col(Person.name), col(Membership.id))
    )
    if not any(one.role == Role.ADMIN for one in memberships):
        units = _units_of_officer(memberships)
        if not units:
            return []
        today = local_day(now)
        query = (
            query.join(SiteHome, col(SiteHome.site_code) == col(Membership.site_code))
            .where(col(Membership.role) == Role.SITE)
            .where(tuple_(col(SiteHome.unit_code), col(SiteHome.unit_from)).in_(units))
            .where(col(SiteHome.since) <= today)
            .where(or_(col(SiteHome.until).is_(None), col(SiteHome.until) >= today))
        )
    return [(person, membership) for person, membership in await session.execute(query)]


def _units_of_officer(memberships: Sequence[Membership]) -> list[tuple[str, date]]:
    return [
        (one.unit_code, one.unit_from)
        for one in memberships
        if one.role == Role.LOCAL and one.unit_code and one.unit_from
    ]


async def staff_of(session: Session, site_code: str, now: datetime) -> list[Person]:
    """Who reports for a site: its own people and those of the school above it."""
    above = select(Site.parent_code).where(col(Site.code) == site_code).scalar_subquery()
    found = await session.execute(
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(col(Membership.role) == Role.SITE)
        .where(or_(col(Membership.site_code) == site_code, col(Membership.site_code) == above))
        .where(_held(now))
        .order_by(col(Person.id))
        .distinct()
    )
    return list(found.scalars())


async def reached_by(
    session: Session, person_ids: Sequence[str], channels: Collection[str]
) -> list[tuple[Person, str, str]]:
    """Where each of these people is reached on these kinds of channel: the person, the kind and the address.

    Those who cannot be reached are left out.
    """
    if not person_ids:
        return []
    found = await session.execute(
        select(Person, Address.channel, Address.address)
        .join(Address, col(Address.person_id) == col(Person.id))
        .where(col(Person.id).in_(list(person_ids)))
        .where(col(Address.channel).in_(channels), col(Address.until).is_(None))
        .where(col(Person.unreachable_since).is_(None))
        .order_by(col(Person.id), col(Address.id))
    )
    return [(person, channel, address) for person, channel, address in found]


async def addresses_of(session: Session, person_id: str) -> list[tuple[str, str]]:
    """Every (kind of channel, address) of a person today."""
    found = await session.execute(
        select(Address.channel, Address.address)
        .where(col(Address.person_id) == person_id, col(Address.until).is_(None))
        .order_by(col(Address.id))
    )
    return [(channel, address) for channel, address in found]


async def anybody(session: Session) -> bool:
    """Whether anybody holds a role already."""
    return (await session.execute(select(Membership.id).limit(1))).first() is not None


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


async def unreachable(session: Session, person_id: str, now: datetime) -> bool:
    """They blocked us or are gone, and nothing is sent to them on our own account; False when that was known."""
    done = await session.execute(
        update(Person)
        .where(col(Person.id) == person_id, col(Person.unreachable_since).is_(None))
        .values(unreachable_since=now)
        .execution_options(synchronize_session=False)
    )
    if changed(done):
        history.note(session, "person.unreachable", person_id, by=None, now=now)
    return changed(done) > 0


async def reachable(session: Session, person_id: str) -> None:
    """They let us write to them again."""
    await session.execute(
        update(Person)
        .where(col(Person.id) == person_id)
        .values(unreachable_since=None)
        .execution_options(synchronize_session=False)
    )


def grant(
    session: Session,
    person_id: str,
    role: Role,
    *,
    by: str | None,
    now: datetime,
    unit_code: str | None = None,
    unit_from: date | None = None,
    site_code: str | None = None,
) -> Membership:
    """A role from now on."""
    membership = Membership(
        person_id=person_id,
        role=role,
        unit_code=unit_code,
        unit_from=unit_from,
        site_code=site_code,
        since=now,
        granted_by=by,
    )
    session.add(membership)
    where = {"role": role.value, "unit": unit_code, "site": site_code}
    history.note(session, "membership.grant", membership.id, by=by, now=now, after=where)
    return membership


async def end(
    session: Session, membership_id: str, *, by: str | None, now: datetime, reason: str
) -> bool:
    """A role ends at once; False when it had ended before."""
    done = await session.execute(
        update(Membership)
        .where(col(Membership.id) == membership_id, col(Membership.until).is_(None))
        .values(until=now)
        .execution_options(synchronize_session="fetch")
    )
    if changed(done):
        history.note(session, "membership.end", membership_id, by=by, now=now, reason=reason)
    return changed(done) > 0


async def ask_to_join(
    session: Session, *, person_id: str, name: str, site_code: str, now: datetime
) -> JoinRequest:
    """The open request of a person for a site, made now if there was none."""
    found = await session.execute(
        select(JoinRequest)
        .where(col(JoinRequest.person_id) == person_id)
        .where(col(JoinRequest.site_code) == site_code)
        .where(col(JoinRequest.state) == RequestState.ASKED)
        .limit(1)
    )
    known = found.scalar_one_or_none()
    if known is not None:
        return known
    request = JoinRequest(person_id=person_id, name=name, site_code=site_code, asked_at=now)
    session.add(request)
    history.note(
        session, "join_request.ask", request.id, by=person_id, now=now, after={"site": site_code}
    )
    return request


async def asked_within(
    session: Session, memberships: Sequence[Membership], today: date
) -> list[tuple[JoinRequest, Site]]:
    """The open requests for sites in the communes that somebody is an officer of."""
    units = _units_of_officer(memberships)
    if not units:
        return []
    found = await session.execute(
        select(JoinRequest, Site)
        .join(Site, col(Site.code) == col(JoinRequest.site_code))
        .join(SiteHome, col(SiteHome.site_code) == col(Site.code))
        .where(tuple_(col(SiteHome.unit_code), col(SiteHome.unit_from)).in_(units))
        .where(col(SiteHome.since) <= today)
        .where(or_(col(SiteHome.until).is_(None), col(SiteHome.until) >= today))
        .where(col(JoinRequest.state) == RequestState.ASKED)
        .order_by(col(JoinRequest.id))
    )
    return [(request, site) for request, site in found]


async def decide_join(
    session: Session, request_id: str, *, agreed: bool, reason: str, by: str, now: datetime
) -> None:
    """Let them join, or say why not; raises Refused when somebody decided before, or about oneself."""
    request = await session.get(JoinRequest, request_id)
    if request is None or request.person_id == by:
        raise Refused(_("Nobody decides about their own request."))
    state = RequestState.APPROVED if agreed else RequestState.DECLINED
    done = await session.execute(
        update(JoinRequest)
        .where(col(JoinRequest.id) == request_id, col(JoinRequest.state) == RequestState.ASKED)
        .values(state=state, decided_by=by, decided_at=now, reason=reason)
        .execution_options(synchronize_session="fetch")
    )
    if not changed(done):
        raise Refused(_("This request has been decided already."))
    history.note(
        session,
        f"join_request.{state}",
        request_id,
        by=by,
        now=now,
        after={"state": state},
        reason=reason,
    )
    if agreed:
        grant(session, request.person_id, Role.SITE, by=by, now=now, site_code=request.site_code)


def _held(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(Membership.since) <= now,
        or_(col(Membership.until).is_(None), col(Membership.until) > now),
    )
