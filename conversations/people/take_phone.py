"""Somebody opens the link on their other phone, and is known there from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.kit import Context, Conversation, FormState, Page, Screen, Style
from locales import _
from storage.people import phones
from storage.people.phones import PREFIX


async def from_link(context: Context, payload: str) -> Mapping[str, Any]:
    return {"link": payload}


async def take(state: FormState) -> Screen:
    context = state.context
    context.person = await phones.take_up(
        context.session,
        state.answers["link"],
        channel=context.kind_of_channel,
        address=context.address,
        now=context.now,
    )
    context.roles_changed = True
    page = Page().add(
        _("✅ Welcome on this phone, {you} {name}.").format(name=context.person.name), Style.TITLE
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
