"""What people sent, kept word for word until it has been answered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    func,
    literal_column,
    null,
    or_,
    text,
    tuple_,
)
from sqlmodel import Field, SQLModel, col, select, update

from storage.access import Session, UtcDateTime, insert_into
from storage.declarations import Comparison, count, number, proof

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
        Index("ix_inbox_channel_sender_state_id", "channel", "sender", "state", "id"),
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
    __table_args__ = (Index("ix_inbox_sender_waiting_since", "waiting_since"),)

    channel: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    waiting_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the oldest unanswered update came; empty while none waits."""
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The sender rests until then, after a failed try."""


# Written out and not handed over, so that the indexes of the few that are so are used.
_IS_SET_ASIDE = col(Update.state) == literal_column(f"'{UpdateState.DEAD_LETTER}'")
_WAITS = col(Update.state) == literal_column(f"'{UpdateState.WAITING}'")


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update on its way into the inbox."""

    update_id: int | None
    sender: str
    raw: str


async def store(session: Session, channel: str, arrivals: Sequence[Arrival], now: datetime) -> None:
    """Keep what came; what is already there stays as it is."""
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
    await session.execute(insert_into(session, Update).on_conflict_do_nothing(), rows)
    await _call(session, channel, {arrival.sender for arrival in arrivals}, now)


async def _call(session: Session, channel: str, callers: Collection[str], now: datetime) -> None:
    """Let these senders wait to be answered, without waiting for whoever is being answered just now.

    Who is held by a turn is passed over: the turn sees at its end what came meanwhile, and `recall` finds
    what it could not see.
    """
    found = await session.execute(
        select(col(Sender.sender), col(Sender.waiting_since))
        .where(col(Sender.channel) == channel, col(Sender.sender).in_(callers))
        # Sorted, so that two receivers hold the same senders in the same order.
        .order_by(col(Sender.sender))
        .with_for_update(skip_locked=True)
    )
    free = {row.sender: row.waiting_since for row in found}
    idle = [sender for sender, since in free.items() if since is None]
    if idle:
        await session.execute(
            update(Sender)
            .where(col(Sender.channel) == channel, col(Sender.sender).in_(idle))
            .values(waiting_since=now)
            .execution_options(synchronize_session=False)
        )
    if unseen := set(callers) - set(free):
        await _welcome(session, channel, unseen, now)


async def _welcome(session: Session, channel: str, callers: Collection[str], now: datetime) -> None:
    """A row for those who never wrote before; the others of these are held by a turn."""
    found = await session.execute(
        select(col(Sender.sender)).where(
            col(Sender.channel) == channel, col(Sender.sender).in_(callers)
        )
    )
    new = sorted(set(callers) - set(found.scalars()))
    if new:
        await session.execute(
            insert_into(session, Sender).on_conflict_do_nothing(),
            [{"channel": channel, "sender": sender, "waiting_since": now} for sender in new],
        )


async def recall(session: Session) -> int:
    """Let those wait again whose update came just when a turn of theirs ended; how many they were."""
    waiting = select(col(Update.channel), col(Update.sender)).where(_WAITS)
    found = await session.execute(
        select(col(Sender.channel), col(Sender.sender))
        # Wrapped, so that no index of all who rest is used, but the one of the few updates that wait.
        .where(func.coalesce(col(Sender.waiting_since), null()).is_(None))
        .where(tuple_(col(Sender.channel), col(Sender.sender)).in_(waiting))
        .order_by(col(Sender.channel), col(Sender.sender))
        .with_for_update(skip_locked=True)
    )
    forgotten = [(channel, sender) for channel, sender in found]
    if forgotten:
        await _still_waiting(session, forgotten)
    return len(forgotten)


