"""The card everybody comes home to: what waits for them, what they left half done, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation, Group, Subject
from conversations.kit.counts import so_many
from conversations.kit.links import (
    BESIDE,
    DROP,
    FRESH,
    GROUP,
    HALF_DONE,
    RESUME,
    STAYS,
    opens,
    way_home,
    with_way_home,
)
from conversations.kit.looking import about
from conversations.kit.pages import MOST_BUTTONS, page_number, pages_of
from conversations.kit.screens import Button, Line, Page, Screen, Style
from locales import Text, _, p_
from storage.messages import drafts

BESIDE_THE_MENU = 2
"""Buttons for what is half done, whatever it is, so that it never shifts a number of the menu."""
LISTED = 3
"""Of what is half done, on a card."""


async def screen(context: Context, subjects: Sequence[Subject]) -> Screen:
    page = Page().add(_greeting(context), Style.TITLE)
    offered = [one for one in subjects if one.menu.label is not None and one.open_to(context)]
    waiting = {one.name: await one.menu.waiting(context) for one in offered}
    for one in offered:
        if waiting[one.name]:
            page.add(
                _("• {what}: {count} waiting").format(
                    what=one.title, count=so_many(waiting[one.name])
                )
            )
    for one in subjects:
        if one.open_to(context):
            for told in await one.menu.news(context):
                page.add(told)
    begun = await left_half_done(context, subjects, limit=LISTED)
    for one_begun in begun:
        page.add(
            _("• Not finished: {what}, since {day}").format(
                what=one_begun.what, day=one_begun.since
            )
        )
    page.add(_("What would {you} like to do?"))
    _offer_the_menu(page, offered, waiting)
    _offer_half_done(page, begun)
    return page.screen()


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
    by_name = {
        one.name: one for one in subjects if isinstance(one, Conversation) and one.open_to(context)
    }
    found = []
    for draft in await drafts.parked_of(context.session, context.person.id, set(by_name), limit):
        named = by_name[draft.conversation]
        what, in_short = await about(named, named.said_so_far(draft), context)
        found.append(HalfDone(draft.id, draft.opened_at, what, in_short))
    return found


def _greeting(context: Context) -> Text:
    # “Quý vị” is said to people whose name one does not use.
    if context.person.name and context.person.address not in {"", "quy_vi"}:
        return _("Hello {you} {name}.").format(name=context.person.name)
    return _("Hello {you}.")


def _offer_the_menu(page: Page, offered: Sequence[Subject], waiting: dict[str, int]) -> None:
    """Each entry keeps its number; where they are too many, those of a group stand behind one button."""
    entries: list[Button] = []
    grouped = len(offered) > MOST_BUTTONS - BESIDE_THE_MENU
    groups = [one.menu.group for one in offered]
    shown: set[str] = set()
    for one in offered:
        group = one.menu.group
        number = len(entries) + 1
        if not grouped or groups.count(group) == 1:
            entries.append(_entry(number, one, waiting[one.name]))
        elif group.name not in shown:
            shown.add(group.name)
            together = sum(waiting[each.name] for each in offered if each.menu.group == group)
            label = _with_count(group.label, together)
            entries.append(Button.with_number(number, label, f"{GROUP}:{group.name}"))
    for button in entries:
        page.offer(button)


def _entry(number: int, one: Subject, waiting: int) -> Button:
    return Button.with_number(
        number, _with_count(one.menu.label or one.title, waiting), opens(one.name)
    )


def _with_count(label: Text, count: int) -> Text:
    return _("{what} ({count})").format(what=label, count=so_many(count)) if count else label


async def group_screen(context: Context, subjects: Sequence[Subject], named: str) -> Screen | None:
    """What stands behind one heading of the menu; None where there is nothing for this person.

    `named` is the group, and behind a colon its page.
    """
    name, _colon, page_named = named.partition(":")
    offered = [
        one
        for one in subjects
        if one.menu.label is not None and one.menu.group.name == name and one.open_to(context)
    ]
    if not offered:
        return None
    group: Group = offered[0].menu.group
    page = Page().add(group.label, Style.TITLE)
    pages = pages_of(len(offered), beside=1)
    first = pages.first(page_number(page_named) or 0)
    for number, one in list(enumerate(offered, start=1))[first : first + pages.size]:
        page.offer(_entry(number, one, await one.menu.waiting(context)))
    pages.turning(page, first // pages.size, before=f"{GROUP}:{name}:")
    return with_way_home(page.screen())


def _offer_half_done(page: Page, begun: Sequence[HalfDone]) -> None:
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


async def half_done_screen(context: Context, subjects: Sequence[Subject]) -> Screen:
    """All that is half done, newest first, each to be taken up or put away."""
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
    """In place of the ways to what is half done, so that the card has no more buttons than it may."""
    label = p_("button", "Undo the cancelling")
    undo = Button(label, f"{RESUME}:{draft_id}", typed=words.UNDO)
    rows = shown.rows[: MOST_BUTTONS - 1]
    return replace(shown, rows=(*rows, (undo,)))


def help_page(context: Context, subjects: Sequence[Subject]) -> Page:
    page = Page().add(_("How to use the system"), Style.TITLE)
    page.add(_("Every question can be answered by a button, by typing its number, or in words."))
    page.add(_("“Back” returns to the question before, “Cancel” leaves; both can be typed."))
    page.add(
        _("Nothing is lost when the phone or the network fails: it goes on where it was left.")
    )
    for one in subjects:
        if one.menu.command and one.open_to(context):
            page.lines.append(
                Line(_("/{command}: {what}").format(command=one.menu.command, what=one.title))
            )
    page.add(_("/start: home. /huy: cancel. /trogiup: this help."))
    return page


def for_a_group(username: str) -> Screen:
    """All that is ever said in a group: one sentence and a private link."""
    page = Page().add(_("The system speaks with each person in private only."))
    if username:
        page.offer(Button(p_("button", "Open the private chat"), "", f"https://t.me/{username}"))
    return page.screen()
