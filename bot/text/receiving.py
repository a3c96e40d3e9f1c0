"""Text messages are fetched from the gateway and kept, and only then acknowledged. Long polling."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import aiohttp

from bot.operating.reasons import HealthReason
from bot.receiving.ingest import Ingest, mapping, number_in
from bot.receiving.leader_election import LeaderElection
from bot.receiving.long_polling import SHORTEST_PAUSE, LongPolling, NotAnswered
from bot.text.connection import connection, name_of
from locales.folding import storable
from storage.database import Database
from storage.messages.inbox import Arrival

POLL = 50
"""Seconds that the gateway may wait for somebody to write; its own limit."""


class TextReceiving(LongPolling[aiohttp.ClientSession]):
    """What people wrote to one gateway."""

    silent_reason = HealthReason.TEXTS_SILENT

    def __init__(
        self,
        database: Database,
        gateway: str,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        election: LeaderElection | None = None,
        poll: int = POLL,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        arriving = Ingest(database, name_of(gateway), arrival, clock, heard=heard)
        super().__init__(
            arriving, clock, poll=poll, election=election, shortest_pause=shortest_pause
        )
        self._gateway = gateway

    def _connected(self) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
        return connection(self._gateway, seconds=self._poll + 10)

    async def _fetch(self, connection: aiohttp.ClientSession) -> list[Any]:
        asked = {"timeout": str(self._poll), "after": str(self._last or 0)}
        try:
            async with connection.get(f"{self._gateway}/text/messages", params=asked) as answer:
                code = answer.status
                if code != 200:
                    raise NotAnswered(HealthReason.TEXTS_REFUSED.format(code=code), code=code)
                messages = mapping(await answer.json()).get("messages")
        except ValueError:
            messages = None
        except (aiohttp.ClientError, TimeoutError) as error:
            kind = type(error).__name__
            raise NotAnswered(HealthReason.TEXTS_NOT_REACHED.format(kind=kind)) from None
        if not isinstance(messages, list):
            raise NotAnswered(HealthReason.TEXTS_UNREADABLE)
        return messages


def arrival(item: Any) -> Arrival:
    """A text on its way into the inbox, whatever it looks like."""
    sender = mapping(item).get("from")
    known = storable(sender) if isinstance(sender, str) else ""
    return Arrival(number_in(item, "number"), known or "?", json.dumps(item))
