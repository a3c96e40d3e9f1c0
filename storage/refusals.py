"""The two ways in which people are told no."""

from __future__ import annotations

from locales import Text


class Misunderstood(Exception):
    """The person can put it right; says how. A validation error."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why


class Refused(Exception):
    """The world says no: done already, not theirs, not possible. A broken business rule."""

    def __init__(self, why: Text) -> None:
        super().__init__(why.msgid)
        self.why = why
