"""A photo is kept with a draft, wherever that stands."""

from __future__ import annotations

from dataclasses import replace

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.draft import Draft
from conversations.kit.events import SentPhoto
from conversations.kit.steps import Collected, FormState, Heard, not_for_this_question


async def with_photo(
    conversation: Conversation, draft: Draft, event: SentPhoto, context: Context
) -> Draft:
    """The draft with one more photo, wherever it stands; raises Misunderstood for one that cannot be kept."""
    photos = conversation.photos
    if photos is None:
        raise not_for_this_question(event)
    so_far = draft.value(photos.name) or []
    heard: Heard = await photos.understand(event, FormState(context, {}, {photos.name: so_far}))
    kept = heard.value if isinstance(heard, Collected) else so_far
    said = with_words(draft, event.caption) if event.caption else draft
    return said.change(photos.name, value=kept)


def with_words(draft: Draft, caption: str) -> Draft:
    """What is written under a photo is part of what was said, once however often the message comes."""
    if caption in draft.opened_with.splitlines():
        return draft
    return replace(draft, opened_with=f"{draft.opened_with}\n{caption}".strip())
