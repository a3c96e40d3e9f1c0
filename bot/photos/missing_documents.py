"""Whoever sent a document that cannot be kept is told once, with the reason and what to do."""

from __future__ import annotations

from datetime import datetime

from bot.photos.senders import tell_where_it_was_sent, was_taken_back
from conversations.kit.links import with_way_home
from conversations.kit.screens import Page
from locales import Text, _, plain
from storage.database import Session
from storage.help.documents import StoredDocument
from storage.people.people import Person

NOT_GIVEN = _("The file is not given out any more.")
NOT_HAD = _("The file could not be fetched within a day.")
TOO_LARGE = _("It is larger than 20 MB, the most that can be fetched.")
EMPTY = _("The file is empty (0 bytes).")
OF_ANOTHER_KIND = _("What is in the file is of another kind than its name says.")


async def tell_sender(session: Session, document: StoredDocument, why: Text, now: datetime) -> None:
    """Leaves words in the outbox, unless another document took its place; the other answers stay as they are."""
    sender = await session.get(Person, document.person_id)
    if sender is None or await was_taken_back(session, document):
        return
    page = Page().add(
        _("⚠️ The file “{name}”, sent at {moment}, could not be kept.").format(
            name=plain(document.name), moment=document.sent_at
        )
    )
    page.add(why).add(_("Please send it again, in a new message."))
    screen = with_way_home(page.screen())
    await tell_where_it_was_sent(session, document, sender, screen, now)
