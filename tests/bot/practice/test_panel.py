"""People make Telegram misbehave from the page, and see what is set."""

from __future__ import annotations

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect

from tests.bot.practice.phones import Bot, box, phone, tab_to
from tests.browser import PageAt

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LAN, MINH = 700001, 700002


async def opened(page: Page) -> Locator:
    """The panel, which was folded away."""
    panel = page.get_by_role("complementary", name="Sự cố của Telegram")
    await expect(panel).to_have_count(0)
    await page.get_by_role("button", name="Tùy chọn của trang").click()
    await page.get_by_role("menuitem", name="Sự cố của Telegram…").click()
    await expect(panel.get_by_role("heading", name="Sự cố của Telegram")).to_be_focused()
    return panel


async def test_a_person_loses_an_answer_and_the_message_arrives(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.met(MINH)
    page = await page_at(bot.address)
    panel = await opened(page)
    await panel.get_by_role("combobox", name="Sự cố").select_option(label="Mất câu trả lời")
    await expect(panel.get_by_text("Telegram nhận tin nhưng câu trả lời bị mất.")).to_be_visible()
    await panel.get_by_role("combobox", name="Ở đâu").select_option(label="Cô Lan · giáo viên")
    await panel.get_by_role("combobox", name="Bao nhiêu lần").select_option(label="1 lần")
    await panel.get_by_role("button", name="Bật sự cố").click()
    entry = panel.get_by_role("listitem")
    await expect(entry).to_contain_text("Mất câu trả lời")
    await expect(entry).to_contain_text("Cô Lan · giáo viên")
    await expect(entry).to_contain_text("số lần còn lại: 1")
    await bot.says(MINH, "Chào anh")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bot.says(LAN, "Chào cô")
    await expect(phone(page, "Cô Lan").get_by_text("Chào cô")).to_be_visible()
    await expect(entry).to_have_text("Không có sự cố nào.")
    await bot.says(LAN, "Chào lần nữa")


async def test_every_trouble_of_the_panel_can_be_set_and_ended(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    panel = await opened(page)
    what = panel.get_by_role("combobox", name="Sự cố")
    choices = [await one.inner_text() for one in await what.locator("option").all()]
    assert len(set(choices)) == len(choices) > 12
    sentences = set()
    for choice in choices:
        await what.select_option(label=choice)
        sentences.add(await panel.locator(".panel-says").inner_text())
        await panel.get_by_role("button", name="Bật sự cố").click()
        await expect(panel.get_by_text(f"Đã bật: {choice}", exact=True)).to_be_visible()
    assert len(sentences) == len(choices)
    entries = panel.get_by_role("listitem")
    await expect(entries).to_have_count(len(choices))
    assert [await one.inner_text() for one in await entries.locator("strong").all()] == choices
    kinds = {one.trouble.name for one in bot.practice.world.injection.standing()}
    assert len(kinds) == 12
    await panel.get_by_role("button", name="Tắt tất cả").click()
    await expect(entries).to_have_count(1)
    await expect(entries).to_have_text("Không có sự cố nào.")
    assert bot.practice.world.injection.standing() == []


async def test_the_panel_is_used_with_a_keyboard_and_folded_away(bot: Bot, page_at: PageAt) -> None:
    for _time in range(2):
        bot.practice.world.injection.begin({"trouble": "reset"})
    page = await page_at(bot.address, width=360, height=740)
    sign = page.get_by_role("button", name="Sự cố của Telegram: 2")
    await sign.focus()
    await page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name="Sự cố của Telegram")
    await expect(sign).to_be_hidden()
    await tab_to(page, "Tắt: Đứt kết nối")
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("listitem")).to_have_count(1)
    await expect(panel.get_by_role("button", name="Tắt: Đứt kết nối")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(panel.get_by_role("listitem")).to_have_text("Không có sự cố nào.")
    await expect(panel.get_by_role("combobox", name="Sự cố")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(panel).to_have_count(0)
    await expect(page.get_by_role("button", name="Tùy chọn của trang")).to_be_focused()
    await expect(box(phone(page, "Cô Lan"))).to_be_visible()


async def test_a_trouble_ends_on_the_page_when_the_clock_says_so(bot: Bot, page_at: PageAt) -> None:
    bot.practice.world.injection.begin({"trouble": "too_many_requests", "retry_after": 30})
    page = await page_at(bot.address)
    sign = page.get_by_role("button", name="Sự cố của Telegram: 1")
    await expect(sign).to_be_visible()
    await page.get_by_role("button", name="+1 phút", exact=True).click()
    await expect(sign).to_be_hidden()


async def test_beside_the_panel_there_are_fewer_phones_and_over_a_narrow_page_none(
    bot: Bot, page_at: PageAt
) -> None:
    for _time in range(5):
        bot.practice.world.injection.begin({"trouble": "lost_response", "chat_id": LAN})
    page = await page_at(bot.address, width=1400)
    await expect(page.get_by_role("region")).to_have_count(4)
    panel = await opened(page)
    await expect(page.get_by_role("region")).to_have_count(3)
    await panel.get_by_role("button", name="Đóng").click()
    await expect(page.get_by_role("region")).to_have_count(4)
    narrow = await page_at(bot.address, width=360, height=740)
    await expect(narrow.get_by_role("region")).to_have_count(1)
    await opened(narrow)
    await expect(narrow.get_by_role("main")).to_have_attribute("inert", "")
    widths = "[...document.querySelectorAll('body, .panel')].map(one => one.scrollWidth - one.clientWidth)"
    assert await narrow.evaluate(widths) == [0, 0]
    small = """[...document.querySelectorAll('.panel button, .panel select')]
        .filter(one => one.offsetParent).map(one => one.getBoundingClientRect())
        .filter(size => size.width < 44 || size.height < 44).length"""
    assert await narrow.evaluate(small) == 0
