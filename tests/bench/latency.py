"""How long people wait for an answer while others write too, arriving by chance, over the loops of the real program."""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import conversations
from bot.answering.reception import Reception
from bot.sending.post import Post
from bot.sending.rate_limit import Bucket, RateLimit
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.reading import read
from conversations.lobby.lobby import Lobby
from storage.database import Database
from tests.bench.null_network import TOKEN, NullNetwork, came
from tests.bench.ours import FIRST, NOW, WORDS, village

PEOPLE = 120
FLOODER = FIRST
"""The first teacher, who sends very much at once where that is measured."""
OFTEN = 0.002
"""Seconds between two looks at the loop."""


class Listening(NullNetwork):
    """Tells each chat's waiting when something is sent to it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: dict[int, asyncio.Future[float]] = {}

    def answer(self, name: str, given: bytes) -> bytes:
        if name in {"sendMessage", "editMessageText"}:
            waiting = self.waiting.get(int(json.loads(given)["chat_id"]))
            if waiting is not None and not waiting.done():
                waiting.set_result(time.perf_counter())
        return super().answer(name, given)


@dataclass
class Waits:
    """Seconds that people waited for answers, and that the loop was late."""

    replies: list[float] = field(default_factory=list)
    lags: list[float] = field(default_factory=list)


def percentile(values: Sequence[float], hundredth: int) -> float:
    return statistics.quantiles(values, n=100)[hundredth - 1]


class Running:
    """Answering and sending as the program runs them, fed by hand, without Telegram's limits."""

    def __init__(self, database: Database) -> None:
        began = time.perf_counter()

        def now() -> datetime:
            return NOW + timedelta(seconds=time.perf_counter() - began)

        self.network = Listening()
        channel = TelegramChannel(TOKEN, "http://127.0.0.1:9", request=self.network)
        unlimited = RateLimit(now, overall=Bucket(10**6, 10**6, 10**6, now()))
        self.post = Post(database, {channel.name: channel}, now, rate_limit=unlimited)
        self.reception = Reception(
            database, Lobby(conversations.ALL), {"telegram": read}, now, answered=self.post.wake
        )
        self.ingest = arriving_updates(database, TOKEN, now, heard=self.reception.wake)
        self.waits = Waits()
        self._number = 0

    async def says(self, person: int, text: str) -> None:
        """One message, until its answer leaves."""
        self._number += 1
        body = came(self._number, person, text)
        waiting = self.network.waiting[person] = asyncio.get_running_loop().create_future()
        came_at = time.perf_counter()
        await self.ingest.keep([json.loads(body)])
        self.waits.replies.append(await waiting - came_at)

    async def floods(self, person: int, count: int) -> None:
        """So many messages at once, for whose answers nobody waits."""
        bodies = []
        for _message in range(count):
            self._number += 1
            bodies.append(json.loads(came(self._number, person, "trợ giúp")))
        await self.ingest.keep(bodies)

    async def watches_the_loop(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(OFTEN)
            self.waits.lags.append(time.perf_counter() - began - OFTEN)


@asynccontextmanager
async def running(url: str) -> AsyncIterator[Running]:
    database = Database(url)
    await database.migrate()
    await village(database, PEOPLE)
    one = Running(database)
    stop = asyncio.Event()
    loops = [asyncio.create_task(each.run(stop)) for each in (one.reception, one.post)]
    watching = asyncio.create_task(one.watches_the_loop())
    try:
        yield one
    finally:
        watching.cancel()
        stop.set()
        await asyncio.gather(*loops)
        await database.close()


async def arriving_by_chance(
    url: str, per_second: float, seconds: float, *, flood: int = 0
) -> Waits:
    """So many messages a second, of many people, at moments of chance; raises TimeoutError where one is not answered."""
    chance = random.Random(588)
    async with running(url) as one:
        sent = []
        if flood:
            sent.append(asyncio.create_task(one.floods(FLOODER, flood)))
        for number in range(round(per_second * seconds)):
            # The first is left to the flood; nobody speaks before their turn comes again.
            person = FIRST + 1 + number % (PEOPLE - 1)
            text = WORDS[number // (PEOPLE - 1) % len(WORDS)]
            sent.append(asyncio.create_task(one.says(person, text)))
            await asyncio.sleep(chance.expovariate(per_second))
        async with asyncio.timeout(60):
            await asyncio.gather(*sent)
        return one.waits


async def in_full_batches(url: str, rounds: int) -> Waits:
    """Everybody writes at once, again and again, so that batches are full."""
    async with running(url) as one:
        for text in WORDS[:rounds]:
            async with asyncio.timeout(120):
                await asyncio.gather(*(one.says(FIRST + each, text) for each in range(PEOPLE)))
        return one.waits
