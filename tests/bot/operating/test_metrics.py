"""Figures tell how the machine is, and nothing of anybody."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event, text

from bot.operating import metrics, pages
from bot.operating.metrics import Metrics
from storage.database import Database
from storage.help.photos import Photo
from storage.messages.outbox import Message, MessageState, Urgency
from tests.cast import settle_in
from tests.talking import CHANNEL, LAN, Clock, Talk

UNITS = ("_total", "_seconds", "_bytes")
COUNTS = {
    "am_ban_store_up",
    "am_ban_people_waiting",
    "am_ban_updates_now_set_aside",
    "am_ban_silent_chats",
    "am_ban_outbox_messages",
    "am_ban_photos",
}
"""Gauges of things that are counted one by one, or of yes and no."""

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@asynccontextmanager
async def page(figures: Metrics) -> AsyncIterator[str]:
    shown = [web.get("/metrics", figures.page)]
    async with pages.serving(shown, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}/metrics"


async def asked(address: str) -> tuple[str, Figures]:
    """The page as it is, and its figures by name and labels."""
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        told = await answer.text()
    samples = [each for family in text_string_to_metric_families(told) for each in family.samples]
    return told, {(one.name, tuple(sorted(one.labels.items()))): one.value for one in samples}


def message(state: MessageState, urgency: Urgency, clock: Clock) -> Message:
    return Message(
        channel=CHANNEL, chat=LAN, kind="screen", state=state, urgency=urgency,
        created_at=clock() - timedelta(minutes=7),
    )  # fmt: skip


async def test_the_store_tells_who_and_what_waits(database: Database):
    clock = Clock()
    async with database.writing() as session:
        await settle_in(session)
    talk = Talk(database, clock)
    await talk.arrives(LAN, {"kind": "said", "text": "chào"})
    async with database.writing() as session:
        session.add(message(MessageState.UNCERTAIN, Urgency.REPLY, clock))
        session.add(message(MessageState.PENDING, Urgency.BULK, clock))
        session.add(
            Photo(
                id="photo",
                channel=CHANNEL,
                chat=LAN,
                message="1",
                file_id="f",
                file_unique_id="u",
                person_id=f"person-{LAN}",
                sent_at=clock() - timedelta(hours=1),
            )
        )
    clock.advance(seconds=90)
    figures = Metrics(clock)
    figures.ask(database)
    async with page(figures) as address:
        _told, found = await asked(address)
    assert found["am_ban_store_up", ()] == 1
    assert found["am_ban_people_waiting", ()] == 1
    assert found["am_ban_longest_wait_seconds", ()] == 90
    assert found["am_ban_updates_now_set_aside", ()] == 0
    assert found["am_ban_oldest_uncertain_message_seconds", ()] == 7 * 60 + 90
    assert found["am_ban_oldest_promised_photo_seconds", ()] == 3600 + 90
    assert found["am_ban_store_size_bytes", ()] > 100_000
    pairs = {
        labels: value for (name, labels), value in found.items() if name == "am_ban_outbox_messages"
    }
    assert len(pairs) == 8
    assert sum(pairs.values()) == 2
    assert pairs[("class", "bulk"), ("state", "pending")] == 1
    assert found["am_ban_photos", (("state", "promised"),)] == 1
    assert found["am_ban_photos", (("state", "missing"),)] == 0
    assert found["process_resident_memory_bytes", ()] > 1_000_000


async def test_what_nobody_can_find_out_any_more_rings_no_bell_for_ever(database: Database):
    clock = Clock()
    async with database.writing() as session:
        session.add(message(MessageState.UNCERTAIN, Urgency.REPLY, clock))
    clock.advance(days=1)
    figures = Metrics(clock)
    figures.ask(database)
    async with page(figures) as address:
        _told, found = await asked(address)
    assert found["am_ban_oldest_uncertain_message_seconds", ()] == 0


async def test_the_number_of_questions_does_not_grow_with_the_store(database: Database):
    clock = Clock()
    async with database.writing() as session:
        await settle_in(session)
    talk = Talk(database, clock)
    asked_for: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, *_rest: asked_for.append(statement),
    )
    figures = Metrics(clock)
    figures.ask(database)
    async with page(figures) as address:
        await asked(address)
        few = len(asked_for)
        for number in range(40):
            await talk.arrives(str(number), {"kind": "said", "text": "chào"})
        asked_for.clear()
        await asked(address)
    assert len(asked_for) <= few <= 10


async def test_what_happens_is_counted(quick_talk: Talk):
    answered = metrics.UPDATES_ANSWERED._value.get()
    taken = metrics.TURN_SECONDS._sum.get()
    await quick_talk.arrives(LAN, {"kind": "said", "text": "chào"})
    quick_talk.clock.advance(seconds=12)
    await quick_talk.answer_all()
    assert metrics.UPDATES_ANSWERED._value.get() == answered + 1
    assert metrics.TURN_SECONDS._sum.get() == taken + 12


async def test_a_store_that_hangs_holds_up_nobody_who_asks_for_figures(database: Database):
    """The figures of the process still come, and those of the store when it is back."""
    figures = Metrics(Clock(), patience=0.2)
    figures.ask(database)
    loop = asyncio.get_running_loop()
    async with page(figures) as address, held_up(database):
        for _time in range(3):
            began = loop.time()
            told, found = await asked(address)
            assert loop.time() - began < 2
            assert found["am_ban_store_up", ()] == 0
            assert "am_ban_people_waiting" not in told
            assert "am_ban_updates_answered_total" in told
    figures = Metrics(Clock())
    figures.ask(database)
    async with page(figures) as address:
        assert (await asked(address))[1]["am_ban_store_up", ()] == 1


@asynccontextmanager
async def held_up(database: Database) -> AsyncIterator[None]:
    """Somebody holds the store, so that not even readers come through."""
    async with database.engine.connect() as connection:
        if database.is_sqlite:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            for order in ("PRAGMA journal_mode=DELETE", "BEGIN EXCLUSIVE"):
                await driver.execute(order)
            yield
            await driver.execute("ROLLBACK")
            return
        await connection.execute(text("LOCK TABLE inbox_sender IN ACCESS EXCLUSIVE MODE"))
        yield
        await connection.rollback()


async def test_before_the_store_is_there_the_page_is():
    async with page(Metrics(Clock())) as address:
        _told, found = await asked(address)
    assert found["am_ban_store_up", ()] == 0


async def test_every_figure_says_what_it_is_and_names_nobody(sqlite_database: Database):
    async with sqlite_database.writing() as session:
        await settle_in(session)
    metrics.SENDS.labels(outcome="sent").inc()
    metrics.SILENCE_SECONDS.labels(scope="chat").inc(35)
    metrics.WEBHOOK_REQUESTS.labels(status=200).inc()
    figures = Metrics(Clock())
    figures.ask(sqlite_database)
    async with page(figures) as address:
        told, _found = await asked(address)
    for family in text_string_to_metric_families(told):
        assert family.documentation.endswith("."), family.name
        if family.name.startswith("am_ban_") and family.name not in COUNTS:
            names = {one.name for one in family.samples}
            assert any(unit in name for name in names for unit in UNITS), family.name
        labels = {name for one in family.samples for name in one.labels}
        assert labels <= {"state", "class", "outcome", "scope", "status", "le"}
    assert LAN not in told
