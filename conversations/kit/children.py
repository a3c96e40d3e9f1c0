"""Whoever sends photos declares whether a child can be recognised in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conversations.kit.choice import Choice, Option
from conversations.kit.steps import FormState, always
from locales import _, p_

NOBODY, SOMEBODY = "nobody", "somebody"
NO_CHILD = (
    Option(
        NOBODY,
        p_("photos", "No child can be recognised"),
        p_("words", "no, no child, nobody"),
    ),
    Option(SOMEBODY, p_("photos", "A child can be recognised"), p_("words", "yes, a child")),
)


CHILDREN = "children"
"""The name of the question."""


@dataclass(frozen=True)
class Children(Choice):
    """What is said of photos is said of these: of other ones it is asked again."""

    def stands_on(self, state: FormState) -> Any:
        return photos_sent_with(state)


def photos_sent_with(state: FormState, step: str = "photos") -> list[str]:
    """What came with this report, whatever was answered since."""
    return list(state.answers.get(step) or state.before.get(step) or [])


def no_child_declared(state: FormState) -> bool | None:
    """None where nothing was said of it."""
    said = state.answers.get(CHILDREN)
    return None if said is None else said == NOBODY


def answer_of(no_child: bool) -> str:
    """The answer by which that was declared."""
    return NOBODY if no_child else SOMEBODY


def there_are_photos(state: FormState) -> bool:
    return bool(state.answers.get("photos"))


def children_step(*, when: Callable[[FormState], bool] = always) -> Children:
    """Whoever sends photos declares whether a child can be recognised in them."""
    return Children(
        CHILDREN,
        _("Children in the photos"),
        _("Can any child be recognised in the photos?"),
        options=NO_CHILD,
        when=when,
    )
