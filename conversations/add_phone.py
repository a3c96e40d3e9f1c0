"""Somebody uses the system on two phones: a link brings the second one in."""

from __future__ import annotations

from conversations.home import link_in
from conversations.kit import Conversation, Moment, Page, Screen, Style
from locales import _
from storage import phones
from storage.people import Role


async def show_link(moment: Moment) -> Screen:
    desk = moment.desk
    payload = await phones.link(desk.session, desk.person.id, by=desk.person.id, now=desk.now)
    page = Page().add(_("One more phone for {you}"), Style.TITLE)
    page.add(
        _(
            "Please open this link on the other phone. It works once, for three days, and is for nobody else:"
        )
    )
    page.add(link_in(desk, payload), Style.SECRET)
    return page.screen()


add_phone = Conversation(
    "add_phone",
    _("Use a second phone"),
    roles=tuple(Role),
    command="themmay",
    steps=(),
    finish=show_link,
)
