"""How much work a SQLite store does, counted in steps of its machine: the same at every run, whatever the hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from storage.database import Database

STRIDE = 10
"""Steps between two counts: counting each would take longer than doing it."""


class Steps:
    """Steps that a store has done while they were counted."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine.sync_engine
        self.count = 0

    @contextmanager
    def counting(self) -> Iterator[None]:
        event.listen(self._engine, "checkout", self._begin)
        event.listen(self._engine, "checkin", self._end)
        try:
            yield
        finally:
            event.remove(self._engine, "checkout", self._begin)
            event.remove(self._engine, "checkin", self._end)

    def _begin(self, connection: Any, _record: Any, _proxy: Any) -> None:
        connection.run_async(lambda driver: driver.set_progress_handler(self._passed, STRIDE))

    def _end(self, connection: Any, _record: Any) -> None:
        if connection is not None:
            connection.run_async(lambda driver: driver.set_progress_handler(None, 0))

    def _passed(self) -> int:
        self.count += STRIDE
        return 0
