"""What translators wrote, one folder for each language. Catalogues of gettext."""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
SOURCE = "en"
"""The language our sentences are written in: what its catalogue leaves out stands as it is."""
HOME = "vi"
"""The language of the programme, offered even while a new sentence of ours awaits its translation."""


def catalogue_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def known_languages() -> tuple[str, ...]:
    """The languages with a catalogue, complete or not; Vietnamese first, then English."""
    found = {path.parent.parent.name for path in FOLDER.glob("*/LC_MESSAGES/messages.po")}
    return (HOME, SOURCE, *sorted(found - {HOME, SOURCE}))


@cache
def languages() -> tuple[str, ...]:
    """The languages people may choose: our own two always, and of the others those in which every sentence is there.

    What lacks in one of the two is shown in English, and `python -m locales check` says so.
    """
    return tuple(
        language
        for language in known_languages()
        if language in {HOME, SOURCE} or is_complete(read_catalogue(language))
    )


def language_name(code: str) -> str:
    """The language in its own words, as in “Tiếng Việt”."""
    try:
        name = Locale.parse(code).get_display_name() or code
    except (UnknownLocaleError, ValueError):
        return code
    return name[:1].upper() + name[1:]


def read_catalogue(language: str) -> Catalog:
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def forms(message: Message) -> tuple[str, ...]:
    """What a translator wrote for a message: one form, or one for each plural."""
    written = message.string or ""
    return (written,) if isinstance(written, str) else tuple(written)


def is_translated(message: Message) -> bool:
    written = forms(message)
    return bool(written) and all(written) and not message.fuzzy


def is_complete(catalogue: Catalog) -> bool:
    messages = [message for message in catalogue if message.id]
    return bool(messages) and all(is_translated(message) for message in messages)


@cache
def _translations(language: str) -> NullTranslations:
    if language not in known_languages():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def pgettext(language: str, context: str, msgid: str) -> str:
    """The sentence in this language, or as it is where a translation is missing."""
    if not msgid:
        return ""  # Under the empty sentence a catalogue keeps its own header.
    found = _translations(language)
    return found.pgettext(context, msgid) if context else found.gettext(msgid)


def ngettext(language: str, context: str, one: str, many: str, count: int) -> str:
    """The form of the sentence for this count, in this language."""
    found = _translations(language)
    if context:
        return found.npgettext(context, one, many, count)
    return found.ngettext(one, many, count)
