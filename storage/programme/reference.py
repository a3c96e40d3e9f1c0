"""What every store knows from its first day: units, lines of activity, items, and the plan that was published."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from locales.folding import fold
from storage.access import Session, insert_into
from storage.programme.plans import ActivityLine, Item, Plan
from storage.programme.units import Unit, UnitLink, UnitRegion

DATA = Path(__file__).parents[1] / "data"
OLD_TREE = date(2020, 3, 1)
"""Since when the former communes of our lists were valid."""


def rows(name: str) -> Iterator[dict[str, str]]:
    """The lines of one of our own data files."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> float | None:
    return float(text) if text else None


async def load(session: Session) -> None:
    """Put in what is missing; what is there stays as it is. Idempotent."""
    await _add(session, Unit, [_unit(row) for row in rows("units.csv")])
    await _add(session, UnitLink, [_link(row) for row in rows("unit_links.csv")])
    await _add(session, UnitRegion, [_region(row) for row in rows("unit_regions.csv")])
    await _add(session, ActivityLine, [ActivityLine(**row) for row in rows("activity_lines.csv")])
    items: list[dict[str, Any]] = [
        {**row, "least_photos": int(row["least_photos"])} for row in rows("items.csv")
    ]
    await _add(session, Item, [Item(**item) for item in items])
    await add_plans(session, "plans.csv")


async def add_plans(session: Session, name: str) -> None:
    await _add(session, Plan, [_plan(row) for row in rows(name)])


def _plan(row: dict[str, str]) -> Plan:
    return Plan(
        code=row["code"],
        number=row["number"],
        title=row["title"],
        legal_bases=row["legal_bases"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]),
        sample=row["sample"] == "1",
    )


def _unit(row: dict[str, str]) -> Unit:
    # A kind is one word or two, as its code shows, and the name follows it.
    bare = row["name"].split(maxsplit=1 + row["kind"].count("_"))[-1]
    return Unit(
        code=row["code"],
        valid_from=date.fromisoformat(row["valid_from"]),
        name=row["name"],
        folded=fold(bare),
        kind=row["kind"],
        parent_code=row["parent_code"] or None,
        valid_to=_day(row["valid_to"]),
        latitude=_number(row["lat"]),
        longitude=_number(row["lon"]),
    )


def _link(row: dict[str, str]) -> UnitLink:
    return UnitLink(
        old_code=row["old_code"],
        old_from=OLD_TREE,
        new_code=row["new_code"],
        changed_on=date.fromisoformat(row["changed_on"]),
    )


def _region(row: dict[str, str]) -> UnitRegion:
    return UnitRegion(
        code=row["code"],
        tree_from=date.fromisoformat(row["tree_from"]),
        region=row["region"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=_day(row["valid_to"]),
        decision=row["decision"],
    )


async def _add(session: Session, model: type[SQLModel], records: list[SQLModel]) -> None:
    await session.execute(
        insert_into(session, model).on_conflict_do_nothing(),
        [record.model_dump() for record in records],
    )
