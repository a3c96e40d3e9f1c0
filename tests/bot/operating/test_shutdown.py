"""SIGTERM ends the bot within ten seconds, also where its database has gone silent."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.operating import shutdown
from bot.practice.server import Practice, running
from storage.database import Database
from tests.bot.receiving.test_two_bots import polled, settle, told
from tests.databases import POSTGRESQL
from tests.processes import ROOT, Program, bot, environment


class Line:
    """A wire to PostgreSQL that goes dead: it takes what is said, and nothing comes back."""

    def __init__(self, host: str, port: int) -> None:
        self.place = host, port
        self.is_dead = False
        self.port = 0
        self.called = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def answer(self, near: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        self._writers.append(out)
        self.called.set()
        if self.is_dead:
            return
        if self.place[0].startswith("/"):
            socket = f"{self.place[0]}/.s.PGSQL.{self.place[1]}"
            far, on = await asyncio.open_unix_connection(socket)
        else:
            far, on = await asyncio.open_connection(*self.place)
        self._writers.append(on)
        await asyncio.gather(self._pass(near, on), self._pass(far, out))

    async def _pass(self, said: asyncio.StreamReader, heard: asyncio.StreamWriter) -> None:
        while (words := await said.read(65536)) and not self.is_dead:
            heard.write(words)
        if not self.is_dead:
            heard.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def line(host: str, port: int, *, dead: bool = False) -> AsyncIterator[Line]:
    wire = Line(host, port)
    wire.is_dead = dead
    server = await asyncio.start_server(wire.answer, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        wire.hang_up()


async def ends(process: Program) -> float:
    """Seconds from SIGTERM to the end."""
    loop = asyncio.get_running_loop()
    process.terminate()
    began = loop.time()
    await process.wait()
    return loop.time() - began


async def test_at_the_start_a_silent_database_holds_up_no_end(tmp_path: Path):
    practice = Practice()
    async with running(practice) as address, line("", 0, dead=True) as wire:
        store = f"postgresql://somebody@127.0.0.1:{wire.port}/store"
        async with bot(environment(address, store, tmp_path), tmp_path / "log") as process:
            async with asyncio.timeout(30):
                await wire.called.wait()
            assert await ends(process) < 3
            assert process.returncode == 0


async def test_a_silent_database_is_said_to_be_away(tmp_path: Path):
    practice = Practice()
    async with running(practice) as address, line("", 0, dead=True) as wire:
        store = f"postgresql://somebody@127.0.0.1:{wire.port}/store"
        async with bot(environment(address, store, tmp_path), tmp_path / "log"):
            await told(tmp_path / "log", "the database does not answer (TimeoutError")


@pytest.mark.parametrize("database", [POSTGRESQL], indirect=True)
async def test_a_database_that_goes_silent_at_work_holds_up_no_end(
    database: Database, tmp_path: Path
):
    await settle(database)
    practice = Practice()
    host = database.url.host or str(database.url.query.get("host") or "127.0.0.1")
    async with running(practice) as address, line(host, database.url.port or 5432) as wire:
        url = make_url(database.url).set(host="127.0.0.1", port=wire.port, query={})
        store = url.render_as_string(hide_password=False)
        async with bot(environment(address, store, tmp_path), tmp_path / "log") as process:
            await polled(practice)
            wire.is_dead = True
            # Somebody writes, so that an answer is under way that never comes to its end.
            practice.people.say(700001, "chào")
            await asyncio.sleep(1)
            assert await ends(process) < 10


async def test_the_deadline_ends_a_process_in_which_nothing_moves(tmp_path: Path):
    program = (
        "import sys, time; from bot.operating import shutdown, logs; logs.set_up(); "
        "shutdown.end_in_time(0.2); time.sleep(60)"
    )
    process = await asyncio.create_subprocess_exec(
        "env", f"PYTHONPATH={ROOT}", sys.executable, "-c", program,
        stderr=asyncio.subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    async with asyncio.timeout(20):
        _told, aside = await process.communicate()
    assert process.returncode == 1
    assert b"the process ends all the same" in aside
    assert shutdown.DEADLINE < 10
