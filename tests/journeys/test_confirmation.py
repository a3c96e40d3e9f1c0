"""Cô Lan confirms on the page what arrived, with two photos, and anh Minh's card shows it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import PageAt, picture_file
from tests.journeys.program import practising

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PICTURE = os.environ.get("PICTURE", "")
"""Where to keep a picture of the page for the README; empty for none."""


def phone(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=re.compile(name))


async def press(phone: Locator, label: str) -> None:
    await phone.get_by_role("button", name=label).last.click()


async def refusals(address: str) -> list[str]:
    async with aiohttp.ClientSession() as web, web.get(f"{address}/practice/refusals") as answer:
        return [one["description"] for one in await answer.json()]


async def test_co_lan_confirms_sixty_blankets_with_two_photos(
    page_at: PageAt, tmp_path: Path
) -> None:
    async with practising(tmp_path) as address:
        page = await page_at(f"{address}/")
        lan, minh = phone(page, "Cô Lan"), phone(page, "Anh Minh")
        await press(minh, "Bắt đầu")
        await expect(minh.get_by_text("Kính chào anh Minh.")).to_be_visible()
        await press(lan, "Bắt đầu")
        await press(lan, "1. Xác nhận hàng đã nhận")
        await press(lan, "60 chiếc chăn bông")
        await press(lan, "Đã nhận đủ, không hỏng")
        await press(lan, "Hôm nay")
        await expect(lan.get_by_text("Vui lòng gửi ảnh chụp hàng.")).to_be_visible()
        photos = [picture_file(tmp_path, "a.png"), picture_file(tmp_path, "b.png", "peru")]
        await lan.locator("input[type=file]").first.set_input_files(photos)
        await lan.get_by_role("textbox").press("Enter")
        await expect(lan.get_by_text("Đã nhận 2 ảnh.")).to_be_visible()
        await press(lan, "Xong")
        await press(lan, "Không nhận ra cháu nào")
        await lan.get_by_role("textbox").fill("khong")
        await lan.get_by_role("textbox").press("Enter")
        await expect(lan.get_by_text("Các mục dưới đây đã đúng chưa?")).to_be_visible()
        await press(lan, "✅ Gửi")
        await expect(lan.get_by_text("Mã biên nhận:").last).to_be_visible()
        code = re.search(r"AB-\w{4}-\w{3}", await lan.inner_text())
        assert code is not None
        await expect(minh.get_by_text(code.group()).last).to_be_visible()
        if PICTURE:
            await press(phone(page, "Chị Thảo"), "Bắt đầu")
            await press(phone(page, "Chị Hoa"), "Bắt đầu")
            await expect(phone(page, "Chị Hoa").get_by_text("Kính chào Quý vị")).to_be_visible()
            await page.screenshot(path=PICTURE)
        assert await refusals(address) == []


async def go(page: Page, label: str, *, back: bool = False) -> None:
    """With the Tab key to the button or field of this name, wherever the focus is."""
    name = "document.activeElement.ariaLabel || document.activeElement.textContent.trim()"
    for _ in range(60):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        if label in str(await page.evaluate(name)):
            return
    raise AssertionError(f"no way to {label} with the Tab key")


async def test_co_lan_confirms_with_the_keyboard_alone(page_at: PageAt, tmp_path: Path) -> None:
    async with practising(tmp_path) as address:
        page = await page_at(f"{address}/", width=360, height=740)
        lan = phone(page, "Cô Lan")
        # Until the people are there, the Tab key finds nobody.
        await expect(page.get_by_role("button", name="Anh Minh").first).to_be_visible()
        for name, back in (("Anh Minh", False), ("Cô Lan", True)):
            await go(page, name, back=back)
            await page.keyboard.press("Enter")
            await expect(phone(page, name)).to_be_visible()
            await go(page, "Bắt đầu")
            await page.keyboard.press("Enter")
            await expect(phone(page, name).get_by_text("Kính chào")).to_be_visible()
        for label in (
            "1. Xác nhận hàng đã nhận",
            "60 chiếc chăn bông",
            "Đã nhận đủ, không hỏng",
            "Hôm nay",
        ):
            await expect(lan.get_by_role("button", name=label).last).to_be_visible()
            await go(page, "Tin nhắn · Cô Lan")
            await go(page, label, back=True)
            await page.keyboard.press("Enter")
        await expect(lan.get_by_text("Vui lòng gửi ảnh chụp hàng.")).to_be_visible()
        await go(page, "Đính kèm")
        await page.keyboard.press("Enter")
        for _ in range(4):
            await page.keyboard.press("ArrowDown")
        await expect(page.get_by_role("menuitem", name="Ảnh mẫu, 3 tấm")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(lan.get_by_text("3 ảnh")).to_be_visible()
        await expect(lan.get_by_role("textbox")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(lan.get_by_text("Đã nhận 3 ảnh.").last).to_be_visible()
        await go(page, "Xong", back=True)
        await page.keyboard.press("Enter")
        await expect(
            lan.get_by_text("Trong ảnh có nhận ra được cháu nào không?").last
        ).to_be_visible()
        await go(page, "Tin nhắn · Cô Lan")
        await page.keyboard.type("1")
        await page.keyboard.press("Enter")
        await expect(lan.get_by_text("Có điều gì cần ghi chú thêm không?").last).to_be_visible()
        await page.keyboard.type("khong")
        await page.keyboard.press("Enter")
        await expect(lan.get_by_role("button", name="✅ Gửi")).to_be_visible()
        await go(page, "✅ Gửi", back=True)
        await page.keyboard.press("Enter")
        await expect(lan.get_by_text("Mã biên nhận:").last).to_be_visible()
        assert await refusals(address) == []


async def test_thay_son_joins_on_a_small_screen(page_at: PageAt, tmp_path: Path) -> None:
    async with practising(tmp_path) as address:
        page = await page_at(f"{address}/", width=360, height=740)
        await page.get_by_role("button", name=re.compile("Thầy Sơn")).first.click()
        son = phone(page, "Thầy Sơn")
        await son.get_by_role("button", name="Mở lời mời").click()
        await expect(son.get_by_text("Xin cho biết cách xưng hô")).to_be_visible()
        await son.get_by_role("textbox").fill("thay")
        await son.get_by_role("textbox").press("Enter")
        await expect(son.get_by_text("Vui lòng cho biết họ và tên")).to_be_visible()
        await press(son, "1. Sơn")
        await expect(son.get_by_text("Kính chào thầy Sơn.")).to_be_visible()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 360
        assert await refusals(address) == []


async def test_co_may_does_everything_by_text(page_at: PageAt, tmp_path: Path) -> None:
    """She joins by the code of her invitation, and confirms seventy scarves with a photo."""
    async with practising(tmp_path) as address:
        page = await page_at(f"{address}/", width=360, height=740)
        await page.get_by_role("button", name=re.compile("Anh Minh")).first.click()
        await press(phone(page, "Anh Minh"), "Bắt đầu")
        await expect(page.get_by_text("Kính chào anh Minh.")).to_be_visible()
        await page.get_by_role("button", name=re.compile("Cô Mẩy")).first.click()
        may = phone(page, "Cô Mẩy")
        box = may.get_by_role("textbox")

        async def write(text: str, answer: str) -> None:
            await box.fill(text)
            await box.press("Enter")
            await expect(may.get_by_text(answer).last).to_be_visible()

        await may.get_by_role("button", name="Viết mã mời vào ô").click()
        await box.press("Enter")
        await expect(may.get_by_text("Xin cho biết cách xưng hô")).to_be_visible()
        await write("2", "Vui lòng cho biết họ và tên")
        await write("Mẩy", "Kính chào cô Mẩy.")
        await write("1", "Hàng đã về đủ chưa?")
        await write("du", "Hàng về đến nơi ngày nào?")
        await write("hom qua", "Vui lòng gửi ảnh chụp hàng.")
        await may.locator("input[type=file]").set_input_files(picture_file(tmp_path, "a.png"))
        await expect(may.get_by_text("Đã nhận 1 ảnh.").last).to_be_visible()
        await write("xong", "Trong ảnh có nhận ra được cháu nào không?")
        await write("1", "Có điều gì cần ghi chú thêm không?")
        await write("khong", "Các mục dưới đây đã đúng chưa?")
        await write("1", "Mã biên nhận:")
        if PICTURE:
            await page.screenshot(path=PICTURE.replace(".png", "-text-360.png"))
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await refusals(address) == []
