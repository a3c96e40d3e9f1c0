from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from locales import Reader, render
from storage.database import Database
from storage.people import join_requests, people
from storage.people.join_requests import JoinRequest
from storage.people.people import Address, Membership, Person, Role
from storage.refusals import Refused
from tests.storage.village import NOW, TODAY, Village


async def meet(database: Database, address: str, name: str = "Sơn") -> Person:
    async with database.writing() as session:
        return await people.meet(
            session, channel="telegram", address=address, name=name, language="vi", now=NOW
        )


async def ask(database: Database, who: Person) -> JoinRequest:
    async with database.writing() as session:
        return await join_requests.ask(
            session, person_id=who.id, name="thầy Sơn", site_code="CB01-1", now=NOW
        )


async def decide(database: Database, request: JoinRequest, by: Person, *, agreed: bool) -> None:
    async with database.writing() as session:
        await join_requests.decide(session, request.id, agreed=agreed, reason="", by=by.id, now=NOW)


async def test_a_stranger_who_writes_twice_at_once_is_one_person(database: Database):
    both = await asyncio.gather(*(meet(database, "900001") for _each in range(2)))
    assert both[0].id == both[1].id
    async with database.reading() as session:
        count = select(func.count()).select_from(Person)
        assert (await session.execute(count)).scalar_one() == 1


async def test_an_address_belongs_to_one_person_at_a_time(database: Database, village: Village):
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(
                Address(channel="telegram", address="700001", person_id=village.minh.id, since=NOW)
            )


async def test_a_role_that_ended_is_gone_with_the_next_message(
    database: Database, village: Village
):
    async with database.writing() as session:
        ended = await people.end(
            session, village.minh_at.id, by=village.thao.id, now=NOW, reason="chuyển công tác"
        )
        again = await people.end(
            session, village.minh_at.id, by=village.thao.id, now=NOW, reason="chuyển công tác"
        )
    assert (ended, again) == (True, False)
    async with database.reading() as session:
        held = await people.memberships_of(session, [village.minh.id, village.lan.id], NOW)
        earlier = await people.memberships_of(session, [village.minh.id], NOW - timedelta(hours=1))
    assert held[village.minh.id] == []
    assert len(held[village.lan.id]) == 1
    assert len(earlier[village.minh.id]) == 1


async def test_a_role_is_at_a_site_or_in_a_unit_and_never_both(
    database: Database, village: Village
):
    with pytest.raises(IntegrityError):
        async with database.writing() as session:
            session.add(
                Membership(
                    person_id=village.lan.id, role=Role.SITE, site_code="CB01-1",
                    unit_code="01327", unit_from=village.minh_at.unit_from, since=NOW,
                )
            )  # fmt: skip


async def test_who_asks_twice_has_asked_once_and_minh_sees_it(database: Database, village: Village):
    son = await meet(database, "700005")
    first, again = await ask(database, son), await ask(database, son)
    assert first.id == again.id
    async with database.reading() as session:
        minhs = await join_requests.waiting_within(session, [village.minh_at], TODAY)
        lans = await join_requests.waiting_within(session, [], TODAY)
    assert [one.request.id for one in minhs] == [first.id]
    assert lans == []


async def test_a_request_is_decided_once_and_by_somebody_else(database: Database, village: Village):
    son = await meet(database, "700005")
    request = await ask(database, son)
    with pytest.raises(Refused):
        await decide(database, request, son, agreed=True)
    both = await asyncio.gather(
        decide(database, request, village.minh, agreed=True),
        decide(database, request, village.thao, agreed=False),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Refused) for one in both) == 1
    async with database.reading() as session:
        held = await people.memberships_of(session, [son.id], NOW)
    assert len(held[son.id]) == (1 if both[0] is None else 0)


async def test_of_two_officers_who_agree_at_once_one_is_told_of_the_other(
    database: Database, village: Village
):
    son = await meet(database, "700005")
    request = await ask(database, son)
    both = await asyncio.gather(
        decide(database, request, village.minh, agreed=True),
        decide(database, request, village.thao, agreed=True),
        return_exceptions=True,
    )
    (refusal,) = [one for one in both if isinstance(one, Refused)]
    first = village.minh if both[0] is None else village.thao
    told = render(refusal.why, Reader(language="en"))
    assert told == f"{first.name} has agreed to this request already."
    async with database.reading() as session:
        held = await people.memberships_of(session, [son.id], NOW)
    assert len(held[son.id]) == 1


async def test_who_blocked_us_is_not_written_to_until_they_come_back(
    database: Database, village: Village
):
    async with database.writing() as session:
        await people.unreachable(session, village.lan.id, NOW)
    async with database.reading() as session:
        assert await people.reached_by(session, [village.lan.id], ["telegram"]) == []
    async with database.writing() as session:
        await people.reachable(session, village.lan.id)
    async with database.reading() as session:
        reached = await people.reached_by(session, [village.lan.id], ["telegram"])
    assert [address for _person, _channel, address in reached] == ["700001"]
