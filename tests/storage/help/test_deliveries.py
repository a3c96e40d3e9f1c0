from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.help import deliveries, submissions, unconfirmed
from storage.refusals import Refused
from tests.storage.village import NOW, TODAY, Village


async def hand_over(database: Database, village: Village, delivery: str, **changed: Any) -> None:
    given: dict[str, Any] = {
        "delivery_id": delivery,
        "brought_by": "anh Tuấn",
        "quantity": 58,
        "handed_on": TODAY,
        "reason": "",
        "memberships": [village.minh_at],
        "by": village.minh.id,
        "now": NOW,
    }
    async with database.writing() as session:
        await deliveries.hand_over(session, **{**given, **changed})


async def test_what_was_handed_over_is_what_lan_is_asked_about(
    database: Database, village: Village
):
    later, sooner = await village.deliver(database, 10), await village.deliver(database, 60)
    await hand_over(database, village, sooner)
    async with database.reading() as session:
        waiting = await unconfirmed.waiting_at(session, ["CB01-1"])
        above = await unconfirmed.waiting_at(session, ["CB01"])
        minhs = await unconfirmed.planned_within(session, [village.minh_at], TODAY)
    assert [(one.delivery.id, one.sent) for one in waiting] == [(sooner, 58), (later, 10)]
    assert waiting[0].delivery.quantity == 60
    assert len(above) == 2
    assert [one.delivery.id for one in minhs] == [later]


async def test_what_is_confirmed_waits_no_more(database: Database, village: Village):
    delivery = await village.deliver(database)
    async with database.writing() as session:
        await submissions.submit(
            session, village.everything_came(delivery), by=village.lan.id, message_at=NOW, now=NOW
        )
    async with database.reading() as session:
        assert await unconfirmed.waiting_at(session, ["CB01-1"]) == []
        assert await unconfirmed.planned_within(session, [village.thao_at], TODAY) == []


async def test_one_delivery_is_handed_over_once_also_by_two_at_once(
    database: Database, village: Village
):
    delivery = await village.deliver(database)
    both = await asyncio.gather(
        *(hand_over(database, village, delivery) for _each in range(2)), return_exceptions=True
    )
    assert sum(isinstance(one, Refused) for one in both) == 1


async def test_minh_acts_only_in_his_commune(database: Database, village: Village):
    other = village.minh_at.model_copy(update={"unit_code": "01324"})
    delivery = await village.deliver(database)
    with pytest.raises(Refused):
        await hand_over(database, village, delivery, memberships=[other])
    with pytest.raises(Refused):
        await plan(database, village, memberships=[other])
    await plan(database, village, memberships=[village.minh_at])


async def plan(database: Database, village: Village, **changed: Any) -> None:
    given: dict[str, Any] = {
        "site_code": "CB01-1",
        "item_code": "scarf",
        "quantity": 5,
        "day": TODAY,
        "source": "Hội",
        "memberships": [village.thao_at],
        "by": village.thao.id,
        "now": NOW,
    }
    async with database.writing() as session:
        await deliveries.plan(session, **{**given, **changed})


async def test_a_day_outside_every_plan_is_refused(database: Database, village: Village):
    with pytest.raises(Refused):
        await plan(database, village, day=date(2035, 1, 1))


async def test_nothing_is_handed_over_tomorrow_or_after_it_was_cancelled(
    database: Database, village: Village
):
    delivery = await village.deliver(database)
    with pytest.raises(Refused):
        await hand_over(database, village, delivery, handed_on=TODAY + timedelta(days=1))
    async with database.writing() as session:
        await unconfirmed.cancel(session, delivery, reason="xe hỏng", by=village.thao.id, now=NOW)
    with pytest.raises(Refused):
        await hand_over(database, village, delivery)
    async with database.reading() as session:
        assert await unconfirmed.waiting_at(session, ["CB01-1"]) == []


@pytest.mark.parametrize("quantity", [0, -1])
async def test_the_store_itself_refuses_a_delivery_of_nothing(
    database: Database, village: Village, quantity: int
):
    with pytest.raises(IntegrityError):
        await plan(database, village, quantity=quantity)
