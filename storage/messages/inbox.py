"""What people sent, kept word for word until it has been answered. The inbox of an idempotent consumer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlmodel import Field, SQLModel, col

from storage.access import Session, UtcDateTime, each_of
from storage.declarations import Comparison, count, number, proof
from storage.prepared import Prepared, among, put_into

TRIES = 3
"""How often an update may fail before it is set aside for a person to look at."""

PAUSE = timedelta(seconds=5)
"""How long a sender rests after a failed try; multiplied by the number of tries."""


class UpdateState(StrEnum):
    """What became of an update."""

    WAITING = "waiting"
    DONE = "done"
    DEAD_LETTER = "set_aside"


class Update(SQLModel, table=True):
    """One update as the channel delivered it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        CheckConstraint("state IN ('waiting', 'done', 'set_aside')", name="state"),
        # Without the channel: SQLite would prefer it to the one of the few that wait, which says more.
        Index("ix_inbox_sender_id", "sender", "id"),
        # Few rows among millions, so they have an index of their own.
        Index(
            "ix_inbox_set_aside",
            "id",
            sqlite_where=text("state = 'set_aside'"),
            postgresql_where=text("state = 'set_aside'"),
        ),
        Index(
            "ix_inbox_waiting",
            "channel",
            "sender",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    channel: str
    update_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    """The channel's own number; empty where the update came without a readable one."""
    sender: str
    """Whoever's updates must be answered in order: a person, else a chat."""
    raw: str
    """The update as JSON text, in ASCII, so that no database refuses a character of it."""
    received_at: datetime = Field(sa_type=UtcDateTime)
    state: str = UpdateState.WAITING
    tries: int = 0
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str | None = None
    """The kind of failure, without any words of a person."""


class Sender(SQLModel, table=True):
    """A person, or a chat, with updates in the inbox: the row that a process holds while it answers."""

    __tablename__ = "inbox_sender"
    __table_args__ = (
        # Those who rest are many, and never looked for.
        Index(
            "ix_inbox_sender_waits",
            "waiting_since",
            "sender",
            sqlite_where=text("waiting_since IS NOT NULL"),
            postgresql_where=text("waiting_since IS NOT NULL"),
        ),
    )

    channel: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    waiting_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the oldest unanswered update came; empty while none waits."""
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The sender rests until then, after a failed try."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update on its way into the inbox."""

    update_id: int | None
    sender: str
    raw: str


@dataclass(slots=True)
class ClaimedUpdate:
    """An update that is being answered, its sender held until the transaction ends."""

    id: int
    channel: str
    update_id: int | None
    sender: str
    raw: str
    received_at: datetime
    tries: int


_INBOX = SQLModel.metadata.tables["inbox"]
_SENDER = SQLModel.metadata.tables["inbox_sender"]
_INBOX_OF_CHANNEL = _INBOX.c.channel == bindparam("of_channel")
_SENDER_OF_CHANNEL = _SENDER.c.channel == bindparam("of_channel")
_THESE_SENDERS = among(_SENDER.c.sender, "senders")
# Written out and not handed over, so that the indexes of the few that are so are used.
_IS_DEAD_LETTER = _INBOX.c.state == literal_column(f"'{UpdateState.DEAD_LETTER}'")
_WAITS = _INBOX.c.state == literal_column(f"'{UpdateState.WAITING}'")
_CLAIMED = select(
    _INBOX.c.id,
    _INBOX.c.channel,
    _INBOX.c.update_id,
    _INBOX.c.sender,
    _INBOX.c.raw,
    _INBOX.c.received_at,
    _INBOX.c.tries,
)

_KEEP = put_into(_INBOX)
_KNOWN = (
    select(_SENDER.c.sender, _SENDER.c.waiting_since)
    .where(_SENDER_OF_CHANNEL, _THESE_SENDERS)
    # Sorted, so that two receivers hold the same senders in the same order.
    .order_by(_SENDER.c.sender)
)
_THERE = Prepared(_KNOWN)
_THERE_AND_FREE = Prepared(_KNOWN.with_for_update(skip_locked=True))
_CALL = Prepared(
    update(_SENDER)
    .where(_SENDER_OF_CHANNEL, _THESE_SENDERS)
    .values(waiting_since=bindparam("moment"))
)
_WELCOME = put_into(_SENDER)
_FORGOTTEN = Prepared(
    select(_SENDER.c.channel, _SENDER.c.sender)
    .where(_SENDER.c.waiting_since.is_(None))
    .where(
        tuple_(_SENDER.c.channel, _SENDER.c.sender).in_(
            select(_INBOX.c.channel, _INBOX.c.sender).where(_WAITS)
        )
    )
    .order_by(_SENDER.c.channel, _SENDER.c.sender)
    .with_for_update(skip_locked=True)
)
_FREE = Prepared(
    select(_SENDER.c.channel, _SENDER.c.sender)
    .where(_SENDER.c.waiting_since.is_not(None))
    .where(or_(_SENDER.c.not_before.is_(None), _SENDER.c.not_before <= bindparam("now")))
    .order_by(_SENDER.c.waiting_since, _SENDER.c.sender)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_OLDEST = Prepared(
    _CLAIMED.where(
        _INBOX.c.id.in_(
            select(func.min(_INBOX.c.id))
            .where(_INBOX_OF_CHANNEL, _WAITS)
            .where(among(_INBOX.c.sender, "senders"))
            .group_by(_INBOX.c.sender)
            .correlate(None)
        )
    )
)
_WHOSE = (
    select(_INBOX.c.channel, _INBOX.c.sender).where(_INBOX.c.id == bindparam("number")).subquery()
)
_HOLD_WHOSE = Prepared(
    select(_SENDER.c.sender)
    .join(_WHOSE, (_SENDER.c.channel == _WHOSE.c.channel) & (_SENDER.c.sender == _WHOSE.c.sender))
    .with_for_update(of=_SENDER, skip_locked=True)
)
_ONE = Prepared(_CLAIMED.where(_INBOX.c.id == bindparam("number"), _WAITS))
_DONE = Prepared(
    update(_INBOX)
    .where(among(_INBOX.c.id, "numbers"))
    .values(state=UpdateState.DONE, answered_at=bindparam("now"), why=None)
)
_FAILED = Prepared(update(_INBOX).where(_INBOX.c.id == bindparam("number")))
_STILL_WAITING = Prepared(
    update(_SENDER)
    .where(_SENDER_OF_CHANNEL, _THESE_SENDERS)
    .values(
        waiting_since=select(func.min(_INBOX.c.received_at))
        .where(_INBOX.c.channel == _SENDER.c.channel, _INBOX.c.sender == _SENDER.c.sender, _WAITS)
        .correlate(_SENDER)
        .scalar_subquery(),
        not_before=bindparam("rest"),
    )
    .returning(_SENDER.c.waiting_since)
)
_ONE_SENDER = each_of("these")
_OF_SENDER = (_INBOX_OF_CHANNEL, _INBOX.c.sender == _ONE_SENDER.c.value)
_NEWEST_OF_SENDER = (
    select(_INBOX.c.received_at)
    .where(*_OF_SENDER)
    .order_by(_INBOX.c.id.desc())
    .limit(1)
    .correlate(_ONE_SENDER)
    .scalar_subquery()
)
_HEARD_FROM = Prepared(
    select(_ONE_SENDER.c.value).where(
        or_(
            bindparam("since") <= _NEWEST_OF_SENDER,
            exists().where(*_OF_SENDER, _WAITS).correlate(_ONE_SENDER),
        )
    )
)
_WAITING_LONGEST = Prepared(
    select(func.min(_SENDER.c.waiting_since)).where(_SENDER.c.waiting_since.is_not(None))
)


async def store(session: Session, channel: str, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Keep what came; what is already there stays as it is. Idempotent by the update's own number."""
    if not arrivals:
        return
    rows = [
        {
            "channel": channel,
            "update_id": arrival.update_id,
            "sender": arrival.sender,
            "raw": arrival.raw,
            "received_at": now,
            "state": UpdateState.WAITING,
            "tries": 0,
        }
        for arrival in arrivals
    ]
    await _KEEP.change_each(session, rows)
    await _call(session, channel, {arrival.sender for arrival in arrivals}, now)


async def _call(session: Session, channel: str, callers: Collection[str], now: datetime) -> None:
    """Let these senders wait to be answered, without waiting for whoever is being answered just now.

    Who is held by a turn is passed over: the turn sees at its end what came meanwhile, and `recall` finds
    what it could not see.
    """
    found = await _THERE_AND_FREE.rows(session, of_channel=channel, senders=list(callers))
    free = {row.sender: row.waiting_since for row in found}
    idle = [sender for sender, since in free.items() if since is None]
    if idle:
        await _CALL.change(session, of_channel=channel, senders=idle, moment=now)
    if unseen := set(callers) - set(free):
        await _welcome(session, channel, unseen, now)


async def _welcome(session: Session, channel: str, callers: Collection[str], now: datetime) -> None:
    """A row for those who never wrote before; the others of these are held by a turn."""
    there = await _THERE.column(session, of_channel=channel, senders=list(callers))
    new = sorted(set(callers) - set(there))
    await _WELCOME.change_each(
        session,
        [{"channel": channel, "sender": sender, "waiting_since": now} for sender in new],
    )


async def recall(session: Session) -> int:
    """Let those wait again whose update came just when a turn of theirs ended; how many they were."""
    forgotten = [(channel, sender) for channel, sender in await _FORGOTTEN.rows(session)]
    if forgotten:
        await _still_waiting(session, forgotten)
    return len(forgotten)


async def claim(session: Session, now: datetime, limit: int) -> list[ClaimedUpdate]:
    """The oldest unanswered update of each of up to `limit` senders, nobody else's until this transaction ends.

    The lock on the sender's row is the claim: it ends with the transaction, also when the process dies.
    SQLite has one writer at a time, which holds everything.
    """
    found = await _FREE.rows(session, now=now, most=limit)
    keys = [(channel, sender) for channel, sender in found]
    updates: list[ClaimedUpdate] = []
    for channel, senders in _by_channel(keys).items():
        rows = await _OLDEST.rows(session, of_channel=channel, senders=senders)
        updates += [ClaimedUpdate(*row) for row in rows]
    updates.sort(key=lambda one: one.id)
    idle = set(keys) - {(one.channel, one.sender) for one in updates}
    if idle:
        await _still_waiting(session, sorted(idle))
    return updates


async def claim_one(session: Session, update_id: int) -> ClaimedUpdate | None:
    """The one update by our own number, if it still waits and nobody else holds its sender."""
    # The sender is held before the update is read: until then another process may answer it.
    if await _HOLD_WHOSE.row(session, number=update_id) is None:
        return None
    found = await _ONE.row(session, number=update_id)
    return None if found is None else ClaimedUpdate(*found)


async def answered(session: Session, updates: Sequence[ClaimedUpdate], now: datetime) -> bool:
    """Mark these as done, and let their senders wait on only if more is there; whether it is for any of them."""
    if not updates:
        return False
    await _DONE.change(session, numbers=[one.id for one in updates], now=now)
    return await _still_waiting(session, sorted({(one.channel, one.sender) for one in updates}))


async def failed(
    session: Session, one: ClaimedUpdate, why: str, now: datetime, *, count: bool
) -> bool:
    """Note a failed try; True when that was the last and the update is now set aside. It is a dead letter then."""
    tries = one.tries + 1 if count else one.tries
    aside = tries >= TRIES
    state = UpdateState.DEAD_LETTER if aside else UpdateState.WAITING
    await _FAILED.change(session, number=one.id, tries=tries, why=why, state=state)
    rest = None if aside else now + PAUSE * max(tries, 1)
    await _still_waiting(session, [(one.channel, one.sender)], rest)
    return aside


async def oldest_waiting(session: Session) -> datetime | None:
    """Since when the longest waiting sender waits; empty when all is answered."""
    [since] = await _WAITING_LONGEST.column(session)
    return cast("datetime | None", since)


async def heard_from(
    session: Session, channel: str, senders: Collection[str], since: datetime
) -> set[str]:
    """Which of these wait for an answer, or have sent something since a moment."""
    these = sorted(senders)
    return set(await _HEARD_FROM.column(session, of_channel=channel, these=these, since=since))


async def dead_letters(session: Session) -> list[Update]:
    """Updates that failed for good, in the order in which they came."""
    found = await session.execute(select(Update).where(_IS_DEAD_LETTER).order_by(col(Update.id)))
    return list(found.scalars())


async def count_dead_letters(session: Session) -> int:
    """How many updates wait for a person to look at them."""
    return (
        await session.execute(select(func.count(col(Update.id))).where(_IS_DEAD_LETTER))
    ).scalar_one()


async def state_of(session: Session, numbers: Sequence[int]) -> dict[int, str]:
    """What became of these, by our own numbers; those that nobody knows are left out."""
    found = await session.execute(
        select(col(Update.id), col(Update.state)).where(col(Update.id).in_(numbers))
    )
    return {number: state for number, state in found if number is not None}


async def retry(session: Session, numbers: Sequence[int]) -> list[int]:
    """Let updates that were set aside wait again, as if they had never failed; which ones that were."""
    found = await session.execute(
        update(_INBOX)
        .where(_INBOX.c.id.in_(numbers), _IS_DEAD_LETTER)
        .values(state=UpdateState.WAITING, tries=0, why=None)
        .returning(_INBOX.c.id, _INBOX.c.channel, _INBOX.c.sender)
    )
    again = found.all()
    if again:
        await _still_waiting(session, sorted({(channel, sender) for _id, channel, sender in again}))
    return sorted(number for number, _channel, _sender in again)


async def _still_waiting(
    session: Session, senders: Sequence[tuple[str, str]], rest: datetime | None = None
) -> bool:
    waiting: list[datetime | None] = []
    for channel, theirs in _by_channel(senders).items():
        waiting += await _STILL_WAITING.column(
            session, of_channel=channel, senders=theirs, rest=rest
        )
    return any(since is not None for since in waiting)


def _by_channel(senders: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Asked channel by channel, since for a list of pairs SQLite looks at everything that ever came."""
    channels: dict[str, list[str]] = {}
    for channel, sender in senders:
        channels.setdefault(channel, []).append(sender)
    return channels


@proof
async def _nobody_waits_unseen(session: Session) -> list[Comparison]:
    unanswered = (
        select(col(Update.channel), col(Update.sender))
        .where(col(Update.state) == UpdateState.WAITING)
        .distinct()
        .subquery()
    )
    done = col(Update.state) == UpdateState.DONE
    return [
        Comparison(
            "senders of unanswered updates who wait to be answered",
            await number(session, select(func.count()).select_from(unanswered)),
            await count(session, Sender, col(Sender.waiting_since).is_not(None)),
        ),
        Comparison(
            "updates done that have the moment of their answer",
            await count(session, Update, done),
            await count(session, Update, done, col(Update.answered_at).is_not(None)),
        ),
    ]
