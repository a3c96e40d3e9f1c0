"""That messages were taken is written down together with whatever else comes back at the same time. Group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.sending.circuits import Circuits
from storage.database import Database
from storage.messages import outbox
from storage.messages.outbox import ClaimedMessage


@dataclass(slots=True, eq=False)
class Acknowledged:
    """A message that the channel took, under this id there."""

    message: ClaimedMessage
    message_id: str
    is_kept: bool = False


class Outcomes:
    """One transaction at a time; who comes back while it is written shares the next one."""

    def __init__(
        self, database: Database, circuits: Circuits, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._circuits = circuits
        self._clock = clock
        self._waiting: list[Acknowledged] = []
        self._one_at_a_time = asyncio.Lock()

    async def taken(self, message: ClaimedMessage, message_id: str) -> None:
        """Committed when this returns; raises what the store raises."""
        own = Acknowledged(message, message_id)
        self._waiting.append(own)
        try:
            async with self._one_at_a_time:
                # Those that come back in the same moment are written with it.
                await asyncio.sleep(0)
                if not own.is_kept:
                    await self._keep_with_others(own)
        finally:
            if own in self._waiting:
                self._waiting.remove(own)

    async def _keep_with_others(self, own: Acknowledged) -> None:
        together = list(self._waiting)
        try:
            await self._keep(together)
        except Exception:
            if len(together) == 1:
                raise
            # Another may be to blame, which is found out when each is written alone.
            await self._keep([own])

    async def _keep(self, together: Sequence[Acknowledged]) -> None:
        # A message of which this is lost with the machine comes once more, as after any uncertain end.
        async with self._database.writing(lasting=False) as session:
            now = self._clock()
            await outbox.sent(session, [(one.message, one.message_id) for one in together], now)
            for channel in {one.message.channel for one in together if one.message_id}:
                await self._circuits.passed(session, channel)
        for one in together:
            one.is_kept = True
            self._waiting.remove(one)
