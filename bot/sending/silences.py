"""Who asked for silence: a chat that was written to, or everybody at once. Backpressure (429, `retry_after`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.channels import DeliveryFailure, FailureKind
from bot.operating import metrics
from storage.database import Session
from storage.messages import holds
from storage.messages.outbox import ClaimedMessage

MANY_CHATS = 3
"""So many chats asking for silence within a few seconds mean that the whole channel wants it."""
FEW_SECONDS = timedelta(seconds=10)


class Silences:
    """What the store is told about silences; it keeps them, also for other processes."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._too_fast: dict[str, dict[str, datetime]] = {}
        self._hushed: dict[str, datetime] = {}
        """Channels that asked for silence where no chat was written to."""

    def hush(self, channel: str, seconds: float) -> None:
        """The whole channel wants silence, as it said where no chat was written to."""
        metrics.SILENCE_SECONDS.labels(scope="all").inc(seconds)
        until = self._clock() + timedelta(seconds=seconds)
        self._hushed[channel] = max(until, self._hushed.get(channel, until))

    def check(self, channel: str) -> None:
        """Raises DeliveryFailure where the channel asked for silence after a message had been taken up."""
        left = self._hushed.get(channel, self._clock()) - self._clock()
        if left > timedelta():
            seconds = left.total_seconds()
            raise DeliveryFailure(
                FailureKind.TOO_FAST, "hushed", retry_after=seconds, everyone=True
            )

    @property
    def are_to_be_kept(self) -> bool:
        return bool(self._hushed)

    async def keep(self, session: Session) -> None:
        """Let the store know of silences that were asked for where no chat was written to."""
        for channel, until in list(self._hushed.items()):
            if until > self._clock():
                await holds.hold(session, channel, "*", until)
            else:
                del self._hushed[channel]

    async def hold(
        self, session: Session, message: ClaimedMessage, failure: DeliveryFailure
    ) -> None:
        """A message was too fast, or what tidies up after it."""
        until = self._clock() + timedelta(seconds=failure.retry_after)
        whom = self._whom(message, failure)
        scope = "all" if whom == "*" else "chat"
        metrics.SILENCE_SECONDS.labels(scope=scope).inc(failure.retry_after)
        await holds.hold(session, message.channel, whom, until)

    def _whom(self, message: ClaimedMessage, failure: DeliveryFailure) -> str:
        """Who is to be left in peace: the chat, or `*` for all when several chats ask at the same time."""
        now = self._clock()
        asked = self._too_fast.setdefault(message.channel, {})
        asked[message.chat] = now
        for chat in [chat for chat, at in asked.items() if now - at > FEW_SECONDS]:
            del asked[chat]
        return "*" if failure.everyone or len(asked) >= MANY_CHATS else message.chat
