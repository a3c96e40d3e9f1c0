"""A turn does as much after fifty thousand updates as after a hundred, counted and not timed."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database
from tests.cast import CO_BA, NA_TENH
from tests.storage.filled import fill
from tests.storage.pieces import a_quiet_moment, a_report, homes, telling
from tests.storage.steps import Steps
from tests.talking import LAN, Clock, Talk

Before = Callable[[Database, int], Awaitable[None]]
"""Fills a store with so much of what is done."""

PEOPLE = 100
FEW, MANY = 100, 50_000
MANY_REPORTS = 2_000
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
    """So many reports came from other schools of cô Lan's commune."""
    await fill(database, said=PEOPLE, reports=reports, people=PEOPLE)
    async with database.writing() as session:
        await session.execute(text(f"UPDATE site_home SET unit_code = '{CO_BA}'"))


async def her_school(database: Database, reports: int) -> None:
    """So many deliveries came to cô Lan's school, and were confirmed."""
    await fill(database, said=PEOPLE, reports=reports, people=PEOPLE)
    async with database.writing() as session:
        await session.execute(text(f"UPDATE delivery SET site_code = '{NA_TENH}'"))


LATER = {
    her_school: "what is on its way is sought among all that ever came",
}
"""What still takes longer, and why: whoever mends one of these takes it out."""

PIECES = (a_quiet_moment, homes, a_report, telling)


async def counted(template: Path, folder: Path, before: Before, count: int) -> dict[str, int]:
    """The steps of each piece, in a store of its own."""
    shutil.copy(template, folder / "filled.db")
    database = Database(f"sqlite:///{folder / 'filled.db'}")
    await before(database, count)
    await database.close()
    found = {}
    for piece in PIECES:
        shutil.copy(folder / "filled.db", folder / "store.db")
        database = Database(f"sqlite:///{folder / 'store.db'}")
        steps = Steps(database)
        with steps.counting():
            await piece(Talk(database, Clock()))
        await database.close()
        found[piece.__name__] = steps.count
    return found


async def grown(template: Path, folder: Path, before: Before, many: int) -> dict[str, str]:
    """The pieces that take more steps after much than after little, with how many before and after."""
    little = await counted(template, folder, before, FEW)
    much = await counted(template, folder, before, many)
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
    assert await grown(sqlite_template, tmp_path, before, MANY) == {}


@pytest.mark.slow
@pytest.mark.parametrize("before", [her_commune, her_school], ids=lambda before: before.__name__)
async def test_a_turn_takes_no_more_steps_the_more_was_reported(
    sqlite_template: Path, tmp_path: Path, before: Before
) -> None:
    found = await grown(sqlite_template, tmp_path, before, MANY_REPORTS)
    assert bool(found) == (before in LATER), found or "mended, so it need not be excused any more"
