"""Programmes come in as files: all of them or nothing, and the same file twice is the same as once.

An atomic, idempotent import.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from locales import Text, _
from storage.database import Database, Session
from storage.files import loading_deliveries, loading_enrolment, loading_plans, loading_sites
from storage.files.sheets import Loading, Sheet, column_name, read_sheet
from storage.programme.reference import DATA
from storage.refusals import Misunderstood


@dataclass(slots=True)
class LoadingReport:
    """What came of it: nothing was loaded unless `errors` is empty."""

    errors: list[Text] = field(default_factory=list)
    lines: list[Text] = field(default_factory=list)


class NothingLoaded(Exception):
    """Some lines are wrong, so the transaction is undone."""


class Taker(Protocol):
    """What takes up the rows of one kind of table: says what came of it, and adds what is wrong to the errors."""

    def __call__(self, session: Session, sheet: Sheet, loading: Loading) -> Awaitable[Text]: ...


TEMPLATES: dict[str, Taker] = {
    "plans": loading_plans.take,
    "sites": loading_sites.take,
    "enrolment": loading_enrolment.take,
    "deliveries": loading_deliveries.take,
}
"""In the order in which they need one another."""


def template(name: str) -> str:
    """An empty table, with an example that is not loaded. As CSV."""
    return (DATA / "templates" / f"{name}.csv").read_text(encoding="utf-8")


async def load(
    database: Database, files: Sequence[Path], by: str | None, now: datetime
) -> LoadingReport:
    """Load tables, each known by its columns, in whichever order they are named."""
    loading = Loading(by, now)
    lines: list[Text] = []
    found: list[tuple[str, Sheet]] = []
    for path in files:
        try:
            sheet = read_sheet(path, loading.today)
            found.append((_kind_of(sheet), sheet))
        except Misunderstood as why:
            loading.errors.append(why.why)
    try:
        async with database.writing() as session:
            for kind, take in TEMPLATES.items():
                for sheet in (sheet for name, sheet in found if name == kind):
                    lines.append(await take(session, sheet, loading))
                    await session.flush()
            if loading.errors:
                raise NothingLoaded
    except NothingLoaded:
        return LoadingReport(errors=loading.errors)
    return LoadingReport(lines=lines)


def columns_of(name: str) -> dict[str, str]:
    """The columns of a template as it writes them, by their folded names."""
    titles = template(name).partition("\n")[0].split(",")
    return {column_name(title): title for title in titles}


def _kind_of(sheet: Sheet) -> str:
    """Which template a table follows; raises Misunderstood when columns are missing."""
    shared = {name: len(sheet.columns.keys() & columns_of(name).keys()) for name in TEMPLATES}
    nearest = max(shared, key=lambda name: shared[name])
    missing = [
        title for column, title in columns_of(nearest).items() if column not in sheet.columns
    ]
    if missing and shared[nearest] < 2:
        raise Misunderstood(
            _("{file}: the columns are those of none of the templates: {names}.").format(
                file=sheet.file, names=", ".join(TEMPLATES)
            )
        )
    if missing:
        raise Misunderstood(
            _("{file}: the columns {columns} of the template {name} are missing.").format(
                file=sheet.file, columns=", ".join(f"“{one}”" for one in missing), name=nearest
            )
        )
    return nearest
