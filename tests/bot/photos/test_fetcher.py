"""A promised photo is had, sooner or later, or the person who sent it is told that it is not."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.operating import health
from bot.photos.decoded import Fault
from bot.photos.decoders import STARTING, Decoders, Limits
from bot.photos.fetcher import PhotoFetcher
from bot.photos.fetching import LEASE, LONGEST_FETCH, LONGEST_KEEP
from bot.photos.missing import NOT_GIVEN, NOT_HAD, REASONS, TOO_LARGE
from conversations.kit.screens import Screen
from conversations.kit.typed import to_type
from locales import Reader, Text, render
from storage.database import Database, Session
from storage.files.photo_files import PhotoFiles
from storage.help import photos
from storage.help.photos import Photo
from storage.identity import new_id
from storage.messages import outbox
from storage.people import people
from tests.conversations.deliveries.test_confirm_delivery import to_the_review
from tests.conversations.lobby.test_second_looks import chi_hoa_is_faster
from tests.conversations.people.test_phones import NEW_PHONE, replace_the_phone_of_lan
from tests.databases import ON_ONE_STORE
from tests.photographs import HEIC, huge_jpeg, picture, place_and_camera, png_claiming, saved
from tests.talking import LAN, Talk

CHANNEL = "telegram:588"
NOON = datetime(2026, 11, 5, 5, tzinfo=UTC)


class Shelf:
    """A channel that gives out what lies on it."""

    name = CHANNEL
    username = ""

    def __init__(self) -> None:
        self.files: dict[str, bytes | DeliveryFailure] = {}
        self.fetched: list[str] = []

    async def fetch(self, file_id: str) -> bytes:
        self.fetched.append(file_id)
        found = self.files[file_id]
        if isinstance(found, DeliveryFailure):
            raise found
        return found

    async def deliver(self, letter: Letter) -> str:
        raise NotImplementedError

    async def tidy(self, chat: str, message_id: str, *, delete: bool) -> None:
        raise NotImplementedError

    async def probe(self) -> None:
        raise NotImplementedError

    async def answer_tap(self, query: str) -> None:
        raise NotImplementedError


@dataclass
class Room:
    """A fetcher with everything around it."""

    database: Database
    shelf: Shelf
    files: PhotoFiles
    told: list[Text]
    now: datetime = NOON
    decoders: Decoders = field(default_factory=Decoders)
    someone_told: asyncio.Event = field(default_factory=asyncio.Event)

    def photo_fetcher(self) -> PhotoFetcher:
        async def tell(_session: Session, _photo: Photo, why: Text, _now: datetime) -> None:
            self.told.append(why)
            self.someone_told.set()

        return PhotoFetcher(
            self.database,
            {CHANNEL: self.shelf},
            self.files,
            lambda: self.now,
            tell_of_missing=tell,
            decoders=self.decoders,
        )

    async def promise(self, content: bytes | DeliveryFailure, file_id: str = "F1") -> str:
        self.shelf.files[file_id] = content
        async with self.database.writing() as session:
            lan = await people.meet(
                session,
                channel="telegram",
                address="700001",
                name="Lan",
                language="vi",
                now=self.now,
            )
            await session.flush()
            return await photos.promise(
                session, photo_id=new_id(), channel=CHANNEL, chat="700001", message=file_id,
                file_id=file_id, file_unique_id=f"U{file_id}", person_id=lan.id, draft_id="",
                forwarded=False, sent_at=self.now, now=self.now,
            )  # fmt: skip

    async def photo(self, photo_id: str) -> Photo:
        async with self.database.reading() as session:
            found = await session.get(Photo, photo_id)
        assert found is not None
        return found

    async def days_pass(self, hours: int) -> None:
        """The fetcher looks again every minute."""
        photo_fetcher = self.photo_fetcher()
        until = self.now + timedelta(hours=hours)
        while self.now < until:
            await photo_fetcher.fetch_waiting()
            self.now += timedelta(minutes=5)


def small(colour: str = "red") -> bytes:
    return saved(Image.new("RGB", (640, 480), colour))


@pytest.fixture
async def room(database: Database, tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(database, Shelf(), PhotoFiles(str(tmp_path / "photos")), [])
    yield made
    await made.decoders.rest()


async def test_a_photo_is_kept_as_it_came_with_a_copy_to_show(room: Room):
    photo_id = await room.promise(small())
    assert await room.photo_fetcher().fetch_waiting() == 1
    photo = await room.photo(photo_id)
    assert photo.state == "stored"
    assert photo.original_key is not None
    assert photo.public_key is not None
    assert await room.files.read(photo.original_key) == small()
    assert photo.original_key == f"original/{photo.sha256[:2]}/{photo.sha256}.jpg"
    with Image.open(io.BytesIO(await room.files.read(photo.public_key))) as shown:
        assert shown.size == (640, 480)
    assert await room.photo_fetcher().fetch_waiting() == 0


async def test_the_same_photo_twice_is_kept_once(room: Room, tmp_path: Path):
    for file_id in ("F1", "F2"):
        await room.promise(small(), file_id)
    await room.photo_fetcher().fetch_waiting()
    kept = [path for path in (tmp_path / "photos").rglob("*") if path.is_file()]
    assert len(kept) == 2


async def test_a_photo_that_cannot_be_had_now_is_had_later(room: Room):
    photo_id = await room.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    await room.days_pass(2)
    assert (await room.photo(photo_id)).state == "promised"
    assert 4 <= len(room.shelf.fetched) <= 9
    room.shelf.files["F1"] = small()
    await room.days_pass(2)
    assert (await room.photo(photo_id)).state == "stored"
    assert room.told == []


async def test_after_a_day_the_sender_is_told_that_a_photo_is_missing(room: Room):
    photo_id = await room.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    await room.days_pass(27)
    photo = await room.photo(photo_id)
    assert photo.state == "missing"
    assert room.told == [NOT_HAD]
    tries = len(room.shelf.fetched)
    await room.days_pass(3)
    assert len(room.shelf.fetched) == tries


@ON_ONE_STORE
async def test_a_photo_is_never_given_up_because_we_cannot_keep_it(room: Room, tmp_path: Path):
    folder = tmp_path / "photos"
    folder.rmdir()
    folder.write_text("Where the photos should be.")
    photo_id = await room.promise(small())
    await room.days_pass(30)
    assert (await room.photo(photo_id)).state == "promised"
    photo_fetcher = room.photo_fetcher()
    room.now += timedelta(minutes=5)
    await photo_fetcher.fetch_waiting()
    assert await photo_fetcher.is_troubled() == "photos: cannot be written (PhotosAway)"
    assert await health.photos_are_kept(room.files)() == "photos: cannot be written (PhotosAway)"
    late = health.photos_come(room.database, lambda: room.now)
    assert await late() == "photos: a promised photo has waited since 2026-11-05 05:00 UTC"
    # Telegram being away for a moment after all this is no reason either.
    room.shelf.files["F1"] = DeliveryFailure(FailureKind.NOT_SENT, "ConnectError")
    await room.days_pass(2)
    assert (await room.photo(photo_id)).state == "promised"
    folder.unlink()
    room.shelf.files["F1"] = small()
    await room.days_pass(1)
    room.now += timedelta(hours=1)
    await photo_fetcher.fetch_waiting()
    assert (await room.photo(photo_id)).state == "stored"
    assert room.told == []
    assert await health.photos_are_kept(room.files)() is None
    assert await late() is None
    await room.promise(small(), "F2")
    await photo_fetcher.fetch_waiting()
    assert await photo_fetcher.is_troubled() is None


async def test_a_photo_that_another_process_has_is_not_told_to_be_missing(room: Room):
    photo_id = await room.promise(b"no photo at all")
    fetched = asyncio.Event()
    fetch = room.shelf.fetch

    async def slow(file_id: str) -> bytes:
        fetched.set()
        await go_on.wait()
        return await fetch(file_id)

    go_on = asyncio.Event()
    room.shelf.fetch = slow  # type: ignore[method-assign]
    working = asyncio.create_task(room.photo_fetcher().fetch_waiting())
    await fetched.wait()
    async with room.database.writing() as session:
        await photos.AWAITED.stored(
            session, photo_id, original_key="o", public_key="p", sha256="s", size=1, width=1,
            height=1, difference_hash="0", told={},
        )  # fmt: skip
    go_on.set()
    await working
    assert (await room.photo(photo_id)).state == "stored"
    assert room.told == []


async def test_who_is_alone_on_a_store_fetches_at_once_what_the_last_process_was_fetching(
    room: Room,
):
    photo_id = await room.promise(small())
    async with room.database.writing() as session:
        await photos.due(session, room.now, 10, LEASE)
    stop = asyncio.Event()
    working = asyncio.create_task(room.photo_fetcher().run(stop))
    if not room.database.is_sqlite:
        # Another process may be alive, and still be fetching it.
        await asyncio.sleep(0)
        stop.set()
        await working
        assert (await room.photo(photo_id)).state == "promised"
        return
    async with asyncio.timeout(20):
        while (await room.photo(photo_id)).state != "stored":  # noqa: ASYNC110  # Nothing tells.
            await asyncio.sleep(0.01)
    stop.set()
    await working


def test_nobody_else_fetches_a_photo_while_it_may_still_be_coming() -> None:
    # Before it is opened it may wait for another to be; then its lease begins anew.
    opening = timedelta(seconds=STARTING + Limits().seconds)
    assert LONGEST_FETCH + opening < LEASE
    assert opening + LONGEST_KEEP < LEASE


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: b"no photo at all", REASONS[Fault.NO_PICTURE]),
        (lambda: b"", REASONS[Fault.EMPTY]),
        (lambda: saved(picture())[:900], REASONS[Fault.BROKEN]),
        (huge_jpeg, REASONS[Fault.TOO_MANY_PIXELS]),
        (lambda: png_claiming(30_000, 30_000), REASONS[Fault.BOMB]),
        (lambda: DeliveryFailure(FailureKind.REFUSED, "wrong file_id"), NOT_GIVEN),
        (lambda: DeliveryFailure(FailureKind.TOO_LARGE, "file is too big"), TOO_LARGE),
    ],
)
@ON_ONE_STORE
async def test_what_will_never_be_a_photo_is_told_at_once(
    room: Room, made: Callable[[], bytes | DeliveryFailure], why: Text
):
    photo_id = await room.promise(made())
    await room.photo_fetcher().fetch_waiting()
    assert (await room.photo(photo_id)).state == "missing"
    assert room.told == [why]


async def test_a_photo_that_a_dead_process_was_fetching_is_fetched_again(room: Room):
    photo_id = await room.promise(small())
    async with room.database.writing() as session:
        assert len(await photos.due(session, room.now, 5, LEASE)) == 1
    assert await room.photo_fetcher().fetch_waiting() == 0
    await room.days_pass(1)
    assert (await room.photo(photo_id)).state == "stored"


@ON_ONE_STORE
async def test_the_fetcher_wakes_when_a_photo_is_promised_and_ends_when_told(room: Room):
    photo_fetcher, stop = room.photo_fetcher(), asyncio.Event()
    running = asyncio.create_task(photo_fetcher.run(stop))
    await room.promise(b"no photo at all")
    photo_fetcher.wake()
    async with asyncio.timeout(10):
        await room.someone_told.wait()
        stop.set()
        await running


@pytest.mark.parametrize(
    ("made", "ending"),
    [(lambda: saved(picture(), exif=place_and_camera()), "jpg"), (lambda: HEIC, "heic")],
)
async def test_where_it_was_taken_is_kept_for_an_audit_and_nowhere_else(
    room: Room, made: Callable[[], bytes], ending: str
):
    content = made()
    photo_id = await room.promise(content)
    await room.photo_fetcher().fetch_waiting()
    photo = await room.photo(photo_id)
    assert photo.told is not None
    assert (photo.told["latitude"], photo.told["make"]) == (22.66, "Invented")
    assert photo.original_key is not None
    assert photo.original_key.endswith(f".{ending}")
    assert await room.files.read(photo.original_key) == content
    assert photo.public_key is not None
    assert b"Invented" not in await room.files.read(photo.public_key)


async def test_a_photo_that_reached_us_a_day_late_is_still_tried_for_a_while(room: Room):
    photo_id = await room.promise(DeliveryFailure(FailureKind.NOT_SENT, "ConnectError"))
    room.now += timedelta(hours=25)
    await room.photo_fetcher().fetch_waiting()
    assert (await room.photo(photo_id)).state == "promised"
    room.shelf.files["F1"] = small()
    await room.days_pass(1)
    assert (await room.photo(photo_id)).state == "stored"


async def test_two_processes_tell_of_the_same_missing_photo_once(room: Room):
    await room.promise(b"no photo at all")
    async with room.database.writing() as session:
        # One process has claimed it and is slower than its lease, so that another comes by.
        (claimed,) = await photos.due(session, room.now, 5, timedelta(0))
    await room.photo_fetcher().fetch_waiting()
    await room.photo_fetcher()._have(claimed)
    assert len(room.told) == 1


@ON_ONE_STORE
async def test_the_sender_finds_the_reason_in_the_chat(room: Room):
    await room.promise(b"no photo at all")
    photo_fetcher = PhotoFetcher(room.database, {CHANNEL: room.shelf}, room.files, lambda: room.now)
    await photo_fetcher.fetch_waiting()
    await photo_fetcher.fetch_waiting()
    async with room.database.writing() as session:
        (message,) = await outbox.claim(session, room.now, 5, LEASE)
    assert message.chat == "700001"
    lines = [render(line.text, Reader()) for line in Screen.from_json(message.body).lines]
    assert lines == [
        "⚠️ Ảnh gửi lúc 12:00 05/11/2026 chưa lưu được.",
        "Tệp này không phải là ảnh, dù tên tệp ghi như vậy.",
        "Vui lòng gửi ảnh khác trong một tin nhắn mới.",
    ]


async def both_are_lost(talk: Talk, tmp_path: Path) -> None:
    """The photos “a” and “b” are gone from Telegram, and whoever sent them is told."""
    shelf = Shelf()
    for name in ("file-a", "file-b"):
        shelf.files[name] = DeliveryFailure(FailureKind.REFUSED, "wrong file_id")
    files = PhotoFiles(str(tmp_path / "photos"))
    await PhotoFetcher(talk.database, {CHANNEL: shelf}, files, talk.clock).fetch_waiting()
    await talk.deliver()


async def test_whoever_hears_of_a_lost_photo_types_what_a_button_would_do(
    quick_talk: Talk, tmp_path: Path
):
    talk = quick_talk
    await to_the_review(talk)
    await talk.said(LAN, "gui")
    await both_are_lost(talk, tmp_path)
    told = talk.phone(LAN).last
    assert all(to_type(button, told.reader) for row in told.screen.rows for button in row)
    asked = await talk.said(LAN, to_type(told.screen.rows[0][0], told.reader))
    assert "Vui lòng gửi ảnh chụp hàng" in asked.text


async def test_of_a_photo_from_a_lost_phone_only_the_new_one_is_told(talk: Talk, tmp_path: Path):
    await to_the_review(talk)
    await talk.said(LAN, "gui")
    payload = await replace_the_phone_of_lan(talk)
    await talk.opened(NEW_PHONE, payload=payload)
    before = len(talk.phone(LAN).messages)
    await both_are_lost(talk, tmp_path)
    assert len(talk.phone(LAN).messages) == before
    told = talk.phone(NEW_PHONE).messages[-2:]
    assert all("chưa lưu được" in one.text for one in told)


async def test_a_photo_that_was_taken_back_is_missed_by_nobody(talk: Talk, tmp_path: Path):
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay"):
        await talk.said(LAN, words)
    for name in ("a", "b"):
        await talk.sent_photo(LAN, name)
    await talk.pressed(LAN, "Bỏ ảnh vừa gửi")
    before = len(talk.phone(LAN).messages)
    await both_are_lost(talk, tmp_path)
    assert len(talk.phone(LAN).messages) == before + 1
    assert "chưa lưu được" in talk.phone(LAN).last.text


async def test_nobody_is_sent_to_add_a_lost_photo_to_a_report_of_a_colleague(
    quick_talk: Talk, tmp_path: Path
):
    talk = quick_talk
    await to_the_review(talk)
    await chi_hoa_is_faster(talk)
    await talk.said(LAN, "gui")
    await both_are_lost(talk, tmp_path)
    assert "⚠️ Ảnh của báo cáo" in talk.phone(LAN).last.text
    assert talk.phone(LAN).last.labels == ["Trang chủ"]
