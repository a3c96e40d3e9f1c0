"""Every request the bot made of Telegram, and what it got."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its answer."""

    number: int
    method: str
    parameters: dict[str, Any]
    code: int
    description: str
    at: str


class Journal:
    """The requests in the order in which they were answered; uploads are noted by their size."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._grew = asyncio.Event()

    def note(
        self, method: str, parameters: dict[str, Any], code: int, description: str, at: str
    ) -> None:
        shown = {
            name: f"<{len(value)} bytes>" if isinstance(value, bytes) else value
            for name, value in parameters.items()
        }
        self._grew.set()
        self.entries.append(Entry(len(self.entries) + 1, method, shown, code, description, at))

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
        return [asdict(entry) for entry in self.entries if 400 <= entry.code < 500]
