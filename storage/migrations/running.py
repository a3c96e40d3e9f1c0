"""Brings a store up to date, and tells whether it is. The runner of schema migrations."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import SQLModel

import storage.everything  # noqa: F401  (every table must be known before they are compared)

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = Path(__file__).parent / "versions"
WAITING_FOR_THE_FILE = 10.0
"""Seconds that a start waits for another program to let go of the file, as `busy_timeout` does elsewhere."""


class Store(Protocol):
    """What is to be known of a store whose tables change."""

    is_sqlite: bool
    engine: AsyncEngine

    def patiently(self) -> AbstractAsyncContextManager[AsyncConnection]: ...


class BrokenReferences(RuntimeError):
    """After a migration some rows point to rows that are not there. A broken foreign key."""


class StoreInUse(OSError):
    """Another program has been holding the store's file for too long."""


def configuration(connection: Connection | None = None) -> "Config":
    # Here and below, since it takes longer to load than a store that is up to date takes to say so.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: Store, revision: str = "head") -> None:
    """Run what has not been run; safe when several processes do it at once."""
    if revision == "head":
        async with database.patiently() as connection:
            if await connection.run_sync(_is_newest):
                return

    def run(connection: Connection) -> None:
        upgrade_tables(connection, revision)

    await change(database, run)


def _is_newest(connection: Connection) -> bool:
    """Whether every migration has been run."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    run = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return list(run) == [max(revisions())]


def revisions() -> set[str]:
    """The numbers of all migrations that this program knows."""
    return {file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*_*.py")}


def upgrade_tables(connection: Connection, revision: str = "head") -> None:
    """Within a change."""
    from alembic import command

    command.upgrade(configuration(connection), revision)


async def change(database: Store, work: Callable[[Connection], None]) -> None:
    """Change tables and rows in one transaction, while no other process does.

    Under PostgreSQL's advisory lock, or SQLite's BEGIN IMMEDIATE.
    """
    async with database.patiently() as connection:
        if database.is_sqlite:
            await _change_sqlite(connection, work)
        else:
            await _change_postgresql(connection, work)


async def _change_sqlite(connection: AsyncConnection, work: Callable[[Connection], None]) -> None:
    await connection.execution_options(immediate=True)
    # Batch changes copy tables, and with foreign keys on that deletes what refers to them. SQLite lets go
    # of them only outside any transaction, so the order goes to the driver itself.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await _let_readers_and_writers_meet(driver)
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        # The first shuts the others out before any of them looks how far the tables are; a transaction
        # that Alembic finds open is kept until all is done, its own ends after that look.
        await connection.begin()
        await connection.run_sync(work)
        if broken := (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all():
            raise BrokenReferences(str(broken[:5]))
        await connection.commit()
    finally:
        await connection.rollback()
        await driver.execute("PRAGMA foreign_keys=ON")


async def _let_readers_and_writers_meet(driver: Any) -> None:
    """Switch the file to WAL; SQLite does not wait for others there, whatever its `busy_timeout`."""
    try:
        async with asyncio.timeout(WAITING_FOR_THE_FILE):
            while True:
                try:
                    await driver.execute("PRAGMA journal_mode=WAL")
                except sqlite3.OperationalError as error:
                    # Its last eight bits; the others say in which of several ways the file is in use.
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                        raise
                    # Nothing tells when another program lets go of a file.
                    await asyncio.sleep(0.05)
                else:
                    return
    except TimeoutError:
        raise StoreInUse("another program is using the file of the store") from None


async def _change_postgresql(
    connection: AsyncConnection, work: Callable[[Connection], None]
) -> None:
    await connection.execute(text("SELECT pg_advisory_lock(588588)"))
    await connection.commit()
    try:
        await connection.run_sync(work)
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.execute(text("SELECT pg_advisory_unlock(588588)"))
        await connection.commit()


async def differences(database: Store) -> list[Any]:
    """What the tables would still need to be as the models say. Schema drift."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_differences)


def _differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))
