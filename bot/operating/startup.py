"""What must be true of the store before the bot talks to anybody."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO

from bot.operating.logs import kind_of
from bot.operating.shutdown import unless_stopped
from bot.settings import Settings
from locales import Reader, render
from storage.database import Database, is_no_store, is_unavailable
from storage.files import sample
from storage.people import invitations, people
from storage.people.people import Role
from storage.programme import plans, sites
from storage.refusals import Refused

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0

HANDING_OVER = 0.5
"""Seconds after which one who waits looks again whether another bot is still there."""
READ_WRITE = os.R_OK | os.W_OK

ENGLISH = Reader(language="en")
"""Whoever runs the bot reads English, as the log is in it."""


class CannotStart(Exception):
    """The bot may not start like this; the text says what to do."""


def out_of_reach(error: Exception) -> CannotStart:
    """For a store that cannot be used; its address may hold a password, so it is not shown."""
    if is_no_store(error):
        what = "names a store that lets nobody in, or something that is no store"
    else:
        what = "names a store that cannot be reached or written to now"
    return CannotStart(
        f"DATABASE_URL {what} ({kind_of(error)}). Check its name, password, host and path."
    )


def practice(settings: Settings) -> str:
    """Said before anything is done to a store without a token, so that nobody takes it for the real one."""
    if "database_url" in settings.model_fields_set:
        return (
            "There is no BOT_TOKEN, so the store that DATABASE_URL names is used for practice. "
            "Leave DATABASE_URL out to practise in a store of its own, or set BOT_TOKEN."
        )
    return "There is no BOT_TOKEN, so this is the practice store."


def file_of(settings: Settings) -> Path | None:
    """Where SQLite keeps the records; None for other databases."""
    if not settings.store.startswith("sqlite"):
        return None
    return Path(settings.store.partition(":///")[2].partition("?")[0]).absolute()


def make_folders(settings: Settings) -> None:
    """SQLite and the folder of photos need theirs; raises CannotStart."""
    folders = [] if "://" in settings.photos else [Path(settings.photos)]
    if (file := file_of(settings)) is not None:
        folders.append(file.parent)
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CannotStart(
                f"The folder {folder} cannot be made ({error.strerror}). "
                "Run the bot where it may write, or change DATABASE_URL and PHOTOS_URL."
            ) from None
    if file is not None and file.exists() and not (file.is_file() and os.access(file, READ_WRITE)):
        raise CannotStart(
            f"DATABASE_URL names {file}, which is no file that the bot may read and write."
        )


@asynccontextmanager
async def alone(settings: Settings, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Waits while another bot works on the same SQLite file; False when told to stop; raises CannotStart.

    An advisory lock (flock): the system lets go of the mark when a process dies, however it dies. PostgreSQL is there
    to be shared.
    """
    if (file := file_of(settings)) is None:
        yield True
        return
    path = file.with_name(f"{file.name}.bot")
    try:
        mark = path.open("ab")
    except OSError as error:
        raise CannotStart(
            f"The file {path} cannot be made ({error.strerror}). "
            "Run the bot where it may write, or change DATABASE_URL."
        ) from None
    with mark:
        yield await _marked(mark, stop)


async def _marked(mark: BinaryIO, stop: asyncio.Event) -> bool:
    waiting = False
    while not stop.is_set():
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waiting:
                log.info("another bot works on this store; this one waits for its end")
            waiting = True
            await _rest(stop, HANDING_OVER)
        else:
            return True
    return False


async def _rest(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


async def migrated(database: Database, stop: asyncio.Event) -> bool:
    """Bring the tables up to date, as long as it takes to reach the database; False when told to stop.

    The schema migration, with exponential backoff.
    """
    pause = 1.0
    while not stop.is_set():
        try:
            return await unless_stopped(stop, database.migrate())
        except Exception as error:
            if is_no_store(error):
                raise out_of_reach(error) from None
            if not is_unavailable(error):
                raise
            log.warning("the database does not answer (%s)", kind_of(error))
        await _rest(stop, pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return False


async def load_sample(database: Database, now: datetime) -> bool:
    """Fill the store with the sample programme; False when it was there already; raises CannotStart."""
    try:
        async with database.writing() as session:
            known = await sample.has_sample(session)
            await sample.load(session, now)
            return not known
    except Refused as refusal:
        advice = "Set BOT_TOKEN to serve it, or leave DATABASE_URL out to practise in another one."
        raise CannotStart(f"{render(refusal.why, ENGLISH)} {advice}") from None


async def refuse_sample(database: Database) -> None:
    """Made-up records must never be told to real people; raises CannotStart."""
    async with database.reading() as session:
        if await sample.has_sample(session):
            raise CannotStart(
                "This store holds the sample programme, and BOT_TOKEN is set. Real people must not be "
                "told about made-up deliveries. Name another, empty store in DATABASE_URL."
            )


async def missing_tables(database: Database, today: date) -> list[str]:
    """The templates of what must be loaded before anything can be planned."""
    async with database.reading() as session:
        known = {
            "plans": bool(await plans.running_on(session, today)),
            "sites": await sites.any_open(session, today),
        }
    return [name for name, is_there in known.items() if not is_there]


async def first_invitation(database: Database, now: datetime) -> str | None:
    """The payload that lets the province's coordinator in; None once somebody coordinates."""
    async with database.writing() as session:
        if await people.holders(session, Role.COORD, now):
            return None
        return await invitations.of_this_start(session, now)


def first_steps(missing: Sequence[str], link: str | None) -> str:
    """What whoever starts a store without a programme, or without a coordinator, should do."""
    steps = []
    if missing:
        lines = ["Nothing can be planned yet without a plan for today and sites. Fill in and load:"]
        lines += [f"     python -m bot load --template {name} > {name}.csv" for name in missing]
        lines.append(f"     python -m bot load {' '.join(f'{name}.csv' for name in missing)}")
        steps.append("\n".join(lines))
    if link is not None:
        steps.append(
            "Nobody coordinates the programme yet. The coordinator of the province opens this invitation,\n"
            "which works once and takes the place of those that were printed here before:\n"
            f"     {link}"
        )
    return "\n".join(steps) or "The bot is running. What happens to it is told on standard error."
