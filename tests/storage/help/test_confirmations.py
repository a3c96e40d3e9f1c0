from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import func, select

from storage.database import Database
from storage.help import confirmations, photos, reports, submissions, unconfirmed
from storage.help.confirmations import Confirmation, ConfirmedDelivery, Outcome
from storage.help.reports import Reported, ReportFlag
from storage.help.submissions import NewVersion, ReportedAlready
from storage.history import HistoryEntry
from storage.identity import new_id
from storage.people.people import Person
from storage.refusals import Refused
from tests.storage.village import MERGED, NOW, TODAY, Village


async def record(database: Database, new: NewVersion, by: Person) -> Reported:
    async with database.writing() as session:
        return await submissions.submit(session, new, by=by.id, message_at=NOW, now=NOW)


async def test_a_confirmation_is_kept_with_its_history_and_flags(
    database: Database, village: Village
):
    delivery = await village.deliver(database)
    new = replace(
        village.everything_came(delivery, 62),
        flags={"more_than_sent": "đếm hai lần rồi ạ"},
    )
    made = await record(database, new, village.lan)
    async with database.reading() as session:
        kept = await confirmations.latest_of(session, delivery)
        flag = (await session.execute(select(ReportFlag))).scalar_one()
        entry = (
            await session.execute(
                select(HistoryEntry).where(HistoryEntry.subject_id == made.version.id)
            )
        ).scalar_one()
    assert kept is not None
    assert isinstance(kept.figures, ConfirmedDelivery)
    assert (kept.figures.confirmation.received, kept.version.version) == (62, 1)
    assert kept.report.code == made.report.code
    assert (flag.kind, flag.reason) == ("more_than_sent", "đếm hai lần rồi ạ")
    assert (entry.action, entry.by_person_id, entry.at) == (
        "confirmation.record",
        village.lan.id,
        NOW,
    )
    assert entry.after is not None
    assert entry.after["received"] == 62


async def test_of_two_who_confirm_at_once_the_second_is_told_who_was_first(
    database: Database, village: Village
):
    delivery = await village.deliver(database)
    both = await asyncio.gather(
        *(record(database, village.everything_came(delivery), who) for who in (village.lan, village.minh)),
        return_exceptions=True,
    )  # fmt: skip
    won = [one for one in both if isinstance(one, Reported)]
    lost = [one for one in both if isinstance(one, ReportedAlready)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].first is not None
    assert lost[0].first.version == won[0].version
    async with database.reading() as session:
        count = select(func.count()).select_from(Confirmation)
        assert (await session.execute(count)).scalar_one() == 1


async def test_a_refused_confirmation_spoils_nothing_else_in_its_transaction(
    database: Database, village: Village
):
    first, second = await village.deliver(database), await village.deliver(database, 20)
    await record(database, village.everything_came(first), village.lan)
    async with database.writing() as session:
        with pytest.raises(Refused):
            await submissions.submit(
                session, village.everything_came(first), by=village.minh.id, message_at=NOW, now=NOW
            )
        await submissions.submit(
            session, village.everything_came(second, 20), by=village.lan.id, message_at=NOW, now=NOW
        )
    async with database.reading() as session:
        assert await confirmations.latest_of(session, second) is not None


async def test_what_was_cancelled_cannot_be_confirmed_nor_the_other_way_round(
    database: Database, village: Village
):
    first, second = await village.deliver(database), await village.deliver(database)
    async with database.writing() as session:
        await unconfirmed.cancel(session, first, reason="xe hỏng", by=village.thao.id, now=NOW)
    with pytest.raises(Refused):
        await record(database, village.everything_came(first), village.lan)
    await record(database, village.everything_came(second), village.lan)
    with pytest.raises(Refused):
        async with database.writing() as session:
            await unconfirmed.cancel(session, second, reason="nhầm", by=village.thao.id, now=NOW)


@pytest.mark.slow
async def test_confirming_and_cancelling_at_once_never_both_succeed(
    database: Database, village: Village
):
    async def cancel(delivery: str) -> None:
        async with database.writing() as session:
            await unconfirmed.cancel(session, delivery, reason="nhầm", by=village.thao.id, now=NOW)

    for _round in range(10):
        delivery = await village.deliver(database)
        both = await asyncio.gather(
            record(database, village.everything_came(delivery), village.lan),
            cancel(delivery),
            return_exceptions=True,
        )
        assert sum(isinstance(one, Refused) for one in both) == 1, both


async def test_tomorrow_cannot_have_come_yet(database: Database, village: Village):
    tomorrow = TODAY + timedelta(days=1)
    new = village.everything_came(await village.deliver(database), received_on=tomorrow)
    with pytest.raises(Refused):
        await record(database, new, village.lan)


@pytest.mark.parametrize(
    "impossible",
    [
        {"received": -1},
        {"damaged": -1},
        {"received": 5, "damaged": 6},
        {"outcome": Outcome.NONE, "received": 1},
        {"outcome": "perhaps"},
    ],
)
async def test_the_store_itself_refuses_the_impossible(
    database: Database, village: Village, impossible: dict[str, Any]
):
    new = village.everything_came(await village.deliver(database), **impossible)
    with pytest.raises(IntegrityError):
        await record(database, new, village.lan)


async def test_lan_sees_what_she_sent_and_minh_what_waits_for_him(
    database: Database, village: Village
):
    delivery = await village.deliver(database)
    new = village.everything_came(delivery)
    async with database.writing() as session:
        photo = await photos.promise(
            session,
            photo_id=new_id(),
            channel="telegram:588",
            chat="700001",
            message="7",
            file_id="F",
            file_unique_id="U",
            person_id=village.lan.id,
            draft_id="d",
            forwarded=False,
            sent_at=NOW,
            now=NOW,
        )
    made = await record(database, replace(new, photo_ids=[photo]), village.lan)
    async with database.reading() as session:
        mine = await reports.sent_by(session, village.lan.id, ["CB01-1"], 10)
        waiting = await reports.waiting_for_review(session, "01327", MERGED, TODAY)
        elsewhere = await reports.waiting_for_review(session, "01318", MERGED, TODAY)
        foreign = await reports.sent_by(session, village.minh.id, ["CB01-1"], 10)
    made_it = [made.report.id]
    assert [one.report.id for one in mine] == made_it == [one.report.id for one in waiting]
    assert mine[0].photos.promised == 1
    assert not mine[0].wants_photos
    assert elsewhere == []
    assert foreign == []
