"""Telegram brings updates to the door: only with the secret, and 200 only for what is kept."""

from __future__ import annotations

import asyncio
import hmac
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.operating import pages
from bot.receiving.ingest import Ingest
from bot.telegram.absence import Absence
from bot.telegram.callback_answers import CallbackAnswers
from bot.telegram.channel import TelegramChannel
from bot.telegram.door import SECRET, Door
from bot.telegram.ingest import arriving_updates
from bot.telegram.reading import KINDS
from bot.telegram.webhook import Webhook
from storage.database import Database
from tests.bot.difficult_telegram import (
    TOKEN,
    DifficultTelegram,
    Lost,
    Refusal,
    Request,
    difficult_telegram,
)
from tests.bot.receiving.test_polling import NOW, kept, said
from tests.talking import Clock

URL = "https://bot.example/telegram"
WORD = "chance-17_"
SHOWN = {SECRET: WORD}


def known(**more: Any) -> dict[str, Any]:
    """What Telegram says of a webhook that is as we want it."""
    info = {"url": URL, "has_custom_certificate": False, "pending_update_count": 0}
    return {**info, "allowed_updates": sorted(KINDS), **more}


@dataclass
class House:
    """The door, as it is seen from the street."""

    address: str
    arriving: Ingest
    webhook: Webhook
    stop: asyncio.Event
    ended: asyncio.Task[None]
    web: aiohttp.ClientSession
    clock: Clock = field(default_factory=Clock)

    async def brings(self, update: Any, headers: dict[str, str] | None = None) -> int:
        body = update if isinstance(update, bytes) else json.dumps(update).encode()
        shown = SHOWN if headers is None else headers
        async with self.web.post(self.address, data=io.BytesIO(body), headers=shown) as answer:
            assert await answer.read() == b""
            return answer.status


@asynccontextmanager
async def house(
    database: Database,
    telegram: DifficultTelegram,
    callback_answers: CallbackAnswers | None = None,
    absence: Absence | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[House]:
    clock = clock or Clock(NOW)
    door = Door(WORD, patience=5)
    arriving = arriving_updates(
        database, TOKEN, clock, heard=lambda: None, callback_answers=callback_answers
    )
    webhook = Webhook(
        door, arriving, TOKEN, telegram.address, None, clock,
        url=URL, secret=WORD, absence=absence, look=timedelta(seconds=0.05), shortest_pause=0.01,
    )  # fmt: skip
    stop = asyncio.Event()
    running = asyncio.create_task(webhook.run(stop))
    shown = [web.post("/telegram", door.answer)]
    async with pages.serving(shown, "127.0.0.1", 0) as port, aiohttp.ClientSession() as session:
        address = f"http://127.0.0.1:{port}/telegram"
        try:
            yield House(address, arriving, webhook, stop, running, session, clock)
        finally:
            stop.set()
            async with asyncio.timeout(5):
                await running


@pytest.fixture
async def telegram() -> AsyncIterator[DifficultTelegram]:
    async with difficult_telegram() as difficult:
        difficult.next["getWebhookInfo"].extend([known()] * 1000)
        yield difficult


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({SECRET: ""}, 403),
        ({SECRET: WORD[:-1]}, 403),
        ({SECRET: f"{WORD}x"}, 403),
        ({SECRET: "mật khẩu"}, 403),
    ],
)
async def test_who_does_not_know_the_secret_leaves_no_trace(
    sqlite_database: Database,
    telegram: DifficultTelegram,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    status: int,
):
    """T8"""
    caplog.set_level("DEBUG")
    async with house(sqlite_database, telegram) as one:
        assert await one.brings(said(5), headers) == status
        assert await one.brings(b"\xff" * 2_000_000, headers) == status
        assert await kept(sqlite_database) == []
    assert "Ch\\u00e0o" not in caplog.text
    assert "Chào" not in caplog.text


async def test_what_is_kept_is_acknowledged_though_nobody_answers_it(
    database: Database, telegram: DifficultTelegram
):
    """T8"""
    loop = asyncio.get_running_loop()
    async with house(database, telegram) as one:
        began = loop.time()
        statuses = await asyncio.gather(*(one.brings(said(number)) for number in range(1, 41)))
        assert loop.time() - began < 40
        began = loop.time()
        assert await one.brings(said(41)) == 200
        assert loop.time() - began < 1
    assert statuses == [200] * 40
    assert sorted(each.update_id or 0 for each in await kept(database)) == list(range(1, 42))


async def test_what_cannot_be_kept_is_not_acknowledged_and_kept_when_it_comes_again(
    database: Database, telegram: DifficultTelegram, monkeypatch: pytest.MonkeyPatch
):
    """T8"""
    async with house(database, telegram) as one:

        def full() -> Any:
            raise OSError("the disk is full")

        with monkeypatch.context() as without:
            without.setattr(database, "writing", full)
            assert await one.brings(said(5)) == 503
        assert await kept(database) == []
        assert await one.brings(said(5)) == 200
    assert [each.update_id for each in await kept(database)] == [5]


