"""Documents that people sent: promised in their message, then fetched, or missing in plain sight."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, UniqueConstraint, bindparam
from sqlmodel import Field, col, select

from storage.access import Session, changed, insert_into
from storage.declarations import names_files
from storage.help.promised_files import Awaited, FileState, PromisedFile


class StoredDocument(PromisedFile, table=True):
    """One document of one message."""

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "message"),
        CheckConstraint("state IN ('promised', 'stored', 'missing')", name="state"),
        Index("ix_document_state_next_try_at", "state", "next_try_at"),
    )

    name: str
    """As its sender sees it."""
    extension: str
    """The ending under which it is kept, without a dot: that of its kind, whatever its name says."""
    media_type: str
    size: int | None = Field(default=None, sa_column=Column(BigInteger()))
    """In bytes; first as the channel says, once it is stored as it is."""
    file_key: str | None = None


names_files(StoredDocument, "file_key", state="state", stored=FileState.STORED)


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
AWAITED = Awaited(StoredDocument)


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
