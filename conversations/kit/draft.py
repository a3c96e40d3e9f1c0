"""What somebody has said so far in a conversation, and what of it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

DOUBTED = "?"
"""Behind a step's name: the answer that waits for a reason."""
REASON = "!"
"""Behind a step's name: the reason given for a doubtful answer."""
BY_HAND = "*"
"""Behind a step's name: the person dealt with the question themselves, so nothing is inferred for it."""
GROUND = "@"
"""Behind a step's name: what the answer stood on when it was given."""
EDITED = "~"
"""The name of no step: the one that is open because its answer is to be changed."""
OPENED_WITH = '"'
"""The name of no step: the words out of the blue with which the conversation began."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What has been said so far: there is no current step, only what is not settled yet."""

    answers: Mapping[str, Any] = field(default_factory=dict)
    settled: tuple[str, ...] = ()
    page: int = 0

    def with_answer(self, name: str, value: Any) -> Draft:
        return replace(self, answers={**self.answers, name: value})

    def without(self, *names: str) -> Draft:
        kept = {name: value for name, value in self.answers.items() if name not in names}
        return replace(self, answers=kept)

    def renamed(self, before: str, after: str) -> Draft:
        """The answer under its present name, with all that belongs to it."""
        answers = {
            after + name.removeprefix(before) if name in _names_of(before) else name: value
            for name, value in self.answers.items()
        }
        settled = tuple(after if name == before else name for name in self.settled)
        return replace(self, answers=answers, settled=settled)

    def settle(self, name: str, value: Any) -> Draft:
        settled = (*(one for one in self.settled if one != name), name)
        return replace(self.without(EDITED).with_answer(name, value), settled=settled, page=0)

    def stand_on(self, name: str, ground: Any) -> Draft:
        """Keep what the answer stands on, so that it is asked again when that changes."""
        return self.with_answer(name + GROUND, ground)

    def reopen(self, name: str) -> Draft:
        """The question is asked, whatever may follow from what was said elsewhere."""
        settled = tuple(one for one in self.settled if one != name)
        asked = self.without(name + DOUBTED, name + REASON).with_answer(name + BY_HAND, True)
        return replace(asked, settled=settled, page=0)

    def doubt(self, name: str, value: Any) -> Draft:
        """The answer stays open until a reason for it is given."""
        return self.reopen(name).with_answer(name + DOUBTED, value)


def _names_of(step: str) -> set[str]:
    return {step, *(step + mark for mark in (DOUBTED, REASON, BY_HAND, GROUND))}
