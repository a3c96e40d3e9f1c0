"""What this process answers over HTTP: how it is, what it counted, and where Telegram brings updates."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

LARGEST_REQUEST = 1024 * 1024
"""Bytes; more than any update has."""


class Taken(Exception):
    """The port cannot be opened; the text is the system's reason."""


class NoSuchHost(Exception):
    """This machine has no such address; the text is the system's reason."""


@asynccontextmanager
async def serving(pages: Sequence[web.RouteDef], host: str, port: int) -> AsyncIterator[int]:
    """Answers while open and gives the port; raises Taken or NoSuchHost."""
    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.add_routes(pages)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
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
