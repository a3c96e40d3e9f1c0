"""The bot is copied while people write, and goes on with them on another machine."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.practice.world import PracticePerson as Phone
from storage.database import Database
from tests.bot.test_kills import Teacher, all_is_done, picture, receipts_of, settle
from tests.databases import POSTGRESQL, SQLITE
from tests.processes import ROOT, bot, command, environment
from tests.records import confirmations

TEACHERS = 6


def say(practice: Practice, teacher: Teacher) -> None:
    answer = teacher.left.pop(0)
    if answer == "<photo>":
        shown = [("a.png", picture(teacher.number), "image/png")]
        practice.people.photos(teacher.phone, shown)
    else:
        practice.people.say(teacher.phone, answer)


async def everybody_says(practice: Practice, teachers: list[Teacher], leave: int) -> None:
    """One answer after the other, all of them mixed, until each has so many left."""
    chance = random.Random(588)
    while talking := [one for one in teachers if len(one.left) > leave]:
        say(practice, chance.choice(talking))
        await asyncio.sleep(0.02)


async def somebody_writes(practice: Practice, phone: int, end: asyncio.Event) -> int:
    """All the time, until told to end; how many messages that were."""
    written = 0
    while not end.is_set():
        practice.people.say(phone, "/trogiup")
        written += 1
        await asyncio.sleep(0.05)
    return written


async def wrong_in(settings: dict[str, str]) -> list[str]:
    """The lines of the audit that are not ok."""
    _ended, told, _aside = await command(settings, "audit")
    return [line for line in told.splitlines() if not line.startswith("ok")]


def address_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("database", "new_store"),
    [(SQLITE, POSTGRESQL), (POSTGRESQL, SQLITE)],
    indirect=True,
)
async def test_a_bot_goes_on_with_everybody_on_another_machine(
    database: Database, new_store: Database, tmp_path: Path
):
    practice = Practice()
    *teachers, other = [Teacher(number) for number in range(TEACHERS + 1)]
    for teacher in (*teachers, other):
        practice.world.add(Phone(teacher.phone, "GV", "Giáo viên"))
    await settle(database, [*teachers, other])
    said = sum(len(teacher.left) for teacher in teachers)
    while_they_write, last = tmp_path / "while-they-write", tmp_path / "last"
    async with running(practice) as address, asyncio.timeout(120):
        here = environment(address, address_of(database), tmp_path)
        async with bot(here, tmp_path / "log") as process:
            end = asyncio.Event()
            talking = asyncio.create_task(everybody_says(practice, teachers, 2))
            writing = asyncio.create_task(somebody_writes(practice, other.phone, end))
            assert (await command(here, "backup", str(while_they_write)))[::2] == (0, "")
            end.set()
            await talking
            said += await writing
            await all_is_done(database, said - 2 * TEACHERS, TEACHERS)
            assert (await command(here, "backup", str(last)))[::2] == (0, "")
            process.kill()
            await process.wait()
        half = environment(address, f"sqlite:///{tmp_path / 'half.db'}", tmp_path / "half")
        assert (await command(half, "restore", str(while_they_write)))[0] == 0
        # What the fixed cast was given has no history; nothing else may be wrong.
        assert await wrong_in(half) == await wrong_in(here)
        there = environment(address, address_of(new_store), tmp_path / "there")
        assert (await command(there, "restore", str(last)))[0] == 0
        async with bot(there, tmp_path / "log"):
            await everybody_says(practice, teachers, 0)
            await all_is_done(new_store, said, TEACHERS)
    async with new_store.reading() as session:
        found = [one.outcome for one in await confirmations(session)]
    assert Counter(found) == {"part": TEACHERS}
    assert [len(receipts_of(practice, teacher)) for teacher in teachers] == [1] * TEACHERS
    secret = TOKEN.partition(":")[2].encode()
    assert not any(secret in path.read_bytes() for path in last.rglob("*") if path.is_file())


@pytest.fixture
def settings(sqlite_database: Database, tmp_path: Path) -> dict[str, str]:
    return environment("http://127.0.0.1:9", address_of(sqlite_database), tmp_path)


async def refused(settings: dict[str, str], *words: str) -> str:
    """The one sentence, or two, with which a command gives up."""
    ended, told, aside = await command(settings, *words)
    assert (ended, told, aside.count("\n")) == (1, "", 1)
    return aside


@pytest.mark.slow
async def test_what_cannot_be_done_is_said_in_a_sentence(settings: dict[str, str], tmp_path: Path):
    folder = str(tmp_path / "monday")
    assert "no finished backup" in await refused(settings, "restore", folder)
    assert (await command(settings, "backup", folder))[0] == 0
    assert "a backup already" in await refused(settings, "backup", folder)
    assert "is not new" in await refused(settings, "restore", folder)
    nowhere = {**settings, "DATABASE_URL": f"sqlite:///{tmp_path / 'nowhere.db'}"}
    assert "is not there" in await refused(nowhere, "backup", str(tmp_path / "tuesday"))
    assert not (tmp_path / "nowhere.db").exists()
    (tmp_path / "file").write_text("no folder")
    assert "File exists" in await refused(settings, "backup", str(tmp_path / "file" / "x"))
    for name in ("backup", "restore"):
        away = {**settings, "DATABASE_URL": "postgresql://somebody@127.0.0.1:9/store"}
        assert "cannot be reached or written to" in await refused(
            away, name, folder if name == "restore" else f"{folder}2"
        )
    assert not (tmp_path / "monday2").exists()


async def with_little_room(settings: dict[str, str], room: int, *words: str) -> tuple[int, str]:
    """A command on a machine where no file may grow beyond `room` bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    process = await asyncio.create_subprocess_exec(
        # Without -B it would leave cut modules in the caches of all others.
        sys.executable, "-B", "-m", "bot", *words, cwd=ROOT, env=settings, preexec_fn=limit,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _told, aside = await process.communicate()
    return process.returncode or 0, aside.decode()


@pytest.mark.slow
async def test_where_the_room_ends_in_the_middle_nothing_half_is_left(
    settings: dict[str, str], tmp_path: Path
):
    copies = tmp_path / "copies"
    ended, why = await with_little_room(settings, 33_000, "backup", str(copies / "monday"))
    assert (ended, why.count("\n")) == (1, 1)
    assert "Nothing was copied" in why
    assert list(copies.iterdir()) == []
    assert (await command(settings, "backup", str(copies / "monday")))[0] == 0
    new = environment("http://127.0.0.1:9", f"sqlite:///{tmp_path / 'new.db'}", tmp_path / "new")
    ended, why = await with_little_room(new, 100_000, "restore", str(copies / "monday"))
    assert (ended, why.count("\n")) == (1, 1)
    assert "Nothing was" in why
    assert (await command(new, "restore", str(copies / "monday")))[0] == 0
