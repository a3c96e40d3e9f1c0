"""Whether a chat app fails as a whole: then it is only asked now and then, and nobody's message is spent on it.

The circuit breaker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MANY_CHATS = 3
"""So many chats that fail one after the other, and none that does not, are no matter of the chats any more."""
FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=5)
"""Between two probes; people wait for the first that succeeds."""
LONGEST_PAUSE_OF_TRIALS = timedelta(seconds=20)
"""Between two messages by which it is tried, since each of them may have arrived."""


class Circuit(StrEnum):
    """How much may be sent: everything, nothing, or one message at a time, to see whether it passes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Blame(StrEnum):
    """Whose failure it was that a message did not pass."""

    MESSAGE = "message"
    CHANNEL = "channel"
    TRIED = "tried"
    """The channel's as well, as far as anybody can tell: probes pass, but no message does."""


@dataclass(slots=True)
class Breaker:
    """The circuit breaker of one channel.

    Whoever fails to deliver says so, probes the channel, and says what came of it. A probe in vain opens the
    circuit; one that succeeds leaves a failure to the chat that met it, unless many chats failed and none did not.
    What opened it closes only when a message has passed.
    """

    circuit: Circuit = Circuit.CLOSED
    since: datetime | None = None
    """When it was found to fail; empty while the circuit is closed."""
    why: str = ""
    """The kind of the last failure."""
    noted: bool = False
    """The store knows that the channel fails, for other processes and for the next one."""
    trying: bool = False
    """A message is under way by which the channel is tried."""
    _failing: set[str] = field(default_factory=set)
    """The chats that failed since the last message passed."""
    _down_at: datetime | None = None
    """The last moment at which it was down for all that is known."""
    _next_at: datetime | None = None
    _pauses: int = 0

    @property
    def fails_as_a_whole(self) -> bool:
        """A failure now is not the message's own."""
        many = len(self._failing) >= MANY_CHATS
        return self.circuit is Circuit.OPEN or (self.circuit is Circuit.HALF_OPEN and many)

    def probe_is_due(self, now: datetime) -> bool:
        return self.circuit is Circuit.OPEN and self._rested(now)

    def may_try(self, now: datetime) -> bool:
        """Whether one message may leave, alone."""
        return self.circuit is Circuit.HALF_OPEN and not self.trying and self._rested(now)

    def failed(self, chat: str, why: str, began: datetime) -> Blame | None:
        """A message that set out then did not pass; None where the channel must be probed to know why."""
        self.why = why
        if self.circuit is Circuit.OPEN or (self._down_at is not None and began < self._down_at):
            return Blame.CHANNEL
        self._failing.add(chat)
        return None

    def blame(self) -> Blame:
        """After the probe: whose failure it was."""
        if self.circuit is Circuit.OPEN:
            return Blame.CHANNEL
        return Blame.TRIED if self.fails_as_a_whole else Blame.MESSAGE

    def probed(self, now: datetime, trouble: str = "") -> None:
        """What a probe met, which told nobody anything; nothing where all was well."""
        if trouble:
            self.why = trouble
            self._goes(Circuit.OPEN, now)
            self._down_at = now
            self._failing.clear()
            self._rests(now, LONGEST_PAUSE)
        elif self.circuit is Circuit.OPEN:
            # Nobody knows when it came back, so what is still on its way belongs to the time before.
            self._down_at = now
            self.circuit = Circuit.HALF_OPEN
            self._next_at, self._pauses = None, 0
        elif len(self._failing) >= MANY_CHATS:
            self._goes(Circuit.HALF_OPEN, now)
            self._rests(now, LONGEST_PAUSE_OF_TRIALS)

    def told(self, since: datetime) -> None:
        """The store knows that the channel fails, as another process found out, or the last one."""
        self.noted = True
        if self.circuit is Circuit.CLOSED:
            self._goes(Circuit.OPEN, since)

    def passed(self) -> None:
        """A message arrived."""
        self.circuit, self.since, self.why = Circuit.CLOSED, None, ""
        self.noted = False
        self._failing.clear()
        self._next_at, self._pauses = None, 0

    def _goes(self, circuit: Circuit, now: datetime) -> None:
        self.circuit = circuit
        self.since = self.since or now

    def _rested(self, now: datetime) -> bool:
        return self._next_at is None or now >= self._next_at

    def _rests(self, now: datetime, longest: timedelta) -> None:
        self._next_at = now + min(longest, FIRST_PAUSE * 2 ** min(self._pauses, 10))
        self._pauses += 1
