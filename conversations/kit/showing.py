"""A question on its page: asked, doubted, or all answers together."""

from __future__ import annotations

from conversations.kit import words
from conversations.kit.conversation import Conversation
from conversations.kit.draft import DOUBTED, Draft
from conversations.kit.review import EDIT, SEND, Review
from conversations.kit.screens import Button, Page, Style
from conversations.kit.steps import FormState, Step
from locales import Text, _, p_

AGAIN = "a"
"""The action of the button that takes a doubtful answer back."""


async def page_of(conversation: Conversation, step: Step, draft: Draft, state: FormState) -> Page:
    """What the open question shows, without its ways out."""
    if step.name + DOUBTED in draft.answers:
        value = draft.answers[step.name + DOUBTED]
        why = step.doubt(value, state) if step.doubt else None
        return (
            Page()
            .add(warning(why or _("This answer is unusual.")))
            .add(_("Please type the reason. If the answer was mistyped, please answer again."))
            .offer(Button(p_("button", "Answer again"), AGAIN, typed=words.AGAIN))
        )
    if isinstance(step, Review):
        return await _review(conversation, step, state)
    return await step.screen(state)


async def _review(conversation: Conversation, review: Review, state: FormState) -> Page:
    page = Page().add(review.question, Style.TITLE)
    edits = []
    number = 1
    for step in conversation.steps:
        if step.name not in state.answers:
            continue
        number += 1
        shown = await step.show(state.answers[step.name], state)
        page.add(
            _("{number}. {label}: {answer}").format(
                number=str(number), label=step.label, answer=shown
            )
        )
        if step.name in state.flags:
            page.add(warning(_("Reason: {reason}").format(reason=state.flags[step.name])))
        edits.append(Button.with_number(number, step.label, EDIT + step.name))
    page.add(_("To change an answer, press it or type its number."), Style.SMALL)
    page.offer(Button.with_number(1, review.send, SEND))
    for place in range(0, len(edits), 2):
        page.offer(*edits[place : place + 2])
    return page


def warning(why: Text) -> Text:
    return _("⚠️ {why}").format(why=why)
