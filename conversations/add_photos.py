"""School staff add photos to a report that they sent before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.asking import children_step
from conversations.kit import (
    Choice,
    Conversation,
    Desk,
    Moment,
    Option,
    Page,
    Photos,
    Refused,
    Screen,
    Style,
)
from conversations.wording import counted
from locales import Text, _, n_
from storage import confirmations, photos, sites
from storage.confirmations import Sent
from storage.people import Role
from storage.receipts import display

SHOWN = 10
"""Reports to choose from, newest first."""
NOT_THEIRS = _("This report is not one of those {you} sent.")


async def from_card(desk: Desk, payload: str) -> Mapping[str, Any]:
    if not payload:
        return {}
    sent = await confirmations.of_person(desk.session, payload, desk.person.id)
    if sent is None:
        raise Refused(NOT_THEIRS)
    if sent.site.code not in await sites_reported_for(desk):
        raise Refused(_("{You} do not report for {site} any more.").format(site=sent.site.name))
    return {"report": payload}


async def look_up(desk: Desk, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    if "report" not in answers:
        return {}
    sent = await confirmations.of_person(desk.session, answers["report"], desk.person.id)
    there = await sites_reported_for(desk)
    return {"sent": sent if sent is not None and sent.site.code in there else None}


async def sites_reported_for(desk: Desk) -> list[str]:
    own = [one.site_code for one in desk.memberships if one.role == Role.SITE and one.site_code]
    return await desk.once(sites.below, tuple(own))


async def reports(moment: Moment) -> Sequence[Option]:
    desk = moment.desk
    there = await sites_reported_for(desk)
    sent = await confirmations.sent_by(desk.session, desk.person.id, SHOWN)
    return [
        Option(one.confirmation.id, _what(one))
        for one in sent
        if one.confirmation.received and one.site.code in there
    ]


def _what(sent: Sent) -> Text:
    return _("{what} ({code})").format(
        what=counted(sent.confirmation.received, sent.item),
        code=display(sent.confirmation.code),
    )


def which_report(moment: Moment) -> Text | None:
    sent = moment.facts.get("sent")
    return _what(sent) if isinstance(sent, Sent) else None


def there_are_photos(moment: Moment) -> bool:
    return bool(moment.answers.get("photos"))


async def add(moment: Moment) -> Screen:
    desk, answers = moment.desk, moment.answers
    sent = moment.facts.get("sent")
    if not isinstance(sent, Sent):
        raise Refused(NOT_THEIRS)
    page = Page()
    if not answers["photos"]:
        return page.add(_("No photo was added."), Style.TITLE).screen()
    await photos.add_later(
        desk.session,
        answers["photos"],
        sent.confirmation.id,
        no_child_declared=answers["children"] == "nobody",
        by=desk.person.id,
        now=desk.now,
    )
    count = len(answers["photos"])
    page.add(n_("✅ {count} photo was added.", "✅ {count} photos were added.", count), Style.TITLE)
    page.add(_what(sent))
    return page.screen()


add_photos = Conversation(
    "add_photos",
    _("Add photos to a report"),
    roles=(Role.SITE,),
    opening=from_card,
    facts=look_up,
    headline=which_report,
    steps=(
        Choice("report", _("Report"), _("Which report are the photos for?"), options=reports),
        Photos("photos", _("Photos"), _("Please send photos of the goods.")),
        children_step(when=there_are_photos),
    ),
    finish=add,
)
