"""Whoever hands a delivery over says who brought it and how much left their hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from conversations.deliveries.expected import (
    AboutADelivery,
    expected,
    goods,
    goods_that_arrive,
    what_arrives,
)
from conversations.deliveries.wording import delivery_options
from conversations.kit import (
    GOODS,
    About,
    Button,
    Choice,
    Context,
    Conversation,
    Day,
    Draft,
    Entry,
    FormState,
    Menu,
    Number,
    Option,
    Page,
    Refused,
    Review,
    Screen,
    Style,
    Words,
)
from conversations.kit.links import STAYS, opens
from conversations.kit.wording import counted
from locales import Text, _, p_
from storage.help import deliveries, unconfirmed
from storage.people import areas
from storage.people.people import Role


async def look_up(state: FormState) -> AboutADelivery:
    chosen = state.answers.get("delivery")
    if chosen is None:
        return AboutADelivery()
    return AboutADelivery(await deliveries.expected(state.context.session, chosen))


async def something_planned(context: Context, _payload: str) -> Draft:
    if not await unconfirmed.planned_within(context.session, context.memberships, context.today):
        raise Refused(_("No delivery is waiting to be handed over."))
    return Draft()


async def planned(state: FormState) -> Sequence[Option]:
    context = state.context
    found = await unconfirmed.planned_within(context.session, context.memberships, context.today)
    return delivery_options(found)


def as_planned(state: FormState) -> list[int]:
    found = expected(state)
    return [found.delivery.quantity] if found else []


def more_than_was_planned(value: int, state: FormState) -> Text | None:
    found = expected(state)
    if found is None or value <= found.delivery.quantity:
        return None
    return _("{count} is more than the {planned} that were planned.").format(
        count=value, planned=found.delivery.quantity
    )


async def hand(state: FormState) -> Screen:
    context, answers = state.context, state.answers
    found = expected(state)
    if found is None:
        raise Refused(_("This delivery is not waiting to be handed over any more."))
    await deliveries.hand_over(
        context.session,
        delivery_id=found.delivery.id,
        brought_by=answers["brought_by"],
        quantity=answers["quantity"],
        handed_on=date.fromisoformat(answers["day"]),
        reason=state.flags.get("quantity", ""),
        memberships=context.memberships,
        by=context.person.id,
        now=context.now,
    )
    what = counted(answers["quantity"], found.item)
    brought = _("{what} for {site}, brought by {who}.").format(
        what=what, site=found.site.name, who=answers["brought_by"]
    )
    told = Page().add(_("A delivery is on its way"), Style.TITLE)
    told.add(brought)
    told.add(_("Please count it when it arrives, take photos, and confirm."))
    confirm = STAYS + opens("confirm_delivery", found.delivery.id)
    told.offer(Button(_("Confirm"), confirm, typed=p_("words", "confirm goods, goods arrived")))
    staff = await areas.staff_of(context.session, found.site.code, context.now)
    begins = f"confirm_delivery:{found.delivery.id}"
    await context.tell([one.id for one in staff], replace(told.screen(), reply_begins=begins))
    page = Page().add(_("✅ The hand-over is recorded."), Style.TITLE)
    page.add(brought)
    return page.screen()


hand_over = Conversation(
    "hand_over",
    _("Hand a delivery over"),
    roles=(Role.COORD, Role.LOCAL),
    menu=Menu(p_("menu", "Hand a delivery over"), command="bangiao", group=GOODS),
    entry=Entry(something_planned),
    about=About(look_up, headline=what_arrives, in_short=goods_that_arrive),
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
