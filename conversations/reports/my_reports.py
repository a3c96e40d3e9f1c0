"""School staff see what they sent, each with its code and state, and which photos are still missing."""

from __future__ import annotations

from conversations.kit import Button, Conversation, FormState, Page, Screen, Style
from conversations.kit.links import STAYS, opens
from conversations.kit.wording import counted
from conversations.reports.own_reports import send_photos_for
from conversations.reports.wording import photos_of
from locales import Text, _, n_, p_
from storage.help import confirmations, late_photos
from storage.help.confirmations import Outcome, Sent
from storage.help.receipts import display
from storage.people.people import Role

SHOWN = 10


async def show(state: FormState) -> Screen:
    sent = await confirmations.sent_by(state.context.session, state.context.person.id, SHOWN)
    late = await late_photos.undeclared(
        state.context.session, [one.confirmation.id for one in sent]
    )
    page = Page().add(_("What {you} sent"), Style.TITLE)
    if not sent:
        page.add(_("Nothing has been sent yet."))
    for one in sent:
        page.add("")
        page.add(_("{what}, {day}").format(what=_what(one), day=one.confirmation.submitted_at))
        page.add(display(one.confirmation.code), Style.CODE)
        page.add(_("State: waiting to be checked"))
        for line in photos_of(one, _not_fetched(one.photos.missing)):
            page.add(line)
        code = display(one.confirmation.code)
        if one.wants_photos:
            page.offer(send_photos_for(one.confirmation))
        if one.confirmation.id in late:
            label = _("Children in the photos of {code}?").format(code=code)
            declare = STAYS + opens("declare_photos", one.confirmation.id)
            typed = p_("words", "children {code}").format(code=code)
            page.offer(Button(label, declare, typed=typed))
    return page.screen()


def _what(one: Sent) -> Text:
    if one.confirmation.outcome == Outcome.NONE:
        return _("{what}: nothing came").format(what=counted(one.sent, one.item))
    return counted(one.confirmation.received, one.item)


def _not_fetched(count: int) -> Text:
    return n_(
        "⚠️ {count} photo could not be fetched.", "⚠️ {count} photos could not be fetched.", count
    )


my_reports = Conversation(
    "my_reports",
    _("My reports"),
    roles=(Role.SITE,),
    menu=p_("menu", "My reports"),
    command="dabaocao",
    steps=(),
    finish=show,
)
