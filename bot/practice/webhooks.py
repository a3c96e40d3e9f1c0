"""Updates on their way to a bot's own address: one at a time in each queue, all queues side by side.

Webhook delivery.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.practice.faults import Outage
from bot.practice.refusals import bad_request
from bot.practice.updates import WEBHOOK_SET, Updates, Waiting
from bot.practice.world import PracticeWorld

CONNECTIONS = 40
MOST_CONNECTIONS = 100
FIRST_PAUSE = 1
LONGEST_PAUSE = 60
"""Seconds on the practice clock between two tries of one queue."""
PATIENCE = 60
"""Real seconds that the bot may take to answer."""
SECRET = re.compile(r"[A-Za-z0-9_-]*")
Queue = tuple[str, int]
Given = dict[str, Any]


@dataclass(slots=True)
class PracticeWebhook:
    """Where a bot wants its updates, and how the last failure went."""

    url: str
    secret_token: str = ""
    max_connections: int = CONNECTIONS
    failed_at: int | None = None
    failure: str = ""

    def shown(self) -> Given:
        known: Given = {"max_connections": self.max_connections}
        if self.failed_at is not None:
            known |= {"last_error_date": self.failed_at, "last_error_message": self.failure}
        return known


def read(given: Given) -> PracticeWebhook:
    """The webhook that setWebhook asks for; raises Refusal."""
    url, secret = given["url"], given.get("secret_token", "")
    try:
        scheme = urlsplit(url).scheme
        acceptable = bool(urlsplit(url).hostname) and (
            scheme == "https" or (scheme == "http" and _is_here(url))
        )
    except ValueError:
        acceptable = False
    if not acceptable:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > 256:
        raise bad_request("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = given.get("max_connections", CONNECTIONS)
    return PracticeWebhook(url, secret, max(1, min(connections, MOST_CONNECTIONS)))


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def queue_of(update: Any) -> Queue:
    """Messages wait behind those of their chat, taps behind those of their user, so both can cross."""
    kinds = update.items() if isinstance(update, dict) else ()
    for kind, content in kinds:
        if kind == "update_id" or not isinstance(content, dict):
            continue
        holder = content.get("from" if kind == "callback_query" else "chat")
        number = holder.get("id") if isinstance(holder, dict) else None
        if isinstance(number, int):
            return ("taps" if kind == "callback_query" else "chat"), number
    return "others", 0


class Deliverer:
    """Delivers one bot's updates to one webhook until it is closed."""

    def __init__(self, webhook: PracticeWebhook, updates: Updates) -> None:
        self.webhook = webhook
        self._updates = updates
        self._clock = updates.clock
        self._look = asyncio.Event()
        self._tries = 0
        self._tried = asyncio.Event()
        self._busy: dict[Queue, asyncio.Task[None]] = {}
        self._pauses: dict[Queue, tuple[datetime, int]] = {}
        """Until when a queue waits after a failure, and how many seconds that pause is."""
        updates.when_changed(self._look.set)
        self._work = asyncio.create_task(self._run())

    async def has_tried(self, count: int) -> None:
        """Wait until so many deliveries have ended, well or not."""
        while self._tries < count:
            self._tried.clear()
            await self._tried.wait()

    async def close(self) -> None:
        """What is under way is given up, and goes on waiting."""
        self._updates.no_longer_tell(self._look.set)
        work = [self._work, *self._busy.values()]
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as web:
            while True:
                self._look.clear()
                self._begin(web)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._rest()):
                        await self._look.wait()

    def _begin(self, web: aiohttp.ClientSession) -> None:
        """Deliver the first of every queue that neither is at work nor rests."""
        if self._updates.injection.of(Outage) is not None:
            return
        queues: dict[Queue, list[Waiting]] = {}
        for one in self._updates.pending():
            queues.setdefault(queue_of(one.update), []).append(one)
        self._pauses = {queue: self._pauses[queue] for queue in queues if queue in self._pauses}
        for queue, pending in queues.items():
            rests = queue in self._pauses and self._clock.now() < self._pauses[queue][0]
            if not rests and queue not in self._busy and self._has_room():
                first = self._updates.next_of(pending)[0]
                self._busy[queue] = asyncio.create_task(self._deliver(web, queue, first))

    def _has_room(self) -> bool:
        return len(self._busy) < self.webhook.max_connections

    def _rest(self) -> float | None:
        """Real seconds until there may be something to do that nobody tells of."""
        outage = self._updates.injection.of(Outage)
        moments = [until for until, _pause in self._pauses.values()]
        moments += [outage.until] if outage and outage.until else []
        ahead = [moment for moment in moments if moment > self._clock.now()]
        known = [self._clock.seconds_until(moment) for moment in ahead]
        return min((seconds for seconds in known if seconds is not None), default=None)

    async def _deliver(self, web: aiohttp.ClientSession, queue: Queue, first: Waiting) -> None:
        try:
            failure = await self._post(web, first.update)
            if failure:
                self._failed(queue, failure)
            else:
                self._pauses.pop(queue, None)
                self._updates.acknowledge(first)
            self._tries += 1
            self._tried.set()
        finally:
            del self._busy[queue]
            self._look.set()

    def _failed(self, queue: Queue, failure: str) -> None:
        self.webhook.failed_at, self.webhook.failure = self._clock.timestamp(), failure
        _until, last = self._pauses.get(queue, (None, 0))
        pause = min(last * 2, LONGEST_PAUSE) if last else FIRST_PAUSE
        self._pauses[queue] = (self._clock.now() + timedelta(seconds=pause), pause)

    async def _post(self, web: aiohttp.ClientSession, update: Any) -> str:
        """Why it was not taken; empty when it was."""
        if not _is_here(self.webhook.url):
            return "Practice: nothing is delivered beyond this machine"
        secret = self.webhook.secret_token
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            async with web.post(
                self.webhook.url, json=update, headers=headers, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:
                    return ""
                return f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except TimeoutError:
            return "Read timeout expired"
        except (aiohttp.ClientError, OSError) as error:
            return f"Connection failed: {type(error).__name__}"


class Webhooks:
    """Setting, deleting and asking for the webhooks of all bots."""

    def __init__(self, world: PracticeWorld) -> None:
        self.world = world
        self._deliverers: dict[int, Deliverer] = {}

    async def set(self, bot_id: int, given: Given) -> bool:
        if not given["url"]:
            return await self.delete(bot_id, given)
        webhook = read(given)
        updates = self.world.updates_of(bot_id)
        await self._end(bot_id)
        updates.has_webhook = True
        updates.end_poll(WEBHOOK_SET)
        if given.get("allowed_updates") is not None:
            updates.allowed = set(given["allowed_updates"]) or None
        if given.get("drop_pending_updates"):
            updates.drop()
        self._deliverers[bot_id] = Deliverer(webhook, updates)
        return True

    async def delete(self, bot_id: int, given: Given) -> bool:
        updates = self.world.updates_of(bot_id)
        await self._end(bot_id)
        updates.has_webhook = False
        if given.get("drop_pending_updates"):
            updates.drop()
        return True

    def of(self, bot_id: int) -> Deliverer | None:
        return self._deliverers.get(bot_id)

    def info(self, bot_id: int, _given: Given) -> Given:
        updates = self.world.updates_of(bot_id)
        deliverer = self.of(bot_id)
        known: Given = {
            "url": deliverer.webhook.url if deliverer else "",
            "has_custom_certificate": False,
            "pending_update_count": len(updates.pending()),
        }
        if deliverer:
            known |= deliverer.webhook.shown()
        if updates.allowed is not None:
            known["allowed_updates"] = sorted(updates.allowed)
        return known

    async def close(self) -> None:
        for bot_id in list(self._deliverers):
            await self._end(bot_id)

    async def _end(self, bot_id: int) -> None:
        deliverer = self._deliverers.pop(bot_id, None)
        if deliverer is not None:
            await deliverer.close()
