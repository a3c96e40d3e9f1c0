"""Whoever runs the system ends a role of somebody, who may do and see nothing of it from that moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.answering import menus
from conversations.kit.context import Context
from conversations.kit.links import way_home
from conversations.kit.screens import Page
from conversations.kit.telling import tell
from conversations.lobby.lobby import Lobby
from conversations.people.roles import role_at
from locales import Text, _
from locales.dates import local_day
from storage.database import Session
from storage.people import people
from storage.people.people import Membership, Person
from storage.refusals import Refused


async def end_role(
    session: Session,
    lobby: Lobby,
    channels: Sequence[str],
    membership_id: str,
    *,
    reason: str,
    now: datetime,
) -> Text:
    """End it, tell the person and change their menus; says what ended, raises Refused when there is no such role."""
    membership = await session.get(Membership, membership_id)
    person = await session.get(Person, membership.person_id) if membership else None
    if membership is None or person is None:
        raise Refused(_("There is no role with the number {number}.").format(number=membership_id))
    if not await people.end(session, membership_id, by=None, now=now, reason=reason):
        raise Refused(_("This role has ended already."))
    what = await role_at(session, membership, local_day(now))
    told = Page().add(_("The task of {you} here has ended: {role}.").format(role=what))
    told.add(_("If that is a mistake, please ask whoever sent the invitation."))
    told.offer(way_home())
    await session.flush()
    left = (await people.memberships_of(session, [person.id], now))[person.id]
    by_kind = {people.kind_of(channel): channel for channel in channels}
    for _person, kind, address in await people.reached_by(session, [person.id], by_kind):
        context = Context(session, person, left, by_kind[kind], address, now, now, address=address)
        menus.show_commands(lobby, context)
    await tell(session, channels, [person.id], told.screen(), now)
    return _("{name}: {role}").format(name=person.name, role=what)
