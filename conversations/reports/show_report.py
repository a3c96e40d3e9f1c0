"""Whoever types a receipt code, and may see the report, is shown it: figures, state, versions, photos."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import (
    Claim,
    Context,
    Draft,
    Hears,
    Page,
    Refused,
    Screen,
    Strength,
    Style,
    View,
)
from conversations.kit.permissions import may_see, of_their_sites
from conversations.kit.reports import send_photos_for
from conversations.reports.wording import (
    not_fetched_of_ones_own,
    photos_of,
    state_of,
    unusual_in,
)
from locales import _
from storage.help import reports, reviews
from storage.help.receipts import display, is_in_full, is_marked, read_code
from storage.help.reports import Reported
from storage.people.people import Role

NOT_FOUND = _("No report of this code was found. Please look at the code on the receipt.")
"""Also said of a report that they may not see."""


async def of_code(context: Context, code: str) -> Reported | None:
    """The report, if they may see it."""
    reported = await context.once(reports.by_code, code)
    return reported if reported is not None and await may_see(context, reported) else None


async def show(context: Context, payload: str) -> Screen:
    reported = await of_code(context, payload)
    if reported is None:
        raise Refused(NOT_FOUND)
    page = Page().add(display(reported.report.code), Style.CODE)
    for line in context.kinds[reported.report.kind].figures(reported):
        page.add(line)
    for line in unusual_in(reported):
        page.add(line)
    said = await reviews.reviews_of(context.session, [reported.report.id])
    told = photos_of(reported, not_fetched_of_ones_own(reported.photos.missing))
    for line in [*told, *state_of(reported, said[reported.report.id])]:
        page.add(line)
    versions = await reports.versions_of(context.session, reported.report.id)
    for one in versions:
        page.add(
            _("Version {number}, sent {moment}").format(
                number=one.version, moment=one.submitted_at
            ),
            Style.SMALL,
        )
    if reported.wants_photos and await of_their_sites(context, reported.report.id):
        page.offer(send_photos_for(reported.report))
    return page.screen()


async def a_code(
    context: Context, words: str, *, with_photo: bool, live: Draft | None
) -> Sequence[Claim]:
    """A receipt code alone, whatever is being written: looking at a report leaves it as it is.

    Words may read like a code by chance. While something is written, only what is marked as a code and is one of a
    report counts; at home a code of none is told to be none.
    """
    code = read_code(words)
    if code is None or with_photo:
        return []
    marked = is_marked(words)
    if not marked and live is not None:
        return []
    if await of_code(context, code) is not None:
        return [Claim(Strength.IDENTIFIED if marked else Strength.NAMED, opens=code)]
    if not marked or live is not None:
        return []
    return [Claim(Strength.IDENTIFIED if is_in_full(words) else Strength.REFUSED, opens=code)]


show_report = View(
    "show_report",
    _("A report by its code"),
    roles=(Role.SITE, Role.LOCAL, Role.COORD),
    hears=Hears(a_code),
    show=show,
)
