"""One commune, one school with a satellite site, and the people who look after them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage.database import Database
from storage.help import deliveries
from storage.help.confirmations import NewConfirmation, Outcome
from storage.help.deliveries import Delivery
from storage.help.submissions import NewVersion
from storage.people import people
from storage.people.people import Membership, Person, Role
from storage.programme.plans import Plan
from storage.programme.sites import Site, SiteHome

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
TODAY = date(2026, 11, 20)
MERGED = date(2025, 7, 1)
BEGAN = date(2020, 3, 1)


@dataclass
class Village:
    """The ids of those who live there."""

    lan: Person
    minh: Person
    thao: Person
    minh_at: Membership
    thao_at: Membership

    async def deliver(self, database: Database, quantity: int = 60, site: str = "CB01-1") -> str:
        """A delivery of blankets, planned by chị Thảo."""
        async with database.writing() as session:
            made: Delivery = await deliveries.plan(
                session,
                site_code=site,
                item_code="blanket",
                quantity=quantity,
                day=TODAY,
                source="Hội Chữ thập đỏ",
                memberships=[self.thao_at],
                by=self.thao.id,
                now=NOW,
            )
        return made.id

    def everything_came(self, delivery_id: str, received: int = 60, **said: Any) -> NewVersion:
        """What a site reports of a delivery that came; `said` is what it says otherwise."""
        all_of_it = NewConfirmation(
            delivery_id=delivery_id,
            outcome=Outcome.ALL,
            received=received,
            damaged=0,
            by_site_code="CB01-1",
            received_on=TODAY,
        )
        return replace(all_of_it, **said).version()


@pytest.fixture
async def village(database: Database) -> Village:
    return await settled(database)


async def settled(database: Database) -> Village:
    async with database.writing() as session:
        session.add_all(
            [
                Plan(code="588", title="Kế hoạch", valid_from=BEGAN, valid_to=date(2030, 12, 31)),
                Site(
                    code="CB01", name="Trường Cô Ba", folded="truong co ba", kind="school",
                    valid_from=BEGAN,
                ),
            ]
        )  # fmt: skip
        await session.flush()
        session.add_all(
            [
                Site(
                    code="CB01-1", name="Điểm trường Phiêng Mòn", folded="diem truong phieng mon",
                    kind="campus", parent_code="CB01", valid_from=BEGAN,
                ),
                SiteHome(site_code="CB01", since=MERGED, unit_code="01327", unit_from=MERGED),
            ]
        )  # fmt: skip
        await session.flush()
        session.add(SiteHome(site_code="CB01-1", since=MERGED, unit_code="01327", unit_from=MERGED))
        lan, minh, thao = [
            await people.meet(
                session, channel="telegram", address=address, name=name, language="vi", now=NOW
            )
            for address, name in (("700001", "Lan"), ("700002", "Minh"), ("700003", "Thảo"))
        ]
        earlier = NOW - timedelta(days=1)
        people.grant(session, lan.id, Role.SITE, by=None, now=earlier, site_code="CB01-1")
        minh_at = people.grant(
            session, minh.id, Role.LOCAL, by=None, now=earlier, unit_code="01327", unit_from=MERGED
        )
        thao_at = people.grant(session, thao.id, Role.COORD, by=None, now=earlier)
    return Village(lan, minh, thao, minh_at, thao_at)
