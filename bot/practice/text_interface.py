"""The text gateway over HTTP: for bots, as such gateways are, and for the page and scripts that act as people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.practice.journal import Journal
from bot.practice.reading import form, json_object
from bot.practice.refusals import Refusal, bad_request
from bot.practice.routes import MISTAKES, Handler, caught
from bot.practice.text_gateway import TextGateway

Given = dict[str, Any]
NEVER_RUN = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
"""Whatever people leave here is never run as a page of ours."""


class TextInterface:
    """Routes below /text and /practice/text, described in this folder's README."""

    def __init__(self, gateway: TextGateway, journal: Journal) -> None:
        self.gateway = gateway
        self.journal = journal

    def add_to(self, app: web.Application) -> None:
        get, post = app.router.add_get, app.router.add_post
        get("/text/messages", self._for_bots(self.fetch))
        post("/text/messages", self._for_bots(self.send))
        post("/text/pictures", self._for_bots(self.upload))
        get("/text/pictures/{name}", self.picture)
        post("/text/documents", self._for_bots(self.upload_document))
        get("/text/documents/{place}", self.document)
        get("/practice/text/phones", self._for_people(self.phones))
        post("/practice/text/phones", self._for_people(self.add))
        get("/practice/text/phones/{number}/messages", self._for_people(self.messages))
        post("/practice/text/phones/{number}/say", self._for_people(self.say))
        post("/practice/text/phones/{number}/pictures", self._for_people(self.pictures))
        post("/practice/text/phones/{number}/documents", self._for_people(self.documents))

    def _for_people(self, answer: Callable[[web.Request], Awaitable[Any]]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            return web.json_response(await answer(request))

        return caught(handle)

    def _for_bots(self, answer: Callable[[web.Request, Given], Awaitable[Any]]) -> Handler:
        """What bots ask is noted beside what they ask of the practice Telegram."""

        async def handle(request: web.Request) -> web.Response:
            given: Given = dict(request.query)
            refusal = Refusal("", 200)
            try:
                told = await answer(request, given)
            except Refusal as refused:
                refusal, told = refused, {"why": refused.description}
            except MISTAKES as error:
                refusal = bad_request(type(error).__name__)
                told = {"why": refusal.description}
            method = f"{request.method} {request.path}"
            at = self.gateway.world.clock.now().isoformat()
            self.journal.note(method, given, refusal.code, refusal.description, at, troubles=[])
            return web.json_response(told, status=refusal.code)

        return handle

    async def fetch(self, _request: web.Request, given: Given) -> Given:
        after, seconds = int(given.get("after", 0)), float(given.get("timeout", 0))
        return {"messages": await self.gateway.fetch(after, seconds)}

    async def send(self, request: web.Request, given: Given) -> Given:
        given.update(await json_object(request))
        sent = self.gateway.send(_words(given, "to"), _words(given, "text"))
        return {"id": str(sent["number"])}

    async def upload(self, request: web.Request, given: Given) -> Given:
        content = await request.read()
        given["picture"] = content
        return {"link": self.gateway.keep_picture(content, request.content_type)}

    async def picture(self, request: web.Request) -> web.Response:
        known = self.gateway.pictures.get(request.match_info["name"])
        if known is None:
            return web.json_response({"why": "Not Found"}, status=404)
        return web.Response(body=known[0], content_type=known[1], headers=NEVER_RUN)

    async def upload_document(self, request: web.Request, given: Given) -> Given:
        content = await request.read()
        given["document"] = content
        name = _words(given, "name")
        left = self.gateway.keep_document(content, name, request.content_type)
        return {"link": left["link"]}

    async def document(self, request: web.Request) -> web.Response:
        known = self.gateway.documents.get(request.match_info["place"])
        if known is None:
            return web.json_response({"why": "Not Found"}, status=404)
        saved = f"attachment; filename*=UTF-8''{quote(known.name, safe='')}"
        headers = {**NEVER_RUN, "Content-Disposition": saved, "Content-Type": known.kind}
        return web.Response(body=known.content, headers=headers)

    async def phones(self, _request: web.Request) -> list[Given]:
        return [phone.shown() for phone in self.gateway.phones.values()]

    async def add(self, request: web.Request) -> Given:
        given = await json_object(request)
        number = _words(given, "number")
        return self.gateway.add(number, str(given.get("label") or number)).shown()

    async def messages(self, request: web.Request) -> list[Given]:
        after = int(request.query.get("after", 0))
        phone = self.gateway.phone(request.match_info["number"])
        return [one for one in phone.messages if one["number"] > after]

    async def say(self, request: web.Request) -> Given:
        given = await json_object(request)
        return self.gateway.say(request.match_info["number"], _words(given, "text"))

    async def pictures(self, request: web.Request) -> list[Given]:
        """Each picture is a message of its own; the words go with the first."""
        given = await form(request)
        number, text = request.match_info["number"], str(given.get("text", ""))
        links = [
            self.gateway.keep_picture(field.file.read(), field.content_type)
            for field in given.getall("picture", [])
            if isinstance(field, web.FileField)
        ]
        if not links:
            raise bad_request("a picture is needed")
        return [
            self.gateway.say(number, text if place == 0 else "", link)
            for place, link in enumerate(links)
        ]

    async def documents(self, request: web.Request) -> list[Given]:
        """Each document is a message of its own; the words go with the first."""
        given = await form(request)
        number, text = request.match_info["number"], str(given.get("text", ""))
        left = [
            self.gateway.keep_document(field.file.read(), field.filename, field.content_type)
            for field in given.getall("document", [])
            if isinstance(field, web.FileField)
        ]
        if not left:
            raise bad_request("a document is needed")
        return [
            self.gateway.say(number, text if place == 0 else "", document=one)
            for place, one in enumerate(left)
        ]


def _words(given: Given, name: str) -> str:
    if not isinstance(given.get(name), str):
        raise bad_request(f"{name} is needed")
    return str(given[name])
