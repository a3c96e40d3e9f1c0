"""The last look at all answers, each one press away from being changed."""

from __future__ import annotations

from dataclasses import dataclass, field

from conversations.kit import words
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.steps import Answered, FormState, Heard, Step, not_for_this_question
from locales import Text, _, p_
from storage.refusals import Misunderstood

SEND = "s"
EDIT = "e:"
"""Before the name of a step, in the action of the button that changes its answer."""


@dataclass(frozen=True)
class Review(Step):
    """Everything at a glance; the conversation fills in the answers, since only it knows its steps."""

    name: str = "review"
    label: Text = field(default_factory=lambda: _("Review"))
    question: Text = field(default_factory=lambda: _("Is everything right?"))
    send: Text = field(default_factory=lambda: p_("button", "✅ Send"), kw_only=True)

    async def understand(self, event: Event, state: FormState) -> Heard:
        if isinstance(event, Pressed) and event.action == SEND:
            return Answered(True)
        if isinstance(event, Said) and (
            words.means(event.text, words.SEND)
            or words.names(event.text, self.send)
            or words.plainly(event.text) == "1"
        ):
            return Answered(True)
        if isinstance(event, Said):
            raise Misunderstood(
                _(
                    "To send, please press Send or type 1. To change an answer, press it or type its number."
                )
            )
        raise not_for_this_question(event)
