"""School staff see what they sent, each with its code and state, and which photos are still missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from conversations.kit import REPORTS, Button, Context, Menu, Page, Screen, Style, View
from conversations.kit.links import MY_REPORTS, STAYS, opens
from conversations.kit.pages import MOST_BUTTONS, Pages, page_number
from conversations.kit.permissions import (
    how_many_returned_to_them,
    returned_to_them,
    sent_by_them,
)
from conversations.kit.reports import send_photos_for
from conversations.kit.returns import correct
from conversations.reports.wording import not_fetched_of_ones_own, photos_of, state_of
from locales import Text, _, p_
from storage.help import late_photos, reviews
from storage.help.receipts import display
from storage.help.reports import Reported
from storage.help.reviews import ReportReview
from storage.people.people import Role

SHOWN = 10
BESIDE = 2
"""Buttons below the list that lead on: to what is being written, and home."""


async def show(context: Context, payload: str) -> Screen:
    returned = await returned_to_them(context)
    known = {one.report.id for one in returned}
    sent = await sent_by_them(context, SHOWN)
    listed = [*returned, *(one for one in sent if one.report.id not in known)]
    ids = [one.report.id for one in listed]
    late = await late_photos.undeclared(context.session, ids)
    said = await reviews.reviews_of(context.session, sorted(known))
    page = Page().add(_("What {you} sent"), Style.TITLE)
    if not listed:
        page.add(_("Nothing has been sent yet."))
    entries = [(one, _buttons(context, one, known, late)) for one in listed]
    pages = _in_pages(entries)
    place = min(page_number(payload) or 0, len(pages) - 1)
    for one, buttons in pages[place]:
        _tell(page, context, one, said.get(one.report.id, ()))
        for button in buttons:
            page.offer(button)
    Pages(1, len(pages)).turning(page, place, before=opens(MY_REPORTS))
    return page.screen()


Listed = tuple[Reported, Sequence[Button]]


def _in_pages(entries: Sequence[Listed]) -> list[list[Listed]]:
    """Reports in their order, on each page as many as have room for their buttons."""
    room = MOST_BUTTONS - BESIDE
    if sum(len(buttons) for _one, buttons in entries) > room:
        room -= 1
    pages: list[list[Listed]] = [[]]
    for one, buttons in entries:
        if sum(len(each) for _other, each in pages[-1]) + len(buttons) > room:
            pages.append([])
        pages[-1].append((one, buttons))
    return pages


def _buttons(
    context: Context, one: Reported, returned: Collection[str], late: Collection[str]
) -> list[Button]:
    buttons = []
    if one.report.id in returned:
        buttons.append(correct(context, one))
    if one.wants_photos:
        buttons.append(send_photos_for(one.report))
    if one.report.id in late:
        buttons.append(_declare(one))
    return buttons


def _tell(page: Page, context: Context, one: Reported, said: Sequence[ReportReview]) -> None:
    page.add("")
    page.add(_("{what}, {day}").format(what=_what(context, one), day=one.version.submitted_at))
    page.add(display(one.report.code), Style.CODE)
    for line in [
        *state_of(one, said),
        *photos_of(one, not_fetched_of_ones_own(one.photos.missing)),
    ]:
        page.add(line)


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
    MY_REPORTS,
    _("My reports"),
    roles=(Role.SITE,),
    menu=Menu(
        p_("menu", "My reports"),
        command="dabaocao",
        group=REPORTS,
        waiting=how_many_returned_to_them,
    ),
    show=show,
)
