"""Whoever sent a document that cannot be kept is told once, with the reason and what to do."""

from __future__ import annotations

from datetime import datetime

from conversations.kit.links import with_way_home
from conversations.kit.screens import Page
from conversations.kit.telling import tell
from locales import Text, _, plain
from storage.database import Session
from storage.help.documents import StoredDocument
from storage.messages import outbox
from storage.messages.drafts import StoredDraft
from storage.messages.outbox import Message, MessageKind
from storage.people import people
from storage.people.people import Person

NOT_GIVEN = _("The file is not given out any more.")
NOT_HAD = _("The file could not be fetched within a day.")
TOO_LARGE = _("It is larger than 20 MB, the most that can be fetched.")
EMPTY = _("The file is empty (0 bytes).")
OF_ANOTHER_KIND = _("What is in the file is of another kind than its name says.")


async def tell_sender(session: Session, document: StoredDocument, why: Text, now: datetime) -> None:
    """Leaves words in the outbox, unless another document took its place; the other answers stay as they are."""
    sender = await session.get(Person, document.person_id)
    if sender is None or await _was_replaced(session, document):
        return
    page = Page().add(
        _("⚠️ The file “{name}”, sent at {moment}, could not be kept.").format(
            name=plain(document.name), moment=document.sent_at
        )
    )
    page.add(why).add(_("Please send it again, in a new message."))
    screen = with_way_home(page.screen())
    here = (people.kind_of(document.channel), document.chat)
    if here not in await people.addresses_of(session, sender.id):
        # It came from a phone that was lost since, or that is somebody else's now.
        await tell(session, [document.channel], [sender.id], screen, now)
        return
    outbox.tell(
        session,
        Message(
            channel=document.channel,
            chat=document.chat,
            person_id=sender.id,
            kind=MessageKind.SCREEN,
            body=screen.to_json(),
            reader=sender.reader.to_json(),
            created_at=now,
        ),
    )


async def _was_replaced(session: Session, document: StoredDocument) -> bool:
    """Whoever sent another one does not miss it."""
    draft = await session.get(StoredDraft, document.draft_id) if document.draft_id else None
    values = [one.get("value") for one in draft.answers.values()] if draft is not None else []
    return draft is not None and document.id not in values
