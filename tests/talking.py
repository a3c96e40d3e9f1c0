"""People talk with the system in tests, through inbox, reception and outbox, without any chat app."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import col, select

import conversations
from bot.answering.reception import Reception
from bot.channels import Incoming
from conversations.kit.events import Opened, Pressed, Said, SentFile, SentPhoto
from conversations.kit.pages import MOST_BUTTONS
from conversations.kit.screens import Button, Screen
from conversations.lobby.lobby import Lobby
from locales import Reader, Text, render
from locales.folding import clean
from storage.database import Database
from storage.messages import cards, inbox, outbox
from storage.messages.inbox import Arrival
from storage.messages.outbox import Message, MessageKind, MessageState, Placement
from storage.people.people import Address

CHANNEL = "telegram:588"
TRANSCRIPTS = Path(__file__).parent / "transcripts"

LAN, MINH, THAO, HOA, SON = "700001", "700002", "700003", "700004", "700005"
NAMES = {LAN: "Cô Lan", MINH: "Anh Minh", THAO: "Chị Thảo", HOA: "Chị Hoa", SON: "Thầy Sơn"}


@dataclass
class Clock:
    """A clock that stands still until somebody moves it."""

    now: datetime = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@dataclass
class Shown:
    """A message on somebody's phone."""

    message_id: str
    screen: Screen
    reader: Reader
    silent: bool = False

    @property
    def lines(self) -> list[str]:
        return [render(line.text, self.reader) for line in self.screen.lines]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def labels(self) -> list[str]:
        return [self.label(button) for row in self.screen.rows for button in row]

    def label(self, button: Button) -> str:
        return render(button.label, self.reader)

    def button(self, label: str) -> Button:
        found = [
            button
            for row in self.screen.rows
            for button in row
            if self.label(button).endswith(label)
        ]
        assert len(found) == 1, f"{label!r} is not one of {self.labels}"
        return found[0]


@dataclass
class Phone:
    """What one person sees: the messages in their chat, and the last words shown over it."""

    messages: list[Shown] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)

    @property
    def last(self) -> Shown:
        return self.messages[-1]

    def find(self, message_id: str) -> Shown | None:
        return next((one for one in self.messages if one.message_id == message_id), None)


