"""An officer enters a delivery that is planned, and the site is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NoReturn

from conversations.deliveries.wording import news_of_planned, planned
from conversations.kit import (
    GOODS,
    About,
    Choice,
    Context,
    Conversation,
    Day,
    Draft,
    Entry,
    FormState,
    Menu,
    Misunderstood,
    Number,
    Option,
    Page,
    Refused,
    Review,
    Screen,
    Style,
    Words,
)
from conversations.kit.events import Event
from conversations.kit.places import communes_with_sites, sites_there
from conversations.kit.steps import Answered, Heard
from conversations.kit.wording import counted, goods_of
from locales import Text, _, p_
from storage.help import deliveries
from storage.limits import LONGEST_SOURCE
from storage.people import areas
from storage.people.people import Role
from storage.programme import plans, sites
from storage.programme.plans import Item, Plan
from storage.programme.units import Unit

PER_CHILD = 5
"""More of one thing for each child than this is a slip of the hand, or needs a word why."""
FOR_A_SITE = 1000
"""The same where nobody knows how many children there are."""


NO_PLAN = _("No plan runs at this time. Whoever runs the system loads the plan of the province.")


@dataclass(frozen=True, slots=True)
class WhatIsPlanned:
    """What the records say of it so far."""

    plans: Sequence[Plan] = ()
    item: Item | None = None
    children: int | None = None
    """At the site; None where nobody knows."""


async def look_up(state: FormState) -> WhatIsPlanned:
    context, answers = state.context, state.answers
    item, site = answers.get("item"), answers.get("site")
    return WhatIsPlanned(
        await plans_to_plan_for(context),
        await plans.item(context.session, item) if item else None,
        await context.once(sites.children_at, site) if site else None,
    )


async def plans_to_plan_for(context: Context) -> Sequence[Plan]:
    return await context.once(plans.running_between, a_year_ago(context), in_two_years(context))


def a_year_ago(context: Context) -> date:
    return context.today - timedelta(days=365)


def in_two_years(context: Context) -> date:
    return context.today + timedelta(days=730)


async def my_communes(context: Context) -> list[Unit]:
    """Of the communes that have sites: the officer's own, all of them for the province."""
    own = {one.unit_code for one in context.memberships if one.role == Role.LOCAL}
    return [
        one
        for one in await communes_with_sites(context)
        if Role.COORD in context.roles or one.code in own
    ]


async def something_can_be_planned(context: Context, _payload: str) -> Draft:
    """Whoever has one commune is not asked which; raises Refused when sites or plans are not there yet."""
    found = await my_communes(context)
    if not found:
        raise Refused(
            _(
                "No site of {you} is known here yet. Whoever runs the system loads the list of sites."
            )
        )
    if not await plans_to_plan_for(context):
        raise Refused(NO_PLAN)
    return Draft.knowing(commune=found[0].code) if len(found) == 1 else Draft()


async def communes(state: FormState) -> Sequence[Option]:
    return [Option(one.code, one.name) for one in await my_communes(state.context)]


async def goods(state: FormState) -> Sequence[Option]:
    return [Option(one.code, goods_of(one)) for one in await plans.goods(state.context.session)]


def covered(value: str, state: FormState) -> bool:
    """Whether a plan runs on this day."""
    day = date.fromisoformat(value)
    return any(one.valid_from <= day <= one.valid_to for one in state.known(WhatIsPlanned).plans)


class DayOfAPlan(Day):
    """A day that a plan covers: other days are refused while they can still be changed."""

    async def understand(self, event: Event, state: FormState) -> Heard:
        heard = await super().understand(event, state)
        if isinstance(heard, Answered) and not covered(heard.value, state):
            self._refuse(date.fromisoformat(heard.value), state)
        return heard

    def _refuse(self, day: date, state: FormState) -> NoReturn:
        periods = [(one.valid_from, one.valid_to) for one in state.known(WhatIsPlanned).plans]
        if not periods:
            raise Refused(NO_PLAN)
        first, last = min(periods, key=lambda one: max(one[0] - day, day - one[1]))
        raise Misunderstood(
            _("No plan covers {day}. The nearest one runs from {first} to {last}.").format(
                day=day, first=first, last=last
            )
        )

    async def holds(self, value: Any, state: FormState) -> bool:
        return covered(value, state) and await super().holds(value, state)


def first_day(state: FormState) -> date:
    starts = [one.valid_from for one in state.known(WhatIsPlanned).plans]
    return max(a_year_ago(state.context), min(starts, default=date.min))


def last_day(state: FormState) -> date:
    ends = [one.valid_to for one in state.known(WhatIsPlanned).plans]
    return min(in_two_years(state.context), max(ends, default=date.max))


def it_is_over(value: Any, state: FormState) -> Text | None:
    day = date.fromisoformat(value)
    return _("{day} is in the past.").format(day=day) if day < state.context.today else None


def more_than_children_need(value: int, state: FormState) -> Text | None:
    children = state.known(WhatIsPlanned).children
    if children is None:
        if value <= FOR_A_SITE:
            return None
        return _("{count} is very many for one site.").format(count=value)
    if value <= PER_CHILD * children:
        return None
    return _("{count} is very many for the {children} children of this site.").format(
        count=value, children=children
    )


def what(state: FormState) -> Text | str:
    item = state.known(WhatIsPlanned).item
    return goods_of(item) if item else ""


async def plan(state: FormState) -> Screen:
    context, answers = state.context, state.answers
    made = await deliveries.plan(
        context.session,
        site_code=answers["site"],
        item_code=answers["item"],
        quantity=answers["quantity"],
        day=date.fromisoformat(answers["day"]),
        source=answers["source"],
        memberships=context.memberships,
        by=context.person.id,
        now=context.now,
        reason="; ".join(state.flags.values()),
    )
    site = await sites.get(context.session, made.site_code)
    item = state.known(WhatIsPlanned).item
    if item is None:
        raise LookupError(made.item_code)
    what = counted(made.quantity, item)
    where = site.name if site else made.site_code
    told = news_of_planned([planned(what, where, made.day, made.source)])
    staff = await areas.staff_of(context.session, made.site_code, context.now)
    await context.tell([one.id for one in staff], told)
    page = Page().add(_("✅ The delivery is planned."), Style.TITLE)
    page.add(_("{what} for {site} on {day}.").format(what=what, site=where, day=made.day))
    page.add(
        _("The site has been told.")
        if staff
        else _("Nobody of the site uses the system yet, so nobody was told.")
    )
    return page.screen()


plan_delivery = Conversation(
    "plan_delivery",
    _("Plan a delivery"),
    roles=(Role.COORD, Role.LOCAL),
    menu=Menu(p_("menu", "Plan a delivery"), command="kehoach", group=GOODS),
    entry=Entry(something_can_be_planned),
    about=About(look_up),
    steps=(
        Choice("commune", _("Commune"), _("To which commune does it go?"), options=communes),
        Choice("site", _("Site"), _("To which site does it go?"), options=sites_there),
        Choice("item", _("Goods"), _("What is delivered?"), options=goods),
        Number(
            "quantity",
            _("Quantity"),
            _("How many are delivered?"),
            least=1,
            unit=what,
            doubt=more_than_children_need,
        ),
        DayOfAPlan(
            "day",
            _("Day"),
            _("On which day should it arrive?"),
            earliest=first_day,
            latest=last_day,
            doubt=it_is_over,
        ),
        Words("source", _("Source"), _("Who gives it?"), longest=LONGEST_SOURCE),
        Review(),
    ),
    finish=plan,
)
