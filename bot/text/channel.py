"""Text as a channel: a screen becomes one or more messages, and what cannot be said in text is left out."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels import DeliveryFailure, FailureKind, Letter, file_to_send
from bot.receiving.ingest import mapping
from bot.text.connection import connection, name_of
from bot.text.drawing import draw
from bot.text.failures import refused, silent
from conversations.kit.screens import Screen
from storage.files.photo_files import PhotoFiles

LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a picture or a document that is fetched."""
PATIENCE = 20.0
"""Seconds that the gateway may take to answer."""


class TextChannel:
    """One gateway; usable at once, also while it cannot be reached.

    Nothing that was sent can be changed, so what would change a card becomes a new message below. What is meant
    to change without a sound, as the officers' card of what waits does with each report, is not sent at all: here
    every message makes a sound, and the digest twice a day tells the same. Toasts and menus of commands have no
    place: what a toast says stands on the card, and each card says what can be typed.
    """

    def __init__(self, gateway: str, *, files: PhotoFiles | None = None) -> None:
        self._gateway = gateway
        self._files = files
        self._connection: aiohttp.ClientSession | None = None
        self._begun: dict[str, tuple[list[str], int]] = {}
        """By chat, a long screen of which so many messages were taken and the others were not."""

    @property
    def name(self) -> str:
        return name_of(self._gateway)

    @property
    def username(self) -> str:
        """There are no links to a text phone."""
        return ""

    async def deliver(self, letter: Letter) -> str:
        """Raises DeliveryFailure; the id of the last message, and nothing for what has no place in text."""
        if letter.screen is None or (letter.silent and not letter.answers):
            return ""
        texts = draw(letter.screen, letter.reader, await self._links(letter.screen))
        begun, done = self._begun.pop(letter.chat, ([], 0))
        message_id = ""
        # A try that failed half way goes on where it was, so that the beginning is not told twice.
        for place in range(done if begun == texts else 0, len(texts)):
            try:
                message_id = await self._send(letter.chat, texts[place])
            except DeliveryFailure:
                self._begun[letter.chat] = texts, place
                raise
        return message_id

    async def tidy(self, chat: str, message_id: str, *, delete: bool) -> bool:
        """What was sent stays as it is."""
        return True

    async def probe(self) -> None:
        """A message to nobody and without words is refused by a gateway that would take another."""
        await self._post("messages", json={})

    async def answer_tap(self, query: str) -> None:
        """There are no buttons."""

    async def fetch(self, file_id: str) -> bytes:
        """Raises DeliveryFailure; only from the gateway itself, whatever link somebody sent."""
        if urlsplit(file_id)[:2] != urlsplit(self._gateway)[:2]:
            raise DeliveryFailure(FailureKind.REFUSED, "not a link of the gateway")
        try:
            async with self._open().get(file_id, allow_redirects=False) as answer:
                if answer.status != 200:
                    kind = FailureKind.GONE if answer.status in {404, 410} else FailureKind.NOT_SENT
                    raise DeliveryFailure(kind, f"{answer.status} from the gateway")
                content = await _content(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise silent(error) from None
        if len(content) > LARGEST_FILE:
            raise DeliveryFailure(FailureKind.REFUSED, "the file is too large")
        return content

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _send(self, chat: str, text: str) -> str:
        answer = await self._post("messages", json={"to": chat, "text": text})
        return str(answer.get("id", ""))

    async def _links(self, screen: Screen) -> list[str]:
        """A line for each picture and for the document, which are left at the gateway; the same leads to the same."""
        if self._files is None:
            return []
        # Public copies are JPEG, all of them.
        links = [await self._left_behind("pictures", key, "image/jpeg") for key in screen.pictures]
        if screen.document is not None:
            name, sort = " ".join(screen.document.name.split()), screen.document.media_type
            link = await self._left_behind("documents", screen.document.key, sort, name=name)
            links.append(f"{name}: {link}")
        return links

    async def _left_behind(self, what: str, key: str, sort: str, **told: str) -> str:
        """The link of a file that is left at the gateway, so that it can be sent; raises DeliveryFailure."""
        content = await file_to_send(self._files, key)
        # Read piece by piece, so that a large file does not hold up everything else.
        body = {"data": io.BytesIO(content), "headers": {"Content-Type": sort}, "params": told}
        answer = await self._post(what, **body)
        return str(answer.get("link", ""))

    async def _post(self, what: str, **body: Any) -> dict[str, Any]:
        try:
            async with self._open().post(f"{self._gateway}/text/{what}", **body) as answer:
                if answer.status != 200:
                    raise refused(answer.status, answer.headers.get("Retry-After", ""))
                return mapping(await answer.json())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise silent(error) from None

    def _open(self) -> aiohttp.ClientSession:
        # Opened at the first use, since that is where a loop runs for sure.
        if self._connection is None:
            self._connection = connection(self._gateway, seconds=PATIENCE)
        return self._connection


async def _content(answer: aiohttp.ClientResponse) -> bytes:
    """The bytes of an answer, and no more than make it clear that they are too many."""
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > LARGEST_FILE:
            break
    return bytes(content)
