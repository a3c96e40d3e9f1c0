"""No pressed button is left spinning, however long its turn takes. Each callback query is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE = 1.5
"""Seconds; people press again when a button still spins after about two."""


class CallbackAnswers:
    """The pressed buttons that nobody has answered yet."""

    def __init__(
        self, answer: Callable[[str], Awaitable[None]], *, patience: float = PATIENCE
    ) -> None:
        self._answer = answer
        self._patience = patience
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def arrived(self, query: str) -> None:
        if query not in self._waiting:
            task = asyncio.create_task(self._answer_later(query))
            self._waiting[query] = task
            task.add_done_callback(lambda done: self._over(query, done))

    def answered(self, query: str) -> None:
        """Somebody answers this one with words."""
        task = self._waiting.pop(query, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """What still waits is left to Telegram, which stops the spinning after a while."""
        waiting = list(self._waiting.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    def _over(self, query: str, done: asyncio.Task[None]) -> None:
        # The same tap may have come again meanwhile, where the store did not take it at first.
        if self._waiting.get(query) is done:
            del self._waiting[query]

    async def _answer_later(self, query: str) -> None:
        await asyncio.sleep(self._patience)
        await self._answer(query)
