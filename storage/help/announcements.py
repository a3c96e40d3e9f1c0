"""Deliveries that came in by file, of which the people of their sites have yet to hear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from storage.access import Session
from storage.help.deliveries import Delivery
from storage.messages.nudges import Nudge
from storage.people.people import Membership, Role, in_force
from storage.programme.plans import Item
from storage.programme.sites import Site


@dataclass(frozen=True, slots=True)
class Announcement:
    """What was loaded for one site at one moment, and one person who is to hear of it."""

    person_id: str
    site: Site
    loaded_at: datetime
    deliveries: Sequence[tuple[Delivery, Item]]

    @property
    def rung(self) -> str:
        return self.loaded_at.isoformat()


async def due(session: Session, rule: str, after: datetime, now: datetime) -> list[Announcement]:
    """For whoever held the role when the file came, after that moment, and was not told by the rule yet."""
    above = or_(
        col(Membership.site_code) == col(Site.code),
        col(Membership.site_code) == col(Site.parent_code),
    )
    found = await session.execute(
        select(Membership.person_id, Site, Delivery.created_at)
        .join(Delivery, col(Delivery.site_code) == col(Site.code))
        .join(Membership, above)
        .where(_waits_since(after))
        .where(col(Membership.role) == Role.SITE, in_force(now))
        .where(col(Membership.since) <= col(Delivery.created_at))
        .order_by(col(Site.code), col(Delivery.created_at), col(Membership.person_id))
        .distinct()
    )
    told = await _told(session, rule, after)
    untold = [
        (person_id, site, loaded_at)
        for person_id, site, loaded_at in found
        if (site.code, loaded_at.isoformat(), person_id) not in told
    ]
    keys = sorted({(site.code, at) for _person, site, at in untold})
    loaded = await _loaded(session, keys, after)
    return [
        Announcement(person_id, site, loaded_at, loaded[site.code, loaded_at])
        for person_id, site, loaded_at in untold
    ]


def _waits_since(after: datetime) -> ColumnElement[bool]:
    return and_(
        col(Delivery.reference).is_not(None),
        col(Delivery.sample).is_(False),
        col(Delivery.cancelled_at).is_(None),
        col(Delivery.created_at) > after,
    )


async def _told(session: Session, rule: str, after: datetime) -> set[tuple[str, str, str]]:
    found = await session.execute(
        select(Nudge.subject, Nudge.rung, Nudge.person_id).where(
            col(Nudge.rule) == rule, col(Nudge.created_at) > after
        )
    )
    return {(subject, rung, person_id) for subject, rung, person_id in found}


async def _loaded(
    session: Session, keys: Sequence[tuple[str, datetime]], after: datetime
) -> dict[tuple[str, datetime], list[tuple[Delivery, Item]]]:
    """The deliveries of each site and moment."""
    loaded: dict[tuple[str, datetime], list[tuple[Delivery, Item]]] = {key: [] for key in keys}
    if not keys:
        return loaded
    found = await session.execute(
        select(Delivery, Item)
        .join(Item, col(Item.code) == col(Delivery.item_code))
        .where(_waits_since(after))
        .where(col(Delivery.site_code).in_(sorted({code for code, _at in keys})))
        .order_by(col(Delivery.day), col(Delivery.id))
    )
    for delivery, item in found:
        if (delivery.site_code, delivery.created_at) in loaded:
            loaded[delivery.site_code, delivery.created_at].append((delivery, item))
    return loaded
