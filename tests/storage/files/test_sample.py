from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from locales.dates import local_day
from storage import audit
from storage.database import Database
from storage.files import sample
from storage.help import unconfirmed
from storage.help.confirmations import Confirmation
from storage.people import people
from storage.people.people import Role
from storage.programme import sites, units
from storage.programme.sites import Site
from storage.refusals import Refused
from tests.storage.village import NOW, Village


async def load(database: Database) -> None:
    async with database.writing() as session:
        await sample.load(session, NOW)


async def test_the_sample_fills_an_empty_store_once(database: Database):
    await load(database)
    counts = (
        select(func.count()).select_from(Site),
        select(func.count()).select_from(Confirmation),
    )
    async with database.reading() as session:
        assert await sample.has_sample(session)
        assert not await sample.has_real(session)
        before = [(await session.execute(count)).scalar_one() for count in counts]
    await load(database)
    async with database.reading() as session:
        assert [(await session.execute(count)).scalar_one() for count in counts] == before
        schools = select(func.count()).select_from(Site).where(Site.kind == "school")
        assert (await session.execute(schools)).scalar_one() == 24


async def test_sixty_blankets_are_on_their_way_to_lan(database: Database):
    await load(database)
    async with database.reading() as session:
        lan = (await people.by_addresses(session, [("telegram", "700001")]))["telegram", "700001"]
        held = (await people.memberships_of(session, [lan.id], NOW))[lan.id]
        assert [one.role for one in held] == [Role.SITE]
        site = held[0].site_code
        assert site is not None
        waiting = await unconfirmed.waiting_at(session, [site])
        home = await sites.home_of(session, site, local_day(NOW))
        assert (await session.get(Site, site)).kind == "campus"  # type: ignore[union-attr]
    first = waiting[0]
    assert (first.item.name, first.sent, first.handed_on is not None) == ("chăn bông", 60, True)
    assert len(waiting) > 2
    assert home is not None
    assert home.unit_code == "01327"


async def test_minh_and_thao_look_after_co_ba_and_the_province(database: Database):
    await load(database)
    async with database.reading() as session:
        found = await people.by_addresses(
            session, [("telegram", address) for address in ("700002", "700003", "700004", "700005")]
        )
        ids = [person.id for person in found.values()]
        held = await people.memberships_of(session, ids, NOW)
        commune = await units.valid_on(session, "01327", local_day(NOW))
    assert commune is not None
    assert commune.name == "Xã Cô Ba"
    told = {
        address: [(one.role, one.unit_code) for one in held[person.id]]
        for (_channel, address), person in found.items()
    }
    assert told == {
        "700002": [(Role.LOCAL, "01327")],
        "700003": [(Role.COORD, None)],
        "700004": [(Role.DONOR, None)],
    }


async def test_the_sample_is_refused_among_real_records(database: Database, village: Village):
    assert village.lan.id
    with pytest.raises(Refused):
        await load(database)


async def test_the_books_of_the_sample_balance(database: Database):
    await load(database)
    async with database.reading() as session:
        compared = await audit.audit(session)
    assert [one for one in compared if one.expected != one.found] == []
    assert any(one.what.startswith("blanket") and one.expected for one in compared)


async def test_a_record_without_history_shows_in_the_audit(database: Database):
    await load(database)
    async with database.writing() as session:
        await session.execute(
            text("INSERT INTO hand_over (id, delivery_id, brought_by, quantity, handed_on, reason, recorded_at)"
                 " SELECT 'x', min(id), 'ai đó', 5, '2026-11-20', '', '2026-11-20' FROM delivery"
                 " WHERE id NOT IN (SELECT delivery_id FROM hand_over)")
        )  # fmt: skip
    async with database.reading() as session:
        wrong = [one for one in await audit.audit(session) if one.expected != one.found]
    assert [one.what for one in wrong] == [
        "hand-overs, by history",
        "deliveries that have come as far as is told of them",
    ]
    assert wrong[0].found == wrong[0].expected + 1
