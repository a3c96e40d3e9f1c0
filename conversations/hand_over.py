"""Whoever hands a delivery over says who brought it and how much left their hands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from conversations.expected import expected, goods, goods_that_arrive, what_arrives
from conversations.home import STAYS, opens
from conversations.kit import (
    Button,
    Choice,
    Conversation,
    Day,
    Desk,
    Moment,
    Number,
    Option,
    Page,
    Refused,
    Review,
    Screen,
    Style,
    Words,
)
from conversations.wording import counted, delivery_options
from locales import Text, _, p_
from storage import care, deliveries
from storage.people import Role


async def look_up(desk: Desk, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    if "delivery" not in answers:
        return {}
    found = await deliveries.expected(desk.session, answers["delivery"])
    return {"expected": found} if found is not None else {}


async def something_planned(desk: Desk, _payload: str) -> Mapping[str, Any]:
    if not await deliveries.planned_within(desk.session, desk.memberships, desk.today):
        raise Refused(_("No delivery is waiting to be handed over."))
    return {}


async def planned(moment: Moment) -> Sequence[Option]:
    desk = moment.desk
    found = await deliveries.planned_within(desk.session, desk.memberships, desk.today)
    return delivery_options(found)


def as_planned(moment: Moment) -> list[int]:
    found = expected(moment)
    return [found.delivery.quantity] if found else []


def more_than_was_planned(value: int, moment: Moment) -> Text | None:
    found = expected(moment)
    if found is None or value <= found.delivery.quantity:
        return None
    return _("{count} is more than the {planned} that were planned.").format(
        count=value, planned=found.delivery.quantity
    )


async def hand(moment: Moment) -> Screen:
    desk, answers = moment.desk, moment.answers
    found = expected(moment)
    if found is None:
        raise Refused(_("This delivery is not waiting to be handed over any more."))
    await deliveries.hand_over(
        desk.session,
        delivery_id=found.delivery.id,
        brought_by=answers["brought_by"],
        quantity=answers["quantity"],
        handed_on=date.fromisoformat(answers["day"]),
        reason=moment.flags.get("quantity", ""),
        memberships=desk.memberships,
        by=desk.person.id,
        now=desk.now,
    )
    what = counted(answers["quantity"], found.item)
    told = Page().add(_("A delivery is on its way"), Style.TITLE)
    told.add(
        _("{what} for {site}, brought by {who}.").format(
            what=what, site=found.site.name, who=answers["brought_by"]
        )
    )
    told.add(_("Please count it when it arrives, take photos, and confirm."))
    confirm = STAYS + opens("confirm_delivery", found.delivery.id)
    told.offer(Button(_("Confirm"), confirm, typed=p_("words", "confirm goods, goods arrived")))
    staff = await care.staff_of(desk.session, found.site.code, desk.now)
    await desk.tell([one.id for one in staff], told.screen())
    page = Page().add(_("✅ The hand-over is recorded."), Style.TITLE)
    page.add(
        _("{what} for {site}, brought by {who}.").format(
            what=what, site=found.site.name, who=answers["brought_by"]
        )
    )
    return page.screen()


hand_over = Conversation(
    "hand_over",
    _("Hand a delivery over"),
    roles=(Role.COORD, Role.LOCAL),
    menu=p_("menu", "Hand a delivery over"),
    command="bangiao",
    opening=something_planned,
    facts=look_up,
    headline=what_arrives,
    in_short=goods_that_arrive,
    steps=(
        Choice("delivery", _("Delivery"), _("Which delivery is handed over?"), options=planned),
        Words(
            "brought_by",
            _("Brought by"),
            _("Who brings it? A name or an organisation."),
            longest=200,
        ),
        Number(
            "quantity",
            _("Handed over"),
            _("How many leave the hands of whoever brings them?"),
            least=1,
            unit=goods,
            likely=as_planned,
            doubt=more_than_was_planned,
        ),
        Day("day", _("Day"), _("On which day is it handed over?")),
        Review(),
    ),
    finish=hand,
)
