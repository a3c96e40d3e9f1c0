"""A question answered by one document, such as a signed list or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conversations.kit import words
from conversations.kit.events import Event, Pressed, Said, SentFile
from conversations.kit.screens import Button, Page, Style
from conversations.kit.steps import Answered, FormState, Heard, Step, not_for_this_question
from conversations.kit.unusable import why_no_document
from locales import Text, _, join, p_, plain
from storage.help import documents
from storage.help.promised_files import FileState
from storage.refusals import Misunderstood

LATER = "l"
"""The action of the button for whoever has no document now; their answer is empty."""
MB = 1024 * 1024
LARGEST = 20 * MB
"""Bytes: as much as Telegram gives out."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """A kind of document: its name, which is the same in every language, and how it is recognised."""

    name: str
    endings: tuple[str, ...]
    """How names of such files end, in small letters; under the first it is kept where its name tells none."""
    media_types: tuple[str, ...]


OFFICE = "application/vnd.openxmlformats-officedocument"
PDF = FileKind("PDF", ("pdf",), ("application/pdf", "application/x-pdf"))
WORD = FileKind(
    "Word", ("docx", "doc"), (f"{OFFICE}.wordprocessingml.document", "application/msword")
)
EXCEL = FileKind(
    "Excel", ("xlsx", "xls"), (f"{OFFICE}.spreadsheetml.sheet", "application/vnd.ms-excel")
)
KINDS = (PDF, WORD, EXCEL)


@dataclass(frozen=True)
class Document(Step):
    """One document; the answer is the id under which it was promised, or empty where none is there yet."""

    kinds: tuple[FileKind, ...] = field(default=KINDS, kw_only=True)
    largest: int = field(default=LARGEST, kw_only=True)
    """In bytes; no chat app gives out more than 20 MB."""
    optional: bool = field(default=False, kw_only=True)
    """Whoever has none now may go on without it."""

    async def offer(self, page: Page, state: FormState) -> None:
        limits = _("One file: {kinds}, up to {size} MB.").format(
            kinds=self._names_of_kinds, size=self.largest // MB
        )
        page.add(limits, Style.SMALL)
        if self.optional:
            page.offer(Button.with_number(1, p_("button", "No file yet, go on without it"), LATER))

    @property
    def _names_of_kinds(self) -> str:
        return ", ".join(kind.name for kind in self.kinds)

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, SentFile) and event.kind == "document":
            return Answered(await state.context.keep_document(event, self.ending_of(event)))
        if isinstance(event, Pressed) and event.action == LATER and self.optional:
            return Answered("")
        if isinstance(event, Said):
            return self._said(event.text)
        if isinstance(event, Pressed):
            raise not_for_this_question(event)
        raise _instead(why_no_document(event) or _("What was sent cannot be used here."))

    def ending_of(self, event: SentFile) -> str:
        """Under which ending a document is kept; raises Misunderstood for one that is of no use here."""
        name = plain(event.file_name or event.mime_type or "?")
        ending = _ending(event, self.kinds)
        if ending is None:
            why = _("The file “{name}” is of another kind than {kinds}.")
            raise _instead(why.format(name=name, kinds=self._names_of_kinds))
        if event.size == 0:
            raise _instead(_("The file “{name}” is empty (0 bytes).").format(name=name))
        if event.size is not None and event.size > self.largest:
            why = _("The file “{name}” has {size} MB, which is too large.")
            raise _instead(why.format(name=name, size=-(-event.size // MB)))
        return ending

    def _said(self, said: str) -> Heard:
        one = words.plainly(said) == "1"
        none = words.means(said, words.LATER) or words.means(said, words.NOTHING)
        if self.optional and (one or none):
            return Answered("")
        if none:
            raise Misunderstood(
                _(
                    "The file is needed here. What was written is kept, so it may follow another day."
                )
            )
        raise _instead(_("Words cannot be used here."))

    async def holds(self, value: Any, state: FormState) -> bool:
        """A document that turned out to be missing is asked for again."""
        if not value:
            return self.optional
        found = await state.context.once(documents.by_id, value)
        return found is not None and found.state != FileState.MISSING

    async def show(self, value: Any, state: FormState) -> Text | str:
        found = await state.context.once(documents.by_id, value) if value else None
        return found.name if found is not None else _("no file yet")


def _instead(why: Text) -> Misunderstood:
    return Misunderstood(join(" ", [why, _("Please send one file, as said below.")]))


def _ending(event: SentFile, kinds: Sequence[FileKind]) -> str | None:
    """How the name ends, or what stands for its type where it has no ending; None for another kind."""
    _stem, dot, end = event.file_name.rpartition(".")
    ending = end.strip().lower() if dot else ""
    told = event.mime_type.partition(";")[0].strip().lower()
    for kind in kinds:
        if ending in kind.endings:
            return ending if _may_be(told, kind, kinds) else None
        if not ending and told in kind.media_types:
            return kind.endings[0]
    return None


def _may_be(told: str, kind: FileKind, kinds: Sequence[FileKind]) -> bool:
    """Whether a media type does not speak against a kind: many programs on phones have names of their own for it."""
    others = {one for other in (*kinds, *KINDS) if other != kind for one in other.media_types}
    return told in kind.media_types or (
        told not in others and (not told or told.startswith("application/"))
    )
