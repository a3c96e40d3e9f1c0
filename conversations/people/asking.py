"""Questions that several conversations ask in the same words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conversations.kit import Choice, FormState, Option, Words
from conversations.kit.steps import always
from locales import _, p_
from locales.addresses import ADDRESSES


async def forms_of_address(_state: FormState) -> Sequence[Option]:
    return [Option(one.key, one.label, one.words) for one in ADDRESSES]


def known_name(state: FormState) -> Sequence[str]:
    return [state.context.person.name] if state.context.person.name else []


def address_step(*, when: Callable[[FormState], bool] = always) -> Choice:
    return Choice(
        "address",
        p_("review", "Form of address"),
        _("How may the system address the reader of this message?"),
        options=forms_of_address,
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
