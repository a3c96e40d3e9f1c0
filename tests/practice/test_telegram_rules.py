"""The practice Telegram keeps, hands out and refuses what Telegram keeps, hands out and refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN

LAN, MINH = 700001, 700002


class Bot:
    """Asks as a bot does."""

    def __init__(self, practice: Practice, address: str, web: aiohttp.ClientSession) -> None:
        self.practice, self.address, self.web = practice, address, web

    async def __call__(self, method: str, **given: Any) -> dict[str, Any]:
        async with self.web.post(f"{self.address}/bot{TOKEN}/{method}", json=given) as answer:
            return dict(await answer.json())

    async def refused(self, method: str, **given: Any) -> str:
        answer = await self(method, **given)
        assert not answer["ok"], answer
        return str(answer["description"])

    async def updates(self, **given: Any) -> list[dict[str, Any]]:
        answer = await self("getUpdates", timeout=0, **given)
        assert answer["ok"], answer
        return list(answer["result"])


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    practice = Practice(PracticeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC)))
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Bot(practice, address, web)


async def test_an_update_comes_again_until_it_is_acknowledged(bot: Bot) -> None:
    bot.practice.people.say(LAN, "một")
    bot.practice.people.say(LAN, "hai")
    first = await bot.updates()
    assert await bot.updates() == first
    rest = await bot.updates(offset=first[0]["update_id"] + 1)
    assert [one["message"]["text"] for one in rest] == ["hai"]
    assert await bot.updates(offset=first[-1]["update_id"] + 1) == []


async def test_messages_live_a_day_and_taps_150_seconds(bot: Bot) -> None:
    bot.practice.people.say(LAN, "chào")
    button = {"inline_keyboard": [[{"text": "b", "callback_data": "c"}]]}
    await bot("sendMessage", chat_id=LAN, text="x", reply_markup=button)
    query = bot.practice.people.press(LAN, {"label": "b"})["callback_query_id"]
    bot.practice.clock.advance(timedelta(seconds=151))
    assert [list(one)[1] for one in await bot.updates()] == ["message"]
    words = await bot.refused("answerCallbackQuery", callback_query_id=query)
    assert "query is too old" in words
    bot.practice.clock.advance(timedelta(hours=24))
    assert await bot.updates() == []


async def test_an_album_is_separate_messages_with_one_group(bot: Bot) -> None:
    from tests.practice.test_specification import picture

    bot.practice.people.photos(LAN, [("a.png", picture(), "image/png")] * 3, "đủ")
    messages = [one["message"] for one in await bot.updates()]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["đủ", None, None]
    assert len({message["photo"][-1]["file_unique_id"] for message in messages}) == 1


async def test_only_one_polls(bot: Bot) -> None:
    first = asyncio.create_task(bot("getUpdates", timeout=30))
    await bot.practice.world.updates[588].polling.wait()
    assert (await bot("getUpdates", timeout=0))["ok"]
    answer = await first
    assert answer["error_code"] == 409
    assert "terminated by other getUpdates request" in answer["description"]


async def test_a_poll_wakes_when_something_comes(bot: Bot) -> None:
    polling = asyncio.create_task(bot("getUpdates", timeout=30))
    await bot.practice.world.updates[588].polling.wait()
    bot.practice.people.say(LAN, "chào")
    async with asyncio.timeout(5):
        assert (await polling)["result"][0]["message"]["text"] == "chào"


async def test_a_webhook_keeps_polls_out(bot: Bot) -> None:
    await bot("setWebhook", url="https://example.org/")
    assert (await bot("getUpdates", timeout=0))["error_code"] == 409
    await bot("deleteWebhook")
    assert await bot.updates() == []


async def test_only_the_kinds_that_were_asked_for_come(bot: Bot) -> None:
    await bot.updates(allowed_updates=["callback_query"])
    bot.practice.people.say(LAN, "chào")
    assert await bot.updates() == []
    await bot.updates(allowed_updates=["message"])
    bot.practice.people.say(LAN, "chào")
    assert len(await bot.updates()) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "message text is empty"),
        ("   ", "message text is empty"),
        ("x" * 4097, "message is too long"),
        ("<b>x", "Can't find end tag corresponding to start tag"),
        ("<b><i>x</b></i>", "Unmatched end tag"),
        ("<h1>x</h1>", 'Unsupported start tag "h1"'),
        ("a < b", "can't parse entities"),
        ("a & b", "can't parse entities"),
        ("<span>x</span>", "tg-spoiler"),
    ],
)
async def test_words_that_telegram_does_not_take(bot: Bot, text: str, words: str) -> None:
    bot.practice.people.say(LAN, "chào")
    assert words in await bot.refused("sendMessage", chat_id=LAN, text=text, parse_mode="HTML")


async def test_lengths_are_counted_after_the_markup(bot: Bot) -> None:
    bot.practice.people.say(LAN, "chào")
    text = "<b>" + "😀" * 4090 + "</b>&lt;&amp;"
    assert (await bot("sendMessage", chat_id=LAN, text=text, parse_mode="HTML"))["ok"]


@pytest.mark.parametrize(
    ("button", "words"),
    [
        ({"text": "b", "callback_data": "x" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "b", "callback_data": "đ" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "b", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "", "callback_data": "x"}, "non-empty"),
        ({"text": "b"}, "Text buttons are unallowed"),
        ({"text": "b", "url": "nonsense"}, "BUTTON_URL_INVALID"),
    ],
)
async def test_buttons_that_telegram_does_not_take(
    bot: Bot, button: dict[str, str], words: str
) -> None:
    bot.practice.people.say(LAN, "chào")
    markup = {"inline_keyboard": [[button]]}
    assert words in await bot.refused("sendMessage", chat_id=LAN, text="x", reply_markup=markup)


async def test_nobody_is_written_to_who_did_not_write_first(bot: Bot) -> None:
    assert "chat not found" in await bot.refused("sendMessage", chat_id=MINH, text="x")
    bot.practice.people.say(MINH, "chào")
    bot.practice.people.block(MINH, blocked=True)
    assert "bot was blocked by the user" in await bot.refused("sendMessage", chat_id=MINH, text="x")
    bot.practice.people.deactivate(MINH)
    assert "user is deactivated" in await bot.refused("sendMessage", chat_id=MINH, text="x")


async def test_edits_that_telegram_does_not_take(bot: Bot) -> None:
    theirs = bot.practice.people.say(LAN, "chào")
    own = (await bot("sendMessage", chat_id=LAN, text="x"))["result"]["message_id"]
    edit = {"chat_id": LAN, "message_id": own, "text": "x"}
    assert "message is not modified" in await bot.refused("editMessageText", **edit)
    assert "not found" in await bot.refused("editMessageText", **{**edit, "message_id": 999})
    foreign = {**edit, "message_id": theirs["message_id"], "text": "y"}
    assert "can't be edited" in await bot.refused("editMessageText", **foreign)


async def test_a_phone_without_a_network_keeps_words_and_refuses_taps(bot: Bot) -> None:
    bot.practice.people.airplane(LAN, on=True)
    bot.practice.people.say(LAN, "một")
    bot.practice.people.say(LAN, "hai")
    assert await bot.updates() == []
    bot.practice.people.airplane(LAN, on=False)
    assert [one["message"]["text"] for one in await bot.updates()] == ["một", "hai"]


async def test_a_wrong_token_gets_nothing(bot: Bot) -> None:
    async with bot.web.get(f"{bot.address}/bot1:short/getMe") as answer:
        assert answer.status == 401


async def test_people_act_over_http(bot: Bot) -> None:
    async with bot.web.post(
        f"{bot.address}/practice/people/{LAN}/say", json={"text": "<b>&"}
    ) as said:
        assert (await said.json())["message"]["text"] == "<b>&"
    async with bot.web.post(f"{bot.address}/practice/people/{LAN}/say", json={"text": ""}) as empty:
        assert empty.status == 400
    async with bot.web.get(f"{bot.address}/practice/chats/{LAN}/messages") as shown:
        assert [one["text"] for one in await shown.json()] == ["<b>&"]
    async with bot.web.get(f"{bot.address}/practice/state") as state:
        assert len((await state.json())["people"]) == 5
