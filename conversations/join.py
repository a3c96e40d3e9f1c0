"""Somebody comes through an invitation, says how to be addressed, and has a role from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.asking import address_step, name_step, take_name_and_address
from conversations.kit import Choice, Conversation, Desk, Moment, Option, Page, Screen, Style
from conversations.wording import role_at
from locales import Text, _, p_
from storage import drafts, invitations, phones


async def from_link(desk: Desk, payload: str) -> Mapping[str, Any]:
    """Raises Refused, kindly, for a link that is used, expired or not ours."""
    invitation = await invitations.find(
        desk.session, payload, person_id=desk.person.id, now=desk.now
    )
    return {"invitation": payload, "role": invitation.role}


ITS_OWNER = (
    Option("same", _("{You} and nobody else"), p_("words", "me, the same")),
    Option("other", _("Somebody else now"), p_("words", "somebody else, another person")),
)


def account_has_a_task(moment: Moment) -> bool:
    return bool(moment.desk.roles)


def somebody_new(moment: Moment) -> bool:
    return moment.answers.get("who") != "same"


def whose_account(moment: Moment) -> Text:
    return _("This account is known as {name}. Who is writing?").format(
        name=moment.desk.person.name
    )


async def accept(moment: Moment) -> Screen:
    desk, invited = moment.desk, moment.desk.person.id
    payload = moment.answers["invitation"]
    if moment.answers.get("who") == "other":
        # Where the invitation brings nobody in, the account stays whose it was.
        await invitations.find(desk.session, payload, person_id=invited, now=desk.now, hold=True)
        await leave_to_its_new_owner(desk)
    membership = await invitations.accept(
        desk.session, payload, person_id=desk.person.id, now=desk.now
    )
    take_name_and_address(moment)
    desk.roles_changed = True
    # The link may have been pressed more than once.
    await drafts.drop(desk.session, invited, join.name, desk.now, but=desk.draft_id)
    where = await role_at(desk.session, membership, desk.today)
    page = Page().add(_("✅ Welcome, {you} {name}.").format(name=desk.person.name), Style.TITLE)
    page.add(_("From now on {you} take part as: {role}.").format(role=where))
    return page.screen()


async def leave_to_its_new_owner(desk: Desk) -> None:
    """The former owner keeps role and records, and can be brought in by another phone."""
    desk.person = await phones.given_to_another(
        desk.session, desk.person, channel=desk.kind_of_channel, address=desk.address, now=desk.now
    )


join = Conversation(
    "join",
    _("Join by invitation"),
    opening=from_link,
    steps=(
        Choice("who", _("Account"), whose_account, options=ITS_OWNER, when=account_has_a_task),
        address_step(when=somebody_new),
        name_step(when=somebody_new),
    ),
    finish=accept,
)
