"""The rest of an album goes where its first photos went: into a report that was sent, or a draft that is not open."""

from __future__ import annotations

from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.draft import Draft
from conversations.kit.events import SentPhoto
from conversations.kit.keeping import with_photo
from conversations.lobby.drafting import Drafting
from conversations.lobby.replies import Reply
from locales import _
from storage.messages import drafts
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.outbox import Placement
from storage.refusals import Misunderstood


async def joins_report(
    drafting: Drafting, context: Context, event: SentPhoto, report: str, live: StoredDraft | None
) -> Reply | None:
    """A report that was sent gets the photo; one card says so, however many they are. None where nobody takes it."""
    for taker in drafting.by_name.values():
        if taker.album is None or not taker.open_to(context):
            continue
        joined = await taker.album(context, event, report)
        if joined is None:
            continue
        if live is not None:
            values = [one.value for one in Draft.kept(live).answers.values()]
            asked = live.conversation == taker.name and joined.payload in values
            return await drafting.present(context, live, None if asked else joined.note)
        if not joined.payload:
            return await drafting.home(context, joined.note)
        return await drafting.begin(context, taker, joined.payload, None)
    return None


async def kept_aside(
    drafting: Drafting, context: Context, event: SentPhoto, draft_id: str, live: StoredDraft | None
) -> Reply | None:
    """The photo waits with what was set aside or cancelled, should that be taken up again; None where it cannot."""
    begun = await drafts.of_person(context.session, draft_id, context.person.id)
    conversation = drafting.by_name.get(begun.conversation) if begun else None
    if begun is None or conversation is None or not conversation.open_to(context):
        return None
    context.draft_id = begun.id
    try:
        kept = await with_photo(conversation, conversation.said_so_far(begun), event, context)
        kept.keep_in(begun)
        note = _("The photo is kept with what was set aside: {what}.").format(
            what=conversation.title
        )
    except Misunderstood as misunderstood:
        note = misunderstood.why
    if live is not None:
        return await drafting.present(context, live, note)
    undo = begun.id if begun.state == DraftState.DROPPED else ""
    return replace(await drafting.home(context, note, undo=undo), placement=Placement.INSTEAD)
