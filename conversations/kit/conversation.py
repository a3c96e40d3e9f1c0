"""A conversation is a list of questions and what becomes true when all are answered; one turn leads it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from conversations.kit import words
from conversations.kit.desk import Desk
from conversations.kit.draft import BY_HAND, DOUBTED, EDITED, GROUND, OPENED_WITH, REASON, Draft
from conversations.kit.events import Back, Cancel, Edit, Event, Pressed, Said, SentPhoto
from conversations.kit.photos import Photos
from conversations.kit.review import EDIT, SEND, Review
from conversations.kit.screens import Button, Line, Page, Screen, Style
from conversations.kit.steps import Answered, Collected, Heard, Moment, Step, Turned
from locales import Text, _, p_
from storage.people import Role
from storage.refusals import Misunderstood, Refused

BACK = "<"
CANCEL = "x"
AGAIN = "a"
"""The action of the button that takes a doubtful answer back."""


async def no_facts(_desk: Desk, _answers: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


async def nothing_known(_desk: Desk, _payload: str) -> Mapping[str, Any]:
    return {}


async def nothing_waiting(_desk: Desk) -> int:
    return 0


def nothing_inferred(_moment: Moment) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Joined:
    """A photo has joined something that was finished before."""

    note: Text
    """Says so, to whoever sent it."""
    payload: str = ""
    """What the conversation is opened with, to ask what is still to be said of such photos; empty for nothing."""


async def joins_nothing(_desk: Desk, _photo: SentPhoto, _report: str) -> Joined | None:
    return None


def stands_alone(_moment: Moment) -> Mapping[str, Any]:
    return {}


async def nobody_knows(_desk: Desk, _draft: Draft, _name: str) -> Text | None:
    return None


def only_its_title(_moment: Moment) -> Text | None:
    return None


@dataclass(frozen=True, slots=True)
class Overheard:
    """Words out of the blue that begin a conversation, and the answers that are clear before any question."""

    words: str
    known: Mapping[str, Any]


class Overhears(Protocol):
    """What words out of the blue are for a conversation: nothing, or one draft for each thing they tell of."""

    async def __call__(
        self, desk: Desk, words: str, *, with_photo: bool, live: Mapping[str, Any] | None
    ) -> Sequence[Overheard]:
        """`live` are the answers of what is being written: of this conversation, or `{}` of another one."""


@dataclass(frozen=True)
class Conversation:
    """Something that can be talked about: for whom, which questions, and what becomes true at the end."""

    name: str
    title: Text
    steps: tuple[Step, ...]
    finish: Callable[[Moment], Awaitable[Screen]]
    """Make it true through storage and return the last screen; raises Refused or Misunderstood."""
    roles: tuple[Role, ...] | None = None
    """Who may hold it; None is everybody."""
    newcomers: bool = False
    """Also whoever has no role yet."""
    menu: Text | None = None
    """Its button in the menu; None for one that only opens from a card or a link."""
    command: str = ""
    """Its name after a slash, in plain letters, for those who type."""
    link: str = ""
    """How the payload of a link begins that opens it; empty when no link of its own does."""
    takes_photos: bool = False
    """A photo out of the blue begins this conversation, unless its opening refuses."""
    rest_of_album: Callable[[Desk, SentPhoto, str], Awaitable[Joined | None]] = joins_nothing
    """Takes a photo whose album came in part with a report (by id) that was sent meanwhile."""
    facts: Callable[[Desk, Mapping[str, Any]], Awaitable[Mapping[str, Any]]] = no_facts
    """What the records say about the answers so far; asked once after each change."""
    opening: Callable[[Desk, str], Awaitable[Mapping[str, Any]]] = nothing_known
    """Answers known from the payload of the link or card it was opened by; raises Refused."""
    overhears: Overhears | None = None
    """What begins it without anybody asking for it; None when nothing does."""
    inferred: Callable[[Moment], Mapping[str, Any]] = nothing_inferred
    """Answers that follow from the words it was opened with; each is taken over once, and said back."""
    ground: Callable[[Moment], Mapping[str, Any]] = stands_alone
    """By step, what an answer stands on, as plain values: when that changes, it is asked again."""
    why_over: Callable[[Desk, Draft, str], Awaitable[Text | None]] = nobody_knows
    """Why nothing is left to be said here, after the settled answer to a step stopped holding; None goes on."""
    headline: Callable[[Moment], Text | None] = only_its_title
    """What the draft is about, above every question."""
    waiting: Callable[[Desk], Awaitable[int]] = nothing_waiting
    """How many things wait for this person here, for the menu."""

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def brought_up_to_date(self, draft: Draft) -> Draft:
        """A draft from before a question was renamed, with the answer under its new name."""
        for step in self.steps:
            for name in step.formerly:
                if name in draft.answers and step.name not in draft.answers:
                    draft = draft.renamed(name, step.name)
        return draft

    @property
    def asks_for_photos(self) -> bool:
        return any(isinstance(step, Photos) for step in self.steps)

    def open_to(self, desk: Desk) -> bool:
        if self.newcomers and not desk.roles:
            return True
        return self.roles is None or not desk.roles.isdisjoint(self.roles)


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a conversation stands after an event."""

    screen: Screen
    draft: Draft
    asks: str = ""
    """Which question is open; empty when it has ended."""
    ended: bool = False
    cancelled: bool = False


