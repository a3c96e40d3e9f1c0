"""A bot that gives its address is brought its updates, in queues that go side by side."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from tests.bot.practice.script import Script

LAN, MINH = 700001, 700002
BUTTON = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}


@dataclass
class Hook:
    """The bot's own address: notes what arrives, and answers as it is told."""

    address: str = ""
    came: list[Any] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What the next ones are answered; afterwards 200."""
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    """Texts whose answer waits for an event."""
    body: dict[str, Any] = field(default_factory=dict)
    grew: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, request: web.Request) -> web.Response:
        update = await request.json()
        async with self.grew:
            self.came.append(update)
            self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
            self.grew.notify_all()
        status = self.statuses.pop(0) if self.statuses else 200
        if what(update) in self.held:
            await self.held[what(update)].wait()
        return web.json_response(self.body, status=status)

    async def got(self, count: int) -> list[str]:
        async with asyncio.timeout(5), self.grew:
            await self.grew.wait_for(lambda: len(self.came) >= count)
        return [what(one) for one in self.came]


def what(update: Any) -> str:
    """The text of a message; "tap" for a tap."""
    return "tap" if "callback_query" in update else str(update["message"]["text"])


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    app = web.Application()
    app.router.add_post("/hook", hook.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.address = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    for event in hook.held.values():
        event.set()
    await runner.cleanup()


async def tried(still: Script, count: int = 1) -> dict[str, Any]:
    """Wait until so many deliveries to this webhook have ended, and say what the bot is told then."""
    deliverer = still.practice.webhooks.of(588)
    assert deliverer is not None
    async with asyncio.timeout(5):
        await deliverer.has_tried(count)
    return dict(await still.bot("getWebhookInfo"))


async def test_an_update_is_brought_with_the_secret(still: Script, hook: Hook) -> None:
    await still.act(f"people/{LAN}/say", text="trước")
    await still.bot("setWebhook", url=hook.address, secret_token="Bi-Mat_1")
    await still.act(f"people/{LAN}/say", text="sau")
    assert await hook.got(2) == ["trước", "sau"]
    assert hook.secrets == ["Bi-Mat_1"] * 2
    assert hook.came[0]["update_id"] < hook.came[1]["update_id"]
    assert (await tried(still, 2))["pending_update_count"] == 0


async def test_without_a_secret_there_is_no_header(still: Script, hook: Hook) -> None:
    await still.bot("setWebhook", url=hook.address)
    await still.act(f"people/{LAN}/say", text="chào")
    await hook.got(1)
    assert hook.secrets == [None]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "http://example.org/hook"}, "An HTTPS URL must be provided"),
        ({"url": "http://127.0.0.1.example.org/hook"}, "An HTTPS URL must be provided"),
        ({"url": "http://[/"}, "An HTTPS URL must be provided"),
        ({"url": "hook"}, "An HTTPS URL must be provided"),
        ({"url": "https://example.org", "secret_token": "bí mật"}, "unallowed characters"),
        ({"url": "https://example.org", "secret_token": "x" * 257}, "too long"),
    ],
)
async def test_an_address_or_secret_that_telegram_does_not_take(
    still: Script, given: dict[str, str], words: str
) -> None:
    answer = await still.asks("setWebhook", **given)
    assert answer["error_code"] == 400
    assert words in answer["description"]
    assert (await still.bot("getWebhookInfo"))["url"] == ""


async def test_the_bot_is_told_how_its_webhook_stands(still: Script, hook: Hook) -> None:
    assert await still.bot("getWebhookInfo") == {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": 0,
    }
    hook.statuses = [500]
    given = {"allowed_updates": ["message", "callback_query"], "max_connections": 7}
    await still.bot("setWebhook", url=hook.address, **given)
    await still.act(f"people/{LAN}/say", text="chào")
    assert await tried(still) == {
        "url": hook.address,
        "has_custom_certificate": False,
        "pending_update_count": 1,
        "last_error_date": still.practice.clock.timestamp(),
        "last_error_message": "Wrong response from the webhook: 500 Internal Server Error",
        "max_connections": 7,
        "allowed_updates": ["callback_query", "message"],
    }


async def test_words_of_one_chat_wait_for_one_another_and_others_do_not(
    still: Script, hook: Hook
) -> None:
    hook.held = {"một": asyncio.Event()}
    await still.bot("setWebhook", url=hook.address)
    await still.act(f"people/{LAN}/say", text="một")
    await still.act(f"people/{LAN}/say", text="hai")
    await hook.got(1)
    await still.act(f"people/{MINH}/say", text="ba")
    assert await hook.got(2) == ["một", "ba"]
    hook.held["một"].set()
    assert await hook.got(3) == ["một", "ba", "hai"]


async def test_a_tap_may_overtake_the_words_before_it(still: Script, hook: Hook) -> None:
    await still.act(f"people/{LAN}/start")
    await still.bot("sendMessage", chat_id=LAN, text="x", reply_markup=BUTTON)
    hook.held = {"/start": asyncio.Event()}
    await still.bot("setWebhook", url=hook.address)
    await hook.got(1)
    await still.act(f"people/{LAN}/say", text="đã nhận")
    await still.act(f"people/{LAN}/press", label="Xong")
    assert await hook.got(2) == ["/start", "tap"]
    hook.held["/start"].set()
    assert await hook.got(3) == ["/start", "tap", "đã nhận"]


async def test_no_more_connections_are_made_than_were_asked_for(still: Script, hook: Hook) -> None:
    hook.held = {"một": asyncio.Event()}
    await still.bot("setWebhook", url=hook.address, max_connections=1)
    await still.act(f"people/{LAN}/say", text="một")
    await hook.got(1)
    await still.act(f"people/{MINH}/say", text="hai")
    assert (await still.bot("getWebhookInfo"))["pending_update_count"] == 2
    assert len(hook.came) == 1
    hook.held["một"].set()
    assert await hook.got(2) == ["một", "hai"]


async def test_a_queue_that_fails_rests_longer_each_time_and_holds_up_no_other(
    still: Script, hook: Hook
) -> None:
    hook.statuses = [503, 404, 302]
    await still.bot("setWebhook", url=hook.address)
    await still.act(f"people/{LAN}/say", text="một")
    await tried(still)
    await still.act(f"people/{LAN}/say", text="hai")
    for tries, pause in ((2, 1), (3, 2), (4, 4)):
        await still.act("clock", advance=pause - 0.5)
        await still.bot("getMe")
        assert len(hook.came) == tries - 1
        await still.act("clock", advance=0.5)
        assert await hook.got(tries) == (["một"] * tries)
        await tried(still, tries)
    assert await hook.got(5) == ["một"] * 4 + ["hai"]


async def test_others_go_on_while_one_chat_rests(still: Script, hook: Hook) -> None:
    hook.statuses = [500]
    await still.bot("setWebhook", url=hook.address)
    await still.act(f"people/{LAN}/say", text="một")
    await tried(still)
    await still.act(f"people/{MINH}/say", text="hai")
    assert await hook.got(2) == ["một", "hai"]


async def test_where_nobody_answers_the_updates_wait(still: Script, hook: Hook) -> None:
    nowhere = "http://127.0.0.1:9/hook"
    await still.bot("setWebhook", url=nowhere)
    await still.act(f"people/{LAN}/say", text="chào")
    assert (await tried(still))["last_error_message"].startswith("Connection failed")
    await still.bot("setWebhook", url=hook.address)
    assert await hook.got(1) == ["chào"]


async def test_nothing_is_ever_delivered_beyond_this_machine(still: Script) -> None:
    await still.bot("setWebhook", url="https://example.org/hook")
    await still.act(f"people/{LAN}/say", text="chào")
    message = (await tried(still))["last_error_message"]
    assert message == "Practice: nothing is delivered beyond this machine"


async def test_taps_die_after_150_seconds_and_words_after_a_day(still: Script, hook: Hook) -> None:
    await still.act(f"people/{LAN}/start")
    await still.bot("sendMessage", chat_id=LAN, text="x", reply_markup=BUTTON)
    await still.act(f"people/{LAN}/press", label="Xong")
    await still.bot("setWebhook", url="http://127.0.0.1:9/hook")
    await tried(still)
    await still.act("clock", advance=151)
    await still.bot("setWebhook", url=hook.address)
    assert await hook.got(1) == ["/start"]
    assert (await tried(still))["pending_update_count"] == 0
    await still.bot("setWebhook", url="http://127.0.0.1:9/hook")
    await still.act(f"people/{LAN}/say", text="chào")
    await still.act("clock", advance=24 * 3600)
    assert (await still.bot("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_poll_ends_when_a_webhook_is_set_and_finds_everything_when_it_is_deleted(
    still: Script, hook: Hook
) -> None:
    polling = asyncio.create_task(still.asks("getUpdates", timeout=50))
    await still.practice.world.updates[588].polling.wait()
    hook.held = {"một": asyncio.Event()}
    await still.bot("setWebhook", url=hook.address)
    ended = await polling
    assert (ended["error_code"], "setWebhook" in ended["description"]) == (409, True)
    await still.act(f"people/{LAN}/say", text="một")
    await still.act(f"people/{LAN}/say", text="hai")
    await hook.got(1)
    assert (await still.asks("getUpdates"))["error_code"] == 409
    await still.bot("deleteWebhook")
    assert [what(one) for one in await still.updates()] == ["một", "hai"]
    assert not still.practice.world.updates[588].dropped_backlog


async def test_an_empty_address_deletes_the_webhook(still: Script, hook: Hook) -> None:
    await still.bot("setWebhook", url=hook.address)
    await still.bot("setWebhook", url="", drop_pending_updates=True)
    assert await still.updates() == []
    assert still.practice.world.updates[588].dropped_backlog


async def test_a_method_in_the_answer_is_ignored(still: Script, hook: Hook) -> None:
    hook.body = {"method": "sendMessage", "chat_id": LAN, "text": "chào cô"}
    await still.bot("setWebhook", url=hook.address)
    await still.act(f"people/{LAN}/say", text="chào")
    await hook.got(1)
    await tried(still)
    assert len(await still.ask(f"chats/{LAN}/messages")) == 1


async def test_duplicates_disorder_and_broken_updates_reach_a_webhook_too(
    still: Script, hook: Hook
) -> None:
    await still.act("troubles", trouble="duplicates", times=1)
    await still.act(f"people/{LAN}/say", text="0")
    await still.act("troubles", trouble="malformed", shape="huge", times=1)
    for number in range(1, 10):
        await still.act(f"people/{LAN}/say", text=str(number))
    await still.act("troubles", trouble="reordering", seed=3)
    await still.bot("setWebhook", url=hook.address)
    came = await hook.got(12)
    short = [text for text in came if len(text) == 1]
    assert sorted(short) == ["0", "0", *"123456789"]
    assert short != sorted(short)
    assert (await tried(still, 12))["pending_update_count"] == 0


async def test_in_an_outage_nothing_is_brought_until_it_ends(still: Script, hook: Hook) -> None:
    await still.bot("setWebhook", url=hook.address)
    await still.act("troubles", trouble="outage", lasts=60)
    await still.act(f"people/{LAN}/say", text="chào")
    await still.act("clock", advance=59)
    assert hook.came == []
    await still.act("clock", advance=1)
    assert await hook.got(1) == ["chào"]


async def test_on_a_clock_that_runs_a_failed_delivery_comes_again_by_itself(hook: Hook) -> None:
    async with running(Practice(PracticeClock())) as address, aiohttp.ClientSession() as web:
        still = Script(Practice(), address, web)
        hook.statuses = [500]
        await still.bot("setWebhook", url=hook.address)
        await still.act(f"people/{LAN}/say", text="chào")
        assert await hook.got(2) == ["chào", "chào"]


async def test_a_delivery_under_way_holds_up_no_closing(hook: Hook) -> None:
    hook.held = {"chào": asyncio.Event()}
    async with aiohttp.ClientSession() as web:
        async with running(practice := Practice()) as address:
            still = Script(practice, address, web)
            await still.bot("setWebhook", url=hook.address)
            await still.act(f"people/{LAN}/say", text="chào")
            await hook.got(1)
            began = time.monotonic()
        assert time.monotonic() - began < 5
    assert [one for one in asyncio.all_tasks() if "Deliverer" in repr(one)] == []
