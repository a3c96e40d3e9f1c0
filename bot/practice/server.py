"""The practice Telegram as a server on loopback: the bot's side, the people's side and the page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.practice import checks, wire
from bot.practice.bot_api import BotApi
from bot.practice.clock import PracticeClock
from bot.practice.fault_injection import Meeting
from bot.practice.faults import Outage
from bot.practice.files import UPLOAD
from bot.practice.guard import guarded
from bot.practice.interface import Interface
from bot.practice.journal import Journal
from bot.practice.people import People
from bot.practice.reading import Given
from bot.practice.refusals import Refusal
from bot.practice.specification import BY_NAME, METHODS
from bot.practice.text_gateway import TextGateway
from bot.practice.text_interface import TextInterface
from bot.practice.webhooks import Webhooks
from bot.practice.wire import WayBack, WireAnswer
from bot.practice.world import PracticeWorld

TOKEN = re.compile(r"(\d{1,19}):[A-Za-z0-9_-]{30,60}")
LONGEST_REQUEST = UPLOAD + 1024 * 1024
"""Bytes: the largest file, and what is told with it."""


class Practice:
    """A Telegram of our own."""

    def __init__(self, clock: PracticeClock | None = None) -> None:
        self.clock = clock or PracticeClock()
        self.world = PracticeWorld(self.clock)
        self.people = People(self.world)
        self.journal = Journal()
        self.webhooks = Webhooks(self.world)
        self.api = BotApi(self.world, self.webhooks)
        self.text = TextGateway(self.world)

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Every request that was answered with a 4xx."""
        return self.journal.refusals()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=LONGEST_REQUEST, middlewares=[guarded])
        app.router.add_route("*", "/bot{token}/{method}", self._bot)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        Interface(self.world, self.people, self.journal).add_to(app)
        TextInterface(self.text, self.journal).add_to(app)
        app.on_shutdown.append(self._end_deliveries)
        return app

    async def _end_deliveries(self, _app: web.Application) -> None:
        await self.webhooks.close()

    def close(self) -> None:
        """Let whoever polls, listens or is held back go."""
        self.world.injection.end_all()
        for updates in self.world.updates.values():
            updates.end_poll("the practice Telegram closes")
        self.text.close()
        for queue in list(self.world.listeners):
            queue.put_nowait({"event": "closed", "chat_id": None})

    async def _bot(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        meeting = Meeting(self.world.injection, BY_NAME.get(name.lower(), name))
        given = Given()
        answer = WireAnswer()
        if meeting.strike(Outage) is None:
            answer = await self._answer(request, meeting, given)
        way_back = WayBack.of(meeting, answer)
        if meeting.method == "getUpdates" and answer.body is not None and way_back.loses_it:
            for updates in self.world.updates.values():
                updates.not_fetched(answer.body.get("result", []))
        self.journal.note(
            meeting.method,
            given.named,
            answer.code,
            answer.description,
            self.clock.now().isoformat(),
            meeting.struck,
        )
        return await way_back.send(request, answer)

    async def _answer(self, request: web.Request, meeting: Meeting, given: Given) -> WireAnswer:
        token = TOKEN.fullmatch(request.match_info["token"])
        try:
            await given.read(request)
            meeting.chats = self.world.chats_meant(given.named)
            lost = wire.lost_on_the_way(meeting)
            if lost is not None:
                return lost
            if token is None:
                raise Refusal("Unauthorized", 401)
            if meeting.method not in METHODS:
                raise Refusal("Not Found", 404)
            wire.hold_back(meeting)
            read = checks.parameters(meeting.method, given.named) | given.uploads
            return wire.success(await self.api.call(int(token.group(1)), meeting.method, read))
        except Refusal as refusal:
            return wire.refused(refusal)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        meeting = Meeting(self.world.injection, "")
        if meeting.strike(Outage) is not None:
            return wire.hang_up(request, rudely=True)
        stored = self.world.files.by_path(request.match_info["path"])
        if stored is None or TOKEN.fullmatch(request.match_info["token"]) is None:
            return web.json_response(wire.NOT_FOUND, status=404)
        meeting.chats = self.world.chats_meant({"file_id": stored.file_id})
        return await wire.download(request, meeting, stored)


@asynccontextmanager
async def running(practice: Practice, port: int = 0) -> AsyncIterator[str]:
    """The server, answering on loopback while the context lasts; its address without a slash."""
    runner = web.AppRunner(practice.app(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        practice.text.address = address
        yield address
    finally:
        practice.close()
        await runner.cleanup()