async def test_what_comes_again_is_kept_once(database: Database, telegram: DifficultTelegram):
    async with house(database, telegram) as one:
        assert await asyncio.gather(*(one.brings(said(5)) for _time in range(8))) == [200] * 8
        assert await one.brings(said(4)) == 200
        assert await one.brings(said(5)) == 200
    assert sorted(each.update_id or 0 for each in await kept(database)) == [4, 5]


@pytest.mark.parametrize(
    "strange",
    [
        b"",
        b"{",
        b'{"update_id": 7, "message": "Ch\xc3\xa0o',
        b"\xff\xfe",
        b"[" * 200_000,
        b'"Ch\xc3\xa0o"',
        b"[]",
        b'{"update_id": ' + b"9" * 5000 + b"}",
    ],
)
async def test_what_is_no_update_is_not_taken_and_leaves_no_words(
    sqlite_database: Database,
    telegram: DifficultTelegram,
    caplog: pytest.LogCaptureFixture,
    strange: bytes,
):
    caplog.set_level("DEBUG")
    async with house(sqlite_database, telegram) as one:
        assert await one.brings(strange) == 400
        assert await one.brings(said(9)) == 200
    assert [each.update_id for each in await kept(sqlite_database)] == [9]
    assert "Ch" not in "".join(
        each.getMessage() for each in caplog.records if each.name[:3] == "bot"
    )


async def test_an_update_without_a_usable_number_is_kept_and_holds_nobody_up(
    sqlite_database: Database, telegram: DifficultTelegram
):
    strange = b'{"update_id": true, "message": {"text": "\\ud83d"}}'
    async with house(sqlite_database, telegram) as one:
        assert await one.brings(strange) == 200
        assert await one.brings(said(9)) == 200
    first, second = await kept(sqlite_database)
    assert (first.update_id, first.sender, second.update_id) == (None, "?", 9)
    assert json.loads(first.raw) == json.loads(strange)


async def test_there_is_one_door_and_nobody_may_only_look_at_it(
    sqlite_database: Database, telegram: DifficultTelegram, caplog: pytest.LogCaptureFixture
):
    async with house(sqlite_database, telegram) as one:
        for method in ("GET", "PUT", "DELETE", "HEAD"):
            async with one.web.request(method, one.address, headers=SHOWN) as answer:
                assert answer.status == 405
        for path in ("/", "/telegram/", "/other", "/../telegram2"):
            address = one.address.replace("/telegram", path)
            async with one.web.post(address, json=said(5), headers=SHOWN) as answer:
                assert answer.status == 404
    assert await kept(sqlite_database) == []
    assert "Chào" not in caplog.text


async def test_how_long_a_refusal_takes_tells_nothing_of_the_secret(
    sqlite_database: Database, telegram: DifficultTelegram, monkeypatch: pytest.MonkeyPatch
):
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def watched(shown: bytes, secret: bytes) -> bool:
        compared.append(secret)
        return compare(shown, secret)

    monkeypatch.setattr(hmac, "compare_digest", watched)
    async with house(sqlite_database, telegram) as one:
        assert await one.brings(said(5), {SECRET: "other"}) == 403
        assert await one.brings(said(5)) == 200
    assert compared == [WORD.encode()] * 2


async def test_nothing_larger_than_an_update_is_taken(
    sqlite_database: Database, telegram: DifficultTelegram
):
    async with house(sqlite_database, telegram) as one:
        assert await one.brings(b" " * (pages.LARGEST_REQUEST + 1)) == 413
    assert await kept(sqlite_database) == []


async def test_while_it_ends_nothing_new_is_taken_and_what_is_being_kept_is_finished(
    sqlite_database: Database, telegram: DifficultTelegram
):
    async with house(sqlite_database, telegram) as one:
        async with sqlite_database.writing():
            # The store is busy, so this one is under way until it is free.
            first = asyncio.create_task(one.brings(said(5)))
            async with asyncio.timeout(5):
                while not one.arriving.is_keeping:  # noqa: ASYNC110  # Nobody else needs to be told.
                    await asyncio.sleep(0.001)
            one.stop.set()
            await asyncio.sleep(0)
            assert await one.brings(said(6)) == 503
            assert not one.ended.done()
        assert await first == 200
        async with asyncio.timeout(5):
            await one.ended
    assert [each.update_id for each in await kept(sqlite_database)] == [5]


async def test_a_tap_is_answered_also_when_its_turn_takes_long(
    sqlite_database: Database, telegram: DifficultTelegram
):
    tap = {"update_id": 5, "callback_query": {"id": "tap", "from": {"id": 700001}}}
    channel = TelegramChannel(TOKEN, telegram.address)
    callback_answers = CallbackAnswers(channel.answer_tap, patience=0.05)
    async with house(sqlite_database, telegram, callback_answers) as one:
        assert await one.brings(tap) == 200
        answers = await telegram.asked("answerCallbackQuery")
    await channel.close()
    assert [each.parameters for each in answers] == [{"callback_query_id": "tap"}]


