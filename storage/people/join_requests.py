"""Somebody without an invitation asks their commune to let them report for a site."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import CheckConstraint, Index, Select
from sqlmodel import Field, SQLModel, col, select, update

from locales import Text, _
from locales.addresses import called
from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.declarations import kept_in_history
from storage.identity import new_id
from storage.people.areas import in_their_communes
from storage.people.people import HeldRole, Person, Role, grant, memberships_of
from storage.programme.sites import Site, SiteHome
from storage.refusals import Refused

DECIDED = _("This request has been decided already.")


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
        Index("ix_join_request_person_id_state", "person_id", "state"),
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


kept_in_history("requests to join", JoinRequest, "join_request.ask")
kept_in_history(
    "requests decided",
    JoinRequest,
    "join_request.approved",
    "join_request.declined",
    where=col(JoinRequest.state) != RequestState.ASKED,
)


class Asking(NamedTuple):
    """An open request, for where it is, and whose."""

    request: JoinRequest
    site: Site
    person: Person


async def ask(
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


async def waiting_of(session: Session, person_id: str) -> Sequence[Site]:
    """The sites for which a person has asked to report and nobody has decided, in the order of asking."""
    found = await session.execute(
        select(Site)
        .join(JoinRequest, col(JoinRequest.site_code) == col(Site.code))
        .where(col(JoinRequest.person_id) == person_id)
        .where(col(JoinRequest.state) == RequestState.ASKED)
        .order_by(col(JoinRequest.id))
    )
    return found.scalars().all()


async def waiting_within(
    session: Session, memberships: Sequence[HeldRole], today: date
) -> list[Asking]:
    """The open requests for sites in the communes that somebody is an officer of."""
    found = await session.execute(
        _within(memberships, today)
        .add_columns(Person)
        .join(Person, col(Person.id) == col(JoinRequest.person_id))
        .where(col(JoinRequest.state) == RequestState.ASKED)
        .order_by(col(JoinRequest.id))
    )
    return [Asking(*row) for row in found]


def _within(memberships: Sequence[HeldRole], today: date) -> Select[JoinRequest, Site]:
    return (
        select(JoinRequest, Site)
        .join(Site, col(Site.code) == col(JoinRequest.site_code))
        .join(SiteHome, col(SiteHome.site_code) == col(Site.code))
        .where(in_their_communes(memberships, today))
    )


async def who_decided(
    session: Session, request_id: str, memberships: Sequence[HeldRole], today: date
) -> Text | None:
    """What became of a request in the officer's communes, and by whom; None for one that waits or is elsewhere."""
    query = _within(memberships, today).where(col(JoinRequest.id) == request_id)
    if (await session.execute(query)).first() is None:
        return None
    return await _decision(session, request_id)


async def _decision(session: Session, request_id: str) -> Text | None:
    # By columns, since what the session read before may have been decided by another process meanwhile.
    found = await session.execute(
        select(JoinRequest.state, Person.address, Person.name)
        .join(Person, col(Person.id) == col(JoinRequest.decided_by))
        .where(col(JoinRequest.id) == request_id)
    )
    decided = found.first()
    if decided is None:
        return None
    name = called(decided.address, decided.name, first=True)
    if decided.state == RequestState.APPROVED:
        return _("{name} has agreed to this request already.").format(name=name)
    return _("{name} has declined this request already.").format(name=name)


async def decide(
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
        raise Refused(await _decision(session, request_id) or DECIDED)
    history.note(
        session,
        f"join_request.{state}",
        request_id,
        by=by,
        now=now,
        after={"state": state},
        reason=reason,
    )
    if agreed and not await _reports_already(session, request, now):
        grant(session, request.person_id, Role.SITE, by=by, now=now, site_code=request.site_code)


async def _reports_already(session: Session, request: JoinRequest, now: datetime) -> bool:
    """An invitation may have been faster than the answer to the request."""
    held = (await memberships_of(session, [request.person_id], now))[request.person_id]
    return any(one.role == Role.SITE and one.site_code == request.site_code for one in held)
