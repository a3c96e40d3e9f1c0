"""One turn leads a conversation on, by one event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conversations.kit import words
from conversations.kit.conversation import Conversation, Onward, Overheard
from conversations.kit.desk import Desk
from conversations.kit.draft import BY_HAND, DOUBTED, EDITED, OPENED_WITH, REASON, Draft
from conversations.kit.events import Back, Cancel, Edit, Event, Pressed, Said, SentPhoto
from conversations.kit.looking import infer, is_doubtful, look, open_step, said_back, with_settled
from conversations.kit.photos import Photos
from conversations.kit.review import Review
from conversations.kit.screens import Line, Page, Screen, Style
from conversations.kit.showing import AGAIN, page_of, warning
from conversations.kit.steps import Answered, Collected, Heard, Moment, Step, Turned
from conversations.kit.ways_out import step_before, way_out, ways_out
from locales import _
from storage.refusals import Misunderstood, Refused


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


async def begin(conversation: Conversation, known: Mapping[str, Any], desk: Desk) -> Turn:
    """Open a conversation, with what the link or card that opened it already answers."""
    return await ask(conversation, Draft(dict(known), tuple(known)), desk)


async def open_with(
    conversation: Conversation, overheard: Overheard, sent: Sequence[str], desk: Desk
) -> Turn:
    """Open a conversation with what somebody wrote of their own accord, and the photos (by id) that they sent."""
    answers = {**overheard.known, OPENED_WITH: overheard.words}
    photos = _photos_of(conversation)
    if sent and photos is not None:
        answers[photos.name] = list(sent)
    return await ask(conversation, Draft(answers, tuple(overheard.known)), desk)


async def ask(conversation: Conversation, draft: Draft, desk: Desk, *before: Line) -> Turn:
    """Show the first question that applies and is not settled, below the given lines."""
    draft, moment, inferred = await infer(conversation, *await look(conversation, draft, desk))
    step = open_step(conversation, draft, moment)
    if not isinstance(step, Review):
        before += inferred
    if step is None:
        return await _finish(conversation, draft, moment)
    page = await page_of(conversation, step, draft, moment)
    top = conversation.headline(moment) or conversation.title
    lines = (Line(top, Style.SMALL), *before, *page.lines)
    asks = step.name + (DOUBTED if step.name + DOUBTED in draft.answers else "")
    return Turn(Screen(lines, (*page.rows, ways_out(conversation, draft, step))), draft, asks)


async def turn(conversation: Conversation, draft: Draft, event: Event, desk: Desk) -> Turn:
    """Lead a conversation on by one event; never raises for anything a person can do."""
    before = draft
    draft, moment = await look(conversation, draft, desk)
    step = open_step(conversation, draft, moment)
    if step is None:
        return await _finish(conversation, draft, moment)
    gone = next((one for one in before.settled if one not in draft.settled), None)
    over = await conversation.why_over(desk, before, gone) if gone is not None else None
    if over is not None:
        return Turn(Page().add(over).screen(), draft, ended=True)
    if gone is not None and not isinstance(event, Cancel):
        # The event was meant for another question than the one that is open now.
        return await ask(conversation, draft, desk, *_no_longer_holds(conversation, gone))
    event = way_out(conversation, step, moment, event)
    match event:
        case Cancel():
            return Turn(Screen(), draft, ended=True, cancelled=True)
        case Back():
            return await _back(conversation, draft, step, moment)
        case Edit(step=name) if (edited := conversation.step(name)) is not None:
            opened = draft.reopen(edited.name).with_answer(EDITED, edited.name)
            return await ask(conversation, opened, desk)
    try:
        return await _hear(conversation, draft, step, event, moment)
    except Misunderstood as misunderstood:
        # Whatever the records said is asked anew: it may be why this was not understood.
        desk.asked.clear()
        return await ask(conversation, draft, desk, Line(warning(misunderstood.why)))
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)


def _no_longer_holds(conversation: Conversation, gone: str) -> tuple[Line, ...]:
    step = conversation.step(gone)
    if step is None:
        return ()
    why = _("The answer to “{label}” no longer holds, since something has changed meanwhile.")
    return (Line(warning(why.format(label=step.label))),)


async def _hear(
    conversation: Conversation, draft: Draft, step: Step, event: Event, moment: Moment
) -> Turn:
    desk = moment.desk
    if isinstance(event, SentPhoto) and event.caption:
        draft = _with_words(draft, event.caption)
    stray = _photo_for_another_question(conversation, step, event, moment)
    if stray is not None:
        return await _keep_stray_photo(conversation, draft, stray, event, moment)
    if step.name + DOUBTED in draft.answers:
        reasoned = _reason(conversation, draft, step, event, moment)
        if reasoned is not None:
            return await ask(
                conversation, reasoned, desk, *await said_back(conversation, reasoned, step, desk)
            )
    heard = await step.hear(event, moment)
    match heard:
        case Turned(page=page):
            return await ask(conversation, replace(draft, page=page), desk)
        case Collected(value=value):
            collected = draft.with_answer(step.name, value).with_answer(step.name + BY_HAND, True)
            quiet = isinstance(event, SentPhoto) and bool(moment.before.get(step.name))
            return replace(await ask(conversation, collected, desk), quiet=quiet)
        case Answered(value=value):
            return await _settle(conversation, draft, step, value, moment)
    raise TypeError(type(heard))


def _with_words(draft: Draft, caption: str) -> Draft:
    """What is written under a photo is part of what was said, once however often the message comes."""
    before = str(draft.answers.get(OPENED_WITH, ""))
    if caption in before.splitlines():
        return draft
    return draft.with_answer(OPENED_WITH, f"{before}\n{caption}".strip())


async def _settle(
    conversation: Conversation, draft: Draft, step: Step, value: Any, moment: Moment
) -> Turn:
    if isinstance(step, Review):
        return await _finish(conversation, draft, moment)
    if is_doubtful(step, value, moment):
        return await ask(conversation, draft.doubt(step.name, value), moment.desk)
    settled = with_settled(conversation, draft.reopen(step.name), step, value, moment)
    echo = await said_back(conversation, settled, step, moment.desk)
    return await ask(conversation, settled, moment.desk, *echo)


async def _finish(conversation: Conversation, draft: Draft, moment: Moment) -> Turn:
    try:
        made = await conversation.finish(moment)
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)
    if isinstance(made, Onward):
        return Turn(Screen(), draft, ended=True, onward=made)
    return Turn(made, draft, ended=True)


async def _back(conversation: Conversation, draft: Draft, step: Step, moment: Moment) -> Turn:
    if step.name + DOUBTED in draft.answers:
        return await ask(conversation, draft.without(step.name + DOUBTED), moment.desk)
    unchanged = await _back_from_an_edit(conversation, draft, step, moment)
    if unchanged is not None:
        return await ask(conversation, unchanged, moment.desk)
    earlier = step_before(conversation, draft, step)
    if earlier is None:
        note = Line(_("This is the first question. To leave, please press Cancel."))
        return await ask(conversation, draft, moment.desk, note)
    return await ask(conversation, draft.reopen(earlier.name), moment.desk)


async def _back_from_an_edit(
    conversation: Conversation, draft: Draft, step: Step, moment: Moment
) -> Draft | None:
    """The draft with the old answer, where that leads straight back to the review; None elsewhere."""
    if draft.answers.get(EDITED) != step.name or step.name not in moment.before:
        return None
    kept = with_settled(conversation, draft, step, moment.before[step.name], moment)
    kept, after = await look(conversation, kept, moment.desk)
    return kept if isinstance(open_step(conversation, kept, after), Review) else None


def _reason(
    conversation: Conversation, draft: Draft, step: Step, event: Event, moment: Moment
) -> Draft | None:
    """The draft after a reason for the doubtful answer; None when the event answers the question anew."""
    doubted = draft.answers[step.name + DOUBTED]
    if isinstance(event, Pressed) and event.action == AGAIN:
        return draft.without(step.name + DOUBTED)
    if not isinstance(event, Said):
        raise Misunderstood(_("Please type the reason in words."))
    if words.means(event.text, words.AGAIN):
        return draft.without(step.name + DOUBTED)
    if step.reads(event.text, moment):
        return None
    if not any(letter.isalpha() for letter in event.text):
        raise Misunderstood(_("Please type the reason in words."))
    settled = with_settled(conversation, draft.without(step.name + DOUBTED), step, doubted, moment)
    return settled.with_answer(step.name + REASON, event.text)


def _photo_for_another_question(
    conversation: Conversation, step: Step, event: Event, moment: Moment
) -> Photos | None:
    """Photos that come before their question, or after it, belong to it all the same."""
    if not isinstance(event, SentPhoto) or isinstance(step, Photos):
        return None
    return _photos_of(conversation)


def _photos_of(conversation: Conversation) -> Photos | None:
    return next((one for one in conversation.steps if isinstance(one, Photos)), None)


async def _keep_stray_photo(
    conversation: Conversation, draft: Draft, photos: Photos, event: Event, moment: Moment
) -> Turn:
    so_far = {photos.name: draft.answers.get(photos.name, [])}
    heard: Heard = await photos.understand(event, replace(moment, before=so_far))
    kept = heard.value if isinstance(heard, Collected) else so_far[photos.name]
    note = Line(_("The photo has arrived and is kept."))
    asked = await ask(conversation, draft.with_answer(photos.name, kept), moment.desk, note)
    return replace(asked, quiet=bool(so_far[photos.name]))
