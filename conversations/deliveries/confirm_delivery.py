"""School staff confirm that a delivery arrived, with counts and photos."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from conversations.deliveries.confirmed import CONFIRMED
from conversations.deliveries.expected import (
    NOTHING_WAITS,
    AboutADelivery,
    expected,
    goods,
    goods_that_arrive,
    to_be_confirmed,
    waiting_for,
    what_arrives,
)
from conversations.deliveries.told_of_deliveries import (
    said_at_once,
    told_unasked,
    waiting_to_be_seen,
)
from conversations.deliveries.what_arrived import (
    as_many_as_were_counted,
    before_it_is_due,
    before_it_left,
    how_many_counted,
    more_than_was_sent,
    only_a_part_arrived,
    received,
    something_arrived,
    something_is_missing,
    something_is_to_be_seen,
    what_answers_stand_on,
    what_it_comes_to,
    why_it_is_so,
)
from conversations.deliveries.wording import WHY_MISSING, delivery_options
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
    Hears,
    Menu,
    Note,
    Number,
    Option,
    Photos,
    Reason,
    Refused,
    Review,
    Screen,
)
from conversations.kit import reports as reporting
from conversations.kit.children import children_step, there_are_photos
from conversations.kit.places import sites_reported_for
from locales import Text, _, p_
from storage.help import confirmations
from storage.help.confirmations import NewConfirmation, Outcome
from storage.help.deliveries import Expected
from storage.help.receipts import display
from storage.help.reports import may_be_followed
from storage.people.people import Role

OUTCOMES = (
    Option(
        Outcome.ALL,
        p_("outcome", "All of it, nothing damaged"),
        p_("words", "all, everything, complete"),
    ),
    Option(
        Outcome.PART,
        p_("outcome", "Some is missing or damaged"),
        p_("words", "part, missing, damaged, not all"),
    ),
    Option(Outcome.NONE, p_("outcome", "Nothing has come"), p_("words", "nothing, not yet, none")),
)


async def look_up(state: FormState) -> AboutADelivery:
    chosen = state.answers.get("delivery")
    if chosen is None:
        return AboutADelivery()
    found = (one for one in await to_be_confirmed(state) if one.delivery.id == chosen)
    return AboutADelivery(next(found, None))


async def from_card(context: Context, payload: str) -> Draft:
    """A card that told of a delivery opens this with the delivery already chosen."""
    waiting = await waiting_for(context)
    if payload:
        if any(one.delivery.id == payload for one in waiting):
            return Draft.knowing(delivery=payload)
        reported = await confirmations.latest_of(context.session, payload)
        if reported is not None and reported.site.code in await sites_reported_for(context):
            raise Refused(
                _("This delivery has been confirmed already, with the code {code}.").format(
                    code=display(reported.report.code)
                )
            )
        raise Refused(_("This delivery is not waiting for {you}."))
    if not waiting:
        raise Refused(NOTHING_WAITS)
    return Draft.knowing(delivery=waiting[0].delivery.id) if len(waiting) == 1 else Draft()


async def deliveries_to_confirm(state: FormState) -> Sequence[Option]:
    return delivery_options(await to_be_confirmed(state))


async def how_many_wait(context: Context) -> int:
    return len(await waiting_for(context))


async def confirmed_by_a_colleague(context: Context, draft: Draft, step: str) -> Text | None:
    if step != "delivery":
        return None
    first = await confirmations.latest_of(context.session, draft.value("delivery"))
    if first is None or (draft.corrects is None and may_be_followed(first)):
        return None
    return await reporting.who_was_faster(context, first, draft.value("photos") or [])


async def record(state: FormState) -> Screen:
    """The confirmation becomes a record, the officers' card changes without a sound."""
    found = expected(state)
    if found is None:
        raise Refused(_("This delivery is not waiting for {you}."))
    made = await reporting.submit(state, _said(state, found).version())
    return await reporting.sent(state.context, made)


def _said(state: FormState, found: Expected) -> NewConfirmation:
    answers = state.answers
    return NewConfirmation(
        delivery_id=found.delivery.id,
        outcome=what_it_comes_to(state),
        received=received(state),
        damaged=int(answers.get("damaged", 0)),
        by_site_code=found.site.code,
        reason=answers.get("reason", ""),
        received_on=date.fromisoformat(answers["day"]) if "day" in answers else None,
        expected=found.sent,
    )


confirm_delivery = Conversation(
    "confirm_delivery",
    _("Confirm a delivery"),
    roles=(Role.SITE,),
    menu=Menu(
        p_("menu", "Confirm a delivery"), command="xacnhan", group=GOODS, waiting=how_many_wait
    ),
    entry=Entry(from_card),
    about=About(
        look_up,
        headline=what_arrives,
        in_short=goods_that_arrive,
        depends_on=what_answers_stand_on,
        over=confirmed_by_a_colleague,
    ),
    hears=Hears(told_unasked, waiting_to_be_seen, said_at_once),
    report=CONFIRMED,
    steps=(
        Choice(
            "delivery", _("Delivery"), _("Which delivery is it?"), options=deliveries_to_confirm
        ),
        Choice(
            "outcome",
            _("Arrived"),
            _("Did everything arrive?"),
            options=OUTCOMES,
            doubt=before_it_is_due,
        ),
        Number(
            "received",
            _("Counted"),
            how_many_counted,
            unit=goods,
            doubt=more_than_was_sent,
            when=only_a_part_arrived,
        ),
        Number(
            "damaged",
            _("Damaged"),
            _("How many of them are damaged?"),
            unit=goods,
            most=as_many_as_were_counted,
            likely=lambda _state: [0],
            when=lambda state: only_a_part_arrived(state) and received(state) > 0,
        ),
        Reason(
            "reason",
            _("Reason"),
            why_it_is_so,
            usual=WHY_MISSING,
            when=something_is_missing,
        ),
        Day(
            "day",
            _("Day"),
            _("On which day did it arrive?"),
            doubt=before_it_left,
            when=something_arrived,
        ),
        Photos(
            "photos",
            _("Photos"),
            _("Please send photos of the goods."),
            when=something_is_to_be_seen,
        ),
        children_step(when=there_are_photos),
        Note("note", _("Note"), _("Is there anything else we should know?")),
        Review(),
    ),
    finish=record,
)
