"""A sentence that is not yet in anybody's language: it becomes words only when it is known who reads it.

Lazy translation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from operator import itemgetter
from typing import Any, TypeAlias


class TextKind(StrEnum):
    """What a text is made of."""

    SENTENCE = "sentence"
    """An English sentence of ours, looked up in the reader's catalogue."""
    PLAIN = "plain"
    """Words of a person, shown as they were typed."""
    EITHER = "either"
    """A name that the records hold in Vietnamese and in English."""
    JOINED = "joined"
    """Several texts one after another."""


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence, a person's words or a name, with what is to stand in its placeholders."""

    msgid: str
    plural: str = ""
    context: str = ""
    arguments: tuple[tuple[str, Argument], ...] = ()
    kind: TextKind = TextKind.SENTENCE

    def format(self, **arguments: Argument) -> Text:
        """The same text with these values for its placeholders.

        Raises TypeError for a value that is not a str, int, Decimal, date, aware datetime or Text,
        because only these can be shown in every language and kept in a record.
        """
        if self.kind is not TextKind.SENTENCE:
            return self
        known = dict(self.arguments)
        for name, value in arguments.items():
            known[name] = _kept(name, value)
        return Text(self.msgid, self.plural, self.context, tuple(sorted(known.items(), key=_NAME)))

    def to_json(self) -> dict[str, Any]:
        """What JSON can hold; `from_json` gives back an equal text."""
        data: dict[str, Any] = {"msgid": self.msgid}
        if self.kind is not TextKind.SENTENCE:
            data["kind"] = str(self.kind)
        if self.plural:
            data["plural"] = self.plural
        if self.context:
            data["context"] = self.context
        if self.arguments:
            data["arguments"] = [[name, _written(value)] for name, value in self.arguments]
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Text:
        return cls(
            msgid=data["msgid"],
            plural=data.get("plural", ""),
            context=data.get("context", ""),
            arguments=tuple((name, _read(value)) for name, value in data.get("arguments", ())),
            kind=_KINDS[data.get("kind", "sentence")],
        )


_KINDS = {kind.value: kind for kind in TextKind}
_NAME = itemgetter(0)

Argument: TypeAlias = str | int | Decimal | date | datetime | Text
"""What a placeholder can stand for."""


def _(msgid: str) -> Text:
    """An English sentence of ours, with placeholders such as {name}. Its msgid, for gettext."""
    return Text(msgid)


def n_(one: str, many: str, count: int) -> Text:
    """A sentence about a count, which stands in its placeholder {count}. With gettext's plural forms."""
    return Text(one, plural=many, arguments=(("count", _kept("count", count)),))


def p_(context: str, msgid: str) -> Text:
    """A short text that needs a word on where it stands before it can be translated. The word is gettext's msgctxt."""
    return Text(msgid, context=context)


def plain(words: str) -> Text:
    """Words of a person: never translated, and no part of them is ever a placeholder."""
    return Text(str(words), kind=TextKind.PLAIN)


def either(*, vi: str, en: str) -> Text:
    """A name that the records hold in Vietnamese and in English."""
    return Text(str(vi), plural=str(en), kind=TextKind.EITHER)


def join(separator: Text | str, texts: Iterable[Text | str]) -> Text:
    """The texts one after another, with the separator between them."""
    parts = [("", _kept("separator", separator))]
    parts += [(str(place), _kept("text", text)) for place, text in enumerate(texts, 1)]
    return Text("", arguments=tuple(parts), kind=TextKind.JOINED)


def _kept(name: str, value: object) -> Argument:
    """The value without what a record would lose: kinds of str and int, names of time zones."""
    if isinstance(value, Text) or type(value) is str:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{{{name}}} needs a time that knows its time zone")
        return value.astimezone(UTC)
    if isinstance(value, date):
        return value
    raise TypeError(f"{{{name}}} cannot stand for a {type(value).__name__}")


def _written(value: Argument) -> Any:
    if isinstance(value, str | int):
        return value
    if isinstance(value, Text):
        return {"text": value.to_json()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"day": value.isoformat()}


def _read(value: Any) -> Argument:
    if isinstance(value, str | int):
        return value
    ((kind, content),) = value.items()
    if kind == "text":
        return Text.from_json(content)
    if kind == "decimal":
        return Decimal(content)
    if kind == "time":
        return datetime.fromisoformat(content)
    return date.fromisoformat(content)
