"""A photo or a document is kept with a draft, wherever that stands."""

from __future__ import annotations

from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.document import Document
from conversations.kit.draft import Draft
from conversations.kit.events import SentFile, SentPhoto
from conversations.kit.steps import not_for_this_question


async def with_photo(
    conversation: Conversation, draft: Draft, event: SentPhoto, context: Context
) -> Draft:
    """The draft with one more photo, wherever it stands; raises Misunderstood for one that cannot be kept."""
    photos = conversation.photos
    if photos is None:
        raise not_for_this_question(event)
    kept = await photos.with_one_more(event, list(draft.value(photos.name) or []), context)
    said = with_words(draft, event.caption) if event.caption else draft
    return said.change(photos.name, value=kept)


async def with_document(
    conversation: Conversation, draft: Draft, event: SentFile, context: Context
) -> Draft | None:
    """The draft with a document in the place of the one that was given; None where no single question got one.

    Raises Misunderstood for one that is of no use there.
    """
    asked = [one for one in conversation.steps if isinstance(one, Document)]
    if event.kind != "document" or len(asked) != 1 or asked[0].name not in draft.settled:
        return None
    kept = await context.keep_document(event, asked[0].ending_of(event))
    return draft.change(asked[0].name, value=kept)


def with_words(draft: Draft, caption: str) -> Draft:
    """What is written under a photo is part of what was said, once however often the message comes."""
    if caption in draft.opened_with.splitlines():
        return draft
    return replace(draft, opened_with=f"{draft.opened_with}\n{caption}".strip())
