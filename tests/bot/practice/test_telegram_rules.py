"""The practice Telegram keeps, hands out and refuses what Telegram keeps, hands out and refuses."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from PIL import ExifTags, Image

from bot.practice.clock import PracticeClock
from bot.practice.refusals import Refusal
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from tests.bot.practice.test_specification import picture

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


async def test_a_photo_comes_upright_and_without_where_it_was_taken(bot: Bot) -> None:
    lying = Image.new("RGB", (60, 30), "green")
    details = lying.getexif()
    details[ExifTags.Base.Orientation] = 6
    details[ExifTags.Base.Make] = "A phone"
    taken = io.BytesIO()
    lying.save(taken, "JPEG", exif=details)
    bot.practice.people.photos(LAN, [("a.jpg", taken.getvalue(), "image/jpeg")])
    bot.practice.people.photos(LAN, [("a.jpg", taken.getvalue(), "image/jpeg")], as_file=True)
    photo, document = [one["message"] for one in await bot.updates()]
    assert (photo["photo"][-1]["width"], photo["photo"][-1]["height"]) == (30, 60)
    kept = await download(bot, photo["photo"][-1]["file_id"])
    with Image.open(io.BytesIO(kept)) as shown:
        assert not shown.getexif()
    assert await download(bot, document["document"]["file_id"]) == taken.getvalue()


async def download(bot: Bot, file_id: str) -> bytes:
    path = (await bot("getFile", file_id=file_id))["result"]["file_path"]
    async with bot.web.get(f"{bot.address}/file/bot{TOKEN}/{path}") as answer:
        assert answer.status == 200
        return await answer.read()


async def test_a_large_photo_comes_in_the_sizes_that_telegram_keeps(bot: Bot) -> None:
    taken = io.BytesIO()
    Image.new("RGB", (7000, 5250), "green").save(taken, "JPEG")
    sent = bot.practice.people.photos(LAN, [("a.jpg", taken.getvalue(), "image/jpeg")])
    assert [size["width"] for size in sent[0]["photo"]] == [320, 800, 1280]


async def test_a_photo_sent_on_is_still_the_same_photo(bot: Bot) -> None:
    sent = bot.practice.people.photos(LAN, [("a.png", picture(), "image/png")])[0]["photo"][-1]
    again = await bot("sendPhoto", chat_id=LAN, photo=sent["file_id"])
    assert again["result"]["photo"][-1]["file_unique_id"] == sent["file_unique_id"]
    words = await bot.refused("sendDocument", chat_id=LAN, document=sent["file_id"])
    assert "can't use file of type Photo as Document" in words


async def test_a_file_too_large_is_named_and_cannot_be_fetched(bot: Bot) -> None:
    content = b"0" * (20 * 1024 * 1024 + 1)
    sent = bot.practice.people.photos(LAN, [("a.bin", content, "image/heic")], as_file=True)
    words = await bot.refused("getFile", file_id=sent[0]["document"]["file_id"])
    assert "file is too big" in words


async def test_marks_stay_on_their_words_when_blank_ends_are_cut(bot: Bot) -> None:
    bot.practice.people.say(LAN, "chào")
    text = "\n <b> 😀 ấm </b> \n"
    sent = (await bot("sendMessage", chat_id=LAN, text=text, parse_mode="HTML"))["result"]
    assert sent["text"] == "😀 ấm"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 5}]


async def test_a_press_by_its_words_does_not_meet_a_link(bot: Bot) -> None:
    bot.practice.people.say(LAN, "chào")
    rows = [[{"text": "link", "url": "https://example.org"}, {"text": "b", "callback_data": "c"}]]
    await bot("sendMessage", chat_id=LAN, text="x", reply_markup={"inline_keyboard": rows})
    assert "callback_query_id" in bot.practice.people.press(LAN, {"label": "b"})
    assert bot.practice.people.press(LAN, {"label": "link"}) == {"url": "https://example.org"}
    with pytest.raises(Refusal, match="no such button"):
        bot.practice.people.press(LAN, {"label": "other"})


async def test_only_what_looks_like_a_command_is_one(bot: Bot) -> None:
    for text, marked in (("/huy nhé", True), ("/được", False), ("/", False), ("huy", False)):
        assert ("entities" in bot.practice.people.say(LAN, text)) is marked, text


async def test_an_answer_stands_below_what_it_answers(bot: Bot) -> None:
    asked = bot.practice.people.say(LAN, "chào")["message_id"]
    given = {"chat_id": LAN, "text": "x", "reply_parameters": {"message_id": asked}}
    sent = (await bot("sendMessage", **given))["result"]
    assert sent["reply_to_message"]["message_id"] == asked
    given["reply_parameters"] = {"message_id": 999}
    assert "message to be replied not found" in await bot.refused("sendMessage", **given)


async def test_a_member_of_a_group_is_not_written_to_first_either(bot: Bot) -> None:
    bot.practice.people.group("Nhóm", [LAN, MINH])
    words = await bot.refused("sendMessage", chat_id=MINH, text="x")
    assert words == "Forbidden: bot can't initiate conversation with a user"


async def test_a_broken_body_is_refused_and_noted(bot: Bot) -> None:
    headers = {"Content-Type": "application/json"}
    address = f"{bot.address}/bot{TOKEN}/sendMessage"
    for body in ("{", "[1]", '"x"'):
        async with bot.web.post(address, data=body, headers=headers) as answer:
            assert answer.status == 400
    assert [one["method"] for one in bot.practice.refusals] == ["sendMessage"] * 3


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