class Talk:
    """A store, everybody's phones, and what was said, in order."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock
        self.phones: dict[str, Phone] = {}
        self.transcript: list[str] = []
        self.reception = Reception(
            database,
            Lobby(conversations.ALL),
            {"telegram": read},
            clock,
            username=lambda _channel: "AmBanPracticeBot",
        )
        self._update = 0
        self._message = 1000

    def phone(self, who: str) -> Phone:
        return self.phones.setdefault(who, Phone())

    async def said(self, who: str, text: str, *, replying_to: Shown | None = None) -> Shown:
        self._write(who, text)
        replied = replying_to.message_id if replying_to is not None else ""
        return await self._happened(who, {"kind": "said", "text": text, "replies_to": replied})

    async def opened(self, who: str, conversation: str = "", payload: str = "") -> Shown:
        self._write(who, f"/{conversation or 'start'} {payload and '<lời mời>'}".strip())
        return await self._happened(
            who, {"kind": "opened", "conversation": conversation, "payload": payload}
        )

    async def pressed(self, who: str, label: str, on: Shown | None = None) -> Shown:
        shown = on or next(
            one
            for one in reversed(self.phone(who).messages)
            if any(each.endswith(label) for each in one.labels)
        )
        return await self.pressed_button(who, shown.button(label), shown)

    async def pressed_button(self, who: str, button: Button, shown: Shown) -> Shown:
        self._write(who, f"[{shown.label(button)}]")
        return await self._happened(
            who,
            {
                "kind": "pressed",
                "action": button.action,
                "draft": shown.screen.draft,
                "revision": shown.screen.revision,
                "message": shown.message_id,
            },
        )

    async def sent_photo(
        self,
        who: str,
        name: str = "a",
        *,
        album: str = "",
        caption: str = "",
        size: int = 0,
        as_file: bool = False,
    ) -> Shown:
        sent = f"<tệp ảnh {name}>" if as_file else f"<ảnh {name}>"
        self._write(who, f"{sent} {caption}".strip())
        photo = {"kind": "photo", "file": name, "album": album, "caption": caption}
        return await self._happened(who, {**photo, "size": size, "as_file": as_file})

    async def sent_file(self, who: str, kind: str, caption: str = "", **told: Any) -> Shown:
        """`told` is what else the chat app says of it, such as its `file_name`."""
        self._write(who, f"<{told.get('file_name', kind)}> {caption}".rstrip())
        file = {"kind": "file", "what": kind, "caption": caption, "told": told}
        return await self._happened(who, file)

    async def arrives(self, who: str, what: dict[str, Any], update_id: int | None = None) -> None:
        """Put an update into the inbox without answering it."""
        await self._keep([self._arrival(who, what, update_id)])

    async def arrive_together(self, updates: dict[str, dict[str, Any]]) -> None:
        """Put one update of each of these people into the inbox."""
        await self._keep([self._arrival(who, what) for who, what in updates.items()])

    def _arrival(self, who: str, what: dict[str, Any], update_id: int | None = None) -> Arrival:
        self._update += 1
        raw = {"who": who, "at": self.clock.now.isoformat(), "message": str(self._message), **what}
        self._message += 1
        return Arrival(update_id or self._update, who, json.dumps(raw))

    async def _keep(self, arrivals: list[Arrival]) -> None:
        async with self.database.writing() as session:
            await inbox.store(session, CHANNEL, arrivals, self.clock.now)

    async def phones_of(self, person_ids: set[str]) -> dict[str, str]:
        """Where each of these people is reached, by person."""
        async with self.database.reading() as session:
            found = await session.execute(
                select(Address.person_id, Address.address).where(
                    col(Address.person_id).in_(person_ids)
                )
            )
            return {str(row[0]): str(row[1]) for row in found}

    async def answer_all(self) -> None:
        self.reception.more_waits = True
        while self.reception.more_waits:
            await self.reception.answer_waiting()
            await self.deliver()

    async def _happened(self, who: str, what: dict[str, Any]) -> Shown:
        await self.arrives(who, what)
        await self.answer_all()
        return self.phone(who).last

    async def deliver(self) -> None:
        """Put what waits in the outbox on the phones, as the post does it over a chat app."""
        async with self.database.writing() as session:
            found = await session.execute(
                select(Message)
                .where(outbox.unsent(col(Message.state)))
                .where(col(Message.state) == MessageState.PENDING)
                .order_by(col(Message.id))
            )
            for message in found.scalars():
                message_id = await self._deliver(session, message)
                await outbox.sent(session, [(message, message_id)], self.clock.now)

    async def _deliver(self, session: Any, message: Message) -> str:
        phone = self.phone(message.chat)
        reader = Reader(**message.reader)
        if message.kind == MessageKind.TOAST:
            text = message.body["text"]
            phone.toasts.append(render(Text.from_json(text), reader) if text else "")
            return ""
        if message.kind != MessageKind.SCREEN:
            return ""
        known = await cards.of_chats(session, CHANNEL, {message.chat: message.card})
        standing = phone.find(message.message_id or known.get(message.chat, ""))
        shown = Shown("", Screen.from_json(message.body), reader, message.silent)
        assert len(shown.labels) <= MOST_BUTTONS, f"too many buttons for a card: {shown.labels}"
        in_place = message.placement == Placement.IN_PLACE and standing is not None
        if in_place and standing is not None:
            standing.screen, standing.reader = shown.screen, reader
            shown = standing
            phone.messages.remove(standing)
            phone.messages.append(standing)
        else:
            if standing is not None and message.placement == Placement.INSTEAD:
                phone.messages.remove(standing)
            self._message += 1
            shown.message_id = str(self._message)
            phone.messages.append(shown)
        self._write_screen(message, shown, in_place=in_place)
        return shown.message_id

    def _write(self, who: str, what: str) -> None:
        self.transcript += ["", f"{NAMES.get(who, who)}: {what}"]

    def _write_screen(self, message: Message, shown: Shown, *, in_place: bool) -> None:
        how = "sửa thẻ" if in_place else "tin mới"
        quiet = ", im lặng" if message.silent else ""
        self.transcript.append(f"  → {NAMES.get(message.chat, message.chat)} ({how}{quiet})")
        self.transcript += [f"    │ {line}".rstrip() for line in shown.text.split("\n")]
        for row in shown.screen.rows:
            self.transcript.append("    " + " ".join(f"[{shown.label(one)}]" for one in row))

    def matches(self, name: str, hidden: dict[str, str] | None = None) -> None:
        """Compare with the golden transcript, or write it when REWRITE_TRANSCRIPTS is set."""
        golden(name, self.transcript, hidden)


def golden(name: str, transcript: list[str], hidden: dict[str, str] | None = None) -> None:
    """Compare with the golden transcript, or write it when REWRITE_TRANSCRIPTS is set."""
    told = "\n".join(transcript).strip() + "\n"
    for secret, shown in (hidden or {}).items():
        told = told.replace(secret, shown)
    path = TRANSCRIPTS / f"{name}.txt"
    if os.environ.get("REWRITE_TRANSCRIPTS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert path.exists(), f"no transcript {path.name}: run make transcripts and read it"
    assert told == path.read_text(encoding="utf-8")


def read(raw: dict[str, Any]) -> Incoming:
    """The tests' own updates, as events."""
    at = datetime.fromisoformat(raw["at"])
    who = raw["who"]
    common = {"address": who, "chat": who, "at": at, "language": "vi"}
    name = NAMES.get(who, "Khách").split()[-1]
    match raw["kind"]:
        case "said":
            event: Any = Said(clean(raw["text"]), replies_to=raw.get("replies_to", ""))
        case "opened":
            event = Opened(raw["conversation"], raw["payload"])
        case "pressed":
            event = Pressed(raw["action"], raw["draft"], raw["revision"])
            return Incoming(
                event, message_id=raw["message"], query=f"q{raw['at']}", name=name, **common
            )
        case "photo":
            event = SentPhoto(
                f"file-{raw['file']}",
                f"unique-{raw['file']}",
                size=raw.get("size", 0),
                album=raw["album"],
                caption=clean(raw.get("caption", "")),
                as_file=raw.get("as_file", False),
            )
        case "file":
            told = raw.get("told", {})
            event = SentFile(raw["what"], caption=raw.get("caption", ""), **told)
        case other:
            event = EVENTS[other]()
    return Incoming(event, message_id=raw["message"], name=name, **common)


EVENTS: dict[str, Any] = {}
