from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest
from sqlmodel import select

from locales import Reader, render
from storage.database import Database
from storage.history import HistoryEntry
from storage.people import invitations, people
from storage.people.invitations import Invitation
from storage.people.people import Membership, Person, Role
from storage.programme import sites
from storage.refusals import Refused
from tests.storage.village import NOW, Village


async def invite(database: Database, role: Role = Role.SITE, at: str | None = "CB01-1") -> str:
    async with database.writing() as session:
        return await invitations.create(session, role, at, None, NOW)


async def newcomers(database: Database, count: int) -> list[Person]:
    async with database.writing() as session:
        return [
            await people.meet(
                session, channel="telegram", address=f"8{one}", name="Sơn", language="vi", now=NOW
            )
            for one in range(count)
        ]


async def accept(database: Database, payload: str, person: Person) -> Membership:
    async with database.writing() as session:
        return await invitations.accept(session, payload, person_id=person.id, now=NOW)


async def test_a_link_gives_the_role_and_the_store_does_not_know_the_link(
    database: Database, village: Village
):
    payload = await invite(database)
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,64}", payload)
    (son,) = await newcomers(database, 1)
    given = await accept(database, payload, son)
    assert (given.role, given.site_code, given.since) == (Role.SITE, "CB01-1", NOW)
    async with database.reading() as session:
        kept = (await session.execute(select(Invitation))).scalar_one()
        entries = (await session.execute(select(HistoryEntry))).scalars()
        assert payload not in str(kept.model_dump()) + str([one.model_dump() for one in entries])


async def test_of_five_who_press_at_once_one_joins(database: Database, village: Village):
    payload = await invite(database)
    everybody = await newcomers(database, 5)
    came = await asyncio.gather(
        *(accept(database, payload, one) for one in everybody), return_exceptions=True
    )
    assert sum(isinstance(one, Membership) for one in came) == 1
    assert sum(isinstance(one, Refused) for one in came) == 4


async def test_used_expired_foreign_and_needless_links_are_each_told_apart(
    database: Database, village: Village
):
    first, second, needless = [await invite(database) for _each in range(3)]
    son, other = await newcomers(database, 2)
    await accept(database, first, son)
    async with database.writing() as session:
        late = await invitations.create(
            session, Role.SITE, "CB01-1", None, NOW - timedelta(days=20)
        )
    told = {}
    for name, payload, who in (
        ("used", first, other),
        ("expired", late, other),
        ("not an invitation", "A" * 32, other),
        ("not an invitation", "<b>&'; DROP", other),
        ("hold this role already", needless, son),
    ):
        with pytest.raises(Refused) as refusal:
            await accept(database, payload, who)
        told[name] = render(refusal.value.why, Reader(language="en"))
        assert name in told[name]
    assert (await accept(database, second, other)).role == Role.SITE


@pytest.mark.parametrize(
    ("role", "at", "why"),
    [
        (Role.SITE, "01327", "needs the code of a site"),
        (Role.SITE, None, "needs the code of a site"),
        (Role.SITE, "?", "no site or unit with the code ?"),
        (Role.LOCAL, "CB01", "needs the code of a commune or ward"),
        (Role.LOCAL, "04", "needs the code of a commune or ward"),
        (Role.LOCAL, None, "needs the code of a commune or ward"),
        (Role.LOCAL, "01330", "no site or unit with the code 01330"),
        (Role.COORD, "01327", "in the whole province"),
        (Role.COORD, "CB01-1", "in the whole province"),
        (Role.HEALTH, "01327", "in the whole province"),
        (Role.ADMIN, "CB01", "in the whole province"),
        (Role.FRONT, "CB01", "in the whole province"),
        (Role.DONOR, "CB01", "in the whole province"),
    ],
)
async def test_a_role_is_offered_only_where_it_makes_sense(
    database: Database, village: Village, role: Role, at: str | None, why: str
):
    with pytest.raises(Refused) as refusal:
        await invite(database, role, at)
    assert why in render(refusal.value.why, Reader(language="en"))


@pytest.mark.parametrize(
    ("role", "at", "place"),
    [
        (Role.LOCAL, "01327", "01327"),
        (Role.FRONT, "01327", "01327"),
        (Role.FRONT, None, None),
        (Role.COORD, None, None),
        (Role.COORD, "04", None),
    ],
)
async def test_a_role_is_held_in_a_commune_or_in_the_whole_province(
    database: Database, village: Village, role: Role, at: str | None, place: str | None
):
    (son,) = await newcomers(database, 1)
    given = await accept(database, await invite(database, role, at), son)
    assert (given.unit_code, given.site_code) == (place, None)


async def test_nobody_is_invited_to_a_site_that_is_closed(database: Database, village: Village):
    async with database.writing() as session:
        closed = await sites.get(session, "CB01-1")
        assert closed is not None
        closed.valid_to = NOW.date() - timedelta(days=1)
    with pytest.raises(Refused):
        await invite(database, Role.SITE, "CB01-1")
