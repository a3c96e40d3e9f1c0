"""How long the program takes to start, and how much memory it holds when it has."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from storage.database import Database
from tests.cast import settle_in

ROOT = Path(__file__).parents[2]


async def start_and_memory(folder: Path) -> tuple[float, float]:
    """Seconds until the first poll, and megabytes resident after it."""
    url = f"sqlite:///{folder / 'start.db'}"
    database = Database(url)
    await database.migrate()
    async with database.writing() as session:
        await settle_in(session)
    await database.close()
    practice = Practice()
    async with running(practice) as address:
        settings = {
            **os.environ,
            "BOT_TOKEN": TOKEN,
            "BOT_API_URL": address,
            "DATABASE_URL": url,
            "PHOTOS_URL": str(folder / "photos"),
            "HTTP_PORT": "0",
        }
        started = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=ROOT,
            env=settings,
            # Standard output holds the figures alone.
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(60):
                await practice.world.updates[588].polling.wait()
            taken = time.perf_counter() - started
            return taken, _resident(process.pid)
        finally:
            process.terminate()
            await process.wait()


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no resident size")
