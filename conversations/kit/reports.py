"""What every report has in common, whatever it is of: how it is sent, its receipt, the officers' card, colleagues."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from conversations.kit import words
from conversations.kit.children import no_child_declared, photos_sent_with
from conversations.kit.context import Context
from conversations.kit.counts import so_many
from conversations.kit.links import STAYS, opens
from conversations.kit.permissions import check_reports_for
from conversations.kit.places import sites_reported_for
from conversations.kit.screens import Button, Page, Screen, Style
from conversations.kit.steps import FormState
from locales import Text, _, p_
from storage.help import late_photos, reports, submissions
from storage.help.receipts import display
from storage.help.reports import Report, Reported
from storage.help.submissions import Corrected, NewVersion, ReportedAlready
from storage.messages.outbox import Placement
from storage.people import people
from storage.people.people import Role
from storage.programme import sites, units
from storage.programme.sites import Site
from storage.refusals import Refused

ON_THE_CARD = 5
"""Reports on the officers' card, newest first; the rest is a press away."""


def what_of(context: Context, reported: Reported) -> Text:
    """What was reported, in a few words of its kind."""
    return context.kinds[reported.report.kind].what(reported)


def with_code(context: Context, reported: Reported) -> Text:
    """The same with its receipt code."""
    return _("{what} ({code})").format(
        what=what_of(context, reported), code=display(reported.report.code)
    )


async def sent(context: Context, made: Reported) -> Screen:
    """After a report was stored: the officers are shown it, and its sender gets the receipt."""
    await show_the_officers(context, made.site.code, but=context.person.id)
    return receipt(context, made)


def receipt(context: Context, made: Reported) -> Screen:
    """What somebody holds in their hands when a report is sent."""
    page = Page().add(_("✅ Recorded. Thank you, {you}."), Style.TITLE)
    for line in context.kinds[made.report.kind].receipt(made):
        page.add(line)
    page.add(_("Receipt code:"))
    page.add(display(made.report.code), Style.CODE)
    if made.wants_photos:
        page.add(_("⚠️ Photos are still missing."))
        page.offer(send_photos_for(made.report))
    page.add(_("The commune's officer will check it. {You} can see it under “My reports”."))
    return page.screen()


async def show_the_officers(context: Context, site_code: str, *, but: str = "") -> None:
    """One card for each commune shows what waits; it changes in silence, the digest makes the sound.

    `but` is whoever has changed it in another role, and need not be shown.
    """
    home = await sites.home_of(context.session, site_code, context.today)
    if home is None:
        return
    unit = (home.unit_code, home.unit_from)
    officers = await people.holders_at(context.session, Role.LOCAL, *unit, context.now)
    if not officers:
        return
    # Two processes that count at once would both leave out the other's report.
    await units.hold(context.session, *unit)
    await context.tell(
        [officer.id for officer in officers if officer.id != but],
        await _card_of(context, unit),
        card=f"waiting:{home.unit_code}",
        placement=Placement.IN_PLACE,
        silent=True,
    )


async def _card_of(context: Context, unit: tuple[str, date]) -> Screen:
    waiting = await reports.waiting_for_review(context.session, *unit, context.today, ON_THE_CARD)
    count = await reports.count_waiting(context.session, *unit, context.today)
    page = Page().add(_("Waiting to be checked: {count}").format(count=so_many(count)), Style.TITLE)
    for one in waiting:
        page.add(
            _("• {site}: {what} ({code})").format(
                site=one.site.name,
                what=what_of(context, one),
                code=display(one.report.code),
            )
        )
    page.offer(show_all())
    return page.screen()


def show_all() -> Button:
    """An officer's way from a card that counts the waiting reports to all of them."""
    return Button(_("Show all"), STAYS + opens("waiting_reports"), typed=words.SHOW_ALL)


def send_photos_for(report: Report) -> Button:
    """Stands wherever a report is said to lack photos."""
    code = display(report.code)
    return Button(
        _("Send photos for {code}").format(code=code),
        STAYS + opens("add_photos", report.id),
        typed=p_("words", "photos {code}").format(code=code),
    )


async def submit(state: FormState, new: NewVersion) -> Reported:
    """What was answered becomes a report, or its next version; raises Refused for who comes too late or may not.

    A correction stays with the site, the delivery or the day that its report is of.
    """
    context, photos = state.context, photos_sent_with(state)
    if state.corrects is not None:
        new = await _of_the_same(context, new, state.corrects)
    await check_reports_for(context, await context.session.get_one(Site, new.site_code))
    new = replace(
        new,
        note=state.answers.get("note", ""),
        flags=dict(state.flags),
        photo_ids=photos,
        no_child_declared=no_child_declared(state),
        draft_id=context.draft_id,
        corrects=state.corrects,
    )
    try:
        return await submissions.submit(
            context.session, new, by=context.person.id, message_at=context.at, now=context.now
        )
    except ReportedAlready as already:
        # A colleague may have sent at the same moment, through another process.
        faster = await who_was_faster(context, already.first, photos)
        raise Refused(faster or already.why) from None


async def _of_the_same(context: Context, new: NewVersion, corrects: Corrected) -> NewVersion:
    returned = await reports.get(context.session, corrects.report_id)
    if returned is None:
        raise LookupError(corrects.report_id)
    report = returned.report
    return replace(new, site_code=report.site_code, delivery_id=report.delivery_id, day=report.day)


async def who_was_faster(
    context: Context, first: Reported | None, photos: Sequence[str]
) -> Text | None:
    """Which colleague of one's own sites has reported it; photos that were sent here join that report."""
    # Only of their own sites may they know: a role may have ended since they began to write.
    if first is None or first.site.code not in await sites_reported_for(context):
        return None
    who = await context.session.get(people.Person, first.version.submitted_by)
    faster = context.kinds[first.report.kind].faster.format(
        name=who.called_first if who else "",
        moment=first.version.submitted_at,
        code=display(first.report.code),
    )
    joined = photos and await late_photos.add(
        context.session,
        photos,
        first.report.id,
        no_child_declared=None,
        by=context.person.id,
        now=context.now,
    )
    if not joined:
        return faster
    return _("{what} The photos sent here have joined that report.").format(what=faster)
