"""What must be true of the store before the bot talks to anybody."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from bot.ending import unless_stopped
from bot.logs import kind_of
from bot.settings import Settings
from locales import Reader, render
from storage import invitations, people, sample
from storage.database import Database, is_unavailable
from storage.people import Role
from storage.refusals import Refused

log = logging.getLogger(__name__)

LONGEST_PAUSE = 30.0

HANDING_OVER = 0.5
"""Seconds after which one who waits looks again whether another bot is still there."""

ENGLISH = Reader(language="en")
"""Whoever runs the bot reads English, as the log is in it."""


class CannotStart(Exception):
    """The bot may not start like this; the text says what to do."""


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


@asynccontextmanager
async def alone(settings: Settings, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Waits while another bot works on the same SQLite file; False when told to stop; raises CannotStart.

    The system lets go of the mark when a process dies, however it dies. PostgreSQL is there to be shared.
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
    """Bring the tables up to date, as long as it takes to reach the database; False when told to stop."""
    pause = 1.0
    while not stop.is_set():
        try:
            return await unless_stopped(stop, database.migrate())
        except Exception as error:
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
        raise CannotStart(render(refusal.why, ENGLISH)) from None


async def refuse_sample(database: Database) -> None:
    """Made-up records must never be told to real people; raises CannotStart."""
    async with database.reading() as session:
        if await sample.has_sample(session):
            raise CannotStart(
                "This store holds the sample programme, and BOT_TOKEN is set. Real people must not be "
                "told about made-up deliveries. Name another, empty store in DATABASE_URL."
            )


async def first_invitation(database: Database, now: datetime) -> str | None:
    """The payload that lets the province's coordinator in; None once anybody is known."""
    async with database.writing() as session:
        if await people.anybody(session):
            return None
        return await invitations.create(session, Role.COORD, None, None, now)


def first_steps(link: str) -> str:
    """What whoever starts an empty store should do."""
    return "\n".join(
        (
            "Nobody is known in this store yet.",
            "1. Load the programme, each file from its template:",
            "     python -m bot load --template sites > sites.csv",
            "     python -m bot load sites.csv",
            "2. The coordinator of the province opens this invitation, which works once:",
            f"     {link}",
        )
    )
