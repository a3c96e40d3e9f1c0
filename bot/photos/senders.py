"""What is told to whoever sent a file, photo or document, that could not be kept."""

from __future__ import annotations

from datetime import datetime

from conversations.kit.screens import Screen
from conversations.kit.telling import tell
from storage.database import Session
from storage.help.promised_files import PromisedFile
from storage.messages import outbox
from storage.messages.drafts import StoredDraft
from storage.messages.outbox import MessageKind, NewMessage
from storage.people import people
from storage.people.people import Person


async def tell_where_it_was_sent(
    session: Session, sent: PromisedFile, sender: Person, screen: Screen, now: datetime
) -> None:
    """In the chat that it came from; where that is no longer the sender's, wherever the sender is now."""
    here = (people.kind_of(sent.channel), sent.chat)
    if here not in await people.addresses_of(session, sender.id):
        # It came from a phone that was lost since, or that is somebody else's now.
        await tell(session, [sent.channel], [sender.id], screen, now)
        return
    outbox.tell(
        session,
        NewMessage(
            channel=sent.channel,
            chat=sent.chat,
            person_id=sender.id,
            kind=MessageKind.SCREEN,
            body=screen.to_json(),
            reader=sender.reader.to_json(),
            created_at=now,
        ),
    )


async def was_taken_back(session: Session, sent: PromisedFile) -> bool:
    """Whoever took it out of what they are writing, or put another in its place, does not miss it."""
    draft = await session.get(StoredDraft, sent.draft_id) if sent.draft_id else None
    if draft is None:
        return False
    values = [one.get("value") for one in draft.answers.values()]
    return not any(
        sent.id in value if isinstance(value, list) else sent.id == value for value in values
    )
