"""Phones that only know text: what is read from them, what is drawn for them, and how their gateway may fail."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from bot.channels import DeliveryFailure, FailureKind, Letter
from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.receiving.ingest import Ingest
from bot.text.channel import TextChannel
from bot.text.drawing import LONGEST, draw
from bot.text.reading import UnknownMessage, read
from bot.text.receiving import TextReceiving, arrival
from conversations.kit import words
from conversations.kit.events import Back, Cancel, Opened, Said, SentPhoto
from conversations.kit.screens import Button, Line, Screen, Style
from locales import Reader, p_
from storage.database import Database
from storage.files.photo_files import PhotoFiles, public_key
from storage.messages.inbox import Update
from tests.bot.difficult_gateway import DifficultGateway, Lost, difficult_gateway
from tests.bot.telegram.test_channel import photo

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MAY = "+84000000006"
READER = Reader()
CODE = "Ab_-" * 8


def wrote(text: str = "", number: int = 1, **more: Any) -> dict[str, Any]:
    return {"number": number, "from": MAY, "at": NOW.isoformat(), "text": text, **more}


def button(number: int, label: str) -> Button:
    return Button.with_number(number, label, f"={number}")


QUESTION = Screen(
    (Line("60 chiếc chăn bông", Style.SMALL), Line("Hàng đã về đủ chưa?", Style.TITLE)),
    (
        (button(1, "Đã nhận đủ"),),
        (button(2, "Thiếu"),),
        (
            Button(p_("button", "‹ Back"), "<", typed=words.BACK),
            Button(p_("button", "Cancel"), "x", typed=words.CANCEL),
        ),
    ),
    "0abc234defgh5678",
    3,
)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("  chào  ", Said("chào")),
        ("/xacnhan", Opened("xacnhan")),
        ("/HUY", Cancel()),
        ("/lui", Back()),
        ("/start", Opened()),
        (f"/start {CODE}", Opened(payload=CODE)),
        (f"mời {CODE}", Opened(payload=CODE)),
        (f"MOI {CODE}", Opened(payload=CODE)),
        (f"lời mời: {CODE}", Opened(payload=CODE)),
        (f"start {CODE}", Opened(payload=CODE)),
        (CODE, Opened(payload=CODE)),
        ("mời cơm", Said("mời cơm")),
        (f"ghi chú {CODE}", Said(f"ghi chú {CODE}")),
        ("9" * 40, Said("9" * 40)),
        ("/", Said("/")),
        (" \n", None),
    ],
)
def test_words_are_read_as_what_they_ask_for(text: str, event: Any) -> None:
    incoming = read(wrote(text))
    assert incoming.event == event
    assert (incoming.address, incoming.chat, incoming.message_id, incoming.at) == (
        MAY,
        MAY,
        "1",
        NOW,
    )
    assert incoming.private


def test_a_picture_is_its_link_and_the_same_picture_the_same_photo() -> None:
    first = read(wrote("đủ 60", picture="http://127.0.0.1:8589/text/pictures/ab.jpg")).event
    again = read(wrote(picture="http://127.0.0.1:9999/text/pictures/ab.jpg")).event
    assert isinstance(first, SentPhoto)
    assert isinstance(again, SentPhoto)
    assert first.file_id == "http://127.0.0.1:8589/text/pictures/ab.jpg"
    assert first.caption == "đủ 60"
    assert first.unique_id == again.unique_id


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(wrote("a", picture="b"), JSON)))
def test_whatever_a_gateway_sends_is_read_or_refused(raw: dict[str, Any]) -> None:
    with contextlib.suppress(UnknownMessage):
        read(raw)


def test_a_question_says_what_to_type_for_each_button() -> None:
    assert draw(QUESTION, READER) == [
        "60 chiếc chăn bông\nHàng đã về đủ chưa?\n1. Đã nhận đủ\n2. Thiếu\ngõ: lùi\ngõ: hủy"
    ]
    english = draw(QUESTION, Reader(language="en"))
    assert english[0].endswith("type: back\ntype: cancel")


def test_a_button_whose_words_differ_from_its_name_says_both() -> None:
    card = Screen(
        (Line("Hàng đang được chuyển đến", Style.TITLE),),
        (
            (Button("Xác nhận", "+open", typed="nhận hàng"),),
            (Button("0 chiếc", "=0", typed="0"), Button("Trang", "", "https://example.org/")),
        ),
    )
    assert draw(card, READER)[0].split("\n")[1:] == [
        "Xác nhận (gõ: nhận hàng)",
        "0 chiếc (gõ: 0)",
        "Trang: https://example.org/",
    ]


def test_an_answer_that_stands_there_with_its_number_is_not_told_again() -> None:
    card = Screen(
        (Line("Đúng chưa?", Style.TITLE), Line("2. Ngày: 20/11/2026"), Line("3. Ghi chú: không")),
        ((button(1, "✅ Gửi"),), (button(2, "Ngày"), button(3, "Ghi chú"))),
    )
    assert draw(card, READER)[0].split("\n") == [
        "Đúng chưa?",
        "2. Ngày: 20/11/2026",
        "3. Ghi chú: không",
        "1. ✅ Gửi",
    ]


def test_a_long_screen_is_several_messages_with_the_question_whole_and_last() -> None:
    above = tuple(Line(f"{number}: " + "ghi chú " * 30) for number in range(40))
    texts = draw(Screen((*above, *QUESTION.lines[1:]), QUESTION.rows), READER)
    assert len(texts) > 4
    assert all(len(text) <= LONGEST for text in texts)
    assert texts[-1].endswith("Hàng đã về đủ chưa?\n1. Đã nhận đủ\n2. Thiếu\ngõ: lùi\ngõ: hủy")
    said = "\n".join(texts).split("\n")
    assert said[:40] == [line.text.strip() for line in above if isinstance(line.text, str)]


def test_answers_too_long_for_one_message_come_before_the_question_that_reviews_them() -> None:
    answers = tuple(Line(f"{number}. Mục: " + "chữ " * 150) for number in range(2, 8))
    texts = draw(Screen((QUESTION.lines[1], *answers), QUESTION.rows), READER)
    assert texts[-1].endswith("Hàng đã về đủ chưa?\n1. Đã nhận đủ\n2. Thiếu\ngõ: lùi\ngõ: hủy")
    assert [line[:7] for text in texts for line in text.split("\n")][:6] == [
        f"{number}. Mục:"[:7] for number in range(2, 8)
    ]


@given(
    st.lists(st.text(min_size=1, max_size=6000), max_size=6),
    st.lists(st.text(min_size=1, max_size=80), max_size=30),
)
def test_nothing_is_cut_silently(lines: list[str], labels: list[str]) -> None:
    rows = tuple((button(number, label),) for number, label in enumerate(labels, start=1))
    screen = Screen((*(Line(line) for line in lines), Line("Hỏi?", Style.TITLE)), rows)
    texts = draw(screen, READER)
    assert all(0 < len(text) <= LONGEST for text in texts)
    short = draw(screen, READER, longest=10**9)
    assert squeezed("".join(texts)) == squeezed("".join(short))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture
async def practice() -> AsyncIterator[tuple[Practice, str]]:
    practice = Practice(PracticeClock(NOW))
    async with running(practice) as address:
        yield practice, address


@asynccontextmanager
async def channel_to(address: str, folder: Path | None = None) -> AsyncIterator[TextChannel]:
    channel = TextChannel(address, files=PhotoFiles(str(folder)) if folder else None)
    try:
        yield channel
    finally:
        await channel.close()


def told(practice: Practice) -> list[str]:
    return [one["text"] for one in practice.text.phones[MAY].messages]


async def test_a_screen_is_read_on_the_phone(practice: tuple[Practice, str]) -> None:
    async with channel_to(practice[1]) as channel:
        message_id = await channel.deliver(Letter(MAY, QUESTION, READER))
        assert channel.name == "text:" + practice[1].removeprefix("http://")
    [shown] = practice[0].text.phones[MAY].messages
    assert (shown["text"], str(shown["number"])) == (draw(QUESTION, READER)[0], message_id)
    assert practice[0].refusals == []


async def test_what_would_change_a_card_comes_below_it(practice: tuple[Practice, str]) -> None:
    async with channel_to(practice[1]) as channel:
        first = await channel.deliver(Letter(MAY, QUESTION, READER))
        again = await channel.deliver(Letter(MAY, QUESTION, READER, replace=first))
        await channel.tidy(MAY, first, delete=True)
    assert again != first
    assert told(practice[0]) == draw(QUESTION, READER) * 2


async def test_what_must_make_no_sound_is_not_sent(practice: tuple[Practice, str]) -> None:
    async with channel_to(practice[1]) as channel:
        for replace in ("", "7"):
            letter = Letter(MAY, QUESTION, READER, silent=True, replace=replace)
            assert await channel.deliver(letter) == ""
        assert await channel.deliver(Letter(MAY, None, READER, query="q")) == ""
        await channel.answer_tap("q")
    assert told(practice[0]) == []


async def test_an_answer_without_a_sound_is_told_all_the_same(
    practice: tuple[Practice, str],
) -> None:
    async with channel_to(practice[1]) as channel:
        await channel.deliver(Letter(MAY, QUESTION, READER, silent=True, answers=True))
    assert told(practice[0]) == draw(QUESTION, READER)


async def test_a_picture_goes_as_a_link(practice: tuple[Practice, str], tmp_path: Path) -> None:
    key = public_key("ab" * 32)
    await PhotoFiles(str(tmp_path)).write_once(key, photo())
    screen = Screen((Line("Ảnh của đợt hàng"), Line("Đúng chưa?", Style.TITLE)), pictures=(key,))
    async with channel_to(practice[1], tmp_path) as channel:
        await channel.deliver(Letter(MAY, screen, READER))
        lost = Screen((Line("a"),), pictures=(public_key("cd" * 32),))
        with pytest.raises(DeliveryFailure) as missing:
            await channel.deliver(Letter(MAY, lost, READER))
        [text] = told(practice[0])
        [link] = [line for line in text.split("\n") if line.startswith("http")]
        assert await channel.fetch(link) == photo()
    assert missing.value.kind is FailureKind.REFUSED


async def test_a_picture_is_fetched_from_the_gateway_alone(practice: tuple[Practice, str]) -> None:
    link = practice[0].text.keep_picture(photo(), "image/jpeg")
    async with channel_to(practice[1]) as channel:
        assert await channel.fetch(link) == photo()
        for elsewhere in (
            "http://127.0.0.1:1/text/pictures/a.jpg",
            "file:///etc/hostname",
            "a.jpg",
        ):
            with pytest.raises(DeliveryFailure) as refused:
                await channel.fetch(elsewhere)
            assert refused.value.kind is FailureKind.REFUSED
        with pytest.raises(DeliveryFailure) as gone:
            await channel.fetch(f"{practice[1]}/text/pictures/none.jpg")
        assert gone.value.kind is FailureKind.GONE


async def test_a_picture_that_is_too_large_or_leads_elsewhere_is_not_followed() -> None:
    kinds = {
        "large": FailureKind.REFUSED,
        "elsewhere": FailureKind.NOT_SENT,
        "later": FailureKind.NOT_SENT,
    }
    async with difficult_gateway() as gateway, channel_to(gateway.address) as channel:
        for name, kind in kinds.items():
            with pytest.raises(DeliveryFailure) as failed:
                await channel.fetch(f"{gateway.address}/text/pictures/{name}")
            assert failed.value.kind is kind


@pytest.mark.parametrize(
    ("answer", "kind", "seconds"),
    [
        (404, FailureKind.UNREACHABLE, 0),
        (400, FailureKind.REFUSED, 0),
        ((429, "7"), FailureKind.TOO_FAST, 7),
        (429, FailureKind.TOO_FAST, 1),
        (500, FailureKind.PERHAPS_SENT, 0),
        (503, FailureKind.NOT_SENT, 0),
        (Lost, FailureKind.PERHAPS_SENT, 0),
    ],
)
async def test_a_refusal_says_what_is_to_become_of_the_message(
    answer: Any, kind: FailureKind, seconds: float
) -> None:
    async with difficult_gateway() as gateway, channel_to(gateway.address) as channel:
        gateway.next.append(answer)
        with pytest.raises(DeliveryFailure) as failed:
            await channel.deliver(Letter(MAY, QUESTION, READER))
    assert (failed.value.kind, failed.value.retry_after) == (kind, seconds)
    assert "chăn" not in failed.value.why


async def test_a_gateway_that_is_away_got_nothing() -> None:
    async with difficult_gateway() as gateway:
        address = gateway.address
    async with channel_to(address) as channel:
        with pytest.raises(DeliveryFailure) as failed:
            await channel.deliver(Letter(MAY, QUESTION, READER))
    assert failed.value.kind is FailureKind.NOT_SENT


async def test_a_long_screen_goes_on_where_it_was_interrupted() -> None:
    long = Screen(tuple(Line(f"{number} " + "x" * 1500) for number in range(3)))
    async with difficult_gateway() as gateway, channel_to(gateway.address) as channel:
        gateway.next.extend([200, 503])
        with pytest.raises(DeliveryFailure):
            await channel.deliver(Letter(MAY, long, READER))
        await channel.deliver(Letter(MAY, long, READER))
        assert [text[0] for text in gateway.sent] == ["0", "1", "2"]
        await channel.deliver(Letter(MAY, long, READER))
        assert len(gateway.sent) == 6


async def kept(database: Database) -> list[Update]:
    async with database.reading() as session:
        return list((await session.execute(select(Update).order_by(col(Update.id)))).scalars())


@asynccontextmanager
async def receiving(
    database: Database, gateway: DifficultGateway
) -> AsyncIterator[tuple[TextReceiving, asyncio.Event]]:
    heard = asyncio.Event()
    one = TextReceiving(
        database, gateway.address, lambda: NOW, heard=heard.set, shortest_pause=0.01
    )
    stop = asyncio.Event()
    task = asyncio.create_task(one.run(stop))
    try:
        yield one, heard
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def test_a_text_is_kept_before_it_is_acknowledged(database: Database) -> None:
    kept_when_asked: list[tuple[str, list[int | None]]] = []

    async def look(request: Any) -> Any:
        numbers = [one.update_id for one in await kept(database)]
        kept_when_asked.append((request.query["after"], numbers))
        return [wrote("a", 40 + len(kept_when_asked))]

    async with difficult_gateway() as gateway:
        gateway.given.extend([look] * 3)
        async with receiving(database, gateway):
            await gateway.polled(4)
    assert kept_when_asked == [("0", []), ("41", [41]), ("42", [41, 42])]
    assert [(one.channel, one.sender) for one in await kept(database)] == [
        ("text:" + gateway.address.removeprefix("http://"), MAY)
    ] * 3


async def test_while_the_store_fails_no_text_is_acknowledged(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = 2
    writing = sqlite_database.writing

    def failing() -> Any:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise OSError("the disk is full")
        return writing()

    async with difficult_gateway() as gateway:
        gateway.given.extend([[wrote("a", 7)]] * 3)
        monkeypatch.setattr(sqlite_database, "writing", failing)
        async with receiving(sqlite_database, gateway) as (one, _heard):
            await gateway.polled(4)
            assert one.trouble == ""
    assert [poll["after"] for poll in gateway.polls] == ["0", "0", "0", "7"]
    assert [one.update_id for one in await kept(sqlite_database)] == [7]


async def test_the_same_text_twice_is_kept_once_and_strange_ones_hold_nobody_up(
    sqlite_database: Database,
) -> None:
    strange = ["text", None, {"number": True, "from": 5}]
    async with difficult_gateway() as gateway:
        gateway.given.extend(
            [500, "no json", [wrote("a", 5)], [*strange, wrote("a", 5)], [wrote("b", 6)]]
        )
        async with receiving(sqlite_database, gateway) as (one, _heard):
            await gateway.polled(6)
            assert one.trouble == ""
    updates = await kept(sqlite_database)
    assert [json.loads(one.raw) for one in updates] == [wrote("a", 5), *strange, wrote("b", 6)]
    assert [one.sender for one in updates] == [MAY, "?", "?", "?", MAY]


async def test_with_the_practice_gateway_what_was_read_is_gone_there(
    sqlite_database: Database, practice: tuple[Practice, str]
) -> None:
    heard = asyncio.Event()
    one = TextReceiving(sqlite_database, practice[1], lambda: NOW, heard=heard.set)
    stop = asyncio.Event()
    task = asyncio.create_task(one.run(stop))
    async with aiohttp.ClientSession() as web:
        for text in ("một", "hai"):
            say = f"{practice[1]}/practice/text/phones/{MAY}/say"
            await web.post(say, json={"text": text}, raise_for_status=True)
            async with asyncio.timeout(10):
                await heard.wait()
            heard.clear()
    stop.set()
    await task
    assert [json.loads(update.raw)["text"] for update in await kept(sqlite_database)] == [
        "một",
        "hai",
    ]
    assert "một" not in [one["text"] for one in practice[0].text.waiting]
    assert practice[0].refusals == []


async def test_a_number_with_a_sign_that_no_store_keeps_holds_up_nobody(database: Database):
    arriving = Ingest(database, "text:x", arrival, lambda: NOW, heard=lambda: None)
    await arriving.keep([wrote("một", 1, **{"from": "+84\x00"}), wrote("hai", 2)])
    async with database.reading() as session:
        senders = (await session.execute(select(col(Update.sender)).order_by(col(Update.id)))).all()
    assert [sender for (sender,) in senders] == ["+84", MAY]
