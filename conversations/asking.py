"""Questions that several conversations ask in the same words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conversations.kit import Choice, Desk, Moment, Option, Words
from conversations.kit.steps import always
from locales import _, p_
from locales.addresses import ADDRESSES
from storage import sites, units
from storage.units import Unit

NO_CHILD = (
    Option(
        "nobody",
        p_("photos", "No child can be recognised"),
        p_("words", "no, no child, nobody"),
    ),
    Option("somebody", p_("photos", "A child can be recognised"), p_("words", "yes, a child")),
)


async def communes_with_sites(desk: Desk) -> list[Unit]:
    """Those that have a site today; of the others there is nothing to choose."""
    codes = await desk.once(sites.communes_with_any, desk.today)
    return [one for one in await desk.once(units.lowest_on, desk.today) if one.code in codes]


async def sites_there(moment: Moment) -> Sequence[Option]:
    """The sites of the commune that was answered before."""
    found = await sites.in_unit(
        moment.desk.session, moment.answers.get("commune", ""), moment.desk.today
    )
    return [Option(one.code, one.name) for one in found]


async def forms_of_address(_moment: Moment) -> Sequence[Option]:
    return [Option(one.key, one.label, one.words) for one in ADDRESSES]


def known_name(moment: Moment) -> Sequence[str]:
    return [moment.desk.person.name] if moment.desk.person.name else []


def address_step(*, when: Callable[[Moment], bool] = always) -> Choice:
    return Choice(
        "address",
        p_("review", "Form of address"),
        _("How may the system address the reader of this message?"),
        options=forms_of_address,
        when=when,
    )


def name_step(*, when: Callable[[Moment], bool] = always) -> Words:
    return Words(
        "name",
        _("Name"),
        _("Which name should others see?"),
        likely=known_name,
        longest=80,
        when=when,
    )


def take_name_and_address(moment: Moment) -> None:
    """The person is called as they said, from the next word on; as before where they were not asked."""
    person = moment.desk.person
    person.address = moment.answers.get("address", person.address)
    person.name = moment.answers.get("name", person.name)


def there_are_photos(moment: Moment) -> bool:
    return bool(moment.answers.get("photos"))


def children_step(*, when: Callable[[Moment], bool] = always) -> Choice:
    """Whoever sends photos declares whether a child can be recognised in them."""
    return Choice(
        "children",
        _("Children in the photos"),
        _("Can any child be recognised in the photos?"),
        options=NO_CHILD,
        when=when,
    )
