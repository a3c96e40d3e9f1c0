"""The numbers of children come in as a file, for each site, school year and stage."""

import re
from datetime import datetime

from sqlmodel import select

from locales import Text, _
from storage import history
from storage.database import Session
from storage.loading_sites import STAGE_NAMES
from storage.refusals import Misunderstood
from storage.sheets import Row, Sheet, one_of
from storage.sites import Enrolment, Site

_SCHOOL_YEAR = re.compile(r"(\d{4}) ?[-–/] ?(\d{4})")


async def take(
    session: Session, sheet: Sheet, errors: list[Text], *, by: str | None, now: datetime
) -> Text:
    """How many children each site has; a later file corrects an earlier one."""
    sites = set((await session.execute(select(Site.code))).scalars())
    known = {_key(one): one for one in (await session.execute(select(Enrolment))).scalars()}
    taken = 0
    for row in sheet.rows:
        try:
            given = _read_enrolment(row, sites)
        except Misunderstood as why:
            errors.append(row.error(why.why))
            continue
        old = known.get(_key(given))
        if old is not None and old.children == given.children:
            continue
        before = {"children": old.children} if old else None
        if old is None:
            session.add(given)
            known[_key(given)] = given
        else:
            old.children = given.children
        after = {"children": given.children}
        name = "/".join(_key(given))
        history.note(session, "enrolment.load", name, by=by, now=now, before=before, after=after)
        taken += 1
    return _("{file}: {count} numbers of children taken over.").format(file=sheet.file, count=taken)


def _key(one: Enrolment) -> tuple[str, str, str]:
    return one.site_code, one.school_year, one.stage


def _read_enrolment(row: Row, sites: set[str]) -> Enrolment:
    code = row.text("ma diem")
    if code not in sites:
        raise Misunderstood(_("There is no site with the code {code}.").format(code=code))
    typed = row.text("nam hoc")
    year = _SCHOOL_YEAR.fullmatch(typed)
    if year is None or int(year[2]) != int(year[1]) + 1:
        raise Misunderstood(
            _("“{typed}” is not a school year, such as 2026-2027.").format(typed=typed)
        )
    children = row.number("so tre")
    if children < 0:
        raise Misunderstood(_("The number of children is below zero."))
    return Enrolment(
        site_code=code,
        school_year=f"{year[1]}-{year[2]}",
        stage=one_of(row, "cap hoc", STAGE_NAMES),
        children=children,
    )
