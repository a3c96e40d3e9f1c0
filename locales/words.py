"""Our sentences on their way to the translators, and the translations on their way back.

Extraction and merging for gettext.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from locales.catalogues import SOURCE, catalogue_path, forms, is_translated
from locales.rendering import OF_READER, PLACEHOLDER

HOUSE = Path(__file__).parent.parent
ROOMS = ("bot", "conversations", "storage", "locales")
TEMPLATE = HOUSE / "locales" / "messages.pot"
KEYWORDS = {"_": None, "n_": (1, 2), "p_": ((1, "c"), 2)}
HEADER = """\
# The sentences of Ấm Bản in PROJECT.
# A placeholder such as {site} stays as it is; {you} and {You} are how the reader is addressed,
# and may be left out or put in where the language wants it.
#"""

_CHANGING = re.compile(
    rb'^"(?:POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid-Bugs-To):.*\n',
    re.MULTILINE,
)
"""Lines of the header that would differ each time though no sentence did."""


def collect() -> Catalog:
    """Every sentence that stands in the code today."""
    catalogue = Catalog(fuzzy=False)
    for room in ROOMS:
        found = extract_from_dir(
            HOUSE / room,
            method_map=[("**.py", "python")],
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for path, _line, msgid, comments, context in found:
            catalogue.add(msgid, auto_comments=comments, context=context, locations=[(path, 1)])
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file, the same for the same sentences."""
    catalogue.project, catalogue.version = "Ấm Bản", "1"
    language = catalogue.locale.english_name if catalogue.locale else catalogue.locale_identifier
    catalogue.header_comment = HEADER.replace("PROJECT", language or "English, to be translated")
    file = io.BytesIO()
    write_po(file, catalogue, width=100, no_location=True, sort_output=True, ignore_obsolete=True)
    return _CHANGING.sub(b"", file.getvalue())


def update(language: str) -> tuple[int, list[Message]]:
    """Brings new sentences into a catalogue; gives back how many, and the translations that go."""
    path = catalogue_path(language)
    catalogue, sentences = _read(language), collect()
    before = {_key(message) for message in catalogue if message.id}
    catalogue.update(sentences, no_fuzzy_matching=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalogue))
    new = {_key(message) for message in sentences if message.id} - before
    return len(new), list(catalogue.obsolete.values())


def faults(language: str) -> Iterator[str]:
    """What keeps a catalogue from being offered, one line each."""
    catalogue = _read(language)
    there = {_key(message): message for message in catalogue if message.id}
    wanted = {_key(message): message for message in collect() if message.id}
    for key in wanted.keys() - there.keys():
        yield f"{language}: not in the catalogue, run make words: {_shown(wanted[key])}"
    for key in there.keys() - wanted.keys():
        yield f"{language}: no longer in the code, run make words: {_shown(there[key])}"
    for message in catalogue.obsolete.values():
        yield f"{language}: no longer in the code, run make words: {_shown(message)}"
    for message in there.values():
        yield from (
            f"{language}: {fault}: {_shown(message)}" for fault in _wrong(message, language)
        )


def _wrong(message: Message, language: str) -> Iterator[str]:
    if message.fuzzy:
        yield "marked fuzzy, to be confirmed"
    if not is_translated(message) and language != SOURCE:
        yield "not translated"
    ours = (message.id,) if isinstance(message.id, str) else tuple(message.id)
    known = placeholders(*ours)
    for form in filter(None, forms(message)):
        if missing := known - placeholders(form) - ({"count"} if len(ours) > 1 else set()):
            yield f"lacks {_braced(missing)}"
        if unknown := placeholders(form) - known:
            yield f"has an unknown {_braced(unknown)}"
        if "{" in PLACEHOLDER.sub("", form) or "}" in PLACEHOLDER.sub("", form):
            yield "has a brace that belongs to no placeholder"
        if not unicodedata.is_normalized("NFC", form):
            yield "holds letters apart from their marks"


def placeholders(*sentences: str) -> set[str]:
    """What a sentence must be given; how the reader is addressed comes by itself."""
    return {name for one in sentences for name in PLACEHOLDER.findall(one)} - OF_READER


def _braced(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _read(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _key(message: Message) -> tuple[str, ...]:
    return (message.context or "", *([message.id] if isinstance(message.id, str) else message.id))


def _shown(message: Message) -> str:
    first = message.id if isinstance(message.id, str) else message.id[0]
    return f"“{first}”" + (f" ({message.context})" if message.context else "")
