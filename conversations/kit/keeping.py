"""A photo is kept with a draft, wherever that stands."""

from __future__ import annotations

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.draft import OPENED_WITH, Draft
from conversations.kit.events import SentPhoto
from conversations.kit.photos import Photos
from conversations.kit.steps import Collected, FormState, Heard, not_for_this_question


def photos_of(conversation: Conversation) -> Photos | None:
    """The question that photos answer; None where nobody asks for any."""
    return next((one for one in conversation.steps if isinstance(one, Photos)), None)


async def with_photo(
    conversation: Conversation, draft: Draft, event: SentPhoto, context: Context
) -> Draft:
    """The draft with one more photo, wherever it stands; raises Misunderstood for one that cannot be kept."""
    photos = photos_of(conversation)
    if photos is None:
        raise not_for_this_question(event)
    so_far = draft.answers.get(photos.name, [])
    heard: Heard = await photos.understand(event, FormState(context, {}, {photos.name: so_far}))
    kept = heard.value if isinstance(heard, Collected) else so_far
    said = with_words(draft, event.caption) if event.caption else draft
    return said.with_answer(photos.name, kept)


def with_words(draft: Draft, caption: str) -> Draft:
    """What is written under a photo is part of what was said, once however often the message comes."""
    before = str(draft.answers.get(OPENED_WITH, ""))
    if caption in before.splitlines():
        return draft
    return draft.with_answer(OPENED_WITH, f"{before}\n{caption}".strip())
