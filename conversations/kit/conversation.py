"""A conversation is a list of questions, and what becomes true when all are answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conversations.kit.context import Context
from conversations.kit.draft import Draft
from conversations.kit.events import SentPhoto
from conversations.kit.photos import Photos
from conversations.kit.screens import Screen
from conversations.kit.steps import FormState, Step
from locales import Text
from storage.messages import drafts
from storage.people.people import Role


async def no_facts(_context: Context, _answers: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


async def nothing_known(_context: Context, _payload: str) -> Mapping[str, Any]:
    return {}


async def nothing_waiting(_context: Context) -> int:
    return 0


async def no_news(_context: Context) -> Sequence[Text]:
    return ()


async def nothing_inferred(_state: FormState) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Joined:
    """A photo has joined something that was finished before."""

    note: Text
    """Says so, to whoever sent it."""
    payload: str = ""
    """What the conversation is opened with, to ask what is still to be said of such photos; empty for nothing."""


async def joins_nothing(_context: Context, _photo: SentPhoto, _report: str) -> Joined | None:
    return None


def stands_alone(_state: FormState) -> Mapping[str, Any]:
    return {}


async def nobody_knows(_context: Context, _draft: Draft, _name: str) -> Text | None:
    return None


def only_its_title(_state: FormState) -> Text | None:
    return None


@dataclass(frozen=True, slots=True)
class Onward:
    """Another conversation goes on, with what was said here."""

    conversation: str
    known: Mapping[str, Any]
    photos: Sequence[str] = ()
    """Those that were sent here and belong there."""


@dataclass(frozen=True, slots=True)
class Overheard:
    """Words out of the blue that begin a conversation, and the answers that are clear before any question."""

    words: str
    known: Mapping[str, Any]


class Overhears(Protocol):
    """What words out of the blue are for a conversation: nothing, or one draft for each thing they tell of."""

    async def __call__(
        self, context: Context, words: str, *, with_photo: bool, live: Mapping[str, Any] | None
    ) -> Sequence[Overheard]:
        """`live` are the answers of what is being written: of this conversation, or `{}` of another; raises Refused."""


@dataclass(frozen=True)
class Conversation:
    """Something that can be talked about: for whom, which questions, and what becomes true at the end."""

    name: str
    title: Text
    steps: tuple[Step, ...]
    finish: Callable[[FormState], Awaitable[Screen | Onward]]
    """Make it true through storage and return the last screen, or what goes on; raises Refused or Misunderstood."""
    roles: tuple[Role, ...] | None = None
    """Who may hold it; None is everybody."""
    newcomers: bool = False
    """Also whoever has no role yet."""
    menu: Text | None = None
    """Its button in the menu; None for one that only opens from a card or a link."""
    command: str = ""
    """Its name after a slash, in plain letters, for those who type."""
    link: str = ""
    """How the payload of a link begins that opens it; empty when no link of its own does."""
    takes_photos: bool = False
    """A photo out of the blue begins this conversation, unless its opening refuses."""
    rest_of_album: Callable[[Context, SentPhoto, str], Awaitable[Joined | None]] = joins_nothing
    """Takes a photo whose album came in part with a report (by id) that was sent meanwhile."""
    facts: Callable[[Context, Mapping[str, Any]], Awaitable[Mapping[str, Any]]] = no_facts
    """What the records say about the answers so far; asked once after each change."""
    opening: Callable[[Context, str], Awaitable[Mapping[str, Any]]] = nothing_known
    """Answers known from the payload of the link or card it was opened by; raises Refused."""
    overhears: Overhears | None = None
    """What begins it without anybody asking for it; None when nothing does."""
    inferred: Callable[[FormState], Awaitable[Mapping[str, Any]]] = nothing_inferred
    """Answers that follow from the words it was opened with; each is taken over once, and said back."""
    ground: Callable[[FormState], Mapping[str, Any]] = stands_alone
    """By step, what an answer stands on, as plain values: when that changes, it is asked again."""
    why_over: Callable[[Context, Draft, str], Awaitable[Text | None]] = nobody_knows
    """Why nothing is left to be said here, after the settled answer to a step stopped holding; None goes on."""
    headline: Callable[[FormState], Text | None] = only_its_title
    """What the draft is about, above every question."""
    in_short: Callable[[FormState], Text | None] = only_its_title
    """The same for a button: a few words, such as the goods."""
    waiting: Callable[[Context], Awaitable[int]] = nothing_waiting
    """How many things wait for this person here, for the menu."""
    news: Callable[[Context], Awaitable[Sequence[Text]]] = no_news
    """What this person should know of it on coming home."""

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def said_so_far(self, kept: drafts.Draft) -> Draft:
        """What was written down; a draft from before a question was renamed has the answer under its new name."""
        draft = Draft(dict(kept.answers), tuple(kept.settled), kept.page)
        for step in self.steps:
            for name in step.formerly:
                if name in draft.answers and step.name not in draft.answers:
                    draft = draft.renamed(name, step.name)
        return draft

    @property
    def asks_for_photos(self) -> bool:
        return any(isinstance(step, Photos) for step in self.steps)

    def open_to(self, context: Context) -> bool:
        if self.newcomers and not context.roles:
            return True
        return self.roles is None or not context.roles.isdisjoint(self.roles)
