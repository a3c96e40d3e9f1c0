"""School staff say whether a child can be recognised in photos that came after their report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.kit import (
    Context,
    Conversation,
    FormState,
    Misunderstood,
    Page,
    Refused,
    Screen,
    Style,
)
from conversations.kit.children import children_step
from conversations.kit.conversation import Joined
from conversations.kit.events import SentPhoto
from conversations.kit.photos import refuse_what_is_too_large
from conversations.kit.places import sites_reported_for
from conversations.reports.wording import what_was_reported
from locales import Text, _, n_
from storage.help import confirmations, late_photos
from storage.help.confirmations import Sent
from storage.people.people import Role


async def join_the_report(context: Context, photo: SentPhoto, report: str) -> Joined | None:
    """The rest of an album joins the report that its beginning was sent with, without a question.

    What was declared for the report was said of the photos it had then. A late one counts as one in which a child may
    be recognised until its sender has answered once, for all late photos of the report together. A colleague of the
    sender, whose first photos joined the report because the sender was faster, is not asked.
    """
    sent = await confirmations.of_anybody(context.session, report)
    if sent is None or sent.site.code not in await sites_reported_for(context):
        return None
    try:
        refuse_what_is_too_large(photo)
    except Misunderstood as too_large:
        return Joined(too_large.why)
    kept = await context.keep_photo(photo)
    await late_photos.add(
        context.session,
        [kept],
        report,
        no_child_declared=None,
        by=context.person.id,
        now=context.now,
    )
    count = await _undeclared(context, report)
    if not count:
        return Joined(_("The report has these photos already."))
    own = sent.confirmation.submitted_by == context.person.id
    return Joined(_have_joined(count, sent), report if own else "")


async def _undeclared(context: Context, report: str) -> int:
    return (await late_photos.undeclared(context.session, [report])).get(report, 0)


def _have_joined(count: int, sent: Sent) -> Text:
    note = n_(
        "✅ {count} photo that came later has joined the report: {what}.",
        "✅ {count} photos that came later have joined the report: {what}.",
        count,
    )
    return note.format(what=what_was_reported(sent))


async def from_card(context: Context, payload: str) -> Mapping[str, Any]:
    if not payload or not await _undeclared(context, payload):
        raise Refused(_("Nothing is left to be said of photos that came later."))
    return {"report": payload}


async def look_up(context: Context, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    sent = await confirmations.of_person(context.session, answers["report"], context.person.id)
    return {"sent": sent, "count": await _undeclared(context, answers["report"])}


def which_photos(state: FormState) -> Text | None:
    sent = state.facts.get("sent")
    return _have_joined(state.facts["count"], sent) if isinstance(sent, Sent) else None


async def declare(state: FormState) -> Screen:
    context, sent = state.context, state.facts.get("sent")
    if not isinstance(sent, Sent):
        raise Refused(_("This report is not one of those {you} sent."))
    nobody = state.answers["children"] == "nobody"
    count = await late_photos.declare(
        context.session,
        sent.confirmation.id,
        no_child_declared=nobody,
        by=context.person.id,
        now=context.now,
    )
    page = Page().add(
        n_("✅ Noted for {count} photo.", "✅ Noted for {count} photos.", count), Style.TITLE
    )
    return page.add(what_was_reported(sent)).screen()


declare_photos = Conversation(
    "declare_photos",
    _("Children in photos that came later"),
    roles=(Role.SITE,),
    opening=from_card,
    facts=look_up,
    headline=which_photos,
    rest_of_album=join_the_report,
    steps=(children_step(),),
    finish=declare,
)
