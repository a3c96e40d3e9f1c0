"""Commune officers see which reports of their sites wait to be checked."""

from __future__ import annotations

from conversations.kit import REPORTS, Context, Menu, Page, Screen, Style, View
from conversations.kit.counts import so_many
from conversations.reports.wording import not_fetched_of_others, photos_of, unusual_in
from locales import _, p_
from storage.help import reports
from storage.help.receipts import display
from storage.help.reports import Reported
from storage.people.areas import units_of_officer
from storage.people.people import Role

SHOWN = 20


async def waiting_here(context: Context) -> list[Reported]:
    found: list[Reported] = []
    for unit in units_of_officer(context.memberships):
        found += await reports.waiting_for_review(context.session, *unit, context.today, SHOWN)
    return found


async def how_many(context: Context) -> int:
    count = 0
    for unit in units_of_officer(context.memberships):
        count += await reports.count_waiting(context.session, *unit, context.today)
    return count


async def show(context: Context, _payload: str) -> Screen:
    waiting = await waiting_here(context)
    count = await how_many(context)
    page = Page().add(_("Waiting to be checked: {count}").format(count=so_many(count)), Style.TITLE)
    if not waiting:
        page.add(_("No report waits at the moment."))
    for one in waiting[:SHOWN]:
        page.add("")
        for line in context.kinds[one.report.kind].figures(one):
            page.add(line)
        for line in unusual_in(one) + photos_of(one, not_fetched_of_others(one.photos.missing)):
            page.add(line)
        page.add(
            _("Code {code}, sent {moment}").format(
                code=display(one.report.code), moment=one.version.submitted_at
            ),
            Style.SMALL,
        )
    if count > SHOWN:
        page.add(_("… and {count} more.").format(count=so_many(count, besides=SHOWN)))
    return page.screen()


waiting_reports = View(
    "waiting_reports",
    _("Reports waiting to be checked"),
    roles=(Role.LOCAL,),
    menu=Menu(
        p_("menu", "Reports waiting to be checked"),
        command="chokiemtra",
        group=REPORTS,
        waiting=how_many,
    ),
    show=show,
)
