"""How the embedded store is reached: what waits for nobody runs where it is asked for, what may wait elsewhere.

The driver gives each connection a thread of its own, and every statement would cross into it and back four times, which
costs more than the statement. Inside a transaction nothing waits, though: whoever reads never does (WAL), and whoever
writes has the store already. So only what waits for another process, for the disk, or changes tables goes into the
driver's thread: a transaction that writes crosses once, to be committed.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import aiosqlite
from aiosqlite import (
    DatabaseError,
    Error,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    __version__,
    sqlite_version,
    sqlite_version_info,
)
from sqlalchemy import exc
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_dbapi

__all__ = [
    "DBAPI",
    "Connection",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "__version__",
    "connect",
    "sqlite_version",
    "sqlite_version_info",
]

NEAR = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
"""How statements begin that wait neither for a disk nor for another process."""
SYNCHRONOUS = {True: "FULL", False: "NORMAL"}
"""By whether a commit must outlive the machine's power; it outlives the process in either case."""
PATIENCE = 10_000
"""Milliseconds in which another process may finish what it writes."""

KEPT_READY = 512
"""Statements that a connection need not read again: more than there are in the whole of a turn."""
_TOLD_AS: dict[type[Error], type[exc.DBAPIError]] = {
    IntegrityError: exc.IntegrityError,
    OperationalError: exc.OperationalError,
}


def _as_told(statement: str, error: Error) -> exc.DBAPIError:
    """What SQLAlchemy raises for an error of the driver, without the values."""
    return _TOLD_AS.get(type(error), exc.DBAPIError)(statement, None, error)


def beginning(*, to_write: bool, lasting: bool) -> Sequence[str]:
    """What begins a transaction: how its commit is written, the transaction, and for one that reads its snapshot."""
    synchronous = f"PRAGMA synchronous={SYNCHRONOUS[lasting]}"
    if to_write:
        return synchronous, "BEGIN IMMEDIATE"
    # It is taken with the first read, which waits for whoever has the file to themselves.
    return synchronous, "BEGIN DEFERRED", "PRAGMA schema_version"


listeners: list[Callable[[str, Sequence[Any]], None]] = []
"""Who hears each prepared statement and its values before it is asked, as SQLAlchemy tells of all others."""


class Connection(aiosqlite.Connection):
    """The driver's own, with cursors that stay in the thread that asks."""

    def __init__(self, file: str | Path, **options: Any) -> None:
        def connect() -> sqlite3.Connection:
            connection: sqlite3.Connection = sqlite3.connect(
                file, **{**options, "check_same_thread": False, "cached_statements": KEPT_READY}
            )
            self.sqlite = connection
            return connection

        super().__init__(connect, iter_chunk_size=64)
        self._lasting: bool | None = None
        self._changes = 0
        """How many there had been when the transaction began."""
        self.patient = False
        """Whether all goes into the driver's thread: for what takes long, so that the loop does not stand still."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        return Cursor(self)

    def asked(self, statement: str, parameters: Sequence[Any]) -> sqlite3.Cursor:
        """Here and now, in the transaction that is open; raises what SQLAlchemy raises."""
        for listener in listeners:
            listener(statement, parameters)
        try:
            return self.sqlite.execute(statement, parameters)
        except Error as error:
            raise _as_told(statement, error) from error

    def asked_each(self, statement: str, many: Sequence[Sequence[Any]]) -> None:
        """As `asked`, once for each of these."""
        for listener in listeners:
            listener(statement, many[0])
        try:
            self.sqlite.executemany(statement, many)
        except Error as error:
            raise _as_told(statement, error) from error

    def begins(self, *, to_write: bool, lasting: bool = True) -> bool:
        """Begin a transaction where that need not wait for anybody; False where it does, and nothing has begun.

        `lasting` as in `SYNCHRONOUS`.
        """
        self._changes = self.sqlite.total_changes
        if self.patient:
            return False
        self.sqlite.execute("PRAGMA busy_timeout=0")
        try:
            for statement in beginning(to_write=to_write, lasting=lasting)[
                lasting is self._lasting :
            ]:
                self.sqlite.execute(statement)
        except OperationalError:
            self.sqlite.rollback()
            self._lasting = None
            return False
        finally:
            self.sqlite.execute(f"PRAGMA busy_timeout={PATIENCE}")
        self._lasting = lasting
        return True

    async def commit(self) -> None:
        """Only what was written waits for the disk."""
        if self.patient or self.sqlite.total_changes != self._changes:
            await super().commit()
        else:
            self.sqlite.commit()

    async def rollback(self) -> None:
        if self.patient:
            await super().rollback()
        else:
            self.sqlite.rollback()


class Cursor:
    """A cursor as SQLAlchemy awaits it, whether or not there is anything to wait for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._near = connection.sqlite.cursor()
        self._far: aiosqlite.Cursor | None = None

    async def __aenter__(self) -> Cursor:
        return self

    @property
    def _either(self) -> Any:
        return self._far or self._near

    @property
    def description(self) -> Any:
        return self._either.description

    @property
    def rowcount(self) -> int:
        return int(self._either.rowcount)

    @property
    def lastrowid(self) -> Any:
        return self._either.lastrowid

    def _may_wait(self, statement: str) -> bool:
        return self._connection.patient or not statement.startswith(NEAR)

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        if self._may_wait(statement):
            self._far = await self._connection.execute(statement, parameters)
        else:
            self._near.execute(statement, parameters)

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        if self._may_wait(statement):
            self._far = await self._connection.executemany(statement, parameters)
        else:
            self._near.executemany(statement, parameters)

    async def fetchall(self) -> list[Any]:
        if self._far is not None:
            return list(await self._far.fetchall())
        rows: list[Any] = self._near.fetchall()
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        size = self._near.arraysize if size is None else size
        if self._far is not None:
            return list(await self._far.fetchmany(size))
        rows: list[Any] = self._near.fetchmany(size)
        return rows

    async def close(self) -> None:
        self._near.close()
        if self._far is not None:
            await self._far.close()


connect = Connection
DBAPI = AsyncAdapt_aiosqlite_dbapi(sys.modules[__name__], sqlite3)
"""This module as the engine takes it in place of the driver's own."""
