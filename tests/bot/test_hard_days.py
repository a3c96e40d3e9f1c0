"""The real program on hard days: a full disk, an end in the middle of much work, and a look at all it left behind."""

from __future__ import annotations

import asyncio
import resource
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.practice.world import PracticePerson as Phone
from storage.database import Database
from storage.help.photos import Photo
from storage.messages.inbox import Update
from tests.bot.receiving.test_brought import all_is_answered, says
from tests.bot.receiving.test_two_bots import answered, polled
from tests.bot.test_kills import (
    ANSWERS,
    Teacher,
    all_is_done,
    counted,
    receipts_of,
    settle,
)
from tests.processes import bot, environment
from tests.talking import MINH

SECRET = TOKEN.partition(":")[2]


def people(practice: Practice, count: int) -> list[Teacher]:
    teachers = [Teacher(number) for number in range(count)]
    for one in teachers:
        practice.world.add(Phone(one.phone, f"GV{one.number}", "Giáo viên"))
    practice.world.people[int(MINH)].started = True
    return teachers


def written_in(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


async def test_the_token_is_in_nothing_that_a_whole_conversation_leaves_behind(
    sqlite_database: Database, tmp_path: Path
):
    """T38: neither in the log at its most talkative, nor in the store, nor beside the photos."""
    practice = Practice()
    [lan] = people(practice, 1)
    await settle(sqlite_database, [lan])
    async with running(practice) as address:
        store = sqlite_database.url.render_as_string()
        settings = environment(address, store, tmp_path, LOG_LEVEL="DEBUG")
        injection = practice.world.injection
        injection.begin({"trouble": "error", "times": 3, "methods": ["getUpdates", "sendMessage"]})
        injection.begin({"trouble": "reset", "times": 3, "methods": ["getFile", "sendMessage"]})
        injection.begin({"trouble": "lost_response", "times": 1, "methods": ["getUpdates"]})
        async with bot(settings, tmp_path / "log") as process, asyncio.timeout(120):
            for answer in ANSWERS:
                says(practice, lan, answer)
            await all_is_answered(sqlite_database, len(ANSWERS))
            process.terminate()
            assert await process.wait() == 0
    files = written_in(tmp_path)
    assert {"log", "store.db"} <= {one.name for one in files}
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "INFO" in log
    assert [one for one in files if SECRET.encode() in one.read_bytes()] == []
    # Nor are words of people in the log.
    assert "khong co duong" not in log


@pytest.mark.slow
async def test_an_end_in_the_middle_of_a_burst_takes_less_than_ten_seconds_and_loses_nothing(
    database: Database, tmp_path: Path
):
    """T42"""
    practice = Practice()
    teachers = people(practice, 20)
    await settle(database, teachers)
    store = database.url.render_as_string(hide_password=False)
    async with running(practice) as address:
        settings = environment(address, store, tmp_path)
        for answer in ANSWERS:
            for one in teachers:
                says(practice, one, answer)
        async with bot(settings, tmp_path / "log") as process:
            async with asyncio.timeout(60):
                while not any(one.method == "sendMessage" for one in practice.journal.entries):
                    await practice.journal.grows_to(len(practice.journal.entries) + 1)
            began = time.monotonic()
            process.terminate()
            assert await process.wait() == 0
            assert time.monotonic() - began < 10
        async with database.reading() as session:
            done = list((await session.execute(select(Update.state))).scalars())
        # It was busy indeed: some had been answered, and others not.
        assert 0 < done.count("done") < len(ANSWERS) * len(teachers)
        async with bot(settings, tmp_path / "log") as process, asyncio.timeout(180):
            await all_is_done(database, len(ANSWERS) * len(teachers), len(teachers))
            process.terminate()
            assert await process.wait() == 0
    found = await counted(database)
    assert {(one.outcome, one.received) for one in found["confirmations"]} == {("part", 45)}
    assert len(found["confirmations"]) == len(teachers)
    assert [len(receipts_of(practice, one)) for one in teachers] == [1] * len(teachers)


async def page(settings: dict[str, str]) -> dict[str, Any]:
    address = f"http://127.0.0.1:{settings['HTTP_PORT']}/healthz"
    async with aiohttp.ClientSession() as web, web.get(address) as answer:
        return dict(await answer.json())


async def shows(settings: dict[str, str], state: str, reason: str = "") -> None:
    """Wait until the page has this colour, for this reason."""
    async with asyncio.timeout(60):
        while True:
            shown = await page(settings)
            if shown["state"] == state and reason in "; ".join(shown["reasons"]):
                return
            await asyncio.sleep(0.1)


async def test_on_a_full_disk_nothing_is_acknowledged_and_all_is_answered_when_there_is_room(
    sqlite_database: Database, tmp_path: Path
):
    """T3, for the whole program: store, photos and log are on the disk that takes nothing any more."""
    practice = Practice()
    [lan] = people(practice, 1)
    await settle(sqlite_database, [lan])
    updates = practice.world.updates[588]
    async with running(practice) as address:
        settings = environment(address, sqlite_database.url.render_as_string(), tmp_path)
        async with bot(settings, tmp_path / "log") as process:
            await polled(practice)
            await answered(practice, "chào")
            await shows(settings, "green")
            _soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
            # As on a full disk: not one byte can be written into any file.
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, hard))
            for answer in ANSWERS:
                says(practice, lan, answer)
            await shows(settings, "red", "receiving: what came could not be kept")
            assert len(updates.pending()) == len(ANSWERS)
            assert process.returncode is None
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            await all_is_answered(sqlite_database, 1 + len(ANSWERS))
            await shows(settings, "green")
            assert updates.pending() == []
    async with sqlite_database.reading() as session:
        kept = list((await session.execute(select(Photo.state))).scalars())
    assert kept == ["stored"]
    assert len(receipts_of(practice, lan)) == 1
