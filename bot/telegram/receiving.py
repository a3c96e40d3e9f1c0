"""Updates are fetched from Telegram and kept, and only then acknowledged."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from telegram.error import TelegramError
from telegram.request import HTTPXRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.telegram.connection import connection
from bot.telegram.reading import KINDS
from bot.telegram.taps import Taps
from storage import inbox
from storage.database import Database
from storage.inbox import Arrival

log = logging.getLogger(__name__)

POLL = 50
"""Seconds that Telegram may wait for something to happen; its own limit."""
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
LARGEST_ID = 2**63 - 1


class NotAnswered(Exception):
    """Telegram gave no updates; `retry_after` in seconds where it said so itself."""

    def __init__(self, why: str, retry_after: float = 0) -> None:
        super().__init__(why)
        self.why = why
        self.retry_after = retry_after


class Receiving:
    """One long poll after another; nothing is understood here, so nothing can go wrong with it."""

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
        self._database = database
        self._url = f"{api_url}/bot{token}"
        self._channel = f"telegram:{token.split(':')[0]}"
        self._api_url = api_url
        self._proxy = proxy
        self._clock = clock
        self._heard = heard
        self._taps = taps
        self._poll = poll
        self._shortest_pause = shortest_pause
        self._keeping = asyncio.Lock()
        self._offset: int | None = None
        self._without_id: set[str] = set()
        self.last_success: datetime | None = None
        """When Telegram last gave an answer that is now kept."""
        self.trouble = ""
        """Why nothing is received at present; empty while all is well."""

    @property
    def poll(self) -> int:
        return self._poll

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; a poll that is under way then is given up, and Telegram keeps its updates."""
        request = connection(self._api_url, self._proxy, connections=2)
        ending = asyncio.create_task(stop.wait())
        working = asyncio.create_task(self._receive(request))
        try:
            await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            # What has come is still kept, so that it need not come again.
            async with self._keeping:
                ending.cancel()
                working.cancel()
            await asyncio.gather(ending, working, return_exceptions=True)
            await request.shutdown()

    async def _receive(self, request: HTTPXRequest) -> None:
        pause = self._shortest_pause
        polling = False
        while True:
            try:
                if not polling:
                    await self._leave_webhook(request)
                    polling = True
                await self._once(request)
                pause = self._shortest_pause
                self._well()
                continue
            except NotAnswered as silence:
                self._troubled(silence.why)
                wait = max(pause, silence.retry_after)
            except Exception as error:
                # The store is down, or what came has no shape; nothing was acknowledged, so nothing is lost.
                self._troubled(f"not kept: {type(error).__name__}")
                wait = pause
            polling = polling and "409" not in self.trouble
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _once(self, request: HTTPXRequest) -> None:
        """One poll: fetch, keep, and only then move the offset that acknowledges with the next one."""
        items = await self._fetch(request)
        now = self._clock()
        fresh = [item for item in items if json.dumps(item) not in self._without_id]
        if fresh:
            async with self._keeping, self._database.writing() as session:
                await inbox.store(session, self._channel, [arrival(item) for item in fresh], now)
        self.last_success = now
        if not items:
            return
        self._acknowledge(items)
        self._heard()
        if self._taps is not None:
            for query in _queries(fresh):
                self._taps.arrived(query)
        if not fresh:
            raise NotAnswered("only updates without a number, which cannot be acknowledged")

    def _acknowledge(self, items: Sequence[Any]) -> None:
        numbers = [number for item in items if (number := _number(item)) is not None]
        if numbers:
            # The highest of this batch, not of all time: after a quiet week Telegram starts at a random number.
            self._offset = max(numbers) + 1
            self._without_id.clear()
        else:
            self._without_id.update(json.dumps(item) for item in items)

    async def _fetch(self, request: HTTPXRequest) -> list[Any]:
        parameters: dict[str, Any] = {"timeout": self._poll, "allowed_updates": list(KINDS)}
        if self._offset is not None:
            parameters["offset"] = self._offset
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

    def _troubled(self, why: str) -> None:
        if why != self.trouble:
            log.warning("receiving is interrupted: %s", why)
        self.trouble = why

    def _well(self) -> None:
        if self.trouble:
            log.info("receiving goes on")
        self.trouble = ""


def arrival(item: Any) -> Arrival:
    """An update on its way into the inbox, whatever it looks like."""
    return Arrival(_number(item), sender_of(item), json.dumps(item))


def sender_of(raw: Any) -> str:
    """Whose updates are answered one after the other: the person, else the chat, else `?`; never fails."""
    inner = _inner(raw)
    message = inner.get("message")
    for holder in (inner.get("from"), inner.get("chat"), _mapping(message).get("chat")):
        number = _mapping(holder).get("id")
        if isinstance(number, int) and not isinstance(number, bool):
            return str(number)
    return "?"


def _inner(raw: Any) -> dict[str, Any]:
    values = (value for key, value in _mapping(raw).items() if key != "update_id")
    return next((value for value in values if isinstance(value, dict)), {})


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(item: Any) -> int | None:
    number = _mapping(item).get("update_id")
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= LARGEST_ID:
        return number
    return None


def _queries(items: Iterable[Any]) -> list[str]:
    found = (_mapping(_mapping(item).get("callback_query")).get("id") for item in items)
    return [query for query in found if isinstance(query, str)]


def _retry_after(body: dict[str, Any]) -> float:
    seconds = _mapping(body.get("parameters")).get("retry_after")
    return float(seconds) if isinstance(seconds, int | float) else 0


def _reason(code: int) -> str:
    match code:
        case 401 | 404:
            return f"{code} Telegram does not accept the token: please check BOT_TOKEN"
        case 409:
            return "409 somebody else receives for this bot: waiting"
    return f"{code} refused"
