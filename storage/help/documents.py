"""Documents that people sent: promised in their message, then fetched, or missing in plain sight."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, UniqueConstraint, bindparam, func
from sqlmodel import Field, SQLModel, col, select, update

from storage.access import Json, Session, UtcDateTime, changed, insert_into
from storage.declarations import names_files


class DocumentState(StrEnum):
    """Whether the bytes of a document are here."""

    PROMISED = "promised"
    STORED = "stored"
    MISSING = "missing"


class StoredDocument(SQLModel, table=True):
    """One document of one message."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "message"),
        CheckConstraint("state IN ('promised', 'stored', 'missing')", name="state"),
        Index("ix_document_state_next_try_at", "state", "next_try_at"),
    )

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
    name: str
    """As its sender sees it."""
    extension: str
    """The ending under which it is kept, without a dot: that of its kind, whatever its name says."""
    media_type: str
    size: int | None = Field(default=None, sa_column=Column(BigInteger()))
    """In bytes; first as the channel says, once it is stored as it is."""
    sent_at: datetime = Field(sa_type=UtcDateTime)
    state: str = DocumentState.PROMISED
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    not_given_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when the chat app has given it out at no try; empty while only we could not keep it."""
    file_key: str | None = None
    sha256: str | None = None
    why_missing: dict[str, Any] | None = Field(default=None, sa_type=Json)


names_files(StoredDocument, "file_key", state="state", stored=DocumentState.STORED)


def document_key(sha256: str, extension: str) -> str:
    """The same bytes always lie under the same name, as in `document/ab/abcdef….pdf`."""
    return f"document/{sha256[:2]}/{sha256}.{extension}"


_OF_MESSAGE = (
    select(StoredDocument.id)
    .where(
        col(StoredDocument.channel) == bindparam("channel"),
        col(StoredDocument.chat) == bindparam("chat"),
    )
    .where(col(StoredDocument.message) == bindparam("message"))
)
_DUE = (
    select(StoredDocument)
    .where(col(StoredDocument.state) == DocumentState.PROMISED)
    .where(col(StoredDocument.next_try_at) <= bindparam("now"))
    .order_by(col(StoredDocument.next_try_at), col(StoredDocument.id))
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_OLDEST_PROMISED = select(func.min(col(StoredDocument.sent_at))).where(
    col(StoredDocument.state) == DocumentState.PROMISED
)


async def promise(session: Session, promised: StoredDocument) -> str:
    """Remember to fetch a document; its id, the same as before when its message is known already. Idempotent."""
    values = {name: value for name, value in promised.model_dump().items() if name != "why_missing"}
    done = await session.execute(
        insert_into(session, StoredDocument)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["channel", "chat", "message"])
    )
    if changed(done):
        return promised.id
    where = {
        "channel": promised.channel,
        "chat": promised.chat,
        "message": promised.message,
    }
    return str((await session.execute(_OF_MESSAGE, where)).scalar_one())


async def by_id(session: Session, document_id: str) -> StoredDocument | None:
    """As it is in the store, whatever was known of it before."""
    return await session.get(StoredDocument, document_id, populate_existing=True)


async def due(
    session: Session, now: datetime, limit: int, lease: timedelta
) -> list[StoredDocument]:
    """Documents to be fetched now, nobody else's until the lease is over."""
    found = await session.execute(_DUE, {"now": now, "most": limit})
    claimed = list(found.scalars())
    for document in claimed:
        document.next_try_at = now + lease
        document.tries += 1
    return claimed


async def recall(session: Session, now: datetime) -> None:
    """Whatever rests or was being fetched is due now: nobody else is there who could be fetching it."""
    await session.execute(
        update(StoredDocument)
        .where(
            col(StoredDocument.state) == DocumentState.PROMISED,
            col(StoredDocument.next_try_at) > now,
        )
        .values(next_try_at=now)
        .execution_options(synchronize_session=False)
    )


async def stored(
    session: Session, document_id: str, *, file_key: str, sha256: str, size: int
) -> None:
    """The bytes are here."""
    await session.execute(
        update(StoredDocument)
        .where(col(StoredDocument.id) == document_id)
        .values(
            state=DocumentState.STORED,
            why_missing=None,
            file_key=file_key,
            sha256=sha256,
            size=size,
            next_try_at=None,
        )
        .execution_options(synchronize_session=False)
    )


async def later(
    session: Session, document_id: str, *, next_try_at: datetime, not_given_since: datetime | None
) -> bool:
    """It is tried again at a moment; False when somebody else has stored it or given it up."""
    return await _while_promised(
        session, document_id, next_try_at=next_try_at, not_given_since=not_given_since
    )


async def missing(session: Session, document_id: str, why: dict[str, Any]) -> bool:
    """It is missing for good, with a reason (a Text as JSON); False when somebody else has stored it or given it up."""
    return await _while_promised(
        session, document_id, state=DocumentState.MISSING, next_try_at=None, why_missing=why
    )


async def _while_promised(session: Session, document_id: str, **values: Any) -> bool:
    done = await session.execute(
        update(StoredDocument)
        .where(
            col(StoredDocument.id) == document_id,
            col(StoredDocument.state) == DocumentState.PROMISED,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return changed(done) > 0


async def oldest_promised(session: Session) -> datetime | None:
    """When the document that has waited longest was sent; None when all are here or missing for good."""
    return (await session.execute(_OLDEST_PROMISED)).scalar_one()
