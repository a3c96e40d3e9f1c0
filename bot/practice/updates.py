"""What the bot has not fetched yet, with Telegram's rules of keeping and acknowledging."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.practice.clock import PracticeClock
from bot.practice.fault_injection import FaultInjection, InjectedFault
from bot.practice.faults import Duplicates, Malformed, Outage, Reordering, Shape
from bot.practice.refusals import Refusal
from bot.practice.shapes import broken

LIFETIMES = {
    "callback_query": timedelta(seconds=150),
    "inline_query": timedelta(seconds=30),
}
LIFETIME = timedelta(hours=24)
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
LONGEST_POLL = 50
"""Seconds that a poll may wait."""
OTHER_POLL = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)
WEBHOOK_SET = "terminated by setWebhook request"


@dataclass(slots=True, eq=False)
class Waiting:
    """An update that has not been acknowledged."""

    update: Any
    until: datetime
    late: bool = False
    """Its number may be lower than others before it, so it is not acknowledged before it was fetched."""
    fetched: bool = False
    comes_again: bool = False
    """Even when it was acknowledged."""


class Updates:
    """One bot's queue."""

    def __init__(self, clock: PracticeClock, injection: FaultInjection) -> None:
        self.clock = clock
        self.injection = injection
        self.waiting: list[Waiting] = []
        self.delivered: dict[int, dict[str, Any]] = {}
        """All that was ever queued, by id, to be delivered again on demand."""
        self.dropped_backlog = False
        """Somebody deleted updates unread, with a negative offset or with drop_pending_updates."""
        self.allowed: set[str] | None = None
        self.has_webhook = False
        self._next_id = clock.first_number()
        self._came = asyncio.Event()
        self._told: list[Callable[[], None]] = []
        self._poll: asyncio.Event | None = None
        """Set to end the poll that is under way."""
        self._why_ended = OTHER_POLL
        self.polling = asyncio.Event()
        """Somebody polls at this moment."""
        clock.when_moved(self._tell)
        injection.when_changed(self._tell)

    def when_changed(self, told: Callable[[], None]) -> None:
        """To be called whenever something came, or may have become possible."""
        self._told.append(told)

    def no_longer_tell(self, told: Callable[[], None]) -> None:
        self._told.remove(told)

    def _tell(self) -> None:
        self._came.set()
        for told in self._told:
            told()

    def put(self, kind: str, content: dict[str, Any]) -> int | None:
        """Queue an update of a kind that the bot wants; its id."""
        if self.allowed is not None and kind not in self.allowed:
            return None
        if self.allowed is None and kind in NOT_BY_DEFAULT:
            return None
        lifetime = LIFETIMES.get(kind, LIFETIME)
        chats = _chats(content)
        malformed = self.injection.strike(Malformed, chats=chats)
        if malformed is not None:
            self.put_raw(broken(_shape(malformed), self._number(), kind, content), lifetime)
        update_id = self._number()
        update = {"update_id": update_id, kind: content}
        duplicates = self.injection.strike(Duplicates, chats=chats)
        # The last copy is no entry of its own: it is what comes after the acknowledgement.
        for _copy in range(duplicates.trouble.copies - 1 if duplicates else 1):
            self._queue(update, Waiting(update, self.clock.now() + lifetime))
        self.waiting[-1].comes_again = duplicates is not None
        return update_id

    def put_raw(self, update: Any, lifetime: timedelta = LIFETIME) -> None:
        """Queue an update exactly as it is, malformed or repeated."""
        self._queue(update, Waiting(update, self.clock.now() + lifetime, late=True))

    def _queue(self, update: Any, waiting: Waiting) -> None:
        self.waiting.append(waiting)
        number = _id_of(update)
        if number is not None:
            self.delivered[number] = update
        self._tell()

    def _number(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def drop(self) -> None:
        self.waiting.clear()
        self.dropped_backlog = True

    def pending(self) -> list[Waiting]:
        now = self.clock.now()
        self.waiting = [one for one in self.waiting if one.until > now]
        return self.waiting

    async def fetch(
        self, offset: int, limit: int, seconds: int, allowed: list[str] | None
    ) -> list[Any]:
        """Acknowledge what is below the offset and hand out the rest, waiting for some if need be.

        Long polling, for at most `seconds` and `LONGEST_POLL`.
        """
        if self.has_webhook:
            raise Refusal(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        self.end_poll(OTHER_POLL)
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

    def not_fetched(self, updates: list[Any]) -> None:
        """The answer with these was lost on its way, so that nothing acknowledges them that came late."""
        for one in self.waiting:
            if any(one.update is lost for lost in updates):
                one.fetched = False

    def end_poll(self, why: str) -> None:
        """Let whoever polls go, with a conflict."""
        self._why_ended = why
        if self._poll is not None:
            self._poll.set()

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            self.waiting = self.waiting[offset:]
            self.dropped_backlog = True
        elif offset:
            for one in list(self.waiting):
                if _is_below(one.update, offset) and (one.fetched or not one.late):
                    self.acknowledge(one)
        else:
            # A process begins anew; what another one fetched may have died with it.
            for one in self.waiting:
                one.fetched = False

    def acknowledge(self, one: Waiting) -> None:
        """The bot has it."""
        if one in self.waiting:
            self.waiting.remove(one)
            if one.comes_again:
                self.waiting.append(Waiting(one.update, one.until, late=True))

    def next_of(self, pending: list[Waiting]) -> list[Waiting]:
        """What of these is handed out first, and in which order; all of it unless they are reordered."""
        reordering = self.injection.strike(Reordering) if len(pending) > 1 else None
        if reordering is None:
            return list(pending)
        for one in pending:
            one.late = True
        chance = reordering.random
        chosen = chance.sample(pending, chance.randint(1, len(pending)))
        return _in_own_order(chosen, pending) if reordering.trouble.own_order else chosen

    async def _wait(self, limit: int, seconds: int, ended: asyncio.Event) -> list[Any]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(seconds, LONGEST_POLL)
        while True:
            if ended.is_set():
                raise Refusal(f"Conflict: {self._why_ended}", 409)
            left = until - loop.time()
            if self.pending() or left <= 0 or self.injection.of(Outage) is not None:
                break
            self._came.clear()
            await self._either(ended, left)
        chosen = self.next_of(self.pending())[:limit]
        for one in chosen:
            one.fetched = True
        return [one.update for one in chosen]

    async def _either(self, ended: asyncio.Event, seconds: float) -> None:
        came = asyncio.ensure_future(self._came.wait())
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({came, ending}, timeout=seconds, return_when="FIRST_COMPLETED")
        finally:
            came.cancel()
            ending.cancel()


def _chats(content: dict[str, Any]) -> frozenset[int]:
    message = content.get("message", content)
    return frozenset({message["chat"]["id"]})


def _in_own_order(chosen: list[Waiting], pending: list[Waiting]) -> list[Waiting]:
    """At each place stands what the same person did first of all that has not come yet."""
    queues: dict[str, list[Waiting]] = {}
    for one in pending:
        queues.setdefault(_doer(one.update), []).append(one)
    return [queues[_doer(one.update)].pop(0) for one in chosen]


def _doer(update: Any) -> str:
    """Who did it; what is malformed stands for itself."""
    contents = update.values() if isinstance(update, dict) else ()
    doers = [one.get("from") for one in contents if isinstance(one, dict)]
    return str(doers[0].get("id")) if doers and isinstance(doers[0], dict) else ""


def _shape(malformed: InjectedFault[Malformed]) -> Shape:
    shapes = list(Shape)
    return Shape(malformed.trouble.shape or shapes[(malformed.struck - 1) % len(shapes)])


def _id_of(update: Any) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if type(number) is int else None


def _is_below(update: Any, offset: int) -> bool:
    """An update without a readable id goes with the first acknowledgement after it."""
    number = _id_of(update)
    return number is None or number < offset
