from __future__ import annotations

from datetime import date

from sqlmodel import func, select

from storage.database import Database
from storage.programme import plans, reference, units
from storage.programme.units import UnitLink, UnitRegion

TODAY = date(2026, 11, 20)
LAST_DAY_OF_DISTRICTS = date(2025, 6, 30)


async def test_every_store_knows_the_communes_of_today_and_of_before(database: Database):
    async with database.reading() as session:
        assert len(await units.lowest_on(session, TODAY)) == 56
        assert len(await units.lowest_on(session, LAST_DAY_OF_DISTRICTS)) == 161


async def test_each_of_the_former_communes_went_whole_into_one_of_today(database: Database):
    async with database.reading() as session:
        former = {unit.code for unit in await units.lowest_on(session, LAST_DAY_OF_DISTRICTS)}
        today = {unit.code for unit in await units.lowest_on(session, TODAY)}
        links = list((await session.execute(select(UnitLink))).scalars())
    assert {link.old_code for link in links} == former
    assert {link.new_code for link in links} == today


async def test_a_name_is_found_without_marks_and_belongs_to_its_day(database: Database):
    async with database.reading() as session:
        found = await units.named(session, "co ba", TODAY)
        assert [unit.name for unit in found] == ["Xã Cô Ba"]
        unit = await units.valid_on(session, "01327", TODAY)
        before = await units.valid_on(session, "043", LAST_DAY_OF_DISTRICTS)
        assert await units.valid_on(session, "043", TODAY) is None
    assert unit is not None
    assert unit.valid_from == date(2025, 7, 1)
    assert before is not None
    assert before.name == "Huyện Bảo Lạc"


async def test_a_region_is_known_by_its_decision_or_said_to_be_unknown(database: Database):
    async with database.reading() as session:
        count = select(func.count()).select_from(UnitRegion)
        assert (await session.execute(count)).scalar_one() == 109
        assert await units.region_of(session, "01327", TODAY) == "III"
        assert await units.region_of(session, "01327", date(2031, 1, 1)) is None


async def test_bringing_up_to_date_again_changes_nothing(database: Database):
    async with database.writing() as session:
        await reference.load(session)
    async with database.reading() as session:
        items = await plans.goods(session)
        assert {"blanket", "clothes", "scarf"} <= {item.code for item in items}
        running = await plans.running_on(session, date(2024, 5, 1))
        assert [plan.code for plan in running] == ["2019-2025"]
