"""Commune officers see which confirmations of their sites wait to be checked."""

from __future__ import annotations

from conversations.kit import Conversation, Desk, Moment, Page, Screen, Style
from conversations.wording import counted, photos_of
from locales import _, n_, p_
from storage import confirmations
from storage.confirmations import Sent
from storage.people import Role
from storage.receipts import display


async def waiting_here(desk: Desk) -> list[Sent]:
    found: list[Sent] = []
    for one in desk.memberships:
        if one.role == Role.LOCAL and one.unit_code and one.unit_from:
            found += await confirmations.waiting_for_review(
                desk.session, one.unit_code, one.unit_from, desk.today
            )
    return found


async def how_many(desk: Desk) -> int:
    return sum(
        [
            await confirmations.count_waiting(
                desk.session, one.unit_code, one.unit_from, desk.today
            )
            for one in desk.memberships
            if one.role == Role.LOCAL and one.unit_code and one.unit_from
        ]
    )


async def show(moment: Moment) -> Screen:
    waiting = await waiting_here(moment.desk)
    page = Page().add(
        _("Waiting to be checked: {count}").format(count=await how_many(moment.desk)), Style.TITLE
    )
    if not waiting:
        page.add(_("No report waits at the moment."))
    for one in waiting[:20]:
        page.add("")
        page.add(
            _("{site}: {what}").format(
                site=one.site.name, what=counted(one.confirmation.received, one.item)
            )
        )
        page.add(
            _("Code {code}, sent {moment}").format(
                code=display(one.confirmation.code), moment=one.confirmation.submitted_at
            ),
            Style.SMALL,
        )
        if one.sent > one.confirmation.received:
            page.add(
                _("⚠️ {missing} fewer than the {sent} that were sent.").format(
                    missing=one.sent - one.confirmation.received, sent=one.sent
                )
            )
        for line in photos_of(one.photos):
            page.add(line)
        if one.photos.missing:
            page.add(
                n_(
                    "⚠️ {count} photo could not be fetched, and its sender was told.",
                    "⚠️ {count} photos could not be fetched, and their sender was told.",
                    one.photos.missing,
                )
            )
        if one.wants_photos:
            page.add(_("⚠️ Photos are still missing."))
    more = await how_many(moment.desk) - 20
    if more > 0:
        page.add(_("… and {count} more.").format(count=more))
    return page.screen()


waiting_reports = Conversation(
    "waiting_reports",
    _("Reports waiting to be checked"),
    roles=(Role.LOCAL,),
    menu=p_("menu", "Reports waiting to be checked"),
    command="chokiemtra",
    waiting=how_many,
    steps=(),
    finish=show,
)
