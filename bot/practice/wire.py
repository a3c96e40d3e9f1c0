"""The way between a bot and the practice Telegram, on which answers come late, broken or not at all."""

from __future__ import annotations

import json
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import web

from bot.practice.fault_injection import InjectedFault, Meeting
from bot.practice.faults import (
    Delay,
    DownloadFault,
    Error,
    FailingDownload,
    LostResponse,
    Outage,
    Reset,
    SlowDownload,
    TooBig,
    TooManyRequests,
)
from bot.practice.files import StoredFile
from bot.practice.refusals import Refusal, bad_request

PIECES = 20
"""How many a slow download is cut into."""
NOT_FOUND: dict[str, Any] = {"ok": False, "error_code": 404, "description": "Not Found"}


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """What Telegram answers; without a body an error of the servers before it, or, with 0, nothing."""

    code: int = 0
    description: str = ""
    body: dict[str, Any] | None = None


def success(result: Any) -> WireAnswer:
    return WireAnswer(200, "", {"ok": True, "result": result})


def refused(refusal: Refusal) -> WireAnswer:
    body: dict[str, Any] = {
        "ok": False,
        "error_code": refusal.code,
        "description": refusal.description,
    }
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return WireAnswer(refusal.code, refusal.description, body)


def lost_on_the_way(meeting: Meeting) -> WireAnswer | None:
    """What the bot gets when its request does not arrive."""
    if meeting.strike(Reset) is not None:
        return WireAnswer()
    error = meeting.strike(Error, lambda one: not one.carried_out)
    return None if error is None else WireAnswer(error.trouble.code)


def hold_back(meeting: Meeting) -> None:
    """Raises Refusal for what Telegram does not want at this moment, though it be well asked."""
    limit = meeting.strike(TooManyRequests)
    if limit is not None:
        seconds = meeting.seconds_left(limit)
        words = f"Too Many Requests: retry after {seconds}"
        raise Refusal(words, 429, retry_after=seconds)
    if meeting.method == "getFile" and meeting.strike(TooBig) is not None:
        raise bad_request("file is too big")


@dataclass(frozen=True, slots=True)
class WayBack:
    """What an answer meets on its way; decided before it leaves, so that it can be noted."""

    meeting: Meeting
    delay: InjectedFault[Delay] | None
    error: InjectedFault[Error] | None
    lost: InjectedFault[LostResponse] | None

    @classmethod
    def of(cls, meeting: Meeting, answer: WireAnswer) -> WayBack:
        if answer.body is None:
            return cls(meeting, None, None, None)
        return cls(
            meeting,
            meeting.strike(Delay),
            meeting.strike(Error, lambda one: one.carried_out),
            meeting.strike(LostResponse),
        )

    @property
    def loses_it(self) -> bool:
        """The answer does not arrive as it left."""
        return self.error is not None or self.lost is not None

    async def send(self, request: web.Request, answer: WireAnswer) -> web.StreamResponse:
        injection = self.meeting.injection
        if self.delay is not None:
            with injection.holding(self.delay):
                await injection.wait(self.delay, self.delay.trouble.seconds)
        if answer.code == 0 or injection.of(Outage) is not None:
            return hang_up(request, rudely=True)
        if self.error is not None:
            return _unreadable(self.error.trouble.code)
        if answer.body is None:
            return _unreadable(answer.code)
        if self.lost is None:
            return web.json_response(answer.body, status=answer.code)
        if not self.lost.trouble.truncated:
            return hang_up(request)
        return await _cut_short(request, json.dumps(answer.body).encode(), "application/json")


async def download(
    request: web.Request, meeting: Meeting, stored: StoredFile
) -> web.StreamResponse:
    """A file, whole and at once unless a trouble strikes it."""
    failing = meeting.strike(FailingDownload)
    content, length = stored.content, len(stored.content)
    match failing.trouble.way if failing else "":
        case DownloadFault.NOT_FOUND:
            return web.json_response(NOT_FOUND, status=404)
        case DownloadFault.CUT:
            return await _cut_short(request, content, stored.mime_type)
        case DownloadFault.WRONG_LENGTH:
            content = content[: length // 2]
        case DownloadFault.EMPTY:
            content = b""
    slow = meeting.strike(SlowDownload)
    if slow is None:
        return web.Response(body=content, content_type=stored.mime_type)
    return await _in_pieces(request, meeting, slow, content, stored.mime_type)


async def _in_pieces(
    request: web.Request,
    meeting: Meeting,
    slow: InjectedFault[SlowDownload],
    content: bytes,
    mime_type: str,
) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": mime_type})
    response.content_length = len(content)
    await response.prepare(request)
    size = max(1, -(-len(content) // PIECES))
    # A bot that did not wait so long is no mistake.
    with meeting.injection.holding(slow), suppress(ConnectionError):
        for start in range(0, len(content), size):
            await meeting.injection.wait(slow, slow.trouble.seconds / PIECES)
            if meeting.injection.of(Outage) is not None:
                return hang_up(request, rudely=True)
            await response.write(content[start : start + size])
    return response


def hang_up(request: web.Request, *, rudely: bool = False) -> web.Response:
    """End the connection; rudely is with a reset, as a machine does that knows nothing of it."""
    if request.transport is not None and not request.transport.is_closing():
        if rudely:
            line = request.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            request.transport.abort()
        else:
            request.transport.close()
    return web.Response()


async def _cut_short(request: web.Request, content: bytes, mime_type: str) -> web.StreamResponse:
    """Half of what was announced, and then no connection."""
    response = web.StreamResponse(headers={"Content-Type": mime_type})
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    hang_up(request)
    return response


def _unreadable(code: int) -> web.Response:
    words = f"{code} {HTTPStatus(code).phrase}"
    page = f"<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>"
    return web.Response(text=page, status=code, content_type="text/html")
