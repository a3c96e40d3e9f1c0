"""What is to be told, in order, until the channel has taken it. The transactional outbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    SQLColumnExpression,
    and_,
    bindparam,
    case,
    exists,
    func,
    insert,
    or_,
    text,
    update,
)
from sqlalchemy import select as columns_of
from sqlmodel import Field, SQLModel, col

from storage.access import Json, Session, UtcDateTime, is_one_of
from storage.messages import cards
from storage.messages.cards import ShownCard
from storage.messages.holds import FAILING, Hold
from storage.prepared import Prepared, among

SECRET = "secret"  # noqa: S105  # The name of a style.
"""The style of a line that is kept only until it is told, as a link that lets in whoever has it."""

NOBODY = "unreachable"
"""The reason of a failed message begins so when the person blocked us or is gone."""

UNCERTAIN_MATTERS = timedelta(days=1)
"""Whoever waited for a message longer than this has asked again, and nobody can find out any more."""


class MessageKind(StrEnum):
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


UNSENT_STATES = ("pending", "sending", "uncertain", "failed")
UNSENT = "state IN ('pending', 'sending', 'uncertain', 'failed')"
"""Of messages, in the store's own words: those whose like are never many, whatever was sent before."""


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
        # Whatever is over is in none of them but the one by chat, where the newest is near.
        Index(
            "ix_outbox_unsent",
            "state",
            "channel",
            "chat",
            "id",
            sqlite_where=text(UNSENT),
            postgresql_where=text(UNSENT),
        ),
        Index("ix_outbox_chat_id", "chat", "id"),
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


@dataclass(slots=True)
class ClaimedMessage:
    """A message on its way, with the columns of its row; what becomes of it is written with `settle` or `sent`."""

    id: int
    channel: str
    chat: str
    person_id: str | None
    kind: str
    policy: str
    urgency: str
    silent: bool
    card: str
    placement: str
    message_id: str
    body: dict[str, Any]
    reader: dict[str, Any]
    state: str
    tries: int
    not_before: datetime | None
    leased_until: datetime | None
    created_at: datetime
    sent_at: datetime | None
    why: str | None


AnyMessage = Message | ClaimedMessage


@dataclass(slots=True)
class NewMessage:
    """A message before it waits in the outbox; its columns mean what they mean there."""

    channel: str
    chat: str
    kind: str
    created_at: datetime
    person_id: str | None = None
    policy: str = Policy.PROMPT
    urgency: str = Urgency.REPLY
    silent: bool = False
    card: str = ""
    placement: str = Placement.BELOW
    message_id: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    reader: dict[str, Any] = field(default_factory=dict)
    state: str = MessageState.PENDING
    tries: int = 0
    not_before: datetime | None = None


def unsent(state: SQLColumnExpression[str]) -> ColumnElement[bool]:
    """As `UNSENT`; a statement that says so besides the state that it wants finds it among the few."""
    return is_one_of(state, *UNSENT_STATES)


_OUTBOX = SQLModel.metadata.tables["outbox"]
_COLUMNS = [_OUTBOX.c[one.name] for one in fields(ClaimedMessage)]
_NEW = [one.name for one in fields(NewMessage)]
_PUT = Prepared(insert(_OUTBOX))
_BY_NUMBER = _OUTBOX.c.id == bindparam("number")
_OF_CHAT = (_OUTBOX.c.channel == bindparam("of_channel"), _OUTBOX.c.chat == bindparam("of_chat"))
_EARLIER = _OUTBOX.alias("earlier")
_OF_SAME_CHAT = (
    unsent(_EARLIER.c.state),
    _EARLIER.c.channel == _OUTBOX.c.channel,
    _EARLIER.c.chat == _OUTBOX.c.chat,
    _EARLIER.c.kind != MessageKind.TOAST,
)
_UNDER_WAY = exists().where(*_OF_SAME_CHAT, _EARLIER.c.state == MessageState.SENDING)
_OVERTAKEN = exists().where(
    *_OF_SAME_CHAT,
    _EARLIER.c.state == MessageState.PENDING,
    _EARLIER.c.id < _OUTBOX.c.id,
    _EARLIER.c.urgency == _OUTBOX.c.urgency,
)
_SILENT = exists().where(
    col(Hold.channel) == col(Message.channel),
    or_(col(Hold.chat) == col(Message.chat), col(Hold.chat) == "*"),
    col(Hold.until) > bindparam("now"),
)
_READY = (
    columns_of(*_COLUMNS)
    .where(unsent(_OUTBOX.c.state), col(Message.state) == MessageState.PENDING)
    .where(or_(col(Message.not_before).is_(None), col(Message.not_before) <= bindparam("now")))
    .where(~_SILENT)
    .where(
        or_(
            col(Message.kind) == MessageKind.TOAST,
            and_(
                ~_UNDER_WAY,
                ~_OVERTAKEN,
                ~among(_OUTBOX.c.chat, "busy"),
            ),
        )
    )
    .with_for_update(skip_locked=True, of=_OUTBOX)
)
_ANY_PENDING = Prepared(
    columns_of(_OUTBOX.c.id)
    .where(unsent(_OUTBOX.c.state), _OUTBOX.c.state == MessageState.PENDING)
    .limit(1)
)
_FAILS = exists().where(col(Hold.channel) == col(Message.channel), col(Hold.chat) == FAILING)
_NEXT = Prepared(
    _READY.where(~_FAILS, ~among(_OUTBOX.c.channel, "shut"))
    .order_by(col(Message.urgency).desc(), col(Message.id))
    .limit(bindparam("most", type_=Integer))
)
_TO_TRY = Prepared(
    _READY.where(col(Message.channel) == bindparam("of_channel"))
    .order_by(
        case((col(Message.policy) == Policy.RECEIPT, 1), else_=0),
        col(Message.tries),
        col(Message.urgency).desc(),
        col(Message.id),
    )
    .limit(1)
)
_LEASE = Prepared(
    update(_OUTBOX)
    .where(among(_OUTBOX.c.id, "numbers"))
    .values(state=MessageState.SENDING, leased_until=bindparam("until"), tries=_OUTBOX.c.tries + 1)
)
_RENEW = Prepared(
    update(_OUTBOX)
    .where(_BY_NUMBER, _OUTBOX.c.state == MessageState.SENDING)
    .where(_OUTBOX.c.leased_until == bindparam("before"))
)
_SETTLE = Prepared(update(_OUTBOX).where(_BY_NUMBER))
_LOST = Prepared(
    columns_of(*_COLUMNS)
    .where(unsent(_OUTBOX.c.state), col(Message.state) == MessageState.SENDING)
    .where(col(Message.leased_until) < bindparam("now"))
    .order_by(col(Message.id))
    .limit(100)
    .with_for_update(skip_locked=True)
)

