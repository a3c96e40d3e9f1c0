"""School staff confirm that a delivery arrived, with counts and photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from conversations.asking import children_step
from conversations.home import show_all
from conversations.kit import (
    Choice,
    Conversation,
    Day,
    Desk,
    Draft,
    Moment,
    Note,
    Number,
    Option,
    Overheard,
    Page,
    Photos,
    Reason,
    Refused,
    Review,
    Screen,
    Style,
)
from conversations.understanding.arrivals import answers_in
from conversations.understanding.matching import Candidate, matching, names_goods_of, words_in
from conversations.understanding.reports import Report, read_report, reports_in
from conversations.wording import WHY_MISSING, counted, delivery_line, goods_of
from locales import Text, _, p_
from storage import confirmations, deliveries, late_photos, people, plans, sites, units
from storage.confirmations import NewConfirmation, Outcome
from storage.database import Session
from storage.deliveries import Expected
from storage.outbox import Placement
from storage.people import Role
from storage.receipts import display

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

SHOWN = 5
"""Reports on the officers' card, newest first; the rest is a press away."""


def arrived_at(desk: Desk) -> tuple[str, ...]:
    """The sites for which this person may confirm."""
    sites_of = (one.site_code for one in desk.memberships if one.role == Role.SITE)
    return tuple(code for code in sites_of if code)


async def waiting_for(desk: Desk) -> Sequence[Expected]:
    """What this person may confirm now."""
    return await desk.once(deliveries.waiting_at, arrived_at(desk))


