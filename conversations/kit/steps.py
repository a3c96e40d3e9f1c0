"""What every question of a conversation has in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Page, Style
from conversations.kit.unusable import why_unusable
from locales import Text, _
from storage.help.submissions import Corrected
from storage.refusals import Misunderstood

Answers = Mapping[str, Any]
Facts = TypeVar("Facts")

KEEP = "k"
"""The action of the button that keeps an answer given before."""


@dataclass(frozen=True, slots=True)
class FormState:
    """A conversation as it stands: what is settled, what was said before, what the records say."""

    context: Context
    answers: Answers
    """Settled answers only."""
    before: Answers = field(default_factory=dict)
    """Answers that were given and are open again: each is offered once more."""
    flags: Mapping[str, str] = field(default_factory=dict)
    """By step, the reason that somebody gave for a doubtful answer."""
    facts: Any = None
    """What the conversation looked up in the records for these answers: a value of its own type."""
    page: int = 0
    opened_with: str = ""
    """The words out of the blue with which the conversation began."""
    corrects: Corrected | None = None
    """As in the draft."""
    outdated: frozenset[str] = frozenset()
    """Questions whose earlier answer stood on something that has changed since: it is not offered."""

    def known(self, kind: type[Facts]) -> Facts:
        """The facts, as the type that the conversation looks them up as; one without any where nothing is known yet."""
        return self.facts if isinstance(self.facts, kind) else kind()


class Heard:
    """What a step made of an event."""


@dataclass(frozen=True, slots=True)
class Answered(Heard):
    """The question is settled."""

    value: Any


@dataclass(frozen=True, slots=True)
class Collected(Heard):
    """Part of an answer: kept, and the same question stays open."""

    value: Any


@dataclass(frozen=True, slots=True)
class Turned(Heard):
    """Another page of the same question."""

    page: int


def always(_state: FormState) -> bool:
    return True


Question = Text | Callable[[FormState], Text]
Doubt = Callable[[Any, FormState], Text | None]


@dataclass(frozen=True)
class Step:
    """A question: how it is shown, what it understands, and whether an answer still holds.

    A form's slot, with its validation.
    """

    name: str
    label: Text
    """A word or two for the answer, in the review."""
    question: Question
    formerly: tuple[str, ...] = field(default=(), kw_only=True)
    """Names under which answers of people in the middle may still be kept, from before it was renamed."""
    when: Callable[[FormState], bool] = field(default=always, kw_only=True)
    """Whether the question applies, a sentence such as `only_a_part_arrived`."""
    doubt: Doubt | None = field(default=None, kw_only=True)
    """Why a possible answer is unusual; the person then gives a reason and the answer is flagged."""

    async def screen(self, state: FormState) -> Page:
        page = Page().add(self.asked(state), Style.TITLE)
        await self.offer(page, state)
        await self.offer_what_was_said(page, state)
        return page

    def asked(self, state: FormState) -> Text:
        return self.question(state) if callable(self.question) else self.question

    async def offer(self, page: Page, state: FormState) -> None:
        """Add what this kind of question shows below its first line."""

    async def offer_what_was_said(self, page: Page, state: FormState) -> None:
        if self.may_be_kept(state) and await self.holds(state.before[self.name], state):
            shown = await self.show(state.before[self.name], state)
            label = _("Keep: {answer}").format(answer=shown)
            page.offer(Button(label, KEEP, typed=words.KEEP))

    def may_be_kept(self, state: FormState) -> bool:
        """Whether there is an earlier answer, and it is still one to this question."""
        return self.name in state.before and self.name not in state.outdated

    async def hear(self, event: Event, state: FormState) -> Heard:
        """What the event means here; raises Misunderstood with a sentence that says what to do."""
        kept = self.may_be_kept(state) and (
            (isinstance(event, Pressed) and event.action == KEEP)
            or (isinstance(event, Said) and words.means(event.text, words.KEEP))
        )
        if kept:
            return Answered(state.before[self.name])
        return await self.understand(event, state)

    async def understand(self, event: Event, state: FormState) -> Heard:
        raise NotImplementedError

    def reads(self, text: str, state: FormState) -> bool:
        """Whether words are a whole answer of this kind, possible or not; then they are no reason for another one."""
        return False

    def stands_on(self, state: FormState) -> Any:
        """What an answer to such a question always depends on; None where it stands alone."""
        return None

    async def holds(self, value: Any, state: FormState) -> bool:
        """Whether an answer given earlier is still possible."""
        return True

    async def show(self, value: Any, state: FormState) -> Text | str:
        """The answer, as people read it."""
        return str(value)


def not_for_this_question(event: Event) -> Misunderstood:
    """The kind sentence for something that does not answer a question, as a sticker does not answer a count."""
    if isinstance(event, Pressed):
        return Misunderstood(_("That button does not belong to this question."))
    if (why := why_unusable(event)) is not None:
        return Misunderstood(why)
    return Misunderstood(
        _("This question needs an answer in words or by a button. What was sent is not used here.")
    )