async def begin(conversation: Conversation, known: Mapping[str, Any], desk: Desk) -> Turn:
    """Open a conversation, with what the link or card that opened it already answers."""
    return await ask(conversation, Draft(dict(known), tuple(known)), desk)


async def open_with(
    conversation: Conversation, overheard: Overheard, photo: str | None, desk: Desk
) -> Turn:
    """Open a conversation with what somebody wrote, and perhaps sent, of their own accord."""
    answers = {**overheard.known, OPENED_WITH: overheard.words}
    photos = _photos_of(conversation)
    if photo is not None and photos is not None:
        answers[photos.name] = [photo]
    return await ask(conversation, Draft(answers, tuple(overheard.known)), desk)


async def ask(conversation: Conversation, draft: Draft, desk: Desk, *before: Line) -> Turn:
    """Show the first question that applies and is not settled, below the given lines."""
    draft, moment, inferred = await _infer(conversation, *await _look(conversation, draft, desk))
    step = _open_step(conversation, draft, moment)
    if not isinstance(step, Review):
        before += inferred
    if step is None:
        return await _finish(conversation, draft, moment)
    page = await _page(conversation, step, draft, moment)
    top = conversation.headline(moment) or conversation.title
    lines = (Line(top, Style.SMALL), *before, *page.lines)
    asks = step.name + (DOUBTED if step.name + DOUBTED in draft.answers else "")
    return Turn(Screen(lines, (*page.rows, _ways_out(conversation, draft, step))), draft, asks)


async def turn(conversation: Conversation, draft: Draft, event: Event, desk: Desk) -> Turn:
    """Lead a conversation on by one event; never raises for anything a person can do."""
    before = draft
    draft, moment = await _look(conversation, draft, desk)
    step = _open_step(conversation, draft, moment)
    if step is None:
        return await _finish(conversation, draft, moment)
    gone = next((one for one in before.settled if one not in draft.settled), None)
    over = await conversation.why_over(desk, before, gone) if gone is not None else None
    if over is not None:
        return Turn(Page().add(over).screen(), draft, ended=True)
    if gone is not None and not isinstance(event, Cancel):
        # The event was meant for another question than the one that is open now.
        return await ask(conversation, draft, desk, *_no_longer_holds(conversation, gone))
    event = _way_out(conversation, step, moment, event)
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
        return await ask(conversation, draft, desk, Line(_warning(misunderstood.why)))
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)


