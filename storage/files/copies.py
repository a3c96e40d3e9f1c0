"""The whole store as lines of text, the same from both kinds of database, and back into either.

A logical dump in JSON Lines.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    DateTime,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

import storage.everything  # noqa: F401  (every noun declares which files it names)
from storage.database import Database, is_unavailable
from storage.declarations import ABOUT_PROCESSES, FILES
from storage.migrations import running

TABLES = "tables"
"""The folder with a file for each table, and a line of JSON in it for each row."""
AT_ONCE = 500

Row = dict[str, Any]


class CannotCopy(Exception):
    """The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class CopiedStore:
    """What was copied, all of it as it was at one moment."""

    revision: str
    rows: dict[str, int]
    """How many, by table."""
    photos: dict[str, bool]
    """The files that rows name, and whether they are marked as stored."""


async def write(database: Database, folder: Path) -> CopiedStore:
    """Copy every table into `folder`; nobody has to stop writing meanwhile.

    Snapshot isolation; raises CannotCopy.
    """
    async with database.patiently() as connection:
        if not database.is_sqlite:
            # A reader of SQLite sees one moment by itself.
            await connection.execution_options(isolation_level="REPEATABLE READ")
        return await connection.run_sync(_write, folder)


def _write(connection: Connection, folder: Path) -> CopiedStore:
    if "alembic_version" not in inspect(connection).get_table_names():
        raise CannotCopy("There is nothing to copy: the store of DATABASE_URL has no tables.")
    (folder / TABLES).mkdir()
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    tables = _tables(connection)
    rows = {table.name: _write_table(connection, table, folder) for table in tables}
    return CopiedStore(revision, rows, _files_of(connection, tables))


def _tables(connection: Connection) -> list[Table]:
    """As they are in the store, which may be older than this program; what others refer to comes first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name not in ABOUT_PROCESSES]


def _write_table(connection: Connection, table: Table, folder: Path) -> int:
    # JSON is copied letter by letter, since the database tells an absent value from a JSON null.
    columns = [
        cast(one, Text).label(one.name) if isinstance(one.type, JSON) else one
        for one in table.columns
    ]
    asked = select(*columns).order_by(*table.primary_key.columns)
    count = 0
    with _file(folder, table.name).open("x", encoding="ascii") as file:
        found = connection.execution_options(yield_per=AT_ONCE).execute(asked)
        for row in found.mappings():
            line = {name: _told(value) for name, value in row.items()}
            file.write(json.dumps(line) + "\n")
            count += 1
    return count


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        # SQLite gives back moments without a zone, which are in UTC.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _files_of(connection: Connection, tables: Sequence[Table]) -> dict[str, bool]:
    files: dict[str, bool] = {}
    for table in tables:
        if (named := FILES.get(table.name)) is not None:
            # An older store may not have all of these columns yet.
            keys = [table.c[one] for one in named.keys if one in table.c]
            for state, *found in connection.execute(select(table.c[named.state], *keys)):
                for key in filter(None, found):
                    files[key] = files.get(key, False) or state == named.stored
    return files


def _file(folder: Path, table: str) -> Path:
    return folder / TABLES / f"{table}.jsonl"


async def must_be_new(database: Database) -> None:
    """Raises CannotCopy when there is even a table."""
    async with database.engine.connect() as connection:
        await connection.run_sync(_must_be_new)


def _must_be_new(connection: Connection) -> None:
    if inspect(connection).get_table_names():
        raise CannotCopy(
            "The store of DATABASE_URL is not new. Please name a file that is not there yet, or a "
            "database without any tables."
        )


def knows(revision: str) -> bool:
    """This program is not older than a copy."""
    return revision in running.revisions()


async def read(
    database: Database, folder: Path, revision: str, expected: Mapping[str, int]
) -> None:
    """Fill a new store from a copy, all of it or nothing, and bring it up to date; raises CannotCopy."""

    def fill(connection: Connection) -> None:
        _must_be_new(connection)
        running.upgrade_tables(connection, revision)
        found = {
            table.name: _read_table(connection, table, folder) for table in _tables(connection)
        }
        if found != expected:
            raise LookupError
        running.upgrade_tables(connection)

    try:
        await running.change(database, fill)
    except (
        DBAPIError,
        running.BrokenReferences,
        FileNotFoundError,
        LookupError,
        ValueError,
    ) as error:
        if is_unavailable(error) and not isinstance(error, FileNotFoundError):
            raise
        raise CannotCopy(
            f"The rows of this backup do not fit into its tables ({type(error).__name__}). Nothing was "
            "restored. Please name another backup."
        ) from None
    await database.migrate()


def _read_table(connection: Connection, table: Table, folder: Path) -> int:
    rows: Iterable[Row] = _rows(table, folder)
    if any(key.references(table) for column in table.columns for key in column.foreign_keys):
        rows = _those_referred_to_first(table, list(rows))
    count = _insert(connection, table, iter(rows))
    _go_on_counting(connection, table)
    return count


def _rows(table: Table, folder: Path) -> Iterator[Row]:
    with _file(folder, table.name).open(encoding="ascii") as file:
        for line in file:
            row = json.loads(line)
            yield {one.name: _understood(one, row[one.name]) for one in table.columns}


def _understood(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value)
        return moment if column.type.timezone else moment.replace(tzinfo=None)
    return date.fromisoformat(value) if isinstance(column.type, Date) else value


def _insert(connection: Connection, table: Table, rows: Iterator[Row]) -> int:
    values: dict[str, Any] = {}
    count = 0
    for one in table.columns:
        values[one.name] = bindparam(one.name, type_=one.type)
        if isinstance(one.type, JSON):
            values[one.name] = bindparam(one.name, type_=Text())
            if connection.dialect.name != "sqlite":
                values[one.name] = cast(values[one.name], one.type)
    while some := list(islice(rows, AT_ONCE)):
        connection.execute(insert(table).values(values), some)
        count += len(some)
    return count


def _those_referred_to_first(table: Table, rows: Sequence[Row]) -> Iterator[Row]:
    """A site may belong to another site, which must be there before it."""
    ((key,),) = [
        one.columns for one in table.foreign_key_constraints if one.referred_table is table
    ]
    (named,) = table.primary_key.columns
    waiting, known = list(rows), set[Any]()
    while waiting:
        free = [row for row in waiting if row[key.name] is None or row[key.name] in known]
        # Where they refer to one another in a circle, the database itself says so.
        for row in free or waiting:
            known.add(row[named.name])
            yield row
        waiting = [row for row in waiting if row[named.name] not in known]


def _go_on_counting(connection: Connection, table: Table) -> None:
    """New rows get numbers above those that were copied; SQLite sees to that by itself."""
    if connection.dialect.name == "sqlite":
        return
    for column in table.primary_key.columns:
        asked = text("SELECT pg_get_serial_sequence(:table, :column)")
        sequence = connection.execute(asked, {"table": table.name, "column": column.name}).scalar()
        highest = (
            sequence
            and connection.execute(select(column).order_by(column.desc()).limit(1)).scalar()
        )
        if highest:
            connection.execute(
                text("SELECT setval(:sequence, :highest)"),
                {"sequence": sequence, "highest": highest},
            )
