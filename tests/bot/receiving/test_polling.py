"""Whatever comes is kept before Telegram may forget it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import col, select

from bot.telegram.callback_answers import CallbackAnswers
from bot.telegram.channel import TelegramChannel
from bot.telegram.ingest import arriving_updates, sender_of
from bot.telegram.polling import Polling
from bot.telegram.reading import KINDS
from storage.database import Database
from storage.messages.inbox import Update
from tests.bot.difficult_telegram import (
    TOKEN,
    DifficultTelegram,
    Lost,
    Refusal,
    Request,
    difficult_telegram,
)
from tests.databases import ON_ONE_STORE

NOW = datetime(2026, 11, 5, 3, tzinfo=UTC)


def said(number: int, person: int = 700001) -> dict[str, Any]:
    people = {"from": {"id": person, "first_name": "Lan"}, "chat": {"id": person}}
    return {"update_id": number, "message": {"message_id": number, "text": "Chào", **people}}


async def kept(database: Database) -> list[Update]:
    async with database.reading() as session:
        return list((await session.execute(select(Update).order_by(col(Update.id)))).scalars())


class Ear:
    """Counts how often reception was called, and lets a test wait for it."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    async def again(self) -> None:
        async with asyncio.timeout(10):
            await self.heard.wait()
        self.heard.clear()


@asynccontextmanager
async def receiving(
    database: Database, telegram: DifficultTelegram, callback_answers: CallbackAnswers | None = None
) -> AsyncIterator[tuple[Polling, Ear]]:
    ear = Ear()
    arriving = arriving_updates(
        database, TOKEN, lambda: NOW, heard=ear.heard.set, callback_answers=callback_answers
    )
    one = Polling(arriving, TOKEN, telegram.address, None, lambda: NOW, shortest_pause=0.01)
    stop = asyncio.Event()
    task = asyncio.create_task(one.run(stop))
    try:
        yield one, ear
    finally:
        stop.set()
        async with asyncio.timeout(5):
            await task


async def test_an_update_is_kept_before_it_is_acknowledged(database: Database):
    """T2"""
    kept_when_asked: list[tuple[int, list[int | None]]] = []

    async def look(request: Request) -> Any:
        numbers = [one.update_id for one in await kept(database)]
        kept_when_asked.append((request.parameters.get("offset", 0), numbers))
        return [said(len(kept_when_asked) + 40)] if len(kept_when_asked) < 4 else []

    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend([look] * 4)
        async with receiving(database, telegram):
            await telegram.asked("getUpdates", 5)
    assert kept_when_asked == [(0, []), (42, [41]), (43, [41, 42]), (44, [41, 42, 43])]


