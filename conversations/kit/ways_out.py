"""Back, cancel and edit: the ways out of a question, the same at every one."""

from __future__ import annotations

from conversations.kit import words
from conversations.kit.conversation import Conversation
from conversations.kit.draft import Draft
from conversations.kit.events import Back, Cancel, Edit, Event, Pressed, Said
from conversations.kit.review import EDIT, Review
from conversations.kit.screens import Button, Screen
from conversations.kit.steps import FormState, Step
from locales import p_

BACK = "<"
CANCEL = "x"


def way_out(conversation: Conversation, step: Step, state: FormState, event: Event) -> Event:
    """Ways out have buttons and words of their own, the same at every question."""
    if isinstance(event, Pressed):
        if event.action == BACK:
            return Back()
        if event.action == CANCEL:
            return Cancel()
        return Edit(event.action[len(EDIT) :]) if event.action.startswith(EDIT) else event
    if isinstance(event, Said):
        if words.means(event.text, words.BACK):
            return Back()
        # Without marks “bỏ ảnh” could be “bỏ” said politely to an “anh”.
        if words.means(event.text, words.CANCEL) and not words.means(event.text, words.TAKE_BACK):
            return Cancel()
        for one in conversation.steps:
            if words.asks_to_edit(event.text, one.label):
                return Edit(one.name)
        if isinstance(step, Review) and state.page:
            return _chosen_from_the_list(conversation, state, event)
    return event


def may_be_changed(conversation: Conversation, state: FormState) -> list[Step]:
    """What was answered, but for what a corrected report is of."""
    answered = (one for one in conversation.steps if one.name in state.answers)
    return [one for one in answered if not conversation.is_fixed(one, state.corrects)]


def _chosen_from_the_list(conversation: Conversation, state: FormState, event: Said) -> Event:
    """What can be changed has numbers, and each answer its name."""
    plain = words.plainly(event.text)
    reviewed = may_be_changed(conversation, state)
    if plain.isdecimal() and 1 <= int(plain) <= len(reviewed):
        return Edit(reviewed[int(plain) - 1].name)
    named = [one for one in reviewed if words.names(event.text, one.label)]
    return Edit(named[0].name) if named else event


def step_before(conversation: Conversation, draft: Draft, step: Step) -> Step | None:
    """The last answered question before this one; None for the first."""
    place = conversation.steps.index(step)
    settled = [
        one
        for one in conversation.steps[:place]
        if draft.of(one.name).settled and not conversation.is_fixed(one, draft.corrects)
    ]
    return settled[-1] if settled else None


def ways_out(conversation: Conversation, draft: Draft, step: Step) -> tuple[Button, ...]:
    """The buttons below a question: back, where there is something before it, and cancel."""
    cancel = Button(p_("button", "Cancel"), CANCEL, typed=words.CANCEL)
    doubting = draft.of(step.name).doubted is not None
    if not doubting and step_before(conversation, draft, step) is None:
        return (cancel,)
    return (Button(p_("button", "‹ Back"), BACK, typed=words.BACK), cancel)


def leads_back(card: Screen) -> bool:
    """Whether a card has the way to the question before."""
    return any(button.action == BACK for row in card.rows for button in row)
