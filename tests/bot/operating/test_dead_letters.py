"""What failed for good is found, looked at, and answered after all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.practice.server import Practice, running
from storage.database import Database
from storage.messages import inbox
from storage.messages.inbox import Arrival, Sender, Update, UpdateState
from tests.bot.receiving.test_brought import all_is_answered
from tests.cast import settle_in
from tests.processes import bot, command, environment
from tests.talking import CHANNEL, LAN, Clock

PRIVATE = "Chào bé Mai"


def wrote(number: int) -> dict[str, Any]:
    lan = {"id": int(LAN), "is_bot": False, "first_name": "Hoàng Lan"}
    chat = {"id": int(LAN), "type": "private", "first_name": "Hoàng Lan"}
    message = {"message_id": number, "date": 1764000000, "text": PRIVATE, "from": lan, "chat": chat}
    return {"update_id": number, "message": message}


async def set_aside(database: Database, *raws: Any) -> list[int]:
    """Updates of cô Lan that failed three times; their numbers."""
    clock = Clock()
    async with database.writing() as session:
        arrivals = [Arrival(number, LAN, json.dumps(raw)) for number, raw in enumerate(raws, 501)]
        await inbox.store(session, CHANNEL, arrivals, clock())
        found = list((await session.execute(select(Update).order_by(col(Update.id)))).scalars())
        for one in found:
            one.tries = inbox.TRIES
            assert await inbox.failed(session, one, "ZeroDivisionError", clock(), count=True)
    return [one.id or 0 for one in found]


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> dict[str, str]:
    store = database.url.render_as_string(hide_password=False)
    return environment("http://127.0.0.1:9", store, tmp_path)


async def test_nothing_set_aside_is_said(settings: dict[str, str]):
    assert await command(settings, "inbox", "list") == (0, "", "Nothing is set aside.\n")
    assert await command(settings, "inbox", "retry", "--all") == (0, "Nothing is set aside.\n", "")


async def test_the_list_tells_what_and_why_and_nothing_of_anybody(
    database: Database, settings: dict[str, str]
):
    one, other = await set_aside(database, wrote(501), "nhắn cho cô Lan")
    ended, said, _aside = await command(settings, "inbox", "list")
    assert ended == 0
    assert said.splitlines() == [
        f"{one}\t{CHANNEL}\t2026-11-20 02:00 UTC\tmessage\tZeroDivisionError",
        f"{other}\t{CHANNEL}\t2026-11-20 02:00 UTC\tunknown\tZeroDivisionError",
    ]


async def test_one_update_is_shown_without_words_unless_they_are_asked_for(
    database: Database, settings: dict[str, str]
):
    strange = {**wrote(501), "Chào bé Mai": [None, True, 1.5]}
    (one,) = await set_aside(database, strange)
    ended, said, warned = await command(settings, "inbox", "show", str(one))
    assert (ended, warned) == (0, "")
    shown = json.loads(said)
    assert shown["message"]["text"] == "text of 11"
    assert shown["message"]["from"]["id"] == "number"
    assert shown["?"] == [None, True, "number"]
    assert not any(word in said for word in ("Mai", "Lan", LAN))
    ended, said, warned = await command(settings, "inbox", "show", str(one), "--words")
    assert ended == 0
    assert json.loads(said) == strange
    assert "words and names of people" in warned
    assert (await command(settings, "inbox", "show", "999"))[:2] == (1, "")


async def test_a_retry_comes_before_what_its_sender_wrote_later(database: Database):
    (one,) = await set_aside(database, wrote(501))
    clock = Clock()
    async with database.writing() as session:
        later = [Arrival(502, LAN, json.dumps(wrote(502)))]
        await inbox.store(session, CHANNEL, later, clock())
    async with database.writing() as session:
        assert await inbox.retry(session, [one]) == [one]
    async with database.writing() as session:
        claimed = await inbox.claim(session, clock(), 5)
        assert [each.update_id for each in claimed] == [501]
        await inbox.answered(session, claimed, clock())
        assert [each.update_id for each in await inbox.claim(session, clock(), 5)] == [502]


@pytest.mark.slow
async def test_whoever_wrote_is_answered_after_a_retry_while_the_bot_runs(
    database: Database, settings: dict[str, str], tmp_path: Path
):
    async with database.writing() as session:
        await settle_in(session)
    one, other, third = await set_aside(database, wrote(501), wrote(502), wrote(503))
    practice = Practice()
    practice.world.people[int(LAN)].started = True
    async with running(practice) as address:
        settings = {**settings, "BOT_API_URL": address}
        async with bot(settings, tmp_path / "log"):
            ended, said, aside = await command(settings, "inbox", "retry", str(one))
            assert (ended, said.count("waits again"), aside) == (0, 1, "")
            ended, said, aside = await command(settings, "inbox", "retry", "--all")
            assert (ended, said.count("waits again"), aside) == (0, 2, "")
            await all_is_answered(database, 3)
    async with database.reading() as session:
        found = list((await session.execute(select(Update).order_by(col(Update.id)))).scalars())
        waiting = (await session.execute(select(Sender.waiting_since))).scalars()
        assert list(waiting) == [None]
    assert [(each.id, each.state, each.tries, each.why) for each in found] == [
        (number, UpdateState.DONE, 0, None) for number in (one, other, third)
    ]
    assert any(each["from"]["is_bot"] for each in practice.world.chats[int(LAN)].messages.values())
    assert PRIVATE not in (tmp_path / "log").read_text(encoding="utf-8")


async def test_a_retry_twice_is_as_once_and_unknown_numbers_are_said(
    database: Database, settings: dict[str, str]
):
    one, other = await set_aside(database, wrote(501), wrote(502))
    assert (await command(settings, "inbox", "retry", str(one), str(one)))[0] == 0
    ended, said, aside = await command(settings, "inbox", "retry", str(one))
    assert (ended, said) == (0, "")
    assert aside == f"Number {one} is not set aside: it waits to be answered.\n"
    ended, said, aside = await command(settings, "inbox", "retry", "999", str(other))
    assert ended == 1
    assert said.startswith(f"Update {other} waits again")
    assert aside == "There is no update 999.\n"
    ended, _said, aside = await command(settings, "inbox", "retry")
    assert ended == 1
    assert "--all" in aside
