"""A text gateway that fails on demand, over real HTTP: what the practice one is too kind to do."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Reaction = Callable[[web.Request], Awaitable[Any]]


class Lost:
    """The request is taken, and the answer lost on the way."""


class DifficultGateway:
    """Answers as told beforehand; a number is an HTTP status, `Lost` no answer at all."""

    def __init__(self) -> None:
        self.address = ""
        self.sent: list[str] = []
        self.polls: list[dict[str, str]] = []
        self.outage: Any = None
        """What every message gets while it lasts, a probe as well."""
        self.next: deque[Any] = deque()
        """What the coming messages to be sent get: a status, a status with seconds, or Lost."""
        self.given: deque[Any] = deque()
        """What the coming polls get: messages, a status, or a reaction that gives messages."""
        self._changed = asyncio.Condition()

    async def polled(self, times: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.polls) >= times)

    async def send(self, request: web.Request) -> web.StreamResponse:
        message = await request.json()
        usual = 200 if message.get("text") else 400
        if self.outage is not None:
            answer = self.outage
        else:
            answer = self.next.popleft() if self.next and usual == 200 else usual
        if answer not in (200, Lost):
            status, after = answer if isinstance(answer, tuple) else (answer, "")
            headers = {"Retry-After": after} if after else {}
            return web.json_response({"why": "told so"}, status=status, headers=headers)
        if usual == 200:
            self.sent.append(message["text"])
        if answer is Lost:
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"id": str(len(self.sent))})

    async def poll(self, request: web.Request) -> web.StreamResponse:
        async with self._changed:
            self.polls.append(dict(request.query))
            self._changed.notify_all()
        if not self.given:
            await asyncio.Event().wait()
        answer = self.given.popleft()
        if callable(answer):
            answer = await answer(request)
        if isinstance(answer, int):
            return web.json_response({"why": "told so"}, status=answer)
        if isinstance(answer, str):
            return web.Response(text=answer, content_type="application/json")
        return web.json_response({"messages": answer})

    async def picture(self, request: web.Request) -> web.StreamResponse:
        match request.match_info["name"]:
            case "large":
                return web.Response(body=b"\0" * (20 * 1024 * 1024 + 1))
            case "elsewhere":
                return web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"})
            case "later":
                return web.Response(status=503)
        return web.Response(status=404)


@asynccontextmanager
async def difficult_gateway() -> AsyncIterator[DifficultGateway]:
    gateway = DifficultGateway()
    app = web.Application()
    app.router.add_get("/text/messages", gateway.poll)
    app.router.add_post("/text/messages", gateway.send)
    app.router.add_get("/text/pictures/{name}", gateway.picture)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gateway.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gateway
    finally:
        await runner.cleanup()
