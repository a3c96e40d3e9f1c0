from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from conversations.kit.number import HIGHEST
from storage.database import Database
from storage.help import deliveries, submissions
from storage.help.late_photos import PhotoDeclaration
from storage.help.photos import Photo
from storage.limits import HIGHEST_COUNT
from storage.migrations import running
from storage.people.people import Address
from storage.programme.sites import Site
from tests.databases import POSTGRESQL, SQLITE, _command, _named
from tests.storage.village import BEGAN, NOW, TODAY, Village


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


async def test_every_rule_of_the_models_is_a_rule_of_the_store(database: Database):
    """Where SQLite copies a table, it forgets rules that are not named again."""
    async with database.engine.connect() as connection:
        kept = await connection.run_sync(_checks)
    told = {
        (table.name, str(one.name))
        for table in SQLModel.metadata.tables.values()
        for one in table.constraints
        if isinstance(one, CheckConstraint)
    }
    assert kept == told


def _checks(connection: Connection) -> set[tuple[str, str]]:
    look = inspect(connection)
    return {
        (table, str(one["name"]))
        for table in look.get_table_names()
        for one in look.get_check_constraints(table)
    }


async def test_a_store_in_use_is_brought_up_to_date_with_all_that_is_in_it(empty_url: str):
    database = Database(empty_url)
    await running.upgrade(database, "0003")
    async with database.writing() as session:
        for order in FIRST_ROWS:
            await session.execute(text(order))
    await database.migrate()
    assert await running.differences(database) == []
    async with database.reading() as session:
        kept = await session.execute(
            text("SELECT campus.code, home.unit_code FROM site campus JOIN site school"
                 " ON school.code = campus.parent_code JOIN site_home home ON home.site_code = campus.code")
        )  # fmt: skip
        assert kept.all() == [("S1-1", "X")]
    await database.close()


FIRST_ROWS = (
    "INSERT INTO unit (code, valid_from, name, folded, kind) VALUES ('X', '2025-07-01', 'Xã', 'xa', 'xa')",
    "INSERT INTO plan (code, number, title, legal_bases, valid_from, valid_to, sample)"
    " VALUES ('P', '', 'Kế hoạch', '', '2026-01-01', '2030-12-31', false)",
    "INSERT INTO site (code, name, folded, kind, stages, valid_from, sample)"
    " VALUES ('S1', 'Trường', 'truong', 'school', '', '2020-01-01', false)",
    "INSERT INTO site (code, name, folded, kind, parent_code, stages, valid_from, sample)"
    " VALUES ('S1-1', 'Điểm', 'diem', 'campus', 'S1', '', '2020-01-01', false)",
    "INSERT INTO site_home (site_code, since, unit_code, unit_from)"
    " VALUES ('S1-1', '2025-07-01', 'X', '2025-07-01')",
)


@pytest.mark.parametrize(
    ("code", "name"), [("S" * 31, "Trường"), ("S1", "Á" * 121), ("", "Trường")]
)
async def test_the_store_itself_takes_no_site_that_no_screen_could_show(
    database: Database, code: str, name: str
):
    site = Site(code=code, name=name, folded="", kind="school", valid_from=BEGAN)
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(site)


@pytest.mark.parametrize(
    ("table", "order"),
    [
        ("delivery", "UPDATE delivery SET quantity = 1000000001"),
        ("hand_over", "UPDATE hand_over SET quantity = 1000000001"),
        ("enrolment", "INSERT INTO enrolment VALUES ('CB01', '2026-2027', 'TH', 1000000001)"),
        ("confirmation", "INSERT INTO confirmation (version_id, outcome, received, damaged, reason)"
         " SELECT 'x', outcome, 1000000001, 0, '' FROM confirmation"),
    ],
)  # fmt: skip
async def test_the_store_counts_no_further_than_people_are_asked(
    database: Database, village: Village, table: str, order: str
):
    delivery = await village.deliver(database)
    await _confirm(database, village, delivery)
    async with database.writing() as session:
        await deliveries.hand_over(
            session, delivery_id=delivery, brought_by="anh Tuấn", quantity=60, handed_on=TODAY, reason="",
            memberships=[village.thao_at], by=village.thao.id, now=NOW,
        )  # fmt: skip
    assert HIGHEST == HIGHEST_COUNT
    with pytest.raises(IntegrityError, match=f"ck_{table}_|CHECK constraint failed"):
        async with database.writing() as session:
            await session.execute(text(order))


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
        await running.change(sqlite_database, lambda _connection: None)


async def test_foreign_keys_hold_again_after_a_migration(database: Database):
    await running.change(database, lambda _connection: None)
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(Address(channel="telegram", address="1", person_id="nobody", since=NOW))


async def _confirm(database: Database, village: Village, delivery: str) -> None:
    new = replace(village.everything_came(delivery), flags={"more_than_sent": "đếm hai lần"})
    async with database.writing() as session:
        await submissions.submit(session, new, by=village.lan.id, message_at=NOW, now=NOW)


def test_each_migration_is_known_by_the_number_of_its_file():
    script = ScriptDirectory.from_config(running.configuration())
    assert {one.revision for one in script.walk_revisions()} == running.revisions()
    assert script.get_heads() == [max(running.revisions())]
