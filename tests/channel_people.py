"""The people of the table of cases, each with a phone of one chat app: how they do there what a case says.

Everything between the phone and the store is real: the practice server, receiving, reception, post and photo fetcher.
"""

from __future__ import annotations

import asyncio
import io
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from sqlmodel import col, update

import conversations
from bot.answering.reception import Reception
from bot.channels import Channel, Reading
from bot.photos.fetcher import PhotoFetcher
from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from bot.receiving.long_polling import LongPolling
from bot.sending.post import Post
from bot.telegram.absence import Absence
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read as read_telegram
from bot.text.channel import TextChannel
from bot.text.reading import read as read_text
from bot.text.receiving import TextReceiving
from conversations.kit.words import plainly
from conversations.lobby.lobby import Lobby
from locales.folding import fold
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.people import invitations
from storage.people.people import Address
from tests.cast import COC_PANG, many_schools, settle_in
from tests.channel_cases import (
    CODE,
    LINK,
    Comes,
    Deed,
    Follows,
    Opens,
    Picks,
    Says,
    Sends,
    TypesTheCode,
)
from tests.talking import NAMES

MOMENT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
READINGS: Mapping[str, Reading] = {"telegram": read_telegram, "text": read_text}


def picture(colour: str) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(content, "JPEG")
    return content.getvalue()


class People(ABC):
    """Those of the cast, and what lies between their phones and the store."""

    def __init__(self, practice: Practice, address: str, database: Database) -> None:
        self.practice, self.address, self.database = practice, address, database
        self.heard = asyncio.Event()
        self.transcript: list[str] = []

    @abstractmethod
    async def move_in(self) -> None:
        """Everybody of the cast has a phone of this chat app, and no other."""

    @abstractmethod
    def connect(self, files: PhotoFiles) -> tuple[Channel, LongPolling[Any]]: ...

    @abstractmethod
    def say(self, who: str, text: str) -> None: ...

    @abstractmethod
    def texts_of(self, who: str) -> list[str]:
        """What the bot wrote to somebody, oldest first."""

    @abstractmethod
    def come(self, who: str, payload: str) -> None: ...

    @abstractmethod
    def pick(self, who: str, label: str) -> None: ...

    @abstractmethod
    def send(self, who: str, content: bytes) -> None: ...

    def wire(self, channel: Channel, files: PhotoFiles) -> None:
        now = self.practice.clock.now
        self.channel = channel.name
        channels = {channel.name: channel}
        self.reception = Reception(
            self.database, Lobby(conversations.ALL), READINGS, now, channels=list(channels)
        )
        self.post = Post(self.database, channels, now)
        self.photo_fetcher = PhotoFetcher(self.database, channels, files, now)

    @asynccontextmanager
    async def connected(self, files: PhotoFiles) -> AsyncIterator[None]:
        """One process, from its start to its end."""
        channel, receiving = self.connect(files)
        self.wire(channel, files)
        stop = asyncio.Event()
        listening = asyncio.create_task(receiving.run(stop))
        try:
            yield
        finally:
            stop.set()
            await listening
            close: Any = channel
            await close.close()

    async def do(self, who: str, deed: Deed) -> None:
        """One deed, until everybody has been told what comes of it."""
        self.heard.clear()
        match deed:
            case Opens(command):
                self.say(who, f"/{command or 'start'}")
            case Comes(role, at):
                async with self.database.writing() as session:
                    payload = await invitations.create(
                        session, role, at, None, self.practice.clock.now()
                    )
                self.come(who, payload)
            case Follows(whose):
                links = (LINK.search(text) for text in reversed(self.texts_of(whose)))
                self.come(who, next(link[1] for link in links if link))
            case Picks(label):
                self.pick(who, label)
            case TypesTheCode():
                codes = [code for text in self.texts_of(who) for code in CODE.findall(text)]
                self.say(who, codes[-1])
            case Says(text):
                self.say(who, text)
            case Sends(colour):
                self.send(who, picture(colour))
        await self.settled()

    async def settled(self) -> None:
        async with asyncio.timeout(20):
            await self.heard.wait()
        while await self.reception.answer_waiting():
            pass
        while await self.post.send_waiting():
            pass
        while await self.photo_fetcher.fetch_waiting():
            pass
        # Nobody is written to faster than a chat app bears.
        self.practice.clock.advance(timedelta(seconds=5))


