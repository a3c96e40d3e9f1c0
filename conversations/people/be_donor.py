"""Somebody without an invitation enters as a donor, at once."""

from __future__ import annotations

from conversations.kit import PEOPLE, Conversation, FormState, Menu, Page, Screen, Style
from conversations.people.asking import address_step
from locales import _, p_
from storage.people import people
from storage.people.people import Role


async def enter(state: FormState) -> Screen:
    context = state.context
    context.person.address = state.answers["address"]
    people.grant(
        context.session, context.person.id, Role.DONOR, by=context.person.id, now=context.now
    )
    context.roles_changed = True
    page = Page().add(_("✅ Welcome, {you} {name}.").format(name=context.person.name), Style.TITLE)
    page.add(_("The name of {you} is shown to nobody unless {you} ask for it."))
    return page.screen()


be_donor = Conversation(
    "be_donor",
    _("Help as a donor"),
    roles=(),
    newcomers=True,
    menu=Menu(p_("menu", "I would like to help the children"), group=PEOPLE),
    steps=(address_step(likely=("quy_vi", "anh", "chi")),),
    finish=enter,
)
