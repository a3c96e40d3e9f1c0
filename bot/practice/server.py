"""The practice Telegram as a server on loopback: the bot's side, the people's side and the page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from bot.practice import checks
from bot.practice.bot_api import BotApi
from bot.practice.clock import PracticeClock
from bot.practice.interface import Interface
from bot.practice.journal import Journal
from bot.practice.people import People
from bot.practice.refusals import Refusal, bad_request
from bot.practice.specification import BY_NAME
from bot.practice.text_gateway import TextGateway
from bot.practice.text_interface import TextInterface
from bot.practice.world import World

TOKEN = re.compile(r"(\d{1,19}):[A-Za-z0-9_-]{30,60}")
UPLOAD = 50 * 1024 * 1024
"""Bytes in one request, as much as Telegram takes."""


class Practice:
    """A Telegram of our own, in memory."""

    def __init__(self, clock: PracticeClock | None = None) -> None:
        self.clock = clock or PracticeClock()
        self.world = World(self.clock)
        self.people = People(self.world)
        self.journal = Journal()
        self.api = BotApi(self.world)
        self.text = TextGateway(self.world)

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """Every request that was answered with a 4xx."""
        return self.journal.refusals()

    def app(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD)
        app.router.add_route("*", "/bot{token}/{method}", self._bot)
        app.router.add_get("/file/bot{token}/{path:.+}", self._file)
        Interface(self.world, self.people, self.journal).add_to(app)
        TextInterface(self.text, self.journal).add_to(app)
        return app

    def close(self) -> None:
        """Let whoever polls or listens go."""
        for updates in self.world.updates.values():
            updates.end_poll()
        self.text.close()
        for queue in list(self.world.listeners):
            queue.put_nowait({"event": "closed", "chat_id": None})

    async def _bot(self, request: web.Request) -> web.Response:
        token = TOKEN.fullmatch(request.match_info["token"])
        method = BY_NAME.get(request.match_info["method"].lower(), "")
        given = _Given()
        try:
            await _read(request, given)
            if token is None:
                raise Refusal("Unauthorized", 401)
            if not method:
                raise Refusal("Not Found", 404)
            read = checks.parameters(method, given.named)
            result = await self.api.call(int(token.group(1)), method, read | given.uploads)
        except Refusal as refusal:
            self._note(request, given.named, refusal.code, refusal.description)
            body: dict[str, Any] = {
                "ok": False,
                "error_code": refusal.code,
                "description": refusal.description,
            }
            if refusal.parameters:
                body["parameters"] = refusal.parameters
            return web.json_response(body, status=refusal.code)
        self._note(request, given.named, 200, "")
        return web.json_response({"ok": True, "result": result})

    def _note(
        self, request: web.Request, named: dict[str, Any], code: int, description: str
    ) -> None:
        method = request.match_info["method"]
        name = BY_NAME.get(method.lower(), method)
        self.journal.note(name, named, code, description, self.clock.now().isoformat())

    async def _file(self, request: web.Request) -> web.Response:
        stored = self.world.files.by_path(request.match_info["path"])
        if stored is None or TOKEN.fullmatch(request.match_info["token"]) is None:
            return web.json_response(
                {"ok": False, "error_code": 404, "description": "Not Found"}, status=404
            )
        return web.Response(body=stored.content, content_type=stored.mime_type)


class _Given:
    """A request's parameters, and the files that came with them."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}
        self.uploads: dict[str, Any] = {}


async def _read(request: web.Request, given: _Given) -> None:
    """Parameters from the address, a form or JSON, as Telegram reads them; raises Refusal."""
    given.named.update(request.query)
    if request.content_type == "application/json" and request.can_read_body:
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("can't parse request body as JSON") from None
        if not isinstance(body, dict):
            raise bad_request("object expected in the request body")
        given.named.update(body)
    elif request.can_read_body:
        form = await request.post()
        for name, value in form.items():
            if isinstance(value, web.FileField):
                content = value.file.read()
                given.uploads[f"upload:{name}"] = content
                given.uploads[f"{name}.name"] = value.filename
                given.named.setdefault(name, content)
            else:
                given.named[name] = value
    for name, value in list(given.named.items()):
        # An upload named by attach:// stands in the place where it is named.
        if isinstance(value, str) and value.startswith("attach://"):
            attached = f"upload:{value.removeprefix('attach://')}"
            if attached in given.uploads:
                given.named[name] = given.uploads[attached]
                given.named.pop(value.removeprefix("attach://"), None)
    _forget_album_uploads(given)


def _forget_album_uploads(given: _Given) -> None:
    """The files of an album are named inside `media`, and are no parameters of their own."""
    for upload in [name for name in given.uploads if name.startswith("upload:")]:
        name = upload.removeprefix("upload:")
        if f"attach://{name}" in str(given.named.get("media", "")):
            given.named.pop(name, None)


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