async def test_telegram_is_told_where_to_bring_what_and_gives_nothing_up(
    sqlite_database: Database,
):
    async with difficult_telegram() as telegram, house(sqlite_database, telegram):
        (asked, *_more) = await telegram.asked("setWebhook")
    assert asked.parameters == {
        "url": URL,
        "secret_token": WORD,
        "allowed_updates": list(KINDS),
    }


async def test_what_telegram_knows_already_it_is_not_told_again(
    sqlite_database: Database, telegram: DifficultTelegram
):
    async with house(sqlite_database, telegram):
        await telegram.asked("getWebhookInfo", 4)
    assert telegram.of("setWebhook") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "https://somebody.else/"},
        {"url": ""},
        {"allowed_updates": ["message"]},
        {"allowed_updates": None},
    ],
)
async def test_what_somebody_changed_is_put_right(
    sqlite_database: Database, telegram: DifficultTelegram, changed: dict[str, Any]
):
    telegram.next["getWebhookInfo"].extendleft([known(**changed), known()])
    async with house(sqlite_database, telegram):
        await telegram.asked("setWebhook")
        await telegram.asked("getWebhookInfo", 6)
    assert len(telegram.of("setWebhook")) == 1


async def test_a_new_secret_is_told_once_telegram_is_refused_with_the_old_one(
    sqlite_database: Database, telegram: DifficultTelegram
):
    words = "Wrong response from the webhook: 403 Forbidden"
    refused = known(pending_update_count=1, last_error_date=1000, last_error_message=words)
    telegram.next["getWebhookInfo"].clear()
    telegram.next["getWebhookInfo"].extend([known(), *[refused] * 1000])
    async with house(sqlite_database, telegram):
        await telegram.asked("setWebhook")
        await telegram.asked("getWebhookInfo", 6)
    assert len(telegram.of("setWebhook")) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        Refusal(502, "Bad Gateway"),
        Refusal(429, "Too Many Requests: retry after 0", {"retry_after": 0}),
        Lost,
    ],
)
async def test_while_telegram_is_away_it_is_told_again_and_again(
    sqlite_database: Database, trouble: Any
):
    async with difficult_telegram() as telegram:
        telegram.next["setWebhook"].extend([trouble] * 3)
        async with house(sqlite_database, telegram) as one:
            await telegram.asked("setWebhook", 3)
            assert await one.webhook.is_troubled()
            # What comes meanwhile, by a webhook that is set already, is taken.
            assert await one.brings(said(5)) == 200
            await telegram.asked("setWebhook", 4)


async def test_an_address_that_telegram_does_not_take_is_said_plainly(sqlite_database: Database):
    words = "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
    async with difficult_telegram() as telegram:
        telegram.next["setWebhook"].extend([Refusal(400, words)] * 1000)
        async with house(sqlite_database, telegram) as one:
            await telegram.asked("setWebhook", 2)
            assert "only on ports" in (await one.webhook.is_troubled() or "")


async def test_updates_that_telegram_cannot_deliver_are_a_reason_for_red(
    sqlite_database: Database, telegram: DifficultTelegram
):
    words = "Wrong response from the webhook: 502 Bad Gateway"
    failed = known(
        pending_update_count=17,
        last_error_date=int(NOW.timestamp()),
        last_error_message=words,
    )
    async with house(sqlite_database, telegram) as one:
        await telegram.asked("getWebhookInfo", 2)
        assert await one.webhook.is_silent() is None
        telegram.next["getWebhookInfo"].clear()
        telegram.next["getWebhookInfo"].extend([failed] * 1000)
        await telegram.asked("getWebhookInfo", len(telegram.of("getWebhookInfo")) + 2)
        assert await one.webhook.is_silent() == (
            f"updates: 17 wait because Telegram cannot deliver them ({words})"
        )
        assert one.webhook.pending == 17
        one.clock.advance(minutes=4)
        await telegram.asked("getWebhookInfo", len(telegram.of("getWebhookInfo")) + 2)
        assert await one.webhook.is_silent() is None


async def test_a_telegram_that_says_nothing_of_the_webhook_is_a_reason_for_red(
    sqlite_database: Database, telegram: DifficultTelegram
):
    reached = asyncio.Event()

    async def hang(_request: Request) -> Any:
        reached.set()
        await asyncio.Event().wait()

    async with house(sqlite_database, telegram) as one:
        telegram.next["getWebhookInfo"].clear()
        telegram.next["getWebhookInfo"].append(hang)
        async with asyncio.timeout(5):
            await reached.wait()
        one.clock.advance(minutes=5)
        assert await one.webhook.is_silent() == (
            "updates: Telegram could not be asked about the webhook for 300 s"
        )