async def look_up(desk: Desk, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    if "delivery" not in answers:
        return {}
    chosen = [one for one in await waiting_for(desk) if one.delivery.id == answers["delivery"]]
    return {"expected": chosen[0]} if chosen else {}


async def from_card(desk: Desk, payload: str) -> Mapping[str, Any]:
    """A card that told of a delivery opens this with the delivery already chosen."""
    waiting = await waiting_for(desk)
    if payload:
        if any(one.delivery.id == payload for one in waiting):
            return {"delivery": payload}
        sent = await confirmations.latest_of(desk.session, payload)
        own = await sites.below(desk.session, arrived_at(desk)) if sent is not None else []
        if sent is not None and sent.by_site_code in own:
            raise Refused(
                _("This delivery has been confirmed already, with the code {code}.").format(
                    code=display(sent.code)
                )
            )
        raise Refused(_("This delivery is not waiting for {you}."))
    if not waiting:
        raise Refused(
            _(
                "No delivery is waiting to be confirmed. When one is on its way, {you} will be told here."
            )
        )
    return {"delivery": waiting[0].delivery.id} if len(waiting) == 1 else {}


async def waiting_deliveries(moment: Moment) -> Sequence[Option]:
    waiting = await waiting_for(moment.desk)
    return [Option(one.delivery.id, delivery_line(one)) for one in waiting]


async def how_many_wait(desk: Desk) -> int:
    return len(await waiting_for(desk))


def expected(moment: Moment) -> Expected | None:
    found = moment.facts.get("expected")
    return found if isinstance(found, Expected) else None


def sent(moment: Moment) -> int:
    """How many should have arrived: what was handed over, else what was planned."""
    found = expected(moment)
    return found.sent if found else 0


def what_arrives(moment: Moment) -> Text | None:
    found = expected(moment)
    return delivery_line(found) if found else None


def only_a_part_arrived(moment: Moment) -> bool:
    return moment.answers.get("outcome") == Outcome.PART


def something_arrived(moment: Moment) -> bool:
    return moment.answers.get("outcome") == Outcome.ALL or received(moment) > 0


def something_is_to_be_seen(moment: Moment) -> bool:
    """What arrived; or, where nothing did, what the photos show that came all the same."""
    came_already = moment.before.get("photos") or moment.answers.get("photos")
    return something_arrived(moment) or bool(came_already)


def received(moment: Moment) -> int:
    outcome = moment.answers.get("outcome")
    if outcome == Outcome.ALL:
        return sent(moment)
    return int(moment.answers.get("received", 0)) if outcome == Outcome.PART else 0


def what_it_comes_to(moment: Moment) -> Outcome:
    """A part that is all of it, undamaged, is all of it; a part that is nothing is nothing."""
    if moment.answers["outcome"] == Outcome.PART:
        if not received(moment):
            return Outcome.NONE
        if received(moment) == sent(moment) and not moment.answers.get("damaged"):
            return Outcome.ALL
    return Outcome(moment.answers["outcome"])


def something_is_missing(moment: Moment) -> bool:
    if moment.answers.get("outcome") == Outcome.NONE:
        return True
    short = received(moment) < sent(moment) or bool(moment.answers.get("damaged"))
    return only_a_part_arrived(moment) and short


def there_are_photos(moment: Moment) -> bool:
    return bool(moment.answers.get("photos"))


def more_than_was_sent(value: int, moment: Moment) -> Text | None:
    if not 0 < sent(moment) < value:
        return None
    found = expected(moment)
    if found is not None and found.handed_on is None:
        return _("{count} is more than the {planned} that were planned.").format(
            count=value, planned=sent(moment)
        )
    return _("{count} is more than the {sent} that were sent.").format(
        count=value, sent=sent(moment)
    )


def before_it_is_due(value: str, moment: Moment) -> Text | None:
    found = expected(moment)
    if value != Outcome.NONE or found is None or found.handed_on is not None:
        return None
    if found.delivery.day <= moment.desk.today:
        return None
    return _("By the plan it comes only on {day}.").format(day=found.delivery.day)


def before_it_left(value: str, moment: Moment) -> Text | None:
    found = expected(moment)
    left = found.handed_on if found else None
    if left is None or date.fromisoformat(value) >= left:
        return None
    return _("By the records it left only on {day}.").format(day=left)


def how_many_counted(moment: Moment) -> Text:
    found = expected(moment)
    if found is not None and found.handed_on is None:
        return _(
            "How many {goods} did {you} count? {sent} are planned, no hand-over is recorded."
        ).format(goods=goods(moment), sent=sent(moment))
    return _("How many {goods} did {you} count? {sent} were sent.").format(
        goods=goods(moment), sent=sent(moment)
    )


def goods(moment: Moment) -> Text | str:
    found = expected(moment)
    return goods_of(found.item) if found else ""


def as_many_as_were_counted(moment: Moment) -> int:
    return received(moment)


def as_spoken_of(one: Expected) -> Candidate:
    return Candidate(
        one.delivery.id,
        one.sent,
        words_in(one.item.name, one.item.name_en),
        words_in(one.site.name),
    )


async def told_out_of_the_blue(
    desk: Desk, words: str, *, with_photo: bool, live: Mapping[str, Any] | None
) -> Sequence[Overheard]:
    """Reports that somebody wrote without being asked, perhaps hours ago and without a network.

    While something else is being written, only words that clearly tell of another delivery count.
    """
    waiting = [as_spoken_of(one) for one in await waiting_for(desk)]
    reports = reports_in(words, {one.sent for one in waiting}) if waiting else []
    if not reports:
        return []
    all_goods = await desk.once(words_of_all_goods)
    found = []
    for told, report in reports:
        meant = matching(report, waiting, all_goods)
        if not with_photo and not (
            report.is_plain or any(names_goods_of(report, one) for one in meant)
        ):
            continue
        if live is not None and not _tells_of_another(report, meant, live, with_photo=with_photo):
            continue
        known = {"delivery": meant[0].key} if len(meant) == 1 else {}
        found.append(Overheard(told, known))
    return found


def _tells_of_another(
    report: Report, meant: Sequence[Candidate], live: Mapping[str, Any], *, with_photo: bool
) -> bool:
    """A photo's words belong to what is being written, unless they fit another delivery alone."""
    if with_photo and "delivery" not in live:
        return not live
    [only] = meant if len(meant) == 1 else [None]
    if only is None or only.key == live.get("delivery"):
        return False
    return with_photo or (report.is_plain and names_goods_of(report, only))


async def words_of_all_goods(session: Session) -> frozenset[str]:
    goods = await plans.goods(session)
    return words_in(*(item.name for item in goods), *(item.name_en for item in goods))


def said_at_once(moment: Moment) -> Mapping[str, Any]:
    """What the words out of the blue answer, now that it is known which delivery they tell of."""
    found = expected(moment)
    if found is None:
        return {}
    report = read_report(moment.opened_with, {found.sent})
    answers = dict(answers_in(report, as_spoken_of(found), moment.opened_with) if report else {})
    photos = moment.before.get("photos", [])
    if photos and len(photos) >= found.item.least_photos:
        # Whoever sent photos of their own accord has said that these are the ones.
        answers["photos"] = list(photos)
    return answers


def what_answers_stand_on(moment: Moment) -> Mapping[str, Any]:
    """Of another delivery everything is asked again; “all of it” is so many, and photos are declared one by one."""
    delivery = moment.answers.get("delivery")
    about_it = ("received", "damaged", "reason", "day", "photos", "note")
    return {
        **dict.fromkeys(about_it, delivery),
        "outcome": [delivery, sent(moment)],
        "children": photos_of_draft(moment),
    }


def photos_of_draft(moment: Moment) -> list[str]:
    """What came with this report, whatever was answered since."""
    return list(moment.answers.get("photos") or moment.before.get("photos") or [])


async def confirmed_by_a_colleague(desk: Desk, draft: Draft, name: str) -> Text | None:
    """Somebody else of the site was faster; photos that were sent here join that report."""
    if name != "delivery":
        return None
    first = await confirmations.latest_of(desk.session, draft.answers["delivery"])
    if first is None or first.outcome == Outcome.NONE:
        return None
    told = await confirmations.who_confirmed(desk.session, first)
    photos = draft.answers.get("photos") or []
    if not photos:
        return told
    await late_photos.add(
        desk.session, photos, first.id, no_child_declared=None, by=desk.person.id, now=desk.now
    )
    return _("{what} The photos sent here have joined that report.").format(what=told)


async def record(moment: Moment) -> Screen:
    """The confirmation becomes a record, the officers' card changes without a sound."""
    desk, answers = moment.desk, moment.answers
    found = expected(moment)
    if found is None:
        raise Refused(_("This delivery is not waiting for {you}."))
    made = await confirmations.record(
        desk.session,
        NewConfirmation(
            delivery_id=found.delivery.id,
            outcome=what_it_comes_to(moment),
            received=received(moment),
            damaged=int(answers.get("damaged", 0)),
            reason=answers.get("reason", ""),
            received_on=date.fromisoformat(answers["day"]) if "day" in answers else None,
            no_child_declared=answers.get("children") == "nobody",
            note=answers.get("note", ""),
            flags=dict(moment.flags),
            photo_ids=photos_of_draft(moment),
            by_site_code=found.site.code,
            expected=found.sent,
        ),
        by=desk.person.id,
        message_at=desk.at,
        now=desk.now,
    )
    await tell_the_officers(desk, found)
    return receipt(moment, made.code)


async def tell_the_officers(desk: Desk, found: Expected) -> None:
    """One card for each commune shows what waits; it changes in silence, the digest makes the sound."""
    # The new record must be seen by the query below, in the same transaction.
    await desk.session.flush()
    home = await sites.home_of(desk.session, found.site.code, desk.today)
    if home is None:
        return
    unit = (home.unit_code, home.unit_from)
    officers = await people.holders_at(desk.session, Role.LOCAL, *unit, desk.now)
    if not officers:
        return
    # Two processes that count at once would both leave out the other's report.
    await units.hold(desk.session, *unit)
    waiting = await confirmations.waiting_for_review(desk.session, *unit, desk.today, SHOWN)
    count = await confirmations.count_waiting(desk.session, *unit, desk.today)
    page = Page().add(_("Waiting to be checked: {count}").format(count=count), Style.TITLE)
    for one in waiting:
        page.add(
            _("• {site}: {what} ({code})").format(
                site=one.site.name,
                what=counted(one.confirmation.received, one.item),
                code=display(one.confirmation.code),
            )
        )
    page.offer(show_all())
    await desk.tell(
        [officer.id for officer in officers if officer.id != desk.person.id],
        page.screen(),
        card=f"waiting:{home.unit_code}",
        placement=Placement.IN_PLACE,
        silent=True,
    )


def receipt(moment: Moment, code: str) -> Screen:
    found = expected(moment)
    page = Page().add(_("✅ Recorded. Thank you, {you}."), Style.TITLE)
    if found is not None:
        page.add(delivery_line(found))
        if received(moment):
            page.add(_("Received: {counted}").format(counted=counted(received(moment), found.item)))
        else:
            page.add(_("Nothing has come; when it does, please confirm it here."))
        if moment.answers.get("damaged"):
            page.add(_("Damaged: {count}").format(count=int(moment.answers["damaged"])))
    page.add(_("Receipt code:"))
    page.add(display(code), Style.CODE)
    if something_arrived(moment) and not moment.answers.get("photos"):
        page.add(_("Photos are still missing. They can be added under “My reports”."))
    page.add(_("The commune's officer will check it. {You} can see it under “My reports”."))
    return page.screen()


confirm_delivery = Conversation(
    "confirm_delivery",
    _("Confirm a delivery"),
    roles=(Role.SITE,),
    menu=p_("menu", "Confirm a delivery"),
    command="xacnhan",
    takes_photos=True,
    opening=from_card,
    overhears=told_out_of_the_blue,
    inferred=said_at_once,
    ground=what_answers_stand_on,
    why_over=confirmed_by_a_colleague,
    facts=look_up,
    headline=what_arrives,
    waiting=how_many_wait,
    steps=(
        Choice("delivery", _("Delivery"), _("Which delivery is it?"), options=waiting_deliveries),
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
            likely=lambda _moment: [0],
            when=lambda moment: only_a_part_arrived(moment) and received(moment) > 0,
        ),
        Reason(
            "reason",
            _("Reason"),
            _("Why is something missing or damaged?"),
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
