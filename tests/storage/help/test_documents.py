"""A document is promised once, fetched by one process at a time, and never lost between two."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from storage.database import Database, Session
from storage.help import documents
from storage.help.documents import StoredDocument
from storage.help.promised_files import FileState
from storage.people import people

NOON = datetime(2026, 11, 5, 5, tzinfo=UTC)
LEASE = timedelta(minutes=3)


async def promised(session: Session, document_id: str, **more: Any) -> str:
    lan = await people.meet(
        session, channel="telegram", address="700001", name="Lan", language="vi", now=NOON
    )
    await session.flush()
    told: dict[str, Any] = {
        "id": document_id,
        "channel": "telegram:588",
        "chat": "700001",
        "message": "7",
        "file_id": "F",
        "file_unique_id": "U",
        "person_id": lan.id,
        "name": "Lớp 1A.pdf",
        "extension": "pdf",
        "media_type": "application/pdf",
        "sent_at": NOON,
        "next_try_at": NOON,
    }
    return await documents.promise(session, StoredDocument(**told | more))


async def test_a_message_that_comes_again_promises_nothing_new(database: Database) -> None:
    async with database.writing() as session:
        first = await promised(session, "a", size=3_000_000_000)
        assert await promised(session, "b") == first
    async with database.reading() as session:
        [kept] = (await session.execute(select(StoredDocument))).scalars()
    assert (kept.id, kept.name, kept.size, kept.why_missing) == (
        "a",
        "Lớp 1A.pdf",
        3_000_000_000,
        None,
    )
    assert kept.state == FileState.PROMISED


async def test_whoever_takes_it_up_has_it_alone_until_the_lease_is_over(database: Database) -> None:
    async with database.writing() as session:
        await promised(session, "a")
    async with database.writing() as session:
        [taken] = await documents.AWAITED.due(session, NOON, 5, LEASE)
        assert (taken.id, taken.tries) == ("a", 1)
    async with database.writing() as session:
        assert await documents.AWAITED.due(session, NOON, 5, LEASE) == []
        assert len(await documents.AWAITED.due(session, NOON + LEASE, 5, LEASE)) == 1
    async with database.writing() as session:
        await documents.AWAITED.recall(session, NOON)
        assert len(await documents.AWAITED.due(session, NOON, 5, LEASE)) == 1


async def test_what_is_here_or_given_up_is_not_given_up_again(database: Database) -> None:
    async with database.writing() as session:
        await promised(session, "a")
        await promised(session, "b", message="8")
        assert await documents.AWAITED.oldest(session) == NOON
        await documents.AWAITED.stored(
            session, "a", file_key="document/ab/ab.pdf", sha256="ab", size=5
        )
        assert not await documents.AWAITED.missing(session, "a", {})
        assert await documents.AWAITED.missing(session, "b", {"msgid": "gone"})
        assert not await documents.AWAITED.later(
            session, "b", next_try_at=NOON, not_given_since=None
        )
        assert await documents.AWAITED.oldest(session) is None
    async with database.reading() as session:
        found = await session.execute(select(StoredDocument).order_by(col(StoredDocument.id)))
        states = [(one.state, one.file_key, one.next_try_at) for one in found.scalars()]
    assert states == [
        (FileState.STORED, "document/ab/ab.pdf", None),
        (FileState.MISSING, None, None),
    ]
