"""Somebody without an invitation enters as a donor, at once."""

from __future__ import annotations

from conversations.asking import address_step
from conversations.kit import Conversation, Moment, Page, Screen, Style
from locales import _, p_
from storage import people
from storage.people import Role


async def enter(moment: Moment) -> Screen:
    desk = moment.desk
    desk.person.address = moment.answers["address"]
    people.grant(desk.session, desk.person.id, Role.DONOR, by=desk.person.id, now=desk.now)
    desk.roles_changed = True
    page = Page().add(_("✅ Welcome, {you} {name}.").format(name=desk.person.name), Style.TITLE)
    page.add(_("The name of {you} is shown to nobody unless {you} ask for it."))
    return page.screen()


be_donor = Conversation(
    "be_donor",
    _("Help as a donor"),
    roles=(),
    newcomers=True,
    menu=p_("menu", "I would like to help the children"),
    steps=(address_step(),),
    finish=enter,
)
