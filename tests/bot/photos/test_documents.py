"""A promised document is had, sooner or later, or the person who sent it is told that it is not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import NoReturn

import pytest

from bot.channels import DeliveryFailure, FailureKind
from bot.operating import health
from bot.photos.documents import DocumentFetcher
from bot.photos.fetcher import PhotoFetcher
from bot.photos.missing_documents import EMPTY, NOT_GIVEN, NOT_HAD, OF_ANOTHER_KIND, TOO_LARGE
from locales import Reader, Text, render
from storage.database import Database, Session
from storage.files import backups
from storage.files.photo_files import PhotoFiles
from storage.help.documents import StoredDocument
from storage.help.promised_files import FileState
from tests.bot.photos.test_fetcher import CHANNEL, NOON, Shelf
from tests.lists import A_LIST, A_NOTE, with_lists
from tests.storage.help.test_documents import promised
from tests.talking import LAN, Talk

PDF = b"%PDF-1.7 a list"


@dataclass
class Office:
    """A fetcher with everything around it."""

    database: Database
    shelf: Shelf
    files: PhotoFiles
    told: list[Text]
    now = NOON

    def fetcher(self) -> DocumentFetcher:
        async def tell(
            _session: Session, _document: StoredDocument, why: Text, _now: object
        ) -> None:
            self.told.append(why)

        channels = {CHANNEL: self.shelf}
        return DocumentFetcher(
            self.database, channels, self.files, lambda: self.now, tell_of_missing=tell
        )

    async def promise(self, content: bytes | DeliveryFailure, name: str = "a", **more: str) -> None:
        self.shelf.files[name] = content
        async with self.database.writing() as session:
            await promised(session, name, message=name, file_id=name, **more)

    async def document(self, name: str = "a") -> StoredDocument:
        async with self.database.reading() as session:
            found = await session.get(StoredDocument, name)
        assert found is not None
        return found

    async def hours_pass(self, hours: int) -> None:
        fetcher, until = self.fetcher(), self.now + timedelta(hours=hours)
        while self.now < until:
            await fetcher.fetch_waiting()
            self.now += timedelta(minutes=20)


@pytest.fixture
def office(sqlite_database: Database, tmp_path: Path) -> Office:
    return Office(sqlite_database, Shelf(), PhotoFiles(str(tmp_path / "photos")), [])


async def test_a_document_is_kept_as_it_came_once(office: Office, tmp_path: Path) -> None:
    await office.promise(PDF)
    await office.promise(PDF, "b")
    assert await office.fetcher().fetch_waiting() == 2
    document = await office.document()
    assert document.file_key == f"document/{document.sha256[:2]}/{document.sha256}.pdf"
    assert await office.files.read(document.file_key) == PDF
    assert (document.state, document.size) == (FileState.STORED, len(PDF))
    assert len([one for one in (tmp_path / "photos").rglob("*") if one.is_file()]) == 1
    assert await office.fetcher().fetch_waiting() == 0


async def test_a_backup_has_the_documents_too(office: Office, tmp_path: Path) -> None:
    await office.promise(PDF)
    await office.fetcher().fetch_waiting()
    made = await backups.make(office.database, office.files, tmp_path / "copy", "0", NOON)
    document = await office.document()
    assert f"photos/{document.file_key}" in made.files
    await office.files.remove(document.file_key or "")
    again = await backups.make(office.database, office.files, tmp_path / "again", "0", NOON)
    assert again.missing == [document.file_key]


async def test_what_cannot_be_had_now_is_had_later(office: Office) -> None:
    await office.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    await office.hours_pass(3)
    waiting = health.documents_come(office.database, lambda: office.now)
    assert "documents: a promised document has waited since" in str(await waiting())
    assert (await office.document()).state == FileState.PROMISED
    office.shelf.files["a"] = PDF
    await office.hours_pass(2)
    assert (await office.document()).state == FileState.STORED
    assert (await waiting(), office.told) == (None, [])


async def test_what_the_chat_app_did_not_give_out_comes_as_soon_as_it_gives_out_another(
    office: Office,
) -> None:
    await office.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    await office.hours_pass(10)
    office.shelf.files["a"] = PDF
    await office.promise(PDF, "b")
    fetcher = office.fetcher()
    while await fetcher.fetch_waiting():
        pass
    assert (await office.document()).state == FileState.STORED


async def test_nobody_waits_for_the_store_while_no_file_is_due(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    fetcher = office.fetcher()
    assert await fetcher.fetch_waiting() == 1

    def written() -> NoReturn:
        raise AssertionError("the store was written to")

    with monkeypatch.context() as busy:
        busy.setattr(office.database, "writing", written)
        channels = {CHANNEL: office.shelf}
        photos = PhotoFetcher(office.database, channels, office.files, lambda: office.now)
        assert await fetcher.fetch_waiting() == await photos.fetch_waiting() == 0


async def test_after_a_day_it_is_missing_and_the_sender_is_told_once(office: Office) -> None:
    await office.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    await office.hours_pass(30)
    assert (await office.document()).state == FileState.MISSING
    assert office.told == [NOT_HAD]


@pytest.mark.parametrize(
    ("given", "extension", "why"),
    [
        (DeliveryFailure(FailureKind.GONE), "pdf", NOT_GIVEN),
        (DeliveryFailure(FailureKind.TOO_LARGE), "pdf", TOO_LARGE),
        (b"", "pdf", EMPTY),
        (b"MZ a program", "pdf", OF_ANOTHER_KIND),
        (PDF, "xlsx", OF_ANOTHER_KIND),
        (b"PK\x03\x04", "xlsx", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc", None),
        (b"\xef\xbb\xbf%PDF-1.4", "pdf", None),
        (b"a;b", "csv", None),
    ],
)
async def test_what_is_in_it_is_looked_at(
    office: Office, given: bytes | DeliveryFailure, extension: str, why: Text | None
) -> None:
    await office.promise(given, extension=extension)
    await office.fetcher().fetch_waiting()
    assert office.told == ([why] if why else [])
    expected = FileState.MISSING if why else FileState.STORED
    assert (await office.document()).state == expected


async def test_a_disk_without_room_loses_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_key: str, _content: bytes) -> None:
        raise OSError(28, "No space left on device")

    await office.promise(PDF)
    fetcher = office.fetcher()
    with monkeypatch.context() as without_room:
        without_room.setattr(office.files, "write_once", full)
        for _hour in range(30):
            await fetcher.fetch_waiting()
            office.now += timedelta(hours=1)
    assert await fetcher.is_troubled() == "photos: cannot be written (OSError)"
    await fetcher.fetch_waiting()
    assert (await office.document()).state == FileState.STORED
    assert (await fetcher.is_troubled(), office.told) == (None, [])


async def test_the_loop_takes_up_what_the_last_process_left(office: Office) -> None:
    await office.promise(PDF)
    async with office.database.writing() as session:
        (await session.get_one(StoredDocument, "a")).next_try_at = NOON + timedelta(hours=1)
    stop = asyncio.Event()

    class UntilOneIsHere(DocumentFetcher):
        async def _keep(self, document: StoredDocument, content: bytes) -> None:
            await super()._keep(document, content)
            stop.set()

    fetcher = UntilOneIsHere(
        office.database, {CHANNEL: office.shelf}, office.files, lambda: office.now
    )
    async with asyncio.timeout(20):
        await fetcher.run(stop)
    assert (await office.document()).state == FileState.STORED


async def test_who_sent_it_reads_why_it_is_missing(quick_talk: Talk, tmp_path: Path) -> None:
    quick_talk.reception.lobby = with_lists(A_LIST, A_NOTE)
    await quick_talk.opened(LAN, "guidanhsach")
    shelf = Shelf()
    fetcher = DocumentFetcher(
        quick_talk.database, {CHANNEL: shelf}, PhotoFiles(str(tmp_path)), quick_talk.clock
    )
    for name in ("nhầm.pdf", "Lớp 1A.pdf"):
        shelf.files[name] = b"no pdf"
        await quick_talk.sent_file(LAN, "document", file_name=name, file_id=name)
    await fetcher.fetch_waiting()
    before = len(quick_talk.phone(LAN).messages)
    await quick_talk.deliver()
    [told] = quick_talk.phone(LAN).messages[before:]
    assert "Tệp “Lớp 1A.pdf”, gửi lúc 09:00 20/11/2026, chưa lưu được." in told.text
    assert render(OF_ANOTHER_KIND, Reader()) in told.text
    shown = await quick_talk.said(LAN, "khong")
    assert "Vui lòng gửi danh sách lớp." in shown.text
