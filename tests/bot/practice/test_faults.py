"""The practice Telegram loses, delays and refuses what it is told to, and nothing else."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from bot.practice.world import TOKEN
from tests.bot.practice.script import Script
from tests.bot.practice.test_specification import picture

LAN, MINH = 700001, 700002
CUT = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError)


async def says(still: Script, text: str, chat: int = LAN) -> dict[str, Any]:
    return await still.asks("sendMessage", chat_id=chat, text=text)


async def shown(still: Script, chat: int = LAN) -> list[str]:
    return [
        one["text"] for one in await still.ask(f"chats/{chat}/messages") if one["from"]["is_bot"]
    ]


@pytest.fixture(autouse=True)
async def everybody_has_started(still: Script) -> None:
    for person in (LAN, MINH):
        await still.act(f"people/{person}/start")


@pytest.mark.parametrize("truncated", [False, True])
async def test_a_message_whose_answer_is_lost_has_arrived(still: Script, truncated: bool) -> None:
    await still.act("troubles", trouble="lost_response", truncated=truncated, times=1)
    with pytest.raises(CUT):
        await says(still, "một")
    assert (await says(still, "hai"))["ok"]
    assert await shown(still) == ["một", "hai"]


async def test_a_late_answer_comes_late(still: Script) -> None:
    await still.act("troubles", trouble="delay", seconds=0.2, methods=["sendMessage"])
    began = time.monotonic()
    await still.asks("getMe")
    assert time.monotonic() - began < 0.2
    await says(still, "một")
    assert time.monotonic() - began >= 0.2


async def begun(still: Script) -> asyncio.Task[dict[str, Any]]:
    """A request of which the answer is held back, though it was carried out."""
    entries = len(still.practice.journal.entries)
    late = asyncio.create_task(says(still, "một"))
    async with asyncio.timeout(5):
        await still.practice.journal.grows_to(entries + 1)
    assert await shown(still) == ["một"]
    return late


async def test_a_late_answer_comes_at_once_when_the_trouble_ends(still: Script) -> None:
    injected = await still.act("troubles", trouble="delay", seconds=600, times=1)
    late = await begun(still)
    assert [one["left"] for one in (await still.ask("troubles"))["set"]] == [0]
    assert not late.done()
    await still.end(f"troubles/{injected['number']}")
    async with asyncio.timeout(5):
        assert (await late)["ok"]
    assert (await still.ask("troubles"))["set"] == []


async def test_a_late_answer_comes_at_once_when_its_time_is_over(still: Script) -> None:
    await still.act("troubles", trouble="delay", seconds=600, lasts=60)
    late = await begun(still)
    await still.act("clock", advance=61)
    async with asyncio.timeout(5):
        assert (await late)["ok"]


async def test_a_late_answer_holds_up_no_closing() -> None:
    practice = Practice(PracticeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC)))
    async with aiohttp.ClientSession() as web:
        async with running(practice) as address:
            still = Script(practice, address, web)
            await still.act(f"people/{LAN}/start")
            await still.act("troubles", trouble="delay", seconds=600)
            late = await begun(still)
            began = time.monotonic()
        assert time.monotonic() - began < 5
        await asyncio.gather(late, return_exceptions=True)


@pytest.mark.parametrize("code", [500, 502, 504])
@pytest.mark.parametrize("carried_out", [False, True])
async def test_an_error_is_no_json_and_may_hide_a_message_that_arrived(
    still: Script, code: int, carried_out: bool
) -> None:
    await still.act("troubles", trouble="error", code=code, carried_out=carried_out, times=1)
    address = f"{still.address}/bot{TOKEN}/sendMessage"
    async with still.web.post(address, json={"chat_id": LAN, "text": "một"}) as answer:
        assert answer.status == code
        assert answer.content_type == "text/html"
    assert await shown(still) == (["một"] if carried_out else [])
    assert (await says(still, "hai"))["ok"]


async def test_a_connection_that_is_reset_carried_nothing(still: Script) -> None:
    await still.act("troubles", trouble="reset", times=1)
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await says(still, "một")
    assert await shown(still) == []
    last = (await still.ask("requests"))[-1]
    assert (last["method"], last["code"], last["troubles"]) == ("sendMessage", 0, ["reset"])


async def test_a_chat_that_got_too_much_is_silent_until_the_clock_says_so(still: Script) -> None:
    await still.act("troubles", trouble="too_many_requests", chat_id=LAN, retry_after=35)
    answer = await says(still, "một")
    assert answer["error_code"] == 429
    assert answer["description"] == "Too Many Requests: retry after 35"
    assert answer["parameters"] == {"retry_after": 35}
    assert (await says(still, "một", MINH))["ok"]
    await still.act("clock", advance=30)
    assert (await says(still, "một"))["parameters"] == {"retry_after": 5}
    await still.act("clock", advance=5)
    assert (await says(still, "một"))["ok"]


async def test_too_much_for_everybody_stops_every_chat(still: Script) -> None:
    await still.act("troubles", trouble="too_many_requests")
    codes = [(await says(still, "một", chat))["error_code"] for chat in (LAN, MINH)]
    assert codes == [429, 429]
    assert len(await still.updates()) == 2
    assert await still.ask("refusals") == []


async def test_a_tap_counts_as_its_chat_when_it_is_answered(still: Script) -> None:
    button = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}
    await still.bot("sendMessage", chat_id=LAN, text="x", reply_markup=button)
    tap = (await still.act(f"people/{LAN}/press", label="Xong"))["callback_query_id"]
    await still.act("troubles", trouble="too_many_requests", chat_id=LAN)
    assert (await still.asks("answerCallbackQuery", callback_query_id=tap))["error_code"] == 429


async def test_in_an_outage_nothing_is_accepted_and_taps_die_while_words_wait(
    still: Script,
) -> None:
    button = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}
    await still.bot("sendMessage", chat_id=LAN, text="x", reply_markup=button)
    file = await photo(still)
    updates = await still.updates()
    polling = asyncio.create_task(
        still.bot("getUpdates", offset=updates[-1]["update_id"] + 1, timeout=50)
    )
    await still.practice.world.updates[588].polling.wait()
    injected = await still.act("troubles", trouble="outage")
    with pytest.raises(CUT):
        await polling
    for asking in (says(still, "một"), still.updates(), still.asks("getMe"), fetched(still, file)):
        with pytest.raises(CUT):
            await asking
    await still.act(f"people/{LAN}/press", label="Xong")
    await still.act(f"people/{LAN}/say", text="chào")
    await still.act("clock", advance=151)
    await still.end(f"troubles/{injected['number']}")
    came = await still.updates()
    assert [one["message"]["text"] for one in came] == ["chào"]
    assert await shown(still) == ["x"]


async def test_an_outage_ends_by_the_practice_clock(still: Script) -> None:
    await still.act("troubles", trouble="outage", lasts=300)
    await still.act("clock", advance=299)
    with pytest.raises(CUT):
        await still.asks("getMe")
    await still.act("clock", advance=1)
    assert (await still.asks("getMe"))["ok"]


async def test_a_trouble_meets_only_what_it_is_aimed_at_and_is_counted(still: Script) -> None:
    aimed = {"methods": ["sendmessage"], "chat_id": LAN, "times": 2}
    injected = await still.act("troubles", trouble="reset", **aimed)
    assert (await says(still, "một", MINH))["ok"]
    assert (await still.asks("sendChatAction", chat_id=LAN, action="typing"))["ok"]
    for _time in range(2):
        with pytest.raises(CUT):
            await says(still, "một")
    assert (await says(still, "một"))["ok"]
    told = await still.ask("troubles")
    assert told["set"] == []
    strike = {"number": injected["number"], "trouble": "reset", "method": "sendMessage"}
    assert [{**strike, "chat_ids": [LAN], "at": one["at"]} for one in told["done"]] == told["done"]
    assert len(told["done"]) == 2


async def test_a_poll_is_only_troubled_when_it_is_named(still: Script) -> None:
    await still.act("troubles", trouble="lost_response")
    assert len(await still.updates()) == 2
    await still.act("troubles", trouble="lost_response", methods=["getUpdates"])
    with pytest.raises(CUT):
        await still.updates()


async def test_the_same_seed_is_the_same_luck(still: Script) -> None:
    async def luck(seed: int) -> list[bool]:
        await still.act("troubles", trouble="error", chance=0.5, seed=seed)
        address = f"{still.address}/bot{TOKEN}/getMe"
        lucky = []
        for _time in range(20):
            async with still.web.post(address) as answer:
                lucky.append(answer.ok)
        await still.end()
        return lucky

    first = await luck(7)
    assert first == await luck(7)
    assert first != await luck(8)
    assert 3 < sum(first) < 17


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "trouble must be one of: lost_response, "),
        ({"trouble": "rain"}, "trouble must be one of"),
        ({"trouble": "outage", "chat_id": LAN}, "outage has no chat_id"),
        ({"trouble": "reset", "truncated": True}, "reset has no truncated"),
        ({"trouble": "lost_response", "truncated": 1}, "truncated must be bool"),
        ({"trouble": "error", "code": 418}, "code must be"),
        ({"trouble": "delay", "seconds": -1}, "seconds must be above 0"),
        ({"trouble": "duplicates", "copies": 1}, "copies must be"),
        ({"trouble": "malformed", "shape": "round"}, "shape must be one of: no_update_id"),
        ({"trouble": "failing_download", "way": "x"}, "way must be one of: not_found"),
        ({"trouble": "reset", "methods": ["sendPigeon"]}, "methods must be"),
        ({"trouble": "reset", "chat_id": "Lan"}, "chat_id must be a whole number"),
        ({"trouble": "reset", "times": 0}, "times must be"),
        ({"trouble": "reset", "times": 1.5}, "times must be"),
        ({"trouble": "reset", "lasts": -1}, "lasts must be"),
        ({"trouble": "reset", "chance": 0}, "chance must be"),
    ],
)
async def test_a_trouble_that_cannot_be_is_refused_with_what_could(
    still: Script, given: dict[str, Any], why: str
) -> None:
    status, told = await still.refused("troubles", **given)
    assert status == 400
    assert why in told
    assert (await still.ask("troubles"))["set"] == []


async def test_only_a_trouble_that_is_set_can_be_ended(still: Script) -> None:
    async with still.web.delete(f"{still.address}/practice/troubles/9") as answer:
        assert answer.status == 404
    await still.act("troubles", trouble="reset")
    await still.act("troubles", trouble="outage")
    await still.end()
    assert (await says(still, "một"))["ok"]


async def test_what_is_wrong_with_a_request_is_a_refusal_also_when_its_answer_is_lost(
    still: Script,
) -> None:
    await still.act("troubles", trouble="lost_response", times=1)
    with pytest.raises(CUT):
        await says(still, "")
    refused = await still.ask("refusals")
    assert [one["troubles"] for one in refused] == [["lost_response"]]


async def photo(still: Script, person: int = LAN) -> str:
    sent = still.practice.people.photos(person, [("a.png", picture(), "image/png")])
    return str(sent[0]["photo"][-1]["file_id"])


async def fetched(still: Script, file_id: str) -> bytes:
    stored = still.practice.world.files.get(file_id)
    address = f"{still.address}/file/bot{TOKEN}/files/{stored.file_id}.jpg"
    async with still.web.get(address) as answer:
        if answer.status != 200:
            raise LookupError(answer.status)
        return await answer.read()


@pytest.mark.parametrize(
    ("way", "outcome"), [("not_found", LookupError), ("cut", aiohttp.ClientPayloadError)]
)
async def test_a_file_may_not_arrive(still: Script, way: str, outcome: type[Exception]) -> None:
    file = await photo(still)
    await still.act("troubles", trouble="failing_download", way=way, times=1)
    with pytest.raises(outcome):
        await fetched(still, file)
    assert await fetched(still, file) == still.practice.world.files.get(file).content


@pytest.mark.parametrize(("way", "share"), [("wrong_length", 2), ("empty", 0)])
async def test_a_file_may_arrive_as_less_than_was_promised(
    still: Script, way: str, share: int
) -> None:
    file = await photo(still)
    promised = (await still.bot("getFile", file_id=file))["file_size"]
    await still.act("troubles", trouble="failing_download", way=way, times=1)
    assert len(await fetched(still, file)) == (promised // share if share else 0)


async def test_a_slow_file_arrives_slowly_and_at_once_when_the_trouble_ends(
    still: Script,
) -> None:
    file = await photo(still)
    whole = still.practice.world.files.get(file).content
    began = time.monotonic()
    await still.act("troubles", trouble="slow_download", seconds=0.2, times=1)
    assert await fetched(still, file) == whole
    assert time.monotonic() - began >= 0.2
    injected = await still.act("troubles", trouble="slow_download", seconds=2000, times=1)
    address = f"{still.address}/file/bot{TOKEN}/files/{file}.jpg"
    async with still.web.get(address) as answer:
        assert answer.status == 200
        await still.end(f"troubles/{injected['number']}")
        async with asyncio.timeout(5):
            assert await answer.read() == whole


async def test_the_files_of_one_chat_fail_and_those_of_others_arrive(still: Script) -> None:
    lans, minhs = await photo(still), await photo(still, MINH)
    await still.act("troubles", trouble="failing_download", chat_id=LAN)
    await still.act("troubles", trouble="too_big", chat_id=LAN)
    with pytest.raises(LookupError):
        await fetched(still, lans)
    assert await fetched(still, minhs)
    refused = await still.asks("getFile", file_id=lans)
    assert refused["description"] == "Bad Request: file is too big"
    assert (await still.asks("getFile", file_id=minhs))["ok"]
    assert await still.ask("refusals") == []


async def test_what_happens_to_troubles_is_told_to_open_pages(still: Script) -> None:
    with still.practice.world.subscription(None) as told:
        injected = await still.act("troubles", trouble="reset")
        with pytest.raises(CUT):
            await still.asks("getMe")
        await still.end(f"troubles/{injected['number']}")
        assert [told.get_nowait()["event"] for _event in range(3)] == ["troubles"] * 3


async def test_a_bot_that_does_not_wait_so_long_is_no_mistake(
    still: Script, caplog: pytest.LogCaptureFixture
) -> None:
    file = await photo(still)
    slow = await still.act("troubles", trouble="slow_download", seconds=100)
    address = f"{still.address}/file/bot{TOKEN}/files/{file}.jpg"
    async with still.web.get(address) as answer:
        assert answer.status == 200
    late = await still.act("troubles", trouble="delay", seconds=100, methods=["getMe"])
    with pytest.raises(TimeoutError):
        await still.web.get(
            f"{still.address}/bot{TOKEN}/getMe", timeout=aiohttp.ClientTimeout(total=0.1)
        )
    still.practice.people.say(LAN, "chào")
    async with still.web.get(f"{still.address}/practice/events") as events:
        assert await events.content.readline() == b": listening\n"
    for injected in (slow, late):
        await still.end(f"troubles/{injected['number']}")
    assert (await says(still, "một"))["ok"]
    assert caplog.records == []
