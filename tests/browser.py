"""A real browser, so that pages are tried as people use them."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, async_playwright

PageAt = Callable[..., Awaitable[Page]]
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
"""Root has no sandbox, and a small machine neither graphics nor much shared memory."""
PATIENCE = 10_000
"""Milliseconds that anything expected of a page may take."""
HERE = {"127.0.0.1", "localhost"}


def chromium() -> str | None:
    """Where the browser is on this machine, as the setting CHROMIUM says or as Debian installs it."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Shared by all tests of a run; each must be marked to run on the session's loop."""
    program = chromium()
    if program is None:
        pytest.skip("There is no Chromium here: install it, or name it in CHROMIUM.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page_at(browser: Browser) -> AsyncIterator[PageAt]:
    """Opens a page as `await page_at(address, width=360)`; it must run without a mistake, and alone."""
    opened = []
    mistakes: list[str] = []

    async def open_page(address: str, width: int = 1400, height: int = 900, **kind: Any) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": height}, **kind)
        opened.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: mistakes.append(str(error)))
        page.on("request", lambda request: mistakes.extend(_elsewhere(request)))
        await page.goto(address)
        return page

    yield open_page
    for context in opened:
        await context.close()
    assert mistakes == []


def _elsewhere(request: Request) -> list[str]:
    there = urlsplit(request.url)
    local = there.scheme in {"blob", "data"} or there.hostname in HERE
    return [] if local else [f"asked {request.url}"]


def picture_file(folder: Path, name: str, colour: str = "seagreen") -> Path:
    """A small photo on the disk, to be chosen in a page."""
    from PIL import Image

    path = folder / name
    Image.new("RGB", (320, 240), colour).save(path)
    return path
