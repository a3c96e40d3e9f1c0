from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from storage.audit import audit
from storage.database import Database
from storage.files.photo_files import PhotoFiles
from storage.help import late_photos, photos, submissions
from storage.help.late_photos import PhotoDeclaration
from storage.help.photos import Photo, PhotoCounts
from storage.help.promised_files import FileState
from storage.identity import new_id
from storage.messages import nudges
from tests.storage.village import NOW, Village


async def promise(
    database: Database,
    village: Village,
    message: str,
    picture: str = "U",
    *,
    draft: str = "d",
    album: str = "",
) -> str:
    async with database.writing() as session:
        return await photos.promise(
            session, photo_id=new_id(), channel="telegram:588", chat="700001", message=message,
            file_id="F", file_unique_id=picture, person_id=village.lan.id, draft_id=draft,
            forwarded=False, sent_at=NOW, now=NOW, album=album,
        )  # fmt: skip


async def report(database: Database, village: Village, *photo_ids: str) -> str:
    delivery = await village.deliver(database)
    async with database.writing() as session:
        new = replace(
            village.everything_came(delivery), photo_ids=photo_ids, no_child_declared=False
        )
        made = await submissions.submit(session, new, by=village.lan.id, message_at=NOW, now=NOW)
    return made.report.id


async def test_a_photo_sent_twice_counts_once(database: Database, village: Village):
    first, again = [await promise(database, village, "7") for _each in range(2)]
    copy = await promise(database, village, "8")
    assert first == again == copy
    made = await report(database, village, first, copy)
    async with database.reading() as session:
        assert await photos.counts(session, [made]) == {made: PhotoCounts(promised=1)}


async def test_a_picture_that_a_report_has_already_does_not_join_it_again(
    database: Database, village: Village
):
    first = await promise(database, village, "7")
    made = await report(database, village, first)
    again = await promise(database, village, "8", draft="later")
    other = await promise(database, village, "9", "V", draft="later")
    assert again != first
    async with database.writing() as session:
        joined = await late_photos.add(
            session, [again, other], made, no_child_declared=True, by=village.lan.id, now=NOW
        )
        assert joined == [other]
        assert await photos.counts(session, [made]) == {made: PhotoCounts(promised=2)}


async def test_a_picture_that_was_missing_may_be_sent_again(database: Database, village: Village):
    first = await promise(database, village, "7")
    made = await report(database, village, first)
    async with database.writing() as session:
        assert await photos.AWAITED.missing(session, first, {"msgid": "gone"})
    again = await promise(database, village, "8")
    assert again != first
    async with database.writing() as session:
        assert await photos.attach(session, [again], made) == [again]
        assert await photos.counts(session, [made]) == {made: PhotoCounts(promised=1, missing=1)}


async def test_the_rest_of_an_album_finds_its_report_and_one_declaration_covers_it(
    database: Database, village: Village
):
    first = await promise(database, village, "1", "A1", album="a")
    made = await report(database, village, first)
    late = [await promise(database, village, n, f"A{n}", draft="", album="a") for n in ("2", "3")]
    declared = await promise(database, village, "4", "B", draft="later")
    async with database.writing() as session:
        found = await photos.of_album(session, "telegram:588", "700001", "a", village.lan.id)
        assert found is not None
        assert (found.id, found.report_id) == (first, made)
        for album, person in (("b", village.lan.id), ("a", village.minh.id)):
            assert not await photos.of_album(session, "telegram:588", "700001", album, person)
        for ids, said in (([declared], False), (late[:1], None), (late[1:], None)):
            await late_photos.add(
                session, ids, made, no_child_declared=said, by=village.lan.id, now=NOW
            )
        assert await late_photos.undeclared(session, [made]) == {made: 2}
    async with database.writing() as session:
        for expected in (2, 0):
            assert expected == await late_photos.declare(
                session, made, no_child_declared=True, by=village.lan.id, now=NOW
            )
        assert await late_photos.undeclared(session, [made]) == {}
    async with database.reading() as session:
        said_of = {
            one.photo_id: one.no_child_declared
            for one in (await session.execute(select(PhotoDeclaration))).scalars()
        }
        proofs = {one.what: (one.expected, one.found) for one in await audit(session)}
    assert said_of == {first: False, late[0]: True, late[1]: True, declared: False}
    assert proofs["photos of reports, by history"] == (4, 4)


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


async def test_a_file_that_lost_its_end_in_a_power_cut_is_written_again(tmp_path: Path):
    files = PhotoFiles(str(tmp_path / "photos"))
    await files.write_once("original/ab/abc.jpg", b"blankets")
    (tmp_path / "photos" / "original" / "ab" / "abc.jpg").write_bytes(b"blan")
    await files.write_once("original/ab/abc.jpg", b"blankets")
    assert await files.read("original/ab/abc.jpg") == b"blankets"


async def test_what_cannot_be_had_is_missing_in_plain_sight(database: Database, village: Village):
    photo = await promise(database, village, "7")
    async with database.writing() as session:
        assert await photos.AWAITED.missing(session, photo, {"msgid": "gone"})
    async with database.writing() as session:
        assert not await photos.AWAITED.missing(session, photo, {"msgid": "told again"})
        assert not await photos.AWAITED.later(session, photo, next_try_at=NOW, not_given_since=None)
    async with database.reading() as session:
        kept = await session.get(Photo, photo)
    assert kept is not None
    assert kept.next_try_at is None
    assert (kept.state, kept.why_missing) == (FileState.MISSING, {"msgid": "gone"})


async def test_a_photo_that_another_process_has_had_meanwhile_is_not_missing(
    database: Database, village: Village
):
    photo = await promise(database, village, "7")
    async with database.writing() as session:
        await photos.AWAITED.stored(
            session, photo, original_key="o", public_key="p", sha256="s", size=1, width=1,
            height=1, difference_hash="0" * 16, told={"latitude": 22.66},
        )  # fmt: skip
    async with database.writing() as session:
        assert not await photos.AWAITED.missing(session, photo, {"msgid": "gone"})
    async with database.reading() as session:
        kept = await session.get(Photo, photo)
    assert kept is not None
    assert (kept.state, kept.told) == (FileState.STORED, {"latitude": 22.66})


async def test_nobody_is_reminded_of_the_same_thing_twice(database: Database, village: Village):
    async with database.writing() as session:
        told = [
            await nudges.claim(session, "deadline", "x", "7", village.lan.id, NOW)
            for _each in range(2)
        ]
    async with database.writing() as session:
        told.append(await nudges.claim(session, "deadline", "x", "3", village.lan.id, NOW))
    assert told == [True, False, True]
