"""Whether all is well, told to whoever watches over the machine. The health check."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.operating.logs import kind_of
from bot.operating.reasons import HealthReason
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help import documents, photos
from storage.messages import inbox, outbox

Check = Callable[[], Coroutine[Any, Any, str | None]]
"""Answers with one of our reasons why it is not well, or nothing when it is."""

PATIENCE = timedelta(seconds=3)
"""How long a check may take, so that the page answers while the database does not."""

WAITED_TOO_LONG = timedelta(seconds=60)
"""A person who waits this long for an answer thinks the bot is dead."""

UNCERTAIN_TOO_LONG = timedelta(minutes=5)
"""After this time nobody is deciding any more what became of a message."""

PHOTO_TOO_LATE = timedelta(hours=2)
"""By then a photo or a document has been tried so often that nobody should rely on its coming by itself."""

ROOM = 64 * 1024 * 1024
"""Bytes that must be free, for the inbox to outlast a morning in which nobody looks."""


class Health:
    """The checks, by name, and what they say together."""

    def __init__(self, patience: timedelta = PATIENCE) -> None:
        self._patience = patience.total_seconds()
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        self._checks[name] = check

    async def reasons(self) -> list[str]:
        """Why all is not well; empty when it is."""
        found = await asyncio.gather(
            *(self._ask(name, check) for name, check in self._checks.items())
        )
        return list(dict.fromkeys(one for one in found if one))

    async def _ask(self, name: str, check: Check) -> str | None:
        asking = asyncio.ensure_future(check())
        # Only waited for, since whoever hangs may hang even when called back.
        await asyncio.wait({asking}, timeout=self._patience)
        if not asking.done():
            asking.cancel()
            return HealthReason.CANNOT_BE_TOLD.format(check=name, kind="it takes too long")
        if (error := asking.exception()) is not None:
            return HealthReason.CANNOT_BE_TOLD.format(check=name, kind=kind_of(error))
        return asking.result()

    async def page(self, _request: web.Request) -> web.Response:
        reasons = await self.reasons()
        return web.json_response(
            {"state": "red" if reasons else "green", "reasons": reasons},
            status=503 if reasons else 200,
            headers={"Cache-Control": "no-store"},
        )


def database_answers(database: Database) -> Check:
    async def check() -> str | None:
        try:
            await database.ping()
        except Exception as error:
            return HealthReason.DATABASE.format(kind=kind_of(error))
        return None

    return check


def people_are_answered(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await inbox.oldest_waiting(session)
        if since is not None and clock() - since > WAITED_TOO_LONG:
            seconds = round((clock() - since).total_seconds())
            return HealthReason.UNANSWERED.format(seconds=seconds)
        return None

    return check


def fates_are_known(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await outbox.oldest_uncertain(session, clock())
        if since is not None and clock() - since > UNCERTAIN_TOO_LONG:
            return HealthReason.UNCERTAIN.format(moment=f"{since:%Y-%m-%d %H:%M}")
        return None

    return check


def photos_are_kept(files: PhotoFiles) -> Check:
    async def check() -> str | None:
        try:
            await files.ping()
        except Exception as error:
            return HealthReason.PHOTOS_NOT_KEPT.format(kind=kind_of(error))
        return None

    return check


def photos_come(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await photos.AWAITED.oldest(session)
        if since is not None and clock() - since > PHOTO_TOO_LATE:
            return HealthReason.PHOTO_LATE.format(moment=f"{since:%Y-%m-%d %H:%M}")
        return None

    return check


def documents_come(database: Database, clock: Callable[[], datetime]) -> Check:
    async def check() -> str | None:
        async with database.reading() as session:
            since = await documents.AWAITED.oldest(session)
        if since is not None and clock() - since > PHOTO_TOO_LATE:
            return HealthReason.DOCUMENT_LATE.format(moment=f"{since:%Y-%m-%d %H:%M}")
        return None

    return check


def room_is_left(*folders: Path, room: int = ROOM) -> Check:
    """Red when fewer bytes are free on the disk of any of them."""

    async def check() -> str | None:
        free = min([(await asyncio.to_thread(shutil.disk_usage, one)).free for one in folders])
        return None if free > room else HealthReason.ROOM.format(megabytes=free // 1024 // 1024)

    return check
