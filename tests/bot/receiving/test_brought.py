"""The real program, to which Telegram brings what people write."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from bot.practice.server import Practice, running
from bot.practice.world import PracticePerson as Phone
from bot.telegram.door import SECRET
from storage.database import Database
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import Message, MessageState
from tests.bot.test_kills import ANSWERS, Teacher, picture, receipts_of, settle
from tests.processes import bot, environment, free_port
from tests.records import confirmations

WORD = "chance-17_"


class Bringing:
    """Telegram's part: what waits is brought, and brought again until it is taken."""

    def __init__(self, practice: Practice, url: str) -> None:
        self.practice = practice
        self.url = url

    def waiting(self) -> list[Any]:
        """Everything that waits, oldest first; it waits no longer."""
        updates = self.practice.world.updates[588]
        found = [one.update for one in updates.pending()]
        updates.waiting.clear()
        return found

    async def bring(self, *updates: Any) -> None:
        async with aiohttp.ClientSession() as web, asyncio.timeout(30):
            for update in updates:
                while not await self._taken(web, update):  # noqa: ASYNC110  # As Telegram does.
                    await asyncio.sleep(0.05)

    async def _taken(self, web: aiohttp.ClientSession, update: Any) -> bool:
        try:
            async with web.post(self.url, json=update, headers={SECRET: WORD}) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False


async def all_is_answered(database: Database, count: int) -> None:
    """Wait until so many updates are done, and everything is told."""
    async with asyncio.timeout(60):
        while True:
            async with database.reading() as session:
                states = list((await session.execute(select(Update.state))).scalars())
                outbox = list((await session.execute(select(Message.state))).scalars())
            told = not set(outbox) & {MessageState.PENDING, MessageState.SENDING}
            if states == [UpdateState.DONE] * count and told:
                return
            await asyncio.sleep(0.02)


async def webhook_is(practice: Practice, settings: dict[str, str]) -> None:
    """Wait until Telegram has been asked to set the webhook."""
    async with asyncio.timeout(30):
        while not any(
            one.method == "setWebhook" and one.parameters["url"] == settings["WEBHOOK_URL"]
            for one in practice.journal.entries
        ):
            await practice.journal.grows_to(len(practice.journal.entries) + 1)


def brought(address: str, store: str, folder: Path) -> dict[str, str]:
    port = str(free_port())
    return environment(
        address, store, folder, HTTP_PORT=port, WEBHOOK_SECRET=WORD,
        WEBHOOK_URL=f"http://127.0.0.1:{port}/telegram",
    )  # fmt: skip


def one_teacher(practice: Practice) -> Teacher:
    teacher = Teacher(0)
    practice.world.add(Phone(teacher.phone, "GV", "Giáo viên"))
    return teacher


def says(practice: Practice, teacher: Teacher, answer: str) -> None:
    if answer == "<photo>":
        practice.people.photos(teacher.phone, [("a.png", picture(1), "image/png")])
    else:
        practice.people.say(teacher.phone, answer)


def send_button(practice: Practice, teacher: Teacher) -> str:
    messages = practice.world.chats[teacher.phone].messages
    keyboards = [
        one["reply_markup"]["inline_keyboard"] for one in messages.values() if "reply_markup" in one
    ]
    (label,) = [
        one["text"]
        for rows in keyboards
        for row in rows
        for one in row
        if one["text"].endswith("Gửi")
    ]
    return str(label)


async def test_the_webhook_is_set_and_removed_by_the_settings(database: Database, tmp_path: Path):
    practice = Practice()
    teacher = one_teacher(practice)
    await settle(database, [teacher])
    store = database.url.render_as_string(hide_password=False)
    async with running(practice) as address:
        settings = brought(address, store, tmp_path)
        telegram = Bringing(practice, settings["WEBHOOK_URL"])
        async with bot(settings, tmp_path / "log") as process:
            await webhook_is(practice, settings)
            says(practice, teacher, "/start")
            await telegram.bring(*telegram.waiting())
            await all_is_answered(database, 1)
            process.terminate()
            assert await process.wait() == 0
        # The webhook stays while the bot is away, and Telegram keeps what comes meanwhile.
        assert not any(one.method == "deleteWebhook" for one in practice.journal.entries)
        says(practice, teacher, "/trogiup")
        del settings["WEBHOOK_URL"]
        async with bot(settings, tmp_path / "log"):
            await all_is_answered(database, 2)
            assert practice.refusals == []
    assert any(one.method == "deleteWebhook" for one in practice.journal.entries)
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert WORD not in log


@pytest.mark.parametrize("crossing", list(itertools.permutations(range(3))), ids=str)
async def test_a_tap_and_words_that_cross_make_one_report(
    sqlite_database: Database, tmp_path: Path, crossing: tuple[int, ...]
):
    """Twice the tap and once the word for sending, in any order, as the queues of Telegram may cross."""
    practice = Practice()
    teacher = one_teacher(practice)
    await settle(sqlite_database, [teacher])
    store = sqlite_database.url.render_as_string()
    async with running(practice) as address:
        settings = brought(address, store, tmp_path)
        telegram = Bringing(practice, settings["WEBHOOK_URL"])
        async with bot(settings, tmp_path / "log"):
            await webhook_is(practice, settings)
            for answer in ANSWERS[:-1]:
                says(practice, teacher, answer)
            await telegram.bring(*telegram.waiting())
            await all_is_answered(sqlite_database, len(ANSWERS) - 1)
            for _tap in range(2):
                practice.people.press(teacher.phone, {"label": send_button(practice, teacher)})
            says(practice, teacher, "gửi")
            came = telegram.waiting()
            await telegram.bring(*(came[place] for place in crossing))
            await all_is_answered(sqlite_database, len(ANSWERS) + 2)
    async with sqlite_database.reading() as session:
        found = await confirmations(session)
        assert [(one.outcome, one.received) for one in found] == [("part", 45)]
    assert len(receipts_of(practice, teacher)) == 1
    # Every tap has been answered, so none is left to be.
    assert practice.world.queries == {}
