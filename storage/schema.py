"""The page that shows all tables, made from the models. Entity-relationship diagrams."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, DateTime, Table
from sqlmodel import SQLModel

import storage.everything  # noqa: F401  (every table must be known)
from storage.declarations import ABOUT_PROCESSES, APPEND_ONLY

PAGE = Path(__file__).parent / "SCHEMA.md"

AREAS = {
    "people": ("People", "who takes part, where they are reached, and what they may do"),
    "programme": ("Programme", "plans, units, sites and what can be given"),
    "help": ("Help", "deliveries, what sites say of them, and photos"),
    "messages": ("Messages", "what came, what is half said, and what is to be told"),
    "": ("Everywhere", "what belongs to all of these"),
}
"""By folder of `storage/`: how it is called, and what is in it."""
_HEAD = """# All tables

Written by `make schema` from the models, which say more of each column. `PK` is the primary key, of several columns
where several are marked; `FK` refers to another table, `UK` is unique, and `null` may be absent. A timestamp is in UTC.
"""


def page() -> str:
    """All of it, area by area."""
    parts = [_HEAD]
    for area, (title, what) in AREAS.items():
        models = [model for model in _models() if _area(model) == area]
        if models:
            parts += [f"## {title}: {what}\n", *map(_sentence, models), "", _diagram(models)]
    return "\n".join(parts)


def _models() -> list[type[SQLModel]]:
    found = [mapper.class_ for mapper in SQLModel._sa_registry.mappers]
    return sorted(found, key=lambda model: (model.__module__, str(model.__tablename__)))


def _area(model: type[SQLModel]) -> str:
    _storage, *folders, _module = model.__module__.split(".")
    return folders[0] if folders else ""


def _sentence(model: type[SQLModel]) -> str:
    name = str(model.__tablename__)
    first = " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())
    marks = [
        mark
        for mark, holds in (
            ("Rows are only added.", name in APPEND_ONLY),
            ("No backup holds it.", name in ABOUT_PROCESSES),
        )
        if holds
    ]
    return f"- `{name}`: {' '.join([first, *marks])}"


def _diagram(models: list[type[SQLModel]]) -> str:
    tables = [SQLModel.metadata.tables[str(model.__tablename__)] for model in models]
    lines = ["```mermaid", "erDiagram"]
    for table in tables:
        lines += [f"    {table.name} {{", *_columns(table), "    }"]
    lines += sorted({relation for table in tables for relation in _relations(table)})
    return "\n".join([*lines, "```\n"])


def _columns(table: Table) -> Iterator[str]:
    for column in table.columns:
        keys = ", ".join(_keys(column, table))
        absent = '"null"' if column.nullable else ""
        yield " ".join(filter(None, (f"        {_kind(column)}", column.name, keys, absent)))


def _kind(column: Column[object]) -> str:
    """The kind of value, the same for all databases."""
    plain = getattr(column.type, "impl_instance", column.type)
    kind = "timestamp" if isinstance(plain, DateTime) else type(plain).__name__
    return {"autostring": "text", "string": "text", "biginteger": "bigint"}.get(
        kind.lower(), kind.lower()
    )


def _keys(column: Column[object], table: Table) -> Iterator[str]:
    if column.primary_key:
        yield "PK"
    if column.foreign_keys:
        yield "FK"
    if column.unique and not column.primary_key:
        yield "UK"


def _relations(table: Table) -> Iterator[str]:
    """Of each reference, how many rows may stand on its sides, and the columns that make it."""
    for key in table.foreign_key_constraints:
        columns = list(key.columns)
        one = "|o" if any(column.nullable for column in columns) else "||"
        alone = {column.name for column in columns} == set(table.primary_key.columns.keys())
        many = "o|" if alone or (len(columns) == 1 and columns[0].unique) else "o{"
        names = ", ".join(column.name for column in columns)
        yield f'    {key.referred_table.name} {one}--{many} {table.name} : "{names}"'
