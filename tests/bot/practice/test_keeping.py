"""What people did in the practice world is still there when it is started again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from bot.practice.clock import PracticeClock
from bot.practice.keeping import kept
from bot.practice.server import Practice, running
from tests.bot.practice.script import Script
from tests.bot.practice.test_specification import picture

LAN, MINH = 700001, 700002
MAY = "+84000000006"
EVENING = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
MORNING = EVENING + timedelta(hours=14)
BUTTON = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}


@asynccontextmanager
async def world_at(moment: datetime, folder: Path) -> AsyncIterator[Script]:
    practice = Practice(PracticeClock(moment))
    async with (
        running(practice) as address,
        kept(practice, folder),
        aiohttp.ClientSession() as web,
    ):
        yield Script(practice, address, web)


async def test_a_chat_goes_on_where_it_was(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        await evening.act(f"people/{LAN}/start")
        card = await evening.bot("sendMessage", chat_id=LAN, text="Thẻ", reply_markup=BUTTON)
        gone = await evening.bot("sendMessage", chat_id=LAN, text="Nhầm")
        await evening.bot("deleteMessage", chat_id=LAN, message_id=gone["message_id"])
        seen = await evening.ask(f"chats/{LAN}/messages")
    async with world_at(MORNING, tmp_path) as morning:
        assert await morning.ask(f"chats/{LAN}/messages") == seen
        await morning.act(f"people/{LAN}/press", label="Xong")
        pressed = (await morning.updates())[-1]["callback_query"]["message"]
        assert pressed == card
        own = {"chat_id": LAN, "message_id": card["message_id"], "text": "Thẻ mới"}
        assert (await morning.asks("editMessageText", **own))["ok"]
        again = {"chat_id": LAN, "message_id": gone["message_id"], "text": "Lại"}
        assert "not found" in (await morning.asks("editMessageText", **again))["description"]


async def test_who_is_known_in_the_evening_is_known_in_the_morning(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        await evening.act(f"people/{MINH}/start")
        await evening.act(f"people/{LAN}/start")
        await evening.act(f"people/{LAN}/block", blocked=True)
        mai = await evening.act("people", first_name="Mai")
        group = await evening.act("groups", title="Tổ", members=[LAN, MINH])
        moved = await evening.act("migrate", chat_id=group["id"])
        commands = [{"command": "start", "description": "Bắt đầu"}]
        await evening.bot("setMyCommands", commands=commands)
        state = await evening.ask("state")
    async with world_at(MORNING, tmp_path) as morning:
        now = await morning.ask("state")
        assert now["people"] == state["people"]
        assert now["chats"] == state["chats"]
        assert mai in now["people"]
        assert (await morning.asks("sendMessage", chat_id=MINH, text="Chào"))["ok"]
        told = await morning.asks("sendMessage", chat_id=LAN, text="Chào")
        assert told["description"] == "Forbidden: bot was blocked by the user"
        told = await morning.asks("sendMessage", chat_id=group["id"], text="Chào")
        assert told["parameters"] == {"migrate_to_chat_id": moved["id"]}


async def test_the_clock_does_not_go_back(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        await evening.act("clock", advance=3 * 86400)
        shown = (await evening.ask("clock"))["now"]
    async with world_at(EVENING + timedelta(minutes=1), tmp_path) as again:
        assert (await again.ask("clock"))["now"] > shown


async def test_photos_can_still_be_fetched(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        sent = evening.practice.people.photos(LAN, [("a.png", picture(), "image/png")])[0]
        evening.practice.people.photos(LAN, [("a.heic", b"gps", "image/heic")], as_file=True)
        file_id = sent["photo"][-1]["file_id"]
        content = evening.practice.world.files.get(file_id).content
    async with world_at(MORNING, tmp_path) as morning:
        path = (await morning.bot("getFile", file_id=file_id))["file_path"]
        token = morning.practice.world.bot_user()["id"]
        there = f"{morning.address}/file/bot{token}:{'x' * 35}/{path}"
        async with morning.web.get(there) as answer:
            assert await answer.read() == content
        resent = await morning.bot("sendPhoto", chat_id=LAN, photo=file_id)
        assert resent["photo"] == sent["photo"]


async def test_what_the_bot_has_not_fetched_still_waits(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        await evening.act(f"people/{LAN}/say", text="muộn rồi")
        late = await evening.updates()
        await evening.act(f"text/phones/{MAY}/say", text="tối")
    async with world_at(MORNING, tmp_path) as morning:
        assert await morning.updates() == late
        await morning.act(f"people/{LAN}/say", text="sớm")
        texts = [one["message"]["text"] for one in await morning.updates()]
        assert texts == ["muộn rồi", "sớm"]
        async with morning.web.get(f"{morning.address}/text/messages") as answer:
            assert [one["text"] for one in (await answer.json())["messages"]] == ["tối"]
        assert len(await morning.ask(f"text/phones/{MAY}/messages")) == 1
    async with world_at(MORNING + timedelta(days=1, minutes=1), tmp_path) as too_late:
        assert await too_late.updates() == []


async def test_the_picture_of_a_text_phone_keeps_its_link(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        link = evening.practice.text.keep_picture(picture(), "image/png")
        evening.practice.text.say(MAY, "", link)
        path = link.removeprefix(evening.address)
    async with (
        world_at(MORNING, tmp_path) as morning,
        morning.web.get(f"{morning.address}{path}") as answer,
    ):
        assert await answer.read() == picture()


async def test_nothing_is_lost_when_the_program_is_killed(tmp_path: Path) -> None:
    """What happened is in the folder while the world still runs."""
    async with world_at(EVENING, tmp_path) as killed:
        await killed.act(f"people/{LAN}/say", text="chào")
        written = tmp_path / "world.json"
        async with asyncio.timeout(10):
            while not written.exists():
                await killed.ask("clock")
        async with world_at(MORNING, tmp_path) as morning:
            said = await morning.ask(f"chats/{LAN}/messages")
            assert [one["text"] for one in said] == ["chào"]


async def test_what_cannot_be_read_is_set_aside_and_the_world_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"format": 1, "people": [')
    async with world_at(MORNING, tmp_path) as morning:
        assert len(await morning.ask("people")) == 5
        await morning.act(f"people/{LAN}/say", text="chào")
    assert (tmp_path / "world.unreadable.json").read_text() == '{"format": 1, "people": ['
    async with world_at(MORNING, tmp_path) as again:
        assert len(await again.ask(f"chats/{LAN}/messages")) == 1


async def test_a_world_in_which_nothing_happened_writes_nothing(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path):
        pass
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240


async def test_a_document_left_at_the_gateway_is_there_in_the_morning(tmp_path: Path) -> None:
    async with world_at(EVENING, tmp_path) as evening:
        text = evening.practice.text
        left = text.keep_document(b"%PDF", "Danh sách.pdf", "application/pdf")
        text.say(MAY, "", document=left)
    async with world_at(MORNING, tmp_path) as morning:
        [document] = morning.practice.text.documents.values()
        assert (document.content, document.name) == (b"%PDF", "Danh sách.pdf")
        [waiting] = await morning.practice.text.fetch(0, 0)
        assert waiting["document"] == left
    world = tmp_path / "world.json"
    told = json.loads(world.read_bytes())
    del told["documents"]
    world.write_text(json.dumps(told))
    async with world_at(MORNING, tmp_path) as older:
        assert older.practice.text.documents == {}
        assert len(await older.practice.text.fetch(0, 0)) == 1
