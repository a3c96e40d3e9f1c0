"""What somebody began and set aside: listed, and on cards of all kinds the way back to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Subject, by_every_name
from conversations.kit.links import (
    BESIDE,
    DROP,
    FRESH,
    HALF_DONE,
    RESUME,
    STAYS,
    way_home,
    with_way_home,
)
from conversations.kit.looking import summary
from conversations.kit.pages import MOST_BUTTONS
from conversations.kit.screens import Button, Line, Page, Screen, Style
from locales import Text, _, p_
from storage.messages import drafts

LISTED = 3
"""Of what is half done, on a card."""


@dataclass(frozen=True, slots=True)
class HalfDone:
    """Something that was begun and set aside."""

    draft_id: str
    since: datetime
    what: Text
    """What it is about."""
    in_short: Text
    """The same for a button."""


async def left_half_done(
    context: Context, subjects: Sequence[Subject], limit: int
) -> list[HalfDone]:
    """What this person may go on with: a role that ended takes its drafts along."""
    by_name = by_every_name([one for one in subjects if one.open_to(context)])
    found = []
    for draft in await drafts.parked_of(context.session, context.person.id, set(by_name), limit):
        named = by_name[draft.conversation]
        what, in_short = await summary(named, named.said_so_far(draft), context)
        found.append(HalfDone(draft.id, draft.opened_at, what, in_short))
    return found


def offer(page: Page, begun: Sequence[HalfDone]) -> None:
    """The newest thing that is half done, and a way to the others; none of them has a number."""
    if not begun:
        return
    newest = begun[0]
    page.offer(Button(_go_on(newest.in_short), f"{RESUME}:{newest.draft_id}", typed=words.GO_ON))
    if len(begun) == 1:
        label = p_("button", "Put away: {what}").format(what=newest.in_short)
        page.offer(Button(label, f"{DROP}:{newest.draft_id}", typed=words.PUT_AWAY))
    else:
        label = p_("button", "All that is not finished")
        page.offer(Button(label, HALF_DONE, typed=words.HALF_DONE))


async def screen(context: Context, subjects: Sequence[Subject]) -> Screen:
    """What is half done, newest first, each to be taken up or put away."""
    page = Page().add(_("Not finished"), Style.TITLE)
    begun = await left_half_done(context, subjects, limit=LISTED)
    if not begun:
        page.add(_("Nothing is being written at the moment."))
    for place, one in enumerate(begun):
        page.add(_("• Not finished: {what}, since {day}").format(what=one.what, day=one.since))
        away = p_("button", "Put away: {what}").format(what=one.in_short)
        number = 2 * place + 1
        page.offer(Button.with_number(number, _go_on(one.in_short), f"{RESUME}:{one.draft_id}"))
        page.offer(Button.with_number(number + 1, away, f"{DROP}:{one.draft_id}"))
    return with_way_home(page.screen())


def begun_before(named: Conversation, draft: drafts.StoredDraft, what: Text) -> Screen:
    """`what` the draft is about, or its title where that is not known yet."""
    page = Page().add(named.title, Style.TITLE)
    if what != named.title:
        page.add(what)
    page.add(_("One was begun on {day} and is not finished.").format(day=draft.opened_at))
    page.offer(Button.with_number(1, p_("button", "Go on with it"), f"{RESUME}:{draft.id}"))
    page.offer(
        Button.with_number(2, p_("button", "Begin another, keep this one"), f"{BESIDE}:{draft.id}")
    )
    page.offer(
        Button.with_number(3, p_("button", "Put it away, start anew"), f"{FRESH}:{draft.id}")
    )
    return page.screen()


def with_way_on(shown: Screen, parked: Sequence[HalfDone]) -> Screen:
    """Home, and before it the newest thing that is half done."""
    rows = tuple((way_to(one.draft_id, one.in_short),) for one in parked)
    return with_way_home(replace(shown, rows=(*shown.rows, *rows)))


def beside_what_is_open(shown: Screen, draft_id: str, what: Text, in_short: Text) -> Screen:
    """A card that only shows, with the way back to what is being written."""
    stays = Line(_("What is being written stays open: {what}").format(what=what), Style.SMALL)
    back = (way_to(draft_id, in_short),)
    return replace(shown, lines=(*shown.lines, stays), rows=(*shown.rows, back, (way_home(),)))


def way_to(draft_id: str, in_short: Text) -> Button:
    return Button(_go_on(in_short), f"{STAYS}{RESUME}:{draft_id}", typed=words.GO_ON)


def _go_on(what: Text) -> Text:
    return _("Go on: {what}").format(what=what)


def with_undo(shown: Screen, draft_id: str) -> Screen:
    """The way back to what was cancelled."""
    label = p_("button", "Undo the cancelling")
    return _with_last(shown, Button(label, f"{RESUME}:{draft_id}", typed=words.UNDO))


def with_way_to(shown: Screen, draft_id: str, in_short: Text) -> Screen:
    """The way to something that is half done, also where it is not the newest."""
    action = f"{RESUME}:{draft_id}"
    if any(button.action == action for row in shown.rows for button in row):
        return shown
    rows = tuple(row for row in shown.rows if row[0].typed != words.GO_ON)
    return _with_last(
        replace(shown, rows=rows), Button(_go_on(in_short), action, typed=words.GO_ON)
    )


def _with_last(shown: Screen, button: Button) -> Screen:
    """In place of what no card has room for any more."""
    return replace(shown, rows=(*shown.rows[: MOST_BUTTONS - 1], (button,)))
