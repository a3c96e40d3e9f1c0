"""The phones of a person: a lost one is put out at once, and a new one comes in through a link that works once."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from sqlmodel import Field, SQLModel, col, select, update

from locales import _
from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.declarations import kept_in_history
from storage.identity import new_id
from storage.messages import outbox
from storage.messages.outbox import Message, MessageState
from storage.people import people
from storage.people.people import Address, Person
from storage.refusals import Refused

PREFIX = "phone-"
"""Tells a link for a phone from an invitation, which is shorter than the whole of it."""
LIFE = timedelta(days=3)
_SHAPE = re.compile(PREFIX + r"[A-Za-z0-9_-]{32}")


class PhoneLink(SQLModel, table=True):
    """A link by which a person takes up another phone; the store knows only its hash."""

    __tablename__ = "phone_link"

    id: str = Field(default_factory=new_id, primary_key=True)
    token_sha256: str = Field(unique=True)
    person_id: str = Field(foreign_key="person.id", index=True)
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


kept_in_history("links for phones made", PhoneLink, "phone_link.create")


async def link(session: Session, person_id: str, *, by: str, now: datetime) -> str:
    """The payload of a new link for one more phone of a person; earlier links of theirs end."""
    await session.execute(
        update(PhoneLink)
        .where(col(PhoneLink.person_id) == person_id, col(PhoneLink.used_at).is_(None))
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
    )
    payload = PREFIX + secrets.token_urlsafe(24)
    made = PhoneLink(
        token_sha256=_hash(payload),
        person_id=person_id,
        created_by=by,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(made)
    history.note(session, "phone_link.create", made.id, by=by, now=now, after={"for": person_id})
    return payload


async def put_out(
    session: Session, person_id: str, *, by: str, reason: str, now: datetime
) -> list[Address]:
    """Every phone of a person loses everything at once, also what was on its way to it; which those were."""
    found = await session.execute(
        select(Address)
        .where(col(Address.person_id) == person_id, col(Address.until).is_(None))
        .order_by(col(Address.id))
    )
    ended = list(found.scalars())
    for address in ended:
        await _end(session, address, by=by, reason=reason, now=now)
    return ended


async def take_up(
    session: Session, payload: str, *, channel: str, address: str, now: datetime
) -> Person:
    """The account becomes one of the person's whose link it is; raises Refused, kindly.

    `channel` is the kind of channel. An account of somebody who holds a role stays theirs.
    """
    found = await _open_link(session, payload, now)
    person = await session.get(Person, found.person_id)
    present = (await people.by_addresses(session, [(channel, address)])).get((channel, address))
    if person is None or (present is not None and present.id == person.id):
        raise Refused(_("This phone is one of those on which {you} are known already."))
    if (
        present is not None
        and (await people.memberships_of(session, [present.id], now))[present.id]
    ):
        raise Refused(
            _(
                "Somebody else has a task here under this account. Please open the link in another account."
            )
        )
    done = await session.execute(
        update(PhoneLink)
        .where(col(PhoneLink.id) == found.id, col(PhoneLink.used_at).is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session="fetch")
    )
    if not changed(done):
        raise Refused(USED)
    await _bind(session, person.id, channel, address, by=person.id, why="link", now=now)
    await people.reachable(session, person.id)
    return person


async def given_to_another(
    session: Session, before: Person, *, channel: str, address: str, now: datetime
) -> Person:
    """The account is somebody else's now: a new person without a role; the former keeps theirs, and no phone here."""
    person = Person(language=before.language, created_at=now)
    session.add(person)
    await session.flush()
    await _bind(session, person.id, channel, address, by=person.id, why="another person", now=now)
    return person


USED = _("This link has been used already. Please ask for a new one.")


async def _open_link(session: Session, payload: str, now: datetime) -> PhoneLink:
    found = None
    if _SHAPE.fullmatch(payload):
        result = await session.execute(
            select(PhoneLink).where(col(PhoneLink.token_sha256) == _hash(payload))
        )
        found = result.scalar_one_or_none()
    if found is None:
        raise Refused(_("This link is not one of the system. Please ask for a new one."))
    if found.used_at is not None:
        raise Refused(USED)
    if found.expires_at <= now:
        raise Refused(_("This link has expired. Please ask for a new one."))
    return found


async def _bind(
    session: Session,
    person_id: str,
    channel: str,
    address: str,
    *,
    by: str,
    why: str,
    now: datetime,
) -> None:
    """Whoever was reached at the address is not any more."""
    found = await session.execute(
        select(Address)
        .where(col(Address.channel) == channel, col(Address.address) == address)
        .where(col(Address.until).is_(None))
        .with_for_update()
    )
    for before in found.scalars():
        await _end(session, before, by=by, reason=why, now=now)
    made = Address(channel=channel, address=address, person_id=person_id, since=now)
    session.add(made)
    history.note(session, "address.begin", made.id, by=by, now=now, after={"of": person_id})


async def _end(session: Session, address: Address, *, by: str, reason: str, now: datetime) -> None:
    address.until = now
    await session.flush()
    on_their_way = await session.execute(
        select(Message)
        .where(col(Message.person_id) == address.person_id, col(Message.chat) == address.address)
        .where(outbox.unsent(col(Message.state)))
        .where(col(Message.state) == MessageState.PENDING)
        .order_by(col(Message.id))
        .with_for_update()
    )
    for message in on_their_way.scalars():
        await outbox.settle(session, message, MessageState.DROPPED, now, "the phone was put out")
    history.note(
        session,
        "address.end",
        address.id,
        by=by,
        now=now,
        before={"of": address.person_id},
        reason=reason,
    )


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
