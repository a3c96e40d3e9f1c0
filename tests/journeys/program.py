"""The program as `make run` starts it without a token: with the practice Telegram inside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.processes import free_port, machine, start


@asynccontextmanager
async def practising(folder: Path, **more: str) -> AsyncIterator[str]:
    """The address of its page, once it is open; ended as a machine ends it."""
    address = f"http://127.0.0.1:{free_port()}"
    settings = {
        **machine(),
        "DATABASE_URL": f"sqlite:///{folder / 'store.db'}",
        "PHOTOS_URL": str(folder / "photos"),
        "PRACTICE_PORT": address.rpartition(":")[2],
        "HTTP_PORT": str(free_port()),
        **more,
    }
    process = await start("run", env=settings)
    try:
        async with asyncio.timeout(60):
            while address.encode() not in (line := await process.stdout.readline()):
                assert line, "the program ended before its page was open"
        yield address
    finally:
        process.terminate()
        assert await process.wait() == 0


class Hands:
    """Acts on the phones of a running program over HTTP, and waits for what the bot says."""

    def __init__(self, address: str, web: aiohttp.ClientSession) -> None:
        self.address, self.web = address, web

    async def ask(self, path: str) -> Any:
        async with self.web.get(f"{self.address}/practice/{path}") as answer:
            return await answer.json()

    async def act(self, path: str, **given: Any) -> Any:
        async with self.web.post(f"{self.address}/practice/{path}", json=given) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def answer_to(self, person: int, words: str, deed: str, **given: Any) -> dict[str, Any]:
        """The message with these words that the bot shows after somebody did something; fails when it shows none."""
        async with (
            asyncio.timeout(20),
            self.web.get(f"{self.address}/practice/events?person={person}") as events,
        ):
            await events.content.readline()
            await self.act(f"people/{person}/{deed}", **given)
            while True:
                line = await events.content.readline()
                told = json.loads(line[6:]) if line.startswith(b"data: ") else {}
                message = told.get("message") or {}
                if message.get("practice", {}).get("from_bot") and words in message["text"]:
                    return dict(message)

    async def refusals(self) -> list[str]:
        return [str(one["description"]) for one in await self.ask("refusals")]


@asynccontextmanager
async def hands(folder: Path, **more: str) -> AsyncIterator[Hands]:
    async with practising(folder, **more) as address, aiohttp.ClientSession() as web:
        yield Hands(address, web)
