"""Sentences become words when it is known who reads them: their language, and how they are addressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from locales.addresses import running
from locales.catalogues import ngettext, pgettext
from locales.dates import IN_VIETNAM
from locales.text import Argument, Text, TextKind, p_

PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

# Translators: how the reader is addressed, inside a sentence and at its beginning.
_YOU = p_("address", "you")
_YOU_FIRST = p_("address", "You")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads: in which language, and under which form of address."""

    language: str = "vi"
    address: str = ""

    def to_json(self) -> dict[str, str]:
        """What JSON can hold; `Reader(**data)` gives back an equal one."""
        return {"language": self.language, "address": self.address}


def render(text: Text | str, reader: Reader) -> str:
    """The text in the reader's words; a translation that does not fit gives way to the English."""
    if isinstance(text, str):
        return text
    if text.kind is TextKind.PLAIN:
        return text.msgid
    if text.kind is TextKind.EITHER:
        first, second = text.msgid, text.plural
        return (first or second) if reader.language == "vi" else (second or first)
    if text.kind is TextKind.JOINED:
        separator, *parts = (_shown(value, reader) for _name, value in text.arguments)
        return separator.join(parts)
    values = dict(text.arguments)
    for template in (_translated(text, values, reader), _english(text, values)):
        if all(name in values or name in OF_READER for name in PLACEHOLDER.findall(template)):
            break
    return PLACEHOLDER.sub(lambda found: _filled(found, values, reader), template)


def _translated(text: Text, values: dict[str, Argument], reader: Reader) -> str:
    if text.plural:
        count = values.get("count", 0)
        number = count if isinstance(count, int) else 0
        return ngettext(reader.language, text.context, text.msgid, text.plural, number)
    return pgettext(reader.language, text.context, text.msgid)


def _english(text: Text, values: dict[str, Argument]) -> str:
    return text.plural if text.plural and values.get("count") != 1 else text.msgid


def _filled(found: re.Match[str], values: dict[str, Argument], reader: Reader) -> str:
    name = found.group(1)
    if name in values:
        return _shown(values[name], reader)
    if name in OF_READER:
        return _addressed(name, reader)
    return found.group()


OF_READER = {"you", "You"}
"""Placeholders that whoever writes a sentence never fills."""


def _addressed(name: str, reader: Reader) -> str:
    if reader.language == "vi":
        form = running(reader.address)
        return form[:1].upper() + form[1:] if name == "You" else form
    return pgettext(reader.language, _YOU.context, (_YOU if name == "you" else _YOU_FIRST).msgid)


def _shown(value: Argument, reader: Reader) -> str:
    if isinstance(value, str | Text):
        return render(value, reader)
    if isinstance(value, datetime):
        return value.astimezone(IN_VIETNAM).strftime("%H:%M %d/%m/%Y")
    if isinstance(value, date):
        return f"{value.day:02}/{value.month:02}/{value.year:04}"
    return _grouped(value, reader)


def _grouped(value: int | Decimal, reader: Reader) -> str:
    written = f"{value:,}" if isinstance(value, int) else f"{value:,f}"
    return written if reader.language == "en" else written.translate(_MARKS)


_MARKS = str.maketrans({",": ".", ".": ","})
"""English groups by comma, Vietnamese by point, and the other way round for fractions."""
