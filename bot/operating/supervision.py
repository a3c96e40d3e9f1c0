"""Keeps the loops of the bot going, and ends them in an order in which nothing is lost.

A supervisor, and graceful shutdown.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Protocol

from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason

log = logging.getLogger(__name__)


class Program(Protocol):
    """A loop that works until it is told to stop, and then finishes what it has begun."""

    async def run(self, stop: asyncio.Event) -> None: ...


@dataclass(slots=True)
class _Running:
    name: str
    program: Program
    patience: float
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    fallen: str = ""
    """The kind of error it fell over, while it rests before the next try."""


class Supervision:
    """Starts each loop, starts it again when it falls, and stops them one after the other.

    Restarts come with exponential backoff.
    """

    def __init__(self, *, first_pause: float = 1.0, longest_pause: float = 30.0) -> None:
        self._programs: list[_Running] = []
        self._first_pause = first_pause
        self._longest_pause = longest_pause

    def add(self, name: str, program: Program, *, patience: float) -> None:
        """Programs stop in the order they were added, each within `patience` seconds."""
        self._programs.append(_Running(name, program, patience))

    async def fallen(self) -> str | None:
        """Which loops are not alive, as a check of health; nothing when all are."""
        down = [
            HealthReason.FALLEN.format(loop=one.name, kind=one.fallen)
            for one in self._programs
            if one.fallen
        ]
        return "; ".join(down) or None

    async def run(self, stop: asyncio.Event) -> None:
        """Keep every loop going until `stop`; then end them in order."""
        for one in self._programs:
            one.task = asyncio.create_task(self._keep(one), name=one.name)
        try:
            await stop.wait()
        finally:
            for one in self._programs:
                await self._end(one)

    async def _keep(self, one: _Running) -> None:
        pause = self._first_pause
        began = asyncio.get_running_loop().time()
        while not one.stop.is_set():
            try:
                await one.program.run(one.stop)
                if one.stop.is_set():
                    return
                one.fallen = "ended by itself"
                log.error("%s ended by itself", one.name)
            except Exception as error:
                one.fallen = kind_of(error)
                log.exception("%s fell", one.name)
            now = asyncio.get_running_loop().time()
            # One that ran well for a while starts again at once.
            pause = self._first_pause if now - began > 2 * self._longest_pause else pause
            await _either(one.stop, pause)
            pause = min(2 * pause, self._longest_pause)
            began = asyncio.get_running_loop().time()
            one.fallen = ""

    async def _end(self, one: _Running) -> None:
        one.stop.set()
        if one.task is None:
            return
        _done, late = await asyncio.wait([one.task], timeout=one.patience)
        if late:
            log.warning("%s did not end in time", one.name)
            one.task.cancel()
            await asyncio.wait([one.task], timeout=1.0)


async def _either(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
