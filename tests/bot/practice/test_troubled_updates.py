"""Updates come twice, in disorder and broken when they are told to, and none is ever lost by it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from bot.practice.shapes import HUGE
from tests.bot.practice.script import Script

LAN, MINH = 700001, 700002


def texts(updates: list[Any]) -> list[str]:
    return [one["message"]["text"] for one in updates]


async def acknowledged(still: Script, updates: list[Any]) -> list[Any]:
    """What comes after a batch was acknowledged by its highest number."""
    return await still.updates(max(one["update_id"] for one in updates) + 1)


async def test_a_duplicate_comes_after_its_acknowledgement(still: Script) -> None:
    await still.act("troubles", trouble="duplicates", times=1)
    await still.act(f"people/{LAN}/say", text="một")
    await still.act(f"people/{LAN}/say", text="hai")
    first = await still.updates()
    assert texts(first) == ["một", "hai"]
    again = await acknowledged(still, first)
    assert again == first[:1]
    # A bot that keeps the highest number it ever saw acknowledges it as well.
    assert await acknowledged(still, first) == []


async def test_many_copies_come_together_and_one_more_afterwards(still: Script) -> None:
    await still.act("troubles", trouble="duplicates", copies=4)
    await still.act(f"people/{LAN}/say", text="một")
    first = await still.updates()
    assert texts(first) == ["một"] * 3
    # Each stands for itself, as in a queue that was written three times; one was to come again.
    again = await acknowledged(still, first)
    assert again == first[:1]
    assert await acknowledged(still, again) == []


async def test_only_what_one_chat_sends_comes_twice(still: Script) -> None:
    await still.act("troubles", trouble="duplicates", chat_id=LAN)
    await still.act(f"people/{LAN}/say", text="Lan")
    await still.act(f"people/{MINH}/say", text="Minh")
    assert texts(await acknowledged(still, await still.updates())) == ["Lan"]


async def in_disorder(still: Script, seed: int, limit: int = 100) -> list[str]:
    """What comes of twenty messages, batch after batch, each acknowledged by its highest number."""
    for number in range(20):
        await still.act(f"people/{LAN}/say", text=str(number))
    await still.act("troubles", trouble="reordering", seed=seed)
    came: list[str] = []
    batch = await still.updates(limit=limit)
    while batch:
        came += texts(batch)
        batch = await still.updates(max(one["update_id"] for one in batch) + 1, limit=limit)
    await still.end()
    return came


@pytest.mark.parametrize("limit", [1, 7, 100])
async def test_in_disorder_everything_comes_once(still: Script, limit: int) -> None:
    came = await in_disorder(still, 5, limit)
    assert came != sorted(came, key=int)
    assert sorted(came, key=int) == [str(number) for number in range(20)]


async def test_what_comes_in_disorder_comes_again_when_the_answer_with_it_was_lost(
    still: Script,
) -> None:
    """Its number may be lower than what the bot acknowledges, and still the bot does not have it."""
    for number in range(3):
        await still.act(f"people/{LAN}/say", text=str(number))
    # With this seed the one with the highest number comes first.
    await still.act("troubles", trouble="reordering", times=1, seed=1)
    first = await still.updates()
    assert texts(first) == ["2"]
    await still.act("troubles", trouble="lost_response", times=1, methods=["getUpdates"])
    with pytest.raises(aiohttp.ClientError):
        await acknowledged(still, first)
    assert texts(await acknowledged(still, first)) == ["0", "1"]


async def test_what_comes_in_disorder_comes_again_to_a_process_that_begins_anew(
    still: Script,
) -> None:
    """Whatever the one before it was handed last may have died with it."""
    for number in range(3):
        await still.act(f"people/{LAN}/say", text=str(number))
    assert texts(await still.updates()) == ["0", "1", "2"]
    # With this seed the one with the highest number comes first.
    await still.act("troubles", trouble="reordering", times=1, seed=1)
    first = await still.updates()
    assert texts(first) == ["2"]
    assert texts(await acknowledged(still, first)) == ["0", "1"]


async def test_what_one_person_does_may_stay_in_its_order(still: Script) -> None:
    for number in range(10):
        await still.act(f"people/{LAN}/say", text=f"Lan {number}")
        await still.act(f"people/{MINH}/say", text=f"Minh {number}")
    sent = [f"{who} {number}" for number in range(10) for who in ("Lan", "Minh")]
    await still.act("troubles", trouble="reordering", seed=5, own_order=True)
    came: list[str] = []
    batch = await still.updates()
    while batch:
        came += texts(batch)
        batch = await acknowledged(still, batch)
    assert came != sent
    for who in ("Lan", "Minh"):
        assert [one for one in came if who in one] == [f"{who} {number}" for number in range(10)]


async def test_the_same_seed_is_the_same_disorder(still: Script) -> None:
    first = await in_disorder(still, 5)
    assert first == await in_disorder(still, 5)
    assert first != await in_disorder(still, 6)


@pytest.mark.parametrize("shape", ["no_update_id", "unknown_kind", "wrong_types", "huge", "null"])
async def test_a_broken_update_comes_between_the_others(still: Script, shape: str) -> None:
    await still.act(f"people/{LAN}/say", text="một")
    await still.act("troubles", trouble="malformed", shape=shape, times=1)
    await still.act(f"people/{LAN}/say", text="hai")
    await still.act(f"people/{LAN}/say", text="ba")
    updates = await still.updates()
    assert len(updates) == 4
    assert texts([updates[0], *updates[2:]]) == ["một", "hai", "ba"]
    match shape, updates[1]:
        case ("no_update_id", {"message": dict(), **more}) if not more:
            pass
        case ("unknown_kind", {"update_id": int(), "kind_of_tomorrow": dict()}):
            pass
        case ("wrong_types", {"update_id": int(), "message": {"message_id": str(), "chat": int()}}):
            pass
        case ("huge", {"message": {"text": str() as text}}) if len(text) == HUGE:
            pass
        case ("null", None):
            pass
        case other:
            raise AssertionError(other)
    assert await acknowledged(still, updates[2:]) == []


async def test_without_a_shape_every_shape_has_its_turn(still: Script) -> None:
    await still.act("troubles", trouble="malformed")
    for number in range(5):
        await still.act(f"people/{LAN}/say", text=str(number))
    broken = (await still.updates())[::2]
    assert [type(one) for one in broken] == [dict] * 4 + [type(None)]
    assert len({str(one) for one in broken}) == 5


async def test_what_is_delivered_again_comes_also_to_a_bot_that_is_past_it(still: Script) -> None:
    await still.act(f"people/{LAN}/say", text="một")
    first = await still.updates()
    assert await acknowledged(still, first) == []
    await still.act("redeliver", update_ids=[first[0]["update_id"]])
    assert await acknowledged(still, first) == first
    assert await acknowledged(still, first) == []


async def test_a_group_that_becomes_a_supergroup_says_so_everywhere(still: Script) -> None:
    group = (await still.act("groups", title="Tổ công tác", members=[LAN, MINH]))["id"]
    await still.bot("sendMessage", chat_id=group, text="chào")
    new = await still.act("migrate", chat_id=group)
    assert (new["type"], new["title"], new["id"] < -(10**12)) == ("supergroup", "Tổ công tác", True)
    _joined, left, came = await still.updates()
    assert left["message"]["chat"]["id"] == group
    assert left["message"]["migrate_to_chat_id"] == new["id"]
    assert came["message"]["chat"] == new
    assert came["message"]["migrate_from_chat_id"] == group
    refused = await still.asks("sendMessage", chat_id=group, text="chào")
    assert refused["error_code"] == 400
    assert refused["parameters"] == {"migrate_to_chat_id": new["id"]}
    assert (await still.asks("sendMessage", chat_id=new["id"], text="chào"))["ok"]
    assert [one["id"] for one in await still.ask(f"people/{MINH}/chats")] == [MINH, new["id"]]
    await still.act(f"people/{MINH}/say", chat_id=new["id"], text="tôi đây")
    assert (await still.refused("migrate", chat_id=new["id"]))[0] == 400
    assert (await still.refused("migrate", chat_id=group))[0] == 400
