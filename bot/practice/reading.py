"""The parameters of a bot's request, from its address, a form or JSON, as Telegram reads them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.practice.refusals import Refusal, bad_request

BROKEN = (ValueError, LookupError, RuntimeError, AssertionError, web.RequestPayloadError)
"""What a web server stumbles over in a body: letters, charsets, depth, boundaries and packing."""


async def json_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a body; raises Refusal."""
    try:
        body = await request.json()
    except web.HTTPException as error:
        raise Refusal(error.reason, error.status) from None
    except BROKEN:
        raise bad_request("can't parse request body as JSON") from None
    if not isinstance(body, dict):
        raise bad_request("object expected in the request body")
    return body


async def form(request: web.Request) -> Any:
    """The fields and files of a form, by name, perhaps several of one; raises Refusal."""
    try:
        return await request.post()
    except web.HTTPException as error:
        raise Refusal(error.reason, error.status) from None
    except BROKEN:
        raise bad_request("can't parse request body as a form") from None


class Given:
    """A request's parameters, and the files that came with them."""

    def __init__(self) -> None:
        self.named: dict[str, Any] = {}
        self.uploads: dict[str, Any] = {}

    async def read(self, request: web.Request) -> None:
        """Raises Refusal; what was read until then is kept."""
        self.named.update(request.query)
        if request.content_type == "application/json" and request.can_read_body:
            await self._read_json(request)
        elif request.can_read_body:
            await self._read_form(request)
        for name, value in list(self.named.items()):
            # An upload named by attach:// stands in the place where it is named.
            if isinstance(value, str) and value.startswith("attach://"):
                attached = value.removeprefix("attach://")
                if f"upload:{attached}" in self.uploads:
                    self.named[name] = self.uploads[f"upload:{attached}"]
                    for told in ("name", "type"):
                        self.uploads[f"{name}.{told}"] = self.uploads[f"{attached}.{told}"]
                    self.named.pop(attached, None)
        self._forget_album_uploads()

    async def _read_json(self, request: web.Request) -> None:
        self.named.update(await json_object(request))

    async def _read_form(self, request: web.Request) -> None:
        for name, value in (await form(request)).items():
            if isinstance(value, web.FileField):
                content = value.file.read()
                self.uploads[f"upload:{name}"] = content
                self.uploads[f"{name}.name"] = value.filename
                self.uploads[f"{name}.type"] = value.content_type
                self.named.setdefault(name, content)
            else:
                self.named[name] = value

    def _forget_album_uploads(self) -> None:
        """The files of an album are named inside `media`, and are no parameters of their own."""
        for upload in [name for name in self.uploads if name.startswith("upload:")]:
            name = upload.removeprefix("upload:")
            if f"attach://{name}" in str(self.named.get("media", "")):
                self.named.pop(name, None)
