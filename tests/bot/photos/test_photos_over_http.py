"""Photos travel from a phone through Telegram into the store, whatever they are and however they come."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, func, select

import conversations
from bot.answering.reception import Reception
from bot.photos.decoders import Decoder, Decoders
from bot.photos.fetcher import PhotoFetcher
from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.sending.post import Post
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read
from conversations.lobby.lobby import Lobby
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help.photos import Photo
from storage.messages.inbox import Update
from storage.messages.outbox import Message, MessageState
from tests.cast import settle_in
from tests.photographs import HEIC, huge_jpeg, picture, place_and_camera, png_claiming, saved

LAN = 700001
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
MB = 1024 * 1024


@dataclass
class Bot:
    """All that the program plugs together, moved by hand so that nothing happens by luck."""

    practice: Practice
    database: Database
    heard: asyncio.Event
    reception: Reception
    post: Post
    photo_fetcher: PhotoFetcher

    async def received(self) -> None:
        """Wait until everything that people did is in the inbox."""
        async with asyncio.timeout(20):
            while True:
                self.heard.clear()
                async with self.database.reading() as session:
                    kept = await session.execute(select(func.count()).select_from(Update))
                if kept.scalar_one() == len(self.practice.world.updates[588].delivered):
                    return
                await self.heard.wait()

    async def answered(self) -> None:
        await self.received()
        while await self.reception.answer_waiting():
            pass
        while await self.untold():
            if not await self.post.send_waiting():
                # A chat bears one message a second.
                self.practice.clock.advance(timedelta(seconds=1))

    async def untold(self) -> int:
        async with self.database.reading() as session:
            waiting = col(Message.state).in_([MessageState.PENDING, MessageState.SENDING])
            found = await session.execute(select(func.count()).select_from(Message).where(waiting))
            return int(found.scalar_one())

    async def decoded(self) -> None:
        while await self.photo_fetcher.fetch_waiting():
            pass
        await self.answered()


@asynccontextmanager
async def bot(
    practice: Practice,
    address: str,
    database: Database,
    folder: Path,
    decoders: Decoders | None = None,
) -> AsyncIterator[Bot]:
    """One life of the program; leaving it is its death, since nothing is tidied up."""

    async def pause(seconds: float) -> None:
        practice.clock.advance(timedelta(seconds=seconds))

    files = PhotoFiles(str(folder / "photos"))
    channel = TelegramChannel(TOKEN, address, files=files)
    channels, now, heard = {channel.name: channel}, practice.clock.now, asyncio.Event()
    came = arriving_updates(database, TOKEN, now, heard=heard.set)
    receiving = Polling(came, TOKEN, address, None, now)
    task = asyncio.create_task(receiving.run(asyncio.Event()))
    try:
        yield Bot(
            practice,
            database,
            heard,
            Reception(database, Lobby(conversations.ALL), {"telegram": read}, now),
            Post(database, channels, now, sleep=pause),
            PhotoFetcher(database, channels, files, now, decoders=decoders),
        )
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await channel.close()


def refused(practice: Practice) -> list[str]:
    """A poll that ends because its program died is refused, and nobody minds."""
    return [one["description"] for one in practice.refusals if one["code"] != 409]


@pytest.fixture
async def practice(database: Database) -> AsyncIterator[tuple[Practice, str]]:
    async with database.writing() as session:
        await settle_in(session)
    practice = Practice(PracticeClock(NOON))
    # Anh Minh has met the bot before, so that it may show him his card.
    practice.world.people[700002].started = True
    async with running(practice) as address:
        yield practice, address
    assert refused(practice) == []


async def says(bot: Bot, *words: str) -> None:
    for one in words:
        bot.practice.people.say(LAN, one)
    await bot.answered()


def in_album(bot: Bot, files: list[dict[str, Any]], album: str = "77") -> None:
    """These photos of an album reach Telegram now, whenever the others do."""
    person, chat = bot.practice.people.person(LAN), bot.practice.world.chats[LAN]
    for content in files:
        bot.practice.people._arrives(person, chat, {**content, "media_group_id": album})


def on_the_phone(bot: Bot) -> list[dict[str, Any]]:
    """What the bot wrote to cô Lan and did not delete, oldest first."""
    chat = bot.practice.world.chats[LAN]
    return [
        message
        for number, message in sorted(chat.messages.items())
        if chat.unseen[number]["from_bot"] and not chat.unseen[number]["deleted"]
    ]


def buttons(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


async def photos_in(bot: Bot) -> list[Photo]:
    async with bot.database.reading() as session:
        return list((await session.execute(select(Photo).order_by(col(Photo.id)))).scalars())


def ten_files(bot: Bot) -> list[dict[str, Any]]:
    """Nine photos with the school's place in them, each another, and one HEIC that claims to be any bytes."""
    pictures = [
        (f"IMG_{number}.JPG", saved(picture(), exif=place_and_camera(), quality=70 + number), "")
        for number in range(9)
    ]
    return bot.practice.people.decoded(
        [*pictures, ("IMG_9.HEIC", HEIC, "application/octet-stream")], as_file=True
    )


