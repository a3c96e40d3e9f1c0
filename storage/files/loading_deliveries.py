"""Deliveries come in as a file, each known by the number that its file gives it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from locales import Text, _
from locales.folding import fold
from storage.access import Session
from storage.files.loading_sites import expect_site
from storage.files.sheets import Loading, Row, Sheet
from storage.help.deliveries import Delivery
from storage.limits import LONGEST_NAME, LONGEST_SOURCE
from storage.programme.plans import GOODS, Item, Plan
from storage.programme.sites import Site


@dataclass(frozen=True, slots=True)
class _Known:
    """What the rows may name."""

    sites: frozenset[str]
    items: Mapping[str, str]
    goods: Sequence[str]
    """The items as people write them."""
    plans: Sequence[Plan]
    deliveries: dict[str, Delivery]


async def take(session: Session, sheet: Sheet, loading: Loading) -> Text:
    """New deliveries are planned; one that was loaded before must be the same, since it is told already."""
    known = await _known(session, loading)
    planned = 0
    for row in sheet.rows:
        delivery = _read(row, known, loading)
        old = known.deliveries.get(delivery.reference or "")
        if old is not None:
            _expect_the_same(row, old, delivery)
        if row.wrong:
            loading.errors += row.errors()
            continue
        if old is not None:
            continue
        known.deliveries[delivery.reference or ""] = delivery
        # What is wrong elsewhere undoes all of it, and may have kept out the site or the plan.
        if loading.errors:
            continue
        session.add(delivery)
        loading.note(session, "delivery.load", delivery.id, after=_facts(delivery))
        planned += 1
    return _("{file}: {count} deliveries planned.").format(file=sheet.file, count=planned)


async def _known(session: Session, loading: Loading) -> _Known:
    sites = (await session.execute(select(Site.code))).scalars()
    items = list(
        (await session.execute(select(Item).where(col(Item.line_code) == GOODS))).scalars()
    )
    plans = (await session.execute(select(Plan).order_by(col(Plan.code)))).scalars()
    loaded = await session.execute(select(Delivery).where(col(Delivery.reference).is_not(None)))
    names: dict[str, str] = {}
    for item in items:
        for name in (item.name, f"{item.unit} {item.name}", item.code.replace("_", " ")):
            names[fold(name)] = item.code
    return _Known(
        frozenset(sites) | loading.unstored_sites,
        names,
        [item.name for item in items],
        list(plans),
        {one.reference: one for one in loaded.scalars() if one.reference is not None},
    )


def _read(row: Row, known: _Known, loading: Loading) -> Delivery:
    day = row.day("ngay")
    running = [plan for plan in known.plans if plan.valid_from <= day <= plan.valid_to]
    if not running and not loading.plans_are_broken:
        row.blame(
            "ngay",
            _("No plan covers the day {day}. Please choose a day within a plan.").format(day=day),
        )
    return Delivery(
        reference=row.text("ma chuyen", LONGEST_NAME),
        plan_code=running[-1].code if running else "",
        site_code=expect_site(row, known.sites),
        item_code=row.one_of("hang", known.items, known.goods),
        quantity=row.number("so luong", least=1),
        day=day,
        source=row.text("nguon", LONGEST_SOURCE),
        created_by=loading.by,
        created_at=loading.now,
    )


def _facts(delivery: Delivery) -> dict[str, Any]:
    kept = {"reference", "site_code", "item_code", "quantity", "day", "source"}
    return delivery.model_dump(mode="json", include=kept)


def _expect_the_same(row: Row, old: Delivery, new: Delivery) -> None:
    if not row.wrong and _facts(old) != _facts(new):
        row.blame(
            "ma chuyen",
            _("The delivery {reference} was loaded before, with something else.").format(
                reference=old.reference or ""
            ),
        )
