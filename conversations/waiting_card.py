"""The officers' card of what waits to be checked, which changes without a sound."""

from __future__ import annotations

from conversations.home import show_all
from conversations.kit import Desk, Page, Style
from conversations.wording import counted
from locales import _
from storage import confirmations, people, sites, units
from storage.deliveries import Expected
from storage.outbox import Placement
from storage.people import Role
from storage.receipts import display

SHOWN = 5
"""Reports on the officers' card, newest first; the rest is a press away."""


async def tell_the_officers(desk: Desk, found: Expected) -> None:
    """One card for each commune shows what waits; it changes in silence, the digest makes the sound."""
    # The new record must be seen by the query below, in the same transaction.
    await desk.session.flush()
    home = await sites.home_of(desk.session, found.site.code, desk.today)
    if home is None:
        return
    unit = (home.unit_code, home.unit_from)
    officers = await people.holders_at(desk.session, Role.LOCAL, *unit, desk.now)
    if not officers:
        return
    # Two processes that count at once would both leave out the other's report.
    await units.hold(desk.session, *unit)
    waiting = await confirmations.waiting_for_review(desk.session, *unit, desk.today, SHOWN)
    count = await confirmations.count_waiting(desk.session, *unit, desk.today)
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
    await desk.tell(
        [officer.id for officer in officers if officer.id != desk.person.id],
        page.screen(),
        card=f"waiting:{home.unit_code}",
        placement=Placement.IN_PLACE,
        silent=True,
    )
