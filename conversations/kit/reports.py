"""What every report has in common, whatever it is of: a receipt, the officers' card, colleagues, photos, a return."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.counts import so_many
from conversations.kit.draft import Corrected, Draft, reopen
from conversations.kit.links import RESUME, STAYS, opens
from conversations.kit.places import sites_reported_for
from conversations.kit.screens import Button, Page, Screen, Style
from conversations.kit.steps import FormState
from locales import Text, _, p_
from storage.help import late_photos, reports
from storage.help.receipts import display
from storage.help.reports import (
    NewVersion,
    Report,
    Reported,
    ReportedAlready,
    ReportState,
)
from storage.identity import new_id
from storage.messages import drafts
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.outbox import Placement
from storage.people import areas, people
from storage.people.people import Role
from storage.programme import sites, units
from storage.refusals import Refused

ON_THE_CARD = 5
"""Reports on the officers' card, newest first; the rest is a press away."""
OF_ONES_OWN = 10
"""Reports to choose from, newest first."""


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
    await show_the_officers(context, made)
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


async def show_the_officers(context: Context, made: Reported) -> None:
    """One card for each commune shows what waits; it changes in silence, the digest makes the sound."""
    home = await sites.home_of(context.session, made.site.code, context.today)
    if home is None:
        return
    unit = (home.unit_code, home.unit_from)
    officers = await people.holders_at(context.session, Role.LOCAL, *unit, context.now)
    if not officers:
        return
    # Two processes that count at once would both leave out the other's report.
    await units.hold(context.session, *unit)
    await context.tell(
        [officer.id for officer in officers if officer.id != context.person.id],
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


async def of_ones_own(context: Context) -> Sequence[Reported]:
    """What this person sent of which something can be shown; first what still wants photos, then the newest."""
    there = await sites_reported_for(context)
    found = await reports.sent_by(context.session, context.person.id, OF_ONES_OWN)
    return sorted(
        (one for one in found if one.figures.least_photos and one.site.code in there),
        key=lambda one: not one.wants_photos,
    )


async def own(context: Context, report_id: str) -> Reported | None:
    """The report, if this person sent its newest version."""
    found = await reports.get(context.session, report_id)
    mine = found is not None and found.version.submitted_by == context.person.id
    return found if mine else None


async def joined_with(
    context: Context, first: Reported | None, photos: Sequence[str], faster: Text
) -> Text | None:
    """`faster` tells which colleague of one's own sites was faster; photos that were sent here join that report."""
    # Only of their own sites may they know: a role may have ended since they began to write.
    if first is None or first.site.code not in await sites_reported_for(context):
        return None
    if not photos:
        return faster
    await late_photos.add(
        context.session,
        photos,
        first.report.id,
        no_child_declared=None,
        by=context.person.id,
        now=context.now,
    )
    return _("{what} The photos sent here have joined that report.").format(what=faster)


async def submit(
    state: FormState,
    kind: str,
    site_code: str,
    *,
    day: date,
    figures: Callable[[str], Any],
    told: Mapping[str, Any],
) -> Reported:
    """What was answered becomes a report of a site's day, or its next version; raises Refused for who comes too late.

    `figures` makes the row of the kind's own table for the version's id; `told` is what the history keeps of them.
    """
    context, photos = state.context, photos_sent_with(state)
    new = NewVersion(
        kind,
        site_code,
        day=day,
        note=state.answers.get("note", ""),
        flags=dict(state.flags),
        photo_ids=photos,
        no_child_declared=state.answers.get("children") == "nobody",
        draft_id=context.draft_id,
        follows=state.corrects.version if state.corrects else 0,
    )
    try:
        return await reports.submit(
            context.session,
            new,
            by=context.person.id,
            message_at=context.at,
            now=context.now,
            figures=figures,
            told=told,
        )
    except ReportedAlready as already:
        first = await reports.of_subject(context.session, kind, site_code=site_code, day=day)
        if first is None:
            raise
        faster = await joined_with(context, first, photos, await who_reported(context, first))
        raise Refused(faster or already.why) from None


async def who_reported(context: Context, first: Reported) -> Text:
    who = await context.session.get(people.Person, first.version.submitted_by)
    return _("{name} has reported this already, at {moment}, with the code {code}.").format(
        name=who.called_first if who else "",
        moment=first.version.submitted_at,
        code=display(first.report.code),
    )


def photos_sent_with(state: FormState, step: str = "photos") -> list[str]:
    """What came with this report, whatever was answered since."""
    return list(state.answers.get(step) or state.before.get(step) or [])


async def give_back(context: Context, reported: Reported, *, step: str, why: str) -> None:
    """Return a report to whoever sent it, to be corrected at one answer; raises Refused.

    It opens again in their chat with all other answers kept, and what they send becomes its next version.
    """
    await reports.review(
        context.session,
        reported,
        ReportState.RETURNED,
        by=context.person.id,
        now=context.now,
        reason=why,
        step=step,
    )
    staff = await areas.staff_of(context.session, reported.site.code, context.now)
    sender = [one.id for one in staff if one.id == reported.version.submitted_by]
    told = sender or [one.id for one in staff][:1]
    before = await _draft_of(context, reported)
    if not told or before is None:
        return
    again = _parked(context, before.conversation, told[0])
    draft = reopen(Draft.kept(before), step, why)
    draft.correcting(Corrected(reported.report.id, reported.version.version)).keep_in(again)
    context.session.add(again)
    await context.tell(told, _returned(context, reported, again.id, why))


async def _draft_of(context: Context, reported: Reported) -> StoredDraft | None:
    came_from = reported.version.draft_id
    return await drafts.get(context.session, came_from) if came_from else None


def _parked(context: Context, conversation: str, person_id: str) -> StoredDraft:
    return StoredDraft(
        id=new_id(),
        person_id=person_id,
        conversation=conversation,
        state=DraftState.PARKED,
        opened_at=context.now,
        updated_at=context.now,
    )


def _returned(context: Context, reported: Reported, draft_id: str, why: str) -> Screen:
    page = Page().add(_("The commune asks for a correction"), Style.TITLE)
    page.add(with_code(context, reported))
    page.add(_("Reason: {reason}").format(reason=why))
    page.add(_("The other answers are kept. After the correction it is checked again."))
    page.offer(Button(_("Correct it"), f"{STAYS}{RESUME}:{draft_id}", typed=words.CORRECT))
    return page.screen()
