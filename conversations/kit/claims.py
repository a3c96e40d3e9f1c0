"""What a subject would make of words or of a photo that nobody asked for, and how specific that is.

Claims are scored for intent resolution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Protocol

from conversations.kit.context import Context
from conversations.kit.draft import Draft
from conversations.kit.screens import words_from_json, words_to_json
from locales import Text


class Strength(IntEnum):
    """How specific a claim is: the highest has what came, a tie is asked about."""

    NOBODY = 0
    """Home says that it was not understood."""
    OPEN_ALTHOUGH = 10
    """The open question, although it asks for something else."""
    POSSIBLE = 20
    """It may be for something that lacks nothing."""
    REFUSED = 25
    """It is clearly meant for a subject where nothing of the kind waits."""
    WANTED = 30
    """Something waits for just that."""
    OPEN = 40
    """The open question, which takes whatever is said to it."""
    VAGUE = 50
    """It tells of something else than what is being written."""
    PLAIN = 60
    """It clearly tells of something else, in words of reporting."""
    NAMED = 65
    """It also names what it is about, such as the goods."""
    IDENTIFIED = 68
    """It is the very code of something, in which other words may be read by chance."""
    SHOWN = 70
    """It is a part of what the card of the open question shows."""
    PRESSED = 75
    """It says what stands on a button of the open question."""
    ON_A_CARD = 80
    """It says what stands on another card in the chat."""
    REPLIED = 90
    """It is a reply to a message of ours, or the rest of an album."""
    WAY = 100
    """Home, help, and commands, wherever somebody stands."""


@dataclass(frozen=True, slots=True)
class Meant:
    """One thing that words or a photo may be of: what begins with it."""

    draft: Draft = field(default_factory=Draft)
    label: Text | str = ""
    """A few words for a button, where it must be asked."""
    detail: Text | str = ""
    """More than a button can hold."""

    def to_json(self) -> dict[str, Any]:
        return {
            "draft": self.draft.to_json(),
            "label": words_to_json(self.label),
            "detail": words_to_json(self.detail),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Meant:
        return cls(
            Draft.from_json(data["draft"]),
            words_from_json(data["label"]),
            words_from_json(data["detail"]),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What one subject would make of it."""

    strength: Strength
    meant: tuple[Meant, ...] = ()
    """All of them are begun: several lines may be several reports."""
    refused: Text | None = None
    """Why nothing can be made of it, in place of what would be begun."""
    opens: str = ""
    """The payload with which a view is shown, in place of what would be begun."""


class HearsWords(Protocol):
    """What a subject makes of words out of the blue, or of those under a photo."""

    async def __call__(
        self, context: Context, words: str, *, with_photo: bool, live: Draft | None
    ) -> Sequence[Claim]:
        """`live` is what is being written here, an empty draft where that is something else, None where nothing is."""


class HearsPhotos(Protocol):
    """What a subject makes of a photo without a word: a claim for each thing that it may be of."""

    async def __call__(self, context: Context) -> Sequence[Claim]: ...
