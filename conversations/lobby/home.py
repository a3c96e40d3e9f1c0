"""The card everybody comes home to: what waits for them, what they left half done, and what they can do."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit.context import Context
from conversations.kit.conversation import Group, Subject
from conversations.kit.counts import so_many
from conversations.kit.links import GROUP, opens, with_way_home
from conversations.kit.pages import MOST_BUTTONS, page_number, pages_of
from conversations.kit.screens import Button, Line, Page, Screen, Style
from conversations.lobby import half_done
from locales import Text, _, p_

BESIDE_THE_MENU = 2
"""Buttons for what is half done, whatever it is, so that it never shifts a number of the menu."""


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
    begun = await half_done.left_half_done(context, subjects, limit=half_done.LISTED)
    for one_begun in begun:
        page.add(
            _("• Not finished: {what}, since {day}").format(
                what=one_begun.what, day=one_begun.since
            )
        )
    page.add(_("What would {you} like to do?"))
    _offer_the_menu(page, offered, waiting)
    half_done.offer(page, begun)
    return page.screen()


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