async def test_ten_files_torn_over_two_lives_are_ten_photos_on_one_card(
    practice: tuple[Practice, str], database: Database, tmp_path: Path
) -> None:
    """T19 T20."""
    async with bot(*practice, database, tmp_path) as first:
        await says(first, "/xacnhan", "1", "du", "hom nay")
        files = ten_files(first)
        in_album(first, files[:4])
        await first.received()
        # Two are answered and their cards not sent, two are only in the inbox; then it dies.
        for _each in range(2):
            await first.reception.answer_waiting()
    in_album(first, files[4:])
    async with bot(*practice, database, tmp_path) as second:
        await second.answered()
        pressable = [one for one in on_the_phone(second) if "1. ✅ Xong" in buttons(one)]
        assert ["Đã nhận 10 ảnh" in one["text"] for one in pressable] == [True]
        assert pressable == on_the_phone(second)[-1:]
        await second.decoded()
        found = await photos_in(second)
    assert len(found) == 10
    assert len({(one.chat, one.message) for one in found}) == 10
    assert len({one.file_unique_id for one in found}) == 10
    assert {(one.state, one.as_file, one.album) for one in found} == {("stored", True, "77")}
    assert {(one.told or {}).get("latitude") for one in found} == {22.66}
    for public in (tmp_path / "photos" / "public").rglob("*.jpg"):
        content = public.read_bytes()
        assert not any(trace in content for trace in (b"Exif", b"Invented", b"GPS", b"secret"))


def behind_a_photo() -> bytes:
    hidden = io.BytesIO()
    with zipfile.ZipFile(hidden, "w") as archive:
        archive.writestr("secret.html", "<script>secret</script>")
    return saved(picture()) + hidden.getvalue()


SHAPES = {
    "trong.jpg": (lambda: b"", "Tệp trống (0 byte)."),
    "trang.jpg": (lambda: b"<!DOCTYPE html><p>x</p>", "Tệp này không phải là ảnh"),
    "hong.jpg": (lambda: saved(picture())[:3000], "Ảnh bị lỗi, không mở được."),
    "to.jpg": (huge_jpeg, "Ảnh có trên 60 triệu điểm ảnh."),
    "bom.png": (lambda: png_claiming(30_000, 30_000), "Tệp tuy nhỏ nhưng khi giải nén lớn hơn"),
}


async def test_what_only_its_bytes_tell_is_told_later_with_the_report(
    practice: tuple[Practice, str], database: Database, tmp_path: Path
) -> None:
    """T20."""
    async with bot(*practice, database, tmp_path) as lan:
        await says(lan, "/xacnhan", "1", "du", "hom nay")
        sent = [(name, made(), "image/jpeg") for name, (made, _why) in SHAPES.items()]
        sent.append(("doi.jpg", behind_a_photo(), "image/jpeg"))
        in_album(lan, lan.practice.people.decoded(sent, as_file=True))
        await says(lan, "xong", "khong", "khong", "gui")
        receipt = on_the_phone(lan)[-1]["text"]
        [code] = re.findall(r"AB-\w{4}-\w{3}", receipt)
        await lan.decoded()
        told = [one for one in on_the_phone(lan) if "chưa lưu được" in one["text"]]
        assert len(told) == len(SHAPES)
        for _content, why in SHAPES.values():
            [message] = [one for one in told if why in one["text"]]
            assert f"⚠️ Ảnh của báo cáo {code}, gửi lúc 12:00 20/11/2026" in message["text"]
            assert "Báo cáo vẫn được giữ nguyên" in message["text"]
        assert sorted(one.state for one in await photos_in(lan)) == ["missing"] * 5 + ["stored"]
        lan.practice.people.press(LAN, {"label": f"Gửi ảnh cho {code}"})
        await lan.answered()
        asked = on_the_phone(lan)[-1]["text"]
        assert code in asked
        assert "Vui lòng gửi ảnh chụp hàng." in asked
    [public] = (tmp_path / "photos" / "public").rglob("*.jpg")
    assert b"PK\x03\x04" not in public.read_bytes()


async def test_more_than_20_mb_is_said_at_once_and_where_nobody_knew_when_it_is_fetched(
    practice: tuple[Practice, str], database: Database, tmp_path: Path
) -> None:
    """T20."""
    async with bot(*practice, database, tmp_path) as lan:
        await says(lan, "/xacnhan", "1", "du", "hom nay")
        large = saved(picture()) + bytes(20 * MB)
        [known] = lan.practice.people.decoded([("a.jpg", large, "image/jpeg")], as_file=True)
        in_album(lan, [known], "1")
        await lan.answered()
        assert "Ảnh này nặng 21 MB" in on_the_phone(lan)[-1]["text"]
        assert await photos_in(lan) == []
        unknown = {"document": {**known["document"]}}
        del unknown["document"]["file_size"]
        in_album(lan, [unknown], "2")
        await lan.answered()
        assert "Đã nhận 1 ảnh" in on_the_phone(lan)[-1]["text"]
        await lan.decoded()
        told = on_the_phone(lan)[-1]["text"]
    assert "Ảnh nặng hơn 20 MB, là mức lớn nhất có thể tải." in told
    assert refused(practice[0]) == ["Bad Request: file is too big"]
    practice[0].journal.entries.clear()


async def test_everything_else_goes_on_while_a_photo_is_developed(
    practice: tuple[Practice, str], database: Database, tmp_path: Path
) -> None:
    decoders = Slow()
    async with bot(*practice, database, tmp_path, decoders) as lan:
        await says(lan, "/xacnhan", "1", "du", "hom nay")
        in_album(lan, lan.practice.people.decoded([("a.jpg", HEIC, "")], as_file=True))
        await lan.answered()
        fetching = asyncio.create_task(lan.photo_fetcher.fetch_waiting())
        async with asyncio.timeout(20):
            await decoders.is_asked.wait()
        await says(lan, "xong")
        assert "Trong ảnh có nhận ra được cháu nào không?" in on_the_phone(lan)[-1]["text"]
        assert not fetching.done()
        decoders.go_on.set()
        await fetching
        assert [one.state for one in await photos_in(lan)] == ["stored"]


class Slow(Decoders):
    """They take their time before they open a photo."""

    def __init__(self) -> None:
        super().__init__()
        self.is_asked, self.go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Decoder]:
        async with super().one() as decoder:
            self.is_asked.set()
            await self.go_on.wait()
            yield decoder
