"""Text messages are fetched from the gateway and kept, and only then acknowledged."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

import aiohttp

from bot.listening import SHORTEST_PAUSE, Listening, NotAnswered, mapping, number_in
from bot.text.connection import connection, name_of
from storage.database import Database
from storage.inbox import Arrival

POLL = 50
"""Seconds that the gateway may wait for somebody to write; its own limit."""


class TextReceiving(Listening[aiohttp.ClientSession]):
    """What people wrote to one gateway."""

    def __init__(
        self,
        database: Database,
        gateway: str,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        poll: int = POLL,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        super().__init__(
            database,
            name_of(gateway),
            clock,
            heard=heard,
            poll=poll,
            shortest_pause=shortest_pause,
        )
        self._gateway = gateway

    def _connected(self) -> AbstractAsyncContextManager[aiohttp.ClientSession]:
        return connection(self._gateway, seconds=self._poll + 10)

    def _arrival(self, item: Any) -> Arrival:
        sender = mapping(item).get("from")
        known = sender if isinstance(sender, str) and sender else "?"
        return Arrival(number_in(item, "number"), known, json.dumps(item))

    async def _fetch(self, connection: aiohttp.ClientSession) -> list[Any]:
        asked = {"timeout": str(self._poll), "after": str(self._last or 0)}
        try:
            async with connection.get(f"{self._gateway}/text/messages", params=asked) as answer:
                if answer.status != 200:
                    raise NotAnswered(f"{answer.status} refused")
                messages = mapping(await answer.json()).get("messages")
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NotAnswered(type(error).__name__) from None
        if not isinstance(messages, list):
            raise NotAnswered("unreadable answer")
        return messages
