"""Two bots at once: one leads, the other waits, and when the first is killed the other answers what waits."""

from __future__ import annotations

import asyncio
import shutil
import signal
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.practice.server import Practice, running
from storage.database import Database
from tests.cast import settle_in
from tests.processes import bot, environment
from tests.talking import LAN

LEADS = "this process leads"
WAITS = "another bot works on this store"


def says(log: Path) -> str:
    return log.read_text(encoding="utf-8") if log.exists() else ""


async def told(log: Path, words: str) -> None:
    """Wait until a bot has said something in its log."""
    async with asyncio.timeout(30):
        while words not in says(log):  # noqa: ASYNC110  # Nothing tells of a file that grows.
            await asyncio.sleep(0.02)


async def all_is_told(database: Database) -> None:
    """Wait until nothing is being sent, so that the killed one leaves nothing of which nobody knows whether it went."""
    under_way = text("SELECT count(*) FROM outbox WHERE state <> 'sent'")
    async with asyncio.timeout(30):
        while True:
            async with database.reading() as session:
                if not (await session.execute(under_way)).scalar_one():
                    return
            await asyncio.sleep(0.02)


async def answered(practice: Practice, words: str) -> None:
    """Cô Lan writes, and waits for her answer."""
    with practice.world.subscription(int(LAN)) as heard:
        practice.people.say(int(LAN), words)
        async with asyncio.timeout(30):
            while True:
                event = await heard.get()
                if event["event"] == "message" and event["message"]["from"]["is_bot"]:
                    return


async def polled(practice: Practice) -> None:
    async with asyncio.timeout(30):
        await practice.world.updates[588].polling.wait()


async def settle(database: Database) -> None:
    async with database.writing() as session:
        await settle_in(session)


async def lease_runs_out(database: Database) -> None:
    """As after the time of a lease in which nobody gave a sign of life."""
    async with database.writing() as session:
        await session.execute(text("UPDATE lease SET until = until - INTERVAL '20 seconds'"))


async def test_on_one_store_the_other_takes_over_when_the_leader_is_killed(
    database: Database, tmp_path: Path
):
    """T7"""
    await settle(database)
    practice = Practice()
    store = database.url.render_as_string(hide_password=False)
    one, other = tmp_path / "one", tmp_path / "other"
    async with running(practice) as address:
        settings = [environment(address, store, tmp_path) for _each in range(2)]
        async with bot(settings[0], one) as leader:
            await polled(practice)
            async with bot(settings[1], other) as follower:
                if database.is_sqlite:
                    await told(other, WAITS)
                else:
                    await told(other, "started")
                await answered(practice, "chào")
                assert LEADS not in says(other)
                await all_is_told(database)
                leader.send_signal(signal.SIGKILL)
                await leader.wait()
                if not database.is_sqlite:
                    await lease_runs_out(database)
                await answered(practice, "trợ giúp")
                assert follower.returncode is None
                follower.terminate()
                assert await follower.wait() == 0
    # The poll of the killed one may still have hung at Telegram.
    assert {one["code"] for one in practice.refusals} <= {409}


async def test_a_bot_that_ends_by_itself_lets_the_other_lead_at_once(
    database: Database, tmp_path: Path
):
    await settle(database)
    practice = Practice()
    store = database.url.render_as_string(hide_password=False)
    other = tmp_path / "other"
    async with running(practice) as address:
        settings = environment(address, store, tmp_path)
        async with bot(settings, tmp_path / "one") as leader:
            await polled(practice)
            async with bot(environment(address, store, tmp_path), other):
                await told(other, WAITS if database.is_sqlite else "started")
                leader.terminate()
                assert await leader.wait() == 0
                await answered(practice, "chào")


@pytest.mark.slow
async def test_with_stores_of_their_own_a_conflict_kills_neither(
    sqlite_template: Path, tmp_path: Path
):
    """T7"""
    practice = Practice()
    logs = [tmp_path / "one", tmp_path / "other"]
    async with running(practice) as address:
        settings = []
        for name in ("one.db", "other.db"):
            shutil.copy(sqlite_template, tmp_path / name)
            database = Database(f"sqlite:///{tmp_path / name}")
            await settle(database)
            await database.close()
            settings.append(environment(address, f"sqlite:///{tmp_path / name}", tmp_path))
        async with bot(settings[0], logs[0]) as one:
            await polled(practice)
            async with bot(settings[1], logs[1]) as other:
                await told(logs[0], "somebody else receives for this bot")
                await told(logs[1], "somebody else receives for this bot")
                assert (one.returncode, other.returncode) == (None, None)
                one.send_signal(signal.SIGKILL)
                await one.wait()
                await answered(practice, "chào")
