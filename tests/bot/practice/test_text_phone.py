"""The old phone on the page: text and nothing else, written with fingers or with a keyboard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from tests.browser import PageAt, picture_file

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MAY = "+84000000006"
NOON = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)


@pytest_asyncio.fixture(loop_scope="session")
async def practice() -> AsyncIterator[Practice]:
    practice = Practice(PracticeClock(NOON))
    async with running(practice):
        yield practice


async def opened(page_at: PageAt, practice: Practice, width: int = 360) -> tuple[Page, Locator]:
    page = await page_at(f"{practice.text.address}/", width=width, height=740)
    await page.get_by_role("button", name=re.compile("Cô Mẩy")).first.click()
    return page, page.get_by_role("region", name=re.compile("Điện thoại của Cô Mẩy"))


async def messages(practice: Practice, count: int) -> list[dict[str, Any]]:
    """What was written on the phone, read as a bot reads it."""
    heard: list[dict[str, Any]] = []
    async with asyncio.timeout(10):
        while len(heard) < count:
            heard += await practice.text.fetch(heard[-1]["number"] if heard else 0, 10)
    return heard


async def written(practice: Practice, count: int) -> list[str]:
    return [one["text"] for one in await messages(practice, count)]


async def test_what_is_written_and_answered_stands_in_plain_letters(
    page_at: PageAt, practice: Practice
) -> None:
    page, may = await opened(page_at, practice)
    await may.get_by_role("textbox").fill("xin chào")
    await may.get_by_role("textbox").press("Enter")
    assert await written(practice, 1) == ["xin chào"]
    practice.text.send(MAY, "Kính chào <b>cô</b>.\n1. Xác nhận\ngõ: hủy")
    await expect(may.get_by_text("Kính chào <b>cô</b>.")).to_be_visible()
    await expect(may.locator(".key, .options + .keyboard")).to_have_count(0)
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_characters_are_counted_and_two_thousand_are_enough(
    page_at: PageAt, practice: Practice
) -> None:
    _page, may = await opened(page_at, practice)
    await expect(may.get_by_text("0/2000")).to_be_visible()
    box = may.get_by_role("textbox")
    await box.fill("đủ")
    await expect(may.get_by_text("2/2000")).to_be_visible()
    await box.fill("a" * 1999)
    await box.press_sequentially("bcd")
    await expect(may.get_by_text("2000/2000")).to_be_visible()
    await expect(may.locator(".counter.nearly")).to_be_visible()
    await box.press("Enter")
    assert await written(practice, 1) == ["a" * 1999 + "b"]
    await expect(may.get_by_text("0/2000", exact=True)).to_be_visible()


async def test_pictures_go_as_links(page_at: PageAt, practice: Practice, tmp_path: Path) -> None:
    _page, may = await opened(page_at, practice)
    await may.get_by_role("textbox").fill("đủ 60 chăn")
    pictures = [picture_file(tmp_path, "a.png"), picture_file(tmp_path, "b.png", "peru")]
    await may.locator("input[type=file]").set_input_files(pictures)
    first, second = await messages(practice, 2)
    assert [first["text"], second["text"]] == ["đủ 60 chăn", ""]
    assert first["picture"] != second["picture"]
    await expect(may.get_by_role("link", name=first["picture"])).to_be_visible()
    await expect(may.locator(".words img")).to_have_count(0)


async def test_a_file_goes_as_a_link_below_its_name(
    page_at: PageAt, practice: Practice, tmp_path: Path
) -> None:
    page, may = await opened(page_at, practice)
    (tmp_path / "Danh sách.pdf").write_bytes(b"%PDF")
    await may.get_by_role("button", name="Đính kèm").click()
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("menuitem", name="Tệp, gửi bằng đường dẫn…").click()
    await (await choosing.value).set_files([tmp_path / "Danh sách.pdf"])
    [heard] = await messages(practice, 1)
    assert (heard["document"]["name"], heard["picture"]) == ("Danh sách.pdf", None)
    await expect(may.get_by_text("Danh sách.pdf:")).to_be_visible()
    await expect(may.get_by_role("link", name=heard["document"]["link"])).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360


async def test_a_sample_picture_is_sent_with_the_keyboard_alone(
    page_at: PageAt, practice: Practice
) -> None:
    page, may = await opened(page_at, practice)
    await may.get_by_role("button", name="Đính kèm").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert await written(practice, 1) == [""]
    await expect(may.get_by_role("link")).to_have_count(1)


async def test_an_invitation_is_a_code_to_be_written(page_at: PageAt, practice: Practice) -> None:
    practice.world.invitations.append(
        {"label": "Lời mời cho giáo viên", "payload": "Ab_-" * 8, "person": MAY}
    )
    _page, may = await opened(page_at, practice)
    card = may.get_by_role("article", name="Lời mời")
    await card.get_by_role("button", name="Viết mã mời vào ô").click()
    await expect(may.get_by_role("textbox")).to_have_value(f"mời {'Ab_-' * 8}")
    await may.get_by_role("textbox").press("Enter")
    assert await written(practice, 1) == [f"mời {'Ab_-' * 8}"]
    await expect(card).to_have_count(0)


async def test_what_came_meanwhile_is_counted_on_the_chip(
    page_at: PageAt, practice: Practice
) -> None:
    page = await page_at(f"{practice.text.address}/", width=360)
    chip = page.get_by_role("button", name=re.compile("Cô Mẩy"))
    await expect(chip).to_be_visible()
    practice.text.send(MAY, "Có đợt hàng theo kế hoạch")
    await expect(chip.locator(".badge")).to_have_text("1")
    await chip.click()
    await expect(page.get_by_text("Có đợt hàng theo kế hoạch")).to_be_visible()
    await expect(chip.locator(".badge")).to_have_count(0)


async def test_a_phone_that_is_added_later_appears(page_at: PageAt, practice: Practice) -> None:
    page = await page_at(f"{practice.text.address}/", width=360)
    await expect(page.get_by_role("button", name=re.compile("Cô Mẩy"))).to_be_visible()
    practice.text.add("+84000000007", "Thầy Páo · điện thoại chữ")
    await page.get_by_role("button", name=re.compile("Thầy Páo")).click()
    shown = page.get_by_role("region", name=re.compile("Thầy Páo"))
    await expect(shown.get_by_text("+84000000007")).to_be_visible()
