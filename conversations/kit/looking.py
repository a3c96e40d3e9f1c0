"""Where a conversation stands: what is settled and still holds, what follows from it, and what is open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conversations.kit.conversation import Conversation
from conversations.kit.desk import Desk
from conversations.kit.draft import BY_HAND, GROUND, OPENED_WITH, REASON, Draft
from conversations.kit.review import Review
from conversations.kit.screens import Line
from conversations.kit.steps import Moment, Step
from locales import Text, _


async def look(conversation: Conversation, draft: Draft, desk: Desk) -> tuple[Draft, Moment]:
    """The moment, after answers that no longer apply or hold were opened again.

    Answers behind the open question may stand on it, so they are looked at when it is settled.
    """
    moment = await _moment(conversation, draft, desk)
    for step in conversation.steps:
        applies = step.when(moment)
        if step.name not in draft.settled:
            if applies:
                break
            continue
        if applies and await _still_holds(conversation, draft, step, moment):
            value = draft.answers[step.name]
            if step.name in moment.flags or not is_doubtful(step, value, moment):
                continue
            draft = draft.doubt(step.name, value)
        else:
            settled = tuple(name for name in draft.settled if name != step.name)
            draft = replace(draft, settled=settled)
        moment = await _moment(conversation, draft, desk)
        if applies:
            break
    return draft, moment


async def about(conversation: Conversation, draft: Draft, desk: Desk) -> tuple[Text, Text]:
    """What a draft is about, as it stands above its questions and in short; its title where that is not known yet."""
    _draft, moment = await look(conversation, draft, desk)
    title = conversation.title
    return conversation.headline(moment) or title, conversation.in_short(moment) or title


async def _still_holds(
    conversation: Conversation, draft: Draft, step: Step, moment: Moment
) -> bool:
    ground = step.name + GROUND
    known = conversation.ground(moment).get(step.name)
    if ground in draft.answers and draft.answers[ground] != known:
        return False
    return await step.holds(draft.answers[step.name], moment)


def is_doubtful(step: Step, value: Any, moment: Moment) -> bool:
    return step.doubt is not None and step.doubt(value, moment) is not None


def with_settled(
    conversation: Conversation, draft: Draft, step: Step, value: Any, moment: Moment
) -> Draft:
    """The draft with an answer, and with what that stands on."""
    settled = draft.settle(step.name, value)
    ground = conversation.ground(moment)
    return settled.stand_on(step.name, ground[step.name]) if step.name in ground else settled


async def _moment(conversation: Conversation, draft: Draft, desk: Desk) -> Moment:
    settled = {name: draft.answers[name] for name in draft.settled if name in draft.answers}
    known = {step.name for step in conversation.steps}
    before = {
        name: value
        for name, value in draft.answers.items()
        if name in known and name not in settled
    }
    flags = {
        name.removesuffix(REASON): value
        for name, value in draft.answers.items()
        if name.endswith(REASON) and name.removesuffix(REASON) in settled
    }
    facts = await conversation.facts(desk, settled)
    opened_with = str(draft.answers.get(OPENED_WITH, ""))
    return Moment(desk, settled, before, flags, facts, draft.page, opened_with)


def open_step(conversation: Conversation, draft: Draft, moment: Moment) -> Step | None:
    """The first question that applies and is not settled; None when all is answered."""
    return next(
        (
            step
            for step in conversation.steps
            if step.name not in draft.settled and step.when(moment)
        ),
        None,
    )


async def said_back(
    conversation: Conversation, draft: Draft, step: Step, desk: Desk
) -> tuple[Line, ...]:
    """What was understood, said back, unless the next screen tells it anyway."""
    draft, moment = await look(conversation, draft, desk)
    following = open_step(conversation, draft, moment)
    if step.name not in draft.settled or following is None or isinstance(following, Review):
        return ()
    shown = await step.show(draft.answers[step.name], moment)
    return () if shown == conversation.headline(moment) else (_noted(step, shown),)


def _noted(step: Step, shown: Text | str) -> Line:
    return Line(_("Noted: {label}: {answer}").format(label=step.label, answer=shown))


async def infer(
    conversation: Conversation, draft: Draft, moment: Moment
) -> tuple[Draft, Moment, tuple[Line, ...]]:
    """Settle the open questions that the opening words answer, each once and never against the person."""
    noted: dict[str, Line] = {}
    while moment.opened_with:
        step = open_step(conversation, draft, moment)
        inferred = await conversation.inferred(moment)
        if step is None or step.name not in inferred or step.name in noted:
            break
        if step.name + BY_HAND in draft.answers:
            break
        value = inferred[step.name]
        if not await step.holds(value, moment):
            break
        if is_doubtful(step, value, moment):
            draft = draft.with_answer(step.name, value).doubt(step.name, value)
            break
        draft = with_settled(conversation, draft, step, value, moment)
        draft, moment = await look(conversation, draft, moment.desk)
        noted[step.name] = _noted(step, await step.show(value, moment))
    return draft, moment, tuple(noted.values())
