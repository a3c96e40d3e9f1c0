"""Telegram's HTML: a strict little language that becomes plain text and entities."""

from __future__ import annotations

import html
import re
from typing import Any

from bot.practice.refusals import Refusal, bad_request

KINDS = {
    "a": "text_link",
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(
    r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+))?)*)\s*>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")
_REFERENCE = re.compile(r"&(lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


def utf16(text: str) -> int:
    """The length in UTF-16 units, in which Telegram counts offsets."""
    return len(text.encode("utf-16-le")) // 2


def parse(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and its entities; raises Refusal where Telegram would not read the markup."""
    text = ""
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, dict[str, Any]]] = []
    place = 0
    while place < len(source):
        letter = source[place]
        if letter == "&":
            reference = _REFERENCE.match(source, place)
            if reference is None:
                raise _cannot("Unsupported HTML entity", source, place)
            text += html.unescape(reference.group())
            place = reference.end()
        elif letter == "<":
            tag = _TAG.match(source, place)
            if tag is None:
                raise _cannot("Unclosed start tag", source, place)
            if tag.group(1):
                entities.append(_closed(tag.group(2), opened, text, source, place))
            else:
                opened.append(_opened(tag, text, source, place))
            place = tag.end()
        else:
            text += letter
            place += 1
    if opened:
        raise bad_request(
            f"can't parse entities: Can't find end tag corresponding to start tag \"{opened[-1][0]}\""
        )
    kept = [entity for entity in entities if entity["length"] > 0]
    return text, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))


def trimmed(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The text without blank ends, and the entities where they belong then."""
    kept = text.strip()
    before = utf16(text[: len(text) - len(text.lstrip())])
    most = utf16(kept)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - before, 0)
        end = min(entity["offset"] + entity["length"] - before, most)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, moved


def _opened(tag: re.Match[str], text: str, source: str, place: int) -> tuple[str, dict[str, Any]]:
    name = tag.group(2).lower()
    attributes = {
        found.group(1).lower(): html.unescape(
            found.group(2) or found.group(3) or found.group(4) or ""
        )
        for found in _ATTRIBUTE.finditer(tag.group(3))
    }
    if name not in KINDS:
        raise _cannot(f'Unsupported start tag "{name}"', source, place)
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _cannot('Tag "span" must have class "tg-spoiler"', source, place)
    entity: dict[str, Any] = {"type": KINDS[name], "offset": utf16(text)}
    if name == "a":
        entity["url"] = attributes.get("href", "")
    if name == "tg-emoji":
        entity["custom_emoji_id"] = attributes.get("emoji-id", "")
    return name, entity


def _closed(
    name: str, opened: list[tuple[str, dict[str, Any]]], text: str, source: str, place: int
) -> dict[str, Any]:
    if not opened:
        raise _cannot("Unexpected end tag", source, place)
    expected, entity = opened.pop()
    if name.lower() != expected:
        offset = len(source[:place].encode())
        raise bad_request(
            f"can't parse entities: Unmatched end tag at byte offset {offset}, "
            f'expected "</{expected}>", found "</{name}>"'
        )
    return {**entity, "length": utf16(text) - entity["offset"]}


def _cannot(what: str, source: str, place: int) -> Refusal:
    offset = len(source[:place].encode())
    return bad_request(f"can't parse entities: {what} at byte offset {offset}")