def _no_longer_holds(conversation: Conversation, gone: str) -> tuple[Line, ...]:
    step = conversation.step(gone)
    if step is None:
        return ()
    why = _("The answer to “{label}” no longer holds, since something has changed meanwhile.")
    return (Line(_warning(why.format(label=step.label))),)


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
                conversation, reasoned, desk, *await _echo(conversation, reasoned, step, desk)
            )
    heard = await step.hear(event, moment)
    match heard:
        case Turned(page=page):
            return await ask(conversation, replace(draft, page=page), desk)
        case Collected(value=value):
            collected = draft.with_answer(step.name, value).with_answer(step.name + BY_HAND, True)
            return await ask(conversation, collected, desk)
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
    if _doubtful(step, value, moment):
        return await ask(conversation, draft.doubt(step.name, value), moment.desk)
    settled = _settled(conversation, draft.reopen(step.name), step, value, moment)
    echo = await _echo(conversation, settled, step, moment.desk)
    return await ask(conversation, settled, moment.desk, *echo)


async def _finish(conversation: Conversation, draft: Draft, moment: Moment) -> Turn:
    try:
        return Turn(await conversation.finish(moment), draft, ended=True)
    except Refused as refused:
        return Turn(Page().add(refused.why).screen(), draft, ended=True)


async def _look(conversation: Conversation, draft: Draft, desk: Desk) -> tuple[Draft, Moment]:
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
            if step.name in moment.flags or not _doubtful(step, value, moment):
                continue
            draft = draft.doubt(step.name, value)
        else:
            settled = tuple(name for name in draft.settled if name != step.name)
            draft = replace(draft, settled=settled)
        moment = await _moment(conversation, draft, desk)
        if applies:
            break
    return draft, moment


async def _still_holds(
    conversation: Conversation, draft: Draft, step: Step, moment: Moment
) -> bool:
    ground = step.name + GROUND
    known = conversation.ground(moment).get(step.name)
    if ground in draft.answers and draft.answers[ground] != known:
        return False
    return await step.holds(draft.answers[step.name], moment)


def _doubtful(step: Step, value: Any, moment: Moment) -> bool:
    return step.doubt is not None and step.doubt(value, moment) is not None


def _settled(
    conversation: Conversation, draft: Draft, step: Step, value: Any, moment: Moment
) -> Draft:
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


def _open_step(conversation: Conversation, draft: Draft, moment: Moment) -> Step | None:
    return next(
        (
            step
            for step in conversation.steps
            if step.name not in draft.settled and step.when(moment)
        ),
        None,
    )


def _way_out(conversation: Conversation, step: Step, moment: Moment, event: Event) -> Event:
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
        if words.means(event.text, words.CANCEL):
            return Cancel()
        for one in conversation.steps:
            if words.asks_to_edit(event.text, one.label):
                return Edit(one.name)
        if isinstance(step, Review):
            return _numbered_edit(conversation, moment, event)
    return event


def _numbered_edit(conversation: Conversation, moment: Moment, event: Said) -> Event:
    """The review numbers its answers from 2, since 1 sends."""
    plain = words.plainly(event.text)
    reviewed = [one.name for one in conversation.steps if one.name in moment.answers]
    if plain.isdecimal() and 2 <= int(plain) <= len(reviewed) + 1:
        return Edit(reviewed[int(plain) - 2])
    return event


async def _back(conversation: Conversation, draft: Draft, step: Step, moment: Moment) -> Turn:
    if step.name + DOUBTED in draft.answers:
        return await ask(conversation, draft.without(step.name + DOUBTED), moment.desk)
    unchanged = await _back_from_an_edit(conversation, draft, step, moment)
    if unchanged is not None:
        return await ask(conversation, unchanged, moment.desk)
    earlier = _earlier(conversation, draft, step)
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
    kept = _settled(conversation, draft, step, moment.before[step.name], moment)
    kept, after = await _look(conversation, kept, moment.desk)
    return kept if isinstance(_open_step(conversation, kept, after), Review) else None


def _earlier(conversation: Conversation, draft: Draft, step: Step) -> Step | None:
    place = conversation.steps.index(step)
    settled = [one for one in conversation.steps[:place] if one.name in draft.settled]
    return settled[-1] if settled else None


