"""What a person sees: lines, and the buttons below them, for any chat app."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from locales import Text


class Style(StrEnum):
    """How a line looks where the channel can show it."""

    PLAIN = "plain"
    TITLE = "title"
    QUOTE = "quote"
    CODE = "code"
    SMALL = "small"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a screen; an empty one keeps a distance."""

    text: Text | str
    """A plain `str` is what a person wrote or a name from the records: shown literally, never translated."""
    style: Style = Style.PLAIN

    def to_json(self) -> dict[str, Any]:
        text = self.text if isinstance(self.text, str) else self.text.to_json()
        return {"text": text, "style": self.style.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Line:
        text = data["text"]
        return cls(text if isinstance(text, str) else Text.from_json(text), Style(data["style"]))


@dataclass(frozen=True, slots=True)
class Button:
    """A button: what it says and what pressing it stands for."""

    label: Text | str
    action: str
    """Goes into `Pressed.action`; with draft and revision it stays within 64 bytes."""
    url: str = ""
    """An address to open instead of an action."""

    def to_json(self) -> dict[str, Any]:
        label = self.label if isinstance(self.label, str) else self.label.to_json()
        return {"label": label, "action": self.action, "url": self.url}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Button:
        label = data["label"]
        shown = label if isinstance(label, str) else Text.from_json(label)
        return cls(shown, data["action"], data["url"])


@dataclass(frozen=True, slots=True)
class Screen:
    """Lines, rows of buttons, and perhaps a picture, as plain values that survive JSON."""

    lines: tuple[Line, ...] = ()
    rows: tuple[tuple[Button, ...], ...] = ()
    draft: str = ""
    """The draft that the buttons belong to; empty for cards without one."""
    revision: int = 0
    picture: str = ""
    """The key of a stored public picture; empty for none."""

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
            "picture": self.picture,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Screen:
        return cls(
            lines=tuple(Line.from_json(line) for line in data["lines"]),
            rows=tuple(tuple(Button.from_json(button) for button in row) for row in data["rows"]),
            draft=data["draft"],
            revision=data["revision"],
            picture=data["picture"],
        )


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
