"""What is to be told, in order, until the channel has taken it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    and_,
    case,
    delete,
    exists,
    func,
    or_,
)
from sqlalchemy.orm import aliased
from sqlmodel import Field, SQLModel, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from storage.access import Json, Session, UtcDateTime, changed, insert_into

SECRET = "secret"  # noqa: S105  # The name of a style.
"""The style of a line that is kept only until it is told, as a link that lets in whoever has it."""

NOBODY = "unreachable"
"""The reason of a failed message begins so when the person blocked us or is gone."""

FAILING = "failing"
"""In the place of a chat: no chat has such an address."""

UNCERTAIN_MATTERS = timedelta(days=1)
"""Whoever waited for a message longer than this has asked again, and nobody can find out any more."""


LOOKED_BACK = 100
"""Messages of a chat among which one is found again that somebody replies to."""


class Kind(StrEnum):
    """What a message is, for the channel."""

    SCREEN = "screen"
    """A screen for a chat: sent anew, or shown in place of the card named `card`."""
    TOAST = "toast"
    """The answer that a pressed button waits for."""
    COMMANDS = "commands"
    """The menu of commands for one chat."""


class Policy(StrEnum):
    """What to do when it is uncertain whether the channel took a message."""

    EDIT = "edit"
    """Try again: doing it twice is the same as doing it once."""
    PROMPT = "prompt"
    """Send again: a question seen twice is better than a silent screen."""
    RECEIPT = "receipt"
    """Send once more, with the same code."""


class Urgency(StrEnum):
    """Replies overtake what many people are told at once."""

    REPLY = "reply"
    BULK = "bulk"


class MessageState(StrEnum):
    """How far a message has come."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    DROPPED = "dropped"


class Placement(StrEnum):
    """Where a card appears when an earlier one of the same name is in the chat."""

    BELOW = "below"
    """A new message; the earlier one loses its buttons."""
    INSTEAD = "instead"
    """A new message; the earlier one is deleted."""
    IN_PLACE = "in_place"
    """The earlier one is changed where it stands; a new message if there is none."""


