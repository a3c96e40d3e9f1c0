"""Files that people sent, photos and documents: promised in their message, then fetched, or missing in plain sight.

A durable queue in each of their tables.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Integer, bindparam, func, literal_column, or_
from sqlmodel import Field, SQLModel, col, select, update

from storage.access import Json, Session, UtcDateTime, changed


class FileState(StrEnum):
    """Whether the bytes of a file are here."""

    PROMISED = "promised"
    STORED = "stored"
    MISSING = "missing"


class PromisedFile(SQLModel):
    """One file of one message; each kind of file has a table of its own."""

    id: str = Field(primary_key=True)
    channel: str
    chat: str
    message: str
    file_id: str
    file_unique_id: str
    """The same for the same file, across chats and time."""
    person_id: str = Field(foreign_key="person.id")
    draft_id: str | None = None
    """The draft it came with; drafts come and go, so this is no reference."""
    sent_at: datetime = Field(sa_type=UtcDateTime)
    state: str = FileState.PROMISED
    tries: int = 0
    """How often it was taken up."""
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    not_given_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the chat app has given it out at no try; empty while only we could not keep it."""
    sha256: str | None = None
    why_missing: dict[str, Any] | None = Field(default=None, sa_type=Json)


# Written out and not handed over, so that the indexes of the few are used.
STORED: ColumnElement[str] = literal_column(f"'{FileState.STORED}'")

Kind = TypeVar("Kind", bound=PromisedFile)


class Awaited(Generic[Kind]):
    """The files of one table that are promised: which are due, and what becomes of them."""

    def __init__(self, table: type[Kind]) -> None:
        self._table = table
        self.promised: tuple[ColumnElement[bool], ...] = (
            col(table.state) != STORED,
            col(table.state) == FileState.PROMISED,
        )
        now = or_(col(table.next_try_at).is_(None), col(table.next_try_at) <= bindparam("now"))
        self._any_due = select(table.id).where(*self.promised, now).limit(1)
        self.due_by_now = (
            select(table)
            .where(*self.promised, now)
            .order_by(col(table.next_try_at), col(table.id))
            .limit(bindparam("limit", type_=Integer))
            .with_for_update(skip_locked=True)
        )
        self._since = select(func.min(col(table.sent_at))).where(*self.promised)

    async def any_due(self, session: Session, now: datetime) -> bool:
        """Whether there is one to be fetched now; mostly there is none, and then nobody waits for the store."""
        return (await session.execute(self._any_due, {"now": now})).first() is not None

    async def due(
        self, session: Session, now: datetime, limit: int, lease: timedelta
    ) -> Sequence[Kind]:
        """Files to be fetched now, nobody else's until the lease is over."""
        found = await session.execute(self.due_by_now, {"now": now, "limit": limit})
        return [self.lease(one, now + lease) for one in found.scalars()]

    def lease(self, file: Kind, until: datetime) -> Kind:
        file.next_try_at = until
        file.tries += 1
        return file

    async def recall(self, session: Session, now: datetime) -> None:
        """Whatever rests or was being fetched is due now: nobody else is there who could be fetching it."""
        await session.execute(
            update(self._table)
            .where(*self.promised, col(self._table.next_try_at) > now)
            .values(next_try_at=now)
            .execution_options(synchronize_session=False)
        )

    async def given_again(
        self, session: Session, channel: str, now: datetime, lease: timedelta
    ) -> None:
        """The chat app gives out files again, so those that rest because it did not are due. What comes within the
        time of a lease is left alone, since it may be under way."""
        table = self._table
        await session.execute(
            update(table)
            .where(*self.promised, col(table.channel) == channel)
            .where(col(table.not_given_since).is_not(None), col(table.next_try_at) > now + lease)
            .values(next_try_at=now)
            .execution_options(synchronize_session=False)
        )

    async def later(
        self,
        session: Session,
        file_id: str,
        *,
        next_try_at: datetime,
        not_given_since: datetime | None,
        **also: Any,
    ) -> bool:
        """It is tried again at a moment; False when somebody else has stored it or given it up."""
        return await self.changes(
            session, file_id, next_try_at=next_try_at, not_given_since=not_given_since, **also
        )

    async def missing(self, session: Session, file_id: str, why: dict[str, Any]) -> bool:
        """It is missing for good, with a reason (a Text as JSON); False when somebody else has stored it or given it
        up."""
        return await self.changes(
            session, file_id, state=FileState.MISSING, next_try_at=None, why_missing=why
        )

    async def changes(self, session: Session, file_id: str, **values: Any) -> bool:
        """Where it is still promised; whether it was."""
        done = await session.execute(
            update(self._table)
            .where(col(self._table.id) == file_id, *self.promised)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
        return changed(done) > 0

    async def stored(self, session: Session, file_id: str, **values: Any) -> None:
        """The bytes are here, and this is known of them."""
        await session.execute(
            update(self._table)
            .where(col(self._table.id) == file_id)
            .values(state=FileState.STORED, why_missing=None, next_try_at=None, **values)
            .execution_options(synchronize_session=False)
        )

    async def oldest(self, session: Session) -> datetime | None:
        """When the one that has waited longest was sent; None when all are here or missing for good."""
        since: datetime | None = (await session.execute(self._since)).scalar_one()
        return since
