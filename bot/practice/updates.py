"""What the bot has not fetched yet, with Telegram's rules of keeping and acknowledging."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.practice.clock import PracticeClock
from bot.practice.refusals import Refusal

LIFETIMES = {
    "callback_query": timedelta(seconds=150),
    "inline_query": timedelta(seconds=30),
}
LIFETIME = timedelta(hours=24)
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
LONGEST_POLL = 50
"""Seconds that a poll may wait."""


@dataclass(slots=True)
class Waiting:
    """An update that has not been acknowledged."""

    update: dict[str, Any]
    until: datetime


class Updates:
    """One bot's queue."""

    def __init__(self, clock: PracticeClock) -> None:
        self.clock = clock
        self.waiting: list[Waiting] = []
        self.delivered: dict[int, dict[str, Any]] = {}
        """All that was ever queued, by id, to be delivered again on demand."""
        self.dropped_backlog = False
        """Somebody deleted updates unread, with a negative offset or with drop_pending_updates."""
        self.allowed: set[str] | None = None
        self.webhook = ""
        self._next_id = 500_000_001
        self._came = asyncio.Event()
        self._poll: asyncio.Event | None = None
        """Set to end the poll that is under way."""
        self.polling = asyncio.Event()
        """Somebody polls at this moment."""
        clock.when_moved(self._came.set)

    def put(self, kind: str, content: dict[str, Any]) -> int | None:
        """Queue an update of a kind that the bot wants; its id."""
        if self.allowed is not None and kind not in self.allowed:
            return None
        if self.allowed is None and kind in NOT_BY_DEFAULT:
            return None
        update_id = self._next_id
        self._next_id += 1
        self.put_raw({"update_id": update_id, kind: content}, LIFETIMES.get(kind, LIFETIME))
        return update_id

    def put_raw(self, update: dict[str, Any], lifetime: timedelta = LIFETIME) -> None:
        """Queue an update exactly as it is, malformed or repeated."""
        self.waiting.append(Waiting(update, self.clock.now() + lifetime))
        if isinstance(update.get("update_id"), int):
            self.delivered[update["update_id"]] = update
        self._came.set()

    def drop(self) -> None:
        self.waiting.clear()
        self.dropped_backlog = True

    def pending(self) -> list[Waiting]:
        now = self.clock.now()
        self.waiting = [one for one in self.waiting if one.until > now]
        return self.waiting

    async def fetch(
        self, offset: int, limit: int, seconds: int, allowed: list[str] | None
    ) -> list[dict[str, Any]]:
        """Acknowledge what is below the offset and hand out the rest, waiting for some if need be."""
        if self.webhook:
            raise Refusal(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        if self._poll is not None:
            self._poll.set()
        ended = self._poll = asyncio.Event()
        self.polling.set()
        try:
            self._acknowledge(offset)
            if allowed is not None:
                self.allowed = set(allowed) or None
            return await self._wait(max(1, min(limit, 100)), seconds, ended)
        finally:
            if self._poll is ended:
                self._poll = None
                self.polling.clear()

    def end_poll(self) -> None:
        """The server closes: let whoever polls go."""
        if self._poll is not None:
            self._poll.set()

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            self.waiting = self.waiting[offset:]
            self.dropped_backlog = True
        elif offset:
            self.waiting = [
                one for one in self.waiting if not _below(one.update.get("update_id"), offset)
            ]

    async def _wait(self, limit: int, seconds: int, ended: asyncio.Event) -> list[dict[str, Any]]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(seconds, LONGEST_POLL)
        while True:
            found = [one.update for one in self.pending()[:limit]]
            if ended.is_set():
                raise Refusal(
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                    409,
                )
            left = until - loop.time()
            if found or left <= 0:
                return found
            self._came.clear()
            await self._either(ended, left)

    async def _either(self, ended: asyncio.Event, seconds: float) -> None:
        came = asyncio.ensure_future(self._came.wait())
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({came, ending}, timeout=seconds, return_when="FIRST_COMPLETED")
        finally:
            came.cancel()
            ending.cancel()


def _below(update_id: Any, offset: int) -> bool:
    """An update without a readable id goes with the first acknowledgement after it."""
    return not isinstance(update_id, int) or update_id < offset
