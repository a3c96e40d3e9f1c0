"""How many of something wait, as it is told to people: above a number nobody counts on."""

from __future__ import annotations

from locales import Text, _
from storage.help.reports import MOST_COUNTED

MOST_TOLD = MOST_COUNTED - 1


def so_many(count: int, besides: int = 0) -> int | Text:
    """So many, or more than can be counted at a glance; `besides` are those that are shown."""
    if count <= MOST_TOLD:
        return count - besides
    return _("more than {count}").format(count=MOST_TOLD - besides)
