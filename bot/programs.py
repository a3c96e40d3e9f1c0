"""Plugs everything together: which loops there are, what each is given, and in which order they end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta

from bot import health, introduction, opening, practising
from bot.clock import Clock
from bot.darkroom import Darkroom
from bot.health import Health
from bot.introduction import Introducing
from bot.opening import CannotStart
from bot.post import Post
from bot.reception import Reception
from bot.settings import Settings
from bot.supervision import Program, Supervision
from bot.telegram.channel import TelegramChannel
from bot.telegram.reading import read
from bot.telegram.receiving import Receiving
from bot.world import World
from conversations import ALL, reminders
from conversations.lobby import Lobby
from locales.dates import local_day
from storage.database import Database
from storage.photo_files import PhotoFiles

log = logging.getLogger(__name__)


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Everything in one process until SIGTERM or SIGINT; raises CannotStart with what to do."""
    opening.make_folders(settings)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    async with AsyncExitStack() as opened:
        checks = Health()
        # First of all, so that a bot that waits for its database is seen to be red and not missing.
        await opened.enter_async_context(_watched(checks, settings))
        world = await opened.enter_async_context(_world(settings))
        database = Database(settings.store)
        opened.push_async_callback(database.close)
        checks.add("database", health.database_answers(database))
        if not await opening.migrated(database, stop):
            return
        files = PhotoFiles(settings.photos)
        channel = TelegramChannel(settings.token, world.api_url, settings.proxy, files=files)
        opened.push_async_callback(channel.close)
        await _begin(settings, database, channel, world, say)
        supervision = Supervision()
        _plug(supervision, settings, database, channel, files, world, checks)
        log.info("started")
        await supervision.run(stop)
    log.info("ended")


def _plug(
    supervision: Supervision,
    settings: Settings,
    database: Database,
    channel: TelegramChannel,
    files: PhotoFiles,
    world: World,
    checks: Health,
) -> None:
    channels = {channel.name: channel}
    post = Post(database, channels, world.clock)
    darkroom = Darkroom(database, channels, files, world.clock)

    def answered() -> None:
        post.wake()
        darkroom.wake()

    reception = Reception(
        database,
        Lobby(ALL),
        {"telegram": read},
        world.clock,
        answered=answered,
        username=lambda name: channels[name].username,
    )
    receiving = Receiving(
        database,
        settings.token,
        world.api_url,
        settings.proxy,
        world.clock,
        heard=reception.wake,
        taps=channel.taps,
    )
    clock = Clock(database, reminders.ALL, channel.name, world.clock, told=post.wake)
    # They end in this order, together within the ten seconds that a machine gives when it shuts down.
    ending: tuple[tuple[str, Program, float], ...] = (
        ("receiving", receiving, 1.5),
        ("answering", reception, 2.5),
        ("reminding", clock, 0.5),
        ("sending", post, 3.0),
        ("photos", darkroom, 1.0),
        ("introducing", Introducing(channel), 0.2),
    )
    for name, program, patience in ending:
        supervision.add(name, program, patience=patience)
    _watch(checks, settings, database, receiving, world)
    checks.add("loops", supervision.fallen)


def _watch(
    checks: Health, settings: Settings, database: Database, receiving: Receiving, world: World
) -> None:
    async def trouble() -> str | None:
        return receiving.trouble or None

    poll = timedelta(seconds=receiving.poll)
    checks.add("receiving", trouble)
    checks.add("updates", health.updates_arrive(lambda: receiving.last_success, poll, world.clock))
    checks.add("answering", health.people_are_answered(database, world.clock))
    checks.add("sending", health.fates_are_known(database, world.clock))
    if (file := opening.file_of(settings)) is not None:
        checks.add("disk", health.room_is_left(file.parent))


async def _begin(
    settings: Settings,
    database: Database,
    channel: TelegramChannel,
    world: World,
    say: Callable[[str], None],
) -> None:
    """What whoever started the bot is told first; raises CannotStart."""
    now = world.clock()
    if world.page:
        await opening.load_sample(database, now)
        await practising.invite_newcomer(database, now, world.page)
        say(f"The practice Telegram is open at {world.page}")
        return
    await opening.refuse_sample(database)
    missing = await opening.missing_tables(database, local_day(now))
    payload = await opening.first_invitation(database, now)
    link = None
    if payload is not None:
        link = introduction.link(await introduction.name_of(channel), payload)
    say(opening.first_steps(missing, link))


def _world(settings: Settings) -> AbstractAsyncContextManager[World]:
    if settings.practising:
        return practising.practice_world(settings.practice_port)
    return _real_world(settings)


@asynccontextmanager
async def _real_world(settings: Settings) -> AsyncIterator[World]:
    yield World(settings.bot_api_url)


@asynccontextmanager
async def _watched(checks: Health, settings: Settings) -> AsyncIterator[None]:
    try:
        serving = health.serving(checks, settings.http_host, settings.http_port)
        await serving.__aenter__()
    except health.NoSuchHost as wrong:
        raise CannotStart(
            f"HTTP_HOST is {settings.http_host}, which is no address of this machine ({wrong}). "
            "It takes 127.0.0.1 for this machine alone, 0.0.0.0 for all."
        ) from None
    except health.Taken as taken:
        raise CannotStart(
            f"Port {settings.http_port} of {settings.http_host} cannot be used ({taken}). Perhaps a bot is "
            f"still running: end it, or choose another port, such as HTTP_PORT={settings.http_port + 10}."
        ) from None
    try:
        yield
    finally:
        await serving.__aexit__(None, None, None)
