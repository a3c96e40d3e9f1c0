"""Brings a store up to date, and tells whether it is."""

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import SQLModel

import storage.everything  # noqa: F401  (every table must be known before they are compared)

if TYPE_CHECKING:
    from storage.database import Database


WAITING_FOR_THE_FILE = 10.0
"""Seconds that a start waits for another program to let go of the file, as `busy_timeout` does elsewhere."""


class BrokenReferences(RuntimeError):
    """After a migration some rows point to rows that are not there."""


class StoreInUse(RuntimeError):
    """Another program has been holding the store's file for too long."""


def configuration(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    return config


async def upgrade(database: "Database", revision: str = "head") -> None:
    """Run what has not been run; safe when several processes do it at once."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            await _upgrade_sqlite(connection, revision)
        else:
            await _upgrade_postgresql(connection, revision)


async def _upgrade_sqlite(connection: AsyncConnection, revision: str) -> None:
    # The first to write shuts the others out, before any of them looks how far the tables are.
    await connection.execution_options(immediate=True)
    # Batch changes copy tables, and with foreign keys on that deletes what refers to them. SQLite lets go
    # of them only outside any transaction, so the order goes to the driver itself.
    driver: Any = (await connection.get_raw_connection()).driver_connection
    await _let_readers_and_writers_meet(driver)
    await driver.execute("PRAGMA foreign_keys=OFF")
    try:
        await connection.run_sync(_upgrade, revision)
        await connection.commit()
        broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
        await connection.rollback()
        if broken:
            raise BrokenReferences(str(broken[:5]))
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
        raise StoreInUse from None


async def _upgrade_postgresql(connection: AsyncConnection, revision: str) -> None:
    await connection.execute(text("SELECT pg_advisory_lock(588588)"))
    await connection.commit()
    try:
        await connection.run_sync(_upgrade, revision)
        await connection.commit()
    finally:
        await connection.rollback()
        await connection.execute(text("SELECT pg_advisory_unlock(588588)"))
        await connection.commit()


def _upgrade(connection: Connection, revision: str) -> None:
    command.upgrade(configuration(connection), revision)


async def differences(database: "Database") -> list[Any]:
    """What the tables would still need to be as the models say."""
    async with database.engine.connect() as connection:
        return await connection.run_sync(_differences)


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))
