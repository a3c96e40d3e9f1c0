"""Commune officers see which confirmations of their sites wait to be checked."""

from __future__ import annotations

from conversations.kit import Context, Conversation, FormState, Page, Screen, Style
from conversations.kit.wording import counted
from conversations.reports.wording import photos_of, reason_of
from locales import Text, _, n_, p_
from storage.help import confirmations
from storage.help.confirmations import Outcome, Sent
from storage.help.receipts import display
from storage.people.areas import units_of_officer
from storage.people.people import Role

SHOWN = 20


async def waiting_here(context: Context) -> list[Sent]:
    found: list[Sent] = []
    for unit in units_of_officer(context.memberships):
        found += await confirmations.waiting_for_review(context.session, *unit, context.today)
    return found


async def how_many(context: Context) -> int:
    count = 0
    for unit in units_of_officer(context.memberships):
        count += await confirmations.count_waiting(context.session, *unit, context.today)
    return count


async def show(state: FormState) -> Screen:
    waiting = await waiting_here(state.context)
    count = await how_many(state.context)
    page = Page().add(_("Waiting to be checked: {count}").format(count=count), Style.TITLE)
    if not waiting:
        page.add(_("No report waits at the moment."))
    for one in waiting[:SHOWN]:
        page.add("")
        for line in _about(one):
            page.add(line)
        page.add(
            _("Code {code}, sent {moment}").format(
                code=display(one.confirmation.code), moment=one.confirmation.submitted_at
            ),
            Style.SMALL,
        )
    if count > SHOWN:
        page.add(_("… and {count} more.").format(count=count - SHOWN))
    return page.screen()


def _about(one: Sent) -> list[Text]:
    """What an officer must know to check a report."""
    said = one.confirmation
    if said.outcome == Outcome.NONE:
        what = _("nothing has come of {what}").format(what=counted(one.sent, one.item))
    else:
        what = _("{what} of {sent}").format(what=counted(said.received, one.item), sent=one.sent)
    lines = [_("{site}: {what}").format(site=one.site.name, what=what)]
    if said.damaged:
        lines.append(_("⚠️ Damaged: {count}").format(count=said.damaged))
    if said.received_on is not None:
        lines.append(_("Received on {day}").format(day=said.received_on))
    if said.reason:
        lines.append(_("Reason: {reason}").format(reason=reason_of(one)))
    unusual = _("⚠️ Unusual, with the reason: {reason}")
    lines += [unusual.format(reason=reason) for reason in one.flags.values()]
    if said.note:
        lines.append(_("Note: {note}").format(note=said.note))
    return lines + photos_of(one, _not_fetched(one.photos.missing))


def _not_fetched(count: int) -> Text:
    return n_(
        "⚠️ {count} photo could not be fetched, and its sender was told.",
        "⚠️ {count} photos could not be fetched, and their sender was told.",
        count,
    )


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
