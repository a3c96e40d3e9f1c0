from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import confirmations
from storage.database import Database
from storage.late_photos import PhotoDeclaration
from storage.migrations import running
from storage.migrations.triggers import APPEND_ONLY
from storage.people import Address
from storage.photos import Photo
from tests.databases import POSTGRESQL, SQLITE, _command, _named
from tests.storage.village import NOW, Village


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a store without any tables."""
    if request.param == SQLITE:
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    await _command(server, "CREATE DATABASE empty TEMPLATE template0")
    try:
        yield _named(server, "empty")
    finally:
        await _command(server, "DROP DATABASE empty WITH (FORCE)")


async def test_an_empty_store_becomes_what_the_models_say(empty_url: str):
    database = Database(empty_url)
    await database.migrate()
    assert await running.differences(database) == []
    await database.close()


async def test_photos_of_the_first_version_are_still_there(empty_url: str):
    database = Database(empty_url)
    await running.upgrade(database, "0001")
    async with database.writing() as session:
        for order in (
            "INSERT INTO person (id, name, address, language, created_at, sample) "
            "VALUES ('lan', 'Lan', 'co', 'vi', '2026-11-20 02:00:00+00:00', false)",
            "INSERT INTO photo (id, channel, chat, message, file_id, file_unique_id, person_id, "
            "forwarded, sent_at, state, tries) VALUES ('p', 'telegram:588', '1', '7', 'F', 'U', "
            "'lan', false, '2026-11-20 02:00:00+00:00', 'promised', 0)",
            "INSERT INTO photo_declaration (photo_id, no_child_declared, declared_by, declared_at) "
            "VALUES ('p', true, 'lan', '2026-11-20 02:00:00+00:00')",
        ):
            await session.execute(text(order))
    await database.migrate()
    async with database.reading() as session:
        photo = await session.get(Photo, "p")
        declared = await session.get(PhotoDeclaration, "p")
    assert photo is not None
    assert (photo.message, photo.as_file, photo.album, photo.told) == ("7", False, "", None)
    assert declared is not None
    await database.close()


async def test_a_store_that_is_up_to_date_stays_as_it_is(database: Database):
    await database.migrate()
    assert await running.differences(database) == []


async def test_two_programs_may_start_at_once(empty_url: str):
    program = (
        "import asyncio, sys; from storage.database import Database; "
        "asyncio.run(Database(sys.argv[1]).migrate())"
    )
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, empty_url)
        for _each in range(2)
    ]
    assert [await one.wait() for one in started] == [0, 0]
    database = Database(empty_url)
    assert await running.differences(database) == []
    await database.close()


async def test_a_start_waits_for_whoever_writes_to_the_new_file(tmp_path: Path):
    file = tmp_path / "empty.db"
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("PRAGMA user_version=1")
    holder.execute("BEGIN IMMEDIATE")
    database = Database(f"sqlite:///{file}")
    # However late it lets go, the start must come through.
    asyncio.get_running_loop().call_later(0.3, holder.execute, "ROLLBACK")
    await database.migrate()
    assert await running.differences(database) == []
    await database.close()
    holder.close()


async def test_rows_that_hang_in_the_air_are_found_after_a_migration(sqlite_database: Database):
    # PostgreSQL never lets go of its foreign keys; only on SQLite can such rows come to be.
    async with sqlite_database.engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        await driver.execute("PRAGMA foreign_keys=OFF")
        await connection.execute(
            text(
                "INSERT INTO address (id, channel, address, person_id, since) "
                "VALUES ('a', 'telegram', '1', 'nobody', '2026-01-01')"
            )
        )
        await connection.commit()
        await driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(running.BrokenReferences):
        await sqlite_database.migrate()


async def test_foreign_keys_hold_again_after_a_migration(database: Database):
    await database.migrate()
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Address(channel="telegram", address="1", person_id="nobody", since=NOW))


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_nobody_rewrites_the_past(database: Database, village: Village, table: str):
    delivery = await village.deliver(database)
    await _confirm(database, village, delivery)
    for order in (f"DELETE FROM {table}", f"UPDATE {table} SET {COLUMNS[table]} = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.writing() as session:
                await session.execute(text(order))


COLUMNS = {"history": "reason", "confirmation": "note", "confirmation_flag": "reason"}


async def _confirm(database: Database, village: Village, delivery: str) -> None:
    new = replace(village.everything_came(delivery), flags={"more_than_sent": "đếm hai lần"})
    async with database.writing() as session:
        await confirmations.record(session, new, by=village.lan.id, message_at=NOW, now=NOW)
