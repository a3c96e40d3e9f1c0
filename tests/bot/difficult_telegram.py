"""A Telegram that says what it is told to, over real HTTP, request by request.

The practice Telegram misbehaves on command as well, and remembers what it did: whatever is about people and
what they are left with is tested there. Here is what it cannot do, since it keeps to a world of its own:
refusals that need a state which it does not have, a crowd of chats that nobody made, answers of any shape,
and a request that is held until the test has looked at the store in the meantime.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

TOKEN = "588:PRACTICE-0000000000000000000000000000000"
CHANNEL = "telegram:588"


@dataclass(frozen=True)
class Refusal:
    """A failure that Telegram itself reports."""

    code: int
    description: str
    parameters: dict[str, Any] = field(default_factory=dict)


class Lost:
    """The request is taken, and the answer lost on the way."""


class Reset:
    """The line breaks before anything is done."""


class Silent:
    """Nothing is done, and no answer comes, for as long as anybody may wait."""


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    parameters: dict[str, Any]


Reaction = Callable[[Request], Awaitable[Any]]


class DifficultTelegram:
    """Answers as told beforehand, method by method, and otherwise like a quiet Telegram."""

    def __init__(self) -> None:
        self.address = ""
        self.requests: list[Request] = []
        self.next: defaultdict[str, deque[Any]] = defaultdict(deque)
        """What the coming requests of a method get: a result, a Refusal, Lost, a page, or a Reaction."""
        self.outage: Any = None
        """What every request but getUpdates gets while it lasts; what was told beforehand comes first."""
        self.failing: tuple[str, ...] = ()
        """The methods that the outage meets; empty for all."""
        self.shown: list[tuple[int, str]] = []
        """What people see in their chats: the chat, and the words of each new message."""
        self.updates: asyncio.Queue[list[Any]] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self._last_message = 100

    def of(self, *methods: str) -> list[Request]:
        """What was asked of it, without the messages to nobody by which it is probed."""
        return [one for one in self.requests if one.method in methods and not _to_nobody(one)]

    def texts(self) -> list[str]:
        return [one.parameters["text"] for one in self.of("sendMessage")]

    async def asked(self, method: str, times: int = 1) -> list[Request]:
        """Wait until that many requests of a method have come."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.of(method)) >= times)
        return self.of(method)

    async def handle(self, asking: web.Request) -> web.StreamResponse:
        method = asking.match_info["method"]
        given = await asking.post()
        request = Request(method, {name: _plain(str(value)) for name, value in given.items()})
        async with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
        answer = await self._answer(request)
        if callable(answer) and not isinstance(answer, type):
            answer = await answer(request)
        if answer is Silent:
            await asyncio.Event().wait()
        if answer in (Lost, Reset):
            assert asking.transport is not None
            asking.transport.close()
            return web.Response()
        if isinstance(answer, web.StreamResponse):
            return answer
        if isinstance(answer, Refusal):
            body: dict[str, Any] = {"ok": False, "error_code": answer.code}
            body["description"] = answer.description
            if answer.parameters:
                body["parameters"] = answer.parameters
            return web.json_response(body, status=answer.code)
        return web.json_response({"ok": True, "result": answer})

    async def _answer(self, request: Request) -> Any:
        told = self.next[request.method]
        if told and not _to_nobody(request):
            return told.popleft()
        meets = request.method in self.failing if self.failing else request.method != "getUpdates"
        if self.outage is None or not meets:
            return await self._usual(request)
        if self.outage is Lost:
            await self._usual(request)
        return self.outage

    async def _usual(self, request: Request) -> Any:
        match request.method:
            case "getUpdates":
                return await self.updates.get()
            case "getWebhookInfo":
                return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
            case "getMe":
                return {"id": 588, "is_bot": True, "first_name": "Ấm Bản", "username": "AmBan"}
            case "sendMessage" if _to_nobody(request):
                return Refusal(400, "Bad Request: message text is empty")
            case "sendMessage":
                self._last_message += 1
                chat, text = request.parameters["chat_id"], str(request.parameters["text"])
                self.shown.append((int(chat), text))
                return self.message(self._last_message, int(request.parameters["chat_id"]))
            case "editMessageText":
                number = int(request.parameters["message_id"])
                return self.message(number, int(request.parameters["chat_id"]))
        return True

    def message(self, number: int, chat: int) -> dict[str, Any]:
        return {"message_id": number, "date": 1, "chat": {"id": chat, "type": "private"}}


def _to_nobody(request: Request) -> bool:
    return request.method == "sendMessage" and request.parameters["chat_id"] == 0


def _plain(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


@asynccontextmanager
async def difficult_telegram() -> AsyncIterator[DifficultTelegram]:
    telegram = DifficultTelegram()
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", telegram.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    telegram.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield telegram
    finally:
        await runner.cleanup()
