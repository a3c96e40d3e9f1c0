"""The reports that somebody sent, as far as they still report for those sites."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import Button, Context
from conversations.kit.links import STAYS, opens
from conversations.kit.places import sites_reported_for
from locales import _, p_
from storage.help import confirmations
from storage.help.confirmations import Confirmation, Sent
from storage.help.receipts import display

SHOWN = 10
"""Reports to choose from, newest first."""


async def with_goods(context: Context) -> Sequence[Sent]:
    """What this person sent that something can be shown of; first what still wants photos, then the newest."""
    there = await sites_reported_for(context)
    sent = await confirmations.sent_by(context.session, context.person.id, SHOWN)
    return sorted(
        (one for one in sent if one.confirmation.received and one.site.code in there),
        key=lambda one: not one.wants_photos,
    )


async def wanting_photos(context: Context) -> list[Sent]:
    return [one for one in await with_goods(context) if one.wants_photos]


def send_photos_for(sent: Confirmation) -> Button:
    """Stands wherever a report is said to lack photos."""
    code = display(sent.code)
    return Button(
        _("Send photos for {code}").format(code=code),
        STAYS + opens("add_photos", sent.id),
        typed=p_("words", "photos {code}").format(code=code),
    )
