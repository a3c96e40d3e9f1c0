"""Acting over HTTP alone, as people, as a script and as a bot."""

from __future__ import annotations

from typing import Any

import aiohttp

from bot.practice.server import Practice
from bot.practice.world import TOKEN


class Script:
    """Acts as people do, over HTTP."""

    def __init__(self, practice: Practice, address: str, web: aiohttp.ClientSession) -> None:
        self.practice, self.address, self.web = practice, address, web

    async def ask(self, path: str) -> Any:
        async with self.web.get(f"{self.address}/practice/{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def act(self, path: str, **given: Any) -> Any:
        async with self.web.post(f"{self.address}/practice/{path}", json=given) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def refused(self, path: str, **given: Any) -> tuple[int, str]:
        async with self.web.post(f"{self.address}/practice/{path}", json=given) as answer:
            return answer.status, (await answer.json())["why"]

    async def bot(self, method: str, **given: Any) -> Any:
        async with self.web.post(f"{self.address}/bot{TOKEN}/{method}", json=given) as answer:
            return (await answer.json())["result"]

    async def end(self, path: str = "troubles") -> Any:
        async with self.web.delete(f"{self.address}/practice/{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def asks(self, method: str, **given: Any) -> dict[str, Any]:
        """The bot's request with all of its answer, also when that is a no."""
        async with self.web.post(f"{self.address}/bot{TOKEN}/{method}", json=given) as answer:
            return dict(await answer.json())

    async def updates(self, offset: int = 0, **given: Any) -> list[Any]:
        return list(await self.bot("getUpdates", offset=offset, timeout=0, **given))
