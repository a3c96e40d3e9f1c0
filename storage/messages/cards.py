"""Which message of a chat shows a card, so that it can be changed later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Index, bindparam, delete, select
from sqlmodel import Field, SQLModel

from storage.access import Session, UtcDateTime
from storage.prepared import Prepared, among, put_into


class Card(SQLModel, table=True):
    """The message in a chat that shows something and may be changed later."""

    __tablename__ = "card"
    __table_args__ = (Index("ix_card_chat_message_id", "chat", "message_id"),)

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    message_id: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A card, and the message of the channel that shows it now."""

    channel: str
    chat: str
    name: str
    message_id: str


_CARD = SQLModel.metadata.tables["card"]
_CARDS = Prepared(
    select(_CARD.c.chat, _CARD.c.name, _CARD.c.message_id)
    .where(_CARD.c.channel == bindparam("of_channel"))
    .where(among(_CARD.c.chat, "chats"), among(_CARD.c.name, "names"))
)
_SHOW_CARD = put_into(_CARD, "message_id", "updated_at")
_FORGET_OTHERS = Prepared(
    delete(_CARD)
    .where(_CARD.c.channel == bindparam("of_channel"), _CARD.c.chat == bindparam("of_chat"))
    .where(_CARD.c.message_id == bindparam("message"), _CARD.c.name != bindparam("named"))
)


async def of_chats(session: Session, channel: str, names: Mapping[str, str]) -> dict[str, str]:
    """Under which id each chat shows the card of this name, `{chat: name}`; without those that show none."""
    found = await _CARDS.rows(
        session, of_channel=channel, chats=list(names), names=sorted(set(names.values()))
    )
    return {chat: message_id for chat, name, message_id in found if names[chat] == name}


async def stand_there(session: Session, shown: Sequence[ShownCard], now: datetime) -> None:
    """From now on each is shown by that message, which shows no other card any more."""
    await _FORGET_OTHERS.change_each(
        session,
        [
            {
                "of_channel": one.channel,
                "of_chat": one.chat,
                "named": one.name,
                "message": one.message_id,
            }
            for one in shown
        ],
    )
    await _SHOW_CARD.change_each(
        session,
        [
            {
                "channel": one.channel,
                "chat": one.chat,
                "name": one.name,
                "message_id": one.message_id,
                "updated_at": now,
            }
            for one in shown
        ],
    )
