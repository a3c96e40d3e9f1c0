"""What somebody is shown in answer to what they did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conversations.kit.screens import Screen
from locales import Text
from storage.messages.outbox import Placement, Policy


class CardName(StrEnum):
    """Cards that belong to no draft."""

    HOME = "home"
    HELP = "help"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person is shown, where, and how surely."""

    screen: Screen | None = None
    """Empty when nothing is shown, as to somebody who left."""
    toast: Text | None = None
    card: str = CardName.HOME
    placement: Placement = Placement.BELOW
    policy: Policy = Policy.PROMPT
    silent: bool = False
    """Shown without a sound."""
