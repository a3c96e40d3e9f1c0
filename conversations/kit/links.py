"""Buttons that lead somewhere else, and links that lead to us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conversations.kit import words
from conversations.kit.context import Context
from conversations.kit.screens import Button, Screen
from locales import p_

OPEN = "open"
RESUME = "resume"
DROP = "drop"
FRESH = "fresh"
BESIDE = "beside"
HOME = "home"
GROUP = "group"
HALF_DONE = "unfinished"
CORRECTS = "corrects:"
"""Before the id of a report that was returned, in what the conversation is opened with that makes such reports."""
STAYS = "+"
"""Before the action of a button whose card stays as it is: the answer comes below it."""

MY_REPORTS = "my_reports"
"""The view in which each report that was returned has its button."""


def opens(name: str, payload: str = "") -> str:
    """The action of a button that opens a conversation."""
    return f"{OPEN}:{name}:{payload}"


def to_any_of(actions: Sequence[str]) -> str:
    """Where it is asked which of these, newest first, is meant; the newest where they have nothing in common."""
    newest, *others = dict.fromkeys(one.removeprefix(STAYS) for one in actions)
    if not others:
        return STAYS + newest
    opened = [one.split(":", 2) for one in (newest, *others)]
    if any(len(one) < 3 or one[0] != OPEN for one in opened):
        return STAYS + newest
    if all(payload.startswith(CORRECTS) for _open, _name, payload in opened):
        return STAYS + opens(MY_REPORTS)
    names = {name for _open, name, _payload in opened}
    return STAYS + (opens(names.pop()) if len(names) == 1 else newest)


def way_home() -> Button:
    """The card it stands on stays as it is."""
    return Button(p_("button", "Home"), STAYS + HOME, typed=words.HOME)


def with_way_home(shown: Screen) -> Screen:
    """The last card of a conversation stays as it is; its button leads on below it."""
    return replace(shown, rows=(*shown.rows, (way_home(),)))


def link_in(context: Context, payload: str) -> str:
    """What a person presses, or sends where the account's name is not known yet. A deep link."""
    return (
        f"https://t.me/{context.username}?start={payload}"
        if context.username
        else f"/start {payload}"
    )
