"""How a screen looks in Telegram: a text with a little HTML, and buttons below it."""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from conversations.kit.screens import Button, Screen, Style
from locales import Reader, render

TEXT_LIMIT = 4096
"""Code points after entities, as Telegram counts."""
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10
"""Pictures of one album; it has two at least."""
NAME_LIMIT = 120
TOAST_LIMIT = 200
DATA_LIMIT = 64
"""Bytes of callback data."""
LABEL_LIMIT = 64
BUTTONS_LIMIT = 100
ROW_LIMIT = 8

ELLIPSIS = "…"
TAGS = {
    Style.TITLE: "b",
    Style.QUOTE: "blockquote",
    Style.CODE: "code",
    Style.SMALL: "i",
}
JOINERS = frozenset("\u200d\ufe0e\ufe0f")
SKIN_TONES = range(0x1F3FB, 0x1F400)
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
STROKES = str.maketrans("/\\", "--")
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Undrawable(ValueError):
    """A screen that Telegram would refuse: a mistake of ours, which tests find."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A screen in Telegram's terms."""

    text: str
    keyboard: InlineKeyboardMarkup | None
    length: int
    """Code points of the text as it is seen."""

    @property
    def fits_a_caption(self) -> bool:
        """Whether it may stand below a picture or a document, instead of in a message of its own."""
        return self.length <= CAPTION_LIMIT


def draw(screen: Screen, reader: Reader) -> Drawing:
    """Raises Undrawable when a button cannot be made."""
    lines = [(sound(render(line.text, reader)), line.style) for line in screen.lines]
    shown = _fit(lines, TEXT_LIMIT)
    length = sum(len(text) + 1 for text, _style in shown) - 1
    return Drawing(_dress(shown), _keyboard(screen, reader), length)


def name_of_file(name: str) -> str:
    """A name as it was given; Telegram would take what stands before a stroke for a folder."""
    whole = " ".join(sound(name).split()).translate(STROKES)
    stem, dot, ending = whole.rpartition(".")
    if not stem:
        return cut(whole, NAME_LIMIT) or "file"
    return cut(stem, NAME_LIMIT - len(dot + ending)) + dot + ending


def albums(pictures: Sequence[bytes]) -> list[Sequence[bytes]]:
    """As few groups as hold all pictures, alike in size, so that no picture of several is left alone. Media groups."""
    groups = -(-len(pictures) // ALBUM_LIMIT)
    ends = [len(pictures) * (place + 1) // groups for place in range(groups)]
    return [pictures[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def toast(words: str) -> str:
    return cut(sound(words), TOAST_LIMIT)


def sound(text: str) -> str:
    """Text that survives the trip: no halves of characters, no control characters but the new line.

    No lone surrogates, that is.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return CONTROL.sub(" ", whole.replace("\r\n", "\n"))


def cut(text: str, limit: int) -> str:
    """At most `limit` code points, marked with an ellipsis, never inside what is seen as one character."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    end = limit - 1
    while end > 0 and (
        _clings(text[end]) or text[end - 1] == "\u200d" or _halves_a_flag(text, end)
    ):
        end -= 1
    return text[:end] + ELLIPSIS


def _halves_a_flag(text: str, end: int) -> bool:
    """A flag is two letters of an alphabet of its own, and letters before it stand two by two."""
    if ord(text[end]) not in FLAG_LETTERS:
        return False
    letters = itertools.takewhile(lambda one: ord(one) in FLAG_LETTERS, reversed(text[:end]))
    return sum(1 for _letter in letters) % 2 == 1


def _clings(character: str) -> bool:
    return (
        unicodedata.combining(character) > 0 or character in JOINERS or ord(character) in SKIN_TONES
    )


def _fit(lines: Sequence[tuple[str, Style]], limit: int) -> list[tuple[str, Style]]:
    """The lines within the limit: the last ones, which hold the question, stay; the middle gives way."""
    if sum(len(text) + 1 for text, _style in lines) - 1 <= limit:
        return list(lines)
    tail: list[tuple[str, Style]] = []
    used = 0
    for text, style in reversed(lines):
        if used + len(text) + 1 > limit // 2:
            break
        tail.insert(0, (text, style))
        used += len(text) + 1
    head: list[tuple[str, Style]] = []
    room = limit - used
    for text, style in lines:
        if len(text) + 2 > room:
            head.append((cut(text + ELLIPSIS, room), style))
            break
        head.append((text, style))
        room -= len(text) + 1
    return head + tail


def _dress(lines: Sequence[tuple[str, Style]]) -> str:
    if not "".join(text for text, _style in lines).strip():
        # Telegram takes no empty message.
        return ELLIPSIS
    parts: list[str] = []
    for style, group in groupby(lines, key=lambda line: line[1]):
        texts = [html.escape(text, quote=False) for text, _style in group]
        # Quoted lines that follow one another are one quotation; other styles go line by line.
        blocks = ["\n".join(texts)] if style is Style.QUOTE else texts
        tag = TAGS.get(style)
        parts.extend(f"<{tag}>{one}</{tag}>" if tag and one.strip() else one for one in blocks)
    return "\n".join(parts)


def _keyboard(screen: Screen, reader: Reader) -> InlineKeyboardMarkup | None:
    rows = [
        [_button(screen, button, reader) for button in row[start : start + ROW_LIMIT]]
        for row in screen.rows
        for start in range(0, len(row), ROW_LIMIT)
    ]
    if sum(map(len, rows)) > BUTTONS_LIMIT:
        raise Undrawable("more than 100 buttons")
    return InlineKeyboardMarkup(rows) if rows else None


def _button(screen: Screen, button: Button, reader: Reader) -> InlineKeyboardButton:
    label = _label(render(button.label, reader))
    if button.url:
        return InlineKeyboardButton(label, url=button.url)
    return InlineKeyboardButton(label, callback_data=data_of(screen, button))


def data_of(screen: Screen, button: Button) -> str:
    """What Telegram gives back when the button is pressed; raises Undrawable over 64 bytes. The callback data."""
    revision = str(screen.revision) if screen.draft else ""
    data = f"{screen.draft}.{revision}.{button.action}"
    if not button.action or len(data.encode()) > DATA_LIMIT:
        raise Undrawable(f"action of a button: {button.action[:20]}")
    return data


def _label(words: str) -> str:
    words = " ".join(sound(words).split()) or ELLIPSIS
    if len(words) <= LABEL_LIMIT:
        return words
    short = cut(words, LABEL_LIMIT)
    space = short.rfind(" ")
    # A very long word is cut where it stands; otherwise the label ends with a whole one.
    return short[:space] + ELLIPSIS if space > LABEL_LIMIT // 2 else short
