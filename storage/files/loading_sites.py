"""Schools, their satellite sites and the numbers of their children come in as files."""

import re
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlmodel import col, select

from locales import Text, _
from locales.folding import fold
from storage.access import Session
from storage.files.sheets import Loading, Row, Sheet
from storage.limits import LONGEST_NAME
from storage.programme import units
from storage.programme.reference import rows
from storage.programme.sites import STAGES, Site, SiteHome

KIND_NAMES = {row["name"]: row["kind"] for row in rows("site_kinds.csv")}
KINDS = {fold(name): kind for name, kind in KIND_NAMES.items()} | {
    kind.replace("_", " "): kind for kind in KIND_NAMES.values()
}
"""By their names in Vietnamese and in English, folded."""
SHOWN = 6
"""Sites that are named of a circle."""
STAGE_NAMES = {fold(stage): stage for stage in STAGES}


_Change: TypeAlias = tuple[str, dict[str, Any] | None, dict[str, Any]]
"""What happened to a site, what it was like before, and what it is like now."""


_Given: TypeAlias = dict[str, tuple[Row, Site, SiteHome]]
"""What the lines of a file say of each site."""


async def take(session: Session, sheet: Sheet, loading: Loading) -> Text:
    """New sites are added, known ones follow the file, and move when it names another commune."""
    communes = await _communes(session, loading.today)
    known = {site.code: site for site in (await session.execute(select(Site))).scalars()}
    homes = await _present_homes(session)
    given: _Given = {}
    for row in sheet.rows:
        site, home = _read(row, communes)
        if site.code in given:
            line = str(given[site.code][0].line)
            row.blame(
                "ma diem",
                _("The code {code} is on line {line} too.").format(code=site.code, line=line),
            )
        else:
            given[site.code] = row, site, home
        _expect_in_order(row, home, homes.get(site.code))
    _expect_parents(given, known)
    _expect_no_circle(given, known)
    wrong = [error for row in sheet.rows for error in row.errors()]
    if wrong or loading.errors:
        loading.errors += wrong
        loading.unstored_sites |= given.keys()
        return Text("")
    counts = {"load": 0, "change": 0, "move": 0}
    for code in _parents_first(given):
        _row, site, home = given[code]
        for action, before, after in await _take_one(
            session, site, home, known.get(code), homes.get(code)
        ):
            counts[action] += 1
            loading.note(session, f"site.{action}", code, before=before, after=after)
    return _("{file}: {added} sites added, {changed} changed, {moved} moved.").format(
        file=sheet.file, added=counts["load"], changed=counts["change"], moved=counts["move"]
    )


def expect_site(row: Row, known: Collection[str]) -> str:
    """The code of the site that a line is about."""
    code = row.text("ma diem")
    if code not in known:
        row.blame("ma diem", _("There is no site with the code {code}.").format(code=code))
    return code


async def _communes(session: Session, today: date) -> dict[str, list[tuple[str, date]]]:
    """The communes of today, by code and by folded name with and without their kind."""
    found: dict[str, list[tuple[str, date]]] = {}
    for unit in await units.lowest_on(session, today):
        for name in {unit.code, unit.folded, fold(unit.name)}:
            found.setdefault(name, []).append((unit.code, unit.valid_from))
    return found


async def _present_homes(session: Session) -> dict[str, SiteHome]:
    found = await session.execute(select(SiteHome).where(col(SiteHome.until).is_(None)))
    return {home.site_code: home for home in found.scalars()}


async def _take_one(
    session: Session, site: Site, home: SiteHome, old: Site | None, old_home: SiteHome | None
) -> list[_Change]:
    """What changed, with how it was before and is now."""
    changes: list[_Change] = []
    if old is None:
        session.add(site)
        # A site refers to the one above it in its own table, which the session does not sort.
        await session.flush()
        changes.append(("load", None, _facts(site) | _place(home)))
    elif _facts(old) != _facts(site):
        changes.append(("change", _facts(old), _facts(site)))
        old.sqlmodel_update(site.model_dump(include=_FOLLOWS))
    if old_home is None or _place(old_home) != _place(home):
        if old_home is not None:
            old_home.until = home.since - timedelta(days=1)
            changes.append(("move", _place(old_home), _place(home)))
        session.add(home)
    return changes


_FOLLOWS = {"name", "folded", "kind", "parent_code", "stages", "valid_to"}


def _facts(site: Site) -> dict[str, Any]:
    return site.model_dump(mode="json", include=_FOLLOWS)


