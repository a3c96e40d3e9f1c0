"""School staff say what a photo shows that came without a word, where it may be of several things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.deliveries.expected import waiting_for
from conversations.deliveries.wording import delivery_options
from conversations.kit import (
    Choice,
    Context,
    Conversation,
    FormState,
    Onward,
    Option,
    Photos,
    Refused,
)
from conversations.kit.wording import counted
from conversations.reports.own_reports import wanting_photos
from conversations.reports.wording import what_was_reported
from locales import _
from storage.people.people import Role

SENT, NEW = "sent:", "new:"
"""Before the id of a report that still wants photos, and of a delivery that waits for its report."""


async def unless_it_is_clear(context: Context, _payload: str) -> Mapping[str, Any]:
    """Only where both a report and a delivery wait for photos is it asked which; raises Refused elsewhere."""
    if not await wanting_photos(context) or not await waiting_for(context):
        raise Refused(_("Nothing waits for photos here."))
    return {}


async def what_it_may_show(state: FormState) -> Sequence[Option]:
    reported = [
        Option(
            SENT + one.confirmation.id,
            _("Reported already: {what}").format(what=counted(one.confirmation.received, one.item)),
            detail=_("Reported already: {what}").format(what=what_was_reported(one)),
        )
        for one in await wanting_photos(state.context)
    ]
    arriving = [
        Option(
            NEW + one.key,
            _("New report: {what}").format(what=one.label),
            detail=_("New report: {what}").format(what=one.detail),
        )
        for one in delivery_options(await waiting_for(state.context))
    ]
    return [*reported, *arriving]


def never(_state: FormState) -> bool:
    return False


async def lead_on(state: FormState) -> Onward:
    where, photos = state.answers["what"], state.before.get("photos", [])
    if where.startswith(SENT):
        return Onward("add_photos", {"report": where.removeprefix(SENT)}, photos)
    return Onward("confirm_delivery", {"delivery": where.removeprefix(NEW)}, photos)


place_photos = Conversation(
    "place_photos",
    _("Photos"),
    roles=(Role.SITE,),
    takes_photos=True,
    opening=unless_it_is_clear,
    steps=(
        Choice("what", _("Photos"), _("What do these photos show?"), options=what_it_may_show),
        # They have come already; whatever comes beside the question is kept with them.
        Photos("photos", _("Photos"), _("Please send photos of the goods."), when=never),
    ),
    finish=lead_on,
)
