"""Other pages in the same browser reach this machine, too; only our own page, scripts and bots get an answer.

Against cross-site request forgery and DNS rebinding.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.practice import wire
from bot.practice.refusals import Refusal, forbidden

NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What this machine may be called; any other name was made to point here by somebody else."""
OF_FORMS = {"text/plain", "application/x-www-form-urlencoded"}
"""What any page may post to any address, without asking first."""
OWN = {"same-origin", "none"}
"""From our own page, or from what people typed into the address bar."""
SAFE = {"GET", "HEAD", "OPTIONS"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    for_bots = request.path.startswith(("/bot", "/file/"))
    try:
        _refuse_strangers(request)
        if not for_bots:
            _refuse_forms(request)
    except Refusal as refusal:
        if for_bots:
            return web.json_response(wire.refused(refusal).body, status=refusal.code)
        return web.json_response({"why": refusal.description}, status=refusal.code)
    return await handler(request)


def _refuse_strangers(request: web.Request) -> None:
    """Raises Refusal for what another page asks, or this page under another name."""
    port = request.get_extra_info("sockname")[1]
    here = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())
    if request.host.lower() not in here:
        raise forbidden(f"Practice: open it as http://{NAMES[0]}:{port}/")
    origin = request.headers.get("Origin")
    if origin is not None and origin.lower() != f"http://{request.host.lower()}":
        raise forbidden("Practice: another page may not do this")
    # A picture or a script of another page says nothing of its origin, but newer browsers say where they are asked.
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN and request.path != "/":
        raise forbidden("Practice: another page may not do this")


def _refuse_forms(request: web.Request) -> None:
    """Raises Refusal for bodies that a page may send without being asked about them."""
    if request.method not in SAFE and request.content_type in OF_FORMS:
        raise Refusal(
            "Unsupported Media Type: send application/json, or a multipart form with files", 415
        )
