"""Telegram is told where to bring updates, and asked now and then whether it still can. The webhook's registration."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bot.operating.logs import kind_of, masked
from bot.operating.reasons import HealthReason
from bot.receiving.ingest import Ingest
from bot.receiving.long_polling import NotAnswered
from bot.telegram.absence import Absence
from bot.telegram.asking import RawMethods
from bot.telegram.door import Door
from bot.telegram.reading import KINDS

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=60)
"""How often Telegram is asked how it is getting on with us."""
SOON = timedelta(seconds=5)
"""When it is asked again after a long absence, while it still brings what had waited."""
RECENT = timedelta(minutes=3)
"""Telegram tries again at least once a minute, so an older failure is over."""
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECRET_REFUSED = (" 401 ", " 403 ")


class Webhook:
    """Opens the door, and sees to it that Telegram knows the way and the secret."""

    def __init__(
        self,
        door: Door,
        arriving: Ingest,
        token: str,
        api_url: str,
        proxy: str | None,
        clock: Callable[[], datetime],
        *,
        url: str,
        secret: str,
        absence: Absence | None = None,
        look: timedelta = LOOK,
        shortest_pause: float = SHORTEST_PAUSE,
    ) -> None:
        self._door = door
        self._arriving = arriving
        self._token = token
        self._api_url = api_url
        self._proxy = proxy
        self._clock = clock
        self._wanted = {"url": url, "secret_token": secret, "allowed_updates": list(KINDS)}
        self._absence = absence
        self._look = look
        self._shortest_pause = shortest_pause
        self._since = clock()
        self._told = self._since
        self._known: dict[str, Any] = {}
        self._trouble = ""

    @property
    def pending(self) -> int:
        """Updates that wait at Telegram, when it was last asked."""
        return _number(self._known, "pending_update_count")

    async def is_troubled(self) -> str | None:
        """As a check of health: Telegram cannot be asked, or does not take the webhook."""
        return self._trouble or None

    async def is_silent(self) -> str | None:
        """As a check of health: updates wait at Telegram, or nobody knows whether they do."""
        silent = self._clock() - self._told
        if silent > 2 * self._look + timedelta(seconds=LONGEST_PAUSE):
            return HealthReason.NO_NEWS.format(seconds=round(silent.total_seconds()))
        failed = self._failed_at()
        if self.pending and failed and self._clock() - failed < RECENT:
            return HealthReason.UNDELIVERED.format(count=self.pending, words=self._failure())
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; then nothing more is taken, and what is being kept is finished."""
        asking = RawMethods(self._token, self._api_url, self._proxy)
        self._door.open(self._arriving.keep)
        working = asyncio.create_task(self._watch(asking))
        ending = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({ending, working}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            self._door.close()
            ending.cancel()
            working.cancel()
            await asyncio.gather(ending, working, return_exceptions=True)
            await self._arriving.at_rest()
            await asking.close()

    async def _watch(self, asking: RawMethods) -> None:
        pause = self._shortest_pause
        while True:
            try:
                await self._look_and_set(asking)
            except NotAnswered as silence:
                self._troubled(_why(silence))
                await asyncio.sleep(max(pause, silence.retry_after))
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            if self._trouble:
                log.info("the webhook is all right again")
            self._trouble, pause = "", self._shortest_pause
            await asyncio.sleep((await self._until_the_next_look()).total_seconds())

    async def _until_the_next_look(self) -> timedelta:
        """Also sees to it that those whose press was lost meanwhile are asked to press again, once all has come."""
        if self._absence is None:
            return self._look
        try:
            await self._absence.look_up()
            await self._absence.heard(self._told, more_waits=self.pending > 0)
        except Exception as error:
            log.warning("it is not written down that Telegram was heard: %s", kind_of(error))
        return min(SOON, self._look) if self._absence.is_long(self._told) else self._look

    async def _look_and_set(self, asking: RawMethods) -> None:
        known = await self._ask(asking)
        if not self._is_as_wanted(known):
            # What waits is never dropped: that is what people have written.
            await asking.ask("setWebhook", self._wanted)
            log.info("the webhook is set")
            known = await self._ask(asking)
        self._known, self._told = known, self._clock()

    async def _ask(self, asking: RawMethods) -> dict[str, Any]:
        known = await asking.ask("getWebhookInfo", {})
        if not isinstance(known, dict):
            raise NotAnswered(HealthReason.UNREADABLE.format(code=200))
        return known

    def _is_as_wanted(self, known: dict[str, Any]) -> bool:
        """Telegram does not tell which secret it knows, but our door does: it refuses the old one."""
        kinds = known.get("allowed_updates")
        return (
            known.get("url") == self._wanted["url"]
            and isinstance(kinds, list)
            and set(map(str, kinds)) == set(KINDS)
            and not self._secret_was_refused(known)
        )

    def _secret_was_refused(self, known: dict[str, Any]) -> bool:
        new = _number(known, "last_error_date") > _number(self._known, "last_error_date")
        words = f" {known.get('last_error_message')} "
        return new and any(code in words for code in SECRET_REFUSED)

    def _failed_at(self) -> datetime | None:
        seconds = _number(self._known, "last_error_date")
        return datetime.fromtimestamp(seconds, self._since.tzinfo) if seconds else None

    def _failure(self) -> str:
        return masked(str(self._known.get("last_error_message") or "no reason given"))[:100]

    def _troubled(self, why: str) -> None:
        if why != self._trouble:
            log.warning("the webhook is not sure: %s", why)
        self._trouble = why


def _number(known: dict[str, Any], name: str) -> int:
    number = known.get(name)
    return number if type(number) is int else 0


def _why(silence: NotAnswered) -> str:
    if silence.code == 400:
        # Telegram says what is wrong with the address, such as a port that it does not use.
        return HealthReason.WEBHOOK_REFUSED.format(words=masked(silence.words)[:100])
    return silence.why
