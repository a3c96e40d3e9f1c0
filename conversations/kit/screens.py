"""What a person sees: lines, and the buttons below them, for any chat app."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from locales import Text, p_
from storage.messages import outbox


class Style(StrEnum):
    """How a line looks where the channel can show it."""

    PLAIN = "plain"
    TITLE = "title"
    QUOTE = "quote"
    CODE = "code"
    SMALL = "small"
    SECRET = outbox.SECRET
    """For its reader's eyes alone: shown once, and kept nowhere after that."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a screen; an empty one keeps a distance."""

    text: Text | str
    """A plain `str` is what a person wrote or a name from the records: shown literally, never translated."""
    style: Style = Style.PLAIN

    def to_json(self) -> dict[str, Any]:
        return {"text": words_to_json(self.text), "style": self.style.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Line:
        return cls(words_from_json(data["text"]), Style(data["style"]))


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says and what pressing it stands for."""

    label: Text | str
    action: str
    """Goes into `Pressed.action`; with draft and revision it stays within 64 bytes."""
    url: str = ""
    """An address to open instead of an action."""
    typed: Text | str = ""
    """What people type instead of pressing: a number, or words with commas between, the first of which is shown."""

    @classmethod
    def with_number(cls, number: int, label: Text | str, action: str) -> Button:
        """One of several answers, picked by its number."""
        return cls(numbered(number, label), action, typed=str(number))

    def to_json(self) -> dict[str, Any]:
        return {
            "label": words_to_json(self.label),
            "action": self.action,
            "url": self.url,
            "typed": words_to_json(self.typed),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Button:
        # A card that was kept before buttons told what to type tells nothing of it.
        typed = data.get("typed", "")
        return cls(
            words_from_json(data["label"]), data["action"], data["url"], words_from_json(typed)
        )


def numbered(number: int, label: Text | str) -> Text:
    return p_("button", "{number}. {label}").format(number=str(number), label=label)


def without_number(label: Text | str) -> Text | str:
    """What a numbered button says behind its number."""
    if isinstance(label, str) or label.msgid != "{number}. {label}":
        return label
    said = dict(label.arguments).get("label", "")
    return said if isinstance(said, Text | str) else label


def words_to_json(words: Text | str) -> str | dict[str, Any]:
    """Words as plain values; those of a person stay as they are."""
    return words if isinstance(words, str) else words.to_json()


def words_from_json(words: str | dict[str, Any]) -> Text | str:
    return words if isinstance(words, str) else Text.from_json(words)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file that goes with a screen, to be opened or saved."""

    key: str
    """Of the stored file."""
    name: str
    """As people see it, with its ending; it may be Vietnamese."""
    media_type: str = "application/octet-stream"

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "name": self.name, "media_type": self.media_type}


@dataclass(frozen=True, slots=True)
class Screen:
    """Lines, rows of buttons, and perhaps pictures and a document, as plain values that survive JSON. A view model."""

    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    draft: str = ""
    """The draft that the buttons belong to; empty for cards without one."""
    revision: int = 0
    pictures: tuple[str, ...] = ()
    """The keys of stored public pictures, in the order in which they are seen."""
    document: Attachment | None = None
    reply_begins: str = ""
    """What a reply to it begins: the name of a conversation and a payload, with a colon between; empty for nothing."""

    @property
    def is_shown_once(self) -> bool:
        """It tells a secret, so it cannot be shown again."""
        return any(line.style is Style.SECRET for line in self.lines)

    def with_lines_before(self, *lines: Line) -> Screen:
        return replace(self, lines=(*lines, *self.lines))

    def of_draft(self, draft: str, revision: int) -> Screen:
        return replace(self, draft=draft, revision=revision)

    def to_json(self) -> dict[str, Any]:
        return {
            "lines": [line.to_json() for line in self.lines],
            "rows": [[button.to_json() for button in row] for row in self.rows],
            "draft": self.draft,
            "revision": self.revision,
            "pictures": list(self.pictures),
            "document": self.document.to_json() if self.document is not None else None,
            "reply_begins": self.reply_begins,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Screen:
        document = data.get("document")
        return cls(
            lines=tuple(Line.from_json(line) for line in data["lines"]),
            rows=tuple(tuple(Button.from_json(button) for button in row) for row in data["rows"]),
            draft=data["draft"],
            revision=data["revision"],
            pictures=_pictures(data),
            document=Attachment(**document) if document else None,
            # A card that was kept before says nothing of it, or says it under its former name.
            reply_begins=data.get("reply_begins", data.get("about", "")),
        )


def _pictures(data: dict[str, Any]) -> tuple[str, ...]:
    """What was kept before a screen could carry several names one picture, or an empty one."""
    before = [data["picture"]] if data.get("picture") else []
    return tuple(data.get("pictures", before))


@dataclass(slots=True)
class Page:
    """A screen while it is being written."""

    lines: list[Line] = field(default_factory=list)
    rows: list[tuple[Button, ...]] = field(default_factory=list)

    def add(self, text: Text | str, style: Style = Style.PLAIN) -> Page:
        self.lines.append(Line(text, style))
        return self

    def offer(self, *buttons: Button) -> Page:
        self.rows.append(buttons)
        return self

    def screen(self) -> Screen:
        return Screen(tuple(self.lines), tuple(self.rows))
