"""What we send is what Telegram takes, and what people see is what we meant."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image
from sqlmodel import col, select

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.operating.environment import real_clock
from bot.photos.fetching import HOPELESS
from bot.practice.server import Practice, running
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read
from conversations.kit.events import Opened, Pressed, Said, SentFile, SentPhoto
from conversations.kit.screens import Button, Line, Screen, Style
from locales import Reader, plain
from storage.database import Database
from storage.files.photo_files import PhotoFiles, public_key
from storage.messages.inbox import Update
from tests.bot.difficult_telegram import difficult_telegram
from tests.photographs import picture, saved

TOKEN = "588:PRACTICE-0000000000000000000000000000000"
LAN = 700001
READER = Reader()
SCREEN = Screen(
    (Line("Đã nhận đủ chưa?", Style.TITLE), Line("<b>&", Style.QUOTE), Line("")),
    ((Button("Đủ", "yes"), Button("Thiếu", "no")), (Button("Trang", "", "https://example.org"),)),
    "0abc234defgh5678",
    3,
)


@dataclass
class Wire:
    """A channel and the practice Telegram at its other end."""

    practice: Practice
    channel: TelegramChannel
    address: str

    def seen(self, chat: int = LAN) -> list[dict[str, Any]]:
        shown = self.practice.world.chats[chat]
        return [
            message
            for number, message in shown.messages.items()
            if not shown.unseen[number]["deleted"] and message["from"]["is_bot"]
        ]

    def requests(self, method: str) -> list[dict[str, Any]]:
        return self.practice.journal.requests(method)


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Wire]:
    practice = Practice()
    async with running(practice) as address:
        channel = TelegramChannel(TOKEN, address, files=PhotoFiles(str(tmp_path)))
        yield Wire(practice, channel, address)
        await channel.close()


def letter(screen: Screen | None = SCREEN, **more: Any) -> Letter:
    return Letter(str(LAN), screen, READER, **more)


def photo() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (640, 480), "red").save(content, "JPEG")
    return content.getvalue()


async def test_a_screen_is_seen_with_its_buttons(line: Wire):
    """T32"""
    line.practice.people.start(LAN)
    message_id = await line.channel.deliver(letter(silent=True))
    (message,) = line.seen()
    assert str(message["message_id"]) == message_id
    assert message["text"] == "Đã nhận đủ chưa?\n<b>&"
    rows = message["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in row] for row in rows] == [["Đủ", "Thiếu"], ["Trang"]]
    assert line.practice.refusals == []


async def test_a_card_is_changed_loses_its_buttons_and_goes(line: Wire):
    """T28 T32"""
    line.practice.people.start(LAN)
    first = await line.channel.deliver(letter())
    changed = replace(SCREEN, lines=(Line("Cảm ơn cô"),))
    assert await line.channel.deliver(letter(changed, replace=first)) == first
    assert line.seen()[0]["text"] == "Cảm ơn cô"
    await line.channel.deliver(letter(replace(changed, rows=()), replace=first))
    assert not line.seen()[0].get("reply_markup", {}).get("inline_keyboard")
    await line.channel.tidy(str(LAN), first, delete=True)
    assert line.seen() == []
    assert line.practice.refusals == []


async def test_changing_a_card_into_itself_is_no_failure(line: Wire):
    """T28"""
    line.practice.people.start(LAN)
    first = await line.channel.deliver(letter())
    assert await line.channel.deliver(letter(replace=first)) == first
    assert ["not modified" in one["description"] for one in line.practice.refusals] == [True]


async def test_a_card_that_is_gone_says_so(line: Wire):
    line.practice.people.start(LAN)
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.deliver(letter(replace="999"))
    assert failure.value.kind is FailureKind.GONE


async def test_tidying_what_is_gone_is_harmless(line: Wire):
    line.practice.people.start(LAN)
    await line.channel.tidy(str(LAN), "999", delete=True)
    await line.channel.answer_tap("999")


async def test_who_never_wrote_and_who_blocked_us_cannot_be_reached(line: Wire):
    """T29"""
    with pytest.raises(DeliveryFailure) as never:
        await line.channel.deliver(letter())
    line.practice.people.start(LAN)
    line.practice.people.block(LAN, blocked=True)
    with pytest.raises(DeliveryFailure) as blocked:
        await line.channel.deliver(letter())
    assert (never.value.kind, blocked.value.kind) == (
        FailureKind.UNREACHABLE,
        FailureKind.UNREACHABLE,
    )


async def test_a_picture_is_sent_with_its_words(line: Wire, tmp_path: Path):
    line.practice.people.start(LAN)
    key = public_key("0" * 64)
    await PhotoFiles(str(tmp_path)).write_once(key, photo())
    await line.channel.deliver(letter(replace(SCREEN, pictures=(key,))))
    (message,) = line.seen()
    assert message["caption"].startswith("Đã nhận đủ chưa?")
    assert message["photo"]
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.deliver(letter(replace="1", screen=replace(SCREEN, pictures=(key,))))
    assert failure.value.kind is FailureKind.GONE
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.deliver(letter(replace(SCREEN, pictures=("public/00/none.jpg",))))
    assert failure.value.kind is FailureKind.REFUSED


async def test_the_bot_introduces_itself_when_telegram_can_be_reached(line: Wire):
    """T32"""
    line.practice.people.start(LAN)
    words = (("trogiup", plain("Trợ giúp")), ("huy", plain("Hủy")))
    assert line.channel.username == ""
    await line.channel.set_up({"vi": words, "en": words}, plain("Ấm Bản"))
    await line.channel.deliver(letter(None, commands=words))
    assert line.channel.username == "AmBanPracticeBot"
    assert len(line.requests("setMyCommands")) == 4
    assert line.practice.refusals == []


async def test_a_chat_that_was_put_out_shows_no_commands_of_anybodys_role(line: Wire):
    line.practice.people.start(LAN)
    everybodys, own = (("trogiup", plain("Trợ giúp")),), (("doimay", plain("Đổi máy bị mất")),)
    await line.channel.set_up({"vi": everybodys})
    await line.channel.deliver(letter(None, commands=own))
    await line.channel.deliver(letter(None, commands=()))
    offered = line.practice.world.commands_for(line.practice.world.chats[LAN])
    assert [one["command"] for one in offered] == ["trogiup"]
    assert line.practice.refusals == []


async def test_a_start_without_telegram_waits_for_it():
    nowhere = TelegramChannel(TOKEN, "http://127.0.0.1:9")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await nowhere.set_up({}, shortest_pause=0.01)
    with pytest.raises(DeliveryFailure) as failure:
        await nowhere.deliver(letter())
    await nowhere.close()
    assert failure.value.kind is FailureKind.NOT_SENT
    assert failure.value.__cause__ is None
    assert failure.value.__context__ is None


async def test_what_people_do_arrives_as_they_meant_it(line: Wire, database: Database):
    """T9"""
    people = line.practice.people
    people.start(LAN, "abc")
    people.say(LAN, "60 chăn")
    people.photos(LAN, [("a.jpg", photo(), "image/jpeg")], "đủ")
    people.photos(LAN, [("a.jpg", photo(), "image/jpeg")], as_file=True)
    kinds = ("sticker", "voice", "audio", "video", "video_note", "animation")
    for kind in kinds:
        people.send(LAN, kind, {})
    await line.channel.deliver(letter())
    query = people.press(LAN, {"label": "Đủ"})["callback_query_id"]
    stop = asyncio.Event()
    arriving = arriving_updates(
        database, TOKEN, real_clock, heard=stop.set, callback_answers=line.channel.callback_answers
    )
    async with asyncio.timeout(10):
        await Polling(arriving, TOKEN, line.address, None, real_clock).run(stop)
    async with database.reading() as session:
        found = await session.execute(select(Update).order_by(col(Update.id)))
        raws = [update.raw for update in found.scalars()]
    events = [read(json.loads(raw)).event for raw in raws]
    assert events[:2] == [Opened(payload="abc"), Said("60 chăn")]
    assert isinstance(events[2], SentPhoto)
    assert events[2].caption == "đủ"
    assert isinstance(events[3], SentPhoto)
    assert events[3].as_file
    assert [one.kind for one in events[4:10] if isinstance(one, SentFile)] == list(kinds)
    assert events[10] == Pressed("yes", "0abc234defgh5678", 3)
    await line.channel.deliver(letter(None, query=query, toast=plain("Đã ghi")))
    assert (await line.channel.fetch(events[2].file_id))[:2] == b"\xff\xd8"
    assert line.practice.refusals == []


async def test_a_file_that_is_not_there_may_come_back(line: Wire):
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.fetch("nothing")
    assert failure.value.kind is FailureKind.NOT_SENT


@pytest.mark.parametrize("way", ["wrong_length", "empty", "cut", "not_found"])
async def test_a_file_that_comes_in_part_is_asked_for_again(line: Wire, way: str):
    """A photo that is whole on the phone and at Telegram is not given up as broken."""
    photo = saved(picture())
    kept = line.practice.people.decoded([("a.jpg", photo, "")], as_file=True)
    file_id = kept[0]["document"]["file_id"]
    line.practice.world.injection.begin({"trouble": "failing_download", "way": way, "times": 1})
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.fetch(file_id)
    assert failure.value.kind not in HOPELESS
    assert await line.channel.fetch(file_id) == photo


async def test_a_file_that_is_too_large_will_never_be_had(line: Wire):
    large = line.practice.people.decoded([("a.jpg", bytes(20 * 2**20 + 1), "")], as_file=True)
    with pytest.raises(DeliveryFailure) as failure:
        await line.channel.fetch(large[0]["document"]["file_id"])
    assert failure.value.kind is FailureKind.TOO_LARGE


async def test_a_page_instead_of_an_answer_is_no_error_of_ours(caplog: pytest.LogCaptureFixture):
    async with difficult_telegram() as telegram:
        channel = TelegramChannel(TOKEN, telegram.address)
        telegram.next["sendMessage"].append(web.Response(status=502, text="<html>Bad Gateway"))
        with pytest.raises(DeliveryFailure):
            await channel.deliver(Letter("1", SCREEN, READER))
        await channel.close()
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []
