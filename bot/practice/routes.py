"""How the people's side is answered: JSON in and out, and a mistake is told as words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.practice.reading import json_object
from bot.practice.refusals import Refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
MISTAKES = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError)
"""What comes of parameters that are missing, or are something else than they should be."""


def plain(answer: Callable[[web.Request], Any]) -> Handler:
    """A route that is told by the address alone."""

    async def handle(request: web.Request) -> web.Response:
        return web.json_response(answer(request))

    return caught(handle)


def told(answer: Callable[[int, dict[str, Any]], Any]) -> Handler:
    """A route that is told a JSON object, and perhaps an id in the address."""

    async def handle(request: web.Request) -> web.Response:
        given = await json_object(request) if request.can_read_body else {}
        return web.json_response(answer(int(request.match_info.get("id", 0)), given))

    return caught(handle)


def caught(handle: Handler) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handle(request)
        except Refusal as refusal:
            return web.json_response({"why": refusal.description}, status=refusal.code)
        except MISTAKES as error:
            return web.json_response({"why": f"{type(error).__name__}: {error}"}, status=400)

    return answer
