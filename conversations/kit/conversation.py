"""What can be talked about: a form with questions, or a view that only shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from conversations.kit.claims import HearsPhotos, HearsWords
from conversations.kit.context import Context
from conversations.kit.document import Document
from conversations.kit.draft import Draft
from conversations.kit.events import SentPhoto
from conversations.kit.photos import Photos
from conversations.kit.report_kinds import ReportKind
from conversations.kit.screens import Screen
from conversations.kit.steps import FormState, Step
from locales import Text, p_
from storage.help.submissions import Corrected
from storage.messages import drafts
from storage.people.people import Role


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the menu, where there is too much for one card."""

    name: str
    label: Text


GOODS = Group("goods", p_("menu", "Goods"))
REPORTS = Group("reports", p_("menu", "Reports"))
PEOPLE = Group("people", p_("menu", "People and phones"))
PROGRAMME = Group("programme", p_("menu", "The programme"))


async def nothing_waiting(_context: Context) -> int:
    return 0


async def no_news(_context: Context) -> Sequence[Text]:
    return ()


@dataclass(frozen=True, slots=True)
class Menu:
    """How people find it by themselves."""

    label: Text | None = None
    """Its button in the menu; None for what only opens by its command, from a card or a link."""
    command: str = ""
    """Its name after a slash, in plain letters, for those who type."""
    group: Group = PROGRAMME
    waiting: Callable[[Context], Awaitable[int]] = nothing_waiting
    """How many things wait for this person here."""
    news: Callable[[Context], Awaitable[Sequence[Text]]] = no_news
    """What this person should know of it on coming home."""


async def nothing_known(_context: Context, _payload: str) -> Draft:
    return Draft()


@dataclass(frozen=True, slots=True)
class Entry:
    """How it is entered from a card or a link."""

    opening: Callable[[Context, str], Awaitable[Draft]] = nothing_known
    """What is known from the payload of the link or card; raises Refused."""
    link: str = ""
    """How the payload of a link begins that opens it; empty when no link of its own does."""


async def no_facts(_state: FormState) -> Any:
    return None


def only_its_title(_state: FormState) -> Text | None:
    return None


def stands_alone(_state: FormState) -> Mapping[str, Any]:
    return {}


async def nobody_knows(_context: Context, _draft: Draft, _step: str) -> Text | None:
    return None


@dataclass(frozen=True, slots=True)
class About:
    """What it is about, and what the records say of that."""

    facts: Callable[[FormState], Awaitable[Any]] = no_facts
    """What the records say about the answers so far, as a value of the conversation's own type; asked once after
    each change, see `FormState.known`."""
    headline: Callable[[FormState], Text | None] = only_its_title
    """What the draft is about, above every question."""
    in_short: Callable[[FormState], Text | None] = only_its_title
    """The same for a button: a few words, such as the goods."""
    depends_on: Callable[[FormState], Mapping[str, Any]] = stands_alone
    """By step, what an answer stands on, as plain values: when that changes, it is asked again."""
    over: Callable[[Context, Draft, str], Awaitable[Text | None]] = nobody_knows
    """Why nothing is left to be said here, after the settled answer to a step stopped holding; None goes on."""


async def nothing_inferred(_state: FormState) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Hears:
    """What begins it without anybody asking for it."""

    words: HearsWords | None = None
    photos: HearsPhotos | None = None
    inferred: Callable[[FormState], Awaitable[Mapping[str, Any]]] = nothing_inferred
    """Answers that follow from the words it was opened with; each is taken over once, and said back."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A photo has joined something that was finished before."""

    note: Text
    """Says so, to whoever sent it."""
    payload: str = ""
    """What the conversation is opened with, to ask what is still to be said of such photos; empty for nothing."""


RestOfAlbum = Callable[[Context, SentPhoto, str], Awaitable[Joined | None]]
"""Takes a photo whose album came in part with a report (by id) that was sent meanwhile."""


@dataclass(frozen=True, slots=True)
class Onward:
    """Another conversation goes on, with what was said here."""

    conversation: str
    draft: Draft
    photos: Sequence[str] = ()
    """Those that were sent here and belong there."""
    beside: Sequence[Draft] = ()
    """What else was told of, to be taken up after it."""


@dataclass(frozen=True)
class Offered:
    """Something that some people may open."""

    name: str
    title: Text
    roles: tuple[Role, ...] | None = field(default=None, kw_only=True)
    """Who may hold it; None is everybody."""
    newcomers: bool = field(default=False, kw_only=True)
    """Also whoever has no role yet."""
    menu: Menu = field(default_factory=Menu, kw_only=True)
    hears: Hears = field(default_factory=Hears, kw_only=True)

    def open_to(self, context: Context) -> bool:
        if self.newcomers and not context.roles:
            return True
        return self.roles is None or not context.roles.isdisjoint(self.roles)


@dataclass(frozen=True)
class View(Offered):
    """It only shows: it has no draft, and what is being written stays open beside it."""

    show: Callable[[Context, str], Awaitable[Screen]] = field(kw_only=True)
    """What is shown for a payload; raises Refused."""


@dataclass(frozen=True)
class Conversation(Offered):
    """A form: for whom, which questions, and what becomes true at the end."""

    steps: tuple[Step, ...]
    finish: Callable[[FormState], Awaitable[Screen | Onward]]
    """Make it true through storage and return the last screen, or what goes on; raises Refused or Misunderstood."""
    entry: Entry = field(default_factory=Entry, kw_only=True)
    about: About = field(default_factory=About, kw_only=True)
    album: RestOfAlbum | None = field(default=None, kw_only=True)
    report: ReportKind | None = field(default=None, kw_only=True)
    """The kind of report that it makes; None where it makes none."""
    formerly: tuple[str, ...] = field(default=(), kw_only=True)
    """Names under which drafts of people in the middle may still be kept, from before it was renamed."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names under which its drafts may be kept."""
        return (self.name, *self.formerly)

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def is_fixed(self, step: Step, corrects: Corrected | None) -> bool:
        """Whether an answer says what a report is of that is only to be corrected: that stays as it is."""
        return corrects is not None and self.report is not None and step.name in self.report.subject

    def said_so_far(self, stored: drafts.StoredDraft) -> Draft:
        """What was written down; a draft from before a question was renamed has the answer under its new name."""
        draft = Draft.kept(stored)
        for step in self.steps:
            for name in step.formerly:
                if name in draft.answers and step.name not in draft.answers:
                    draft = draft.renamed(name, step.name)
        return draft

    @property
    def photos(self) -> Photos | None:
        """The question that photos answer; None where nobody asks for any."""
        return next((one for one in self.steps if isinstance(one, Photos)), None)

    @property
    def asks_for_photos(self) -> bool:
        """Or for a document, of which a photo may be meant: then it is told here that it is none."""
        return any(isinstance(step, Photos | Document) for step in self.steps)

    def beginning(self, draft: Draft, photos: Sequence[str]) -> Draft:
        """The draft with photos that were sent before it was begun."""
        if not photos or self.photos is None:
            return draft
        return draft.change(self.photos.name, value=list(photos))


Subject: TypeAlias = Conversation | View


def by_every_name(subjects: Sequence[Subject]) -> dict[str, Conversation]:
    """Those in which something is filled in, by each name under which drafts of them may be kept."""
    found = (one for one in subjects if isinstance(one, Conversation))
    return {name: one for one in found for name in one.names}
