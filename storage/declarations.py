"""What is to be known of a table besides its columns, declared below it in the file of its noun."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, Table, UniqueConstraint, func, select
from sqlmodel import SQLModel

from storage.access import Session

Key: TypeAlias = tuple[str, ...]
"""The columns that tell a row from all others."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two ways to the same number."""

    what: str
    expected: int
    found: int


@dataclass(frozen=True, slots=True)
class AppendOnly:
    """A table to which rows are only ever added, kept so by the store itself."""

    keys: tuple[Key, ...]
    passed_over: tuple[Key, ...]
    """Keys for which an insert says itself what to do about a row that is there."""


@dataclass(frozen=True, slots=True)
class Files:
    """Columns that name files of the file store."""

    keys: tuple[str, ...]
    state: str
    """The column by which one sees whether the files must be there."""
    stored: str
    """What stands in it then."""


@dataclass(frozen=True, slots=True)
class Record:
    """Rows, each of which was told to the history by one of some actions."""

    what: str
    table: type[SQLModel]
    actions: tuple[str, ...]
    where: ColumnElement[bool] | None


Proof: TypeAlias = Callable[[Session], Coroutine[Any, Any, list[Comparison]]]
_AnyProof = TypeVar("_AnyProof", bound=Proof)

APPEND_ONLY: dict[str, AppendOnly] = {}
"""By table, as the others below."""
ABOUT_PROCESSES: set[str] = {"alembic_version"}
FILES: dict[str, Files] = {}
RECORDS: list[Record] = []
PROOFS: list[Proof] = []


def append_only(model: type[SQLModel], *, passed_over: tuple[Key, ...] = ()) -> None:
    """Rows of this table are never changed, replaced or taken away; its migration must say so to the store."""
    table = table_of(model)
    keys = tuple(key for key in _keys(table) if key not in passed_over)
    APPEND_ONLY[table.name] = AppendOnly(keys, passed_over)


def about_processes(model: type[SQLModel]) -> None:
    """The table tells nothing of the world, and no backup holds it."""
    ABOUT_PROCESSES.add(table_of(model).name)


def names_files(model: type[SQLModel], *keys: str, state: str, stored: str) -> None:
    """A backup holds these files too; they must be there where `state` says `stored`."""
    FILES[table_of(model).name] = Files(keys, state, stored)


def kept_in_history(
    what: str, model: type[SQLModel], *actions: str, where: ColumnElement[bool] | None = None
) -> None:
    """The audit compares how many rows there are with how many were told to the history."""
    RECORDS.append(Record(what, model, actions, where))


def proof(prove: _AnyProof) -> _AnyProof:
    """The audit makes these comparisons."""
    PROOFS.append(prove)
    return prove


def table_of(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


def _keys(table: Table) -> Iterator[Key]:
    yield tuple(column.name for column in table.primary_key.columns)
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    yield from sorted(tuple(column.name for column in one.columns) for one in unique)


async def count(session: Session, model: type[SQLModel], *conditions: ColumnElement[bool]) -> int:
    return await number(session, select(func.count()).select_from(model).where(*conditions))


async def number(session: Session, query: Select[Any]) -> int:
    return int((await session.execute(query)).scalar_one())
