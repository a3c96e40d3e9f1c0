"""What a site says it received: versions that are never changed, only followed by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Index,
    ScalarSelect,
    Select,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col

from locales import Text, _
from locales.dates import local_day
from storage import history
from storage.access import Session, UtcDateTime, changed, insert_into
from storage.help import photos
from storage.help.deliveries import Delivery, HandOver, expected, hold
from storage.help.photos import PhotoCounts
from storage.help.receipts import display, new_code
from storage.identity import new_id
from storage.limits import HIGHEST_COUNT
from storage.people.people import Person
from storage.programme.plans import Item
from storage.programme.sites import Site, SiteHome, stands_on
from storage.refusals import Misunderstood, Refused


class Outcome(StrEnum):
    """Whether a delivery came."""

    ALL = "all"
    PART = "part"
    NONE = "none"


class Confirmation(SQLModel, table=True):
    """One version of what a site says about a delivery."""

    __tablename__ = "confirmation"
    __table_args__ = (
        UniqueConstraint("delivery_id", "version"),
        CheckConstraint("outcome IN ('all', 'part', 'none')", name="outcome"),
        CheckConstraint(f"received BETWEEN 0 AND {HIGHEST_COUNT}", name="received"),
        CheckConstraint("damaged >= 0 AND damaged <= received", name="damaged"),
        CheckConstraint("outcome <> 'none' OR received = 0", name="nothing_received"),
        CheckConstraint("version >= 1", name="version"),
        Index("ix_confirmation_submitted_by", "submitted_by", "submitted_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    delivery_id: str = Field(foreign_key="delivery.id")
    version: int
    code: str = Field(unique=True)
    """The receipt code, without the dashes that it is shown with."""
    outcome: str
    received: int
    damaged: int
    reason: str = ""
    """Why something is missing or damaged: a key of the conversation, or the site's own words."""
    received_on: date | None = None
    no_child_declared: bool = False
    """The site declared that no child can be recognised in the photos."""
    note: str = ""
    by_site_code: str = Field(foreign_key="site.code")
    submitted_by: str = Field(foreign_key="person.id")
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    message_at: datetime = Field(sa_type=UtcDateTime)
    """When the message reached the channel: lateness is judged by it."""
    change_reason: str = ""
    """Why this version followed another."""


class ConfirmationFlag(SQLModel, table=True):
    """An unusual answer, with the reason that was given; it never blocks the record."""

    __tablename__ = "confirmation_flag"

    confirmation_id: str = Field(foreign_key="confirmation.id", primary_key=True)
    kind: str = Field(primary_key=True)
    reason: str


@dataclass(frozen=True, slots=True)
class NewConfirmation:
    """What a site wants to say about a delivery."""

    delivery_id: str
    outcome: Outcome
    received: int
    damaged: int
    by_site_code: str
    reason: str = ""
    received_on: date | None = None
    no_child_declared: bool = False
    note: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    photo_ids: Sequence[str] = ()
    expected: int | None = None
    """How many were sent as far as its writer knows; None where that does not matter."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A confirmation as its sender sees it."""

    confirmation: Confirmation
    item: Item
    site: Site
    sent: int
    photos: PhotoCounts
    flags: Mapping[str, str] = field(default_factory=dict)
    """By kind, the reason given for an unusual answer."""

    @property
    def wants_photos(self) -> bool:
        """Something came, and fewer photos are there or under way than the item needs."""
        return self.confirmation.received > 0 and self.photos.alive < self.item.least_photos


async def record(
    session: Session, new: NewConfirmation, *, by: str, message_at: datetime, now: datetime
) -> Confirmation:
    """What a site says of a delivery that waits.

    Raises Refused when somebody confirmed before or it cannot be true, and Misunderstood when the records have
    changed since its writer saw them. “Nothing has come” may be followed by what came later, as the next version.
    """
    await hold(session, new.delivery_id)
    found = await expected(session, new.delivery_id)
    if found is None:
        raise Refused(_("This delivery was cancelled, so it is not waiting any more."))
    if new.received_on is not None and new.received_on > local_day(now):
        raise Refused(_("{day} is still to come.").format(day=new.received_on))
    if new.expected is not None and new.expected != found.sent:
        raise Misunderstood(
            _("By the records {sent} were sent by now. Please look at it again.").format(
                sent=found.sent
            )
        )
    before = await latest_of(session, new.delivery_id)
    if before is not None and before.outcome != Outcome.NONE:
        raise await _confirmed_before(session, before)
    made = Confirmation(
        delivery_id=new.delivery_id,
        version=before.version + 1 if before else 1,
        code=new_code(),
        outcome=new.outcome,
        received=new.received,
        damaged=new.damaged,
        reason=new.reason,
        received_on=new.received_on,
        no_child_declared=new.no_child_declared,
        note=new.note,
        by_site_code=new.by_site_code,
        submitted_by=by,
        submitted_at=now,
        message_at=message_at,
    )
    done = await session.execute(
        insert_into(session, Confirmation)
        .values(**made.model_dump())
        .on_conflict_do_nothing(index_elements=["delivery_id", "version"])
    )
    if not changed(done):
        raise Refused(_("This delivery has been confirmed already."))
    for kind, reason in new.flags.items():
        session.add(ConfirmationFlag(confirmation_id=made.id, kind=kind, reason=reason))
    attached = await photos.attach(session, new.photo_ids, made.id)
    history.note(
        session,
        "confirmation.record",
        made.id,
        by=by,
        now=now,
        after={
            "delivery": new.delivery_id,
            "version": made.version,
            "outcome": new.outcome,
            "received": new.received,
            "damaged": new.damaged,
            "photos": len(attached),
        },
        reason=new.reason,
    )
    return made


