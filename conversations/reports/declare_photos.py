"""School staff say whether a child can be recognised in photos that came after their report."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.kit import (
    About,
    Context,
    Conversation,
    Draft,
    Entry,
    FormState,
    Misunderstood,
    Page,
    Refused,
    Screen,
    Style,
)
from conversations.kit.children import children_step, no_child_declared
from conversations.kit.conversation import Joined
from conversations.kit.events import SentPhoto
from conversations.kit.permissions import NOT_THEIRS, of_their_sites, to_be_added_to
from conversations.kit.photos import refuse_what_is_too_large
from conversations.kit.reports import with_code
from locales import Text, _, n_
from storage.help import late_photos
from storage.help.reports import Reported
from storage.people.people import Role


async def join_the_report(context: Context, photo: SentPhoto, report_id: str) -> Joined | None:
    """The rest of an album joins the report that its beginning was sent with, without a question.

    What was declared for the report was said of the photos it had then. A late one counts as one in which a child may
    be recognised until its sender has answered once, for all late photos of the report together. A colleague of the
    sender, whose first photos joined the report because the sender was faster, is not asked.
    """
    reported = await of_their_sites(context, report_id)
    if reported is None:
        return None
    try:
        refuse_what_is_too_large(photo)
    except Misunderstood as too_large:
        return Joined(too_large.why)
    kept = await context.keep_photo(photo)
    await late_photos.add(
        context.session,
        [kept],
        report_id,
        no_child_declared=None,
        by=context.person.id,
        now=context.now,
    )
    count = await _undeclared(context, report_id)
    if not count:
        return Joined(_("The report has these photos already."))
    mine = reported.version.submitted_by == context.person.id
    return Joined(_have_joined(context, count, reported), report_id if mine else "")


async def _undeclared(context: Context, report_id: str) -> int:
    return (await late_photos.undeclared(context.session, [report_id])).get(report_id, 0)


def _have_joined(context: Context, count: int, reported: Reported) -> Text:
    note = n_(
        "✅ {count} photo that came later has joined the report: {what}.",
        "✅ {count} photos that came later have joined the report: {what}.",
        count,
    )
    return note.format(what=with_code(context, reported))


async def from_card(context: Context, payload: str) -> Draft:
    reported = await to_be_added_to(context, payload)
    if not await _undeclared(context, reported.report.id):
        raise Refused(_("Nothing is left to be said of photos that came later."))
    return Draft.knowing(report=payload)


@dataclass(frozen=True, slots=True)
class AboutLatePhotos:
    """The report that photos have joined, and how many of them nobody has said anything about."""

    reported: Reported | None = None
    count: int = 0


async def look_up(state: FormState) -> AboutLatePhotos:
    report_id = state.answers["report"]
    return AboutLatePhotos(
        await of_their_sites(state.context, report_id), await _undeclared(state.context, report_id)
    )


def which_photos(state: FormState) -> Text | None:
    known = state.known(AboutLatePhotos)
    if known.reported is None:
        return None
    return _have_joined(state.context, known.count, known.reported)


async def declare(state: FormState) -> Screen:
    context, reported = state.context, state.known(AboutLatePhotos).reported
    if reported is None:
        raise Refused(NOT_THEIRS)
    count = await late_photos.declare(
        context.session,
        reported.report.id,
        no_child_declared=no_child_declared(state) is True,
        by=context.person.id,
        now=context.now,
    )
    page = Page().add(
        n_("✅ Noted for {count} photo.", "✅ Noted for {count} photos.", count), Style.TITLE
    )
    return page.add(with_code(context, reported)).screen()


declare_photos = Conversation(
    "declare_photos",
    _("Children in photos that came later"),
    roles=(Role.SITE,),
    entry=Entry(from_card),
    about=About(look_up, headline=which_photos),
    album=join_the_report,
    steps=(children_step(),),
    finish=declare,
)
