"""What the tests of the practice Telegram share."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from tests.bot.practice.phones import bot
from tests.bot.practice.script import Script
from tests.browser import browser, page_at

__all__ = ["bot", "browser", "page_at"]


@pytest.fixture
async def still() -> AsyncIterator[Script]:
    """A practice Telegram whose clock stands still until it is moved."""
    practice = Practice(PracticeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC)))
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Script(practice, address, web)
