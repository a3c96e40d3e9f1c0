"""A question on its page: asked, doubted, asked anew by somebody else, or all answers together."""

from __future__ import annotations

from conversations.kit import words
from conversations.kit.conversation import Conversation
from conversations.kit.draft import Draft
from conversations.kit.pages import pages_of
from conversations.kit.review import CHANGE, EDIT, SEND, Review
from conversations.kit.screens import Button, Line, Page, Style
from conversations.kit.steps import FormState, Step
from conversations.kit.ways_out import may_be_changed
from locales import Text, _, p_

AGAIN = "a"
"""The action of the button that takes a doubtful answer back."""


async def page_of(conversation: Conversation, step: Step, draft: Draft, state: FormState) -> Page:
    """What the open question shows, without its ways out."""
    page = await _page(conversation, step, draft, state)
    # Where its question does not apply any more, or none was named, it is told at the end.
    if draft.reopened is not None and (
        draft.reopened.step == step.name or isinstance(step, Review)
    ):
        why = _("To be corrected: {why}").format(why=draft.reopened.why)
        page.lines.insert(0, Line(warning(why)))
    return page


async def _page(conversation: Conversation, step: Step, draft: Draft, state: FormState) -> Page:
    doubted = draft.of(step.name).doubted
    if doubted is not None:
        why = step.doubt(doubted, state) if step.doubt else None
        return (
            Page()
            .add(warning(why or _("This answer is unusual.")))
            .add(_("Please type the reason. If the answer was mistyped, please answer again."))
            .offer(Button(p_("button", "Answer again"), AGAIN, typed=words.AGAIN))
        )
    if isinstance(step, Review):
        if state.page:
            return _what_to_change(conversation, state)
        return await _review(conversation, step, state)
    return await step.screen(state)


async def _review(conversation: Conversation, review: Review, state: FormState) -> Page:
    page = Page().add(review.question, Style.TITLE)
    for step in conversation.steps:
        if step.name not in state.answers:
            continue
        shown = await step.show(state.answers[step.name], state)
        page.add(_("{label}: {answer}").format(label=step.label, answer=shown))
        if step.name in state.flags:
            page.add(warning(_("Reason: {reason}").format(reason=state.flags[step.name])))
    page.offer(Button.with_number(1, review.send, SEND))
    page.offer(Button.with_number(2, p_("button", "Edit"), CHANGE))
    return page


def _what_to_change(conversation: Conversation, state: FormState) -> Page:
    page = Page().add(_("Which answer should be changed?"), Style.TITLE)
    answered = may_be_changed(conversation, state)
    pages = pages_of(len(answered))
    first = pages.first(state.page - 1)
    for number, step in list(enumerate(answered, start=1))[first : first + pages.size]:
        page.offer(Button.with_number(number, step.label, EDIT + step.name))
    pages.turning(page, first // pages.size, offset=1)
    return page


def warning(why: Text | str) -> Text:
    return _("⚠️ {why}").format(why=why)
