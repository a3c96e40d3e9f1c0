"""The bot introduces itself to Telegram and learns the name by which people find it."""

from __future__ import annotations

import asyncio

from bot.settings import Settings
from bot.telegram.channel import TelegramChannel
from locales import Text, _

PRACTICE_NAME = "AmBanPracticeBot"

BEFORE_ANYONE_IS_KNOWN: tuple[tuple[str, Text], ...] = (
    ("start", _("Home")),
    ("trogiup", _("Help")),
    ("huy", _("Cancel")),
)
"""The commands of somebody without a role; others get their own after the first word."""

PATIENCE = 5.0
"""Seconds to ask Telegram for our name before going on without it."""


class Introducing:
    """Tells Telegram which commands there are, as soon as it can be reached."""

    def __init__(self, channel: TelegramChannel) -> None:
        self._channel = channel

    async def run(self, stop: asyncio.Event) -> None:
        await self._channel.set_up({"vi": BEFORE_ANYONE_IS_KNOWN, "en": BEFORE_ANYONE_IS_KNOWN})
        await stop.wait()


async def name_of(channel: TelegramChannel) -> str:
    """Our name in Telegram; empty when it cannot be reached now."""
    try:
        async with asyncio.timeout(PATIENCE):
            await channel.set_up({})
    except TimeoutError:
        return ""
    return channel.username


def link(name: str, payload: str) -> str:
    """What a person presses, or else what they send. A deep link."""
    if not name:
        return (
            f"Telegram cannot be reached now. Whoever is invited sends to the bot: /start {payload}"
        )
    return f"https://t.me/{name}?start={payload}"


async def link_for(settings: Settings, payload: str) -> str:
    if settings.practising:
        return link(PRACTICE_NAME, payload)
    channel = TelegramChannel(settings.token, settings.bot_api_url, settings.proxy)
    try:
        return link(await name_of(channel), payload)
    finally:
        await channel.close()
