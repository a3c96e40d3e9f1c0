"""However much has been done, an answer costs the same: no statement walks over what is done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from storage.database import Database
from tests.databases import POSTGRESQL, SQLITE, _command, _named, _postgresql, _run, _sqlite
from tests.storage import pieces
from tests.storage.explained import Listener
from tests.storage.filled import fill
from tests.talking import Clock, Talk

SIZE = 10_000


class Piece(NamedTuple):
    """Something the bot does again and again."""

    work: Callable[[Talk], Awaitable[None]]
    but: frozenset[str] = frozenset()
    """Ways that are still too long, by their names in LATER."""


LATER: dict[str, str] = {}
"""Ways that are still too long: their name, and words of the statement."""

PIECES = [
    Piece(pieces.receiving),
    Piece(pieces.homes),
    Piece(pieces.a_report),
    Piece(pieces.many_at_once),
    Piece(pieces.telling),
    Piece(pieces.a_quiet_moment),
    Piece(pieces.a_tick),
    Piece(pieces.the_figures),
    Piece(pieces.photos_due),
    Piece(pieces.back_after_an_outage),
    Piece(pieces.queues),
    Piece(pieces.what_waits),
]


@pytest.fixture(scope="module")
def filled_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled")

    async def make() -> None:
        async for database in _sqlite(sqlite_template, folder):
            await fill(database, said=SIZE, reports=SIZE, people=SIZE)

    _run(make())
    return folder / "store.db"


@pytest.fixture(scope="module")
def filled_server(postgresql_server: str) -> str:
    async def make() -> None:
        await _command(postgresql_server, "CREATE DATABASE filled_store TEMPLATE template_store")
        database = Database(_named(postgresql_server, "filled_store"))
        await fill(database, said=SIZE, reports=SIZE, people=SIZE)
        await database.close()

    _run(make())
    return postgresql_server


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def filled(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A store in which much was done long ago: the same test runs on both kinds."""
    if request.param == SQLITE:
        opened = _sqlite(request.getfixturevalue("filled_file"), tmp_path)
    else:
        opened = _postgresql(request.getfixturevalue("filled_server"), "filled_store")
    async for each in opened:
        yield each


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.work.__name__)
async def test_no_statement_walks_over_what_is_done(filled: Database, piece: Piece) -> None:
    listener = Listener(filled)
    talk = Talk(filled, Clock())
    with listener.listening():
        await piece.work(talk)
    complaints = await listener.complaints()
    later = {name for name, words in LATER.items() if any(words in one for one in complaints)}
    rest = [one for one in complaints if not any(words in one for words in LATER.values())]
    assert not rest, "\n".join(rest)
    assert later == piece.but, "what is mended is no exception any more"


async def test_whoever_walks_is_noticed(filled: Database) -> None:
    listener = Listener(filled)
    walks = [
        "SELECT count(*) FROM inbox WHERE raw = 'nothing'",
        "SELECT max(received_at) FROM inbox WHERE channel = 'telegram:588'",
        "UPDATE card SET name = '' WHERE message_id = '7'",
    ]
    if filled.is_sqlite:
        # PostgreSQL finds the way for pairs, and SQLite none.
        pairs = "(channel, sender) IN (VALUES ('telegram:588', '81'), ('telegram:588', '82'))"
        walks += [
            f"SELECT id FROM inbox WHERE {pairs}",
            f"SELECT sender FROM inbox_sender WHERE {pairs}",
        ]
    async with filled.engine.connect() as connection:
        with listener.listening():
            for words in (*walks, "SELECT raw FROM inbox WHERE id = 7"):
                await connection.exec_driver_sql(words)
    complaints = await listener.complaints()
    assert [one.rpartition("in: ")[2] for one in complaints] == walks
