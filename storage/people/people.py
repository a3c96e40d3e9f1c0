"""People, how they are reached, and what they may do where, from when until when. Role-based access control."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    and_,
    bindparam,
    or_,
    text,
    true,
)
from sqlalchemy import select as columns_of
from sqlmodel import Field, SQLModel, col, select, update

from locales import Reader, Text
from locales.addresses import called
from storage import history
from storage.access import Session, UtcDateTime, changed, insert_into, is_one_of
from storage.declarations import kept_in_history
from storage.identity import new_id
from storage.prepared import Prepared, among


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


OF_MANY = (Role.SITE, Role.DONOR)
"""Roles of which there is no end; the others are held by a few in each place."""
_OFFICE = "role NOT IN ('site', 'donor')"


def kind_of(channel: str) -> str:
    """The kind of a channel, by which addresses are known: `telegram` for `telegram:588`."""
    return channel.partition(":")[0]


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

    @property
    def reader(self) -> Reader:
        """How to speak to them."""
        return Reader(language=self.language, address=self.address)

    @property
    def called(self) -> Text:
        """As others speak of them, inside a sentence."""
        return called(self.address, self.name)

    @property
    def called_first(self) -> Text:
        """As others speak of them, at the beginning of a sentence or a line."""
        return called(self.address, self.name, first=True)


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
        Index(
            "ix_membership_office",
            "role",
            sqlite_where=text(_OFFICE),
            postgresql_where=text(_OFFICE),
        ),
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


kept_in_history("roles given", Membership, "membership.grant")


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role that is in force, as somebody's turn reads it: the columns of its membership."""

    id: str
    person_id: str
    role: str
    unit_code: str | None
    unit_from: date | None
    site_code: str | None
    since: datetime
    until: datetime | None


