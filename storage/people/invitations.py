"""One-time links by which somebody takes up a role. Single-use bearer tokens."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, false
from sqlmodel import Field, SQLModel, col, select, update

from locales import Text, _
from locales.dates import local_day
from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.declarations import kept_in_history
from storage.identity import new_id
from storage.people import people
from storage.people.people import HeldRole, Membership, Role
from storage.programme import sites, units
from storage.refusals import Refused

BYTES = 24
"""Of chance in a link: 192 bits, in 32 characters."""
DAYS = 14
"""How long a link can be used."""
_SHAPE = re.compile(r"[A-Za-z0-9_-]{32}")


class Invitation(SQLModel, table=True):
    """A link that was handed out; the store knows only its hash."""

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(["unit_code", "unit_from"], ["unit.code", "unit.valid_from"]),
        CheckConstraint("site_code IS NULL OR unit_code IS NULL", name="one_place"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    token_sha256: str = Field(unique=True)
    role: str
    unit_code: str | None = None
    unit_from: date | None = None
    site_code: str | None = Field(default=None, foreign_key="site.code")
    created_by: str | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_by: str | None = Field(default=None, foreign_key="person.id")
    printed_at_start: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Shown to whoever started the bot while nobody coordinated: the next start shows another in its place."""


kept_in_history("invitations made", Invitation, "invitation.create")
kept_in_history(
    "invitations used", Invitation, "invitation.accept", where=col(Invitation.used_at).is_not(None)
)


IN_A_COMMUNE = frozenset({Role.LOCAL, Role.FRONT, Role.PARTY})
"""Whoever has committees or offices in the communes; of the others only the province has one."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A site, a commune, or with neither the whole province."""

    site_code: str | None = None
    unit_code: str | None = None
    unit_from: date | None = None


async def create(
    session: Session,
    role: Role,
    at: str | None,
    by: str | None,
    now: datetime,
    days: int = DAYS,
    *,
    printed_at_start: bool = False,
) -> str:
    """The payload of a new link, for a role at the site or unit with the code `at`; raises Refused."""
    place = await _place(session, role, at, local_day(now))
    payload = secrets.token_urlsafe(BYTES)
    invitation = Invitation(
        token_sha256=_hash(payload),
        role=role,
        site_code=place.site_code,
        unit_code=place.unit_code,
        unit_from=place.unit_from,
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
        printed_at_start=printed_at_start,
    )
    session.add(invitation)
    history.note(
        session, "invitation.create", invitation.id, by=by, now=now, after={"role": role, "at": at}
    )
    return payload


async def of_this_start(session: Session, now: datetime) -> str:
    """The payload by which the province's coordinator comes in; those of earlier starts end."""
    earlier = await session.execute(
        select(Invitation)
        .where(col(Invitation.printed_at_start))
        .where(col(Invitation.used_at).is_(None), col(Invitation.expires_at) > now)
        .with_for_update()
    )
    for one in earlier.scalars():
        one.expires_at = now
        history.note(session, "invitation.end", one.id, by=None, now=now, reason="printed anew")
    return await create(session, Role.COORD, None, None, now, printed_at_start=True)


async def _place(session: Session, role: Role, at: str | None, today: date) -> _Place:
    """Where the role is to be held; raises Refused when it cannot be held there."""
    site = await sites.get(session, at) if at else None
    if site is not None and site.valid_to is not None and site.valid_to < today:
        site = None
    unit = await units.valid_on(session, at, today) if at else None
    if at and site is None and unit is None:
        raise Refused(_("There is no site or unit with the code {code}.").format(code=at))
    commune = unit if unit is not None and unit.kind in units.LOWEST else None
    if role == Role.SITE:
        if site is None:
            raise Refused(_("The role {role} needs the code of a site.").format(role=role.value))
        return _Place(site_code=site.code)
    if commune is not None and role in IN_A_COMMUNE:
        return _Place(unit_code=commune.code, unit_from=commune.valid_from)
    if role == Role.LOCAL:
        raise Refused(
            _("The role {role} needs the code of a commune or ward.").format(role=role.value)
        )
    if at and (site is not None or commune is not None):
        raise Refused(
            _(
                "The role {role} is held in the whole province. Please leave the code {code} out."
            ).format(role=role.value, code=at)
        )
    return _Place()


async def find(
    session: Session, payload: str, *, person_id: str, now: datetime, hold: bool = False
) -> Invitation:
    """The open invitation behind a link that they pressed; raises Refused when used, expired or not ours.

    With `hold` nobody else takes it up before this transaction ends.
    """
    found = None
    if _SHAPE.fullmatch(payload):
        wanted = select(Invitation).where(col(Invitation.token_sha256) == _hash(payload))
        wanted = (
            wanted.with_for_update().execution_options(populate_existing=True) if hold else wanted
        )
        found = (await session.execute(wanted)).scalar_one_or_none()
    if found is None:
        raise Refused(
            _("This link is not an invitation of the system. Please ask the sender for a new one.")
        )
    if found.used_by == person_id:
        raise Refused(await _done_before(session, found, now))
    if found.used_at is not None:
        raise Refused(
            _("This invitation has been used already. Please ask the sender for a new one.")
        )
    if found.expires_at <= now:
        raise Refused(_("This invitation has expired. Please ask the sender for a new one."))
    return found


async def _done_before(session: Session, used: Invitation, now: datetime) -> Text:
    """For whoever presses once more the link by which they came."""
    held = (await people.memberships_of(session, [used.used_by or ""], now))[used.used_by or ""]
    if _place_of(used) in {_place_of(one) for one in held}:
        return _(
            "{You} have joined by this invitation already, and nothing more needs to be done with it."
        )
    return _(
        "The role of this invitation has ended since {you} joined. Please ask the sender for a new one."
    )


async def accept(session: Session, payload: str, *, person_id: str, now: datetime) -> Membership:
    """Take up the role, once, also when two people press at the same moment; raises Refused. By compare-and-set."""
    invitation = await find(session, payload, person_id=person_id, now=now)
    held = (await people.memberships_of(session, [person_id], now))[person_id]
    if _place_of(invitation) in {_place_of(one) for one in held}:
        raise Refused(
            _("{You} hold this role already. The invitation stays open for somebody else.")
        )
    done = await session.execute(
        update(Invitation)
        .where(col(Invitation.id) == invitation.id, col(Invitation.used_at).is_(None))
        .values(used_at=now, used_by=person_id)
        .execution_options(synchronize_session="fetch")
    )
    if not changed(done):
        raise Refused(
            _("This invitation has been used already. Please ask the sender for a new one.")
        )
    history.note(session, "invitation.accept", invitation.id, by=person_id, now=now)
    return people.grant(
        session,
        person_id,
        Role(invitation.role),
        by=invitation.created_by,
        now=now,
        unit_code=invitation.unit_code,
        unit_from=invitation.unit_from,
        site_code=invitation.site_code,
    )


def _place_of(one: Invitation | HeldRole) -> tuple[str, str | None, str | None]:
    return (one.role, one.unit_code, one.site_code)


def _hash(payload: str) -> str:
    return hashlib.sha256(payload.encode()).hexdigest()
