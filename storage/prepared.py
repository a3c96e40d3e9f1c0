"""Statements that every message needs: put into the store's words once, asked without a detour. Prepared statements.

What SQLAlchemy does for a statement (looking it up, handing its values over, crossing to the driver, making rows) costs
many times what the embedded store does for it. So there a prepared statement goes straight to the driver's connection,
inside the transaction of its session. On PostgreSQL, where each crosses to another process, it goes the usual way.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, JSON, BinaryExpression, ColumnElement, Dialect, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import Boolean, String, TypeDecorator, TypeEngine

from storage.access import Session, changed
from storage.driver import Connection

__all__ = ["Prepared", "Records", "among", "put_into"]

SQLITE = "sqlite"

Values = Mapping[str, Any]
Processor = Callable[[Any], Any]


class Prepared:
    """One statement, whose values are handed over by the names of its parameters."""

    def __init__(self, statement: Any, **others: Any) -> None:
        """`others` are the words of a kind of store that says it in another way, by the name of its dialect."""
        self._statement = statement
        self._others = others
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def __call__(self, session: Session) -> Any:
        """The statement for the usual way."""
        return self._in_words_of(session.get_bind().dialect)

    async def rows(self, session: Session, **values: Any) -> Sequence[Any]:
        """All rows, each with its columns by name."""
        near = await _connection_of(session)
        if near is None:
            return (await session.execute(self(session), values)).all()
        return self._ready(session, values).rows(near, values)

    async def row(self, session: Session, **values: Any) -> Any:
        """The first row; None where there is none."""
        found = await self.rows(session, **values)
        return found[0] if found else None

    async def column(self, session: Session, **values: Any) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in await self.rows(session, **values)]

    async def change(self, session: Session, **values: Any) -> int:
        """How many rows it changed: whoever changed none came too late.

        Zero is a conflict, as in optimistic locking.
        """
        near = await _connection_of(session)
        if near is None:
            return changed(await session.execute(self(session), values))
        return self._ready(session, values).change(near, values)

    async def change_each(self, session: Session, many: Sequence[Values]) -> None:
        """Once for each of these, which all name the same parameters."""
        if not many:
            return
        near = await _connection_of(session)
        if near is None:
            await session.execute(self(session), many)
        else:
            self._ready(session, many[0]).change_each(near, many)

    def _in_words_of(self, dialect: Dialect) -> Any:
        return self._others.get(dialect.name, self._statement)

    def _ready(self, session: Session, values: Values) -> _Compiled:
        names = tuple(values)
        known = self._compiled.get(names)
        if known is None:
            dialect = session.get_bind().dialect
            known = self._compiled[names] = _Compiled(self._in_words_of(dialect), dialect, names)
        return known


class Records:
    """A SELECT of whole tables. Each row is one record for each table, or None where an outer join found nothing.

    A record has the columns of its table by name and is only read: it does not change with the store, nor the store
    with it, and no two questions share one. Plain rows in place of entities.
    """

    def __init__(self, statement: Any, *, once: bool = False) -> None:
        """`once`: it is made anew for each question, so it is not worth making ready."""
        tables = [one["entity"].__table__ for one in statement.column_descriptions]
        columns = [column for table in tables for column in table.c]
        self._asked = Prepared(statement.with_only_columns(*columns))
        self._once = once
        self._parts = list(_parts_of(tables))

    async def all(self, session: Session, **values: Any) -> list[Any]:
        """One record a row, or a tuple of them where several tables are asked for."""
        if self._once:
            rows: Sequence[Any] = (await session.execute(self._asked(session), values)).all()
        else:
            rows = await self._asked.rows(session, **values)
        if len(self._parts) == 1:
            [(_columns, _key, make)] = self._parts
            return [make(row) for row in rows]
        return [
            tuple(
                None if row[key] is None else make(row[columns])
                for columns, key, make in self._parts
            )
            for row in rows
        ]


def _parts_of(tables: Sequence[Table]) -> Iterator[tuple[slice, int, Callable[[Any], Any]]]:
    """For each table: its columns in a row, one that is never empty, and how its record is made."""
    start = 0
    for table in tables:
        names = tuple(column.key for column in table.c)
        key = start + names.index(next(iter(table.primary_key)).key)
        yield slice(start, start + len(names)), key, _row_of(names)
        start += len(names)


class _Compiled:
    """A statement in SQLite's words, and how its values go in and its rows come out."""

    def __init__(self, statement: Any, dialect: Dialect, names: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=names)
        self._words: str = compiled.string
        if "POSTCOMPILE" in self._words:
            raise InvalidRequestError(f"a list is handed over with among, not as in {self._words}")
        self._into: list[tuple[str, Processor | None, bool, Any]] = []
        for name in compiled.positiontup or ():
            bind = compiled.binds[name]
            impl: TypeEngine[Any] = bind.type.dialect_impl(dialect)
            into = impl.bind_processor(dialect)
            self._into.append((name, into, bind.required, compiled.params[name]))
        columns = list(getattr(statement, "exported_columns", ()))
        self._out = [
            (place, processor)
            for place, column in enumerate(columns)
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]
        self._row: Callable[[Any], Any] = _row_of(tuple(column.key for column in columns))

    def rows(self, near: Connection, values: Values) -> list[Any]:
        found = near.asked(self._words, self._given(values)).fetchall()
        if not self._out:
            return [self._row(row) for row in found]
        rows = []
        for row in found:
            changing = list(row)
            for place, processor in self._out:
                changing[place] = processor(changing[place])
            rows.append(self._row(changing))
        return rows

    def change(self, near: Connection, values: Values) -> int:
        return near.asked(self._words, self._given(values)).rowcount

    def change_each(self, near: Connection, many: Sequence[Values]) -> None:
        near.asked_each(self._words, [self._given(values) for values in many])

    def _given(self, values: Values) -> list[Any]:
        given = []
        for name, processor, required, usual in self._into:
            value = values[name] if required else values.get(name, usual)
            given.append(value if processor is None else processor(value))
        return given


