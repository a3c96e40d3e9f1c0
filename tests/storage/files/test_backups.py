"""The store and its photos are copied while people write, and come back as they were on an empty machine."""

from __future__ import annotations

import errno
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import null, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import select

from storage import audit
from storage.database import Database
from storage.files import backups, copies
from storage.files.backups import MANIFEST, Manifest
from storage.files.copies import CannotCopy
from storage.files.photo_files import PhotoFiles, original_key, public_key
from storage.help import submissions
from storage.help.photos import Photo
from storage.help.promised_files import FileState
from storage.history import HistoryEntry
from storage.messages import inbox, leases, outbox
from storage.messages.inbox import Arrival, Update
from storage.messages.outbox import Message, NewMessage
from storage.migrations import running
from storage.people import people
from storage.programme.sites import Site
from tests.databases import _run
from tests.storage.village import NOW, Village


@pytest.fixture
def photos(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(str(tmp_path / "photos"))


@pytest.fixture
def new_photos(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(str(tmp_path / "restored-photos"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "monday"


async def fill(database: Database, village: Village, photos: PhotoFiles) -> None:
    """A report with a photo, a message to be told, an update that waits, and a site within a site."""
    delivery = await village.deliver(database)
    new = replace(village.everything_came(delivery), flags={"more_than_sent": "đếm hai lần 🌱"})
    async with database.writing() as session:
        made = await submissions.submit(session, new, by=village.lan.id, message_at=NOW, now=NOW)
        first = Site(code="A-1", name="Điểm", folded="", kind="school", valid_from=NOW.date())
        first.parent_code = "CB01-1"
        session.add(first)
        arrivals = [Arrival(1, "700001", json.dumps({"text": "Chào\u2028\x00"}))]
        await inbox.store(session, "telegram:588", arrivals, NOW)
        outbox.tell(session, NewMessage(channel="t", chat="1", kind="screen", created_at=NOW))
        session.add(
            photo(
                village.lan.id,
                made.report.id,
                FileState.STORED,
                *await stored(photos, b"blankets"),
            )
        )
        session.add(photo(village.lan.id, None, FileState.PROMISED))
        assert await leases.hold(session, "polling", "somebody", NOW, NOW)
    async with database.writing() as session:
        # An absent value and a JSON null are not the same.
        entry = HistoryEntry(at=NOW, action="x.y", subject="x", subject_id="1")
        session.add(entry)
        await session.flush()
        other = HistoryEntry(at=NOW, action="x.y", subject="x", subject_id="2", before={"a": None})
        other.after = null()  # type: ignore[assignment]
        session.add(other)


async def stored(photos: PhotoFiles, content: bytes) -> tuple[str, str]:
    public = content + b" without metadata"
    keys = (
        original_key(hashlib.sha256(content).hexdigest(), "jpg"),
        public_key(hashlib.sha256(public).hexdigest()),
    )
    await photos.write_once(keys[0], content)
    await photos.write_once(keys[1], public)
    return keys


def photo(
    person: str,
    confirmation: str | None,
    state: FileState,
    original: str = "",
    public: str = "",
) -> Photo:
    return Photo(
        id=f"photo-{state}",
        channel="telegram:588",
        chat="700001",
        message=str(state),
        file_id="f",
        file_unique_id=str(state),
        person_id=person,
        report_id=confirmation,
        sent_at=NOW,
        state=state,
        next_try_at=None if original else NOW,
        original_key=original or None,
        public_key=public or None,
        sha256="0" if original else None,
    )


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def lines(database: Database, folder: Path) -> dict[str, list[Any]]:
    """Everything in the store, by table; the same from both kinds of database."""
    await copies.write(database, made(folder))
    found = {}
    for path in sorted((folder / copies.TABLES).iterdir()):
        rows = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        found[path.stem] = [
            {name: comparable(value) for name, value in row.items()} for row in rows
        ]
        found[path.stem].sort(key=str)
    return found


def comparable(value: Any) -> Any:
    """PostgreSQL puts the letters of JSON in an order of its own."""
    try:
        return "JSON", json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
    except ValueError:
        return value


async def test_everything_comes_back_as_it_was(
    database: Database, village: Village, photos: PhotoFiles, folder: Path,
    new_store: Database, new_photos: PhotoFiles, tmp_path: Path,
):  # fmt: skip
    await fill(database, village, photos)
    before = await lines(database, tmp_path / "before")
    made = await backups.make(database, photos, folder, "0.1.0", NOW)
    assert made.missing == []
    assert (made.rows["confirmation"], made.rows["photo"], made.photos) == (1, 2, 2)
    assert "lease" not in made.rows
    assert await backups.restore(new_store, new_photos, folder) == made
    assert await lines(new_store, tmp_path / "after") == before
    for key in (name.removeprefix("photos/") for name in made.files if "photos/" in name):
        assert await new_photos.read(key) == await photos.read(key)
    assert await running.differences(new_store) == []
    async with database.reading() as there, new_store.reading() as here:
        assert await audit.audit(here) == await audit.audit(there)


async def test_life_goes_on_in_the_restored_store(
    database: Database, village: Village, photos: PhotoFiles, folder: Path,
    new_store: Database, new_photos: PhotoFiles,
):  # fmt: skip
    await fill(database, village, photos)
    await backups.make(database, photos, folder, "0.1.0", NOW)
    await backups.restore(new_store, new_photos, folder)
    async with new_store.writing() as session:
        await inbox.store(session, "telegram:588", [Arrival(1, "700001", "{}")], NOW)
        await inbox.store(session, "telegram:588", [Arrival(2, "700001", "{}")], NOW)
        outbox.tell(session, NewMessage(channel="t", chat="1", kind="screen", created_at=NOW))
    async with new_store.reading() as session:
        ids = list((await session.execute(select(Update.id).order_by(Update.id))).scalars())  # type: ignore[arg-type]
        numbers = list((await session.execute(select(Message.id))).scalars())
    assert len(ids) == 2
    assert len(set(numbers)) == len(numbers) >= 2
    for table in ("history", "confirmation"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with new_store.writing() as session:
                await session.execute(text(f"DELETE FROM {table}"))


async def test_an_older_backup_is_brought_up_to_date(
    new_store: Database, new_photos: PhotoFiles, photos: PhotoFiles, folder: Path, tmp_path: Path
):
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    await running.upgrade(old, "0001")
    async with old.writing() as session:
        await session.execute(
            text("INSERT INTO activity_line (code, name, name_en) VALUES ('old', 'Cũ', 'Old')")
        )
    made = await backups.make(old, photos, folder, "0.1.0", NOW)
    await old.close()
    assert made.revision == "0001"
    await backups.restore(new_store, new_photos, folder)
    assert await running.differences(new_store) == []
    async with new_store.reading() as session:
        found = await session.execute(text("SELECT name FROM activity_line WHERE code = 'old'"))
        assert found.scalar_one() == "Cũ"


async def test_a_backup_is_of_one_moment_whatever_is_written_meanwhile(
    database: Database, village: Village, photos: PhotoFiles, folder: Path,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    await fill(database, village, photos)
    other = Database(database.url.render_as_string(hide_password=False))
    write_table = copies._write_table
    written: list[str] = []

    def write_and_be_disturbed(connection: Any, table: Any, into: Path) -> int:
        count = write_table(connection, table, into)
        if table.name == "confirmation":
            written.append(table.name)
            disturb()
        return count

    def disturb() -> None:
        """Another process adds to a table that is copied later."""

        async def add() -> None:
            async with other.writing() as session:
                session.add(photo(village.lan.id, None, FileState.MISSING))
            await other.close()

        _run(add())

    monkeypatch.setattr(copies, "_write_table", write_and_be_disturbed)
    made = await backups.make(database, photos, folder, "0.1.0", NOW)
    assert written == ["confirmation"]
    assert made.rows["photo"] == 2
    async with database.reading() as session:
        assert len(list((await session.execute(select(Photo))).scalars())) == 3


async def test_a_photo_that_is_gone_is_said_and_one_that_never_came_is_not(
    database: Database, village: Village, photos: PhotoFiles, folder: Path, tmp_path: Path
):
    await fill(database, village, photos)
    (gone,) = (tmp_path / "photos" / "original").rglob("*.jpg")
    gone.unlink()
    (changed,) = (tmp_path / "photos" / "public").rglob("*.jpg")
    changed.write_bytes(b"something else")
    made = await backups.make(database, photos, folder, "0.1.0", NOW)
    assert [key.partition("/")[0] for key in made.missing] == ["original", "public"]
    assert (folder / MANIFEST).exists()


def seal_again(folder: Path, files: dict[str, str] | None = None, **changed: str) -> None:
    """As somebody would who made a backup by hand."""
    told = json.loads((folder / MANIFEST).read_text(encoding="ascii"))
    del told["sha256"]
    told |= {**changed, "files": {**told["files"], **(files or {})}}
    sealed = {**told, "sha256": backups._seal(told)}
    (folder / MANIFEST).write_text(json.dumps(sealed), encoding="ascii")


async def test_half_a_backup_is_never_taken_for_one(
    database: Database, village: Village, photos: PhotoFiles, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    await fill(database, village, photos)
    seen: list[bool] = []

    def run_out_of_room(_begun: Path, _finished: Path, _manifest: Manifest) -> None:
        # Everything but the manifest has been written.
        seen.append(folder.exists())
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(backups, "_finish", run_out_of_room)
        with pytest.raises(OSError, match="No space left"):
            await backups.make(database, photos, folder, "0.1.0", NOW)
    assert seen == [False]
    assert list(folder.parent.iterdir()) == []
    # As after `kill -9`: the name of the backup is not there, and the rest says what it is.
    (folder.parent / "monday.unfinished").mkdir()
    with pytest.raises(CannotCopy, match="broken off"):
        await backups.make(database, photos, folder, "0.1.0", NOW)
    (folder.parent / "monday.unfinished").rmdir()
    await backups.make(database, photos, folder, "0.1.0", NOW)
    (only,) = folder.parent.iterdir()
    assert (only.name, only.stat().st_mode & 0o077) == ("monday", 0)


async def test_a_restore_that_fails_in_the_middle_can_be_done_again(
    database: Database, village: Village, photos: PhotoFiles, folder: Path,
    new_store: Database, new_photos: PhotoFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    await fill(database, village, photos)
    made = await backups.make(database, photos, folder, "0.1.0", NOW)
    read_table = copies._read_table

    def run_out_of_room(connection: Any, table: Any, source: Path) -> int:
        if table.name == "photo":
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return read_table(connection, table, source)

    with monkeypatch.context() as full:
        full.setattr(copies, "_read_table", run_out_of_room)
        with pytest.raises(OperationalError):
            await backups.restore(new_store, new_photos, folder)
    assert not await new_photos.anything()
    assert await backups.restore(new_store, new_photos, folder) == made


async def test_a_store_without_tables_is_no_backup(
    new_store: Database, photos: PhotoFiles, folder: Path
):
    with pytest.raises(CannotCopy, match="nothing to copy"):
        await backups.make(new_store, photos, folder, "0.1.0", NOW)
    assert list(folder.parent.iterdir()) == []


@pytest.fixture
async def backup(sqlite_database: Database, photos: PhotoFiles, folder: Path) -> Manifest:
    async with sqlite_database.writing() as session:
        lan = await people.meet(
            session, channel="telegram", address="700001", name="Lan", language="vi", now=NOW
        )
        await session.flush()
        session.add(photo(lan.id, None, FileState.STORED, *await stored(photos, b"blankets")))
    return await backups.make(sqlite_database, photos, folder, "0.1.0", NOW)


@pytest.mark.usefixtures("backup")
class TestRefusals:
    """Nothing is overwritten, and nothing half is taken for whole."""

    async def test_a_folder_with_a_backup_is_left_alone(
        self, sqlite_database: Database, photos: PhotoFiles, folder: Path
    ):
        with pytest.raises(CannotCopy, match="holds a backup already"):
            await backups.make(sqlite_database, photos, folder, "0.1.0", NOW)
        (folder / MANIFEST).unlink()
        with pytest.raises(CannotCopy, match="not empty"):
            await backups.make(sqlite_database, photos, folder, "0.1.0", NOW)

    async def test_one_that_was_interrupted_is_no_backup(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles
    ):
        (folder / MANIFEST).unlink()
        await self.refused("no finished backup", folder, tmp_path, new_photos)
        await self.refused("no finished backup", tmp_path / "nowhere", tmp_path, new_photos)

    @pytest.mark.parametrize("changed", ["tables/unit.jsonl", "photo"])
    async def test_one_that_was_changed_is_not_restored(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles, changed: str
    ):
        file = next((folder / "photos").rglob("*.jpg")) if changed == "photo" else folder / changed
        file.write_bytes(file.read_bytes()[:-1] + b"?")
        why = f"such as {file.relative_to(folder)}"
        await self.refused(why, folder, tmp_path, new_photos)
        file.unlink()
        await self.refused(why, folder, tmp_path, new_photos)

    @pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"{}", b"\xff\xfe", b"[" * 100_000])
    async def test_a_manifest_that_cannot_be_read_is_damaged(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles, damage: bytes
    ):
        (folder / MANIFEST).write_bytes(damage)
        await self.refused("is damaged", folder, tmp_path, new_photos)

    async def test_a_manifest_with_another_number_in_it_is_damaged(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles
    ):
        told = (folder / MANIFEST).read_text(encoding="ascii")
        (folder / MANIFEST).write_text(told.replace('"photos": 2', '"photos": 3'))
        await self.refused("is damaged", folder, tmp_path, new_photos)

    async def test_rows_that_contradict_one_another_are_not_restored(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles
    ):
        units = folder / "tables" / "unit.jsonl"
        rows = units.read_text(encoding="ascii")
        units.write_text(rows + rows, encoding="ascii")
        seal_again(
            folder, files={"tables/unit.jsonl": hashlib.sha256(units.read_bytes()).hexdigest()}
        )
        await self.refused("do not fit", folder, tmp_path, new_photos)

    async def test_where_there_is_no_room_nothing_is_begun(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles, monkeypatch: pytest.MonkeyPatch
    ):
        full = shutil.disk_usage(tmp_path)._replace(free=100)
        monkeypatch.setattr(shutil, "disk_usage", lambda _place: full)
        await self.refused("needs about 1 MB", folder, tmp_path, new_photos)

    async def test_one_of_a_newer_version_is_not_restored(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles
    ):
        seal_again(folder, revision="9999", version="7")
        await self.refused("Version 7 made it", folder, tmp_path, new_photos)

    async def test_a_place_with_photos_is_left_alone(
        self, folder: Path, tmp_path: Path, new_photos: PhotoFiles
    ):
        await new_photos.write_once("original/x.jpg", b"x")
        await self.refused("not empty", folder, tmp_path, new_photos)

    async def test_a_store_that_is_used_is_left_alone(
        self, sqlite_database: Database, folder: Path, new_photos: PhotoFiles
    ):
        with pytest.raises(CannotCopy, match="is not new"):
            await backups.restore(sqlite_database, new_photos, folder)

    async def refused(self, why: str, folder: Path, tmp_path: Path, new_photos: PhotoFiles) -> None:
        database = Database(f"sqlite:///{tmp_path / 'new.db'}")
        with pytest.raises(CannotCopy, match=why):
            await backups.restore(database, new_photos, folder)
        await copies.must_be_new(database)
        found = [path.name for path in (tmp_path / "restored-photos").rglob("*") if path.is_file()]
        assert [name for name in found if name != "x.jpg"] == []
        await database.close()
