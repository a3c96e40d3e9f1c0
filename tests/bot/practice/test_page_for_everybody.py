"""The page is used in the sun, in the dark, on a small screen, with long names and without a mouse."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.bot.practice.eyes import focused, look
from tests.bot.practice.phones import Bot, box, phone
from tests.browser import PageAt, picture_file

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LAN, MAY = 700001, "+84000000006"
LONG_NAME = "so-lieu-giao-nhan-hang-hoa-mua-dong-nam-hoc-2026-2027-xa-dac-biet-kho-khan.xlsx"
BOTH = pytest.mark.parametrize("scheme", ["light", "dark"])
WIDTHS = pytest.mark.parametrize("width", [360, 1280])


def taken(width: int, height: int, red: int = 40) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (red, 120, 90)).save(written, "PNG")
    return written.getvalue()


async def busy(bot: Bot) -> None:
    """Everything that can stand in a chat, at its longest."""
    people = bot.practice.people
    await bot.met(LAN)
    words = (
        "<b>Chào</b> <i>cô</i> <a href='https://example.org'>liên kết</a> /huy <code>AB-12</code>"
    )
    quote = "<blockquote>Trích</blockquote><pre>mã</pre><tg-spoiler>kín</tg-spoiler>"
    keys = ("Đúng", "Một nút có rất nhiều chữ để xem chữ xuống dòng thế nào khi không đủ chỗ")
    await bot.says(LAN, words + quote, *keys, parse_mode="HTML", disable_notification=True)
    people.say(LAN, "https://example.org/" + "rat-dai" * 80)
    people.say(LAN, "dài" * 200)
    people.photos(LAN, [(f"{n}.png", taken(400, 300, n * 30), "image/png") for n in range(3)], "Đủ")
    people.photos(LAN, [("a.png", taken(200, 1500), "image/png")])
    people.photos(LAN, [("a.png", taken(1500, 150), "image/png")])
    people.photos(
        LAN, [(LONG_NAME, b"x", "text/csv"), ("b.heic", b"y", "image/heic")], as_file=True
    )
    people.send(LAN, "location", {})
    people.forward(LAN, LAN, [people.say(LAN, "chuyển tiếp")["message_id"]], None)
    people.group("Tổ công tác " + "rất dài " * 10, [LAN, 700002])
    bot.practice.text.say(MAY, "xin chao " * 40)
    bot.practice.text.send(MAY, "1. Có\nhttps://example.org/" + "dai" * 99)
    label = "Lời mời dành cho giáo viên: Điểm trường Nậm Chày, Trường Mầm non số 2"
    bot.practice.world.invitations.append({"label": label, "payload": "x", "person": "700005"})


async def shown(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).first.click()
    await expect(phone(page, name)).to_be_visible()


@BOTH
@WIDTHS
async def test_everything_is_read_and_named(
    bot: Bot, page_at: PageAt, tmp_path: Path, scheme: str, width: int
) -> None:
    await busy(bot)
    page = await page_at(bot.address, width=width, height=740, color_scheme=scheme)
    found = {}
    await shown(page, "Cô Lan")
    found["chat"] = await look(page)
    lan = phone(page, "Cô Lan")
    for name in ("Đính kèm", "Tùy chọn"):
        await lan.get_by_role("button", name=name, exact=True).click()
        found[name] = await look(page)
        await page.keyboard.press("Escape")
    await lan.locator("input[type=file]").set_input_files([picture_file(tmp_path, "a.png")] * 3)
    await lan.get_by_role("button", name="Chế độ máy bay").click()
    await expect(lan.get_by_text("Không có mạng")).to_be_visible()
    await box(lan).press("Enter")
    await expect(lan.get_by_text("tin đang chờ mạng")).to_be_visible()
    found["no network"] = await look(page)
    await lan.get_by_role("button", name="Chế độ máy bay").click()
    await page.get_by_role("button", name="Tùy chọn của trang").click()
    found["page menu"] = await look(page)
    await page.get_by_role("menuitem", name="Thêm người…").click()
    found["dialog"] = await look(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Tùy chọn của trang").click()
    await page.get_by_role("menuitem", name="Sự cố của Telegram…").click()
    await page.get_by_role("button", name="Bật sự cố").click()
    await expect(page.get_by_role("complementary").get_by_role("listitem")).to_contain_text(
        "mọi nơi"
    )
    found["troubles"] = await look(page)
    await page.get_by_role("complementary").get_by_role("button", name="Đóng").click()
    for name in ("Cô Mẩy", "Thầy Sơn"):
        await shown(page, name)
        found[name] = await look(page)
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@BOTH
async def test_where_the_focus_is_is_always_seen(bot: Bot, page_at: PageAt, scheme: str) -> None:
    await busy(bot)
    page = await page_at(bot.address, color_scheme=scheme)
    await expect(phone(page, "Cô Lan").get_by_text("chuyển tiếp").last).to_be_visible()
    passed = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        name, ring, lost = await focused(page)
        if lost:
            break
        assert ring, name
        passed.append(name)
    assert {"Cô Lan", "Đính kèm", "Gửi", "Chế độ máy bay", "+1 phút"} <= set(passed)


async def test_photos_of_an_album_stand_in_the_order_in_which_they_were_chosen(
    bot: Bot, page_at: PageAt, tmp_path: Path
) -> None:
    await bot.met(LAN)
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    colours = ["red", "lime", "blue", "yellow", "white", "black", "gray"]
    chosen = [picture_file(tmp_path, f"{place}.png", one) for place, one in enumerate(colours)]
    await lan.locator("input[type=file]").set_input_files(chosen)
    await box(lan).press("Enter")
    pictures = lan.locator(".album img")
    await expect(pictures).to_have_count(len(colours))
    shown = [str(await one.get_attribute("src")).rpartition("/")[2] for one in await pictures.all()]
    sent = [
        message["photo"]
        for message in bot.practice.world.chats[LAN].messages.values()
        if "photo" in message
    ]
    assert [
        next(
            place
            for place, sizes in enumerate(sent)
            if file_id in {one["file_id"] for one in sizes}
        )
        for file_id in shown
    ] == list(range(len(colours)))
    middle = [Image.open(io.BytesIO(bot.practice.world.files.get(one).content)) for one in shown]
    hues = [one.convert("RGB").getpixel((5, 5)) for one in middle]
    assert [max(range(3), key=hue.__getitem__) for hue in hues[:3]] == [0, 1, 2]
