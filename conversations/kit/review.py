"""The last look at all answers, which can be sent as they are or changed one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

from conversations.kit import words
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.pages import pages_of, turned_to
from conversations.kit.steps import (
    Answered,
    FormState,
    Heard,
    Step,
    Turned,
    not_for_this_question,
)
from locales import Text, _, p_
from storage.refusals import Misunderstood

SEND = "s"
CHANGE = "c"
"""The action of the button that opens the list of what can be changed."""
EDIT = "e:"
"""Before the name of a step, in the action of the button that changes its answer."""


@dataclass(frozen=True)
class Review(Step):
    """Everything at a glance; the conversation fills in the answers, since only it knows its steps.

    Page 0 shows the answers, and the pages behind it the list of what can be changed.
    """

    name: str = "review"
    label: Text = field(default_factory=lambda: _("Review"))
    question: Text = field(default_factory=lambda: _("Is everything right?"))
    send: Text = field(default_factory=lambda: p_("button", "✅ Send"), kw_only=True)

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed):
            return self._pressed(event)
        if isinstance(event, Said):
            return self._said(event.text, state)
        raise not_for_this_question(event)

    def _pressed(self, event: Pressed) -> Heard:
        if event.action == SEND:
            return Answered(True)
        if event.action == CHANGE:
            return Turned(1)
        page = turned_to(event.action)
        if page is not None:
            return Turned(page)
        raise not_for_this_question(event)

    def _said(self, said: str, state: FormState) -> Heard:
        sends = words.means(said, words.SEND) or words.names(said, self.send)
        if sends or (not state.page and words.plainly(said) == "1"):
            return Answered(True)
        if not state.page and (words.means(said, words.EDIT) or words.plainly(said) == "2"):
            return Turned(1)
        if state.page:
            more = pages_of(len(state.answers)).more(said, state.page - 1)
            if more is not None:
                return Turned(more + 1)
            raise Misunderstood(
                _("Please press the answer that is to be changed, or type its number, e.g. 1.")
            )
        raise Misunderstood(
            _("To send, please press Send or type 1. To change an answer, press Edit or type 2.")
        )
