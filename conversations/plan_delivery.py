"""An officer enters a delivery that is planned, and the site is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from conversations.asking import sites_there
from conversations.home import way_home
from conversations.kit import (
    Choice,
    Conversation,
    Day,
    Desk,
    Moment,
    Number,
    Option,
    Page,
    Review,
    Screen,
    Style,
    Words,
)
from conversations.wording import counted, goods_of
from locales import Text, _, p_
from storage import deliveries, people, plans, sites, units
from storage.people import Role


async def look_up(desk: Desk, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    if "item" not in answers:
        return {}
    return {"item": await plans.item(desk.session, answers["item"])}


async def communes(moment: Moment) -> Sequence[Option]:
    """The officer's own communes; all of them for the province."""
    desk = moment.desk
    found = await units.lowest_on(desk.session, desk.today)
    own = {one.unit_code for one in desk.memberships if one.role == Role.LOCAL}
    if Role.COORD in desk.roles:
        return [Option(one.code, one.name) for one in found]
    return [Option(one.code, one.name) for one in found if one.code in own]


async def only_commune(desk: Desk, _payload: str) -> Mapping[str, Any]:
    """An officer of one commune is not asked which."""
    own = {one.unit_code for one in desk.memberships if one.role == Role.LOCAL and one.unit_code}
    return {"commune": own.pop()} if len(own) == 1 and Role.COORD not in desk.roles else {}


async def goods(moment: Moment) -> Sequence[Option]:
    return [Option(one.code, goods_of(one)) for one in await plans.goods(moment.desk.session)]


def in_two_years(moment: Moment) -> date:
    return moment.desk.today + timedelta(days=730)


def a_year_ago(moment: Moment) -> date:
    return moment.desk.today - timedelta(days=365)


def what(moment: Moment) -> Text | str:
    item = moment.facts.get("item")
    return goods_of(item) if item else ""


async def plan(moment: Moment) -> Screen:
    desk, answers = moment.desk, moment.answers
    made = await deliveries.plan(
        desk.session,
        site_code=answers["site"],
        item_code=answers["item"],
        quantity=answers["quantity"],
        day=date.fromisoformat(answers["day"]),
        source=answers["source"],
        memberships=desk.memberships,
        by=desk.person.id,
        now=desk.now,
    )
    site = await sites.get(desk.session, made.site_code)
    what = counted(made.quantity, moment.facts["item"])
    where = site.name if site else made.site_code
    told = Page().add(_("A delivery is planned"), Style.TITLE)
    told.add(
        _("{what} for {site} on {day}, from {source}.").format(
            what=what, site=where, day=made.day, source=made.source
        )
    )
    told.add(_("When it arrives, please confirm it here."))
    told.offer(way_home())
    staff = await people.staff_of(desk.session, made.site_code, desk.now)
    await desk.tell([one.id for one in staff], told.screen())
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
    menu=p_("menu", "Plan a delivery"),
    command="kehoach",
    opening=only_commune,
    facts=look_up,
    steps=(
        Choice("commune", _("Commune"), _("To which commune does it go?"), options=communes),
        Choice("site", _("Site"), _("To which site does it go?"), options=sites_there),
        Choice("item", _("Goods"), _("What is delivered?"), options=goods),
        Number("quantity", _("Quantity"), _("How many are delivered?"), least=1, unit=what),
        Day(
            "day",
            _("Day"),
            _("On which day should it arrive?"),
            earliest=a_year_ago,
            latest=in_two_years,
        ),
        Words("source", _("Source"), _("Who gives it?"), longest=200),
        Review(),
    ),
    finish=plan,
)
