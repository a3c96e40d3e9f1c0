"""A photo that harms whoever opens it is given up after three tries, and everybody else's photos come meanwhile."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.channels import DeliveryFailure, FailureKind
from bot.photos.decoded import Fault
from bot.photos.decoders import PROGRAM, Decoders, Limits
from bot.photos.fetching import LEASE
from bot.photos.missing import REASONS
from bot.photos.unkept import FIRST_REST, MOST_DECODINGS
from bot.practice.server import Practice, running
from bot.practice.world import PracticePerson as Phone
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help import photos
from storage.help.photos import Photo
from tests.bot.photos.test_fetcher import Room, Shelf, small
from tests.bot.test_kills import Teacher, settle
from tests.photographs import blank_webp, picture, saved, slow_jpeg
from tests.processes import Program, bot, environment
from tests.talking import MINH

AWAY = DeliveryFailure(FailureKind.NOT_SENT, "ConnectError")


def room_in(database: Database, folder: Path) -> Room:
    return Room(
        database,
        Shelf(),
        PhotoFiles(str(folder / "photos")),
        [],
        decoders=Decoders(Limits(seconds_of_work=1)),
    )


@pytest.fixture
async def room(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Room]:
    made = room_in(sqlite_database, tmp_path)
    yield made
    await made.decoders.rest()


@pytest.fixture
async def either_room(database: Database, tmp_path: Path) -> AsyncIterator[Room]:
    made = room_in(database, tmp_path)
    yield made
    await made.decoders.rest()


async def until(is_so: Callable[[], object]) -> None:
    """Wait for what nothing tells of."""
    async with asyncio.timeout(60):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(room: Room) -> AsyncIterator[asyncio.Event]:
    """A process from its start to an end in good order."""
    stop = asyncio.Event()
    working = asyncio.create_task(room.photo_fetcher().run(stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(3):
            await working


async def state_of(room: Room, photo_id: str, *states: str) -> Photo:
    async with asyncio.timeout(60):
        while (photo := await room.photo(photo_id)).state not in states:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return photo


async def is_being_opened(room: Room, photo_id: str, times: int) -> None:
    async with asyncio.timeout(60):
        while (await room.photo(photo_id)).decodings != times:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("made", "fault"),
    [(lambda: blank_webp(7745), Fault.TOO_MUCH_MEMORY), (slow_jpeg, Fault.TOO_SLOW)],
    ids=["memory", "time"],
)
@pytest.mark.slow
async def test_a_photo_that_cannot_be_borne_is_given_up_after_three_tries_with_its_reason(
    room: Room, made: Callable[[], bytes], fault: Fault
):
    photo_id = await room.promise(made())
    photo_fetcher = room.photo_fetcher()
    for tries in range(1, MOST_DECODINGS + 1):
        good = await room.promise(small(), f"good {tries}")
        assert room.told == []
        await photo_fetcher.fetch_waiting()
        assert (await room.photo(good)).state == "stored"
        assert (await room.photo(photo_id)).decodings == tries
        room.now += timedelta(minutes=1)
    assert (await room.photo(photo_id)).state == "missing"
    assert room.told == [REASONS[fault]]
    await photo_fetcher.fetch_waiting()
    assert room.shelf.fetched.count("F1") == MOST_DECODINGS
    assert await photo_fetcher.is_troubled() is None


async def test_photos_come_beside_a_slow_one_and_an_end_in_good_order_is_not_its_fault(room: Room):
    room.decoders = Decoders()
    slow = await room.promise(slow_jpeg(), "slow")
    async with at_work(room):
        await is_being_opened(room, slow, 1)
        for number in range(6):
            await room.promise(small(), f"good {number}")
        async with room.database.reading() as session:
            others = (
                await session.execute(select(Photo.id).where(col(Photo.id) != slow))
            ).scalars()
        for photo_id in others:
            await state_of(room, photo_id, "stored")
        assert (await room.photo(slow)).state == "promised"
    left = await room.photo(slow)
    assert (left.decodings, left.next_try_at) == (0, room.now)


async def test_of_photos_that_broke_off_only_one_is_tried_at_a_time(either_room: Room):
    room = either_room
    suspects = [await room.promise(small(), f"suspect {number}") for number in range(6)]
    good = await room.promise(small(), "good")
    async with room.database.writing() as session:
        for photo_id in suspects:
            await photos.begin_decoding(session, photo_id, room.now)
    async with room.database.writing() as session:
        taken = await photos.due(session, room.now, 10, LEASE)
    assert [one.id for one in taken] == [suspects[0], good]
    async with room.database.writing() as session:
        assert await photos.due(session, room.now, 10, LEASE, suspects=False) == []


async def test_a_photo_that_ends_even_the_bot_is_given_up_by_the_fourth_bot(either_room: Room):
    room = either_room
    photo_id = await room.promise(small())
    for _bot in range(MOST_DECODINGS):
        async with room.database.writing() as session:
            assert await photos.due(session, room.now, 5, LEASE)
            assert await photos.begin_decoding(session, photo_id, room.now + LEASE)
        room.now += LEASE
    await room.photo_fetcher().fetch_waiting()
    assert (await room.photo(photo_id)).state == "missing"
    assert room.told == [REASONS[Fault.ENDS_THE_PROGRAM]]
    assert room.shelf.fetched == []


async def test_after_a_start_all_others_come_before_a_photo_that_may_have_ended_the_last_bot(
    room: Room,
):
    suspect = await room.promise(small(), "suspect")
    async with room.database.writing() as session:
        await photos.due(session, room.now, 5, LEASE)
        await photos.begin_decoding(session, suspect, room.now + LEASE)
    others = [await room.promise(small(), f"good {number}") for number in range(3)]
    async with at_work(room):
        for photo_id in others:
            await state_of(room, photo_id, "stored")
        assert "suspect" not in room.shelf.fetched
        room.now += timedelta(seconds=5)
        await state_of(room, suspect, "stored")


async def test_a_restart_is_no_refusal_of_telegram(room: Room):
    photo_id = await room.promise(AWAY)
    for starts in range(1, 8):
        async with at_work(room):
            await until(lambda tries=starts: len(room.shelf.fetched) >= tries)
            await until_it_rests(room, photo_id)
        room.now += timedelta(seconds=3)
    room.shelf.files["F1"] = small()
    room.now += FIRST_REST
    await room.photo_fetcher().fetch_waiting()
    assert (await room.photo(photo_id)).state == "stored"
    assert room.told == []


async def until_it_rests(room: Room, photo_id: str) -> None:
    async with asyncio.timeout(20):
        while True:
            due = (await room.photo(photo_id)).next_try_at
            if due and room.now < due < room.now + LEASE:
                return
            await asyncio.sleep(0.01)


async def test_when_telegram_gives_out_one_photo_the_others_come_at_once(either_room: Room):
    room = either_room
    resting = [await room.promise(AWAY, name) for name in ("a", "b")]
    await room.days_pass(3)
    photo_fetcher = room.photo_fetcher()
    for name in ("a", "b", "c"):
        room.shelf.files[name] = small()
    resting.append(await room.promise(small(), "c"))
    room.now += timedelta(seconds=1)
    while await photo_fetcher.fetch_waiting():
        pass
    assert [(await room.photo(one)).state for one in resting] == ["stored"] * 3


async def test_where_no_photo_can_be_opened_none_is_given_up_and_health_says_so(room: Room):
    room.decoders = Decoders(program=("false",))
    photo_id, photo_fetcher = await room.promise(small()), room.photo_fetcher()
    for _minute in range(10):
        await photo_fetcher.fetch_waiting()
        room.now += timedelta(minutes=1)
    photo = await room.photo(photo_id)
    assert (photo.state, photo.decodings, room.told) == ("promised", 0, [])
    assert await photo_fetcher.is_troubled() == (
        "photos: cannot be opened, since the program for it does not start (exit code 1)"
    )
    room.decoders._program = PROGRAM
    room.now += timedelta(minutes=5)
    await photo_fetcher.fetch_waiting()
    assert (await room.photo(photo_id)).state == "stored"
    assert await photo_fetcher.is_troubled() is None


async def test_a_photo_that_another_has_had_meanwhile_is_not_opened(either_room: Room):
    room = either_room
    await room.promise(small())
    async with room.database.writing() as session:
        (claimed,) = await photos.due(session, room.now, 5, timedelta(0))
    await room.photo_fetcher().fetch_waiting()
    room.decoders = Decoders(program=("false",))
    before = await room.photo(claimed.id)
    await room.photo_fetcher()._have(claimed)
    assert await room.photo(claimed.id) == before


def opening(process: Program) -> Sequence[int]:
    """The processes in which a bot opens photos."""
    told = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in told.read_text().split()]


@pytest.mark.kills
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux names the children")
@pytest.mark.slow
async def test_a_bot_killed_while_it_opens_a_photo_leaves_nobody_behind_and_gives_it_up_at_last(
    sqlite_template: Path, tmp_path: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "store.db")
    database = Database(f"sqlite:///{tmp_path / 'store.db'}")
    lan = Teacher(0)
    await settle(database, [lan])
    practice = Practice()
    practice.world.add(Phone(lan.phone, "Lan", "Giáo viên"))
    practice.world.people[int(MINH)].started = True
    room = Room(database, Shelf(), PhotoFiles(str(tmp_path / "photos")), [])
    good = ("good.jpg", saved(picture((400, 300))), "image/jpeg")
    async with running(practice) as address:
        settings = environment(address, f"sqlite:///{tmp_path / 'store.db'}", tmp_path)
        for words in ("/xacnhan", "du", "hom nay"):
            practice.people.say(lan.phone, words)
        practice.people.photos(lan.phone, [("slow.jpg", slow_jpeg(), "")], as_file=True)
        for life in range(1, MOST_DECODINGS + 1):
            async with bot(settings, tmp_path / "log") as process:
                slow = await first_photo(database)
                await is_being_opened(room, slow, life)
                children = opening(process)
                assert children
                process.send_signal(signal.SIGKILL)
                await process.wait()
            await until(lambda left=children: not any(is_alive(pid) for pid in left))
        practice.people.photos(lan.phone, [good])
        async with bot(settings, tmp_path / "log") as process:
            photo = await state_of(room, slow, "missing")
            async with asyncio.timeout(30):
                while await photos_stored(database) != 1:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            await until(lambda: told_of_it(practice, lan))
            process.send_signal(signal.SIGTERM)
            began = datetime.now(UTC)
            assert await process.wait() == 0
            assert datetime.now(UTC) - began < timedelta(seconds=10)
    assert photo.why_missing == REASONS[Fault.ENDS_THE_PROGRAM].to_json()
    assert told_of_it(practice, lan) == 1
    await database.close()


def told_of_it(practice: Practice, teacher: Teacher) -> int:
    messages = practice.world.chats[teacher.phone].messages.values()
    return sum("chưa lưu được" in one.get("text", "") for one in messages)


async def first_photo(database: Database) -> str:
    async with asyncio.timeout(30):
        while True:
            async with database.reading() as session:
                found = (await session.execute(select(Photo.id))).scalars().first()
            if found is not None:
                return str(found)
            await asyncio.sleep(0.02)


async def photos_stored(database: Database) -> int:
    async with database.reading() as session:
        stored = select(Photo.id).where(col(Photo.state) == "stored")
        return len((await session.execute(stored)).all())


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
