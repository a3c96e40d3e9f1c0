"""A turn does as much after fifty thousand updates as after a hundred, counted and not timed."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from tests.cast import CO_BA, NA_TENH
from tests.databases import _postgresql
from tests.storage.explained import Listener
from tests.storage.filled import fill, look_anew
from tests.storage.pieces import a_quiet_moment, a_report, homes, telling, what_waits
from tests.storage.steps import Steps
from tests.talking import LAN, Clock, Talk

Before = Callable[[Database, int], Awaitable[None]]
"""Fills a store with so much of what is done."""
Work = Callable[[Talk], Awaitable[None]]

PEOPLE = 100
FEW, MANY = 100, 50_000
SCHOOLS = 10
FEW_REPORTS, MANY_REPORTS = 3_000, 12_000
"""The fewest fill each list of each school."""
AS_MUCH = 1.2


async def others(database: Database, said: int) -> None:
    """So much was said, by many others."""
    await fill(database, said=said, reports=PEOPLE, people=PEOPLE)


async def she_herself(database: Database, said: int) -> None:
    """So much was said, and half of it by cô Lan."""
    await others(database, said)
    async with database.writing() as session:
        for table, whose in (
            ("inbox", f"sender = '{LAN}'"),
            ("outbox", f"chat = '{LAN}', person_id = 'person-{LAN}'"),
            ("card", f"chat = '{LAN}'"),
            ("draft", f"person_id = 'person-{LAN}'"),
        ):
            await session.execute(text(f"UPDATE {table} SET {whose} WHERE rowid % 2 = 0"))


async def her_commune(database: Database, reports: int) -> None:
    """So many reports came from other schools of cô Lan's commune, and wait, as do deliveries."""
    await fill(database, said=PEOPLE, reports=reports, people=SCHOOLS)
    async with database.writing() as session:
        await session.execute(text(f"UPDATE site_home SET unit_code = '{CO_BA}'"))


async def her_school(database: Database, reports: int) -> None:
    """So many deliveries came to cô Lan's school, and were confirmed."""
    await fill(database, said=PEOPLE, reports=reports, people=SCHOOLS)
    async with database.writing() as session:
        came = "state = 'arrived'"
        await session.execute(text(f"UPDATE delivery SET site_code = '{NA_TENH}' WHERE {came}"))


async def still_to_come(database: Database, reports: int) -> None:
    """So many deliveries came to cô Lan's school, were reported, and as many more wait to be."""
    await fill(database, said=PEOPLE, reports=reports, people=SCHOOLS)
    async with database.writing() as session:
        for table in ("delivery", "report"):
            await session.execute(text(f"UPDATE {table} SET site_code = '{NA_TENH}'"))


PIECES = (a_quiet_moment, homes, a_report, telling, what_waits)
LISTS = (what_waits,)


async def counted(
    template: Path, folder: Path, before: Before, count: int, pieces: Sequence[Work]
) -> dict[str, int]:
    """The steps of each piece, in a store of its own."""
    shutil.copy(template, folder / "filled.db")
    database = Database(f"sqlite:///{folder / 'filled.db'}")
    await before(database, count)
    await database.close()
    found = {}
    for piece in pieces:
        shutil.copy(folder / "filled.db", folder / "store.db")
        database = Database(f"sqlite:///{folder / 'store.db'}")
        steps = Steps(database)
        with steps.counting():
            await piece(Talk(database, Clock()))
        await database.close()
        found[piece.__name__] = steps.count
    return found


async def grown(
    template: Path,
    folder: Path,
    before: Before,
    sizes: tuple[int, int],
    pieces: Sequence[Work] = PIECES,
) -> dict[str, str]:
    """The pieces that take more steps after much than after little, with how many before and after."""
    little, much = [await counted(template, folder, before, one, pieces) for one in sizes]
    assert all(little.values())
    return {
        name: f"{little[name]} → {count}"
        for name, count in much.items()
        if count > AS_MUCH * little[name]
    }


@pytest.mark.slow
@pytest.mark.parametrize("before", [others, she_herself], ids=lambda before: before.__name__)
async def test_a_turn_takes_no_more_steps_the_more_was_said(
    sqlite_template: Path, tmp_path: Path, before: Before
) -> None:
    assert await grown(sqlite_template, tmp_path, before, (FEW, MANY)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("before", [her_commune, her_school], ids=lambda before: before.__name__)
async def test_a_turn_takes_no_more_steps_the_more_was_reported(
    sqlite_template: Path, tmp_path: Path, before: Before
) -> None:
    assert await grown(sqlite_template, tmp_path, before, (FEW_REPORTS, MANY_REPORTS)) == {}


@pytest.mark.slow
async def test_a_list_takes_no_more_steps_the_more_waits(
    sqlite_template: Path, tmp_path: Path
) -> None:
    sizes = FEW_REPORTS, MANY_REPORTS
    assert await grown(sqlite_template, tmp_path, still_to_come, sizes, LISTS) == {}


@pytest.mark.slow
@pytest.mark.parametrize("before", [her_commune, still_to_come], ids=lambda before: before.__name__)
async def test_postgresql_reads_no_more_for_a_list_the_more_waits(
    postgresql_server: str, before: Before
) -> None:
    read = []
    for count in (FEW_REPORTS, MANY_REPORTS):
        async for database in _postgresql(postgresql_server, new=True):
            await before(database, count)
            await look_anew(database)
            listener = Listener(database)
            with listener.listening():
                await what_waits(Talk(database, Clock()))
            read.append(await listener.rows_read())
    assert 0 < read[1] <= AS_MUCH * read[0], read
