"""A document goes from a phone through the whole bot and back to it, on Telegram and by a link on an old phone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlmodel import select

from bot.photos.documents import DocumentFetcher
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help.documents import StoredDocument
from storage.help.promised_files import FileState
from tests.channel_people import OnTelegram, OnText, People, picture, settled_on
from tests.lists import A_LIST, TWO_PHOTOS, with_lists
from tests.talking import LAN

PDF = b"%PDF-1.7 \xe1\xba\xa1"
NAME = "Danh sách lớp 1A (tháng 11).pdf"


class Lists:
    """Cô Lan sends a list, with whatever phone she has."""

    def __init__(self, people: People, files: PhotoFiles, web: aiohttp.ClientSession) -> None:
        self.people, self.files, self.web = people, files, web

    async def settled(self) -> None:
        people = self.people
        people.reception.lobby = with_lists(A_LIST, TWO_PHOTOS)
        channels: Any = people.post._channels
        fetcher = DocumentFetcher(people.database, channels, self.files, people.practice.clock.now)
        await people.settled()
        while await fetcher.fetch_waiting():
            pass
        while await people.post.send_waiting():
            pass

    async def says(self, text: str) -> None:
        self.people.heard.clear()
        self.people.say(LAN, text)
        await self.settled()

    async def sends(self, path: str, what: str, **files: tuple[bytes, str]) -> None:
        """Over the HTTP interface, as the page does it."""
        self.people.heard.clear()
        # As browsers do, letters of names go as they are.
        form = aiohttp.FormData(quote_fields=False)
        for name, (content, kind) in files.items():
            form.add_field(what, content, filename=name, content_type=kind)
        async with self.web.post(f"{self.people.address}/practice/{path}", data=form) as answer:
            assert answer.status == 200, await answer.text()
        await self.settled()

    async def document(self) -> StoredDocument:
        async with self.people.database.reading() as session:
            return (await session.execute(select(StoredDocument))).scalar_one()


@pytest.mark.parametrize("app", ["telegram", "text by numbers"])
async def test_a_document_comes_in_and_goes_out(
    sqlite_database: Database, tmp_path: Path, app: str
) -> None:
    files = PhotoFiles(str(tmp_path))
    async with (
        settled_on(app, sqlite_database) as people,
        people.connected(files),
        aiohttp.ClientSession() as web,
    ):
        lists = Lists(people, files, web)
        await lists.says("/guidanhsach")
        if isinstance(people, OnText):
            phone = f"text/phones/{people.number_of(LAN)}".replace("+", "%2B")
            places = (f"{phone}/documents", f"{phone}/pictures", "picture")
        else:
            places = (f"people/{LAN}/document", f"people/{LAN}/photos", "photo")
        await lists.sends(places[0], "document", **{"a.zip": (b"PK", "application/zip")})
        assert "không đúng loại" in people.texts_of(LAN)[-1]
        await lists.sends(places[0], "document", **{NAME: (PDF, "application/pdf")})
        document = await lists.document()
        assert (document.name, document.state) == (NAME, FileState.STORED)
        assert await files.read(document.file_key or "") == PDF
        pictures = {f"{one}.jpg": (picture(one), "image/jpeg") for one in ("red", "blue")}
        await lists.sends(places[1], places[2], **pictures)
        await lists.says("gui")
        assert people.practice.refusals == []
        assert await received(people, web) == (2, NAME, PDF)


async def received(people: People, web: aiohttp.ClientSession) -> tuple[int, str, bytes]:
    """What cô Lan was shown at the end: how many pictures, and the document."""
    if isinstance(people, OnTelegram):
        chat = people.practice.world.chats[int(LAN)]
        shown = [one for one in chat.messages.values() if one["from"]["is_bot"]]
        document = shown[-1]["document"]
        address = f"{people.address}/practice/files/{document['file_id']}"
        async with web.get(address) as answer:
            content = await answer.read()
        photos = [one for one in shown if "photo" in one]
        assert len({one["media_group_id"] for one in photos}) == 1
        return len(photos), document["file_name"], content
    lines = people.texts_of(LAN)[-1].split("\n")
    pictures = [line for line in lines if "/text/pictures/" in line]
    [(name, link)] = [line.split(": ", 1) for line in lines if "/text/documents/" in line]
    async with web.get(link) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Danh")
        return len(pictures), name, await answer.read()
