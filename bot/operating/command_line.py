"""What every command does in the same way: read the settings, open the store, speak to who is at the keyboard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn

import typer

from bot.operating import logs, startup
from bot.operating.startup import ENGLISH, CannotStart
from bot.settings import Settings, WrongSettings, read_settings
from locales import render
from storage.database import Database, is_no_store, is_unavailable
from storage.refusals import Refused


def now() -> datetime:
    return datetime.now(UTC)


def aside(text: str) -> None:
    """For the person at the keyboard, where standard output is for programs."""
    typer.echo(text, err=True)


def give_up(text: str) -> NoReturn:
    aside(text)
    raise typer.Exit(1)


def settled() -> Settings:
    try:
        settings = read_settings()
    except WrongSettings as wrong:
        give_up(str(wrong))
    logs.set_up(settings.log_level, settings.log_format)
    return settings


def finish(work: Awaitable[Any]) -> Any:
    async def working() -> Any:
        return await work

    try:
        return asyncio.run(working())
    except CannotStart as why:
        give_up(str(why))
    except Refused as refusal:
        give_up(render(refusal.why, ENGLISH))
    except Exception as error:
        if not (is_no_store(error) or is_unavailable(error)):
            raise
        give_up(f"{startup.out_of_reach(error)} Nothing was changed.")


@asynccontextmanager
async def store(settings: Settings, *, only_looking: bool = False) -> AsyncIterator[Database]:
    """The store of these settings, its tables up to date; raises CannotStart. Whoever only looks makes none."""
    file = startup.file_of(settings)
    if only_looking and file is not None and not file.exists():
        raise CannotStart(f"There is no store yet at {file}, so there is nothing to look at.")
    startup.make_folders(settings)
    async with opened(settings) as database:
        if only_looking and not await database.is_made():
            raise CannotStart("The database that DATABASE_URL names holds no store yet.")
        await database.migrate()
        yield database


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The store of these settings, as it is."""
    if settings.practising:
        aside(startup.practice(settings))
    database = Database(settings.store)
    try:
        yield database
    finally:
        await database.close()
