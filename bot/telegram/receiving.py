"""Updates are fetched from Telegram and kept, and only then acknowledged."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.listening import SHORTEST_PAUSE, Listening, NotAnswered, mapping, number_in
from bot.telegram.connection import connection
from bot.telegram.reading import KINDS
from bot.telegram.taps import Taps
from storage.database import Database
from storage.inbox import Arrival

POLL = 50
"""Seconds that Telegram may wait for something to happen; its own limit."""


class Receiving(Listening[HTTPXRequest]):
    """One bot's updates, by getUpdates."""

    def __init__(
        self,
        database: Database,
        token: str,
        api_url: str,
        proxy: str | None,
        clock: Callable[[], datetime],
        *,
        heard: Callable[[], None],
        taps: Taps | None = None,
        poll: int = POLL,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        super().__init__(
            database,
            f"telegram:{token.split(':')[0]}",
            clock,
            heard=heard,
            poll=poll,
            shortest_pause=shortest_pause,
        )
        self._url = f"{api_url}/bot{token}"
        self._api_url = api_url
        self._proxy = proxy
        self._taps = taps

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[HTTPXRequest]:
        request = connection(self._api_url, self._proxy, connections=2)
        try:
            yield request
        finally:
            await request.shutdown()

    def _arrival(self, item: Any) -> Arrival:
        return arrival(item)

    async def _begin(self, request: HTTPXRequest) -> None:
        await self._leave_webhook(request)

    def _begins_again(self) -> bool:
        return "409" in self.trouble

    def _kept(self, fresh: Sequence[Any]) -> None:
        if self._taps is not None:
            for query in _queries(fresh):
                self._taps.arrived(query)

    async def _fetch(self, request: HTTPXRequest) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": self._poll, "allowed_updates": list(KINDS)}
        if self._last is not None:
            parameters["offset"] = self._last + 1
        answer = await self._ask(request, "getUpdates", parameters, self._poll + 10)
        if not isinstance(answer, list):
            raise NotAnswered("unreadable answer")
        return answer

    async def _leave_webhook(self, request: HTTPXRequest) -> None:
        """Telegram gives nothing to a poll while a webhook is set; what waits there stays waiting."""
        known = await self._ask(request, "getWebhookInfo", {}, 10)
        if isinstance(known, dict) and known.get("url"):
            await self._ask(request, "deleteWebhook", {}, 10)

    async def _ask(
        self, request: HTTPXRequest, method: str, parameters: dict[str, Any], timeout: float
    ) -> Any:
        data = RequestData(
            [RequestParameter.from_input(name, value) for name, value in parameters.items()]
        )
        try:
            code, content = await request.do_request(
                f"{self._url}/{method}", "POST", data, read_timeout=timeout
            )
        except TelegramError as error:
            raise NotAnswered(type(error.__cause__ or error).__name__) from None
        try:
            body = json.loads(content)
        except ValueError:
            raise NotAnswered(f"{code} unreadable answer") from None
        if not isinstance(body, dict):
            raise NotAnswered(f"{code} unreadable answer")
        if code == 200 and body.get("ok") is True:
            return body.get("result")
        raise NotAnswered(_reason(code), _retry_after(body))


def arrival(item: Any) -> Arrival:
    """An update on its way into the inbox, whatever it looks like."""
    return Arrival(number_in(item, "update_id"), sender_of(item), json.dumps(item))


def sender_of(raw: Any) -> str:
    """Whose updates are answered one after the other: the person, else the chat, else `?`; never fails."""
    inner = _inner(raw)
    message = inner.get("message")
    for holder in (inner.get("from"), inner.get("chat"), mapping(message).get("chat")):
        number = mapping(holder).get("id")
        if isinstance(number, int) and not isinstance(number, bool):
            return str(number)
    return "?"


def _inner(raw: Any) -> dict[str, Any]:
    values = (value for key, value in mapping(raw).items() if key != "update_id")
    return next((value for value in values if isinstance(value, dict)), {})


def _queries(items: Iterable[Any]) -> list[str]:
    found = (mapping(mapping(item).get("callback_query")).get("id") for item in items)
    return [query for query in found if isinstance(query, str)]


def _retry_after(body: dict[str, Any]) -> float:
    seconds = mapping(body.get("parameters")).get("retry_after")
    return float(seconds) if isinstance(seconds, int | float) else 0


def _reason(code: int) -> str:
    match code:
        case 401 | 404:
            return f"{code} Telegram does not accept the token: please check BOT_TOKEN"
        case 409:
            return "409 somebody else receives for this bot: waiting"
    return f"{code} refused"
