"""Somebody uses the system on two phones: a link brings the second one in."""

from __future__ import annotations

from conversations.kit import Conversation, FormState, Menu, Page, Screen, Style
from conversations.kit.links import link_in
from locales import _
from storage.people import phones
from storage.people.people import Role


async def show_link(state: FormState) -> Screen:
    context = state.context
    payload = await phones.link(
        context.session, context.person.id, by=context.person.id, now=context.now
    )
    page = Page().add(_("One more phone for {you}"), Style.TITLE)
    page.add(
        _(
            "Please open this link on the other phone. It works once, for three days, and is for nobody else:"
        )
    )
    page.add(link_in(context, payload), Style.SECRET)
    return page.screen()


add_phone = Conversation(
    "add_phone",
    _("Use a second phone"),
    roles=tuple(Role),
    menu=Menu(command="themmay"),
    steps=(),
    finish=show_link,
)
