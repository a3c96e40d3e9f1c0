"""What tables are made of and how they are asked: sessions, columns, and orders that each dialect says its own way."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CursorResult,
    DateTime,
    Result,
    Select,
    String,
    Table,
    TableValuedAlias,
    bindparam,
    column,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

Session = AsyncSession

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


def put_into(session: Session, table: Table, *changing: str) -> Any:
    """An INSERT, made once: where the row is there already these columns change, or nothing does. An upsert."""
    return _put_into(session.get_bind().dialect.name, table, changing)


@cache
def _put_into(dialect: str, table: Table, changing: tuple[str, ...]) -> Any:
    made: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    if not changing:
        return made.on_conflict_do_nothing()
    return made.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: made.excluded[name] for name in changing},
    )


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
