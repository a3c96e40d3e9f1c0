"""Whoever watches over the machine is told when something is not well, and why."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.operating import health, pages
from bot.operating.health import Health
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from storage.database import Database
from storage.messages.outbox import Message, MessageState
from tests.bot.difficult_telegram import TOKEN, Refusal, difficult_telegram
from tests.cast import settle_in
from tests.talking import CHANNEL, LAN, Clock, Talk


async def seen(checks: Health) -> tuple[int, dict[str, Any]]:
    """The page, as a watcher sees it."""
    shown = [web.get("/healthz", checks.page)]
    async with (
        pages.serving(shown, "127.0.0.1", 0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        return answer.status, await answer.json()


@asynccontextmanager
async def polling(
    database: Database, clock: Clock, address: str
) -> AsyncIterator[tuple[Polling, Health]]:
    arriving = arriving_updates(database, TOKEN, clock, heard=lambda: None)
    one = Polling(arriving, TOKEN, address, None, clock, shortest_pause=0.01)
    checks, stop = Health(), asyncio.Event()
    checks.add("receiving", one.is_troubled)
    checks.add("updates", one.is_silent)
    running = asyncio.create_task(one.run(stop))
    try:
        yield one, checks
    finally:
        stop.set()
        await running


async def test_all_well_is_green():
    checks = Health()

    async def well() -> str | None:
        return None

    checks.add("database", well)
    assert await seen(checks) == (200, {"state": "green", "reasons": []})


async def test_no_successful_poll_for_two_polls_is_red(sqlite_database: Database):
    """T41"""
    clock = Clock()
    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].append([])
        async with polling(sqlite_database, clock, telegram.address) as (_one, checks):
            await telegram.asked("getUpdates", 2)
            clock.advance(seconds=100)
            assert (await seen(checks))[0] == 200
            clock.advance(seconds=1)
            assert await seen(checks) == (
                503,
                {"state": "red", "reasons": ["updates: no successful poll for 101 s"]},
            )


async def test_a_poll_that_never_succeeded_counts_from_the_start(sqlite_database: Database):
    clock = Clock()
    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend([Refusal(502, "Bad Gateway")] * 1000)
        async with polling(sqlite_database, clock, telegram.address) as (_one, checks):
            await telegram.asked("getUpdates", 2)
            assert await checks.reasons() == ["receiving: Telegram refuses (502)"]
            clock.advance(seconds=101)
            assert "updates: no successful poll for 101 s" in await checks.reasons()


async def test_somebody_who_waits_for_more_than_a_minute_is_red(database: Database):
    """T41"""
    clock = Clock()
    talk = Talk(database, clock)
    checks = Health()
    checks.add("answering", health.people_are_answered(database, clock))
    await talk.arrives(LAN, {"kind": "said", "text": "chào"})
    clock.advance(seconds=60)
    assert await checks.reasons() == []
    clock.advance(seconds=1)
    assert await checks.reasons() == ["answering: somebody has waited for 61 s"]
    await talk.answer_all()
    assert await checks.reasons() == []


async def test_a_message_whose_fate_is_unknown_for_five_minutes_is_red(database: Database):
    """T41"""
    clock = Clock()
    async with database.writing() as session:
        await settle_in(session)
        session.add(
            Message(
                channel=CHANNEL,
                chat=LAN,
                kind="screen",
                state=MessageState.UNCERTAIN,
                created_at=clock(),
            )
        )
    checks = Health()
    checks.add("sending", health.fates_are_known(database, clock))
    clock.advance(minutes=5)
    assert await checks.reasons() == []
    clock.advance(seconds=1)
    assert await checks.reasons() == [
        "sending: the fate of a message is unknown since 2026-11-20 02:00 UTC"
    ]


async def test_a_database_that_is_away_is_red(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'nowhere' / 'store.db'}")
    checks = Health()
    checks.add("database", health.database_answers(database))
    (reason,) = await checks.reasons()
    assert reason.startswith("database: does not answer (OperationalError")
    # The driver's thread still has to tell this loop that it ends, which must be there until then.
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join)


async def test_a_disk_without_room_is_red(tmp_path: Path):
    checks = Health()
    checks.add("disk", health.room_is_left(tmp_path, room=2**62))
    (reason,) = await checks.reasons()
    assert reason.startswith("disk: only ")
    checks.add("disk", health.room_is_left(tmp_path, room=0))
    assert await checks.reasons() == []


async def test_a_check_that_hangs_or_fails_is_red_and_holds_up_no_other():
    async def hang() -> str | None:
        await asyncio.Event().wait()
        return None

    async def fail() -> str | None:
        raise ZeroDivisionError

    checks = Health(patience=timedelta(seconds=0.05))
    checks.add("disk", hang)
    checks.add("sending", fail)
    async with asyncio.timeout(5):
        assert await checks.reasons() == [
            "disk: cannot be told (it takes too long)",
            "sending: cannot be told (ZeroDivisionError)",
        ]
