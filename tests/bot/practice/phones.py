"""A bot played by hand, and the phones that a page shows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest_asyncio
from playwright.async_api import Locator, Page

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN

NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


class Bot:
    """A bot played by hand, over the same HTTP as any bot."""

    def __init__(self, practice: Practice, address: str, web: aiohttp.ClientSession) -> None:
        self.practice, self.address, self.web = practice, address, web
        self.offset = 0

    async def ask(self, method: str, **given: Any) -> Any:
        async with self.web.post(f"{self.address}/bot{TOKEN}/{method}", json=given) as answer:
            told = await answer.json()
        assert told["ok"], told
        return told["result"]

    async def says(self, person: int, text: str, *labels: str, **given: Any) -> dict[str, Any]:
        if labels:
            keys = [[{"text": label, "callback_data": label[:20]}] for label in labels]
            given["reply_markup"] = {"inline_keyboard": keys}
        sent = await self.ask("sendMessage", chat_id=person, text=text, **given)
        assert isinstance(sent, dict)
        return sent

    async def hears(self, kind: str = "message") -> dict[str, Any]:
        """The next update, which must be of this kind."""
        updates = await self.ask("getUpdates", offset=self.offset, timeout=5, limit=1)
        assert updates, "nothing came"
        self.offset = updates[0]["update_id"] + 1
        assert kind in updates[0], updates
        return dict(updates[0][kind])

    async def met(self, person: int) -> None:
        """Somebody who has started the bot already."""
        self.practice.people.start(person)
        await self.hears()


@pytest_asyncio.fixture(loop_scope="session")
async def bot() -> AsyncIterator[Bot]:
    practice = Practice(PracticeClock(NOON))
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Bot(practice, address, web)


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(f"Điện thoại của {name}"))


def box(phone: Locator) -> Locator:
    return phone.get_by_role("textbox")


async def tab_to(page: Page, name: str, *, tag: str = "BUTTON", back: bool = False) -> None:
    focused = "[document.activeElement.ariaLabel ?? document.activeElement.textContent, document.activeElement.tagName]"
    for _ in range(40):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        if await page.evaluate(focused) == [name, tag]:
            return
    raise AssertionError(f"no way to {name} with the Tab key")
