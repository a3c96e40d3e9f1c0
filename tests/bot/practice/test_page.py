"""What people see of the practice Telegram, and do there, with fingers or with a keyboard alone."""

import filecmp
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.practice.clock import PracticeClock
from bot.practice.server import Practice, running
from tests.bot.practice.phones import NOON, Bot, box, phone, tab_to
from tests.browser import PageAt, picture_file

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LAN, MINH, SON = 700001, 700002, 700005
PAGE = Path(__file__).resolve().parents[3] / "bot" / "practice" / "page"


async def test_a_person_writes_and_the_bot_answers(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Bắt đầu").click()
    assert (await bot.hears())["text"] == "/start"
    await box(lan).fill("Trường còn thiếu 12 chăn")
    await box(lan).press("Enter")
    assert (await bot.hears())["text"] == "Trường còn thiếu 12 chăn"
    await expect(lan.get_by_role("img", name="đã gửi").last).to_be_visible()
    await bot.says(LAN, "Đã ghi nhận.")
    await expect(lan.get_by_text("Đã ghi nhận.")).to_be_visible()
    await expect(phone(page, "Anh Minh").get_by_text("Đã ghi nhận.")).to_have_count(0)


async def test_a_new_line_is_no_sending(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await box(lan).fill("12 chăn")
    await box(lan).press("Shift+Enter")
    await box(lan).press_sequentially("3 áo")
    await box(lan).press("Enter")
    assert (await bot.hears())["text"] == "12 chăn\n3 áo"


async def test_what_looks_like_markup_stays_what_was_typed(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    typed = "<b>&amp; <img src=x onerror=alert(1)> 🌱"
    await box(lan).fill(typed)
    await box(lan).press("Enter")
    await expect(lan.get_by_text(typed)).to_be_visible()
    await expect(lan.locator(".words img")).to_have_count(0)


async def test_decoration_stands_where_it_belongs_behind_an_emoji(
    bot: Bot, page_at: PageAt
) -> None:
    await bot.met(LAN)
    text = "🌱🏫 <b>Nà <i>Lìn</i></b> <code>AB&lt;7</code> <blockquote>một\nhai</blockquote>"
    await bot.says(LAN, text, parse_mode="HTML")
    page = await page_at(bot.address)
    words = phone(page, "Cô Lan").locator(".words").last
    await expect(words.locator("strong")).to_have_text("Nà Lìn")
    await expect(words.locator("strong em")).to_have_text("Lìn")
    await expect(words.locator("code")).to_have_text("AB<7")
    await expect(words.locator("blockquote")).to_have_text("một\nhai")


async def test_an_album_leaves_together_and_is_shown_together(
    bot: Bot, page_at: PageAt, tmp_path: Path
) -> None:
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    files = [
        picture_file(tmp_path, f"{colour}.png", colour) for colour in ("teal", "tan", "indigo")
    ]
    await lan.get_by_role("button", name="Đính kèm").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name="Ảnh…").click()
    await (await chooser.value).set_files(files)
    await expect(lan.get_by_role("button", name=re.compile("^Bỏ "))).to_have_count(3)
    await lan.get_by_role("button", name="Bỏ tan.png").click()
    await box(lan).fill("Hàng đã về")
    await box(lan).press("Enter")
    first, second = await bot.hears(), await bot.hears()
    assert first["media_group_id"] == second["media_group_id"]
    assert (first["caption"], second.get("caption")) == ("Hàng đã về", None)
    album = lan.locator("article", has_text="Hàng đã về")
    await expect(album.get_by_role("button", name=re.compile("^Ảnh"))).to_have_count(2)
    await expect(lan.locator(".thumb")).to_have_count(0)


async def test_a_photo_as_a_file_stays_a_file(bot: Bot, page_at: PageAt, tmp_path: Path) -> None:
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Đính kèm").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("menuitem", name="Ảnh dạng tệp…").click()
    path = picture_file(tmp_path, "kho.png")
    await (await chooser.value).set_files([path])
    await lan.get_by_role("button", name="Gửi").click()
    assert (await bot.hears())["document"]["file_name"] == "kho.png"
    async with page.expect_download() as download:
        await lan.get_by_role("link", name="kho.png").click()
    kept = tmp_path / "downloaded"
    await (await download.value).save_as(kept)
    assert filecmp.cmp(kept, path, shallow=False)


async def test_a_pressed_button_works_until_it_is_answered(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    card = await bot.says(LAN, "Hàng đã đến chưa?", "Đã đến", "Chưa")
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Đã đến").click()
    query = await bot.hears("callback_query")
    assert query["data"] == "Đã đến"
    busy = lan.locator(".key[aria-busy=true]")
    await expect(busy).to_have_text("Đã đến")
    await bot.ask("answerCallbackQuery", callback_query_id=query["id"], text="Đang ghi")
    await expect(busy).to_have_count(0)
    await expect(lan.get_by_role("status").get_by_text("Đang ghi")).to_be_visible()
    where = {"chat_id": LAN, "message_id": card["message_id"]}
    await bot.ask("editMessageText", **where, text="Đã ghi nhận.")
    message = lan.locator(f"[data-id='{card['message_id']}']")
    await expect(message).to_contain_text("Đã ghi nhận.")
    await expect(message).to_contain_text("đã sửa")
    await expect(message.locator(".key")).to_have_count(0)
    await bot.ask("deleteMessage", **where)
    await expect(message).to_have_count(0)


async def test_an_alert_stays_until_it_is_acknowledged(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.says(LAN, "Hỏi", "Nút")
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Nút").click()
    query = (await bot.hears("callback_query"))["id"]
    await bot.ask(
        "answerCallbackQuery", callback_query_id=query, text="Nút này đã cũ", show_alert=True
    )
    alert = lan.get_by_role("alertdialog", name="Nút này đã cũ")
    await expect(alert.get_by_role("button", name="OK")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(alert).to_have_count(0)
    await expect(lan.get_by_role("button", name="Nút")).to_be_focused()


async def test_a_link_to_the_bot_opens_the_bot(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.says(LAN, "Vui lòng mở https://t.me/AmBanPracticeBot?start=abc-DEF_1.")
    page = await page_at(bot.address)
    await phone(page, "Cô Lan").get_by_role("link").click()
    assert (await bot.hears())["text"] == "/start abc-DEF_1"


async def test_a_newcomer_opens_the_invitation_once(bot: Bot, page_at: PageAt) -> None:
    bot.practice.world.invitations.append({"label": "Nà Lìn", "payload": "MOI1", "person": SON})
    page = await page_at(bot.address, width=360, height=740)
    await page.get_by_role("button", name="Thầy Sơn có lời mời").click()
    card = phone(page, "Thầy Sơn").get_by_role("article", name="Lời mời")
    await expect(card).to_contain_text("Nà Lìn")
    await card.get_by_role("button", name="Mở lời mời").click()
    message = await bot.hears()
    assert (message["text"], message["from"]["id"]) == ("/start MOI1", SON)
    await expect(card).to_have_count(0)


async def test_without_a_network_messages_wait_and_leave_in_order(
    bot: Bot, page_at: PageAt
) -> None:
    await bot.met(LAN)
    await bot.says(LAN, "Đã đến chưa?", "Đã đến")
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    plane = lan.get_by_role("button", name="Chế độ máy bay")
    await plane.click()
    await expect(plane).to_have_attribute("aria-pressed", "true")
    for words in ("một", "hai"):
        await box(lan).fill(words)
        await box(lan).press("Enter")
    await expect(lan.get_by_role("img", name="đang chờ mạng")).to_have_count(2)
    await expect(lan.get_by_text("2 tin đang chờ mạng")).to_be_visible()
    await lan.get_by_role("button", name="Đã đến").click()
    await expect(lan.get_by_text("Không có mạng: chưa bấm được nút.")).to_be_visible()
    await bot.says(LAN, "Nhắc lại")
    await plane.click()
    await expect(lan.get_by_text("Nhắc lại")).to_be_visible()
    await expect(lan.get_by_role("img", name="đang chờ mạng")).to_have_count(0)
    assert [(await bot.hears())["text"], (await bot.hears())["text"]] == ["một", "hai"]


async def test_a_phone_without_a_network_hears_nothing(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.met(MINH)
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Chế độ máy bay").click()
    await expect(lan.get_by_text("Không có mạng")).to_be_visible()
    await bot.says(LAN, "Nhắc lại")
    await bot.says(MINH, "Chào anh")
    await expect(phone(page, "Anh Minh").get_by_text("Chào anh")).to_be_visible()
    await expect(lan.get_by_text("Nhắc lại")).to_have_count(0)


async def test_a_narrow_page_shows_one_phone_and_never_scrolls_sideways(
    bot: Bot, page_at: PageAt
) -> None:
    await bot.met(LAN)
    await bot.says(LAN, "Mã" + "A" * 300, "Một nút với rất nhiều chữ ở trên nút đó " * 3, "Lùi")
    await bot.ask("setMyCommands", commands=[{"command": "menu", "description": "Trang chính"}])
    page = await page_at(bot.address, width=360, height=740)
    await expect(page.get_by_role("region")).to_have_count(1)
    await expect(phone(page, "Cô Lan").get_by_role("button", name="Lùi")).to_be_visible()
    widths = (
        "[...document.querySelectorAll('body, .log')].map(one => one.scrollWidth - one.clientWidth)"
    )
    assert await page.evaluate(widths) == [0] * 7
    small = """[...document.querySelectorAll('button, select, textarea')]
        .filter(one => one.offsetParent && !one.matches('.command, .spoiler'))
        .map(one => [one.getBoundingClientRect(), one.ariaLabel ?? one.textContent])
        .filter(([size]) => size.width < 44 || size.height < 44).map(([, name]) => name)"""
    assert await page.evaluate(small) == []


async def test_only_a_message_with_a_sound_calls(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.met(MINH)
    page = await page_at(bot.address, width=360, height=740)
    minh = page.get_by_role("button", name="Anh Minh")
    await expect(minh).to_be_visible()
    await bot.says(MINH, "Tin nhẹ", disable_notification=True)
    await expect(minh.get_by_role("img", name="chưa đọc")).to_be_visible()
    await bot.says(MINH, "Tin gọi")
    await expect(minh.locator(".badge")).to_have_text("1")
    await minh.click()
    await expect(minh.locator(".badge")).to_have_count(0)
    await expect(phone(page, "Anh Minh").get_by_text("Tin gọi")).to_be_visible()


async def test_everything_can_be_done_with_a_keyboard(bot: Bot, page_at: PageAt) -> None:
    await bot.ask("setMyCommands", commands=[{"command": "menu", "description": "Trang chính"}])
    page = await page_at(bot.address, width=360, height=740)
    lan = phone(page, "Cô Lan")
    await expect(lan).to_be_visible()
    await tab_to(page, "Bắt đầu")
    await page.keyboard.press("Enter")
    await bot.hears()
    await tab_to(page, "Lệnh")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="/menu")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(lan.get_by_role("button", name="Lệnh")).to_be_focused()
    await tab_to(page, "Tin nhắn · Cô Lan", tag="TEXTAREA")
    await page.keyboard.type("xin chào")
    await page.keyboard.press("Enter")
    assert (await bot.hears())["text"] == "xin chào"
    card = await bot.says(LAN, "Chọn một việc", "Xem", "Sửa")
    await expect(lan.get_by_role("button", name="Xem")).to_be_visible()
    await tab_to(page, "Sửa", back=True)
    await page.keyboard.press("Enter")
    assert (await bot.hears("callback_query"))["data"] == "Sửa"
    await bot.ask(
        "editMessageText",
        chat_id=LAN,
        message_id=card["message_id"],
        text="Sửa gì?",
        reply_markup={"inline_keyboard": [[{"text": "Số lượng", "callback_data": "n"}]]},
    )
    await expect(lan.get_by_role("button", name="Số lượng")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Sửa").press("Enter")
    await expect(box(lan)).to_have_value("xin chào")
    await box(lan).fill("xin chào cô")
    await page.keyboard.press("Enter")
    await bot.hears("edited_message")
    await expect(lan.get_by_text("xin chào cô")).to_be_visible()


async def test_a_message_is_answered_to_and_passed_on(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    await bot.says(LAN, "Mã biên nhận AB12")
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    message = lan.locator("article", has_text="Mã biên nhận")
    await message.click(button="right")
    await page.get_by_role("menuitem", name="Trả lời").click()
    await box(lan).fill("Cảm ơn")
    await box(lan).press("Enter")
    assert (await bot.hears())["reply_to_message"]["text"] == "Mã biên nhận AB12"
    await message.first.get_by_role("button", name="Tùy chọn của tin nhắn").click()
    await page.get_by_role("menuitem", name="Chuyển tiếp").click()
    assert "forward_origin" in await bot.hears()
    await expect(lan.get_by_text("Chuyển tiếp từ Ấm Bản")).to_be_visible()


async def test_a_blocked_bot_can_be_taken_back(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    await lan.get_by_role("button", name="Tùy chọn", exact=True).click()
    await page.get_by_role("menuitem", name="Chặn bot").click()
    assert (await bot.hears("my_chat_member"))["new_chat_member"]["status"] == "kicked"
    await lan.get_by_role("button", name="Bỏ chặn bot").click()
    assert (await bot.hears("my_chat_member"))["new_chat_member"]["status"] == "member"
    await expect(box(lan)).to_be_visible()


async def test_a_group_is_made_and_written_to(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    await page.get_by_role("button", name="Tùy chọn của trang").click()
    await page.get_by_role("menuitem", name="Tạo nhóm…").click()
    await page.get_by_role("textbox", name="Tên nhóm").fill("Xã Quảng Lâm")
    await page.get_by_role("button", name="Tạo", exact=True).click()
    await bot.hears("my_chat_member")
    lan, minh = phone(page, "Cô Lan"), phone(page, "Anh Minh")
    for one in (lan, minh):
        await one.get_by_role("combobox").select_option(label="Xã Quảng Lâm")
    await box(lan).fill("Chào cả nhóm")
    await box(lan).press("Enter")
    await expect(minh.locator(".sender")).to_have_text("Lan")
    assert (await bot.hears())["chat"]["title"] == "Xã Quảng Lâm"


async def test_a_group_becomes_a_supergroup_on_the_phones_too(bot: Bot, page_at: PageAt) -> None:
    group = bot.practice.people.group("Xã Quảng Lâm", [LAN, MINH])["id"]
    await bot.hears("my_chat_member")
    page = await page_at(bot.address)
    lan, minh = phone(page, "Cô Lan"), phone(page, "Anh Minh")
    for one in (lan, minh):
        await one.get_by_role("combobox").select_option(label="Xã Quảng Lâm")
    await lan.get_by_role("button", name="Tùy chọn", exact=True).click()
    await page.get_by_role("menuitem", name="Nâng lên siêu nhóm").click()
    left, came = await bot.hears(), await bot.hears()
    assert (left["chat"]["id"], came["migrate_from_chat_id"]) == (group, group)
    for one in (lan, minh):
        await expect(one.get_by_text("Nhóm đã thành siêu nhóm")).to_be_visible()
    await box(minh).fill("Tôi đây")
    await box(minh).press("Enter")
    assert (await bot.hears())["chat"]["id"] == came["chat"]["id"]
    await bot.says(came["chat"]["id"], "Chào cả nhóm")
    await expect(lan.get_by_text("Chào cả nhóm")).to_be_visible()
    await lan.get_by_role("button", name="Tùy chọn", exact=True).click()
    await expect(page.get_by_role("menuitem", name=re.compile("siêu nhóm"))).to_have_count(0)


async def test_the_clock_moves_for_everybody(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    time = page.get_by_role("group", name="Giờ thực hành").get_by_role("time")
    await expect(time).to_have_text("20/11/2026 12:00")
    for step, reads in (
        ("+1 phút", "20/11/2026 12:01"),
        ("+10 phút", "20/11/2026 12:11"),
        ("+3 giờ", "20/11/2026 15:11"),
        ("+1 ngày", "21/11/2026 15:11"),
    ):
        await page.get_by_role("button", name=step, exact=True).click()
        await expect(time).to_have_text(reads)


async def test_whoever_reads_further_up_is_left_there(bot: Bot, page_at: PageAt) -> None:
    await bot.met(LAN)
    for number in range(30):
        await bot.says(LAN, f"Tin số {number}")
    page = await page_at(bot.address)
    lan = phone(page, "Cô Lan")
    log = lan.get_by_role("log")
    await expect(lan.get_by_text("Tin số 29")).to_be_in_viewport()
    await log.evaluate("log => log.scrollTop = 0")
    newest = lan.get_by_role("button", name="Tin mới nhất")
    await expect(newest).to_be_visible()
    await bot.says(LAN, "Tin cuối")
    await expect(lan.get_by_text("Tin cuối")).not_to_be_in_viewport()
    await expect(page.get_by_role("button", name="Cô Lan").locator(".badge")).to_have_text("1")
    assert await log.evaluate("log => log.scrollTop") == 0
    await newest.click()
    await expect(lan.get_by_text("Tin cuối")).to_be_in_viewport()
    await expect(newest).to_be_hidden()


async def test_a_page_says_when_the_server_is_gone_and_recovers(page_at: PageAt) -> None:
    async with AsyncExitStack() as first:
        address = await first.enter_async_context(running(Practice(PracticeClock(NOON))))
        page = await page_at(address)
        await expect(box(phone(page, "Cô Lan"))).to_be_visible()
    gone = page.get_by_text("Mất kết nối với máy chủ thực hành — đang thử lại")
    await expect(gone).to_be_visible()
    await box(phone(page, "Cô Lan")).fill("có ai không")
    await box(phone(page, "Cô Lan")).press("Enter")
    await expect(page.get_by_text("Chưa gửi được")).to_be_visible()
    await expect(box(phone(page, "Cô Lan"))).to_have_value("có ai không")
    again = Practice(PracticeClock(NOON))
    again.people.say(LAN, "đã nói trước đó")
    async with running(again, port=int(address.rpartition(":")[2])):
        await expect(page.get_by_text("đã nói trước đó")).to_be_visible()
        await expect(gone).to_be_hidden()


async def test_the_page_speaks_english_too(bot: Bot, page_at: PageAt) -> None:
    page = await page_at(bot.address)
    await page.get_by_role("button", name="Tùy chọn của trang").click()
    await page.get_by_role("menuitem", name="English").click()
    await expect(page.get_by_role("button", name="Start").first).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_the_page_is_polite_and_needs_nothing_from_elsewhere() -> None:
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\bbạn\b", text, re.IGNORECASE), path
        outside = set(re.findall(r"https?://[\w.]+", text)) - {"http://www.w3.org"}
        assert not outside, path
        assert "innerHTML" not in text, path
