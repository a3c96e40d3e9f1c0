"""Plugs everything together: which loops there are, what each is given, and in which order they end.

The composition root.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from bot.answering.reception import Reception
from bot.channels import Channel
from bot.clock import Clock
from bot.operating import health, introduction, pages, practising, startup
from bot.operating.environment import Environment
from bot.operating.health import Health
from bot.operating.introduction import Introducing
from bot.operating.metrics import Metrics
from bot.operating.shutdown import end_in_time, unless_stopped
from bot.operating.startup import CannotStart
from bot.operating.supervision import Program, Supervision
from bot.photos.documents import DocumentFetcher
from bot.photos.fetcher import PhotoFetcher
from bot.receiving.ingest import Ingest
from bot.receiving.leader_election import LeaderElection
from bot.receiving.long_polling import LongPolling
from bot.sending.post import Post
from bot.settings import Settings
from bot.telegram.absence import Absence
from bot.telegram.channel import TelegramChannel
from bot.telegram.door import Door
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read
from bot.telegram.webhook import Webhook
from bot.text.channel import TextChannel
from bot.text.reading import read as read_text
from bot.text.receiving import TextReceiving
from conversations import ALL, REMINDERS
from conversations.lobby.lobby import Lobby
from locales.dates import local_day
from storage.database import Database
from storage.files.photo_files import PhotoFiles

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugs:
    """What everything else is plugged into."""

    settings: Settings
    environment: Environment
    checks: Health
    figures: Metrics
    door: Door
    supervision: Supervision = field(default_factory=Supervision)


async def run(settings: Settings, say: Callable[[str], None]) -> None:
    """Everything in one process until SIGTERM or SIGINT; raises CannotStart with what to do."""
    startup.make_folders(settings)
    stop = asyncio.Event()

    def end() -> None:
        stop.set()
        end_in_time()

    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    async with AsyncExitStack() as opened:
        environment = await opened.enter_async_context(_environment(settings))
        door = Door(settings.webhook_secret.get_secret_value())
        plugs = Plugs(settings, environment, Health(), Metrics(environment.clock), door)
        # Before anything may have to wait, so that a bot that waits for its database is seen to be red, not missing.
        await opened.enter_async_context(_pages(plugs))
        if not await opened.enter_async_context(startup.alone(settings, stop)):
            return
        database = Database(settings.store)
        opened.push_async_callback(database.close)
        plugs.checks.add("database", health.database_answers(database))
        plugs.figures.ask(database)
        if not await startup.migrated(database, stop):
            return
        files = PhotoFiles(settings.photos)
        channel = TelegramChannel(settings.token, environment.api_url, settings.proxy, files=files)
        opened.push_async_callback(channel.close)
        texts = (
            TextChannel(environment.text_gateway, files=files) if environment.text_gateway else None
        )
        if texts is not None:
            opened.push_async_callback(texts.close)
        if not await unless_stopped(stop, _begin(settings, database, channel, environment, say)):
            return
        _plug(plugs, database, channel, texts, files)
        leave_alone_what_stays()
        log.info("started")
        await plugs.supervision.run(stop)
    log.info("ended")


def leave_alone_what_stays() -> None:
    """All that is loaded by now stays to the end, so the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    # Messages are many small objects that are soon gone: it looks after so many of them, instead of 700.
    gc.set_threshold(20_000, 20, 20)


def _plug(
    plugs: Plugs,
    database: Database,
    channel: TelegramChannel,
    texts: TextChannel | None,
    files: PhotoFiles,
) -> None:
    channels: dict[str, Channel] = {one.name: one for one in (channel, texts) if one is not None}
    now = plugs.environment.clock
    post = Post(database, channels, now)
    channel.hushed = partial(post.silences.hush, channel.name)
    photo_fetcher = PhotoFetcher(database, channels, files, now)
    fetcher = DocumentFetcher(database, channels, files, now)

    def answered() -> None:
        post.wake()
        photo_fetcher.wake()
        fetcher.wake()

    reception = Reception(
        database,
        Lobby(ALL),
        {"telegram": read, "text": read_text},
        now,
        answered=answered,
        username=lambda name: channels[name].username,
        channels=list(channels),
    )
    token = plugs.settings.token
    came = arriving_updates(
        database, token, now, heard=reception.wake, callback_answers=channel.callback_answers
    )
    absence = Absence(database, channel.name, now, told=post.wake)
    clock = Clock(database, REMINDERS, list(channels), now, told=post.wake)
    # They end in this order, together within the ten seconds that a machine gives when it shuts down.
    ending: tuple[tuple[str, Program, float], ...] = (
        ("receiving", _receiving(plugs, database, channel, came, absence), 1.5),
        ("answering", reception, 2.5),
        ("reminding", clock, 0.5),
        ("sending", post, 3.0),
        ("photos", photo_fetcher, 1.0),
        ("documents", fetcher, 0.3),
        ("introducing", Introducing(channel), 0.2),
    )
    if texts is not None:
        election = _election(plugs, database, texts.name)
        gateway = plugs.environment.text_gateway
        written = TextReceiving(database, gateway, now, heard=reception.wake, election=election)
        ending = (("receiving texts", written, 1.5), *ending)
        _watch(plugs.checks, ("receiving texts", "texts"), written)
    for name, program, patience in ending:
        plugs.supervision.add(name, program, patience=patience)
    plugs.checks.add("answering", health.people_are_answered(database, now))
    plugs.checks.add("sending", health.fates_are_known(database, now))
    plugs.checks.add("channels", post.circuits.is_troubled)
    plugs.figures.add(
        "am_ban_channels_failing",
        "Chat apps that take nothing at this moment, so that messages wait.",
        lambda: post.circuits.down,
    )
    plugs.checks.add("photos", health.photos_are_kept(files))
    plugs.checks.add("keeping photos", photo_fetcher.is_troubled)
    plugs.checks.add("waiting photos", health.photos_come(database, now))
    plugs.checks.add("keeping documents", fetcher.is_troubled)
    plugs.checks.add("waiting documents", health.documents_come(database, now))
    file = startup.file_of(plugs.settings)
    if folders := [one for one in (file and file.parent, files.folder) if one is not None]:
        plugs.checks.add("disk", health.room_is_left(*folders))
    plugs.checks.add("loops", plugs.supervision.fallen)


