"""The card everybody comes home to: what waits for them, what they left half done, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.conversation import Conversation
from conversations.kit.links import (
    BESIDE,
    DROP,
    FRESH,
    RESUME,
    STAYS,
    opens,
    way_home,
    with_way_home,
)
from conversations.kit.looking import about
from conversations.kit.screens import Button, Line, Page, Screen, Style
from locales import Text, _, p_
from storage.messages import drafts


async def screen(context: Context, conversations: Sequence[Conversation]) -> Screen:
    page = Page().add(_greeting(context), Style.TITLE)
    waiting = {
        one.name: await one.waiting(context)
        for one in conversations
        if one.menu is not None and one.open_to(context)
    }
    for one in conversations:
        if waiting.get(one.name):
            page.add(_("• {what}: {count} waiting").format(what=one.title, count=waiting[one.name]))
    for one in conversations:
        if one.open_to(context):
            for told in await one.news(context):
                page.add(told)
    parked = await left_half_done(context, conversations, limit=3)
    for begun in parked:
        page.add(_("• Not finished: {what}, since {day}").format(what=begun.what, day=begun.since))
    page.add(_("What would {you} like to do?"))
    _menu(page, context, conversations, waiting, parked)
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
    context: Context, conversations: Sequence[Conversation], limit: int
) -> list[HalfDone]:
    """What this person may go on with: a role that ended takes its drafts along."""
    by_name = {one.name: one for one in conversations if one.open_to(context)}
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


def _menu(
    page: Page,
    context: Context,
    conversations: Sequence[Conversation],
    waiting: dict[str, int],
    parked: Sequence[HalfDone],
) -> None:
    number = 0
    for begun in parked:
        number += 2
        away = p_("button", "Put away: {what}").format(what=begun.in_short)
        page.offer(
            Button.with_number(number - 1, _go_on(begun.in_short), f"{RESUME}:{begun.draft_id}")
        )
        page.offer(Button.with_number(number, away, f"{DROP}:{begun.draft_id}"))
    for one in conversations:
        if one.menu is None or not one.open_to(context):
            continue
        number += 1
        count = waiting[one.name]
        label = _("{what} ({count})").format(what=one.menu, count=count) if count else one.menu
        page.offer(Button.with_number(number, label, opens(one.name)))


def begun_before(named: Conversation, draft: drafts.Draft, what: Text) -> Screen:
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
    rows = tuple(
        (Button(_go_on(one.in_short), f"{STAYS}{RESUME}:{one.draft_id}", typed=words.GO_ON),)
        for one in parked
    )
    return with_way_home(replace(shown, rows=(*shown.rows, *rows)))


def _go_on(what: Text) -> Text:
    return _("Go on: {what}").format(what=what)


def with_undo(shown: Screen, draft_id: str) -> Screen:
    label = p_("button", "Undo the cancelling")
    undo = Button(label, f"{RESUME}:{draft_id}", typed=words.UNDO)
    return replace(shown, rows=(*shown.rows, (undo,)))


def help_page(context: Context, conversations: Sequence[Conversation]) -> Page:
    page = Page().add(_("How to use the system"), Style.TITLE)
    page.add(_("Every question can be answered by a button, by typing its number, or in words."))
    page.add(_("“Back” returns to the question before, “Cancel” leaves; both can be typed."))
    page.add(
        _("Nothing is lost when the phone or the network fails: it goes on where it was left.")
    )
    for one in conversations:
        if one.command and one.open_to(context):
            page.lines.append(
                Line(_("/{command}: {what}").format(command=one.command, what=one.title))
            )
    page.add(_("/start: home. /huy: cancel. /trogiup: this help."))
    page.offer(way_home())
    return page


def for_a_group(username: str) -> Screen:
    """All that is ever said in a group: one sentence and a private link."""
    page = Page().add(_("The system speaks with each person in private only."))
    if username:
        page.offer(Button(p_("button", "Open the private chat"), "", f"https://t.me/{username}"))
    return page.screen()
