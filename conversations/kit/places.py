"""Which communes and sites there are for somebody, and which they report for."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit.choice import Option
from conversations.kit.context import Context
from conversations.kit.steps import FormState
from storage.people.people import Role
from storage.programme import sites, units
from storage.programme.units import Unit


async def communes_with_sites(context: Context) -> list[Unit]:
    """Those that have a site today; of the others there is nothing to choose."""
    codes = await context.once(sites.communes_with_any, context.today)
    return [one for one in await context.once(units.lowest_on, context.today) if one.code in codes]


async def sites_there(state: FormState) -> Sequence[Option]:
    """The sites of the commune that was answered before."""
    found = await sites.in_unit(
        state.context.session, state.answers.get("commune", ""), state.context.today
    )
    return [Option(one.code, one.name) for one in found]


def arrived_at(context: Context) -> tuple[str, ...]:
    """The sites for which this person may confirm."""
    sites_of = (one.site_code for one in context.memberships if one.role == Role.SITE)
    return tuple(code for code in sites_of if code)


async def sites_reported_for(context: Context) -> list[str]:
    """These, and the satellite sites below them."""
    return await context.once(sites.below, arrived_at(context))