def _receiving(
    plugs: Plugs, database: Database, channel: TelegramChannel, came: Ingest, absence: Absence
) -> Program:
    """Updates are brought where WEBHOOK_URL says so, and fetched otherwise."""
    settings, environment = plugs.settings, plugs.environment
    way = came, settings.token, environment.api_url, settings.proxy, environment.clock
    receiving: Webhook | Polling
    if settings.webhook_url:
        receiving = webhook = Webhook(
            plugs.door,
            *way,
            url=settings.webhook_url,
            secret=settings.webhook_secret.get_secret_value(),
            absence=absence,
        )
        plugs.figures.add(
            "am_ban_telegram_pending_updates",
            "Updates that wait at Telegram, when it was last asked.",
            lambda: webhook.pending,
        )
    else:
        election = _election(plugs, database, channel.name)
        receiving = polling = Polling(*way, election=election, absence=absence)
        plugs.figures.add(
            "am_ban_leads", "1 where this process fetches the updates.", lambda: polling.leads
        )
        plugs.figures.add(
            "am_ban_last_successful_poll_age_seconds",
            "Since Telegram last gave updates, or none; 0 where another process leads.",
            lambda: polling.silence,
        )
    _watch(plugs.checks, ("receiving", "updates"), receiving)
    return receiving


def _election(plugs: Plugs, database: Database, channel: str) -> LeaderElection | None:
    """Which of several processes asks a chat app; a SQLite file has one bot alone, see `startup.alone`."""
    if database.is_sqlite:
        return None
    return LeaderElection(database, f"polling {channel}", plugs.environment.clock)


def _watch(checks: Health, names: tuple[str, str], receiving: LongPolling[Any] | Webhook) -> None:
    """Two checks: whether something is wrong, and whether something was heard lately."""
    checks.add(names[0], receiving.is_troubled)
    checks.add(names[1], receiving.is_silent)


async def _begin(
    settings: Settings,
    database: Database,
    channel: TelegramChannel,
    environment: Environment,
    say: Callable[[str], None],
) -> None:
    """What whoever started the bot is told first; raises CannotStart."""
    now = environment.clock()
    if environment.page:
        await startup.load_sample(database, now)
        await practising.invite_newcomers(database, now, environment.page)
        await practising.begin_anew(database, channel.name)
        say(f"The practice Telegram is open at {environment.page}")
        return
    await startup.refuse_sample(database)
    missing = await startup.missing_tables(database, local_day(now))
    payload = await startup.first_invitation(database, now)
    link = None
    if payload is not None:
        link = introduction.link(await introduction.name_of(channel), payload)
    say(startup.first_steps(missing, link))


def _environment(settings: Settings) -> AbstractAsyncContextManager[Environment]:
    if settings.practising:
        store = startup.file_of(settings)
        return practising.practice_world(
            settings.practice_port, store and store.parent / "telegram"
        )
    return _real_world(settings)


@asynccontextmanager
async def _real_world(settings: Settings) -> AsyncIterator[Environment]:
    yield Environment(settings.bot_api_url, text_gateway=settings.text_gateway_url)


@asynccontextmanager
async def _pages(plugs: Plugs) -> AsyncIterator[None]:
    """What is answered on HTTP_PORT; raises CannotStart when the port is taken."""
    settings = plugs.settings
    shown = [web.get("/healthz", plugs.checks.page), web.get("/metrics", plugs.figures.page)]
    if settings.webhook_url:
        shown.append(web.post(settings.webhook_path, plugs.door.answer))
    try:
        serving = pages.serving(shown, settings.http_host, settings.http_port)
        await serving.__aenter__()
    except pages.NoSuchHost as wrong:
        raise CannotStart(
            f"HTTP_HOST is {settings.http_host}, which is no address of this machine ({wrong}). "
            "It takes 127.0.0.1 for this machine alone, 0.0.0.0 for all."
        ) from None
    except pages.Taken as taken:
        raise CannotStart(
            f"Port {settings.http_port} of {settings.http_host} cannot be used ({taken}). Perhaps a bot is "
            f"still running: end it, or choose another port, such as HTTP_PORT={settings.http_port + 10}."
        ) from None
    try:
        yield
    finally:
        await serving.__aexit__(None, None, None)
