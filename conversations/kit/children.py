"""Whoever sends photos declares whether a child can be recognised in them."""

from __future__ import annotations

from collections.abc import Callable

from conversations.kit.choice import Choice, Option
from conversations.kit.steps import FormState, always
from locales import _, p_

NO_CHILD = (
    Option(
        "nobody",
        p_("photos", "No child can be recognised"),
        p_("words", "no, no child, nobody"),
    ),
    Option("somebody", p_("photos", "A child can be recognised"), p_("words", "yes, a child")),
)


def there_are_photos(state: FormState) -> bool:
    return bool(state.answers.get("photos"))


def children_step(*, when: Callable[[FormState], bool] = always) -> Choice:
    """Whoever sends photos declares whether a child can be recognised in them."""
    return Choice(
        "children",
        _("Children in the photos"),
        _("Can any child be recognised in the photos?"),
        options=NO_CHILD,
        when=when,
    )
