"""Inside a transaction nothing waits, so it stays in the thread that asks; whatever waits does so elsewhere."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import driver
from storage.database import Database, Session
from tests.databases import LASTING

NORMAL, FULL = 1, 2
READ = text("SELECT count(*) FROM unit")
WRITE = text("UPDATE unit SET name = name")


async def threads_of(connection: AsyncConnection) -> dict[str, bool]:
    """The first word of each statement from now on, and whether it runs in the thread that asks."""
    told: dict[str, bool] = {}
    asking = threading.get_ident()
    driver: Any = (await connection.get_raw_connection()).driver_connection
    driver.sqlite.set_trace_callback(
        lambda statement: told.update({statement.split()[0]: threading.get_ident() == asking})
    )
    return told


async def test_only_what_is_written_leaves_the_thread_that_asks(sqlite_database: Database) -> None:
    async with sqlite_database.writing() as session:
        told = await threads_of(await session.connection())
        await session.execute(READ)
        await session.execute(WRITE)
    assert told.pop("COMMIT") is False
    async with sqlite_database.writing() as session:
        await session.execute(READ)
    assert set(told) == {"SELECT", "UPDATE", "PRAGMA", "BEGIN", "COMMIT"}
    assert all(told.values())


async def test_what_takes_long_leaves_it_wholly(sqlite_database: Database) -> None:
    async with sqlite_database.patiently() as connection:
        told = await threads_of(connection)
        await connection.execute(READ)
        await connection.rollback()
    told.pop("PRAGMA", None)
    assert told == {"BEGIN": False, "SELECT": False, "ROLLBACK": False}


async def test_who_waits_for_another_program_holds_up_nobody(sqlite_database: Database) -> None:
    assert sqlite_database.file is not None
    other = sqlite3.connect(sqlite_database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with sqlite_database.writing() as session:
            await session.execute(WRITE)

    writing = asyncio.create_task(write())
    try:
        for _look in range(20):
            async with sqlite_database.reading() as session:
                assert (await session.execute(READ)).scalar_one()
            assert not writing.done()
    finally:
        other.rollback()
        other.close()
        await writing


@pytest.mark.parametrize(
    ("lasting", "synchronous"), [(True, FULL), (False, NORMAL)], ids=["lasting", "found out again"]
)
async def test_what_must_outlive_the_machine_waits_for_the_disk(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch, *, lasting: bool, synchronous: int
) -> None:
    monkeypatch.setattr(driver, "SYNCHRONOUS", LASTING)
    for _time in range(2):
        async with sqlite_database.writing() as session:
            assert await how_it_is_written(session) == FULL
        async with sqlite_database.writing(lasting=lasting) as session:
            assert await how_it_is_written(session) == synchronous


async def how_it_is_written(session: Session) -> int:
    return int((await session.execute(text("PRAGMA synchronous"))).scalar_one())


async def test_who_has_the_file_to_themselves_holds_up_no_other_work(
    sqlite_database: Database,
) -> None:
    """As a tool may, with the store of a bot that runs; it reads as soon as it is let in."""
    assert sqlite_database.file is not None
    await sqlite_database.close()
    other = sqlite3.connect(sqlite_database.file, isolation_level=None)
    for order in ("PRAGMA journal_mode=DELETE", "BEGIN EXCLUSIVE"):
        other.execute(order)

    async def read() -> int:
        async with sqlite_database.reading() as session:
            return int((await session.execute(READ)).scalar_one())

    reading = asyncio.create_task(read())
    try:
        async with asyncio.timeout(5):
            for _turn in range(200):
                await asyncio.sleep(0)
        assert not reading.done()
    finally:
        other.rollback()
        other.close()
        assert await reading
