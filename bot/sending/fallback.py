"""Whoever waits for a message that can never be shown is told so plainly, with the way home."""

from __future__ import annotations

from datetime import datetime

from conversations.kit.links import with_way_home
from conversations.kit.screens import Page
from locales import _
from storage.messages.outbox import ClaimedMessage, MessageKind, NewMessage

UNSHOWN = "unshown"
"""The card of the plain sentence; where it cannot be shown either, nothing follows."""


def told_instead(refused: ClaimedMessage, now: datetime) -> NewMessage | None:
    """What is told in the place of a refused message; None where nobody waits for it."""
    waits = refused.person_id is not None and not refused.silent
    if refused.kind != MessageKind.SCREEN or refused.card == UNSHOWN or not waits:
        return None
    note = _(
        "A message of the system could not be shown here. What was written is kept. "
        "Please press Home or type /start."
    )
    return NewMessage(
        channel=refused.channel,
        chat=refused.chat,
        person_id=refused.person_id,
        kind=MessageKind.SCREEN,
        urgency=refused.urgency,
        card=UNSHOWN,
        body=with_way_home(Page().add(note).screen()).to_json(),
        reader=dict(refused.reader),
        created_at=now,
    )
