"""The clock tells officers what is new, twice a day at most, and never the same twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from conversations import REMINDERS
from storage.files import loading
from storage.help import submissions
from storage.help.confirmations import NewConfirmation, Outcome
from storage.help.deliveries import Delivery
from storage.people import people
from storage.people.people import Role
from tests.cast import NA_TENH, SCARVES
from tests.talking import CHANNEL, LAN, MINH, Talk


def clock_of(talk: Talk) -> Clock:
    return Clock(talk.database, REMINDERS, [CHANNEL], talk.clock)


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


async def test_what_comes_between_a_digest_and_the_tick_that_tells_it_is_in_the_next(
    talk: Talk,
) -> None:
    await report(talk)
    talk.clock.now = datetime(2026, 11, 20, 9, 30, 20, tzinfo=UTC)
    await talk.opened(LAN, "xacnhan")
    for words in ("du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)
    talk.clock.now = datetime(2026, 11, 20, 9, 31, 10, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1
    talk.clock.now = datetime(2026, 11, 21, 0, 31, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    told = talk.phone(MINH).last.text
    assert "Có 1 báo cáo mới chờ kiểm tra" in told
    assert "2" in told.splitlines()[1]
    assert await clock_of(talk).remind() == 0


async def test_a_report_that_is_being_sent_at_the_time_of_a_digest_is_in_it(talk: Talk) -> None:
    await report(talk)
    talk.clock.now = datetime(2026, 11, 20, 9, 30, 5, tzinfo=UTC)
    assert await clock_of(talk).remind() == 0
    # Its turn began before half past, and is committed only now.
    at = datetime(2026, 11, 20, 9, 29, 59, tzinfo=UTC)
    async with talk.database.writing() as session:
        scarves = NewConfirmation(SCARVES, Outcome.ALL, 30, 0, NA_TENH)
        await submissions.submit(
            session, scarves.version(), by=f"person-{LAN}", message_at=at, now=at
        )
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    assert "Có 2 báo cáo mới chờ kiểm tra" in talk.phone(MINH).last.text


async def test_a_digest_tells_of_all_that_waits_however_much_it_is(talk: Talk) -> None:
    many = range(205)
    async with talk.database.writing() as session:
        for number in many:
            session.add(
                Delivery(
                    id=f"d{number}",
                    plan_code="P26",
                    site_code=NA_TENH,
                    item_code="scarf",
                    quantity=1,
                    day=date(2026, 11, 18),
                    source="(mẫu)",
                    created_at=talk.clock.now,
                )
            )
        await session.flush()
        for number in many:
            report = NewConfirmation(f"d{number}", Outcome.ALL, 1, 0, NA_TENH)
            by, at = f"person-{LAN}", talk.clock.now
            await submissions.submit(session, report.version(), by=by, message_at=at, now=at)
    talk.clock.now = datetime(2026, 11, 20, 9, 31, tzinfo=UTC)
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    assert talk.phone(MINH).last.lines == [
        "Có hơn 99 báo cáo mới chờ kiểm tra",
        "Tổng số đang chờ: hơn 99.",
    ]


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


LOADED = """Mã chuyến,Mã điểm,Hàng,Số lượng,Ngày,Nguồn
GN-1,S-NATENH,chăn bông,60,25/11/2026,Hội Chữ thập đỏ
GN-2,S-NATENH,áo phao,45,26/11/2026,Công ty A
GN-3,S-LUNGVAI,chăn bông,20,26/11/2026,Công ty A
"""


async def load(talk: Talk, folder: Path, text: str = LOADED) -> None:
    file = folder / "deliveries.csv"
    file.write_text(text, encoding="utf-8")
    report = await loading.load(talk.database, [file], None, talk.clock.now)
    assert report.errors == []


async def test_a_site_hears_of_what_was_loaded_for_it_once(talk: Talk, tmp_path: Path) -> None:
    await load(talk, tmp_path)
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    told = talk.phone(LAN).last
    assert told.lines == [
        "Có 2 đợt hàng theo kế hoạch",
        "60 chiếc chăn bông cho Điểm trường Nà Tềnh, ngày 25/11/2026, nguồn: Hội Chữ thập đỏ.",
        "45 chiếc áo phao cho Điểm trường Nà Tềnh, ngày 26/11/2026, nguồn: Công ty A.",
        "Khi hàng về, vui lòng xác nhận tại đây.",
    ]
    assert await clock_of(talk).remind() == 0
    talk.clock.advance(hours=1)
    await load(talk, tmp_path)
    assert await clock_of(talk).remind() == 0
    await load(talk, tmp_path, LOADED + "GN-4,S-NATENH,khăn ấm,30,26/11/2026,Công ty A\n")
    assert await clock_of(talk).remind() == 1
    await talk.deliver()
    assert "30 chiếc khăn ấm" in talk.phone(LAN).last.text
    assert "áo phao" not in talk.phone(LAN).last.text


async def test_what_was_loaded_at_night_is_told_in_the_morning(
    quick_talk: Talk, tmp_path: Path
) -> None:
    talk = quick_talk
    talk.clock.now = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
    await load(talk, tmp_path)
    assert await clock_of(talk).remind() == 0
    talk.clock.advance(hours=10)
    assert await clock_of(talk).remind() == 1


async def test_what_was_loaded_before_somebody_joined_is_no_news_to_them(
    quick_talk: Talk, tmp_path: Path
) -> None:
    talk = quick_talk
    await load(talk, tmp_path)
    talk.clock.advance(hours=1)
    async with talk.database.writing() as session:
        people.grant(
            session, f"person-{MINH}", Role.SITE, by=None, now=talk.clock.now, site_code=NA_TENH
        )
    assert await clock_of(talk).remind() == 1


@pytest.mark.parametrize("days", [6, 8])
async def test_old_news_is_not_told(quick_talk: Talk, tmp_path: Path, days: int) -> None:
    talk = quick_talk
    await load(talk, tmp_path)
    talk.clock.now += timedelta(days=days)
    assert await clock_of(talk).remind() == (1 if days < 7 else 0)
