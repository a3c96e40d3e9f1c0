"""Telegram keeps presses for 150 seconds: whoever may have pressed in a longer outage sees the open card again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select, update

from bot.operating import practising
from bot.practice.server import Practice, running
from bot.telegram.absence import Absence
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.messages import heartbeat
from storage.messages.inbox import Update
from storage.messages.outbox import Message, Urgency
from tests.bot.difficult_telegram import difficult_telegram
from tests.bot.receiving.test_two_bots import answered, settle
from tests.bot.receiving.test_webhook import house, known
from tests.channel_cases import Opens, Picks, Says
from tests.channel_people import OnTelegram, settled_on
from tests.databases import ON_ONE_STORE
from tests.processes import bot, environment
from tests.talking import CHANNEL, LAN, MINH, Clock, Talk

AGAIN = "Kết nối vừa bị gián đoạn. Nếu vừa bấm nút, vui lòng bấm lại."
BLANKETS = "60 chiếc chăn bông"
ALL_CAME = "Đã nhận đủ, không hỏng"


@pytest.fixture
async def people(database: Database) -> AsyncIterator[OnTelegram]:
    async with settled_on("telegram", database) as settled:
        assert isinstance(settled, OnTelegram)
        yield settled


@pytest.fixture
def files(tmp_path: Path) -> PhotoFiles:
    return PhotoFiles(str(tmp_path / "photos"))


async def is_asked_what_came(people: OnTelegram) -> None:
    """Cô Lan has an open card with buttons, and Telegram was heard at this moment."""
    await people.do(LAN, Opens("xacnhan"))
    await people.do(LAN, Picks(BLANKETS))
    await heard_again(people)


async def heard_again(people: OnTelegram) -> None:
    """Somebody else writes, and when it is written down that Telegram was heard, everybody is told."""
    people.practice.clock.advance(timedelta(seconds=11))
    people.say(MINH, "trợ giúp")
    now = people.practice.clock.now()
    async with asyncio.timeout(20):
        while True:
            async with people.database.reading() as session:
                if await heartbeat.last(session, CHANNEL) == now:
                    break
            await asyncio.sleep(0.02)
    while await people.reception.answer_waiting():
        pass
    while await people.post.send_waiting():
        pass


@asynccontextmanager
async def telegram_away(
    people: OnTelegram, seconds: float, files: PhotoFiles
) -> AsyncIterator[None]:
    """The bot lives on, and asks in vain; within, people do what they do."""
    async with people.connected(files):
        await is_asked_what_came(people)
        injected = people.practice.world.injection.begin({"trouble": "outage"})
        async with asyncio.timeout(10):
            await people.practice.journal.grows_to(len(people.practice.journal.entries) + 2)
        yield
        people.practice.clock.advance(timedelta(seconds=seconds - 11))
        people.practice.world.injection.end(injected.number)
        await heard_again(people)


@asynccontextmanager
async def process_away(
    people: OnTelegram, seconds: float, files: PhotoFiles
) -> AsyncIterator[None]:
    """The bot ends, and another one begins."""
    async with people.connected(files):
        await is_asked_what_came(people)
    yield
    people.practice.clock.advance(timedelta(seconds=seconds - 11))
    async with people.connected(files):
        await heard_again(people)


AWAY = {"Telegram": telegram_away, "the bot": process_away}


def chat_of(people: OnTelegram) -> list[dict[str, Any]]:
    """What the bot wrote to cô Lan, as it stands now."""
    chat = people.practice.world.chats[int(LAN)]
    return [
        {**chat.messages[number], **chat.unseen[number]}
        for number in sorted(chat.messages)
        if chat.unseen[number]["from_bot"] and not chat.unseen[number]["deleted"]
    ]


def shown_again(people: OnTelegram) -> list[dict[str, Any]]:
    return [one for one in chat_of(people) if AGAIN in one["text"]]


@pytest.mark.parametrize("who", AWAY)
async def test_who_pressed_in_a_long_outage_is_shown_the_card_again_and_goes_on(
    people: OnTelegram, files: PhotoFiles, who: str
):
    """T16"""
    async with AWAY[who](people, 151, files):
        people.pick(LAN, ALL_CAME)
    earlier, again = chat_of(people)[-2:]
    assert shown_again(people) == [again]
    assert again["text"] == f"{AGAIN}\n{earlier['text']}"
    assert "reply_markup" not in earlier
    assert again["silent"]
    async with people.connected(files):
        await people.do(LAN, Picks(ALL_CAME))
    assert "Hôm nay" in str(chat_of(people)[-1]["reply_markup"])
    assert people.practice.refusals == []


@pytest.mark.parametrize("who", AWAY)
async def test_who_pressed_in_a_short_outage_is_answered_and_not_asked_again(
    people: OnTelegram, files: PhotoFiles, who: str
):
    """T16"""
    async with AWAY[who](people, 149, files):
        people.pick(LAN, ALL_CAME)
    assert shown_again(people) == []
    assert "Hôm nay" in str(chat_of(people)[-1]["reply_markup"])


@pytest.mark.parametrize("who", AWAY)
async def test_who_wrote_meanwhile_is_answered_and_not_asked_again(
    people: OnTelegram, files: PhotoFiles, who: str
):
    """T16: words are kept for a day, so a person can always go on by writing."""
    async with AWAY[who](people, 3600, files):
        people.say(LAN, "đủ")
    assert shown_again(people) == []
    assert "Hôm nay" in str(chat_of(people)[-1]["reply_markup"])


async def test_nobody_is_asked_twice_for_one_outage(people: OnTelegram, files: PhotoFiles):
    async with process_away(people, 151, files):
        pass
    for _restart in range(2):
        async with people.connected(files):
            await heard_again(people)
    assert len(shown_again(people)) == 1


async def test_whoever_has_read_something_else_since_is_left_in_peace(
    people: OnTelegram, files: PhotoFiles
):
    async with people.connected(files):
        await is_asked_what_came(people)
        await people.do(LAN, Says("trợ giúp"))
        await heard_again(people)
    people.practice.clock.advance(timedelta(minutes=5))
    async with people.connected(files):
        await heard_again(people)
    assert shown_again(people) == []


async def test_whoever_saw_the_card_yesterday_is_left_in_peace(
    people: OnTelegram, files: PhotoFiles
):
    async with process_away(people, 25 * 3600, files):
        pass
    assert shown_again(people) == []


async def open_card(database: Database, clock: Clock) -> None:
    """Cô Lan's, on a phone that is looked at no further here."""
    talk = Talk(database, clock)
    await talk.opened(LAN, "xacnhan")
    await talk.pressed(LAN, BLANKETS)


