"""Each channel has a circuit breaker: what fails while the whole channel fails costs no message anything."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from bot.channels import Channel, DeliveryFailure, FailureKind
from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from bot.sending.circuit_breaker import Blame, Breaker, Circuit
from storage.database import Database, Session
from storage.messages import holds
from storage.messages.outbox import ClaimedMessage

log = logging.getLogger(__name__)

SUSPICIOUS = frozenset({FailureKind.NOT_SENT, FailureKind.PERHAPS_SENT})
"""Nobody answered, or somebody else did: that may be the chat's bad luck or the channel's."""
PATIENCE = 5.0
"""Seconds for a probe; nobody's message waits longer for what is decided about it."""
LOOK = timedelta(seconds=5)
"""How often a process asks the store what others, or the one before it, found out."""


class Circuits:
    """The breakers by channel, the probes under way, and what the store is told of it."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        clock: Callable[[], datetime],
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._database = database
        self._channels = channels
        self._clock = clock
        self._patience = patience
        self._breakers = {name: Breaker() for name in channels}
        self._probes: dict[str, asyncio.Task[None]] = {}
        self._look_at: datetime | None = None

    @property
    def down(self) -> int:
        """How many channels fail as a whole."""
        return sum(one.fails_as_a_whole for one in self._breakers.values())

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        return self._probes.values()

    async def is_troubled(self) -> str | None:
        """As a check of health: a channel takes nothing."""
        for name, one in self._breakers.items():
            if one.fails_as_a_whole and one.since is not None:
                moment = f"{one.since:%Y-%m-%d %H:%M}"
                return HealthReason.NOTHING_PASSES.format(channel=name, moment=moment, kind=one.why)
        return None

    def shut(self) -> list[str]:
        """The channels for which messages may not be taken up as usual."""
        return [
            name
            for name, one in self._breakers.items()
            if one.circuit is not Circuit.CLOSED or name in self._probes
        ]

    def to_try(self) -> list[str]:
        """The channels to which one message may go, alone."""
        now = self._clock()
        return [name for name, one in self._breakers.items() if one.may_try(now)]

    def is_open(self, channel: str) -> bool:
        return channel in self._breakers and self._breakers[channel].circuit is Circuit.OPEN

    def trying(self, channel: str, *, begins: bool) -> None:
        """A message by which the channel is tried sets out, or is back."""
        if channel in self._breakers:
            self._breakers[channel].trying = begins

    async def blame(
        self, message: ClaimedMessage, failure: DeliveryFailure, began: datetime
    ) -> Blame:
        """Whose failure it was, of the message that set out then or of the channel, which is probed to find out."""
        breaker = self._breakers.get(message.channel)
        if breaker is None or failure.kind not in SUSPICIOUS:
            return Blame.MESSAGE
        known = breaker.failed(message.chat, failure.why, began)
        if known is not None:
            return known
        # Others may wait for the same probe, so it is not cancelled with any of them.
        await asyncio.wait({self._probe(message.channel)})
        return breaker.blame()

    async def note(self, session: Session, channel: str) -> None:
        """Let the store know, in the transaction that gives a message back."""
        breaker = self._breakers[channel]
        if not breaker.noted and breaker.circuit is not Circuit.CLOSED:
            await holds.shut(session, channel, self._clock())
            breaker.noted = True

    async def passed(self, session: Session, channel: str) -> None:
        """A message has arrived, so what the store knows of a failing channel is over."""
        breaker = self._breakers[channel]
        if breaker.noted:
            await holds.open_again(session, channel)
        if breaker.circuit is not Circuit.CLOSED:
            log.info("%s takes messages again", channel)
        breaker.passed()

    async def look_around(self) -> None:
        """What other processes found out, and the one before a restart."""
        now = self._clock()
        if self._look_at is not None and now < self._look_at:
            return
        self._look_at = now + LOOK
        async with self._database.reading() as session:
            shut = await holds.all_shut(session)
        for name, breaker in self._breakers.items():
            if name in shut:
                breaker.told(shut[name])
            elif breaker.noted:
                breaker.passed()

    def set_out(self) -> None:
        """Begin each probe that is due."""
        now = self._clock()
        for name, breaker in self._breakers.items():
            if breaker.probe_is_due(now):
                self._probe(name)

    async def probe_all(self) -> None:
        """Each probe that is due, until it is back."""
        self.set_out()
        if self._probes:
            await asyncio.wait(set(self._probes.values()))

    async def close(self) -> None:
        for task in list(self._probes.values()):
            task.cancel()
        await asyncio.gather(*self._probes.values(), return_exceptions=True)

    def _probe(self, name: str) -> asyncio.Task[None]:
        """The probe that is under way, or a new one."""
        if name not in self._probes:
            task = self._probes[name] = asyncio.create_task(self._find_out(name))
            task.add_done_callback(lambda _done: self._probes.pop(name, None))
        return self._probes[name]

    async def _find_out(self, name: str) -> None:
        breaker = self._breakers[name]
        before = breaker.fails_as_a_whole
        trouble = await self._trouble(self._channels[name])
        breaker.probed(self._clock(), trouble)
        if breaker.fails_as_a_whole and not before:
            log.warning("%s fails as a whole (%s): messages wait", name, breaker.why)

    async def _trouble(self, channel: Channel) -> str:
        """The kind of what a probe met; empty where all was well."""
        try:
            async with asyncio.timeout(self._patience):
                await channel.probe()
        except DeliveryFailure as failure:
            # Whoever refuses is there.
            return failure.why or failure.kind if failure.kind in SUSPICIOUS else ""
        except TimeoutError:
            return "took too long"
        except Exception as error:
            # What cannot be asked says nothing about the channel.
            log.error("%s cannot be probed: %s", channel.name, kind_of(error))
        return ""
