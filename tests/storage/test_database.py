from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import func, select

from storage import driver
from storage.database import Database, is_transient, is_unavailable
from storage.identity import new_id
from storage.people.people import Address, Person

NOON_IN_VIETNAM = datetime(2026, 11, 20, 12, tzinfo=timezone(timedelta(hours=7)))


async def how_many(database: Database) -> int:
    async with database.reading() as session:
        count = select(func.count()).select_from(Person)
        return (await session.execute(count)).scalar_one()


async def test_a_moment_comes_back_in_utc(database: Database):
    async with database.writing() as session:
        session.add(Person(id="a", name="Lan", created_at=NOON_IN_VIETNAM))
    async with database.reading() as session:
        lan = await session.get(Person, "a")
    assert lan is not None
    assert lan.created_at == NOON_IN_VIETNAM
    assert lan.created_at.tzinfo is UTC


async def test_a_moment_that_does_not_know_its_zone_is_refused(database: Database):
    with pytest.raises(StatementError, match="NaiveDatetime"):
        async with database.writing() as session:
            session.add(Person(name="Lan", created_at=datetime(2026, 11, 20)))  # noqa: DTZ001


async def test_an_error_undoes_everything(database: Database):
    with pytest.raises(RuntimeError):  # noqa: PT012
        async with database.writing() as session:
            session.add(Person(name="Lan", created_at=NOON_IN_VIETNAM))
            await session.flush()
            raise RuntimeError
    assert await how_many(database) == 0


async def test_a_row_that_points_to_nobody_is_refused(database: Database):
    nobodys = Address(channel="telegram", address="7", person_id="x", since=NOON_IN_VIETNAM)
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(nobodys)


async def test_many_may_write_and_read_at_once(database: Database):
    async def write() -> None:
        async with database.writing() as session:
            session.add(Person(name="Lan", created_at=NOON_IN_VIETNAM))

    await asyncio.gather(
        *(write() for _each in range(20)), *(how_many(database) for _each in range(20))
    )
    assert await how_many(database) == 20


async def test_two_processes_write_to_one_file(sqlite_database: Database):
    other = Database(sqlite_database.url.render_as_string(hide_password=False))

    async def write(database: Database) -> None:
        for _each in range(10):
            async with database.writing() as session:
                # To read before writing is what fails when a transaction begins deferred.
                await session.execute(select(func.count()).select_from(Person))
                session.add(Person(name="Lan", created_at=NOON_IN_VIETNAM))

    await asyncio.gather(write(sqlite_database), write(other))
    await other.close()
    assert await how_many(sqlite_database) == 20


async def test_a_lost_race_may_be_tried_again_and_a_wrong_row_may_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(driver, "PATIENCE", 1)
    if database.is_sqlite:
        other = Database(database.url.render_as_string(hide_password=False))
        async with database.writing(), other.engine.connect() as connection:
            await connection.execution_options(immediate=True)
            with pytest.raises(Exception) as locked:  # noqa: PT011
                await connection.execute(text("SELECT 1"))
        await other.close()
    else:
        async with database.writing() as session:
            with pytest.raises(Exception) as locked:  # noqa: PT011
                await session.execute(
                    text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
                )
            await session.rollback()
    assert is_transient(locked.value)
    assert not is_unavailable(locked.value)
    with pytest.raises(IntegrityError) as wrong:  # noqa: PT012
        async with database.writing() as session:
            session.add(Person(id="a", created_at=NOON_IN_VIETNAM))
            await session.flush()
            await session.execute(text("INSERT INTO person SELECT * FROM person"))
    assert not is_transient(wrong.value)
    assert not is_unavailable(wrong.value)


async def the_drivers_threads_end(before: set[threading.Thread]) -> None:
    """SQLite's driver takes leave of the loop from a thread of its own, after the connection failed."""
    for thread in set(threading.enumerate()) - before:
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


@pytest.mark.parametrize(
    "url",
    ["sqlite:////nowhere/at/all/store.db", "postgresql://nobody@127.0.0.1:1/nothing"],
)
async def test_a_store_that_cannot_be_reached_is_known_as_such(url: str):
    before = set(threading.enumerate())
    database = Database(url)
    with pytest.raises(Exception) as absent:  # noqa: PT011
        await database.ping()
    assert is_unavailable(absent.value)
    assert not is_transient(absent.value)
    await database.close()
    await the_drivers_threads_end(before)


def test_later_names_sort_later_and_never_repeat():
    made = [new_id() for _each in range(5000)]
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {16}


async def test_whoever_is_interrupted_while_writing_locks_nobody_out(database: Database):
    """A turn that takes too long is cancelled in the middle of a statement, and its error may be kept for long."""
    kept: list[Any] = []

    async def write() -> None:
        async with database.writing() as session:
            await session.execute(text("DELETE FROM lease"))
            await session.execute(text("SELECT 1"))

    for turns in range(80):
        interrupted = asyncio.create_task(write())
        for _turn in range(turns):
            await asyncio.sleep(0)
        interrupted.cancel()
        kept += await asyncio.gather(interrupted, return_exceptions=True)
        async with asyncio.timeout(5):
            await write()
    assert any(isinstance(one, asyncio.CancelledError) for one in kept)


async def test_whoever_reads_sees_one_state_though_others_write_meanwhile(database: Database):
    async with database.reading() as session:
        before = (await session.execute(select(func.count()).select_from(Person))).scalar_one()
        async with database.writing() as other:
            other.add(Person(name="Lan", address="co", created_at=datetime.now(UTC)))
        after = (await session.execute(select(func.count()).select_from(Person))).scalar_one()
    assert (before, after) == (0, 0)
    assert await how_many(database) == 1