async def bulk(database: Database) -> list[str]:
    async with database.reading() as session:
        found = await session.execute(
            select(Message.chat).where(col(Message.urgency) == Urgency.BULK)
        )
        return list(found.scalars())


@pytest.fixture
async def settled(talk: Talk) -> Database:
    return talk.database


async def test_of_several_processes_one_asks(settled: Database):
    clock = Clock()
    processes = [Absence(settled, CHANNEL, clock) for _each in range(3)]
    for one in processes:
        await one.heard(clock())
    await open_card(settled, clock)
    clock.advance(seconds=151)
    await asyncio.gather(*(one.heard(clock()) for one in processes))
    assert await bulk(settled) == [LAN]


async def test_a_process_that_takes_over_knows_when_the_other_one_heard(settled: Database):
    clock = Clock()
    first, second = (Absence(settled, CHANNEL, clock) for _each in range(2))
    await second.heard(clock())
    await open_card(settled, clock)
    clock.advance(seconds=140)
    await first.heard(clock())
    clock.advance(seconds=140)
    await second.look_up()
    assert not second.is_long(clock())
    await second.heard(clock())
    assert await bulk(settled) == []


@ON_ONE_STORE
async def test_while_more_waits_at_telegram_nobody_is_asked(settled: Database):
    clock = Clock()
    absence = Absence(settled, CHANNEL, clock)
    await absence.heard(clock())
    await open_card(settled, clock)
    clock.advance(seconds=151)
    await absence.heard(clock(), more_waits=True)
    assert await bulk(settled) == []
    await absence.heard(clock())
    assert await bulk(settled) == [LAN]


async def test_with_a_webhook_the_card_comes_again_when_all_has_been_brought(settled: Database):
    """T16"""
    clock, asked = Clock(), asyncio.Event()
    await Absence(settled, CHANNEL, clock).heard(clock())
    await open_card(settled, clock)
    clock.advance(seconds=151)
    absence = Absence(settled, CHANNEL, clock, told=asked.set)
    async with difficult_telegram() as telegram:
        telegram.next["getWebhookInfo"].extend([known(pending_update_count=2)] * 3)
        telegram.next["getWebhookInfo"].extend([known()] * 1000)
        async with house(settled, telegram, absence=absence, clock=clock):
            await telegram.asked("getWebhookInfo", 3)
            assert await bulk(settled) == []
            async with asyncio.timeout(10):
                await asked.wait()
            # It looks on, and asks nobody again.
            await telegram.asked("getWebhookInfo", 7)
    assert await bulk(settled) == [LAN]


@ON_ONE_STORE
async def test_a_practice_telegram_that_begins_anew_has_lost_no_presses(settled: Database):
    clock = Clock()
    await Absence(settled, CHANNEL, clock).heard(clock())
    await open_card(settled, clock)
    clock.advance(hours=2)
    await practising.begin_anew(settled, CHANNEL)
    absence = Absence(settled, CHANNEL, clock)
    await absence.look_up()
    await absence.heard(clock())
    assert await bulk(settled) == []


@pytest.mark.slow
async def test_the_real_program_asks_when_it_comes_back_after_a_long_time(
    sqlite_database: Database, tmp_path: Path
):
    """T16"""
    await settle(sqlite_database)
    practice = Practice()
    async with running(practice) as address:
        settings = environment(address, sqlite_database.url.render_as_string(), tmp_path)
        async with bot(settings, tmp_path / "log") as process:
            await answered(practice, "/xacnhan")
            process.terminate()
            assert await process.wait() == 0
        async with sqlite_database.writing() as session:
            # As if all this had been some minutes ago.
            long_ago = datetime.now(UTC) - timedelta(seconds=200)
            await heartbeat.heard(session, CHANNEL, long_ago)
            await session.execute(update(Update).values(received_at=long_ago))
        with practice.world.subscription(int(LAN)) as phone:
            async with bot(settings, tmp_path / "log"), asyncio.timeout(30):
                while AGAIN not in str((await phone.get()).get("message")):
                    pass