def _ways_out(conversation: Conversation, draft: Draft, step: Step) -> tuple[Button, ...]:
    cancel = Button(p_("button", "Cancel"), CANCEL, typed=words.CANCEL)
    doubting = step.name + DOUBTED in draft.answers
    if not doubting and _earlier(conversation, draft, step) is None:
        return (cancel,)
    return (Button(p_("button", "‹ Back"), BACK, typed=words.BACK), cancel)


async def _page(conversation: Conversation, step: Step, draft: Draft, moment: Moment) -> Page:
    if step.name + DOUBTED in draft.answers:
        value = draft.answers[step.name + DOUBTED]
        why = step.doubt(value, moment) if step.doubt else None
        return (
            Page()
            .add(_warning(why or _("This answer is unusual.")))
            .add(_("Please type the reason. If the answer was mistyped, please answer again."))
            .offer(Button(p_("button", "Answer again"), AGAIN, typed=words.AGAIN))
        )
    if isinstance(step, Review):
        return await _review(conversation, step, moment)
    return await step.screen(moment)


async def _review(conversation: Conversation, review: Review, moment: Moment) -> Page:
    page = Page().add(review.question, Style.TITLE)
    edits = []
    number = 1
    for step in conversation.steps:
        if step.name not in moment.answers:
            continue
        number += 1
        shown = await step.show(moment.answers[step.name], moment)
        page.add(
            _("{number}. {label}: {answer}").format(
                number=str(number), label=step.label, answer=shown
            )
        )
        if step.name in moment.flags:
            page.add(_warning(_("Reason: {reason}").format(reason=moment.flags[step.name])))
        edits.append(Button.with_number(number, step.label, EDIT + step.name))
    page.add(_("To change an answer, press it or type its number."), Style.SMALL)
    page.offer(Button.with_number(1, review.send, SEND))
    for place in range(0, len(edits), 2):
        page.offer(*edits[place : place + 2])
    return page


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
    settled = _settled(conversation, draft.without(step.name + DOUBTED), step, doubted, moment)
    return settled.with_answer(step.name + REASON, event.text)


async def _echo(
    conversation: Conversation, draft: Draft, step: Step, desk: Desk
) -> tuple[Line, ...]:
    """What was understood, said back, unless the next thing shown is everything anyway."""
    draft, moment = await _look(conversation, draft, desk)
    following = _open_step(conversation, draft, moment)
    if step.name not in draft.settled or following is None or isinstance(following, Review):
        return ()
    return (await _noted(step, draft.answers[step.name], moment),)


async def _noted(step: Step, value: Any, moment: Moment) -> Line:
    shown = await step.show(value, moment)
    return Line(_("Noted: {label}: {answer}").format(label=step.label, answer=shown))


async def _infer(
    conversation: Conversation, draft: Draft, moment: Moment
) -> tuple[Draft, Moment, tuple[Line, ...]]:
    """Settle the open questions that the opening words answer, each once and never against the person."""
    noted: dict[str, Line] = {}
    while moment.opened_with:
        step = _open_step(conversation, draft, moment)
        inferred = conversation.inferred(moment)
        if step is None or step.name not in inferred or step.name in noted:
            break
        if step.name + BY_HAND in draft.answers:
            break
        value = inferred[step.name]
        if not await step.holds(value, moment):
            break
        if _doubtful(step, value, moment):
            draft = draft.with_answer(step.name, value).doubt(step.name, value)
            break
        draft = _settled(conversation, draft, step, value, moment)
        draft, moment = await _look(conversation, draft, moment.desk)
        noted[step.name] = await _noted(step, value, moment)
    return draft, moment, tuple(noted.values())


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
    note = Line(_("The photo has arrived and is kept with this report."))
    return await ask(conversation, draft.with_answer(photos.name, kept), moment.desk, note)


def _warning(why: Text) -> Text:
    return _("⚠️ {why}").format(why=why)
