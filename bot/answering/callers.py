"""Whoever wrote to us in a batch, and what the records say of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.channels import Incoming
from locales import Reader
from storage.messages import drafts
from storage.messages.inbox import ClaimedUpdate
from storage.people.people import HeldRole, Person, kind_of


@dataclass(frozen=True, slots=True)
class Caller:
    """An update, read, of somebody who can be answered."""

    update: ClaimedUpdate
    incoming: Incoming

    @property
    def kind(self) -> str:
        return kind_of(self.update.channel)

    @property
    def place(self) -> tuple[str, str]:
        """The channel and the chat."""
        return self.update.channel, self.incoming.chat

    @property
    def known(self) -> bool:
        """One person, in private: only then is there anyone to know."""
        return self.incoming.private and not self.incoming.anonymous and bool(self.incoming.address)


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say of those who called, asked for all of them together."""

    met: Mapping[tuple[str, str], Person] = field(default_factory=dict)
    memberships: Mapping[str, Sequence[HeldRole]] = field(default_factory=dict)
    live: Mapping[str, drafts.StoredDraft] = field(default_factory=dict)
    busy: frozenset[str] = frozenset()
    """Who is being answered on another phone just now, by another process."""


def reader_of(person: Person | None, incoming: Incoming) -> Reader:
    """How to speak to them; a stranger is spoken to in the language of their app."""
    if person is None:
        return Reader(language=language_of(incoming.language))
    return person.reader


def language_of(code: str) -> str:
    """Vietnamese for all but those whose app speaks English."""
    return "en" if code.partition("-")[0] == "en" else "vi"
