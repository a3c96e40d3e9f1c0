"""A delivery is planned, handed over, and the site hears of it."""

from __future__ import annotations

from datetime import timedelta

from storage import photos
from storage.deliveries import waiting_at
from tests.cast import NA_TENH
from tests.talking import LAN, MINH, THAO, Talk


async def test_anh_minh_plans_and_hands_over_and_co_lan_confirms(talk: Talk) -> None:
    await talk.opened(MINH, "kehoach")
    for words in ("na tenh", "ao phao", "25", "ngay mai", "Nhóm Áo Ấm (mẫu)"):
        await talk.said(MINH, words)
    planned = await talk.said(MINH, "gui")
    assert "Hệ thống đã báo cho điểm trường" in planned.text
    assert "25 chiếc áo phao" in talk.phone(LAN).last.text
    await talk.opened(MINH, "bangiao")
    await talk.said(MINH, "ao phao")
    await talk.said(MINH, "anh Tuấn (mẫu)")
    await talk.pressed(MINH, "25 chiếc áo phao")
    await talk.said(MINH, "hom nay")
    await talk.said(MINH, "1")
    card = talk.phone(LAN).last
    assert "Hàng đang được chuyển đến" in card.text
    question = await talk.pressed(LAN, "Xác nhận")
    assert "25 chiếc áo phao" in question.text
    assert "Hàng đã về đủ chưa?" in question.text
    assert talk.phone(LAN).messages[-2].text == card.text
    talk.matches("plan_delivery")


async def test_chi_thao_chooses_among_all_communes(quick_talk: Talk) -> None:
    await quick_talk.opened(THAO, "kehoach")
    shown = await quick_talk.said(THAO, "coc pang")
    assert "Giao hàng đến điểm nào?" in shown.text
    assert any("Pác Pảng" in label for label in shown.labels)


async def test_more_handed_over_than_planned_needs_a_reason(quick_talk: Talk) -> None:
    await quick_talk.opened(MINH, "bangiao")
    for words in ("1", "anh Tuấn (mẫu)"):
        await quick_talk.said(MINH, words)
    doubt = await quick_talk.said(MINH, "35")
    assert "35 nhiều hơn số trong kế hoạch (30)" in doubt.text
    await quick_talk.said(MINH, "được tặng thêm 5 chiếc")
    await quick_talk.said(MINH, "hom nay")
    done = await quick_talk.said(MINH, "gui")
    assert "Đã ghi nhận bàn giao" in done.text
    async with quick_talk.database.reading() as session:
        sent = {one.delivery.id: one.sent for one in await waiting_at(session, [NA_TENH])}
    assert sent["d-scarves"] == 35
    talk = quick_talk
    again = await talk.opened(MINH, "bangiao")
    assert "Không có đợt hàng nào chờ bàn giao" in again.text
    talk.matches("hand_over")


async def test_the_list_of_what_waits(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45", "0", "1", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)
    shown = await talk.pressed(MINH, "Xem tất cả")
    assert "45 chiếc chăn bông (trên 60)" in shown.text
    assert "Đang chờ kiểm tra: 1" in talk.phone(MINH).messages[-2].text
    code = next(word for word in shown.text.split() if word.startswith("AB-")).strip(",")
    talk.matches("waiting_reports", {code: "AB-2345-678"})


async def test_photos_are_added_to_a_report_that_was_sent(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)
    reports = await talk.opened(LAN, "dabaocao")
    label = next(label for label in reports.labels if label.startswith("Gửi ảnh cho"))
    await talk.pressed(LAN, label)
    await talk.sent_photo(LAN, "a")
    await talk.said(LAN, "xong")
    done = await talk.said(LAN, "khong")
    assert "Đã thêm 1 ảnh" in done.text
    reports = await talk.opened(LAN, "dabaocao")
    assert "Còn thiếu ảnh" not in reports.text
    code = next(line for line in reports.lines if line.startswith("AB-"))
    talk.matches("my_reports_and_add_photos", {code: "AB-2345-678"})


async def test_a_photo_that_never_came_is_seen_by_its_sender_and_by_the_officer(
    talk: Talk,
) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay"):
        await talk.said(LAN, words)
    await talk.sent_photo(LAN, "a")
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    async with talk.database.writing() as session:
        [photo] = await photos.due(session, talk.clock.now, 5, timedelta(0))
        await photos.missing(session, photo.id, {"msgid": "gone"})
    mine = await talk.opened(LAN, "dabaocao")
    assert "⚠️ 1 ảnh không tải được." in mine.text
    waiting = await talk.opened(MINH, "chokiemtra")
    assert "⚠️ 1 ảnh không tải được; hệ thống đã báo cho người gửi." in waiting.text
    assert "⚠️ Còn thiếu ảnh." in waiting.text
    label = next(label for label in mine.labels if label.startswith("Gửi ảnh cho"))
    await talk.pressed(LAN, label)
    await talk.sent_photo(LAN, "a")
    for words in ("xong", "khong"):
        await talk.said(LAN, words)
    assert "Đã thêm 1 ảnh" in talk.phone(LAN).last.text
    waiting = await talk.opened(MINH, "chokiemtra")
    assert "Còn thiếu ảnh" not in waiting.text
    assert "Đang tải 1 ảnh" in waiting.text
