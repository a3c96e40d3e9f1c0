"""The store: an embedded SQLite file by default, PostgreSQL where several processes share it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from storage import driver
from storage.access import Json, NaiveDatetime, Session, UtcDateTime, changed, insert_into
from storage.migrations import running
from storage.programme.reference import load as load_reference

__all__ = [
    "Database",
    "Json",
    "NaiveDatetime",
    "Session",
    "UtcDateTime",
    "changed",
    "insert_into",
    "is_address",
    "is_no_store",
    "is_transient",
    "is_unavailable",
]


_AWAY = {"08", "28", "3D", "53", "57"}
"""PostgreSQL's classes of errors: no connection, no entry, no such database, no room, going down."""


TO_CONNECT = 5.0
"""Seconds for PostgreSQL to let us in: a server that went silent is away like one that is gone."""
TO_ANSWER = 20.0
"""Seconds for a statement; the longest of ours takes less than one."""
LONGEST_IDLE = timedelta(seconds=10)
"""Between two statements of a transaction: no turn takes so long, and a frozen process must not hold people."""
TO_CLOSE = 3.0
"""Seconds to take leave of a server that may not answer any more."""


class Database:
    """One store, with its readers and writers. A connection pool."""

    def __init__(
        self, url: str, *, echo: bool = False, longest_idle: timedelta = LONGEST_IDLE
    ) -> None:
        self.url = _address(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        options: dict[str, Any] = {"module": driver.DBAPI}
        if not self.is_sqlite:
            idle = str(round(longest_idle.total_seconds() * 1000))
            arguments = {
                "timeout": TO_CONNECT,
                "command_timeout": TO_ANSWER,
                "server_settings": {"idle_in_transaction_session_timeout": idle},
            }
            options = {"pool_pre_ping": True, "pool_size": 10, "connect_args": arguments}
        # What people wrote is in no error, and so in no log.
        self.engine = create_async_engine(self.url, echo=echo, hide_parameters=True, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
            event.listen(self.engine.sync_engine, "invalidate", _give_back_the_lock)
        # What SQLite gives each reader, PostgreSQL gives when it is asked to; it costs no statement.
        self._reading = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        )
        # SQLite takes one writer at a time and is not fair among those that wait.
        self._writer = asyncio.Lock()

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps the records; None for other databases."""
        return Path(self.url.database or "").absolute() if self.is_sqlite else None

    @asynccontextmanager
    async def patiently(self) -> AsyncIterator[AsyncConnection]:
        """A connection for what may take long: changing tables, and copying them."""
        if self.is_sqlite:
            async with self.engine.connect() as connection:
                near: Any = (await connection.get_raw_connection()).driver_connection
                near.patient = True
                try:
                    yield connection
                finally:
                    near.patient = False
            return
        patient = create_async_engine(
            self.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"timeout": TO_CONNECT},
        )
        async with patient.connect() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Session]:
        """A session that sees one state of the store and changes nothing. Snapshot isolation."""
        async with Session(self._reading) as session:
            yield session

    @asynccontextmanager
    async def writing(self, *, lasting: bool = True) -> AsyncIterator[Session]:
        """One transaction: committed at the end, undone by any error. Durable.

        What is not `lasting` may be lost with the machine's power, together with whatever follows it and is not
        lasting either: for what is found out again, since it need not wait for the disk.
        """
        if not self.is_sqlite:
            async with self._transaction() as session:
                yield session
            return
        async with self._writer, self._transaction(lasting=lasting) as session:
            yield session

    @asynccontextmanager
    async def _transaction(self, *, lasting: bool = True) -> AsyncIterator[Session]:
        async with Session(self.engine) as session:
            if self.is_sqlite:
                await session.connection(execution_options={"immediate": True, "lasting": lasting})
            yield session
            await session.commit()

    async def migrate(self) -> None:
        """Bring the tables up to date, and what is the same in every store. Schema migrations and reference data."""
        await running.upgrade(self)
        async with self.writing() as session:
            await load_reference(session)

    async def is_made(self) -> bool:
        """Whether there are tables of ours."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(lambda one: inspect(one).has_table("alembic_version"))

    async def ping(self) -> None:
        """Raises when the store does not answer. A health probe."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TO_CLOSE):
                await self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """The same transaction may succeed when it is tried again: a deadlock, a lock, a lost race."""
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "sqlstate", "") or ""
    return code in {"40001", "40P01", "55P03"} or "database is locked" in str(error.orig)


def is_unavailable(error: BaseException) -> bool:
    """The store cannot be reached or written to at all, so that no single update is to blame."""
    if isinstance(error, OSError | InterfaceError | NoneFree):
        return True
    # While it connects, the driver's own errors come as they are.
    code = getattr(getattr(error, "orig", error), "sqlstate", "") or ""
    if code[:2] in _AWAY:
        return True
    if not isinstance(error, DBAPIError):
        return False
    words = str(error.orig).lower()
    return error.connection_invalidated or (
        isinstance(error, OperationalError)
        and any(
            sign in words
            for sign in ("disk is full", "disk i/o", "unable to open", "readonly", "malformed")
        )
    )


def is_no_store(error: BaseException) -> bool:
    """Something else is at the address, or it lets nobody in: to try again would not help."""
    error = error.orig if isinstance(error, DBAPIError) and error.orig else error
    code = getattr(error, "sqlstate", "") or ""
    return code[:2] == "28" or code == "3D000" or "file is not a database" in str(error)


def is_address(url: str) -> bool:
    """Whether a store of ours can be at this address: a file of SQLite, or a database of PostgreSQL."""
    try:
        parts = _address(url)
    except (ArgumentError, ValueError):
        return False
    if parts.drivername == "sqlite+aiosqlite":
        return bool(parts.database) and parts.database != ":memory:" and not parts.host
    return parts.drivername == "postgresql+asyncpg" and bool(parts.database)


def _address(url: str) -> URL:
    """Raises ArgumentError or ValueError for what is no address of a database."""
    parts = make_url(_with_driver(url))
    # Hosted databases are told with the word of another driver.
    if parts.drivername == "postgresql+asyncpg" and "sslmode" in parts.query:
        mode = parts.query["sslmode"]
        parts = parts.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return parts


def _with_driver(url: str) -> str:
    """Plain addresses, as people write them, name the driver that we use."""
    for plain, driven in (
        ("sqlite://", "sqlite+aiosqlite://"),
        ("postgresql://", "postgresql+asyncpg://"),
        ("postgres://", "postgresql+asyncpg://"),
    ):
        if url.startswith(plain):
            return driven + url.removeprefix(plain)
    return url


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions by itself; `_begin_sqlite` says which kind each one is.
    connection.isolation_level = None
    cursor = connection.cursor()
    # That writers do not shut out readers (WAL) is a property of the file, set where it is migrated.
    for pragma in (f"busy_timeout={driver.PATIENCE}", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    options = connection.get_execution_options()
    to_write, lasting = options.get("immediate", False), options.get("lasting", True)
    near: driver.Connection = connection.connection.driver_connection
    if not near.begins(to_write=to_write, lasting=lasting):
        # In the driver's thread, where it may wait.
        for statement in driver.beginning(to_write=to_write, lasting=lasting):
            connection.exec_driver_sql(statement)


def _give_back_the_lock(connection: Any, _record: Any, _error: Any) -> None:
    # A statement that was cancelled lives as long as anybody holds its error, and with it, though the connection be
    # closed, the transaction: nobody else could write.
    with suppress(Exception):
        connection.rollback()
