"""How an answer is left in the outbox: for one person in private, or as a sentence for a group."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot.answering.callers import Caller, reader_of
from conversations.kit.events import Back, Cancel, Opened, Pressed
from conversations.lobby import home
from conversations.lobby.replies import CardName, Reply
from locales import _
from storage.database import Session
from storage.messages import outbox
from storage.messages.outbox import MessageKind, NewMessage, Placement, Policy
from storage.messages.shown import told_since
from storage.people.people import Person

GROUP_REST = timedelta(minutes=10)
"""How long a group is left in peace after it was told that it is no place to talk."""


def put(
    session: Session, caller: Caller, person: Person | None, reply: Reply, now: datetime
) -> None:
    """Leave the answer in the outbox: the tap first, then the card."""
    incoming = caller.incoming
    if incoming.query:
        body = {
            "query": incoming.query,
            "text": reply.toast.to_json() if reply.toast is not None else None,
        }
        toast = _message(caller, person, MessageKind.TOAST, body, now)
        toast.policy = Policy.EDIT
        outbox.tell(session, toast)
    if reply.screen is None:
        return
    message = _message(caller, person, MessageKind.SCREEN, reply.screen.to_json(), now)
    message.card = reply.card
    message.placement = reply.placement
    message.policy = reply.policy
    message.silent = reply.silent
    if reply.placement == Placement.IN_PLACE and isinstance(incoming.event, Pressed):
        message.message_id = incoming.message_id
    outbox.tell(session, message)


async def answer_a_group(session: Session, caller: Caller, name: str, now: datetime) -> None:
    """In a group, and to nobody in particular: one sentence, only when asked, and once in a while.

    `name` is our account's, for a way to us; empty where none is to be told.
    """
    event, chat = caller.incoming.event, caller.incoming.chat
    if isinstance(event, Pressed):
        # Only whoever pressed sees this.
        note = _("The system speaks with each person in private only.")
        put(session, caller, None, Reply(toast=note), now)
    elif isinstance(event, Opened | Cancel | Back) and chat:
        # What others of this batch were told must count, too.
        await session.flush()
        since = now - GROUP_REST
        if not await told_since(session, caller.update.channel, chat, since):
            put(session, caller, None, Reply(home.for_a_group(name), card=CardName.NOTICE), now)


def _message(
    caller: Caller, person: Person | None, kind: MessageKind, body: dict[str, Any], now: datetime
) -> NewMessage:
    return NewMessage(
        channel=caller.update.channel,
        chat=caller.incoming.chat,
        person_id=person.id if person else None,
        kind=kind,
        body=body,
        reader=reader_of(person, caller.incoming).to_json(),
        created_at=now,
    )
