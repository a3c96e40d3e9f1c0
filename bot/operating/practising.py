"""What is different while people practise: Telegram is ours, and newcomers have invitations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import datetime
from pathlib import Path

import aiohttp

from bot.operating.environment import Environment
from bot.operating.startup import CannotStart
from bot.practice.keeping import kept
from bot.practice.server import Practice, running
from locales import Reader, _, render
from storage.database import Database
from storage.files import sample
from storage.messages import heartbeat
from storage.people import invitations, people
from storage.people.people import Role
from storage.programme import sites

NEWCOMERS = (
    ("telegram", "700005", sample.NEWCOMER_SITE),
    ("text", "+84000000006", sample.TEXT_SITE),
)
"""Two teachers who have not joined yet: the kind of phone, its address, and the site they are invited to."""


@asynccontextmanager
async def practice_world(port: int, folder: Path | None) -> AsyncIterator[Environment]:
    """A Telegram on this machine, whose clock people can move; raises CannotStart.

    It goes on from what the folder holds; without one it begins anew each time.
    """
    practice = Practice()
    try:
        telegram = running(practice, port=port)
        address = await telegram.__aenter__()
    except OSError:
        raise CannotStart(
            f"Port {port} is taken by another program, perhaps by a bot that is still running. "
            f"End it, or choose another one: PRACTICE_PORT={port + 10} make run"
        ) from None
    try:
        async with kept(practice, folder) if folder else nullcontext():
            yield Environment(address, practice.clock.now, text_gateway=address, page=f"{address}/")
    finally:
        await telegram.__aexit__(None, None, None)


async def begin_anew(database: Database, channel: str) -> None:
    """The practice Telegram was away with the bot, and its chats are empty: nobody pressed anything meanwhile."""
    async with database.writing() as session:
        await heartbeat.forget(session, channel)


async def invite_newcomers(database: Database, now: datetime, page: str) -> None:
    """Put invitations onto the page for those who have not joined yet."""
    for channel, address, site in NEWCOMERS:
        await _invite(database, now, page, (channel, address), site)


async def _invite(
    database: Database, now: datetime, page: str, address: tuple[str, str], site_code: str
) -> None:
    async with database.writing() as session:
        known = await people.by_addresses(session, [address])
        if address in known:
            return
        payload = await invitations.create(session, Role.SITE, site_code, None, now)
        site = await sites.get(session, site_code)
    words = _("Invitation for a teacher: {site}").format(site=site.name if site else "")
    label = render(words, Reader(language="vi"))
    async with aiohttp.ClientSession(trust_env=False) as web:
        await web.post(
            f"{page}practice/invitations",
            json={"label": label, "payload": payload, "person": address[1]},
            raise_for_status=True,
        )
