"""What every noun declares of its table is so in the store."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import SQLModel

import storage
from storage import audit, everything
from storage.database import Database
from storage.declarations import ABOUT_PROCESSES, APPEND_ONLY, FILES, PROOFS, RECORDS

TABLES = SQLModel.metadata.tables
KEYS = [
    (name, key)
    for name, declared in APPEND_ONLY.items()
    for key in (*declared.keys, *declared.passed_over)
]


EXAMPLES: dict[type, Any] = {
    str: "x",
    int: 1,
    float: 1.0,
    bool: True,
    date: date(2026, 11, 20),
    datetime: datetime(2026, 11, 20, tzinfo=UTC),
    dict: {},
}


def test_every_module_with_a_table_is_among_everything() -> None:
    for found in pkgutil.walk_packages(storage.__path__, "storage."):
        if not found.ispkg and ".migrations." not in found.name and "__main__" not in found.name:
            importlib.import_module(found.name)
    known = {
        name.name
        for node in ast.parse(Path(everything.__file__).read_text(encoding="utf-8")).body
        if isinstance(node, ast.Import)
        for name in node.names
    }
    for mapper in SQLModel._sa_registry.mappers:
        assert mapper.class_.__module__ in known, mapper.class_


def test_what_is_declared_is_of_tables_that_there_are() -> None:
    assert set(APPEND_ONLY) | set(FILES) <= set(TABLES)
    assert ABOUT_PROCESSES - {"alembic_version"} <= set(TABLES)
    for name, files in FILES.items():
        assert {*files.keys, files.state} <= set(TABLES[name].columns.keys())
    told = [record.what for record in RECORDS]
    assert len(set(told)) == len(told)


async def test_every_proof_that_is_declared_is_made(sqlite_database: Database) -> None:
    async with sqlite_database.reading() as session:
        compared = [one.what for one in await audit.audit(session)]
    assert len(set(compared)) == len(compared) >= len(RECORDS) + len(PROOFS) - 1
    assert {f"{record.what}, by history" for record in RECORDS} <= set(compared)


def made_up(table: Table) -> dict[str, Any]:
    """A row as the table takes it where nobody looks what it refers to."""
    row = {}
    for column in table.columns:
        if not column.nullable:
            plain = getattr(column.type, "impl_instance", column.type)
            row[column.name] = EXAMPLES[plain.python_type]
    return row


async def without_looking(database: Database, order: Any) -> None:
    async with database.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
            await driver.execute(f"PRAGMA {pragma}")
        try:
            await connection.execute(order)
            await connection.commit()
        finally:
            await connection.rollback()
            for pragma in ("foreign_keys=ON", "ignore_check_constraints=OFF"):
                await driver.execute(f"PRAGMA {pragma}")


@pytest.mark.parametrize("name", APPEND_ONLY)
async def test_nobody_rewrites_the_past(database: Database, name: str) -> None:
    if database.is_sqlite:
        # PostgreSQL refuses the order itself, SQLite each row.
        await without_looking(database, insert(TABLES[name]).values(made_up(TABLES[name])))
    column = TABLES[name].columns.keys()[0]
    for order in (f"DELETE FROM {name}", f"UPDATE {name} SET {column} = {column}"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with database.writing() as session:
                await session.execute(text(order))


@pytest.mark.parametrize(("name", "key"), KEYS)
async def test_nobody_puts_another_past_in_the_place_of_one(
    sqlite_database: Database, name: str, key: tuple[str, ...]
) -> None:
    """Only SQLite has INSERT OR REPLACE, and fires no trigger for the row that it throws out."""
    table = TABLES[name]
    first = made_up(table)
    await without_looking(sqlite_database, insert(table).values(first))
    async with sqlite_database.reading() as session:
        before = (await session.execute(text(f"SELECT * FROM {name}"))).all()
    unique = {one for _name, columns in KEYS if _name == name for one in columns}
    another = {one: 2 if value == 1 else "y" for one, value in first.items() if one in unique}
    second = {**first, **another, **{one: first[one] for one in key}}
    taken = insert(table).prefix_with("OR REPLACE").values(second)
    if key in APPEND_ONLY[name].passed_over:
        await without_looking(sqlite_database, taken)
    else:
        with pytest.raises(DBAPIError, match="append-only"):
            await without_looking(sqlite_database, taken)
    async with sqlite_database.reading() as session:
        assert (await session.execute(text(f"SELECT * FROM {name}"))).all() == before


async def test_the_store_guards_no_other_tables_than_those_that_are_declared(
    database: Database,
) -> None:
    async with database.engine.connect() as connection:
        guarded = await connection.run_sync(_guarded)
    assert guarded == set(APPEND_ONLY)


def _guarded(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        asked = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
    else:
        asked = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
    assert inspect(connection).get_table_names()
    return set(connection.execute(text(asked)).scalars())
