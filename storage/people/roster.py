"""Who takes part at present, as whoever runs the system sees it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from storage.access import Session
from storage.people.people import Address, Membership, Person, in_force
from storage.programme.sites import Site
from storage.programme.units import Unit


@dataclass(frozen=True, slots=True)
class Participant:
    """A person in one of their roles."""

    membership: Membership
    name: str
    place: str
    """The name of the site or commune; empty for the whole province."""
    addresses: Sequence[str]
    """Where they are reached, each with its kind of channel, as in `telegram:700001`."""
    is_reachable: bool


async def participants(session: Session, now: datetime) -> list[Participant]:
    """Everybody with a role, by role and place."""
    found = await session.execute(
        select(Membership, Person, Site, Unit)
        .join(Person, col(Person.id) == col(Membership.person_id))
        .outerjoin(Site, col(Site.code) == col(Membership.site_code))
        .outerjoin(
            Unit,
            (col(Unit.code) == col(Membership.unit_code))
            & (col(Unit.valid_from) == col(Membership.unit_from)),
        )
        .where(in_force(now))
        .order_by(
            col(Membership.role),
            col(Membership.unit_code),
            col(Membership.site_code),
            col(Membership.id),
        )
    )
    addresses = await _addresses(session)
    return [
        Participant(
            membership,
            person.name,
            site.name if site else unit.name if unit else "",
            addresses[person.id],
            is_reachable=person.unreachable_since is None,
        )
        for membership, person, site, unit in found
    ]


async def without_role(session: Session, now: datetime) -> int:
    """How many people have written and hold no role."""
    known = select(Membership.person_id).where(in_force(now))
    found = await session.execute(
        select(func.count()).select_from(Person).where(col(Person.id).not_in(known))
    )
    return int(found.scalar_one())


async def _addresses(session: Session) -> dict[str, list[str]]:
    found = await session.execute(
        select(Address).where(col(Address.until).is_(None)).order_by(col(Address.since))
    )
    addresses: dict[str, list[str]] = defaultdict(list)
    for one in found.scalars():
        addresses[one.person_id].append(f"{one.channel}:{one.address}")
    return addresses
