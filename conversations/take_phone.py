"""Somebody opens the link on their other phone, and is known there from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.kit import Conversation, Desk, Moment, Page, Screen, Style
from locales import _
from storage import phones
from storage.phones import PREFIX


async def from_link(desk: Desk, payload: str) -> Mapping[str, Any]:
    return {"link": payload}


async def take(moment: Moment) -> Screen:
    desk = moment.desk
    desk.person = await phones.take_up(
        desk.session,
        moment.answers["link"],
        channel=desk.kind_of_channel,
        address=desk.address,
        now=desk.now,
    )
    desk.roles_changed = True
    page = Page().add(
        _("✅ Welcome on this phone, {you} {name}.").format(name=desk.person.name), Style.TITLE
    )
    return page.add(_("What was begun elsewhere can be finished here.")).screen()


take_phone = Conversation(
    "take_phone",
    _("Use the system on this phone"),
    link=PREFIX,
    opening=from_link,
    steps=(),
    finish=take,
)
