"""Each kind of update that Telegram is asked for has something come of it, and it is asked for no other."""

from __future__ import annotations

from pathlib import Path

from sqlmodel import select
from telegram import Update

from bot.telegram.reading import KINDS
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.people.people import Person
from tests.channel_cases import Opens, Picks
from tests.channel_people import OnTelegram, settled_on
from tests.talking import LAN


async def is_reachable(database: Database) -> bool:
    async with database.reading() as session:
        found = await session.execute(select(Person).where(Person.id == f"person-{LAN}"))
        return found.scalar_one().unreachable_since is None


async def test_of_each_kind_that_is_asked_for_something_comes_and_no_other_is_asked_for(
    sqlite_database: Database, tmp_path: Path
):
    """T9"""
    async with settled_on("telegram", sqlite_database) as people:
        assert isinstance(people, OnTelegram)
        async with people.connected(PhotoFiles(str(tmp_path))):
            await people.do(LAN, Opens("xacnhan"))
            assert len(people.texts_of(LAN)) == 1
            came = {"message"}

            chat = people.practice.world.chats[int(LAN)]
            [said] = [number for number in chat.messages if not chat.unseen[number]["from_bot"]]
            people.heard.clear()
            people.practice.people.edit(int(LAN), None, said, "/dabaocao")
            await people.settled()
            assert "không đọc lại tin nhắn đã sửa" in people.texts_of(LAN)[-1]
            came.add("edited_message")

            await people.do(LAN, Picks("Hủy"))
            assert people.practice.world.queries == {}
            assert "Đã hủy" in people.texts_of(LAN)[-1]
            came.add("callback_query")

            people.heard.clear()
            people.practice.people.block(int(LAN), blocked=True)
            await people.settled()
            assert not await is_reachable(sqlite_database)
            came.add("my_chat_member")

            updates = people.practice.world.updates[588]
            assert updates.allowed == came == set(KINDS)
            content = {"chat": {"id": int(LAN)}}
            others = set(Update.ALL_TYPES) - came
            assert [kind for kind in others if updates.put(kind, content) is not None] == []
            assert len(others) > 15