async def _confirmed_before(session: Session, first: Confirmation) -> Refused:
    return Refused(await who_confirmed(session, first))


async def who_confirmed(session: Session, first: Confirmation) -> Text:
    who = await session.get(Person, first.submitted_by)
    return _(
        "{name} has confirmed this delivery already, at {moment}, with the code {code}."
    ).format(
        name=who.called_first if who else "", moment=first.submitted_at, code=display(first.code)
    )


async def latest_of(session: Session, delivery_id: str) -> Confirmation | None:
    """The newest version for a delivery."""
    found = await session.execute(
        select(Confirmation)
        .where(col(Confirmation.delivery_id) == delivery_id)
        .order_by(col(Confirmation.version).desc())
        .limit(1)
    )
    return found.scalar_one_or_none()


async def sent_by(session: Session, person_id: str, limit: int) -> list[Sent]:
    """What a person sent, newest first."""
    return await _sent(
        session,
        _with_all()
        .where(col(Confirmation.submitted_by) == person_id)
        .order_by(col(Confirmation.submitted_at).desc(), col(Confirmation.id).desc())
        .limit(limit),
    )


async def of_person(session: Session, confirmation_id: str, person_id: str) -> Sent | None:
    """The confirmation, if this person sent it."""
    found = await of_anybody(session, confirmation_id)
    return found if found is not None and found.confirmation.submitted_by == person_id else None


async def of_anybody(session: Session, confirmation_id: str) -> Sent | None:
    """The confirmation, whoever sent it."""
    found = await _sent(session, _with_all().where(col(Confirmation.id) == confirmation_id))
    return found[0] if found else None


async def waiting_for_review(
    session: Session, unit_code: str, unit_from: date, today: date, limit: int = 200
) -> list[Sent]:
    """What the sites of a commune sent and nobody checked yet, newest first."""
    return await _sent(
        session,
        _with_all()
        .join(SiteHome, col(SiteHome.site_code) == col(Site.code))
        .where(*_newest_in(unit_code, unit_from, today))
        .order_by(col(Confirmation.submitted_at).desc(), col(Confirmation.id).desc())
        .limit(limit),
    )


async def count_waiting(
    session: Session,
    unit_code: str,
    unit_from: date,
    today: date,
    *,
    after: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """How many reports of a commune wait to be checked, or of those only the ones sent after or until a moment."""
    query = (
        select(func.count())
        .select_from(Confirmation)
        .join(Delivery, col(Delivery.id) == col(Confirmation.delivery_id))
        .join(SiteHome, col(SiteHome.site_code) == col(Delivery.site_code))
        .where(*_newest_in(unit_code, unit_from, today))
    )
    if after is not None:
        query = query.where(col(Confirmation.submitted_at) > after)
    if until is not None:
        query = query.where(col(Confirmation.submitted_at) <= until)
    return (await session.execute(query)).scalar_one()


def _newest_in(unit_code: str, unit_from: date, today: date) -> tuple[ColumnElement[bool], ...]:
    """The newest version of each confirmation of the sites that are in a commune today."""
    return (
        col(SiteHome.unit_code) == unit_code,
        col(SiteHome.unit_from) == unit_from,
        stands_on(today),
        col(Confirmation.version) == _newest(),
    )


def _newest() -> ScalarSelect[int]:
    other = aliased(Confirmation)
    return (
        select(func.max(col(other.version)))
        .where(col(other.delivery_id) == col(Confirmation.delivery_id))
        .correlate(Confirmation)
        .scalar_subquery()
    )


_WithAll: TypeAlias = Select[Confirmation, Delivery, Item, Site, HandOver]


def _with_all() -> _WithAll:
    return (
        select(Confirmation, Delivery, Item, Site, HandOver)
        .join(Delivery, col(Delivery.id) == col(Confirmation.delivery_id))
        .join(Item, col(Item.code) == col(Delivery.item_code))
        .join(Site, col(Site.code) == col(Delivery.site_code))
        .outerjoin(HandOver, col(HandOver.delivery_id) == col(Delivery.id))
    )


async def _sent(session: Session, query: _WithAll) -> list[Sent]:
    rows = list(await session.execute(query))
    ids = [row[0].id for row in rows]
    counts = await photos.counts(session, ids)
    flags = await _flags_of(session, ids)
    return [
        Sent(
            confirmation,
            item,
            site,
            handed.quantity if handed else delivery.quantity,
            counts.get(confirmation.id, PhotoCounts()),
            flags.get(confirmation.id, {}),
        )
        for confirmation, delivery, item, site, handed in rows
    ]


async def _flags_of(session: Session, confirmation_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    if not confirmation_ids:
        return {}
    found = await session.execute(
        select(ConfirmationFlag)
        .where(col(ConfirmationFlag.confirmation_id).in_(list(confirmation_ids)))
        .order_by(col(ConfirmationFlag.kind))
    )
    flags: dict[str, dict[str, str]] = {}
    for flag in found.scalars():
        flags.setdefault(flag.confirmation_id, {})[flag.kind] = flag.reason
    return flags
