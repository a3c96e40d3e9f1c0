"""Scripts and the page act as people, by the interface that the README describes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import fields
from pathlib import Path

import aiohttp
import pytest

from bot.practice.faults import COUNTED, KINDS, LASTING, OF_A_CHAT, OF_REQUESTS, TooManyRequests
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from tests.bot.practice.script import Script
from tests.bot.practice.test_specification import picture

LAN, MINH = 700001, 700002
README = Path(__file__).resolve().parents[3] / "bot" / "practice" / "README.md"


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    practice = Practice()
    async with running(practice) as address, aiohttp.ClientSession() as web:
        yield Script(practice, address, web)


def test_the_readme_describes_every_request_and_no_other() -> None:
    text = README.read_text(encoding="utf-8")
    described = set(
        re.findall(r"`(GET|POST|DELETE) (/(?:practice|text)/[^`?…]+[^`?…/])(?=[`?])", text)
    )
    table = text.partition("| deed |")[2].partition("\n\n")[0]
    deeds = re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)
    described |= {("POST", f"/practice/people/{{id}}/{deed}") for deed in deeds}
    served = {
        (route.method, route.resource.canonical)
        for route in Practice().app().router.routes()
        if route.resource and route.resource.canonical.startswith(("/practice/", "/text/"))
    }
    assert described == {route for route in served if route[0] != "HEAD"}


def test_the_readme_describes_every_trouble_and_no_other() -> None:
    table = README.read_text(encoding="utf-8").partition("| trouble |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table.splitlines()[2:]]
    described = {name.strip("`"): (own, aims) for name, own, aims, _what in rows}
    aims = {
        OF_REQUESTS: "requests",
        OF_A_CHAT: "of a chat",
        COUNTED | {"seed"}: "`times`, `lasts`, `seed`",
        LASTING: "`lasts`",
        TooManyRequests.aims: "`methods`, `chat_id`, `times`",
    }
    assert described == {
        name: (
            ", ".join(
                f"`{field.name}` = {str(field.default).lower() or 'each in turn'}"
                for field in fields(kind)
            ),
            aims[kind.aims],
        )
        for name, kind in KINDS.items()
    }


async def test_an_album_and_a_document_are_sent_as_forms(script: Script) -> None:
    form = aiohttp.FormData()
    for name in ("a.png", "b.png"):
        form.add_field("photo", picture(), filename=name, content_type="image/png")
    form.add_field("caption", "đủ 60 chăn")
    async with script.web.post(
        f"{script.address}/practice/people/{LAN}/photos", data=form
    ) as answer:
        sent = (await answer.json())["messages"]
    assert [message.get("caption") for message in sent] == ["đủ 60 chăn", None]
    form = aiohttp.FormData()
    form.add_field("document", b"gps", filename="a.heic", content_type="image/heic")
    async with script.web.post(
        f"{script.address}/practice/people/{LAN}/document", data=form
    ) as answer:
        document = (await answer.json())["messages"][0]["document"]
    assert document["file_name"] == "a.heic"
    async with script.web.get(f"{script.address}/practice/files/{document['file_id']}") as answer:
        assert await answer.read() == b"gps"
        assert answer.headers["Content-Security-Policy"] == "sandbox"


async def test_ten_photos_at_most(script: Script) -> None:
    form = aiohttp.FormData()
    for _ in range(11):
        form.add_field("photo", picture(), filename="a.png", content_type="image/png")
    async with script.web.post(
        f"{script.address}/practice/people/{LAN}/photos", data=form
    ) as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    "kind",
    [
        "sticker",
        "voice",
        "audio",
        "video",
        "video_note",
        "animation",
        "location",
        "contact",
        "dice",
    ],
)
async def test_all_kinds_of_things_can_be_sent(script: Script, kind: str) -> None:
    message = (await script.act(f"people/{LAN}/send", kind=kind, caption="xem này"))["message"]
    assert kind in message
    assert (await script.bot("getUpdates"))[-1]["message"] == message


async def test_an_unknown_thing_is_refused_with_those_that_are_known(script: Script) -> None:
    assert "sticker, voice" in (await script.refused(f"people/{LAN}/send", kind="pigeon"))[1]


async def test_a_tap_needs_a_network_and_a_button(script: Script) -> None:
    await script.act(f"people/{LAN}/start")
    button = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}
    sent = await script.bot("sendMessage", chat_id=LAN, text="x", reply_markup=button)
    assert (await script.refused(f"people/{LAN}/press", label="Huỷ"))[0] == 409
    await script.act(f"people/{LAN}/airplane", on=True)
    assert (await script.refused(f"people/{LAN}/press", label="Xong"))[0] == 409
    await script.act(f"people/{LAN}/airplane", on=False)
    pressed = await script.act(f"people/{LAN}/press", label="Xong")
    await script.bot("editMessageReplyMarkup", chat_id=LAN, message_id=sent["message_id"])
    assert (await script.refused(f"people/{LAN}/press", label="Xong"))[0] == 409
    old = await script.act(f"people/{LAN}/press_unseen", message_id=sent["message_id"], data="done")
    taps = [
        one["callback_query"]
        for one in await script.bot("getUpdates")
        if len(one) > 1 and "callback_query" in one
    ]
    ids = [pressed["callback_query_id"], old["callback_query_id"]]
    assert [tap["id"] for tap in taps] == ids


async def test_without_a_network_everything_waits_and_leaves_in_order(script: Script) -> None:
    first = (await script.act(f"people/{LAN}/say", text="một"))["message"]
    await script.act(f"people/{LAN}/airplane", on=True)
    assert (await script.act(f"people/{LAN}/say", text="hai"))["message"] == {"queued": 1}
    await script.act(f"people/{LAN}/edit", message_id=first["message_id"], text="một rưỡi")
    await script.act(f"people/{LAN}/forward", message_ids=[first["message_id"]])
    assert await script.ask(f"people/{LAN}/queue") == {"queued": 3}
    await script.act("clock", advance=3600)
    await script.act(f"people/{LAN}/airplane", on=False)
    came = [one.get("message") or one["edited_message"] for one in await script.bot("getUpdates")]
    assert [one["text"] for one in came] == ["một", "hai", "một rưỡi", "một"]
    assert came[1]["date"] - came[0]["date"] >= 3600
    assert came[3]["forward_origin"]["sender_user"]["id"] == LAN


async def test_a_block_is_told_and_ends_when_the_person_writes(script: Script) -> None:
    await script.act(f"people/{LAN}/start")
    await script.act(f"people/{LAN}/block", blocked=True)
    await script.act(f"people/{LAN}/say", text="chào")
    changes = [
        one["my_chat_member"]["new_chat_member"]["status"]
        for one in await script.bot("getUpdates")
        if "my_chat_member" in one
    ]
    assert changes == ["kicked", "member"]


async def test_a_group_has_members_and_an_administrator_without_a_name(script: Script) -> None:
    group = await script.act("groups", title="Tổ công tác", members=[LAN, MINH])
    await script.act("anonymous", chat_id=group["id"], text="chào")
    joined, said = await script.bot("getUpdates")
    assert joined["my_chat_member"]["chat"]["id"] == group["id"] < 0
    assert said["message"]["from"]["username"] == "GroupAnonymousBot"
    assert said["message"]["sender_chat"]["id"] == group["id"]
    own = {"id": MINH, "type": "private", "title": "Ấm Bản"}
    assert await script.ask(f"people/{MINH}/chats") == [own, group]


async def test_a_newcomer_is_added_once(script: Script) -> None:
    added = await script.act("people", first_name="Mai")
    assert added in await script.ask("people")
    assert (await script.refused("people", first_name="Mai", id=added["id"]))[0] == 400


async def test_an_update_comes_again_or_broken_as_tests_want_it(script: Script) -> None:
    await script.act(f"people/{LAN}/say", text="chào")
    first = (await script.bot("getUpdates"))[0]
    await script.bot("getUpdates", offset=first["update_id"] + 1)
    await script.act("redeliver", update_ids=[first["update_id"]])
    await script.act("updates", update_id=first["update_id"] + 5, message={"text": 7})
    again, broken = await script.bot("getUpdates")
    assert again == first
    assert broken["message"] == {"text": 7}


async def test_the_clock_goes_forward_alone(script: Script) -> None:
    for seconds in (-1, 1e12):
        assert (await script.refused("clock", advance=seconds))[0] == 400
    before = (await script.ask("clock"))["now"]
    assert (await script.act("clock", advance=86400))["now"] > before


async def test_what_happens_is_told_as_it_happens(script: Script) -> None:
    await script.act(f"people/{LAN}/start")
    async with script.web.get(f"{script.address}/practice/events?person={LAN}") as events:
        assert await events.content.readline() == b": listening\n"
        await script.act(f"people/{MINH}/start")
        sent = await script.bot("sendMessage", chat_id=LAN, text="chào cô")
        await script.bot("deleteMessage", chat_id=LAN, message_id=sent["message_id"])
        told = [line async for line in first_lines(events, 6)]
    assert [line for line in told if line.startswith("event")] == [
        "event: message",
        "event: deleted",
    ]


async def first_lines(events: aiohttp.ClientResponse, count: int) -> AsyncIterator[str]:
    for _ in range(count):
        yield (await events.content.readline()).decode().strip()


async def test_every_request_of_the_bot_is_noted(script: Script) -> None:
    await script.act(f"people/{LAN}/start")
    await script.bot("sendMessage", chat_id=LAN, text="x")
    await script.web.post(f"{script.address}/bot{TOKEN}/sendMessage", json={"chat_id": LAN})
    assert len(await script.ask("requests?method=sendmessage")) == 2
    assert len(await script.ask("requests?after=1")) == 1
    refused = await script.ask("refusals")
    assert [one["description"] for one in refused] == ["Bad Request: message text is empty"]
