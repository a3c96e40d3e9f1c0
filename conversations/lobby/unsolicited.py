"""Words and photos that nobody asked for: which report they are, or which one they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Overheard
from conversations.kit.events import Event, Said, SentPhoto
from conversations.kit.keeping import with_photo
from conversations.kit.turning import open_with
from conversations.lobby.drafting import Writing, new_draft
from conversations.lobby.replies import Reply
from locales import _
from storage.help import photos
from storage.messages import drafts
from storage.messages.drafts import DraftState
from storage.messages.outbox import Placement
from storage.refusals import Misunderstood, Refused


class Stray:
    """Finds where they belong, and takes them there."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def overheard(
        self, context: Context, event: Event, live: drafts.Draft | None
    ) -> Reply | None:
        """A report that nobody asked for, as a phone without a network sends it hours later."""
        words_sent = _words_of(event)
        if not words_sent:
            return None
        for one in self._writing.conversations:
            if one.overhears is None or not one.open_to(context):
                continue
            same = live is not None and live.conversation == one.name
            answers = None if live is None else live.answers if same else {}
            try:
                found = await one.overhears(
                    context, words_sent, with_photo=isinstance(event, SentPhoto), live=answers
                )
            except Refused as refused:
                return await self._writing.home(context, refused.why)
            if found:
                return await self._begin_overheard(context, one, found, event, live)
        return None

    async def _begin_overheard(
        self,
        context: Context,
        named: Conversation,
        found: Sequence[Overheard],
        event: Event,
        live: drafts.Draft | None,
    ) -> Reply:
        """A draft for each thing told; the first of them is shown, the others wait beside it."""
        reply = Reply()
        for place, overheard in reversed(list(enumerate(found))):
            draft = new_draft(context, named)
            context.draft_id = draft.id
            sent = []
            if place == 0 and isinstance(event, SentPhoto):
                sent.append(await context.keep_photo(event))
            after = await open_with(named, overheard, sent, context)
            if live is not None:
                await self._writing.park(context, live)
            context.session.add(draft)
            reply = await self._writing.written_down(context, named, draft, after, event)
            live = draft
        return reply

    async def elsewhere(
        self, context: Context, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """Where a photo belongs that is not for the live draft; None when it is, or belongs nowhere."""
        reply = await self._with_its_album(context, event, live) if event.album else None
        reply = reply or await self.overheard(context, event, live)
        writing = self._writing.by_name.get(live.conversation) if live is not None else None
        if reply is None and not (writing and writing.asks_for_photos):
            return await self._with_photo(context, event, live)
        return reply

    async def _with_photo(
        self, context: Context, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """A photo out of the blue begins what waits for one, and is its first photo."""
        for taker in self._writing.conversations:
            if not (taker.takes_photos and taker.open_to(context)):
                continue
            await self._writing.begin(context, taker, "", live)
            await context.session.flush()
            begun = (await drafts.live_of(context.session, [context.person.id])).get(
                context.person.id
            )
            if begun is not None and (live is None or begun.id != live.id):
                return await self._writing.go_on(context, event, begun)
        return None

    async def _with_its_album(
        self, context: Context, event: SentPhoto, live: drafts.Draft | None
    ) -> Reply | None:
        """The rest of an album goes where its first photos went, whatever is being written now."""
        first = await photos.of_album(
            context.session, context.channel, context.chat, event.album, context.person.id
        )
        if first is not None and first.confirmation_id is not None:
            return await self._joins(context, event, first.confirmation_id, live)
        begun = await drafts.of_person(
            context.session, (first and first.draft_id) or "", context.person.id
        )
        if begun is None or begun.state not in {DraftState.PARKED, DraftState.DROPPED}:
            return None
        return await self._kept_aside(context, event, begun, live)

    async def _joins(
        self, context: Context, event: SentPhoto, report: str, live: drafts.Draft | None
    ) -> Reply | None:
        """A report that was sent gets the rest of its album; one card says so, however many they are."""
        for taker in self._writing.conversations:
            joined = (
                await taker.rest_of_album(context, event, report)
                if taker.open_to(context)
                else None
            )
            if joined is None:
                continue
            if live is not None:
                asked = live.conversation == taker.name and joined.payload in live.answers.values()
                return await self._writing.present(context, live, None if asked else joined.note)
            if not joined.payload:
                return await self._writing.home(context, joined.note)
            return await self._writing.begin(context, taker, joined.payload, None)
        return None

    async def _kept_aside(
        self, context: Context, event: SentPhoto, begun: drafts.Draft, live: drafts.Draft | None
    ) -> Reply | None:
        """The photo waits with what was set aside or cancelled, should that be taken up again."""
        conversation = self._writing.by_name.get(begun.conversation)
        if conversation is None or not conversation.open_to(context):
            return None
        context.draft_id = begun.id
        try:
            kept = await with_photo(conversation, conversation.said_so_far(begun), event, context)
            begun.answers, begun.settled = dict(kept.answers), list(kept.settled)
            note = _("The photo is kept with what was set aside: {what}.").format(
                what=conversation.title
            )
        except Misunderstood as misunderstood:
            note = misunderstood.why
        if live is not None:
            return await self._writing.present(context, live, note)
        undo = begun.id if begun.state == DraftState.DROPPED else ""
        at_home = await self._writing.home(context, note, undo=undo)
        return replace(at_home, placement=Placement.INSTEAD)


def _words_of(event: Event) -> str:
    """What somebody wrote, or wrote under a picture."""
    match event:
        case Said(text=text):
            return text
        case SentPhoto(caption=caption):
            return caption
    return ""
