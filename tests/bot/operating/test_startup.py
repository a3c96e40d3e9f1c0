"""Whoever starts the bot on a new store is told how its programme and its coordinator come in."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.operating import startup
from bot.practice.server import Practice, running
from locales.dates import local_day
from storage import audit
from storage.database import Database
from storage.people import invitations, people
from storage.people.people import Role
from storage.refusals import Refused
from tests.cast import settle_in
from tests.processes import ROOT, environment
from tests.talking import THAO

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


async def comes(database: Database, payload: str, address: str = "800001") -> None:
    async with database.writing() as session:
        person = await people.meet(
            session, channel="telegram", address=address, name="Thảo", language="vi", now=NOW
        )
        await invitations.accept(session, payload, person_id=person.id, now=NOW)


async def test_each_start_prints_an_invitation_and_only_the_newest_works(
    database: Database,
) -> None:
    printed = [await startup.first_invitation(database, NOW) for _start in range(3)]
    assert len({*printed, None}) == 4
    for old in printed[:-1]:
        with pytest.raises(Refused):
            await comes(database, str(old))
    await comes(database, str(printed[-1]))
    assert await startup.first_invitation(database, NOW + timedelta(minutes=1)) is None
    async with database.reading() as session:
        compared = await audit.audit(session)
    assert all(one.expected == one.found for one in compared)


async def test_a_start_leaves_invitations_alone_that_were_made_by_hand(database: Database) -> None:
    async with database.writing() as session:
        by_hand = await invitations.create(session, Role.COORD, None, None, NOW)
    await startup.first_invitation(database, NOW)
    await comes(database, by_hand)


async def test_a_coordinator_is_invited_also_where_others_are_known(database: Database) -> None:
    async with database.writing() as session:
        await settle_in(session)
        held = await people.memberships_of(session, [f"person-{THAO}"], NOW)
        assert await people.end(
            session, held[f"person-{THAO}"][0].id, by=None, now=NOW, reason="chuyển công tác"
        )
    assert await startup.first_invitation(database, NOW + timedelta(minutes=1)) is not None


async def test_what_is_there_already_is_not_asked_for(database: Database) -> None:
    today = local_day(NOW)
    assert "sites" in await startup.missing_tables(database, today)
    async with database.writing() as session:
        await settle_in(session)
    assert await startup.missing_tables(database, today) == []
    assert await startup.missing_tables(database, today.replace(year=2040)) == ["plans"]
    assert "load" not in startup.first_steps([], "https://t.me/x")
    assert "invitation" not in startup.first_steps(["sites"], None)


async def test_the_program_itself_says_so_on_an_empty_store(tmp_path: Path) -> None:
    practice = Practice()
    async with running(practice) as address:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run",
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment(address, f"sqlite:///{tmp_path / 'store.db'}", tmp_path),
        )  # fmt: skip
        assert process.stdout is not None
        told = ""
        try:
            async with asyncio.timeout(60):
                while "?start=" not in told:
                    line = await process.stdout.readline()
                    assert line, told
                    told += line.decode()
        finally:
            process.terminate()
            await process.wait()
    assert "python -m bot load --template sites > sites.csv" in told
    assert re.search(r"https://t\.me/\w+\?start=[A-Za-z0-9_-]{32}\n", told)