class Message(SQLModel, table=True):
    """One thing to tell one chat."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'sending', 'sent', 'uncertain', 'failed', 'dropped')",
            name="state",
        ),
        Index("ix_outbox_state_channel_chat_id", "state", "channel", "chat", "id"),
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    channel: str
    chat: str
    person_id: str | None = Field(default=None, foreign_key="person.id")
    """Who is told; empty for a group or a stranger."""
    kind: str
    policy: str = Policy.PROMPT
    urgency: str = Urgency.REPLY
    silent: bool = False
    card: str = ""
    """The name under which the message is remembered, to be changed later; empty for none."""
    placement: str = Placement.BELOW
    message_id: str = ""
    """The message to change when it is known (a pressed card); after sending, the message itself."""
    body: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """A screen, `{"query": id, "text": Text}` of a toast, or `{"commands": [[name, Text]]}`."""
    reader: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """Who reads it, as `locales.Reader.to_json` writes it."""
    state: str = MessageState.PENDING
    tries: int = 0
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    leased_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str | None = None
    """The kind of failure, without any words of a person."""


class Card(SQLModel, table=True):
    """The message in a chat that shows something and may be changed later."""

    __tablename__ = "card"

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    message_id: str
    updated_at: datetime = Field(sa_type=UtcDateTime)


class Hold(SQLModel, table=True):
    """A chat, or a whole channel (chat `*`), that asked for silence until a moment.

    For `FAILING` it is a channel that fails as a whole since that moment, until it is opened again.
    """

    __tablename__ = "outbox_hold"

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)


def tell(session: Session, message: Message) -> None:
    """Let a message wait for its turn; it leaves only if the transaction commits."""
    session.add(message)


async def claim(
    session: Session,
    now: datetime,
    limit: int,
    lease: timedelta,
    busy: Sequence[str] = (),
    shut: Sequence[str] = (),
) -> list[Message]:
    """The next message of each of up to `limit` chats, replies first, marked as being sent.

    Order in a chat is kept: while one of its messages is under way, rests for another try or is claimed by
    another process, later ones of the same urgency wait. A toast waits for nothing. Chats in `busy` are passed
    over, and so are channels in `shut` and those that are known to fail as a whole.
    """
    fails = exists().where(col(Hold.channel) == col(Message.channel), col(Hold.chat) == FAILING)
    ready = (
        _ready(now, busy).where(~fails).order_by(col(Message.urgency).desc(), col(Message.id))
    ).limit(limit)
    if shut:
        ready = ready.where(col(Message.channel).not_in(list(shut)))
    return await _taken(session, ready, now + lease)


async def claim_to_try(
    session: Session, now: datetime, lease: timedelta, channel: str, busy: Sequence[str] = ()
) -> list[Message]:
    """One message, marked as being sent, by which a channel that failed as a whole is tried.

    It may arrive and fail all the same: hence receipts come last, and the others by turns.
    """
    receipts_last = case((col(Message.policy) == Policy.RECEIPT, 1), else_=0)
    ready = (
        _ready(now, busy)
        .where(col(Message.channel) == channel)
        .order_by(receipts_last, col(Message.tries), col(Message.urgency).desc(), col(Message.id))
        .limit(1)
    )
    return await _taken(session, ready, now + lease)


def _ready(now: datetime, busy: Sequence[str]) -> SelectOfScalar[Message]:
    """What may leave now as far as its chat is concerned, without an order."""
    earlier = aliased(Message)
    blocked = exists().where(
        and_(
            col(earlier.channel) == col(Message.channel),
            col(earlier.chat) == col(Message.chat),
            col(earlier.kind) != Kind.TOAST,
            or_(
                and_(
                    col(earlier.state) == MessageState.PENDING,
                    col(earlier.id) < col(Message.id),
                    col(earlier.urgency) == col(Message.urgency),
                ),
                col(earlier.state) == MessageState.SENDING,
            ),
        )
    )
    held = exists().where(
        and_(
            col(Hold.channel) == col(Message.channel),
            or_(col(Hold.chat) == col(Message.chat), col(Hold.chat) == "*"),
            col(Hold.until) > now,
        )
    )
    ready = (
        select(Message)
        .where(col(Message.state) == MessageState.PENDING)
        .where(or_(col(Message.not_before).is_(None), col(Message.not_before) <= now))
        .where(~held)
        .where(or_(col(Message.kind) == Kind.TOAST, ~blocked))
        .with_for_update(skip_locked=True, of=Message)
    )
    if busy:
        ready = ready.where(
            or_(col(Message.kind) == Kind.TOAST, col(Message.chat).not_in(list(busy)))
        )
    return ready


async def _taken(
    session: Session, ready: SelectOfScalar[Message], until: datetime
) -> list[Message]:
    claimed = list((await session.execute(ready)).scalars())
    for message in claimed:
        message.state = MessageState.SENDING
        message.leased_until = until
        message.tries += 1
    return claimed


async def renew(session: Session, message: Message, until: datetime) -> bool:
    """A claimed message stays ours until then; False when it was found lost and somebody else may have it."""
    done = await session.execute(
        update(Message)
        .where(col(Message.id) == message.id, col(Message.state) == MessageState.SENDING)
        .where(col(Message.leased_until) == message.leased_until)
        .values(leased_until=until)
        .execution_options(synchronize_session=False)
    )
    message.leased_until = until
    return changed(done) > 0


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
    # Every state but two, named so that the index serves.
    told = [state for state in MessageState if state not in {"failed", "dropped"}]
    newest = func.row_number().over(
        partition_by=[col(Message.channel), col(Message.chat)], order_by=col(Message.id).desc()
    )
    placed = (
        select(col(Message.id).label("id"), newest.label("place"))
        .where(col(Message.state).in_(told))
        .where(col(Message.channel).in_({channel for channel, _chat in chats}))
        .where(col(Message.chat).in_({chat for _channel, chat in chats}))
        .where(col(Message.kind) == Kind.SCREEN)
        .subquery()
    )
    found = await session.execute(
        select(Message.channel, Message.chat, Message.urgency, Message.body)
        .join(placed, placed.c.id == col(Message.id))
        .where(placed.c.place <= limit)
        .order_by(col(Message.id).desc())
    )
    shown: dict[tuple[str, str], list[Shown]] = {}
    for channel, chat, urgency, body in found:
        shown.setdefault((channel, chat), []).append(Shown(body, urgency == Urgency.REPLY))
    return shown


async def shown_as(
    session: Session, channel: str, chat: str, message_id: str
) -> dict[str, Any] | None:
    """What was shown as this message of a chat; None for one that is older than the last of ours there."""
    found = await session.execute(
        select(Message.message_id, Message.body)
        .where(col(Message.state) == MessageState.SENT)
        .where(col(Message.channel) == channel, col(Message.chat) == chat)
        .where(col(Message.kind) == Kind.SCREEN)
        .order_by(col(Message.id).desc())
        .limit(LOOKED_BACK)
    )
    return next((body for number, body in found if number == message_id), None)


async def told_since(session: Session, channel: str, chat: str, since: datetime) -> bool:
    """Whether a chat was told something later than a moment, or is about to be."""
    found = await session.execute(
        select(col(Message.id))
        # Every state, named so that the index serves.
        .where(col(Message.state).in_(list(MessageState)))
        .where(col(Message.channel) == channel, col(Message.chat) == chat)
        .where(col(Message.kind) == Kind.SCREEN, col(Message.created_at) > since)
        .limit(1)
    )
    return found.first() is not None


async def replaced(session: Session, messages: Sequence[Message]) -> set[int]:
    """Of these, the cards for which a newer one of the same name waits in the same chat, or has overtaken them."""
    cards = [one for one in messages if one.card and one.id is not None]
    if not cards:
        return set()
    newest = await session.execute(
        select(Message.channel, Message.chat, Message.card, func.max(col(Message.id)))
        .where(col(Message.state).in_([MessageState.PENDING, MessageState.SENT]))
        .where(col(Message.channel).in_({one.channel for one in cards}))
        .where(col(Message.chat).in_({one.chat for one in cards}))
        .where(col(Message.id) > min(one.id or 0 for one in cards))
        .where(col(Message.card).in_({one.card for one in cards}))
        .group_by(Message.channel, Message.chat, Message.card)
    )
    latest = {(channel, chat, card): number for channel, chat, card, number in newest}
    return {
        one.id
        for one in cards
        if one.id is not None and (latest.get((one.channel, one.chat, one.card)) or 0) > one.id
    }


async def call_with_the_newest(session: Session, dropped: Message) -> None:
    """A card that would have made a sound is not sent any more, so the one that replaces it makes it."""
    await session.execute(
        update(Message)
        .where(col(Message.channel) == dropped.channel, col(Message.chat) == dropped.chat)
        .where(col(Message.card) == dropped.card, col(Message.id) > (dropped.id or 0))
        .where(col(Message.state) == MessageState.PENDING)
        .values(silent=False)
        .execution_options(synchronize_session=False)
    )


async def lost_in_sending(session: Session, now: datetime) -> list[Message]:
    """Messages whose sender died while sending: nobody knows whether they arrived."""
    found = await session.execute(
        select(Message)
        .where(col(Message.state) == MessageState.SENDING)
        .where(col(Message.leased_until) < now)
        .order_by(col(Message.id))
        .limit(100)
        .with_for_update(skip_locked=True)
    )
    return list(found.scalars())


async def cards(session: Session, channel: str, names: Mapping[str, str]) -> dict[str, Card]:
    """The cards in these chats, `{chat: name}`, by chat."""
    found = await session.execute(
        select(Card)
        .where(col(Card.channel) == channel)
        .where(col(Card.chat).in_(list(names)))
        .where(col(Card.name).in_(set(names.values())))
    )
    return {card.chat: card for card in found.scalars() if names.get(card.chat) == card.name}


async def remember_card(
    session: Session, channel: str, chat: str, name: str, message_id: str, now: datetime
) -> None:
    """From now on this message is the card of that name, and of no other."""
    await session.execute(
        delete(Card)
        .where(col(Card.channel) == channel, col(Card.chat) == chat)
        .where(col(Card.message_id) == message_id, col(Card.name) != name)
        .execution_options(synchronize_session=False)
    )
    statement = insert_into(session, Card).values(
        channel=channel, chat=chat, name=name, message_id=message_id, updated_at=now
    )
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "chat", "name"],
            set_={"message_id": message_id, "updated_at": now},
        )
    )


async def hold(session: Session, channel: str, chat: str, until: datetime) -> None:
    """Keep a chat, or with `*` the whole channel, silent until then; never shortens a silence."""
    statement = insert_into(session, Hold).values(channel=channel, chat=chat, until=until)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "chat"],
            set_={"until": until},
            where=col(Hold.until) < until,
        )
    )


async def shut(session: Session, channel: str, now: datetime) -> None:
    """From now on nobody takes up messages for this channel as usual."""
    statement = insert_into(session, Hold).values(channel=channel, chat=FAILING, until=now)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["channel", "chat"]))


async def open_again(session: Session, channel: str) -> None:
    """A message has arrived on a channel that failed as a whole."""
    await session.execute(
        delete(Hold)
        .where(col(Hold.channel) == channel, col(Hold.chat) == FAILING)
        .execution_options(synchronize_session=False)
    )


async def all_shut(session: Session) -> dict[str, datetime]:
    """The channels that fail as a whole, and since when."""
    found = await session.execute(select(Hold.channel, Hold.until).where(col(Hold.chat) == FAILING))
    return {row.channel: row.until for row in found}


async def moved(session: Session, channel: str, before: str, after: str) -> None:
    """The chat has another address now: what still waits for it goes there."""
    await session.execute(
        update(Message)
        .where(col(Message.channel) == channel, col(Message.chat) == before)
        .where(col(Message.state) == MessageState.PENDING)
        .values(chat=after)
        .execution_options(synchronize_session=False)
    )


async def oldest_uncertain(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest message waits whose fate nobody knows, and which still matters."""
    found = await session.execute(
        select(func.min(col(Message.created_at)))
        .where(col(Message.state) == MessageState.UNCERTAIN)
        .where(col(Message.created_at) > now - UNCERTAIN_MATTERS)
    )
    return found.scalar_one()


