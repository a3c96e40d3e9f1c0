"""Deliveries come in as a file, each known by the number that its file gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from locales import Text, _
from locales.folding import fold
from storage import history
from storage.database import Session
from storage.deliveries import Delivery
from storage.plans import GOODS, Item, Plan
from storage.refusals import Misunderstood
from storage.sheets import Row, Sheet, one_of
from storage.sites import Site


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows may name."""

    sites: frozenset[str]
    items: Mapping[str, str]
    plans: Sequence[Plan]
    deliveries: dict[str, Delivery]


async def take(
    session: Session, sheet: Sheet, errors: list[Text], *, by: str | None, now: datetime
) -> Text:
    """New deliveries are planned; one that was loaded before must be the same, since it is told already."""
    known = await _known(session)
    planned = 0
    for row in sheet.rows:
        try:
            delivery = _read(row, known, by, now)
            old = known.deliveries.get(delivery.reference or "")
            if old is not None:
                _must_be_the_same(old, delivery)
                continue
        except Misunderstood as why:
            errors.append(row.error(why.why))
            continue
        known.deliveries[delivery.reference or ""] = delivery
        session.add(delivery)
        facts = _facts(delivery)
        history.note(session, "delivery.load", delivery.id, by=by, now=now, after=facts)
        planned += 1
    return _("{file}: {count} deliveries planned.").format(file=sheet.file, count=planned)


async def _known(session: Session) -> _Known:
    sites = (await session.execute(select(Site.code))).scalars()
    items = (await session.execute(select(Item).where(col(Item.line_code) == GOODS))).scalars()
    plans = (await session.execute(select(Plan).order_by(col(Plan.code)))).scalars()
    loaded = await session.execute(select(Delivery).where(col(Delivery.reference).is_not(None)))
    names: dict[str, str] = {}
    for item in items:
        for name in (item.name, f"{item.unit} {item.name}", item.code.replace("_", " ")):
            names[fold(name)] = item.code
    return _Known(
        frozenset(sites),
        names,
        list(plans),
        {one.reference: one for one in loaded.scalars() if one.reference is not None},
    )


def _read(row: Row, known: _Known, by: str | None, now: datetime) -> Delivery:
    reference, site = row.text("ma chuyen"), row.text("ma diem")
    if site not in known.sites:
        raise Misunderstood(_("There is no site with the code {code}.").format(code=site))
    quantity, day = row.number("so luong"), row.day("ngay")
    if quantity <= 0:
        raise Misunderstood(_("The number must be above zero."))
    running = [plan for plan in known.plans if plan.valid_from <= day <= plan.valid_to]
    if not running:
        raise Misunderstood(
            _("No plan covers the day {day}. Please choose a day within a plan.").format(day=day)
        )
    return Delivery(
        reference=reference,
        plan_code=running[-1].code,
        site_code=site,
        item_code=one_of(row, "hang", known.items),
        quantity=quantity,
        day=day,
        source=row.text("nguon"),
        created_by=by,
        created_at=now,
    )


def _facts(delivery: Delivery) -> dict[str, Any]:
    kept = {"reference", "site_code", "item_code", "quantity", "day", "source"}
    return delivery.model_dump(mode="json", include=kept)


def _must_be_the_same(old: Delivery, new: Delivery) -> None:
    if _facts(old) != _facts(new):
        raise Misunderstood(
            _("The delivery {reference} was loaded before, with something else.").format(
                reference=old.reference or ""
            )
        )
