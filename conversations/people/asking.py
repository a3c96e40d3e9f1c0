"""Questions that several conversations ask in the same words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conversations.kit import Choice, FormState, Option, Words
from conversations.kit.steps import always
from locales import _, p_
from locales.addresses import ADDRESSES


def forms_of_address(likely: Sequence[str]) -> list[Option]:
    """All of them, the likely ones first, since a card shows no more than a few."""
    order = {key: place for place, key in enumerate(likely)}
    found = sorted(ADDRESSES, key=lambda one: order.get(one.key, len(order)))
    return [Option(one.key, one.label, one.words) for one in found]


def known_name(state: FormState) -> Sequence[str]:
    return [state.context.person.name] if state.context.person.name else []


def address_step(
    *, likely: Sequence[str] = (), when: Callable[[FormState], bool] = always
) -> Choice:
    return Choice(
        "address",
        p_("review", "Form of address"),
        _("How may the system address the reader of this message?"),
        options=forms_of_address(likely),
        when=when,
    )


def name_step(*, when: Callable[[FormState], bool] = always) -> Words:
    return Words(
        "name",
        _("Name"),
        _("Which name should others see?"),
        likely=known_name,
        longest=80,
        when=when,
    )


def take_name_and_address(state: FormState) -> None:
    """The person is called as they said, from the next word on; as before where they were not asked."""
    person = state.context.person
    person.address = state.answers.get("address", person.address)
    person.name = state.answers.get("name", person.name)