class OnTelegram(People):
    """They press buttons."""

    sleep = staticmethod(asyncio.sleep)
    """How the bot waits for Telegram before it asks again."""

    async def move_in(self) -> None:
        for person in self.practice.world.people.values():
            person.started = True

    def connect(self, files: PhotoFiles) -> tuple[Channel, LongPolling[Any]]:
        now = self.practice.clock.now
        came = arriving_updates(self.database, TOKEN, now, heard=self.heard.set)
        channel = TelegramChannel(TOKEN, self.address, files=files)
        absence = Absence(self.database, channel.name, now, told=self.heard.set)
        receiving = Polling(
            came, TOKEN, self.address, None, now,
            absence=absence, shortest_pause=0.01, sleep=self.sleep,
        )  # fmt: skip
        return channel, receiving

    def say(self, who: str, text: str) -> None:
        self.practice.people.say(int(who), text)

    def come(self, who: str, payload: str) -> None:
        self.practice.people.start(int(who), payload)

    def pick(self, who: str, label: str) -> None:
        given = self.button(who, label)
        if given is None:
            raise AssertionError(f"{label!r} is on no button of {who}")
        self.practice.people.press(int(who), given)

    def button(self, who: str, label: str) -> dict[str, Any] | None:
        """Where the newest button that says this is."""
        chat = self.practice.world.chats[int(who)]
        for number in sorted(chat.messages, reverse=True):
            if chat.unseen[number]["deleted"]:
                continue
            rows = chat.messages[number].get("reply_markup", {}).get("inline_keyboard", [])
            buttons = {button["text"]: button["callback_data"] for row in rows for button in row}
            found = best(label, list(buttons))
            if found:
                return {"message_id": number, "data": buttons[found]}
        return None

    def texts_of(self, who: str) -> list[str]:
        chat = self.practice.world.chats[int(who)]
        written = (number for number in sorted(chat.messages) if chat.unseen[number]["from_bot"])
        return [chat.messages[number].get("text", "") for number in written]

    def send(self, who: str, content: bytes) -> None:
        self.practice.people.photos(int(who), [("a.jpg", content, "image/jpeg")])


class OnText(People):
    """They type what their phone shows: `spoken` the number, or the words without diacritics."""

    numbers = True

    def number_of(self, who: str) -> str:
        return f"+84000{who}"

    async def move_in(self) -> None:
        for who, name in NAMES.items():
            self.practice.text.add(self.number_of(who), name)
            async with self.database.writing() as session:
                moved = update(Address).where(col(Address.address) == who)
                await session.execute(moved.values(channel="text", address=self.number_of(who)))

    def connect(self, files: PhotoFiles) -> tuple[Channel, LongPolling[Any]]:
        now = self.practice.clock.now
        receiving = TextReceiving(self.database, self.address, now, heard=self.heard.set)
        return TextChannel(self.address, files=files), receiving

    def say(self, who: str, text: str) -> None:
        self.transcript += ["", f"{NAMES[who]}: {text}"]
        self.practice.text.say(self.number_of(who), text)

    def come(self, who: str, payload: str) -> None:
        self.say(who, f"mời {payload}")

    def pick(self, who: str, label: str) -> None:
        for message in reversed(self.practice.text.phones[self.number_of(who)].messages):
            if not message["from_bot"]:
                continue
            offers = dict(filter(None, map(offered, message["text"].split("\n"))))
            found = best(label, list(offers))
            if found:
                self.say(who, self.typed(label, offers[found]))
                return
        raise AssertionError(f"{label!r} is in no text that {who} was sent")

    def typed(self, label: str, to_type: str) -> str:
        return to_type if self.numbers or not to_type.isdecimal() else fold(label)

    def send(self, who: str, content: bytes) -> None:
        self.transcript += ["", f"{NAMES[who]}: <ảnh>"]
        link = self.practice.text.keep_picture(content, "image/jpeg")
        self.practice.text.say(self.number_of(who), "", link)

    async def settled(self) -> None:
        before = {who: len(self.texts_of(who)) for who in NAMES}
        await super().settled()
        for who, name in NAMES.items():
            for message in self.texts_of(who)[before[who] :]:
                self.transcript.append(f"  → {name}")
                self.transcript += [f"    │ {line}".rstrip() for line in message.split("\n")]

    def texts_of(self, who: str) -> list[str]:
        messages = self.practice.text.phones[self.number_of(who)].messages
        return [one["text"] for one in messages if one["from_bot"]]


class OnTextInWords(OnText):
    """They type words without diacritics wherever they could type a number."""

    numbers = False


def offered(line: str) -> tuple[str, str] | None:
    """What a line of a text offers, and what it says to type for it."""
    both = re.fullmatch(r"(.+) \((?:gõ|type): (.+)\)", line)
    if both:
        return both[1], both[2]
    alone = re.fullmatch(r"(?:gõ|type): (.+)", line)
    if alone:
        return alone[1], alone[1]
    numbered = re.fullmatch(r"(\d+)\. (.+)", line)
    return (numbered[2], numbered[1]) if numbered else None


def best(label: str, shown: list[str]) -> str:
    """The button that says just this, behind its number, or else the first that holds it; empty for none."""
    wanted = plainly(label)
    says = {one: plainly(re.sub(r"^\d+\. ", "", one)) for one in shown}
    exactly = (one for one, said in says.items() if said == wanted)
    return next(exactly, next((one for one, said in says.items() if wanted in said), ""))


APPS: dict[str, Callable[..., People]] = {
    "telegram": OnTelegram,
    "text by numbers": OnText,
    "text by words": OnTextInWords,
}
"""Every chat app, with those who use it."""


@asynccontextmanager
async def people_on(app: str, database: Database, folder: Path) -> AsyncIterator[People]:
    """The cast with phones of one chat app; all they do goes through real loops."""
    async with settled_on(app, database) as people, people.connected(PhotoFiles(str(folder))):
        yield people


@asynccontextmanager
async def settled_on(app: str, database: Database) -> AsyncIterator[People]:
    """The cast with phones of one chat app, and nobody yet who listens."""
    practice = Practice(PracticeClock(MOMENT))
    async with running(practice) as address:
        people = APPS[app](practice, address, database)
        async with database.writing() as session:
            await settle_in(session)
            await many_schools(session, COC_PANG)
        await people.move_in()
        yield people
