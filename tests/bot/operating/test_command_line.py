"""Whoever types a command is told in a sentence what came of it, or why nothing did."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.database import Database
from storage.history import HistoryEntry
from storage.messages.outbox import Message, MessageKind
from tests.databases import _command, _named
from tests.processes import machine, start

TOKEN = "123456789:AAtest-token-that-nobody-ever-issued-0"
LOOKING_AND_DOING = {
    "load": ("load", "plans.csv"),
    "invite": ("invite", "--role", "coord"),
    "sample": ("sample",),
    "audit": ("audit",),
    "people": ("people",),
    "end-role": ("end-role", "0123456789abcdef", "--reason", "chuyển công tác"),
}


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    aside: str


async def command(folder: Path, *words: str, **settings: str) -> Told:
    """Type it in a folder of its own, with these settings and no others."""
    process = await start(*words, folder=folder, env={**machine(), **settings})
    async with asyncio.timeout(60):
        out, aside = await process.communicate()
    return Told(process.returncode or 0, out.decode(), aside.decode())


def said_in_a_sentence(told: Told) -> str:
    """The one line that was said; neither a trace nor half of the work."""
    assert told.code == 1
    assert told.out == ""
    lines = [line for line in told.aside.splitlines() if "no BOT_TOKEN" not in line]
    assert len(lines) == 1, told.aside
    assert lines[0].endswith(".")
    return lines[0]


@pytest.mark.parametrize("name", LOOKING_AND_DOING)
async def test_a_database_that_is_down_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "plans.csv").write_text("Mã kế hoạch,Số,Tên,Căn cứ,Từ ngày,Đến ngày\n")
    down = "postgresql://minh:sesame@127.0.0.1:1/am_ban"
    told = await command(tmp_path, *LOOKING_AND_DOING[name], DATABASE_URL=down)
    said = said_in_a_sentence(told)
    assert "DATABASE_URL" in said
    assert "sesame" not in said


@pytest.mark.postgres
async def test_a_database_that_knows_nobody_of_that_name_is_told_in_a_sentence(
    tmp_path: Path, postgresql_server: str
) -> None:
    for wrong in (
        _named(postgresql_server, "nowhere"),
        postgresql_server.replace("postgres:", "lan:", 1),
    ):
        said = said_in_a_sentence(await command(tmp_path, "audit", DATABASE_URL=wrong))
        assert "lets nobody in" in said


async def test_a_file_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Kính gửi Ủy ban nhân dân xã" * 100)
    before = (tmp_path / "letter.txt").read_bytes()
    told = await command(tmp_path, "audit", DATABASE_URL="sqlite:///letter.txt")
    assert "no store" in said_in_a_sentence(told)
    assert (tmp_path / "letter.txt").read_bytes() == before
    told = await command(tmp_path, "sample", DATABASE_URL=f"sqlite:///{tmp_path}")
    assert "may read and write" in said_in_a_sentence(told)


async def test_an_audit_of_nothing_makes_no_store(tmp_path: Path) -> None:
    told = await command(tmp_path, "audit", DATABASE_URL="sqlite:///kept/store.db")
    assert "no store yet" in said_in_a_sentence(told)
    assert not (tmp_path / "kept" / "store.db").exists()


@pytest.mark.postgres
async def test_an_audit_of_an_empty_database_makes_no_tables(
    tmp_path: Path, postgresql_server: str
) -> None:
    empty = f"empty_{os.getpid()}"
    await _command(postgresql_server, f"CREATE DATABASE {empty}")
    address = _named(postgresql_server, empty)
    for _twice in range(2):
        told = await command(tmp_path, "audit", DATABASE_URL=address)
        assert "no store yet" in said_in_a_sentence(told)


async def test_a_role_in_the_wrong_place_is_refused_in_a_sentence(tmp_path: Path) -> None:
    told = await command(tmp_path, "invite", "--role", "coord", "--at", "01327")
    assert "in the whole province" in said_in_a_sentence(told)


async def test_people_are_listed_without_where_they_are_reached_unless_asked(
    tmp_path: Path,
) -> None:
    real = {"DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}
    await command(tmp_path, "sample", **real)
    told = await command(tmp_path, "people", **real)
    rows = [line.split("\t") for line in told.out.splitlines()]
    assert [row[1:] for row in rows if row[1] == "site"] == [
        ["site", "M12-1", "Lan", "Điểm trường Nà Tềnh", "1"]
    ]
    assert "700001" not in told.out
    asked = await command(tmp_path, "people", "--addresses", **real)
    assert "telegram:700001" in asked.out


async def test_a_role_is_ended_by_its_number_once_and_the_person_is_told(tmp_path: Path) -> None:
    real = {"DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}
    await command(tmp_path, "sample", **real)
    listed = (await command(tmp_path, "people", **real)).out.splitlines()
    number = next(line.partition("\t")[0] for line in listed if "\tsite\t" in line)
    end = ("end-role", number, "--reason", "chuyển công tác")
    told = await command(tmp_path, *end, **real)
    assert told.out.startswith("Ended: Lan: ")
    assert "ended already" in said_in_a_sentence(await command(tmp_path, *end, **real))
    assert number not in (await command(tmp_path, "people", **real)).out
    database = Database(real["DATABASE_URL"])
    async with database.reading() as session:
        entry = await session.execute(
            select(HistoryEntry).where(col(HistoryEntry.subject_id) == number)
        )
        noted = [(one.action, one.reason) for one in entry.scalars()]
        waiting = (await session.execute(select(Message).order_by(col(Message.id)))).scalars().all()
    await database.close()
    assert noted[-1] == ("membership.end", "chuyển công tác")
    assert {(one.chat, one.channel) for one in waiting} == {("700001", "telegram:588")}
    assert {one.kind for one in waiting} == {MessageKind.COMMANDS, MessageKind.SCREEN}
    commands = next(one.body["commands"] for one in waiting if one.kind == MessageKind.COMMANDS)
    assert "xacnhan" not in [name for name, _text in commands]


async def test_practice_in_a_store_that_was_named_is_said_plainly(tmp_path: Path) -> None:
    told = await command(tmp_path, "sample", DATABASE_URL="sqlite:///store.db")
    assert told.code == 0
    assert "the store that DATABASE_URL names is used for practice" in told.aside
    told = await command(tmp_path, "audit", DATABASE_URL="sqlite:///store.db", BOT_TOKEN=TOKEN)
    assert "practice" not in told.aside
    assert "WRONG" not in told.out
    assert told.code == 0


async def test_a_real_store_is_not_practised_in(tmp_path: Path) -> None:
    (tmp_path / "sites.csv").write_text(
        "Mã điểm,Tên,Loại,Thuộc trường,Xã,Cấp học,Từ ngày,Đến ngày\n"
        "S1,Trường Suối Trong,trường,,01327,TH,01/07/2025,\n"
    )
    real = {"DATABASE_URL": "sqlite:///store.db"}
    assert (await command(tmp_path, "load", "sites.csv", BOT_TOKEN=TOKEN, **real)).code == 0
    free = {"HTTP_PORT": "0", "PRACTICE_PORT": "0"}
    said = said_in_a_sentence(await command(tmp_path, "run", **real, **free))
    assert "holds real records" in said
    assert "Set BOT_TOKEN" in said


async def test_an_address_that_is_not_ours_to_listen_on_is_named(tmp_path: Path) -> None:
    for host in ("192.0.2.1", "nowhere.invalid"):
        told = await command(tmp_path, "run", HTTP_HOST=host, BOT_TOKEN=TOKEN)
        assert f"HTTP_HOST is {host}" in said_in_a_sentence(told)


async def test_a_command_does_not_wait_for_libraries_that_it_does_not_need():
    looking = "import sys, bot.__main__; print({'alembic', 'rich'} & set(sys.modules))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", looking, stdout=asyncio.subprocess.PIPE
    )
    out, _err = await process.communicate()
    assert (process.returncode, out) == (0, b"set()\n")
