"""How long it takes from a message's arrival in the chat app to the reply's leaving, over real HTTP."""

from __future__ import annotations

import asyncio
import statistics
import time

import conversations
from bot.answering.reception import Reception
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.sending.post import Post
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read
from conversations.lobby.lobby import Lobby
from storage.database import Database
from tests.cast import settle_in

LAN = 700001


async def of_a_reply(url: str, count: int) -> tuple[float, float]:
    """Median and 95th percentile, in seconds, of one person alone."""
    database = Database(url)
    await database.migrate()
    async with database.writing() as session:
        await settle_in(session)
    practice = Practice()
    async with running(practice) as address:
        channel = TelegramChannel(TOKEN, address)
        clock = practice.clock.now
        post = Post(database, {channel.name: channel}, clock)
        reception = Reception(
            database, Lobby(conversations.ALL), {"telegram": read}, clock, answered=post.wake
        )
        arriving = arriving_updates(database, TOKEN, clock, heard=reception.wake)
        receiving = Polling(arriving, TOKEN, address, None, clock)
        stop = asyncio.Event()
        loops = [asyncio.create_task(one.run(stop)) for one in (receiving, reception, post)]
        taken = [await _one(practice) for _message in range(count)]
        stop.set()
        await asyncio.gather(*loops)
        await channel.close()
    await database.close()
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


async def _one(practice: Practice) -> float:
    """One message and its answer; the pace of one message a second to a chat is not part of the figure."""
    with practice.world.subscription(LAN) as told:
        started = time.perf_counter()
        practice.people.say(LAN, "trợ giúp")
        async with asyncio.timeout(30):
            while True:
                event = await told.get()
                if event["event"] == "message" and event["message"]["from"]["is_bot"]:
                    spent = time.perf_counter() - started
                    break
    await asyncio.sleep(1.05)
    return spent
