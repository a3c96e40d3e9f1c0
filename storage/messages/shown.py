"""What a chat was shown lately, or is about to be: words may be meant for it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, func
from sqlalchemy import select as columns_of
from sqlmodel import SQLModel, col, select

from storage.access import Session, each_of, is_one_of
from storage.messages.outbox import Message, MessageKind, MessageState, Urgency
from storage.prepared import Prepared

LOOKED_BACK = 100
"""Messages of a chat among which one is found again that somebody replies to."""

_OUTBOX = SQLModel.metadata.tables["outbox"]
_OF_CHAT = (_OUTBOX.c.channel == bindparam("of_channel"), _OUTBOX.c.chat == bindparam("of_chat"))
_CHAT = each_of("chats")
_SHOWN = (
    _OUTBOX.c.channel == bindparam("of_channel"),
    _OUTBOX.c.chat == _CHAT.c.value,
    _OUTBOX.c.kind == MessageKind.SCREEN,
    ~is_one_of(_OUTBOX.c.state, MessageState.FAILED, MessageState.DROPPED),
)
_FIRST_SHOWN = (
    columns_of(_OUTBOX.c.id)
    .where(*_SHOWN)
    .order_by(_OUTBOX.c.id.desc())
    .limit(1)
    .offset(bindparam("earlier", type_=Integer))
    .correlate(_CHAT)
    .scalar_subquery()
)
_LATELY_SHOWN = Prepared(
    columns_of(_OUTBOX.c.chat, _OUTBOX.c.urgency, _OUTBOX.c.body)
    .join_from(_CHAT, _OUTBOX, and_(*_SHOWN, _OUTBOX.c.id >= func.coalesce(_FIRST_SHOWN, 0)))
    .order_by(_OUTBOX.c.id.desc())
)
_LAST_TOLD = Prepared(
    columns_of(_OUTBOX.c.created_at)
    .where(*_OF_CHAT, _OUTBOX.c.kind == MessageKind.SCREEN)
    .order_by(_OUTBOX.c.id.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen that a chat was shown, or is about to be."""

    body: dict[str, Any]
    answers: bool
    """It answered something that the person did; others were told them unasked."""


async def lately_shown(
    session: Session, chats: Collection[tuple[str, str]], limit: int
) -> dict[tuple[str, str], list[Shown]]:
    """The last screens of each (channel, chat), newest first."""
    if not chats:
        return {}
    shown: dict[tuple[str, str], list[Shown]] = {}
    # Channel by channel, as SQLite looks at everything for a list of pairs.
    for channel in sorted({channel for channel, _chat in chats}):
        of_channel = sorted(chat for where, chat in chats if where == channel)
        rows = await _LATELY_SHOWN.rows(
            session, of_channel=channel, chats=of_channel, earlier=limit - 1
        )
        for chat, urgency, body in rows:
            one = Shown(body, urgency == Urgency.REPLY)
            shown.setdefault((channel, chat), []).append(one)
    return shown


async def shown_as(
    session: Session, channel: str, chat: str, message_id: str
) -> dict[str, Any] | None:
    """What was sent as this message of a chat; None for one that is not among the last `LOOKED_BACK` of ours there.

    A card that was changed in place is what it was changed to last.
    """
    found = await session.execute(
        select(Message.message_id, Message.body)
        .where(col(Message.state) == MessageState.SENT)
        .where(col(Message.channel) == channel, col(Message.chat) == chat)
        .where(col(Message.kind) == MessageKind.SCREEN)
        .order_by(col(Message.id).desc())
        .limit(LOOKED_BACK)
    )
    return next((body for number, body in found if number == message_id), None)


async def told_since(session: Session, channel: str, chat: str, since: datetime) -> bool:
    """Whether a chat was told something later than a moment, or is about to be."""
    last = await _LAST_TOLD.row(session, of_channel=channel, of_chat=chat)
    return last is not None and last[0] > since