def in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Of memberships: those that are held at this moment."""
    return and_(
        col(Membership.since) <= now,
        or_(col(Membership.until).is_(None), col(Membership.until) > now),
    )


_NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime)
_AT = (
    col(Address.channel) == bindparam("kind"),
    among(col(Address.address), "addresses"),
    col(Address.until).is_(None),
)
_BY_ADDRESSES = (
    select(Address.channel, Address.address, Person)
    .join(Person, col(Person.id) == col(Address.person_id))
    .where(*_AT)
)
_WHO_IS_AT = columns_of(col(Address.channel), col(Address.address), col(Address.person_id)).where(
    *_AT
)
_REACHED_AT = Prepared(_WHO_IS_AT)
_HELD_ADDRESSES = Prepared(_WHO_IS_AT.order_by(col(Address.id)).with_for_update(read=True))
_MEMBERSHIPS_OF = Prepared(
    columns_of(*(SQLModel.metadata.tables["membership"].c[one.name] for one in fields(HeldRole)))
    .where(among(col(Membership.person_id), "people"), in_force(_NOW))
    .order_by(col(Membership.id))
)
_HELD_ROLES = Prepared(
    columns_of(col(Membership.id), col(Membership.until))
    .where(among(col(Membership.id), "memberships"))
    .order_by(col(Membership.id))
    .with_for_update(read=True)
)
_HOLDERS = (
    select(Person)
    .join(Membership, col(Membership.person_id) == col(Person.id))
    .where(col(Membership.role) == bindparam("role"), in_force(_NOW))
    .order_by(col(Person.id))
    .distinct()
)
_HOLDERS_AT = _HOLDERS.where(
    col(Membership.unit_code) == bindparam("unit_code"),
    col(Membership.unit_from) == bindparam("unit_from"),
)
_HELD = (
    select(Person, Membership)
    .join(Membership, col(Membership.person_id) == col(Person.id))
    .where(col(Membership.role) == bindparam("role"), in_force(_NOW))
    .order_by(col(Membership.id))
)
_REACHED_BY = (
    select(Person, Address.channel, Address.address)
    .join(Address, col(Address.person_id) == col(Person.id))
    .where(among(col(Person.id), "people"), col(Person.unreachable_since).is_(None))
    .where(among(col(Address.channel), "kinds"))
    .where(col(Address.until).is_(None))
    .order_by(col(Person.id), col(Address.id))
)
_ADDRESSES_OF = Prepared(
    columns_of(col(Address.channel), col(Address.address))
    .where(col(Address.person_id) == bindparam("person"), col(Address.until).is_(None))
    .order_by(col(Address.id))
)


async def by_addresses(
    session: Session, addresses: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Person]:
    """Who is reached at each (kind of channel, address) today."""
    reached: dict[tuple[str, str], Person] = {}
    for kind, theirs in _by_kind(addresses).items():
        found = await session.execute(_BY_ADDRESSES, {"kind": kind, "addresses": theirs})
        reached |= {(channel, address): person for channel, address, person in found}
    return reached


async def reached_at(
    session: Session, addresses: Collection[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """The id of whoever is reached at each (kind of channel, address) today."""
    reached: dict[tuple[str, str], str] = {}
    for kind, theirs in _by_kind(addresses).items():
        found = await _REACHED_AT.rows(session, kind=kind, addresses=theirs)
        reached |= {(channel, address): person_id for channel, address, person_id in found}
    return reached


def _by_kind(addresses: Collection[tuple[str, str]]) -> dict[str, list[str]]:
    """Asked kind by kind, since for a list of pairs SQLite looks at everybody who ever came."""
    kinds: dict[str, list[str]] = {}
    for kind, address in sorted(addresses):
        kinds.setdefault(kind, []).append(address)
    return kinds


async def meet(
    session: Session, *, channel: str, address: str, name: str, language: str, now: datetime
) -> Person:
    """The person at an address; a stranger becomes a person without any role. Get or create, also in a race."""
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
) -> dict[str, list[HeldRole]]:
    """The roles each person holds at this moment."""
    held: dict[str, list[HeldRole]] = {person_id: [] for person_id in person_ids}
    for row in await _MEMBERSHIPS_OF.rows(session, people=list(person_ids), now=now):
        held[row.person_id].append(HeldRole(*row))
    return held


async def hold_roles(session: Session, memberships: Sequence[HeldRole]) -> bool:
    """None of these changes before this transaction ends; False when one has changed since it was read.

    Shared row locks. No clock is asked: whoever ended it may have done so a moment after this transaction began.
    """
    if not memberships:
        return True
    read = {one.id: one.until for one in memberships}
    found = await _HELD_ROLES.rows(session, memberships=sorted(read))
    return {row.id: row.until for row in found} == read


async def hold_addresses(session: Session, reached: Mapping[tuple[str, str], str]) -> bool:
    """Each person, by (kind of channel, address), stays there until this transaction ends; False when one is not."""
    if not reached:
        return True
    held: dict[tuple[str, str], str] = {}
    for kind, theirs in _by_kind(reached).items():
        found = await _HELD_ADDRESSES.rows(session, kind=kind, addresses=theirs)
        held |= {(channel, address): person_id for channel, address, person_id in found}
    return held == reached


async def holders(session: Session, role: Role, now: datetime) -> list[Person]:
    """Everybody who holds a role anywhere."""
    found = await session.execute(_HOLDERS.where(_is_office(role)), {"role": role, "now": now})
    return list(found.scalars())


async def held(session: Session, role: Role, now: datetime) -> list[tuple[Person, Membership]]:
    """Everybody who holds a role, with each place where they hold it."""
    found = await session.execute(_HELD.where(_is_office(role)), {"role": role, "now": now})
    return [(person, membership) for person, membership in found]


def _is_office(role: Role) -> ColumnElement[bool]:
    """In the words of the index of roles that few hold, so that nobody looks at all the others."""
    if role in OF_MANY:
        return true()
    return ~is_one_of(col(Membership.role), *OF_MANY)


async def holders_at(
    session: Session, role: Role, unit_code: str, unit_from: date, now: datetime
) -> list[Person]:
    """Everybody who holds a role in a unit."""
    unit = {"unit_code": unit_code, "unit_from": unit_from}
    found = await session.execute(_HOLDERS_AT, {**unit, "role": role, "now": now})
    return list(found.scalars())


async def reached_by(
    session: Session, person_ids: Sequence[str], channels: Collection[str]
) -> list[tuple[Person, str, str]]:
    """Where each of these people is reached on these kinds of channel: the person, the kind and the address.

    Those who cannot be reached are left out.
    """
    if not person_ids:
        return []
    values = {"people": list(person_ids), "kinds": sorted(channels)}
    found = await session.execute(_REACHED_BY, values)
    return [(person, channel, address) for person, channel, address in found]


async def addresses_of(session: Session, person_id: str) -> list[tuple[str, str]]:
    """Every (kind of channel, address) of a person today."""
    found = await _ADDRESSES_OF.rows(session, person=person_id)
    return [(channel, address) for channel, address in found]


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