_LAST_OUTCOME = Prepared(
    columns_of(_OUTBOX.c.state, _OUTBOX.c.why)
    .where(is_one_of(_OUTBOX.c.state, MessageState.SENT, MessageState.FAILED))
    .where(_OUTBOX.c.channel.startswith(bindparam("prefix")))
    .where(_OUTBOX.c.chat == bindparam("of_chat"))
    .order_by(_OUTBOX.c.id.desc())
    .limit(1)
)
_NEWEST_CARDS = Prepared(
    columns_of(_OUTBOX.c.channel, _OUTBOX.c.chat, _OUTBOX.c.card, func.max(_OUTBOX.c.id))
    .where(is_one_of(_OUTBOX.c.state, MessageState.PENDING, MessageState.SENT))
    .where(among(_OUTBOX.c.channel, "channels"), among(_OUTBOX.c.chat, "chats"))
    .where(_OUTBOX.c.id > bindparam("first"), among(_OUTBOX.c.card, "names"))
    .group_by(_OUTBOX.c.channel, _OUTBOX.c.chat, _OUTBOX.c.card)
)
_MAKE_A_SOUND = Prepared(
    update(_OUTBOX)
    .where(*_OF_CHAT, _OUTBOX.c.card == bindparam("named"), _OUTBOX.c.id > bindparam("number"))
    .where(unsent(_OUTBOX.c.state), _OUTBOX.c.state == MessageState.PENDING)
    .values(silent=False)
)
_MOVE = Prepared(
    update(_OUTBOX)
    .where(*_OF_CHAT, unsent(_OUTBOX.c.state), _OUTBOX.c.state == MessageState.PENDING)
    .values(chat=bindparam("after"))
)
_UNCERTAIN_SINCE = Prepared(
    columns_of(func.min(_OUTBOX.c.created_at))
    .where(unsent(_OUTBOX.c.state), _OUTBOX.c.state == MessageState.UNCERTAIN)
    .where(_OUTBOX.c.created_at > bindparam("since"))
)


def tell(session: Session, message: NewMessage) -> None:
    """Let a message wait for its turn; it leaves only if the transaction commits."""
    session.later(_PUT, {name: getattr(message, name) for name in _NEW})


async def claim(
    session: Session,
    now: datetime,
    limit: int,
    lease: timedelta,
    busy: Sequence[str] = (),
    shut: Sequence[str] = (),
) -> list[ClaimedMessage]:
    """The next message of each of up to `limit` chats, replies first, marked as being sent.

    Order in a chat is kept: while one of its messages is under way, rests for another try or is claimed by
    another process, later ones of the same urgency wait. A toast waits for nothing. Chats in `busy` are passed
    over, and so are channels in `shut` and those that are known to fail as a whole.
    """
    ready = await _NEXT.rows(session, now=now, busy=list(busy), shut=list(shut), most=limit)
    return await _leased(session, ready, now + lease)


async def is_anything_pending(session: Session) -> bool:
    """Whether a message waits, though it may rest or its chat may want silence."""
    return await _ANY_PENDING.row(session) is not None


