"""The practice world: its people, their chats, and every message in them."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.practice.clock import PracticeClock
from bot.practice.fault_injection import FaultInjection
from bot.practice.files import PracticeFiles
from bot.practice.refusals import Refusal, bad_request, forbidden
from bot.practice.updates import Updates

BOT_ID = 588
USERNAME = "AmBanPracticeBot"
TOKEN = f"{BOT_ID}:PRACTICE-0000000000000000000000000000000"
ANONYMOUS = 1087968824
"""The user behind whom anonymous administrators of groups write."""


@dataclass(slots=True)
class PracticePerson:
    """Somebody with a phone."""

    id: int
    first_name: str
    label: str
    language_code: str = "vi"
    last_name: str = ""
    username: str = ""
    blocked: bool = False
    deactivated: bool = False
    started: bool = False
    """They wrote to the bot at least once, so it may write to them."""
    airplane: bool = False
    queued: list[Any] = field(default_factory=list)
    """What they did without a network, in order, each something to be called."""

    def user(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }
        if self.last_name:
            shown["last_name"] = self.last_name
        if self.username:
            shown["username"] = self.username
        return shown


@dataclass(slots=True)
class Chat:
    """A private chat with the bot, or a group."""

    id: int
    type: str
    title: str
    members: list[int]
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    unseen: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What only the page knows of a message: deleted, silent, from the bot."""
    migrated_to: int | None = None
    """The supergroup that this group has become."""

    def shown(self) -> dict[str, Any]:
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.title}
        return {"id": self.id, "type": self.type, "title": self.title}


PEOPLE = (
    PracticePerson(700001, "Lan", "Cô Lan · giáo viên"),
    PracticePerson(700002, "Minh", "Anh Minh · cán bộ xã"),
    PracticePerson(700003, "Thảo", "Chị Thảo · cán bộ tỉnh"),
    PracticePerson(700004, "Hoa", "Chị Hoa · nhà hảo tâm"),
    PracticePerson(700005, "Sơn", "Thầy Sơn · giáo viên mới"),
)


class PracticeWorld:
    """Everybody and everything, in memory."""

    def __init__(self, clock: PracticeClock) -> None:
        self.clock = clock
        self.injection = FaultInjection(clock)
        self.injection.when_changed(lambda: self.tell("troubles"))
        self.files = PracticeFiles(clock.first_number())
        self.people: dict[int, PracticePerson] = {}
        self.chats: dict[int, Chat] = {}
        self.updates: dict[int, Updates] = {BOT_ID: Updates(clock, self.injection)}
        self.queries: dict[str, dict[str, Any]] = {}
        """Pressed buttons that may still be answered: who, and until when."""
        self.invitations: list[dict[str, Any]] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.listeners: dict[asyncio.Queue[dict[str, Any]], int | None] = {}
        self._numbers = itertools.count(clock.first_number())
        for one in PEOPLE:
            self.add(PracticePerson(one.id, one.first_name, one.label))

    def number(self) -> int:
        return next(self._numbers)

    def add(self, person: PracticePerson) -> None:
        self.people[person.id] = person
        self.chats[person.id] = Chat(person.id, "private", person.first_name, [person.id])

    def group(self, title: str, members: list[int]) -> Chat:
        chat = Chat(-1_000_000 - self.number(), "group", title, members)
        self.chats[chat.id] = chat
        return chat

    def supergroup(self, group: Chat) -> Chat:
        """What a group becomes: a chat with another id, to which its members move."""
        chat = Chat(-1_000_000_000_000 - self.number(), "supergroup", group.title, group.members)
        self.chats[chat.id] = chat
        group.migrated_to, group.members = chat.id, []
        return chat

    def bot_user(self, bot_id: int = BOT_ID) -> dict[str, Any]:
        return {"id": bot_id, "is_bot": True, "first_name": "Ấm Bản", "username": USERNAME}

    def updates_of(self, bot_id: int) -> Updates:
        return self.updates.setdefault(bot_id, Updates(self.clock, self.injection))

    def chat_for_bot(self, chat_id: Any) -> Chat:
        """The chat, if the bot may write there; raises Refusal."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refusal(words, migrate_to_chat_id=chat.migrated_to)
        if chat.type == "private":
            person = self.people[chat.id]
            if person.deactivated:
                raise forbidden("user is deactivated")
            if person.blocked:
                raise forbidden("bot was blocked by the user")
            if not person.started:
                # The bot knows of people it meets in a group, and still may not write first.
                if any(chat.id in one.members for one in self.chats.values() if one is not chat):
                    raise forbidden("bot can't initiate conversation with a user")
                raise bad_request("chat not found")
        return chat

    def chats_meant(self, named: dict[str, Any]) -> frozenset[int]:
        """The chats that a request is about: by name, by the button it answers, or by its file."""
        meant = {int(str(named["chat_id"]))} if _is_number(named.get("chat_id")) else set()
        query = self.queries.get(str(named.get("callback_query_id")))
        if query is not None:
            meant.add(query["chat_id"])
        file_id = named.get("file_id")
        if isinstance(file_id, str):
            meant |= {
                chat.id
                for chat in self.chats.values()
                if any(file_id in _files_in(message) for message in chat.messages.values())
            }
        return frozenset(meant)

    def message(
        self, chat: Chat, sender: dict[str, Any], content: dict[str, Any]
    ) -> dict[str, Any]:
        """A new message in a chat, told to every phone that shows it."""
        message = {
            "message_id": self.number(),
            "from": sender,
            "chat": chat.shown(),
            "date": self.clock.timestamp(),
            **content,
        }
        return self.put(chat, message)

    def put(self, chat: Chat, message: dict[str, Any], *, silent: bool = False) -> dict[str, Any]:
        chat.messages[message["message_id"]] = message
        chat.unseen[message["message_id"]] = {
            "deleted": False,
            "edited": False,
            "silent": silent,
            "from_bot": message["from"]["is_bot"],
        }
        self.tell("message", chat, message=self.on_page(chat, message["message_id"]))
        return message

    def changed(self, chat: Chat, message_id: int) -> None:
        chat.unseen[message_id]["edited"] = True
        self.tell("edited", chat, message=self.on_page(chat, message_id))

    def on_page(self, chat: Chat, message_id: int) -> dict[str, Any]:
        return {**chat.messages[message_id], "practice": chat.unseen[message_id]}

    def tell(self, event: str, chat: Chat | None = None, **content: Any) -> None:
        """Let the open pages and scripts know what happened in a chat, or to everybody."""
        told = {"event": event, "chat_id": chat.id if chat else None, **content}
        for queue, person in self.listeners.items():
            if chat is None or person is None or person in chat.members:
                queue.put_nowait(told)

    @contextmanager
    def subscription(self, person: int | None) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.listeners[queue] = person
        try:
            yield queue
        finally:
            del self.listeners[queue]

    def commands_for(self, chat: Chat) -> list[dict[str, str]]:
        """The menu a chat shows: its own, else everybody's."""
        person = self.people.get(chat.id)
        language = person.language_code if person else ""
        for scope in (f"chat:{chat.id}", "default"):
            for code in (language, ""):
                if (scope, code) in self.commands:
                    return self.commands[scope, code]
        return []


def _is_number(value: Any) -> bool:
    return re.fullmatch(r"-?\d{1,19}", str(value)) is not None


def _files_in(message: dict[str, Any]) -> set[str]:
    parts = [
        part
        for value in message.values()
        for part in (value if isinstance(value, list) else [value])
    ]
    return {part["file_id"] for part in parts if isinstance(part, dict) and "file_id" in part}