async def turned_away(session: Session, kind: str, chat: str) -> bool:
    """Whether the last thing told to a chat, on this kind of channel, came back because nobody is there."""
    found = await session.execute(
        select(Message.state, Message.why)
        .where(col(Message.state).in_([MessageState.SENT, MessageState.FAILED]))
        .where(col(Message.channel).startswith(f"{kind}:", autoescape=True))
        .where(col(Message.chat) == chat)
        .order_by(col(Message.id).desc())
        .limit(1)
    )
    last = found.first()
    return last is not None and last[0] == MessageState.FAILED and str(last[1]).startswith(NOBODY)


async def settle(
    session: Session, message: Message, state: MessageState, now: datetime, why: str | None = None
) -> None:
    """Write down what became of a message; once it is over, no secret stays in it."""
    values: dict[str, Any] = {"state": state, "why": why, "leased_until": None}
    if state not in {MessageState.PENDING, MessageState.SENDING}:
        values["body"] = _without_secrets(message.body)
    values["tries"] = message.tries
    values["message_id"] = message.message_id
    values["placement"] = message.placement
    values["not_before"] = message.not_before
    if state == MessageState.SENT:
        values["sent_at"] = now
    await session.execute(
        update(Message)
        .where(col(Message.id) == message.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _without_secrets(body: dict[str, Any]) -> dict[str, Any]:
    if "lines" not in body:
        return body
    return {**body, "lines": [line for line in body["lines"] if line["style"] != SECRET]}
