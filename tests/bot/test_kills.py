"""The process is killed in the middle of its work, again and again, and nobody's report is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import random
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import col, func, select, update

from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.practice.world import PracticePerson as Phone
from storage.database import Database
from storage.help.photos import Photo
from storage.help.receipts import display
from storage.messages.inbox import Update, UpdateState
from storage.messages.leases import Lease
from storage.messages.outbox import Message, MessageState
from tests.cast import one_more_teacher, settle_in
from tests.processes import bot, environment
from tests.records import confirmations
from tests.talking import MINH

KILLS = int(os.environ.get("KILLS", "10"))
FEWER = max(5, KILLS // 3)
"""On PostgreSQL, which is killed with nobody: there it is the way on that differs."""
ANSWERS = (
    "/xacnhan",
    "thieu",
    "45",
    "1",
    "khong co duong",
    "hom nay",
    "<photo>",
    "xong",
    "khong",
    "khong",
    "gui",
)
RECEIPT = re.compile(r"AB-[2-9A-Z]{4}-[2-9A-Z]{3}")


@dataclass
class Teacher:
    """Somebody who sends one report, answer by answer, without ever waiting for the system."""

    number: int
    left: list[str] = field(default_factory=lambda: list(ANSWERS))

    @property
    def phone(self) -> int:
        return 710_000 + self.number


def picture(number: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 48), (number * 20 % 256, 90, 60)).save(written, "PNG")
    return written.getvalue()


async def settle(database: Database, teachers: list[Teacher]) -> None:
    """Each teacher has a site of their own with one delivery of sixty blankets."""
    async with database.writing() as session:
        await settle_in(session)
        for teacher in teachers:
            await one_more_teacher(session, teacher.number, str(teacher.phone))


def say_something(
    practice: Practice, teachers: list[Teacher], chance: random.Random, kills: int
) -> int:
    """Some teachers send what they have to say next, so that it lasts for all kills; how many messages that were."""
    sent = 0
    share = -(-len(ANSWERS) * len(teachers) // kills)
    for teacher in chance.sample(teachers, min(len(teachers), share)):
        for _answer in range(chance.choice((1, 1, 2))):
            if not teacher.left:
                continue
            answer = teacher.left.pop(0)
            if answer == "<photo>":
                practice.people.photos(
                    teacher.phone, [("a.png", picture(teacher.number), "image/png")]
                )
            else:
                practice.people.say(teacher.phone, answer)
            sent += 1
    return sent


async def all_is_done(database: Database, sent: int, reports: int) -> None:
    """Wait until everything is answered, told and fetched."""
    while True:
        async with database.reading() as session:
            done = await session.execute(
                select(func.count())
                .select_from(Update)
                .where(col(Update.state) == UpdateState.DONE)
            )
            waiting = await session.execute(
                select(func.count())
                .select_from(Message)
                .where(col(Message.state).in_([MessageState.PENDING, MessageState.SENDING]))
            )
            photos = await session.execute(
                select(func.count()).select_from(Photo).where(col(Photo.state) == "stored")
            )
            if (done.scalar_one(), waiting.scalar_one(), photos.scalar_one()) == (sent, 0, reports):
                return
        await asyncio.sleep(0.05)


def receipts_of(practice: Practice, teacher: Teacher) -> set[str]:
    chat = practice.world.chats[teacher.phone]
    return {
        code
        for number, message in chat.messages.items()
        if chat.unseen[number]["from_bot"] and "Mã biên nhận" in message.get("text", "")
        for code in RECEIPT.findall(message["text"])
    }


async def counted(database: Database) -> dict[str, Any]:
    async with database.reading() as session:
        made = await confirmations(session)
        updates = list((await session.execute(select(Update))).scalars())
        photos = list((await session.execute(select(Photo))).scalars())
    return {"confirmations": made, "updates": updates, "photos": photos}


async def leases_run_out(database: Database) -> None:
    """As after the time in which nobody gave a sign of life."""
    if database.is_sqlite:
        # Whoever is alone on a file need not wait for the dead.
        return
    now = datetime.now(UTC)
    async with database.writing() as session:
        await session.execute(update(Photo).values(next_try_at=now))
        await session.execute(update(Lease).values(until=now))
        await session.execute(update(Message).values(leased_until=now))


@pytest.mark.kills
async def test_no_report_is_lost_or_doubled_however_often_the_process_is_killed(
    database: Database, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """T1: `kill -9` at any point; every update once in the inbox, every effect once in the store."""
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1_000_000)
    kills = KILLS if database.is_sqlite else FEWER
    count = max(8, kills // 3)
    record_property("said", f"{kills} kills, SEED={seed}")
    chance = random.Random(seed)
    teachers = [Teacher(number) for number in range(count)]
    await settle(database, teachers)
    practice = Practice()
    for teacher in teachers:
        practice.world.add(Phone(teacher.phone, f"GV{teacher.number}", "Giáo viên"))
    # Anh Minh has met the bot before, so that it may show him his card.
    practice.world.people[int(MINH)].started = True
    async with running(practice) as address:
        store = database.url.render_as_string(hide_password=False)
        settings = environment(address, store, tmp_path)
        sent = 0
        for _kill in range(kills):
            async with bot(settings, tmp_path / "log") as process:
                sent += say_something(practice, teachers, chance, kills)
                start = len(practice.journal.entries)
                # Somewhere in its work; where it has less to do than that, it dies idle.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(6):
                        await practice.journal.grows_to(start + chance.randrange(1, 14))
                await asyncio.sleep(chance.random() * 0.05)
                process.send_signal(signal.SIGKILL)
                await process.wait()
            await leases_run_out(database)
        while any(teacher.left for teacher in teachers):
            sent += say_something(practice, teachers, chance, kills)
        async with bot(settings, tmp_path / "log") as process:
            async with asyncio.timeout(180):
                await all_is_done(database, sent, count)
            process.send_signal(signal.SIGTERM)
            started = datetime.now(UTC)
            assert await process.wait() == 0
            # T42: SIGTERM ends within ten seconds.
            assert (datetime.now(UTC) - started).total_seconds() < 10
    found = await counted(database)
    assert Counter(one.update_id for one in found["updates"]) == Counter(
        dict.fromkeys(practice.world.updates[588].delivered, 1)
    )
    assert len(found["confirmations"]) == count
    assert {(one.outcome, one.received, one.damaged) for one in found["confirmations"]} == {
        ("part", 45, 1)
    }
    assert Counter(photo.report_id for photo in found["photos"]) == Counter(
        one.id for one in found["confirmations"]
    )
    codes = {display(one.code) for one in found["confirmations"]}
    assert [len(receipts_of(practice, teacher)) for teacher in teachers] == [1] * count
    assert set().union(*(receipts_of(practice, teacher) for teacher in teachers)) == codes
    # T32: nothing is refused but what a crash between sending and writing it down explains.
    explained = (
        "message is not modified",
        "message to edit not found",
        "message to delete not found",
        "Conflict",
    )
    assert [
        one for one in practice.refusals if not any(why in one["description"] for why in explained)
    ] == []
    assert not any(updates.dropped_backlog for updates in practice.world.updates.values())
    assert TOKEN.partition(":")[2] not in (tmp_path / "log").read_text(encoding="utf-8")


@pytest.mark.kills
async def test_an_album_of_ten_with_a_kill_in_the_middle_is_ten_photos_of_one_report(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """T19, with a real `kill -9` between the two parts, and the report sent after the first."""
    shutil.copy(sqlite_template, tmp_path / "store.db")
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    lan = Teacher(0)
    await settle(database, [lan])
    practice = Practice()
    practice.world.add(Phone(lan.phone, "Lan", "Giáo viên"))
    practice.world.people[int(MINH)].started = True
    person, chat = practice.world.people[lan.phone], practice.world.chats[lan.phone]
    album = practice.people.decoded(
        [(f"{number}.png", picture(number), "image/png") for number in range(10)], as_file=False
    )

    def arrive(photos: list[dict[str, Any]]) -> None:
        for content in photos:
            practice.people._arrives(person, chat, {**content, "media_group_id": "77"})

    async with running(practice) as address:
        settings = environment(address, f"sqlite:///{tmp_path / 'store.db'}", tmp_path)
        async with bot(settings, tmp_path / "log") as process:
            for words in ("/xacnhan", "du", "hom nay"):
                practice.people.say(lan.phone, words)
            arrive(album[:4])
            for words in ("xong", "khong", "khong", "gui"):
                practice.people.say(lan.phone, words)
            arrive(album[4:6])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(6):
                    await practice.journal.grows_to(20)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        arrive(album[6:])
        await leases_run_out(database)
        async with bot(settings, tmp_path / "log") as process, asyncio.timeout(120):
            await all_is_done(database, 17, 10)
            # Told to end, it still takes away the cards that newer ones replaced.
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    found = await counted(database)
    await database.close()
    [made] = found["confirmations"]
    assert Counter(photo.report_id for photo in found["photos"]) == {made.id: 10}
    assert len({photo.file_unique_id for photo in found["photos"]}) == 10
    assert receipts_of(practice, lan) == {display(made.code)}
    late = [
        message["text"]
        for number, message in chat.messages.items()
        if "ảnh đến sau" in message.get("text", "") and not chat.unseen[number]["deleted"]
    ]
    # Where the kill came between sending a card and writing that down, nobody can take the card away.
    assert len(late) <= 2
    what = f"60 chiếc chăn bông ({display(made.code)})"
    assert late[-1].startswith(f"✅ 6 ảnh đến sau đã vào báo cáo: {what}.")
