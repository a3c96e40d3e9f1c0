"""What a text message says that a person did."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from bot.channels import Incoming
from bot.receiving.commands import commanded
from conversations.kit import words
from conversations.kit.events import Event, Opened, Said, SentFile, SentPhoto
from locales import p_
from locales.folding import clean

INVITED = p_("words", "invitation, start")
"""What people type before the code of an invitation."""
CODE = re.compile(r"[A-Za-z0-9_-]{16,64}")
"""The code of an invitation, as in the link that others press; shorter words are only words."""
ALONE = 32
"""So long is a code that stands alone: no word is, and no number that people type has letters."""


class UnknownMessage(Exception):
    """A message that is not shaped as the gateway says; holds no words of a person."""


def read(raw: dict[str, Any]) -> Incoming:
    """Raises UnknownMessage, and nothing else whatever the message holds."""
    try:
        sender, text = raw["from"], raw.get("text") or ""
        at = datetime.fromisoformat(raw["at"])
        if not (isinstance(sender, str) and sender and isinstance(text, str) and at.tzinfo):
            raise UnknownMessage("shape")
        event = _event(text, raw.get("picture"), raw.get("document"))
        number = str(raw["number"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnknownMessage(type(error).__name__) from None
    return Incoming(event, address=sender, chat=sender, message_id=number, at=at)


def _event(text: str, picture: Any, document: Any) -> Event | None:
    if isinstance(document, dict) and isinstance(document.get("link"), str) and document["link"]:
        return _document(document, text)
    return _picture(picture, text) if isinstance(picture, str) and picture else _words(text)


def _document(told: dict[str, Any], text: str) -> SentFile:
    name, kind, size = told.get("name"), told.get("type"), told.get("size")
    return SentFile(
        "document",
        file_id=told["link"],
        unique_id=urlsplit(told["link"]).path,
        mime_type=kind if isinstance(kind, str) else "",
        size=size if isinstance(size, int) else None,
        caption=clean(text),
        file_name=clean(name) if isinstance(name, str) else "",
    )


def _picture(link: str, text: str) -> SentPhoto:
    # The gateway gives the same picture the same link, and its host and port may change.
    return SentPhoto(file_id=link, unique_id=urlsplit(link).path, caption=clean(text))


def _words(text: str) -> Event | None:
    said = clean(text)
    if not said:
        return None
    code = _invitation(said)
    if code:
        return Opened(payload=code)
    return commanded(said) or Said(said)


def _invitation(said: str) -> str:
    """The code that somebody typed, alone or behind a word for it; empty for other words."""
    before, _space, code = said.lstrip("/").rpartition(" ")
    if not CODE.fullmatch(code):
        return ""
    if before:
        return code if words.means(before, INVITED) else ""
    return code if len(code) >= ALONE and any(letter.isalpha() for letter in code) else ""
