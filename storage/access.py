"""What tables are made of and how they are asked: sessions, columns, and orders that each dialect says its own way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from sqlalchemy import (
    JSON,
    ColumnElement,
    CursorResult,
    DateTime,
    Result,
    Select,
    SQLColumnExpression,
    String,
    TableValuedAlias,
    bindparam,
    column,
    literal_column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from storage.driver import Connection


class Put(Protocol):
    """A statement that puts many rows into a table."""

    async def change_each(self, session: Session, many: Sequence[Mapping[str, Any]]) -> None: ...


class Session(AsyncSession):
    """One transaction. Beside its objects it keeps plain rows, and writes both when it is flushed. A unit of work."""

    def __init__(self, bind: AsyncEngine) -> None:
        super().__init__(bind, expire_on_commit=False, autoflush=False)
        self._later: dict[Put, list[Mapping[str, Any]]] = {}
        self.near: Connection | None = None
        """The driver's own connection that the transaction is on, once a prepared statement has asked for it."""

    def later(self, put: Put, row: Mapping[str, Any]) -> None:
        """Put this row into its table at the next flush, after all objects, which it may point to."""
        self._later.setdefault(put, []).append(row)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        await super().flush(objects)
        while self._later:
            put, rows = self._later.popitem()
            await put.change_each(self, rows)

    async def commit(self) -> None:
        if self._later:
            await self.flush()
        self.near = None
        await super().commit()

    async def rollback(self) -> None:
        self._later.clear()
        self.near = None
        await super().rollback()

    @asynccontextmanager
    async def attempt(self) -> AsyncIterator[None]:
        """All of what is done inside or nothing of it, whatever becomes of the rest. A savepoint."""
        await self.flush()
        try:
            async with self.begin_nested():
                # Else the savepoint is set by the first statement that goes the usual way.
                await self.connection()
                yield
                await self.flush()
        except BaseException:
            self._later.clear()
            raise


SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A column of plain JSON values; assign a new one to change it."""


class NaiveDatetime(ValueError):
    """A moment without a time zone was about to be stored."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, in UTC in the store and aware in the program."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveDatetime
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else value.replace(tzinfo=UTC)
            if value.tzinfo is None
            else value.astimezone(UTC)
        )


def insert_into(session: Session, model: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, in the store's own dialect."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def changed(result: Result[*tuple[Any, ...]]) -> int:
    """How many rows a statement changed: whoever changed none came too late.

    Zero is a conflict, as in optimistic locking.
    """
    return cast("CursorResult[*tuple[Any, ...]]", result).rowcount


def is_one_of(state: SQLColumnExpression[str], *states: str) -> ColumnElement[bool]:
    """Written out and not handed over, so that an index of some states is used."""
    return state.in_([literal_column(f"'{one}'") for one in states])


class _EachOf(FunctionElement[str]):
    """The members of a list that is handed over as one value."""

    inherit_cache = True


@compiles(_EachOf, "sqlite")
def _each_on_sqlite(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_EachOf, "postgresql")
def _each_on_postgresql(element: _EachOf, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_elements_text({compiler.process(element.clauses, **options)})"


def each_of(name: str) -> TableValuedAlias:
    """A table of the words in a list that a statement is given by that name; its only column is `value`.

    With it something can be asked for each of them, such as the newest few, in one statement.
    """
    words = _EachOf(bindparam(name, type_=Json))
    return words.table_valued(column("value", String), name=name)


class _FirstOf(FunctionElement[str]):
    """What a question answers, in its order."""

    inherit_cache = True


@compiles(_FirstOf, "sqlite")
def _first_on_sqlite(element: _FirstOf, compiler: SQLCompiler, **options: Any) -> str:
    options.pop("asfrom", None)
    asked = compiler.process(element.clauses, **options)
    return f"json_each((SELECT json_group_array(value) FROM {asked}))"  # noqa: S608  # Our own words.


@compiles(_FirstOf, "postgresql")
def _first_on_postgresql(element: _FirstOf, compiler: SQLCompiler, **options: Any) -> str:
    options.pop("asfrom", None)
    return f"LATERAL {compiler.process(element.clauses, **options)}"


def first_of(
    asked: Select[str], name: str, *each: type[SQLModel] | TableValuedAlias
) -> TableValuedAlias:
    """A table of the ids that a question with an order and a limit finds for each row of other tables.

    So the newest few of all are found among the newest few of each, however many there are. A LATERAL join, in
    words that both stores know.
    """
    [chosen] = asked.selected_columns
    labelled = asked.with_only_columns(chosen.label("value")).correlate(*each)
    return _FirstOf(labelled.scalar_subquery()).table_valued(column("value", String), name=name)
