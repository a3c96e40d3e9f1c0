"""Small rules of Telegram in which the practice one once was kinder, or harsher, than it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from tests.bot.practice.script import Script

LAN, MINH = 700001, 700002
CANNOT = "Bad Request: message can't be deleted"


async def sent(still: Script, chat: int, **given: Any) -> int:
    answer = await still.asks("sendMessage", **{"chat_id": chat, "text": "x", **given})
    assert answer["ok"], answer
    return int(answer["result"]["message_id"])


async def deleted(still: Script, chat: int, message: int) -> str:
    """What Telegram says to it; empty when it is gone."""
    answer = await still.asks("deleteMessage", chat_id=chat, message_id=message)
    return str(answer.get("description", ""))


@pytest.mark.parametrize(
    ("mode", "bold"), [("HTML", 1), ("html", 1), ("Html", 1), ("none", 0), ("", 0)]
)
async def test_how_words_are_read_is_named_in_any_case(still: Script, mode: str, bold: int) -> None:
    await still.act(f"people/{LAN}/start")
    given = {"chat_id": LAN, "text": "<b>đủ</b>", "parse_mode": mode}
    message = (await still.asks("sendMessage", **given))["result"]
    assert len(message.get("entities", [])) == bold


@pytest.mark.parametrize(("mode", "words"), [("bold", "unsupported parse_mode"), ("MarkdownV2", "not practised")])  # fmt: skip
async def test_another_way_of_reading_words_is_refused(
    still: Script, mode: str, words: str
) -> None:
    await still.act(f"people/{LAN}/start")
    answer = await still.asks("sendMessage", chat_id=LAN, text="x", parse_mode=mode)
    assert words in answer["description"]


async def test_a_message_is_deleted_within_48_hours(still: Script) -> None:
    await still.act(f"people/{LAN}/start")
    kept, gone = await sent(still, LAN), await sent(still, LAN)
    await still.act("clock", advance=timedelta(hours=48).total_seconds())
    assert await deleted(still, LAN, gone) == ""
    await still.act("clock", advance=1)
    assert await deleted(still, LAN, kept) == f"{CANNOT} for everyone"
    assert await deleted(still, LAN, gone) == "Bad Request: message to delete not found"


async def test_what_a_person_wrote_to_the_bot_can_be_deleted(still: Script) -> None:
    said = (await still.act(f"people/{LAN}/say", text="nhầm"))["message"]["message_id"]
    assert await deleted(still, LAN, said) == ""
    shown = (await still.ask(f"chats/{LAN}/messages"))[0]
    assert shown["practice"]["deleted"]


async def test_in_a_group_the_bot_deletes_only_its_own(still: Script) -> None:
    group = (await still.act("groups", title="Tổ", members=[LAN, MINH]))["id"]
    said = await still.act(f"people/{LAN}/say", text="chào", chat_id=group)
    hidden = await still.act("anonymous", chat_id=group, text="chào")
    own = await sent(still, group)
    assert await deleted(still, group, said["message"]["message_id"]) == CANNOT
    assert await deleted(still, group, hidden["message_id"]) == CANNOT
    assert await deleted(still, group, own) == ""


async def test_a_message_that_is_not_named_is_not_deleted(still: Script) -> None:
    await still.act(f"people/{LAN}/start")
    words = "Bad Request: message identifier is not specified"
    assert await deleted(still, LAN, 0) == words
    assert (await still.asks("deleteMessage", chat_id=LAN))["description"] == words
    assert await deleted(still, LAN, 7) == "Bad Request: message to delete not found"


@pytest.mark.parametrize("action", ["typing", "upload_photo", "record_voice", "TYPING"])
async def test_what_the_bot_is_doing_is_shown(still: Script, action: str) -> None:
    await still.act(f"people/{LAN}/start")
    assert (await still.asks("sendChatAction", chat_id=LAN, action=action))["ok"]


async def test_a_bot_does_only_what_telegram_knows(still: Script) -> None:
    await still.act(f"people/{LAN}/start")
    wrong = "Bad Request: wrong parameter action in request"
    for given in ({"action": "dancing"}, {"action": ""}, {}):
        told = await still.asks("sendChatAction", chat_id=LAN, **given)
        assert told["description"] == wrong


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("sendMessage", {"text": "\ud83d"}),
        ("sendMessage", {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "\ud83d", "callback_data": "a"}]]}}),
        ("sendMessage", {"text": "x", "reply_markup": '{"inline_keyboard": [[{"text": "a", "callback_data": "\\ud83d"}]]}'}),
        ("sendMessage", {"text": "x", "\ud83d": 1}),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "\ud83d"}),
    ],
)  # fmt: skip
async def test_half_a_character_is_no_character(
    still: Script, method: str, given: dict[str, Any]
) -> None:
    if method == "sendMessage":
        given = {"chat_id": LAN, **given}
    told = await still.asks(method, **given)
    assert (told["error_code"], told["description"]) == (400, "Bad Request: strings must be encoded in UTF-8")  # fmt: skip


async def test_a_picture_that_only_begins_like_one_is_none(still: Script) -> None:
    for content in (b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, b"\xff\xd8\xff\xe1\x00\x02", b"GIF89a"):
        form = aiohttp.FormData()
        form.add_field("photo", content, filename="a.png", content_type="image/png")
        there = f"{still.address}/practice/people/{LAN}/photos"
        async with still.web.post(there, data=form) as answer:
            assert answer.status == 400
            assert (await answer.json())["why"] == "Bad Request: IMAGE_PROCESS_FAILED"
