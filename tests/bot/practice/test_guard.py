"""A page from elsewhere, open in the same browser, neither reads nor moves anything in the practice world."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from bot.practice.world import TOKEN
from tests.bot.practice.phones import Bot, phone
from tests.bot.practice.script import Script
from tests.browser import PageAt

LAN = 700001
SAY = f"/practice/people/{LAN}/say"
BOT = f"/bot{TOKEN}/getMe"


async def status(still: Script, method: str, path: str, body: str = "", **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body:
        named.setdefault("Content-Type", "application/json")
    address = f"{still.address}{path}"
    async with still.web.request(method, address, data=body or None, headers=named) as answer:
        return answer.status


def port(still: Script) -> int:
    return urlsplit(still.address).port or 0


@pytest.mark.parametrize("path", ["/", "/practice/state", "/text/messages", BOT, "/page/main.js"])
async def test_a_name_that_was_made_to_point_here_gets_nothing(still: Script, path: str) -> None:
    for name in ("am-ban.example", f"am-ban.example:{port(still)}", "127.0.0.1", "127.0.0.1:1"):
        assert await status(still, "GET", path, Host=name) == 403
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert await status(still, "GET", path, Host=f"{name}:{port(still)}") == 200


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
async def test_another_page_does_nothing_in_the_name_of_co_lan(still: Script, origin: str) -> None:
    assert await status(still, "POST", SAY, '{"text": "đủ"}', Origin=origin) == 403
    assert await status(still, "DELETE", "/practice/troubles", Origin=origin) == 403
    given = '{"to": "+84000000006", "text": "chào"}'
    assert await status(still, "POST", "/text/messages", given, Origin=origin) == 403
    assert await status(still, "POST", BOT, "{}", Origin=origin) == 403
    assert await still.ask(f"chats/{LAN}/messages") == []


async def test_our_own_page_and_scripts_do_all_of_it(still: Script) -> None:
    assert await status(still, "POST", SAY, '{"text": "đủ"}', Origin=still.address) == 200
    assert await status(still, "POST", SAY, '{"text": "đủ"}') == 200
    assert await status(still, "POST", f"/practice/people/{LAN}/start") == 200
    assert await status(still, "POST", BOT, "{}") == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
async def test_a_form_of_another_page_is_not_taken_for_json(still: Script, kind: str) -> None:
    given = '{"text": "đủ"}'
    assert await status(still, "POST", SAY, given, Content_Type=f"{kind};charset=utf-8") == 415
    assert await still.ask(f"chats/{LAN}/messages") == []


async def test_a_picture_of_another_page_asks_for_nothing(still: Script) -> None:
    """An image says no origin, and yet a bot's GET sends messages and fetches updates."""
    for path in (BOT, "/text/messages?after=9", "/practice/state"):
        assert await status(still, "GET", path, Sec_Fetch_Site="cross-site") == 403
        assert await status(still, "GET", path, Sec_Fetch_Site="same-origin") == 200
    assert await status(still, "GET", "/", Sec_Fetch_Site="cross-site") == 200


async def test_a_bot_that_is_refused_is_told_so_as_telegram_does(still: Script) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with still.web.post(f"{still.address}{BOT}", json={}, headers=headers) as answer:
        told = await answer.json()
    assert told["ok"] is False
    assert told["description"].startswith("Forbidden: ")


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_a_real_browser_keeps_to_it(page_at: PageAt, bot: Bot) -> None:
    """The same page under another of its names is another page."""
    await bot.met(LAN)
    page = await page_at(bot.address.replace("127.0.0.1", "localhost"))
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("textbox").fill("từ trang này")
    await lan.get_by_role("textbox").press("Enter")
    assert (await bot.hears())["text"] == "từ trang này"
    deed = """async ([address, kind]) => (await fetch(address, {
        method: "POST", mode: "no-cors", headers: {"Content-Type": kind}, body: '{"text": "lén"}'
    })).type"""
    assert await page.evaluate(deed, [f"{bot.address}{SAY}", "text/plain"]) == "opaque"
    await lan.get_by_role("textbox").fill("vẫn ở đây")
    await lan.get_by_role("textbox").press("Enter")
    assert (await bot.hears())["text"] == "vẫn ở đây"
