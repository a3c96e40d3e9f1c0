"""The officers' card of what waits to be checked, which changes without a sound."""

from __future__ import annotations

from conversations.kit import Context, Page, Style
from conversations.kit.wording import counted
from conversations.reports.wording import show_all
from locales import _
from storage.help import confirmations
from storage.help.deliveries import Expected
from storage.help.receipts import display
from storage.messages.outbox import Placement
from storage.people import people
from storage.people.people import Role
from storage.programme import sites, units

SHOWN = 5
"""Reports on the officers' card, newest first; the rest is a press away."""


async def tell_the_officers(context: Context, found: Expected) -> None:
    """One card for each commune shows what waits; it changes in silence, the digest makes the sound."""
    # The new record must be seen by the query below, in the same transaction.
    await context.session.flush()
    home = await sites.home_of(context.session, found.site.code, context.today)
    if home is None:
        return
    unit = (home.unit_code, home.unit_from)
    officers = await people.holders_at(context.session, Role.LOCAL, *unit, context.now)
    if not officers:
        return
    # Two processes that count at once would both leave out the other's report.
    await units.hold(context.session, *unit)
    waiting = await confirmations.waiting_for_review(context.session, *unit, context.today, SHOWN)
    count = await confirmations.count_waiting(context.session, *unit, context.today)
    page = Page().add(_("Waiting to be checked: {count}").format(count=count), Style.TITLE)
    for one in waiting:
        page.add(
            _("• {site}: {what} ({code})").format(
                site=one.site.name,
                what=counted(one.confirmation.received, one.item),
                code=display(one.confirmation.code),
            )
        )
    page.offer(show_all())
    await context.tell(
        [officer.id for officer in officers if officer.id != context.person.id],
        page.screen(),
        card=f"waiting:{home.unit_code}",
        placement=Placement.IN_PLACE,
        silent=True,
    )
