"""What a message costs this bot from the bytes that bring it to the bytes that answer it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel import col, func, select

import conversations
from bot.answering.reception import Reception
from bot.sending.post import Post
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.reading import read
from conversations.lobby.lobby import Lobby
from storage.database import Database
from storage.help.reports import Report
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import Message, MessageState
from storage.people.people import Person
from tests.bench.measuring import Costs
from tests.bench.null_network import TOKEN, NullNetwork, came
from tests.cast import one_more_teacher, settle_in
from tests.talking import LAN

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WORDS = (
    "/xacnhan",
    "thieu",
    "45",
    "1",
    "duong kho di",
    "hom nay",
    "gui sau",
    "khong",
    "gui",
)
"""A whole report; each is answered by a card with buttons."""
FIRST = 900_000
"""The number of the first teacher."""


class Moment:
    """A clock that moves when somebody waits, so that no limit of Telegram's is part of a figure."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Bot:
    """All of ours but the loops: what they do is done step by step, and each step is measured."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = Moment()
        self.network = NullNetwork()
        self.channel = TelegramChannel(TOKEN, "http://127.0.0.1:9", request=self.network)
        self.ingest = arriving_updates(database, TOKEN, self.clock, heard=lambda: None)
        self.reception = Reception(
            database, Lobby(conversations.ALL), {"telegram": read}, self.clock
        )
        self.post = Post(
            database, {self.channel.name: self.channel}, self.clock, sleep=self.clock.sleep
        )
        self.costs = Costs()

    async def handles(self, bodies: Sequence[bytes]) -> None:
        """These come together; everybody is answered and told before this returns."""
        with self.costs.of("receive"):
            await self.ingest.keep([json.loads(body) for body in bodies])
        with self.costs.of("answer"):
            self.reception.more_waits = True
            while self.reception.more_waits:
                await self.reception.answer_waiting()
        with self.costs.of("tell"):
            while await self.post.send_waiting():
                pass
        self.costs.messages += len(bodies)
        self.clock.now += timedelta(seconds=2)


async def village(database: Database, people: int, first: int = 0) -> None:
    """So many teachers, each with a site and one delivery."""
    async with database.writing() as session:
        if await session.get(Person, f"person-{LAN}") is None:
            await settle_in(session)
        for number in range(first, first + people):
            await one_more_teacher(session, number, str(FIRST + number))


async def whole_reports(database: Database, people: int, at_once: int, *, first: int = 0) -> Costs:
    """Everybody reports from the first word to the receipt, so many side by side; the store must hold all of it.

    `first` is the number of the first of them, where others have reported in this store before.
    """
    await village(database, people, first)
    bot = Bot(database)
    number = first * len(WORDS)
    for begin in range(first, first + people, at_once):
        for text in WORDS:
            bodies = []
            for person in range(begin, min(begin + at_once, first + people)):
                number += 1
                bodies.append(came(number, FIRST + person, text))
            await bot.handles(bodies)
    await _all_is_there(bot, first + people, number)
    return bot.costs


async def _all_is_there(bot: Bot, people: int, messages: int) -> None:
    """Raises AssertionError where anything of these was lost, set aside or not told; so many since the store was made."""
    async with bot.database.reading() as session:

        async def count(table: type, *conditions: object) -> int:
            asked = select(func.count()).select_from(table).where(*conditions)  # type: ignore[arg-type]
            return int((await session.execute(asked)).scalar_one())

        reports = await count(Report, col(Report.submitted_at) >= NOW)
        done = await count(Update, col(Update.state) == UpdateState.DONE, col(Update.update_id) > 0)
        told = await count(
            Message,
            col(Message.state) == MessageState.SENT,
            col(Message.created_at) >= NOW,
        )
        left = await count(
            Message, col(Message.state).in_([MessageState.PENDING, MessageState.SENDING])
        )
    expected = (people, messages, 0)
    if (
        (reports, done, left) != expected
        or told < messages
        or bot.network.sent < bot.costs.messages
    ):
        raise AssertionError(f"{(reports, done, left, told, bot.network.sent)} of {expected}")
