from __future__ import annotations

from datetime import timedelta

from storage import confirmations, nudges, photos
from storage.database import Database
from storage.identity import new_id
from storage.photos import Photo, PhotoCounts, PhotoState
from tests.storage.village import NOW, Village


async def promise(database: Database, village: Village, message: str, picture: str = "U") -> str:
    async with database.writing() as session:
        return await photos.promise(
            session, photo_id=new_id(), channel="telegram:588", chat="700001", message=message,
            file_id="F", file_unique_id=picture, person_id=village.lan.id, draft_id="d",
            forwarded=False, sent_at=NOW, now=NOW,
        )  # fmt: skip


async def report(database: Database, village: Village, *photo_ids: str) -> str:
    delivery = await village.deliver(database)
    async with database.writing() as session:
        made = await confirmations.record(
            session, village.everything_came(delivery), by=village.lan.id, message_at=NOW, now=NOW
        )
        await photos.attach(session, photo_ids, made.id)
    return made.id


async def test_a_photo_sent_twice_counts_once(database: Database, village: Village):
    first, again = [await promise(database, village, "7") for _each in range(2)]
    copy = await promise(database, village, "8")
    assert first == again
    made = await report(database, village, first, copy)
    async with database.reading() as session:
        assert await photos.counts(session, [made]) == {made: PhotoCounts(promised=1)}


async def test_a_photo_of_one_report_does_not_move_to_another(database: Database, village: Village):
    photo = await promise(database, village, "7")
    first = await report(database, village, photo)
    second = await report(database, village, photo)
    async with database.reading() as session:
        counted = await photos.counts(session, [first, second])
    assert counted.keys() == {first}


async def test_a_photo_is_fetched_by_one_until_the_lease_is_over(
    database: Database, village: Village
):
    photo, lease = await promise(database, village, "7"), timedelta(minutes=2)
    async with database.writing() as session:
        mine = await photos.due(session, NOW, 10, lease)
    async with database.writing() as session:
        nobodys = await photos.due(session, NOW + timedelta(seconds=1), 10, lease)
    async with database.writing() as session:
        later = await photos.due(session, NOW + lease, 10, lease)
    assert [one.id for one in mine] == [photo] == [one.id for one in later]
    assert nobodys == []
    assert later[0].tries == 2


async def test_what_cannot_be_had_is_missing_in_plain_sight(database: Database, village: Village):
    photo = await promise(database, village, "7")
    async with database.writing() as session:
        await photos.failed(session, photo, next_try_at=None, why={"msgid": "gone"})
    async with database.reading() as session:
        kept = await session.get(Photo, photo)
    assert kept is not None
    assert kept.next_try_at is None
    assert (kept.state, kept.why_missing) == (PhotoState.MISSING, {"msgid": "gone"})


async def test_nobody_is_reminded_of_the_same_thing_twice(database: Database, village: Village):
    async with database.writing() as session:
        told = [
            await nudges.claim(session, "deadline", "x", "7", village.lan.id, NOW)
            for _each in range(2)
        ]
    async with database.writing() as session:
        told.append(await nudges.claim(session, "deadline", "x", "3", village.lan.id, NOW))
    assert told == [True, False, True]
