"""Whether all is well, told to whoever watches over the machine."""

from __future__ import annotations

import asyncio
import errno
import logging
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from aiohttp import web

from bot.logs import kind_of
from storage import inbox, outbox
from storage.database import Database

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""Answers why it is not well, or nothing when it is."""

PATIENCE = 3.0
"""Seconds that a check may take, so that the page answers while the database does not."""

WAITED_TOO_LONG = timedelta(seconds=60)
"""A person who waits this long for an answer thinks the bot is dead."""

UNCERTAIN_TOO_LONG = timedelta(minutes=5)
"""After this time nobody is deciding any more what became of a message."""

UNCERTAIN_MATTERS = timedelta(days=1)
"""Whoever waited for a message longer than this has asked again, and nobody can find out any more."""

ROOM = 64 * 1024 * 1024
"""Bytes that must be free, for the inbox to outlast a morning in which nobody looks."""


class Taken(Exception):
    """The port cannot be opened; the text is the system's reason."""


class NoSuchHost(Exception):
    """This machine has no such address; the text is the system's reason."""


class Health:
    """The checks, by name, and what they say together."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    async def reasons(self) -> list[str]:
        """Why all is not well; empty when it is."""
        found = await asyncio.gather(
            *(self._ask(name, check) for name, check in self._checks.items())
        )
        return [one for one in found if one]

    async def _ask(self, name: str, check: Check) -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                why = await check()
        except Exception as error:
            why = f"cannot be told ({kind_of(error)})"
        return f"{name}: {why}" if why else None

    async def page(self, _request: web.Request) -> web.Response:
        reasons = await self.reasons()
        return web.json_response(
            {"state": "red" if reasons else "green", "reasons": reasons},
            status=503 if reasons else 200,
            headers={"Cache-Control": "no-store"},
        )


def database_answers(database: Database) -> Check:
    async def check() -> str | None:
        try:
            await database.ping()
        except Exception as error:
            return f"does not answer ({kind_of(error)})"
        return None

    return check


def updates_arrive(
    last: Callable[[], datetime | None], poll: timedelta, clock: Callable[[], datetime]
) -> Check:
    """Red when the last successful poll, or the start, is more than two polls ago."""
    started = clock()

    async def check() -> str | None:
        silent = clock() - (last() or started)
        if silent > 2 * poll:
            return f"no successful poll for {silent.total_seconds():.0f} s"
        return None

    return check


def people_are_answered(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await inbox.oldest_waiting(session)
        if since is not None and clock() - since > WAITED_TOO_LONG:
            return f"somebody has waited for {(clock() - since).total_seconds():.0f} s"
        return None

    return check


def fates_are_known(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await outbox.oldest_uncertain(session, clock() - UNCERTAIN_MATTERS)
        if since is not None and clock() - since > UNCERTAIN_TOO_LONG:
            return f"a message is uncertain since {since:%Y-%m-%d %H:%M} UTC"
        return None

    return check


def room_is_left(folder: Path) -> Check:
    async def check() -> str | None:
        free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
        return None if free > ROOM else f"only {free // 1024 // 1024} MB are free"

    return check


@asynccontextmanager
async def serving(health: Health, host: str, port: int) -> AsyncIterator[int]:
    """Answers GET /healthz while open and gives the port; raises Taken or NoSuchHost."""
    app = web.Application()
    app.router.add_get("/healthz", health.page)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                raise NoSuchHost(error.strerror) from error
            raise Taken(error.strerror) from error
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
