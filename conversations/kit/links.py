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

OR = ","
"""Between drafts of which one is meant, where somebody typed what stands on several cards."""


def opens(name: str, payload: str = "") -> str:
    """The action of a button that opens a conversation."""
    return f"{OPEN}:{name}:{payload}"


def to_any_of(actions: Sequence[str]) -> str:
    """Where it is asked which of these, newest first, is meant; the newest where they have nothing in common."""
    newest, *others = dict.fromkeys(actions)
    if not others:
        return newest
    parts = [one.removeprefix(STAYS).partition(":") for one in (newest, *others)]
    kinds, rests = {kind for kind, _colon, _rest in parts}, [rest for _kind, _colon, rest in parts]
    if kinds == {RESUME}:
        return f"{STAYS}{RESUME}:{OR.join(rests)}"
    names = {rest.partition(":")[0] for rest in rests}
    return STAYS + opens(names.pop()) if kinds == {OPEN} and len(names) == 1 else newest


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
