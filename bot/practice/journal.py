"""Every request the bot made of Telegram, and what it got."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any

from bot.practice.faults import PLAYED_REFUSALS


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One request and its answer."""

    number: int
    method: str
    parameters: dict[str, Any]
    code: int
    """0 where the request did not arrive."""
    description: str
    at: str
    troubles: list[str]
    """Which troubles struck it, on the way there, in its answer and on the way back."""

    @property
    def is_refusal(self) -> bool:
        return 400 <= self.code < 500 and PLAYED_REFUSALS.isdisjoint(self.troubles)


class Journal:
    """The requests in the order in which they were answered; uploads are noted by their size."""

    def __init__(self) -> None:
        self.entries: list[JournalEntry] = []
        self._grew = asyncio.Event()

    def note(
        self,
        method: str,
        parameters: dict[str, Any],
        code: int,
        description: str,
        at: str,
        troubles: list[str],
    ) -> None:
        shown = {
            name: f"<{len(value)} bytes>" if isinstance(value, bytes) else value
            for name, value in parameters.items()
        }
        self._grew.set()
        number = len(self.entries) + 1
        self.entries.append(JournalEntry(number, method, shown, code, description, at, troubles))

    async def grows_to(self, count: int) -> None:
        """Wait until there were so many requests in all."""
        while len(self.entries) < count:
            self._grew.clear()
            await self._grew.wait()

    def requests(self, method: str = "", after: int = 0) -> list[dict[str, Any]]:
        return [
            asdict(entry)
            for entry in self.entries[after:]
            if method.lower() in {"", entry.method.lower()}
        ]

    def refusals(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries if entry.is_refusal]
