"""Somebody opens the link on their other phone, and is known there from then on."""

from __future__ import annotations

from conversations.kit import Context, Conversation, Draft, Entry, FormState, Page, Screen, Style
from locales import _
from storage.people import phones
from storage.people.phones import PREFIX


async def from_link(_context: Context, payload: str) -> Draft:
    return Draft.knowing(link=payload)


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
    entry=Entry(from_link, link=PREFIX),
    steps=(),
    finish=take,
)
