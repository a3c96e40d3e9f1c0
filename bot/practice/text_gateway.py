"""A gateway to phones that know nothing but text, as for short messages; pictures and documents travel as links.

A fake SMS gateway.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot.practice.refusals import Refusal, bad_request
from bot.practice.world import PracticeWorld

LONGEST_TEXT = 2000
"""Characters, as Unicode counts them, in one message."""
LARGEST_PICTURE = 10 * 1024 * 1024
"""Bytes."""
LARGEST_DOCUMENT = 20 * 1024 * 1024
"""Bytes."""
LONGEST_NAME = 200
LONGEST_POLL = 50
"""Seconds."""
NUMBER = re.compile(r"\+\d{8,15}")
PICTURES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}


@dataclass(frozen=True, slots=True)
class LeftDocument:
    """A document that was left at the gateway, to be fetched by its link."""

    content: bytes
    name: str
    """As its sender sees it."""
    kind: str
    """Its media type."""


@dataclass(slots=True)
class TextPhone:
    """An old phone: its number, whose it is, and what was written from and to it."""

    number: str
    label: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def shown(self) -> dict[str, Any]:
        return {"number": self.number, "label": self.label}


PHONES = (("+84000000006", "Cô Mẩy · điện thoại chữ"),)
"""The number is nobody's: no number in Viet Nam begins like this."""


class TextGateway:
    """What people wrote waits until the bot acknowledges it; what the bot writes is on the phone at once."""

    def __init__(self, world: PracticeWorld) -> None:
        self.world = world
        self.address = ""
        """Where this gateway is reached, for links; known once it is running."""
        self.phones = {number: TextPhone(number, label) for number, label in PHONES}
        self.waiting: list[dict[str, Any]] = []
        self.pictures: dict[str, tuple[bytes, str]] = {}
        self.documents: dict[str, LeftDocument] = {}
        # It goes on with time, so that a gateway that is started anew gives no number twice.
        self._number = int(world.clock.now().timestamp() * 1000)
        self._changed = asyncio.Event()
        self._closed = False

    def add(self, number: str, label: str) -> TextPhone:
        if not NUMBER.fullmatch(number):
            raise bad_request("a number is + and 8 to 15 digits")
        if number in self.phones:
            raise bad_request("there is a phone with this number already")
        self.phones[number] = TextPhone(number, label)
        self.world.tell("text", None, number=number, message=None)
        return self.phones[number]

    def phone(self, number: str) -> TextPhone:
        try:
            return self.phones[number]
        except KeyError:
            raise Refusal("Not Found: nobody has this number", 404) from None

    def say(
        self,
        number: str,
        text: str,
        picture: str | None = None,
        document: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Somebody writes to the bot, perhaps with the link of a picture or a document that was kept before."""
        phone = self.phone(number)
        _fits(text)
        if not text.strip() and picture is None and document is None:
            raise bad_request("a message has words, a picture or a document")
        message = self._message(phone, text, picture, document, from_bot=False)
        self.waiting.append(
            {
                "number": message["number"],
                "from": number,
                "at": message["at"],
                "text": text,
                "picture": picture,
                "document": document,
            }
        )
        self._changed.set()
        return message

    def keep_picture(self, content: bytes, kind: str) -> str:
        """The link of a picture; the same picture has the same link."""
        if kind not in PICTURES:
            raise bad_request("a picture is a JPEG, PNG or WebP")
        if not 0 < len(content) <= LARGEST_PICTURE:
            raise bad_request("a picture has up to 10 MB")
        name = hashlib.sha256(content).hexdigest()[:32] + PICTURES[kind]
        self.pictures[name] = content, kind
        return f"{self.address}/text/pictures/{name}"

    def keep_document(self, content: bytes, name: str, kind: str) -> dict[str, Any]:
        """The link of a document, its name, type and size; the same document has the same link."""
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise bad_request(f"the name of a document has 1 to {LONGEST_NAME} letters")
        if len(content) > LARGEST_DOCUMENT:
            raise bad_request("a document has up to 20 MB")
        told = json.dumps([name, kind]).encode()
        place = hashlib.sha256(told + content).hexdigest()[:32]
        self.documents[place] = LeftDocument(content, name, kind)
        link = f"{self.address}/text/documents/{place}"
        return {"link": link, "name": name, "type": kind, "size": len(content)}

    async def fetch(self, after: int, seconds: float) -> list[dict[str, Any]]:
        """Forget what has a number up to `after`, and give out the rest, waiting for some if need be. Long polling."""
        self.waiting = [one for one in self.waiting if one["number"] > after]
        loop = asyncio.get_running_loop()
        until = loop.time() + min(seconds, LONGEST_POLL)
        while not self.waiting and not self._closed and (left := until - loop.time()) > 0:
            self._changed.clear()
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break
        return list(self.waiting)

    def send(self, to: str, text: str) -> dict[str, Any]:
        """The bot writes to a phone; raises Refusal for what a text message cannot be."""
        phone = self.phone(to)
        _fits(text)
        if not text.strip():
            raise bad_request("a message has words")
        return self._message(phone, text, None, None, from_bot=True)

    def close(self) -> None:
        """Let whoever polls go."""
        self._closed = True
        self._changed.set()

    def _message(
        self,
        phone: TextPhone,
        text: str,
        picture: str | None,
        document: dict[str, Any] | None,
        *,
        from_bot: bool,
    ) -> dict[str, Any]:
        self._number += 1
        message = {
            "number": self._number,
            "at": self.world.clock.now().isoformat(),
            "text": text,
            "picture": picture,
            "document": document,
            "from_bot": from_bot,
        }
        phone.messages.append(message)
        self.world.tell("text", None, number=phone.number, message=message)
        return message


def _fits(text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise bad_request(f"a message has at most {LONGEST_TEXT} characters")