def _place(home: SiteHome) -> dict[str, Any]:
    return home.model_dump(mode="json", include={"unit_code", "unit_from"})


def _expect_in_order(row: Row, home: SiteHome, old: SiteHome | None) -> None:
    """A site cannot move before it came to where it is."""
    if (
        old is not None
        and home.unit_code
        and _place(old) != _place(home)
        and home.since <= old.since
    ):
        row.blame(
            "tu ngay",
            _("The site is in the commune {commune} since {day}; name a later day.").format(
                commune=old.unit_code, day=old.since
            ),
        )


def _read(row: Row, communes: dict[str, list[tuple[str, date]]]) -> tuple[Site, SiteHome]:
    code, name = row.code("ma diem"), row.text("ten", LONGEST_NAME)
    since, until = row.day("tu ngay"), row.optional_day("den ngay")
    if until is not None and until < since:
        row.blame("den ngay", _("The last day is before the first."))
    parent = row.optional("thuoc truong") or None
    if parent == code:
        row.blame("thuoc truong", _("A site cannot be a part of itself."))
    unit_code, unit_from = _commune(row, communes)
    site = Site(
        code=code,
        name=name,
        folded=fold(name),
        kind=row.one_of("loai", KINDS, KIND_NAMES),
        parent_code=parent,
        stages=_stages(row),
        valid_from=since,
        valid_to=until,
    )
    home = SiteHome(
        site_code=code, since=max(since, unit_from), unit_code=unit_code, unit_from=unit_from
    )
    return site, home


def _commune(row: Row, communes: dict[str, list[tuple[str, date]]]) -> tuple[str, date]:
    typed = row.text("xa")
    # Excel takes the zeros off a code that it believes to be a number.
    key = typed.zfill(5) if typed.isdecimal() else fold(typed)
    found = communes.get(key, [])
    if len(found) == 1:
        return found[0]
    row.blame(
        "xa",
        _("“{typed}” is not the code or the name of one commune of today.").format(typed=typed),
    )
    return "", date.min


def _stages(row: Row) -> str:
    typed = [word for word in re.split(r"[\s,;+&/]+", row.optional("cap hoc")) if word]
    if unknown := [word for word in typed if fold(word) not in STAGE_NAMES]:
        row.blame(
            "cap hoc",
            _("“{typed}” is not a stage of school: {stages}.").format(
                typed=", ".join(unknown), stages=", ".join(STAGES)
            ),
        )
    named = {fold(word) for word in typed}
    return " ".join(stage for stage in STAGES if fold(stage) in named)


def _expect_parents(given: _Given, known: Mapping[str, Site]) -> None:
    for row, site, _home in given.values():
        parent = site.parent_code
        if parent is not None and parent not in known and parent not in given:
            row.blame(
                "thuoc truong",
                _("There is no school with the code {code}.").format(code=parent),
            )


def _expect_no_circle(given: _Given, known: Mapping[str, Site]) -> None:
    """Nobody is above themselves, however many lines it takes to come round."""
    above = {code: site.parent_code for code, site in known.items()}
    above |= {code: site.parent_code for code, (_row, site, _home) in given.items()}
    clear: set[str] = set()
    for start in given:
        way: dict[str, None] = {}
        code: str | None = start
        while code is not None and code not in clear and code not in way:
            way[code] = None
            code = above.get(code)
        if code in way:
            steps = list(way)
            _blame_circle(given, steps[steps.index(str(code)) :])
        clear |= way.keys()


def _blame_circle(given: _Given, circle: list[str]) -> None:
    lines = {given[code][0].line for code in circle if code in given}
    for code in circle:
        if code in given:
            given[code][0].blame(
                "thuoc truong",
                _("The schools named on the lines {lines} go in a circle: {circle}.").format(
                    lines=", ".join(map(str, sorted(lines))),
                    circle=" → ".join(_shortened([*circle, circle[0]])),
                ),
            )


def _shortened(circle: list[str]) -> list[str]:
    return circle if len(circle) <= SHOWN else [*circle[: SHOWN - 2], "…", circle[-1]]


def _parents_first(given: _Given) -> list[str]:
    """Every school before the sites below it; there is no circle among them."""
    order: dict[str, None] = {}
    for start in given:
        way = []
        code: str | None = start
        while code in given and code not in order:
            way.append(code)
            code = given[code][1].parent_code
        order |= dict.fromkeys(reversed(way))
    return list(order)