async def claim(session: Session, now: datetime, limit: int) -> list[Update]:
    """The oldest unanswered update of each of up to `limit` senders, nobody else's until this transaction ends.

    The lock on the sender's row is the claim: it ends with the transaction, also when the process dies.
    SQLite has one writer at a time, which holds everything.
    """
    free = (
        select(col(Sender.channel), col(Sender.sender))
        .where(col(Sender.waiting_since).is_not(None))
        .where((col(Sender.not_before).is_(None)) | (col(Sender.not_before) <= now))
        .order_by(col(Sender.waiting_since), col(Sender.sender))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    senders = (await session.execute(free)).all()
    if not senders:
        return []
    keys = [(channel, sender) for channel, sender in senders]
    oldest = (
        select(func.min(col(Update.id)))
        .where(tuple_(col(Update.channel), col(Update.sender)).in_(keys))
        .where(col(Update.state) == UpdateState.WAITING)
        .group_by(col(Update.channel), col(Update.sender))
    )
    found = await session.execute(
        select(Update).where(col(Update.id).in_(oldest)).order_by(col(Update.id))
    )
    updates = list(found.scalars())
    idle = set(keys) - {(update.channel, update.sender) for update in updates}
    if idle:
        await _still_waiting(session, sorted(idle))
    return updates


async def claim_one(session: Session, update_id: int) -> Update | None:
    """The one update by our own number, if it still waits and nobody else holds its sender."""
    sender = (
        select(col(Update.channel), col(Update.sender))
        .where(col(Update.id) == update_id)
        .subquery()
    )
    # The sender is held before the update is read: until then another process may answer it.
    held = await session.execute(
        select(col(Sender.sender))
        .join(
            sender,
            (col(Sender.channel) == sender.c.channel) & (col(Sender.sender) == sender.c.sender),
        )
        .with_for_update(of=Sender, skip_locked=True)
    )
    if held.scalar_one_or_none() is None:
        return None
    found = await session.execute(
        select(Update)
        .where(col(Update.id) == update_id)
        .where(col(Update.state) == UpdateState.WAITING)
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def answered(session: Session, updates: Sequence[Update], now: datetime) -> None:
    """Mark these as done, and let their senders wait on only if more is there."""
    if not updates:
        return
    await session.execute(
        update(Update)
        .where(col(Update.id).in_([one.id for one in updates]))
        .values(state=UpdateState.DONE, answered_at=now, why=None)
        .execution_options(synchronize_session=False)
    )
    await _still_waiting(session, sorted({(one.channel, one.sender) for one in updates}))


async def failed(session: Session, one: Update, why: str, now: datetime, *, count: bool) -> bool:
    """Note a failed try; True when that was the last and the update is now set aside."""
    tries = one.tries + 1 if count else one.tries
    aside = tries >= TRIES
    await session.execute(
        update(Update)
        .where(col(Update.id) == one.id)
        .values(
            tries=tries, why=why, state=UpdateState.DEAD_LETTER if aside else UpdateState.WAITING
        )
        .execution_options(synchronize_session=False)
    )
    rest = None if aside else now + PAUSE * max(tries, 1)
    await _still_waiting(session, [(one.channel, one.sender)], rest)
    return aside


async def oldest_waiting(session: Session) -> datetime | None:
    """Since when the longest waiting sender waits; empty when all is answered."""
    found = await session.execute(select(func.min(col(Sender.waiting_since))))
    return found.scalar_one()


async def heard_from(
    session: Session, channel: str, senders: Collection[str], since: datetime
) -> set[str]:
    """Which of these wait for an answer, or have sent something since a moment."""
    found = await session.execute(
        select(Update.sender)
        .where(col(Update.channel) == channel, col(Update.sender).in_(senders))
        .where(or_(col(Update.state) == UpdateState.WAITING, col(Update.received_at) >= since))
        .distinct()
    )
    return set(found.scalars())


async def set_aside(session: Session) -> list[Update]:
    """Updates that failed for good, in the order in which they came."""
    found = await session.execute(select(Update).where(_IS_SET_ASIDE).order_by(col(Update.id)))
    return list(found.scalars())


async def count_dead_letters(session: Session) -> int:
    """How many updates wait for a person to look at them."""
    return (
        await session.execute(select(func.count(col(Update.id))).where(_IS_SET_ASIDE))
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
        update(Update)
        .where(col(Update.id).in_(numbers), _IS_SET_ASIDE)
        .values(state=UpdateState.WAITING, tries=0, why=None)
        .returning(col(Update.id), col(Update.channel), col(Update.sender))
        .execution_options(synchronize_session=False)
    )
    again = found.all()
    if again:
        await _still_waiting(session, sorted({(channel, sender) for _id, channel, sender in again}))
    return sorted(number for number, _channel, _sender in again if number is not None)


async def _still_waiting(
    session: Session, senders: Sequence[tuple[str, str]], rest: datetime | None = None
) -> None:
    oldest = (
        select(func.min(col(Update.received_at)))
        .where(col(Update.channel) == col(Sender.channel))
        .where(col(Update.sender) == col(Sender.sender))
        .where(col(Update.state) == UpdateState.WAITING)
        .correlate(Sender)
        .scalar_subquery()
    )
    await session.execute(
        update(Sender)
        .where(tuple_(col(Sender.channel), col(Sender.sender)).in_(list(senders)))
        .values(waiting_since=oldest, not_before=rest)
        .execution_options(synchronize_session=False)
    )


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
