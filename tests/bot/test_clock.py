"""The clock tells officers what is new, twice a day at most, and never the same twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from bot.clock import Clock
from conversations import reminders
from storage import people
from tests.talking import CHANNEL, LAN, MINH, Talk


def clock_of(talk: Talk) -> Clock:
    return Clock(talk.database, reminders.ALL, [CHANNEL], talk.clock)


async def report(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)


async def test_the_digest_announces_what_came_in_silence(talk: Talk) -> None:
    await report(talk)
    assert talk.phone(MINH).last.silent
    assert await clock_of(talk).remind() == 0
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    told = talk.phone(MINH).last
    assert not told.silent
    assert "Có 1 báo cáo mới chờ kiểm tra" in told.text
    assert told.labels == ["Xem tất cả"]


async def test_nothing_is_told_twice_by_several_clocks_or_restarts(talk: Talk) -> None:
    """T36."""
    await report(talk)
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    told = await asyncio.gather(*(clock_of(talk).remind() for _clock in range(3)))
    assert sum(told) == 1
    talk.clock.now = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
    assert await clock_of(talk).remind() == 0


async def test_a_missed_digest_is_caught_up_and_nights_are_left_in_peace(talk: Talk) -> None:
    """T35."""
    await report(talk)
    talk.clock.now = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    assert await clock_of(talk).remind() == 0
    talk.clock.now = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1


async def test_a_digest_for_whoever_blocked_us_is_there_when_they_come_back(talk: Talk) -> None:
    await report(talk)
    async with talk.database.writing() as session:
        await people.unreachable(session, f"person-{MINH}", talk.clock.now)
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    clock = clock_of(talk)
    assert await clock.remind() == 0
    async with talk.database.writing() as session:
        await people.reachable(session, f"person-{MINH}")
    assert await clock.remind() == 1
