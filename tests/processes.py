"""The real program, in processes of their own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.practice.world import TOKEN

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(address: str, store: str, folder: Path, **more: str) -> dict[str, str]:
    """The settings of a bot that talks to the practice Telegram at `address`."""
    return {
        **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": address,
        "DATABASE_URL": store,
        "PHOTOS_URL": str(folder / "photos"),
        "HTTP_PORT": str(free_port()),
        **more,
    }


@asynccontextmanager
async def bot(settings: dict[str, str], log: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot with these settings; killed at the end if it still lives."""
    with log.open("ab") as written:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", cwd=ROOT, env=settings, stdout=written, stderr=written
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def command(settings: dict[str, str], *words: str) -> tuple[int, str, str]:
    """`python -m bot` with these words: how it ended, and what it printed to both outputs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=ROOT, env=settings,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, aside = await process.communicate()
    return process.returncode or 0, said.decode(), aside.decode()
