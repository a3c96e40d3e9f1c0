"""The same few people in every test: cô Lan teaches, anh Minh checks, chị Thảo coordinates, chị Hoa gives."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from storage.database import Database, Session
from storage.help.deliveries import Delivery, HandOver
from storage.people.people import Address, Person, Role, grant
from storage.programme.plans import Plan
from storage.programme.sites import Site, SiteHome
from tests.talking import HOA, LAN, MINH, THAO, Clock, Talk

BEFORE = datetime(2026, 11, 1, tzinfo=UTC)
SINCE_MERGER = date(2025, 7, 1)
CO_BA, COC_PANG = "01327", "01324"
NA_TENH, LUNG_VAI, PAC_PANG = "S-NATENH", "S-LUNGVAI", "S-PACPANG"
BLANKETS, SCARVES = "d-blankets", "d-scarves"


async def settle(database: Database) -> None:
    """The cast in a new store."""
    async with database.writing() as session:
        await settle_in(session)


async def settle_in(session: Session) -> None:
    """Two communes, three sites, four people, and blankets and scarves on their way to cô Lan."""
    session.add(
        Plan(
            code="P26",
            title="Kế hoạch 2026-2030",
            valid_from=date(2026, 1, 1),
            valid_to=date(2030, 12, 31),
        )
    )
    for code, name, unit in (
        (NA_TENH, "Điểm trường Nà Tềnh", CO_BA),
        (LUNG_VAI, "Điểm trường Lũng Vài", CO_BA),
        (PAC_PANG, "Điểm trường Pác Pảng", COC_PANG),
    ):
        await found_a_site(session, code, name, unit)
    await _people(session)
    await _deliveries(session)


async def found_a_site(session: Session, code: str, name: str, unit: str) -> None:
    """A school in a commune since the communes are what they are."""
    session.add(Site(code=code, name=name, folded="", kind="school", valid_from=date(2020, 1, 1)))
    await session.flush()
    session.add(
        SiteHome(site_code=code, since=SINCE_MERGER, unit_code=unit, unit_from=SINCE_MERGER)
    )


async def many_schools(session: Session, unit: str) -> None:
    """More of them than fit on a page."""
    for number in range(1, 21):
        await found_a_site(session, f"S-SO{number}", f"Trường Số {number}", unit)


async def _people(session: Session) -> None:
    for who, name, address in (
        (LAN, "Lan", "co"),
        (MINH, "Minh", "anh"),
        (THAO, "Thảo", "chi"),
        (HOA, "Hoa", "quy_vi"),
    ):
        person = Person(id=f"person-{who}", name=name, address=address, created_at=BEFORE)
        session.add(person)
        await session.flush()
        session.add(Address(channel="telegram", address=who, person_id=person.id, since=BEFORE))
    grant(session, f"person-{LAN}", Role.SITE, by=None, now=BEFORE, site_code=NA_TENH)
    grant(
        session,
        f"person-{MINH}",
        Role.LOCAL,
        by=None,
        now=BEFORE,
        unit_code=CO_BA,
        unit_from=SINCE_MERGER,
    )
    grant(session, f"person-{THAO}", Role.COORD, by=None, now=BEFORE)
    grant(session, f"person-{HOA}", Role.DONOR, by=None, now=BEFORE)


async def _deliveries(session: Session) -> None:
    for number, item, quantity in ((BLANKETS, "blanket", 60), (SCARVES, "scarf", 30)):
        session.add(
            Delivery(
                id=number,
                plan_code="P26",
                site_code=NA_TENH,
                item_code=item,
                quantity=quantity,
                day=date(2026, 11, 18),
                source="Nhóm Áo Ấm (mẫu)",
                created_at=BEFORE,
                state="handed_over" if number == BLANKETS else "planned",
            )
        )
    await session.flush()
    session.add(
        HandOver(
            delivery_id=BLANKETS,
            brought_by="anh Tuấn (mẫu)",
            quantity=60,
            handed_on=date(2026, 11, 18),
            recorded_at=BEFORE,
        )
    )


async def one_more_teacher(session: Session, number: int, phone: str) -> None:
    """A teacher with a site of their own in xã Cô Ba, where sixty blankets are expected."""
    code = f"S-{number}"
    person = Person(name=f"Giáo viên {number}", address="co", created_at=BEFORE)
    session.add(person)
    await found_a_site(session, code, f"Điểm {number}", CO_BA)
    session.add(Address(channel="telegram", address=phone, person_id=person.id, since=BEFORE))
    grant(session, person.id, Role.SITE, by=None, now=BEFORE, site_code=code)
    session.add(
        Delivery(
            plan_code="P26",
            site_code=code,
            item_code="blanket",
            quantity=60,
            day=date(2026, 11, 1),
            source="(mẫu)",
            created_at=BEFORE,
        )
    )


@pytest.fixture
def talk(database: Database) -> Talk:
    """The cast, each with a phone, on both kinds of store."""
    return Talk(database, Clock())


@pytest.fixture
def quick_talk(sqlite_database: Database) -> Talk:
    """The cast on the embedded store alone, for what does not depend on the store."""
    return Talk(sqlite_database, Clock())
