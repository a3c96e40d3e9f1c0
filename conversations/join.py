"""Somebody comes through an invitation, says how to be addressed, and has a role from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.asking import address_step, name_step, take_name_and_address
from conversations.kit import Conversation, Desk, Moment, Page, Screen, Style
from conversations.wording import role_at
from locales import _
from storage import invitations


async def from_link(desk: Desk, payload: str) -> Mapping[str, Any]:
    """Raises Refused, kindly, for a link that is used, expired or not ours."""
    invitation = await invitations.find(desk.session, payload, now=desk.now)
    return {"invitation": payload, "role": invitation.role}


async def accept(moment: Moment) -> Screen:
    desk = moment.desk
    membership = await invitations.accept(
        desk.session, moment.answers["invitation"], person_id=desk.person.id, now=desk.now
    )
    take_name_and_address(moment)
    desk.roles_changed = True
    where = await role_at(desk.session, membership, desk.today)
    page = Page().add(_("✅ Welcome, {you} {name}.").format(name=desk.person.name), Style.TITLE)
    page.add(_("From now on {you} take part as: {role}.").format(role=where))
    return page.screen()


join = Conversation(
    "join",
    _("Join by invitation"),
    opening=from_link,
    steps=(address_step(), name_step()),
    finish=accept,
)
