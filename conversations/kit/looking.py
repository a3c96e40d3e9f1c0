"""Where a conversation stands: what is settled and still holds, what follows from it, and what is open. Form state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.draft import Draft
from conversations.kit.photos import Photos
from conversations.kit.review import Review
from conversations.kit.screens import Line
from conversations.kit.steps import FormState, Step
from locales import Text, _


async def look(
    conversation: Conversation, draft: Draft, context: Context
) -> tuple[Draft, FormState]:
    """The state, after answers that no longer apply or hold were opened again.

    Answers behind the open question may stand on it, so they are looked at when it is settled. The same draft is
    looked at once, until the records are asked anew.
    """
    known = context.asked.get(look)
    if known is not None and known[0] is draft and known[1] is conversation:
        return cast("tuple[Draft, FormState]", known[2])
    looked = await _look(conversation, draft, context)
    context.asked[look] = (draft, conversation, looked)
    return looked


async def _look(
    conversation: Conversation, draft: Draft, context: Context
) -> tuple[Draft, FormState]:
    state = await state_of(conversation, draft, context)
    for step in conversation.steps:
        applies = step.when(state)
        if not draft.of(step.name).settled:
            if applies:
                break
            continue
        if applies and await _still_holds(conversation, draft, step, state):
            value = draft.value(step.name)
            if step.name in state.flags or not is_doubtful(step, value, state):
                continue
            draft = draft.doubt(step.name, value)
        else:
            draft = draft.unsettle(step.name)
        state = await state_of(conversation, draft, context)
        if applies:
            break
    return draft, state


async def summary(conversation: Conversation, draft: Draft, context: Context) -> tuple[Text, Text]:
    """What a draft is about, as it stands above its questions and in short; its title where that is not known yet."""
    _draft, state = await look(conversation, draft, context)
    title, told = conversation.title, conversation.about
    return told.headline(state) or title, told.in_short(state) or title


async def _still_holds(
    conversation: Conversation, draft: Draft, step: Step, state: FormState
) -> bool:
    if step.name in state.outdated:
        return False
    return await step.holds(draft.value(step.name), state)


def is_doubtful(step: Step, value: Any, state: FormState) -> bool:
    return step.doubt is not None and step.doubt(value, state) is not None


def with_settled(
    conversation: Conversation, draft: Draft, step: Step, value: Any, state: FormState
) -> Draft:
    """The draft with an answer, and with what that stands on."""
    return draft.settle(step.name, value, stands_on(conversation, state)[step.name])


def stands_on(conversation: Conversation, state: FormState) -> Mapping[str, Any]:
    """By question, what an answer depends on now."""
    told = conversation.about.depends_on(state)
    return {one.name: told.get(one.name, one.stands_on(state)) for one in conversation.steps}


async def state_of(conversation: Conversation, draft: Draft, context: Context) -> FormState:
    settled = {name: one.value for name, one in draft.answers.items() if one.settled}
    before = {
        step.name: draft.value(step.name)
        for step in conversation.steps
        if step.name not in settled and draft.value(step.name) is not None
    }
    flags = {name: one.reason for name, one in draft.answers.items() if one.settled and one.reason}
    state = FormState(
        context,
        settled,
        before,
        flags,
        page=draft.page,
        opened_with=draft.opened_with,
        corrects=draft.corrects,
    )
    state = replace(state, facts=await conversation.about.facts(state))
    now = stands_on(conversation, state)
    stood_on = {name: one.depends_on for name, one in draft.answers.items()}
    outdated = (name for name in now if stood_on.get(name) not in (None, now[name]))
    return replace(state, outdated=frozenset(outdated))


def open_step(conversation: Conversation, draft: Draft, state: FormState) -> Step | None:
    """The first question that applies and is not settled; None when all is answered."""
    return next(
        (
            step
            for step in conversation.steps
            if not draft.of(step.name).settled and step.when(state)
        ),
        None,
    )


async def said_back(
    conversation: Conversation, draft: Draft, step: Step, context: Context
) -> tuple[Line, ...]:
    """What was understood, said back, unless the next screen tells it anyway."""
    draft, state = await look(conversation, draft, context)
    following = open_step(conversation, draft, state)
    settled = draft.of(step.name).settled
    if not settled or following is None or isinstance(following, Review):
        return ()
    shown = await step.show(draft.value(step.name), state)
    return () if shown == conversation.about.headline(state) else (_noted(step, shown),)


def _noted(step: Step, shown: Text | str) -> Line:
    return Line(_("Noted: {label}: {answer}").format(label=step.label, answer=shown))


async def infer(
    conversation: Conversation, draft: Draft, state: FormState
) -> tuple[Draft, FormState, tuple[Line, ...]]:
    """Settle the open questions that the opening words answer, or of which enough has come, each once and never
    against the person."""
    noted: dict[str, Line] = {}
    while True:
        step = open_step(conversation, draft, state)
        inferred = await _known(conversation, step, state)
        if step is None or step.name not in inferred or step.name in noted:
            break
        if draft.of(step.name).by_hand:
            break
        value = inferred[step.name]
        if not await step.holds(value, state):
            break
        if is_doubtful(step, value, state):
            draft = draft.change(step.name, value=value).doubt(step.name, value)
            break
        draft = with_settled(conversation, draft, step, value, state)
        draft, state = await look(conversation, draft, state.context)
        noted[step.name] = _noted(step, await step.show(value, state))
    return draft, state, tuple(noted.values())


async def _known(
    conversation: Conversation, step: Step | None, state: FormState
) -> Mapping[str, Any]:
    """Answers for which nobody need be asked: what follows from the opening words, and photos where enough came."""
    inferred = await conversation.hears.inferred(state) if state.opened_with else {}
    if isinstance(step, Photos) and step.name not in inferred:
        came = state.before.get(step.name, [])
        return {**inferred, step.name: came} if step.are_enough(came, state) else inferred
    return inferred
