"""One turn leads a conversation on, by one event. A state machine's transition."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Onward
from conversations.kit.draft import Draft
from conversations.kit.events import Back, Cancel, Edit, Event, Pressed, Said, SentFile, SentPhoto
from conversations.kit.keeping import with_document, with_photo, with_words
from conversations.kit.looking import infer, is_doubtful, look, open_step, said_back, with_settled
from conversations.kit.photos import Photos
from conversations.kit.review import Review
from conversations.kit.screens import Line, Page, Screen, Style
from conversations.kit.showing import AGAIN, page_of, warning
from conversations.kit.steps import Answered, Collected, FormState, Step, Turned
from conversations.kit.ways_out import step_before, way_out, ways_out
from locales import _, plain
from storage.refusals import Misunderstood, Refused

DOUBTED = "?"
"""Behind the name of a question, where a reason is asked for its answer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a conversation stands after an event."""

    screen: Screen
    draft: Draft
    asks: str = ""
    """Which question is open; empty when it has ended."""
    ended: bool = False
    cancelled: bool = False
    onward: Onward | None = None
    """What goes on in place of a last screen."""
    quiet: bool = False
    """Only a count went up, as with the rest of an album, so nobody need be called to look."""


async def ask(conversation: Conversation, draft: Draft, context: Context, *before: Line) -> Turn:
    """Show the first question that applies and is not settled, below the given lines."""
    draft, state, inferred = await infer(conversation, *await look(conversation, draft, context))
    step = open_step(conversation, draft, state)
    if not isinstance(step, Review):
        before += inferred
    if step is None:
        return await _finish(conversation, draft, state)
    page = await page_of(conversation, step, draft, state)
    top = conversation.about.headline(state) or conversation.title
    lines = (Line(top, Style.SMALL), *before, *page.lines)
    asks = step.name + (DOUBTED if draft.of(step.name).doubted is not None else "")
    return Turn(Screen(lines, (*page.rows, ways_out(conversation, draft, step))), draft, asks)


async def show_again(
    conversation: Conversation, draft: Draft, context: Context, *before: Line
) -> Turn:
    """The open question to whoever comes back to it, or what has happened to it meanwhile."""
    looked, _state = await look(conversation, draft, context)
    changed = await _changed_meanwhile(conversation, draft, looked, context, *before)
    return changed or await ask(conversation, looked, context, *before)


async def turn(conversation: Conversation, draft: Draft, event: Event, context: Context) -> Turn:
    """Lead a conversation on by one event; never raises for anything a person can do."""
    before = draft
    draft, state = await look(conversation, draft, context)
    step = open_step(conversation, draft, state)
    if step is None:
        return await _finish(conversation, draft, state)
    if isinstance(event, SentPhoto) and len(draft.settled) < len(before.settled):
        return await _photo_after_a_change(conversation, before, event, context)
    changed = await _changed_meanwhile(conversation, before, draft, context)
    if changed is not None and (changed.ended or not isinstance(event, Cancel)):
        # The event was meant for another question than the one that is open now.
        return changed
    event = way_out(conversation, step, state, event)
    match event:
        case Cancel():
            return Turn(Screen(), draft, ended=True, cancelled=True)
        case Back():
            return await _back(conversation, draft, step, state)
        case Edit(step=name) if (edited := conversation.step(name)) is not None:
            if conversation.is_fixed(edited, draft.corrects):
                stays = _("“{label}” stays as it is: only what was said of it is corrected.")
                return await ask(
                    conversation, draft, context, Line(stays.format(label=edited.label))
                )
            return await ask(conversation, draft.edit(edited.name), context)
    try:
        return await _hear(conversation, draft, step, event, state)
    except Misunderstood as misunderstood:
        # Whatever the records said is asked anew: it may be why this was not understood.
        context.asked.clear()
        return await ask(conversation, draft, context, Line(warning(misunderstood.why)))
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)


async def _changed_meanwhile(
    conversation: Conversation, before: Draft, draft: Draft, context: Context, *lines: Line
) -> Turn | None:
    """What is told where a settled answer has stopped holding; None where all of them hold."""
    gone = next((one for one in before.settled if one not in draft.settled), None)
    if gone is None:
        return None
    over = await conversation.about.over(context, before, gone)
    if over is not None:
        return Turn(Page().add(over).screen(), draft, ended=True)
    return await ask(conversation, draft, context, *lines, *_no_longer_holds(conversation, gone))


async def _photo_after_a_change(
    conversation: Conversation, draft: Draft, event: SentPhoto, context: Context
) -> Turn:
    """A photo is kept whatever has happened to the question that it was sent for."""
    try:
        draft = await with_photo(conversation, draft, event, context)
        note = _("The photo has arrived and is kept.")
    except Misunderstood as misunderstood:
        note = warning(misunderstood.why)
    return await show_again(conversation, draft, context, Line(note))


def _no_longer_holds(conversation: Conversation, gone: str) -> tuple[Line, ...]:
    step = conversation.step(gone)
    if step is None:
        return ()
    why = _("The answer to “{label}” no longer holds, since something has changed meanwhile.")
    return (Line(warning(why.format(label=step.label))),)


async def _hear(
    conversation: Conversation, draft: Draft, step: Step, event: Event, state: FormState
) -> Turn:
    context = state.context
    if isinstance(event, SentPhoto) and not isinstance(step, Photos) and conversation.photos:
        return await _keep_photo_beside(conversation, draft, event, context)
    if isinstance(event, SentFile) and (
        replaced := await with_document(conversation, draft, event, context)
    ):
        note = _("The file “{name}” has arrived and is kept.").format(name=plain(event.file_name))
        return await ask(conversation, replaced, context, Line(note))
    if isinstance(event, SentPhoto | SentFile) and event.caption:
        draft = with_words(draft, event.caption)
    if draft.of(step.name).doubted is not None:
        reasoned = _reason(conversation, draft, step, event, state)
        if reasoned is not None:
            return await ask(
                conversation,
                reasoned,
                context,
                *await said_back(conversation, reasoned, step, context),
            )
    heard = await step.hear(event, state)
    match heard:
        case Turned(page=page):
            return await ask(conversation, replace(draft, page=page), context)
        case Collected(value=value):
            collected = draft.change(step.name, value=value, by_hand=True)
            quiet = isinstance(event, SentPhoto) and bool(state.before.get(step.name))
            return replace(await ask(conversation, collected, context), quiet=quiet)
        case Answered(value=value):
            return await _settle(conversation, draft, step, value, state)
    raise TypeError(type(heard))


async def _settle(
    conversation: Conversation, draft: Draft, step: Step, value: Any, state: FormState
) -> Turn:
    if isinstance(step, Review):
        return await _finish(conversation, draft, state)
    if is_doubtful(step, value, state):
        return await ask(conversation, draft.doubt(step.name, value), state.context)
    settled = with_settled(conversation, draft.ask_again(step.name), step, value, state)
    echo = await said_back(conversation, settled, step, state.context)
    return await ask(conversation, settled, state.context, *echo)


async def _finish(conversation: Conversation, draft: Draft, state: FormState) -> Turn:
    try:
        made = await conversation.finish(state)
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)
    if isinstance(made, Onward):
        return Turn(Screen(), draft, ended=True, onward=made)
    return Turn(made, draft, ended=True)


async def _back(conversation: Conversation, draft: Draft, step: Step, state: FormState) -> Turn:
    if draft.of(step.name).doubted is not None:
        return await ask(conversation, draft.change(step.name, doubted=None), state.context)
    if isinstance(step, Review) and draft.page:
        return await ask(conversation, replace(draft, page=0), state.context)
    unchanged = await _back_from_an_edit(conversation, draft, step, state)
    if unchanged is not None:
        return await ask(conversation, unchanged, state.context)
    earlier = step_before(conversation, draft, step)
    if earlier is None:
        note = Line(_("This is the first question. To leave, please press Cancel."))
        return await ask(conversation, draft, state.context, note)
    return await ask(conversation, draft.ask_again(earlier.name), state.context)


async def _back_from_an_edit(
    conversation: Conversation, draft: Draft, step: Step, state: FormState
) -> Draft | None:
    """The draft with the old answer, where that leads straight back to the review; None elsewhere."""
    if draft.editing != step.name or step.name not in state.before:
        return None
    kept = with_settled(conversation, draft, step, state.before[step.name], state)
    kept, after = await look(conversation, kept, state.context)
    return kept if isinstance(open_step(conversation, kept, after), Review) else None


def _reason(
    conversation: Conversation, draft: Draft, step: Step, event: Event, state: FormState
) -> Draft | None:
    """The draft after a reason for the doubtful answer; None when the event answers the question anew."""
    doubted = draft.of(step.name).doubted
    if isinstance(event, Pressed) and event.action == AGAIN:
        return draft.change(step.name, doubted=None)
    if not isinstance(event, Said):
        raise Misunderstood(_("Please type the reason in words."))
    if words.means(event.text, words.AGAIN):
        return draft.change(step.name, doubted=None)
    if step.reads(event.text, state):
        return None
    if not any(letter.isalpha() for letter in event.text):
        raise Misunderstood(_("Please type the reason in words."))
    settled = with_settled(
        conversation, draft.change(step.name, doubted=None), step, doubted, state
    )
    return settled.change(step.name, reason=event.text)


async def _keep_photo_beside(
    conversation: Conversation, draft: Draft, event: SentPhoto, context: Context
) -> Turn:
    """A photo that comes before its question, or after it, belongs to it all the same."""
    photos = conversation.photos
    kept = await with_photo(conversation, draft, event, context)
    asked = await ask(conversation, kept, context, Line(_("The photo has arrived and is kept.")))
    return replace(asked, quiet=photos is not None and bool(draft.value(photos.name)))