async def claim_to_try(
    session: Session, now: datetime, lease: timedelta, channel: str, busy: Sequence[str] = ()
) -> list[ClaimedMessage]:
    """One message, marked as being sent, by which a channel that failed as a whole is tried.

    It may arrive and fail all the same: hence receipts come last, and the others by turns.
    """
    ready = await _TO_TRY.rows(session, now=now, busy=list(busy), of_channel=channel)
    return await _leased(session, ready, now + lease)


async def _leased(session: Session, ready: Sequence[Any], until: datetime) -> list[ClaimedMessage]:
    if not ready:
        return []
    await _LEASE.change(session, numbers=[row.id for row in ready], until=until)
    claimed = [ClaimedMessage(*row) for row in ready]
    for message in claimed:
        message.state = MessageState.SENDING
        message.leased_until = until
        message.tries += 1
    return claimed


async def renew(session: Session, message: ClaimedMessage, until: datetime) -> bool:
    """A claimed message stays ours until then; False when it was found lost and somebody else may have it."""
    before = message.leased_until
    message.leased_until = until
    return await _RENEW.change(session, number=message.id, before=before, leased_until=until) > 0


async def replaced(session: Session, messages: Sequence[ClaimedMessage]) -> set[int]:
    """Of these, the cards for which a newer one of the same name waits in the same chat, or has overtaken them."""
    cards = [one for one in messages if one.card]
    if not cards:
        return set()
    newest = await _NEWEST_CARDS.rows(
        session,
        channels=sorted({one.channel for one in cards}),
        chats=sorted({one.chat for one in cards}),
        first=min(one.id for one in cards),
        names=sorted({one.card for one in cards}),
    )
    latest = {(channel, chat, card): number for channel, chat, card, number in newest}
    return {one.id for one in cards if latest.get((one.channel, one.chat, one.card), 0) > one.id}


async def call_with_the_newest(session: Session, dropped: ClaimedMessage) -> None:
    """A card that would have made a sound is not sent any more, so the one that replaces it makes it."""
    await _MAKE_A_SOUND.change(
        session,
        of_channel=dropped.channel,
        of_chat=dropped.chat,
        named=dropped.card,
        number=dropped.id,
    )


async def lost_in_sending(session: Session, now: datetime) -> list[ClaimedMessage]:
    """Messages whose sender died while sending: nobody knows whether they arrived.

    Their leases are over; at most 100.
    """
    return [ClaimedMessage(*row) for row in await _LOST.rows(session, now=now)]


async def moved(session: Session, channel: str, before: str, after: str) -> None:
    """The chat has another address now: what still waits for it goes there."""
    await _MOVE.change(session, of_channel=channel, of_chat=before, after=after)


async def oldest_uncertain(session: Session, now: datetime) -> datetime | None:
    """Since when the oldest message waits whose fate nobody knows, and which still matters."""
    [since] = await _UNCERTAIN_SINCE.column(session, since=now - UNCERTAIN_MATTERS)
    return cast("datetime | None", since)


async def turned_away(session: Session, kind: str, chat: str) -> bool:
    """Whether the last thing told to a chat, on this kind of channel, came back because nobody is there."""
    last = await _LAST_OUTCOME.row(session, prefix=f"{kind}:", of_chat=chat)
    return last is not None and last[0] == MessageState.FAILED and str(last[1]).startswith(NOBODY)


async def settle(
    session: Session,
    message: AnyMessage,
    state: MessageState,
    now: datetime,
    why: str | None = None,
) -> None:
    """Write down what became of a message; once it is over, no secret stays in it."""
    await _SETTLE.change(session, **_settled(message, state, now, why))


async def sent(session: Session, taken: Sequence[tuple[AnyMessage, str]], now: datetime) -> None:
    """Write down that the channel took these, each under its id there, and which cards they are from now on."""
    shown = []
    for message, message_id in taken:
        message.message_id = message_id
        if message.kind == MessageKind.SCREEN and message.card and message_id:
            shown.append(ShownCard(message.channel, message.chat, message.card, message_id))
    await _SETTLE.change_each(
        session, [_settled(message, MessageState.SENT, now) for message, _id in taken]
    )
    await cards.stand_there(session, shown, now)


def _settled(
    message: AnyMessage, state: MessageState, now: datetime, why: str | None = None
) -> dict[str, Any]:
    """The same columns whatever it came to, so that one statement writes many."""
    over = state not in {MessageState.PENDING, MessageState.SENDING}
    return {
        "number": message.id,
        "state": state,
        "why": why,
        "leased_until": None,
        "message_id": message.message_id,
        "placement": message.placement,
        "not_before": message.not_before,
        "body": _without_secrets(message.body) if over else message.body,
        "tries": message.tries,
        "sent_at": now if state == MessageState.SENT else message.sent_at,
    }


def _without_secrets(body: dict[str, Any]) -> dict[str, Any]:
    if "lines" not in body:
        return body
    return {**body, "lines": [line for line in body["lines"] if line["style"] != SECRET]}
