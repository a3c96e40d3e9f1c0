"""Telegram brings updates to our door: it shows the secret, and hears 200 once they are kept.

The webhook's endpoint.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from bot.operating import metrics
from bot.operating.logs import kind_of
from bot.operating.pages import LARGEST_REQUEST

log = logging.getLogger(__name__)

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  # The header's name.
PATIENCE = 10.0
"""Seconds for the store to keep an update; then Telegram brings it again."""

Keep = Callable[[Sequence[Any]], Awaitable[None]]


class Door:
    """Closed until somebody keeps what comes: Telegram waits meanwhile."""

    def __init__(self, secret: str, *, patience: float = PATIENCE) -> None:
        self._secret = secret.encode()
        self._patience = patience
        self._keep: Keep | None = None

    def open(self, keep: Keep) -> None:
        """From now on `keep` is given what comes; what it has returned from is acknowledged."""
        self._keep = keep

    def close(self) -> None:
        """Nothing more is taken; what is being kept is finished."""
        self._keep = None

    async def answer(self, request: web.Request) -> web.Response:
        """Store before 200, 503 when the store fails, and without the secret not even a look at what came."""
        try:
            status = await self._status(request)
        except web.HTTPRequestEntityTooLarge:
            status = 413
            log.warning("an update of more than %d bytes was not taken", LARGEST_REQUEST)
        metrics.WEBHOOK_REQUESTS.labels(status=status).inc()
        return web.Response(status=status)

    async def _status(self, request: web.Request) -> int:
        shown = request.headers.get(SECRET)
        if shown is None:
            return 401
        if not hmac.compare_digest(shown.encode("utf-8", "surrogateescape"), self._secret):
            return 403
        update = _update(await request.read())
        if update is None:
            log.warning("something that is no update was not taken")
            return 400
        if self._keep is None:
            return 503
        try:
            async with asyncio.timeout(self._patience):
                await self._keep([update])
        except Exception as error:
            # Perhaps it was kept all the same; when it comes again, it is recognised by its number.
            log.warning("an update was not kept: %s", kind_of(error))
            return 503
        return 200


def _update(body: bytes) -> dict[str, Any] | None:
    """What was brought; None where it is no JSON object, as every update is."""
    try:
        update = json.loads(body)
        # What is nested too deeply to be written down again cannot be kept either.
        json.dumps(update)
    except (ValueError, RecursionError):
        return None
    return update if isinstance(update, dict) else None
