"""What there is to count, for those who watch over the machine; nobody can be recognised by a figure.

The metrics exporter.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.operating.logs import kind_of
from storage.database import Database
from storage.messages import figures
from storage.messages.figures import StoreFigures

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds for the store to give its figures; whoever asks must not wait for it."""

disable_created_metrics()
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

UPDATES_RECEIVED = Counter(
    "am_ban_updates_received", "Updates that came and were kept, duplicates too.", registry=REGISTRY
)
UPDATES_ANSWERED = Counter(
    "am_ban_updates_answered", "Updates whose turn is committed.", registry=REGISTRY
)
UPDATES_DEAD_LETTERS = Counter(
    "am_ban_updates_set_aside", "Updates that failed for good.", registry=REGISTRY
)
TURN_SECONDS = Histogram(
    "am_ban_turn_seconds",
    "From the arrival of an update to the commit of its answer.",
    registry=REGISTRY,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
)
SENDS = Counter(
    "am_ban_sends",
    "Tries to send a message, by what became of it.",
    ["outcome"],
    registry=REGISTRY,
)
SILENCE_SECONDS = Counter(
    "am_ban_silence_asked_seconds",
    "Seconds of silence that Telegram asked for by 429.",
    ["scope"],
    registry=REGISTRY,
)
REMINDERS_TOLD = Counter(
    "am_ban_reminders_told", "Reminders put into the outbox.", registry=REGISTRY
)
WEBHOOK_REQUESTS = Counter(
    "am_ban_webhook_requests",
    "Requests at the webhook, by the status they were answered with.",
    ["status"],
    registry=REGISTRY,
)


class Metrics:
    """The page of figures: what this process counted, and what the store knows."""

    def __init__(self, clock: Callable[[], datetime], *, patience: float = PATIENCE) -> None:
        self._clock = clock
        self._patience = patience
        self._database: Database | None = None
        self._asking: asyncio.Task[StoreFigures] | None = None
        self._own: list[tuple[str, str, Callable[[], float]]] = []

    def add(self, name: str, help_text: str, value: Callable[[], float]) -> None:
        """One more gauge, asked whenever the page is."""
        self._own.append((name, help_text, value))

    def ask(self, database: Database) -> None:
        """From now on the store is asked too."""
        self._database = database

    async def page(self, _request: web.Request) -> web.Response:
        """As GET /metrics, in Prometheus' text format."""
        found = await self._from_store()
        gauges: list[Metric] = [
            GaugeMetricFamily(name, words, value=value()) for name, words, value in self._own
        ]
        gauges += _gauges(found, self._clock())
        text = generate_latest(_Together(gauges))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _from_store(self) -> StoreFigures | None:
        """None when the store does not answer in time; then it is not asked again before it has."""
        if self._database is None:
            return None
        if self._asking is None:
            self._asking = asyncio.create_task(_figures(self._database, self._clock()))
        done, _late = await asyncio.wait({self._asking}, timeout=self._patience)
        if not done:
            return None
        task, self._asking = self._asking, None
        if task.cancelled():
            return None
        if (error := task.exception()) is not None:
            log.warning("the store gives no figures: %s", kind_of(error))
            return None
        return task.result()


async def _figures(database: Database, now: datetime) -> StoreFigures:
    async with database.reading() as session:
        return await figures.figures(session, now)


class _Together:
    """Both kinds of figures, as the library collects them."""

    def __init__(self, gauges: list[Metric]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        yield from self._gauges


def _gauges(found: StoreFigures | None, now: datetime) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "am_ban_store_up", "1 where the store answered just now.", value=1 if found else 0
    )
    if found is None:
        return

    def age(since: datetime | None) -> float:
        return max(0.0, (now - since).total_seconds()) if since else 0.0

    for name, help_text, value in (
        ("people_waiting", "People, or chats, with an unanswered update.", found.people_waiting),
        (
            "longest_wait_seconds",
            "Since when the longest waiting person waits.",
            age(found.waiting_since),
        ),
        (
            "updates_now_set_aside",
            "Updates that wait for `python -m bot inbox`.",
            found.dead_letters,
        ),
        (
            "oldest_uncertain_message_seconds",
            "Age of the oldest message whose fate is unknown.",
            age(found.uncertain_since),
        ),
        (
            "oldest_promised_photo_seconds",
            "Age of the oldest photo that is not fetched yet.",
            age(found.promised_since),
        ),
        ("silent_chats", "Chats, or whole channels, that asked for silence.", found.silent_chats),
        ("store_size_bytes", "Size of the database.", found.size),
    ):
        yield GaugeMetricFamily(f"am_ban_{name}", help_text, value=value)
    waiting = GaugeMetricFamily(
        "am_ban_outbox_messages",
        "Messages that are not sent, by state and class.",
        labels=["state", "class"],
    )
    for (state, urgency), number in sorted(found.outbox.items()):
        waiting.add_metric([state, urgency], number)
    yield waiting
    photos = GaugeMetricFamily(
        "am_ban_photos", "Photos that are not here, by state.", labels=["state"]
    )
    for state, number in sorted(found.photos.items()):
        photos.add_metric([state], number)
    yield photos