@cache
def _row_of(keys: tuple[str, ...]) -> Callable[[Any], Any]:
    make: Any = namedtuple  # Its fields are known when it runs.
    # What is counted has no name.
    row: Callable[[Any], Any] = make("Row", map(str, keys), rename=True)._make
    return row


async def _connection_of(session: Session) -> Connection | None:
    """The driver's own connection that the session's transaction is on; None where the store is another process."""
    if session.near is None and session.get_bind().dialect.name == SQLITE:
        connection = (await session.connection()).sync_connection
        session.near = connection.connection.driver_connection if connection else None
    return session.near


class Many(TypeDecorator[list[Any]]):
    """A list that is handed over as one value."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: type[TypeEngine[Any]] = String) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == SQLITE else ARRAY(self.of()))


class _Among(BinaryExpression[bool]):
    """A column on the left, and on the right the list."""

    inherit_cache = True


@compiles(_Among, "sqlite")
def _among_on_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    one, many = _sides(element, compiler, options)
    return f"{one} IN (SELECT value FROM json_each({many}))"  # noqa: S608  # Our own words.


@compiles(_Among, "postgresql")
def _among_on_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    one, many = _sides(element, compiler, options)
    return f"{one} = ANY({many})"


def _sides(element: _Among, compiler: SQLCompiler, options: Mapping[str, Any]) -> tuple[str, str]:
    return compiler.process(element.left, **options), compiler.process(element.right, **options)


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether the column is one of a list that a statement is given by that name, in the same words for each list."""
    many = bindparam(name, type_=Many(type(column.type)))
    return _Among(column, many, operators.in_op, type_=Boolean())


@cache
def put_into(table: Table, *changing: str) -> Prepared:
    """An INSERT: where the row is there already these columns change, or nothing does. An upsert."""
    made = {}
    for dialect, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert)):
        statement: Any = insert(table)
        made[dialect] = (
            statement.on_conflict_do_update(
                index_elements=list(table.primary_key.columns),
                set_={name: statement.excluded[name] for name in changing},
            )
            if changing
            else statement.on_conflict_do_nothing()
        )
    return Prepared(made["sqlite"], **made)
