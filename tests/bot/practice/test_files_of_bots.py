"""What a bot sends as an album or a document is taken, refused and shown as Telegram does it."""

from __future__ import annotations

import io
import json
from typing import Any

import aiohttp
import pytest
from playwright.async_api import expect

from bot.practice.world import TOKEN
from tests.bot.practice.phones import Bot, phone
from tests.bot.practice.phones import bot as bot
from tests.bot.practice.test_specification import picture
from tests.browser import PageAt

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAN = 700001
NAME = "Báo cáo tổng hợp tháng 11 năm 2026 – xã Cô Ba, tỉnh Cao Bằng.xlsx"
KEYS = {"inline_keyboard": [[{"text": "Xong", "callback_data": "done"}]]}


async def uploads(
    bot: Bot, method: str, files: dict[str, tuple[bytes, str, str]], **given: Any
) -> dict[str, Any]:
    """A request with files as a bot sends it; each is bytes, a name and a type."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in ({"chat_id": LAN} | given).items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    for name, (content, title, kind) in files.items():
        form.add_field(name, io.BytesIO(content), filename=title, content_type=kind)
    async with bot.web.post(f"{bot.address}/bot{TOKEN}/{method}", data=form) as answer:
        return dict(await answer.json())


def album(count: int, kind: str = "photo") -> dict[str, Any]:
    named = [f"file{place}" for place in range(count)]
    return {
        "files": {one: (picture(), f"{one}.png", "image/png") for one in named},
        "media": [{"type": kind, "media": f"attach://{one}"} for one in named],
    }


@pytest.mark.parametrize("kind", ["photo", "document"])
async def test_an_album_has_two_to_ten_of_one_sort(bot: Bot, kind: str) -> None:
    await bot.met(LAN)
    for count in (2, 10):
        sent = (await uploads(bot, "sendMediaGroup", **album(count, kind)))["result"]
        assert len({one["media_group_id"] for one in sent}) == 1
        assert [kind in one for one in sent] == [True] * count
    if kind == "document":
        assert sent[1]["document"]["file_name"] == "file1.png"
    for count in (0, 1, 11):
        refused = await uploads(bot, "sendMediaGroup", **album(count, kind))
        assert "2 to 10" in refused["description"]


async def test_an_album_mixes_nothing_and_carries_no_buttons(bot: Bot) -> None:
    await bot.met(LAN)
    given = album(2)
    given["media"][1]["type"] = "document"
    assert "can't be mixed" in (await uploads(bot, "sendMediaGroup", **given))["description"]
    with_keys = await uploads(bot, "sendMediaGroup", **album(2), reply_markup=KEYS)
    assert "unknown parameter reply_markup" in with_keys["description"]
    given = album(2)
    given["media"][0]["caption"] = "a" * 1025
    assert "caption is too long" in (await uploads(bot, "sendMediaGroup", **given))["description"]
    given = album(2)
    given["media"][0]["media"] = "attach://elsewhere"
    del given["files"]["file0"]
    assert "wrong file_id" in (await uploads(bot, "sendMediaGroup", **given))["description"]
    assert len(bot.practice.world.chats[LAN].messages) == 1


async def test_a_document_keeps_its_name_and_type(bot: Bot) -> None:
    await bot.met(LAN)
    file = (b"PK\x03\x04", NAME, "application/vnd.ms-excel")
    for given in ({"document": file}, {"other": file}):
        named = {} if "document" in given else {"document": "attach://other"}
        sent = await uploads(
            bot, "sendDocument", given, caption="Đây ạ", reply_markup=KEYS, **named
        )
        told = sent["result"]["document"]
        assert (told["file_name"], told["mime_type"], told["file_size"]) == (*file[1:], 4)
    empty = await uploads(bot, "sendDocument", {"document": (b"", "a.pdf", "application/pdf")})
    assert "must be non-empty" in empty["description"]
    large = (bytes(50 * 2**20 + 1), "a.pdf", "application/pdf")
    assert (await uploads(bot, "sendDocument", {"document": large}))["error_code"] == 413


@pytest.mark.browser
async def test_an_album_is_one_group_and_a_document_a_row_to_save(
    bot: Bot, page_at: PageAt
) -> None:
    await bot.met(LAN)
    await uploads(bot, "sendMediaGroup", **album(3))
    file = (bytes(345_000), NAME, "application/vnd.ms-excel")
    await uploads(bot, "sendDocument", {"document": file}, caption="Đây ạ", reply_markup=KEYS)
    page = await page_at(bot.address, width=360, height=740)
    lan = phone(page, "Cô Lan")
    await expect(lan.locator("article .album .picture-button")).to_have_count(3)
    row = lan.get_by_role("link", name=NAME)
    await expect(row).to_contain_text("336,9 KB")
    await expect(lan.get_by_role("button", name="Xong")).to_be_visible()
    async with page.expect_download() as saved:
        await row.click()
    assert (await saved.value).suggested_filename.endswith(".xlsx")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
