"""School staff add photos to a report that they sent before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.kit import (
    Choice,
    Context,
    Conversation,
    FormState,
    Option,
    Page,
    Photos,
    Refused,
    Screen,
    Style,
)
from conversations.kit.children import children_step, there_are_photos
from conversations.kit.places import sites_reported_for
from conversations.kit.wording import counted
from conversations.reports.own_reports import with_goods
from conversations.reports.wording import what_was_reported
from locales import Text, _, n_
from storage.help import confirmations, late_photos
from storage.help.confirmations import Sent
from storage.people.people import Role

NOT_THEIRS = _("This report is not one of those {you} sent.")


async def from_card(context: Context, payload: str) -> Mapping[str, Any]:
    """From a card, with the report chosen; or by a photo out of the blue, for the one report that wants photos."""
    if payload:
        sent = await confirmations.of_person(context.session, payload, context.person.id)
        if sent is None:
            raise Refused(NOT_THEIRS)
        if sent.site.code not in await sites_reported_for(context):
            raise Refused(_("{You} do not report for {site} any more.").format(site=sent.site.name))
        return {"report": payload}
    reported = await with_goods(context)
    if not reported:
        raise Refused(_("Nothing has been sent yet."))
    wanting = [one for one in reported if one.wants_photos]
    return {"report": wanting[0].confirmation.id} if len(wanting) == 1 else {}


async def look_up(context: Context, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    if "report" not in answers:
        return {}
    sent = await confirmations.of_person(context.session, answers["report"], context.person.id)
    there = await sites_reported_for(context)
    return {"sent": sent if sent is not None and sent.site.code in there else None}


async def reports(state: FormState) -> Sequence[Option]:
    return [
        Option(one.confirmation.id, what_was_reported(one))
        for one in await with_goods(state.context)
    ]


def which_report(state: FormState) -> Text | None:
    sent = state.facts.get("sent")
    return what_was_reported(sent) if isinstance(sent, Sent) else None


def which_goods(state: FormState) -> Text | None:
    sent = state.facts.get("sent")
    if not isinstance(sent, Sent):
        return None
    return counted(sent.confirmation.received, sent.item)


async def add(state: FormState) -> Screen:
    context, answers = state.context, state.answers
    sent = state.facts.get("sent")
    if not isinstance(sent, Sent):
        raise Refused(NOT_THEIRS)
    page = Page()
    if not answers["photos"]:
        return page.add(_("No photo was added."), Style.TITLE).screen()
    added = await late_photos.add(
        context.session,
        answers["photos"],
        sent.confirmation.id,
        no_child_declared=answers["children"] == "nobody",
        by=context.person.id,
        now=context.now,
    )
    count = len(added)
    if not count:
        return page.add(_("The report has these photos already."), Style.TITLE).screen()
    page.add(n_("✅ {count} photo was added.", "✅ {count} photos were added.", count), Style.TITLE)
    page.add(what_was_reported(sent))
    return page.screen()


add_photos = Conversation(
    "add_photos",
    _("Add photos to a report"),
    roles=(Role.SITE,),
    takes_photos=True,
    opening=from_card,
    facts=look_up,
    headline=which_report,
    in_short=which_goods,
    steps=(
        Choice("report", _("Report"), _("Which report are the photos for?"), options=reports),
        Photos("photos", _("Photos"), _("Please send photos of the goods.")),
        children_step(when=there_are_photos),
    ),
    finish=add,
)
