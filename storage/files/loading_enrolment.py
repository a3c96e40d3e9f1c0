"""The numbers of children come in as a file, for each site, school year and stage."""

import re

from sqlmodel import select

from locales import Text, _
from storage.access import Session
from storage.files.loading_sites import STAGE_NAMES, expect_site
from storage.files.sheets import Loading, Row, Sheet
from storage.programme.sites import STAGES, Enrolment, Site

_SCHOOL_YEAR = re.compile(r"(\d{4}) ?[-–/] ?(\d{4})")


async def take(session: Session, sheet: Sheet, loading: Loading) -> Text:
    """How many children each site has; a later file corrects an earlier one."""
    sites = set((await session.execute(select(Site.code))).scalars()) | loading.unstored_sites
    known = {_key(one): one for one in (await session.execute(select(Enrolment))).scalars()}
    taken = 0
    for row in sheet.rows:
        given = _read_enrolment(row, sites)
        if row.wrong:
            loading.errors += row.errors()
            continue
        old = known.get(_key(given))
        if old is not None and old.children == given.children:
            continue
        before = {"children": old.children} if old else None
        if old is None:
            known[_key(given)] = given
            # What is wrong elsewhere undoes all of it, and may have kept out the site.
            if not loading.errors:
                session.add(given)
        else:
            old.children = given.children
        after = {"children": given.children}
        loading.note(session, "enrolment.load", "/".join(_key(given)), before=before, after=after)
        taken += 1
    return _("{file}: {count} numbers of children taken over.").format(file=sheet.file, count=taken)


def _key(one: Enrolment) -> tuple[str, str, str]:
    return one.site_code, one.school_year, one.stage


def _read_enrolment(row: Row, sites: set[str]) -> Enrolment:
    code = expect_site(row, sites)
    typed = row.text("nam hoc")
    year = _SCHOOL_YEAR.fullmatch(typed)
    if year is None or int(year[2]) != int(year[1]) + 1:
        row.blame(
            "nam hoc", _("“{typed}” is not a school year, such as 2026-2027.").format(typed=typed)
        )
    else:
        row.expect_year("nam hoc", int(year[1]))
    return Enrolment(
        site_code=code,
        school_year=f"{year[1]}-{year[2]}" if year else "",
        stage=row.one_of("cap hoc", STAGE_NAMES, STAGES),
        children=row.number("so tre"),
    )