async def test_while_the_store_fails_nothing_is_acknowledged_and_then_all_is_kept(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    """T3"""
    failures = 3
    writing = database.writing

    def failing() -> Any:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise OSError("the disk is full")
        return writing()

    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend([[said(7)]] * 4)
        monkeypatch.setattr(database, "writing", failing)
        async with receiving(database, telegram) as (one, ear):
            await ear.again()
            await telegram.asked("getUpdates", 5)
            assert one.trouble == ""
    offsets = [request.parameters.get("offset") for request in telegram.of("getUpdates")]
    assert offsets == [None, None, None, None, 8]
    assert [one.update_id for one in await kept(database)] == [7]


async def test_the_same_update_in_any_order_is_kept_once(database: Database):
    """T4"""
    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend(
            [[said(5), said(6)], [said(6), said(5)], [said(3)], [said(9), said(3)]]
        )
        async with receiving(database, telegram):
            await telegram.asked("getUpdates", 5)
    assert [one.update_id for one in await kept(database)] == [5, 6, 3, 9]


@ON_ONE_STORE
async def test_what_nobody_understands_is_kept_too_and_holds_nobody_up(database: Database):
    """T5"""
    strange = ["text", None, {"update_id": True}, {"update_id": 8, "novelty": {"x": "\ud83d\x00"}}]
    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend(
            [[*strange, said(9)], [{"no": "number"}], [{"no": "number"}]]
        )
        async with receiving(database, telegram):
            await telegram.asked("getUpdates", 4)
    updates = await kept(database)
    assert [json.loads(one.raw) for one in updates] == [*strange, said(9), {"no": "number"}]
    assert [one.sender for one in updates] == ["?", "?", "?", "?", "700001", "?"]


@ON_ONE_STORE
async def test_every_poll_asks_for_what_we_understand_and_never_gives_anything_up(
    database: Database,
):
    """T6 T9"""
    async with difficult_telegram() as telegram:
        webhook = {"url": "https://example.org", "has_custom_certificate": False}
        telegram.next["getWebhookInfo"].append(webhook)
        telegram.next["getUpdates"].extend([[said(5)], []])
        async with receiving(database, telegram):
            await telegram.asked("getUpdates", 3)
    for request in telegram.of("getUpdates"):
        assert request.parameters["allowed_updates"] == list(KINDS)
        assert request.parameters.get("offset", 1) > 0
        assert request.parameters["timeout"] == 50
    assert [one.parameters for one in telegram.of("deleteWebhook")] == [{}]


@pytest.mark.parametrize(
    "trouble",
    [
        Refusal(409, "Conflict: terminated by other getUpdates request"),
        Refusal(502, "Bad Gateway"),
        Refusal(401, "Unauthorized"),
        Refusal(429, "Too Many Requests: retry after 0", {"retry_after": 0}),
        Lost,
        {"not": "a list"},
    ],
)
@ON_ONE_STORE
async def test_no_failure_of_telegram_ends_the_receiving(database: Database, trouble: Any):
    async with difficult_telegram() as telegram:
        telegram.next["getUpdates"].extend([trouble, trouble, [said(5)]])
        async with receiving(database, telegram) as (one, ear):
            await ear.again()
            await telegram.asked("getUpdates", 4)
            assert one.last_success == NOW
            assert one.trouble == ""
    assert [one.update_id for one in await kept(database)] == [5]


@ON_ONE_STORE
async def test_a_token_that_is_not_accepted_is_said_plainly(database: Database):
    async with difficult_telegram() as telegram:
        telegram.next["getWebhookInfo"].extend([Refusal(401, "Unauthorized")] * 1000)
        async with receiving(database, telegram) as (one, _ear):
            await telegram.asked("getWebhookInfo", 2)
            assert "BOT_TOKEN" in one.trouble
            assert TOKEN not in one.trouble


@ON_ONE_STORE
async def test_a_long_poll_ends_at_once_when_the_bot_stops(database: Database):
    loop = asyncio.get_running_loop()
    async with difficult_telegram() as telegram:
        async with receiving(database, telegram):
            await telegram.asked("getUpdates")
            began = loop.time()
        assert loop.time() - began < 1


async def test_a_tap_is_answered_also_when_its_turn_takes_long(database: Database):
    """T34"""
    tap = {"update_id": 5, "callback_query": {"id": "tap", "from": {"id": 700001}}}
    async with difficult_telegram() as telegram:
        channel = TelegramChannel(TOKEN, telegram.address)
        telegram.next["getUpdates"].append([tap])
        callback_answers = CallbackAnswers(channel.answer_tap, patience=0.05)
        async with receiving(database, telegram, callback_answers):
            answers = await telegram.asked("answerCallbackQuery")
        await channel.close()
    assert [one.parameters for one in answers] == [{"callback_query_id": "tap"}]


async def test_a_tap_is_answered_also_while_the_store_takes_nothing(database: Database):
    """T34"""
    tap = {"update_id": 5, "callback_query": {"id": "tap", "from": {"id": 700001}}}
    async with difficult_telegram() as telegram:
        channel = TelegramChannel(TOKEN, telegram.address)
        callback_answers = CallbackAnswers(channel.answer_tap, patience=0.05)
        async with receiving(database, telegram, callback_answers):
            async with nothing_is_taken(database):
                telegram.updates.put_nowait([tap])
                await telegram.asked("answerCallbackQuery")
                assert await kept(database) == []
            await telegram.asked("getUpdates", 2)
        await channel.close()
    assert [one.update_id for one in await kept(database)] == [5]
    assert len(telegram.of("answerCallbackQuery")) == 1


@asynccontextmanager
async def nothing_is_taken(database: Database) -> AsyncIterator[None]:
    """Somebody holds the inbox; whoever writes into it must wait."""
    async with database.writing() as session:
        if not database.is_sqlite:
            await session.execute(text("LOCK TABLE inbox IN EXCLUSIVE MODE"))
        yield


async def test_a_tap_that_was_answered_with_words_is_not_answered_again():
    """T34"""
    answered: asyncio.Queue[str] = asyncio.Queue()
    callback_answers = CallbackAnswers(answered.put, patience=0)
    callback_answers.arrived("99")
    callback_answers.answered("99")
    callback_answers.arrived("100")
    async with asyncio.timeout(5):
        assert await answered.get() == "100"
    await callback_answers.close()


@pytest.mark.parametrize(
    ("raw", "sender"),
    [
        (said(1), "700001"),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": -5}, "from": {"id": 7}}}, "7"),
        ({"update_id": 1, "channel_post": {"chat": {"id": -5}}}, "-5"),
        ({"update_id": 1, "callback_query": {"message": {"chat": {"id": 8}}}}, "8"),
        ({"update_id": 1}, "?"),
    ],
)
def test_updates_are_ordered_by_who_sent_them(raw: Any, sender: str):
    assert sender_of(raw) == sender


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["from", "chat", "message", "id", "update_id"]), inner
            )
        ),
    )
)
def test_everything_has_a_sender(raw: Any):
    assert sender_of(raw)
