"""School staff see what they sent, each with its code and state, and which photos are still missing."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import REPORTS, Button, Context, Menu, Page, Screen, Style, View
from conversations.kit.links import STAYS, opens
from conversations.kit.pages import MOST_BUTTONS
from conversations.kit.reports import send_photos_for
from conversations.reports.wording import not_fetched_of_ones_own, photos_of, state_of
from locales import Text, _, p_
from storage.help import late_photos, reports
from storage.help.receipts import display
from storage.help.reports import Reported, ReportReview, ReportState
from storage.people.people import Role

SHOWN = 10
BESIDE = 2
"""Buttons below the list that lead on: to what is being written, and home."""


async def show(context: Context, _payload: str) -> Screen:
    sent = await reports.sent_by(context.session, context.person.id, SHOWN)
    late = await late_photos.undeclared(context.session, [one.report.id for one in sent])
    page = Page().add(_("What {you} sent"), Style.TITLE)
    if not sent:
        page.add(_("Nothing has been sent yet."))
    buttons: list[Button] = []
    for one in sent:
        page.add("")
        page.add(_("{what}, {day}").format(what=_what(context, one), day=one.version.submitted_at))
        page.add(display(one.report.code), Style.CODE)
        for line in state_of(one, await _reviews(context, one)):
            page.add(line)
        for line in photos_of(one, not_fetched_of_ones_own(one.photos.missing)):
            page.add(line)
        if one.wants_photos:
            buttons.append(send_photos_for(one.report))
        if one.report.id in late:
            buttons.append(_declare(one))
    for button in buttons[: MOST_BUTTONS - BESIDE]:
        page.offer(button)
    return page.screen()


async def _reviews(context: Context, one: Reported) -> Sequence[ReportReview]:
    if one.report.state != ReportState.RETURNED:
        return ()
    return await reports.reviews_of(context.session, one.report.id)


def _what(context: Context, one: Reported) -> Text:
    kind = context.kinds[one.report.kind]
    return (kind.in_my_reports or kind.what)(one)


def _declare(one: Reported) -> Button:
    code = display(one.report.code)
    return Button(
        _("Children in the photos of {code}?").format(code=code),
        STAYS + opens("declare_photos", one.report.id),
        typed=p_("words", "children {code}").format(code=code),
    )


my_reports = View(
    "my_reports",
    _("My reports"),
    roles=(Role.SITE,),
    menu=Menu(p_("menu", "My reports"), command="dabaocao", group=REPORTS),
    show=show,
)
