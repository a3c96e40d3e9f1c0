"""What a store says of the way it goes for a statement, and what is wrong with ways that grow with what is done."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import driver
from storage.database import Database

GROWING = frozenset(
    {
        "address",
        "card",
        "confirmation",
        "delivery",
        "draft",
        "hand_over",
        "history",
        "inbox",
        "inbox_sender",
        "invitation",
        "join_request",
        "membership",
        "nudge",
        "outbox",
        "person",
        "photo",
        "photo_declaration",
        "report",
        "report_flag",
        "report_review",
        "report_version",
    }
)
"""Tables with a row for each thing that was ever done, or each person that ever came."""

FEW = frozenset(
    {
        "ix_inbox_sender_waits",
        "ix_inbox_set_aside",
        "ix_inbox_waiting",
        "ix_membership_office",
        "ix_outbox_unsent",
        "ix_photo_not_here",
        "uq_draft_live_person_id",
    }
)
"""Indexes of what waits, is wrong or is rare: whatever is over is not in them, so they may be walked."""

IN_ORDER = frozenset({"ix_delivery_planned"})
"""Indexes that are walked in the order in which a list shows what is in them, as far as the list goes; SQLite's plan
does not say how far, so `test_steps` counts it."""

SHARED = frozenset(
    {"channel", "kind", "role", "rowid", "id", "rule", "state", "sample", "urgency", "version"}
)
"""Columns by which alone, unless it is one row by its number, a search leads to a large part of a table."""

AT_MOST = 200
"""Rows that PostgreSQL may expect of one step where a table has thousands."""

_STEP = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?: USING.*?INDEX (?P<index>\w+))?.*?(?: \((?P<keys>.*)\))?(?: LEFT-JOIN)?$"
)
_SQLITE_KEY = re.compile(r"(?<!ANY\()\b(\w+)(=|>|<)\?")
_POSTGRESQL_KEY = re.compile(r"\(?\b(\w+)\)?(?:::\w+)? (= ANY|>=|<=|=|>|<) ")
_READS_OR_WRITES = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True)
class Statement:
    """What was asked of the store, and with what."""

    words: str
    values: Any

    def table_of(self, name: str) -> str:
        """The table behind a name in a plan, which may be its second name in the statement."""
        for table, alias in re.findall(r"\b(\w+) AS (\w+)", self.words):
            if alias == name and table in GROWING:
                return table
        return name


class Listener:
    """Everything that a store is asked while somebody listens, each wording once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.statements: dict[str, Statement] = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        engine = self._database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._hear)
        driver.listeners.append(self._hear_prepared)
        try:
            yield
        finally:
            event.remove(engine, "before_cursor_execute", self._hear)
            driver.listeners.remove(self._hear_prepared)

    def _hear_prepared(self, words: str, values: Any) -> None:
        self._hear(None, None, words, tuple(values), None, False)

    def _hear(
        self, _connection: Any, _cursor: Any, words: str, values: Any, _context: Any, _many: bool
    ) -> None:
        if words.lstrip().startswith(_READS_OR_WRITES):
            one = values[0] if isinstance(values, list) else values
            self.statements.setdefault(words, Statement(words, one))

    async def rows_read(self) -> int:
        """How many rows PostgreSQL looks at when it is asked all of it again, besides those of the sorts."""
        read = 0
        async with self._database.engine.connect() as connection:
            await _as_if_large(connection)
            for one in self.statements.values():
                asked = await connection.exec_driver_sql(
                    f"EXPLAIN (ANALYZE, FORMAT JSON) {one.words}", one.values
                )
                plan = asked.scalar_one()
                told = json.loads(plan) if isinstance(plan, str) else plan
                read += _looked_at(told[0]["Plan"])
        return read

    async def complaints(self) -> list[str]:
        """One for each way that grows with what is done: the statement, and the line of the plan."""
        found = []
        async with self._database.engine.connect() as connection:
            if not self._database.is_sqlite:
                await _as_if_large(connection)
            for one in self.statements.values():
                if self._database.is_sqlite:
                    asked = await connection.exec_driver_sql(
                        f"EXPLAIN QUERY PLAN {one.words}", one.values
                    )
                    steps = [str(row[3]) for row in asked]
                    bad = [step for step in steps if _grows_on_sqlite(one, step)]
                else:
                    asked = await connection.exec_driver_sql(
                        f"EXPLAIN (FORMAT JSON) {one.words}", one.values
                    )
                    plan = asked.scalar_one()
                    told = json.loads(plan) if isinstance(plan, str) else plan
                    bad = list(_grown_on_postgresql(told[0]["Plan"]))
                found += [f"{step}\n    in: {' '.join(one.words.split())}" for step in bad]
        return found


async def _as_if_large(connection: AsyncConnection) -> None:
    """For fifty people PostgreSQL would rather read a table of ours whole, which is small beside a real one."""
    for way in ("enable_hashjoin", "enable_mergejoin"):
        await connection.exec_driver_sql(f"SET {way} = off")


def _looked_at(node: dict[str, Any]) -> int:
    here = 0
    if "Scan" in str(node["Node Type"]):
        found = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        here = round(node["Actual Loops"] * found)
    return here + sum(_looked_at(below) for below in node.get("Plans", ()))


def _grows_on_sqlite(statement: Statement, step: str) -> bool:
    read = _STEP.match(step)
    if read is None or statement.table_of(_plain(read["table"])) not in GROWING:
        return False
    if read["index"] in FEW | IN_ORDER:
        return False
    keys = _SQLITE_KEY.findall(read["keys"] or "")
    return read["how"] == "SCAN" or not _limits(keys)


def _grown_on_postgresql(
    node: dict[str, Any], table: str = "", limited_to: int | None = None
) -> Iterator[str]:
    """Every step that reads too much, as one line; `limited_to` are the rows after which the step above ends it."""
    table = node.get("Relation Name", table)
    how, index = str(node["Node Type"]), str(node.get("Index Name", ""))
    keys = _POSTGRESQL_KEY.findall(node.get("Index Cond", ""))
    rows = node["Plan Rows"] if limited_to is None else min(node["Plan Rows"], limited_to)
    if index in IN_ORDER and rows <= AT_MOST:
        return
    if table in GROWING and index not in FEW:
        # It knows how many there are since a number, as SQLite does not.
        limited = _limits(keys) or any(name == "id" for name, _sign in keys)
        walks = how == "Seq Scan" or ("Index" in how and not limited)
        if walks or ("Scan" in how and node["Plan Rows"] > AT_MOST):
            told = node.get("Index Cond") or node.get("Filter", "")
            yield f"{how} on {table} {index} {told} ({node['Plan Rows']} rows)"
    for below in node.get("Plans", ()):
        yield from _grown_on_postgresql(
            below,
            table if how.startswith("Bitmap") else "",
            node["Plan Rows"] if how == "Limit" else None,
        )


def _limits(keys: Sequence[tuple[str, str]]) -> bool:
    """Whether a search by these leads to few rows: by something of one person or thing, or since a moment."""
    return any(
        (name not in SHARED and (sign.startswith("=") or (">" in sign and name.endswith("_at"))))
        or (name in {"id", "rowid"} and sign.startswith("="))
        for name, sign in keys
    )


def _plain(name: str) -> str:
    """A table that is read twice has a number behind its second name."""
    return re.sub(r"_\d+$", "", name)
