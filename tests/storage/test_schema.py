"""The page of all tables shows them as they are."""

from __future__ import annotations

import re

from sqlmodel import SQLModel

from storage import schema
from storage.declarations import APPEND_ONLY

ENTITY = r"    \w+ \{"
COLUMN = r'        [a-z]+ \w+( (PK|FK|UK)(, (PK|FK|UK))*)?( "null")?'
RELATION = r'    \w+ (\|\||\|o)--(o\{|o\|) \w+ : "[\w, ]+"'


def test_the_page_of_all_tables_is_true() -> None:
    told = schema.PAGE.read_text(encoding="utf-8")
    assert told == schema.page(), "make schema writes it anew"


def test_every_table_is_shown_once_with_what_it_is() -> None:
    page = schema.page()
    for name, table in SQLModel.metadata.tables.items():
        assert len(re.findall(rf"^    {name} \{{$", page, re.MULTILINE)) == 1, name
        [what] = re.findall(rf"^- `{name}`: (.+)$", page, re.MULTILINE)
        assert "." in what
        assert ("Rows are only added." in what) == (name in APPEND_ONLY)
        for column in table.columns:
            assert re.search(rf"^        [a-z]+ {column.name}\b", page, re.MULTILINE), column


def test_the_diagrams_are_of_the_kind_that_is_drawn() -> None:
    drawings = re.findall(r"```mermaid\nerDiagram\n(.+?)```", schema.page(), re.DOTALL)
    assert len(drawings) >= 4
    for line in "".join(drawings).splitlines():
        assert re.fullmatch(rf"{ENTITY}|{COLUMN}|    \}}|{RELATION}", line), line
