"""Cô Lan wrote without a network, and hours later it all arrives at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from storage.help.confirmations import Confirmation
from storage.help.photos import Photo
from storage.help.receipts import display
from storage.help.reports import ReportFlag
from storage.people import people
from storage.people.people import Role
from tests.cast import BEFORE, BLANKETS, LUNG_VAI, SCARVES
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in
from tests.talking import HOA, LAN, SON, Talk


async def photos_of(talk: Talk, confirmation: Confirmation) -> list[Photo]:
    async with talk.database.reading() as session:
        found = await session.execute(
            select(Photo).where(Photo.report_id == confirmation.id)  # type: ignore[arg-type]
        )
        return list(found.scalars())


async def test_a_photo_with_a_caption_asks_only_what_it_does_not_say(talk: Talk) -> None:
    asked = await talk.sent_photo(
        LAN, "a", caption="nhan 45 cai chan thieu 15, duong lay lam xe khong vao duoc"
    )
    assert "60 chiếc chăn bông → Điểm trường Nà Tềnh" in asked.lines[0]
    assert "✓ Tình trạng: Thiếu, thừa hoặc có đồ hỏng" in asked.text
    assert "✓ Số đếm được: 45 chiếc chăn bông" in asked.text
    assert "Trong đó bao nhiêu bị hỏng?" in asked.text
    await talk.said(LAN, "0")
    await talk.said(LAN, "2")
    await talk.pressed(LAN, "Hôm qua (19/11/2026)")
    review = await talk.pressed(LAN, "Không nhận ra cháu nào")
    assert "duong lay lam" in review.text
    await talk.said(LAN, "gui")
    [made] = await confirmations_in(talk)
    assert (made.delivery_id, made.outcome, made.received, made.damaged) == (
        BLANKETS,
        "part",
        45,
        0,
    )
    assert len(await photos_of(talk, made)) == 1
    talk.matches("deliveries/offline_report.a_part", {display(made.code): "AB-2345-678"})


async def test_a_complete_delivery_takes_three_presses(quick_talk: Talk) -> None:
    talk = quick_talk
    day = await talk.sent_photo(LAN, "a", caption="Đủ chăn ạ")
    assert "Hàng về đến nơi ngày nào?" in day.text
    await talk.pressed(LAN, "Hôm nay (20/11/2026)")
    note = await talk.pressed(LAN, "Không nhận ra cháu nào")
    assert "ghi chú" in note.text
    await talk.said(LAN, "khong")
    await talk.said(LAN, "gui")
    [made] = await confirmations_in(talk)
    assert (made.delivery_id, made.outcome, made.received) == (BLANKETS, "all", 60)
    talk.matches("deliveries/offline_report", {display(made.code): "AB-2345-678"})


async def test_when_several_deliveries_fit_it_is_asked_which(quick_talk: Talk) -> None:
    asked = await quick_talk.sent_photo(LAN, "a", caption="đủ")
    assert "Xác nhận đợt hàng nào?" in asked.text
    day = await quick_talk.said(LAN, "khan")
    assert "✓ Tình trạng: Đã nhận đủ, không hỏng" in day.text
    assert "Hàng về đến nơi ngày nào?" in day.text


async def test_goods_that_nobody_sent_are_not_taken_for_others(quick_talk: Talk) -> None:
    asked = await quick_talk.sent_photo(LAN, "a", caption="đủ 40 đôi ủng")
    assert "Xác nhận đợt hàng nào?" in asked.text


async def test_figures_of_other_goods_are_noted_and_not_taken_for_what_is_confirmed(
    quick_talk: Talk,
) -> None:
    await quick_talk.sent_photo(LAN, "a", caption="45/30 ủng")
    asked = await quick_talk.said(LAN, "khan")
    assert "Hàng đã về đủ chưa?" in asked.text
    for words in ("du", "hom nay"):
        await quick_talk.said(LAN, words)
    review = await quick_talk.said(LAN, "khong nhan ra")
    assert "Ghi chú: 45/30 ủng" in review.text


@pytest.mark.parametrize("words", ["chăn thiếu 5 cái", "đủ chăn rồi", "toi chua nhan duoc hang"])
async def test_a_report_where_nothing_waits_is_understood_as_one(
    quick_talk: Talk, words: str
) -> None:
    answer = await quick_talk.said(SON, words)
    assert "Hệ thống chưa hiểu" in answer.text
    async with quick_talk.database.writing() as session:
        son = (await people.by_addresses(session, [("telegram", SON)]))["telegram", SON]
        people.grant(session, son.id, Role.SITE, by=None, now=BEFORE, site_code=LUNG_VAI)
    answer = await quick_talk.said(SON, words)
    assert "Hiện không có đợt hàng nào chờ xác nhận." in answer.text
    assert "Hệ thống chưa hiểu" not in answer.text


async def test_several_reports_at_once_are_all_kept_and_led_to(talk: Talk) -> None:
    await talk.arrives(LAN, {"kind": "photo", "file": "a", "album": "x", "caption": "đủ chăn"})
    await talk.arrives(LAN, {"kind": "photo", "file": "b", "album": "x"})
    await talk.arrives(LAN, {"kind": "photo", "file": "c", "album": "y", "caption": "khăn 28/30"})
    await talk.arrives(LAN, {"kind": "photo", "file": "d", "album": "y"})
    talk.clock.advance(hours=5)
    await talk.answer_all()
    assert "28 chiếc khăn ấm" in talk.phone(LAN).last.text or "khăn ấm" in talk.phone(LAN).last.text
    for words in ("0", "2", "hom qua", "khong nhan ra", "khong"):
        await talk.said(LAN, words)
    receipt = await talk.said(LAN, "gui")
    assert "Tiếp tục: 60 chiếc chăn bông" in " ".join(receipt.labels)
    resumed = await talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông")
    assert "60 chiếc chăn bông" in resumed.text
    for words in ("hom qua", "khong nhan ra", "khong", "gui"):
        await talk.said(LAN, words)
    made = {one.delivery_id: one for one in await confirmations_in(talk)}
    assert {key: one.received for key, one in made.items()} == {BLANKETS: 60, SCARVES: 28}
    for one, photos in (
        (made[BLANKETS], {"file-a", "file-b"}),
        (made[SCARVES], {"file-c", "file-d"}),
    ):
        assert {photo.file_id for photo in await photos_of(talk, one)} == photos
    codes = {
        display(one.code): f"AB-0000-{number}"
        for number, one in enumerate((made[SCARVES], made[BLANKETS]))
    }
    talk.matches("deliveries/offline_report.several", codes)


async def test_a_few_lines_without_a_photo_are_a_report_too(quick_talk: Talk) -> None:
    asked = await quick_talk.said(LAN, "Nhận 45 chăn\nthiếu 15\nvì đường lầy")
    assert "Trong đó bao nhiêu bị hỏng?" in asked.text
    day = await quick_talk.said(LAN, "0")
    assert "✓ Lý do: đường lầy" in day.text
    photos = await quick_talk.said(LAN, "hom nay")
    assert "Vui lòng gửi ảnh" in photos.text


async def test_lines_about_two_deliveries_begin_two_reports(quick_talk: Talk) -> None:
    first = await quick_talk.said(LAN, "Chăn đủ 60 cái\nKhăn thiếu 2 cái")
    assert "chăn bông" in first.lines[0]
    home = await quick_talk.opened(LAN)
    assert home.text.count("Đang làm dở") == 2


async def test_a_count_that_is_too_high_is_doubted_as_ever(quick_talk: Talk) -> None:
    doubt = await quick_talk.sent_photo(LAN, "a", caption="nhận 65 chăn")
    assert "65 nhiều hơn số đã gửi (60)" in doubt.text
    for words in ("gửi kèm của điểm khác", "0", "khac", "hom nay", "khong nhan ra", "khong", "gui"):
        await quick_talk.said(LAN, words)
    async with quick_talk.database.reading() as session:
        [flag] = (await session.execute(select(ReportFlag))).scalars()
    assert flag.kind == "received"


async def test_what_was_inferred_can_be_changed_and_stays_changed(quick_talk: Talk) -> None:
    await quick_talk.sent_photo(LAN, "a", caption="đủ chăn")
    asked = await quick_talk.said(LAN, "sua tinh trang")
    assert "Hàng đã về đủ chưa?" in asked.text
    counted = await quick_talk.said(LAN, "thieu")
    assert "Cô đếm được bao nhiêu chiếc chăn bông?" in counted.text


async def test_the_caption_of_a_photo_answers_what_is_still_open(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    day = await quick_talk.sent_photo(LAN, "a", caption="đủ ạ")
    assert "✓ Tình trạng: Đã nhận đủ, không hỏng" in day.text
    assert "Hàng về đến nơi ngày nào?" in day.text


async def test_photos_with_words_under_them_are_waited_for_until_done_is_pressed(
    quick_talk: Talk,
) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay"):
        await quick_talk.said(LAN, words)
    for name in ("a", "b"):
        asked = await quick_talk.sent_photo(LAN, name, caption=f"chăn kiện {name}")
    assert "Đã nhận 2 ảnh" in asked.text


async def test_words_in_a_note_do_not_begin_another_report(quick_talk: Talk) -> None:
    await quick_talk.sent_photo(LAN, "a", caption="đủ chăn")
    for words in ("hom nay", "khong nhan ra"):
        await quick_talk.said(LAN, words)
    review = await quick_talk.said(LAN, "60 chăn đều mới, cất trong kho")
    assert "60 chăn đều mới" in review.text


async def test_the_day_of_the_report_is_never_assumed(quick_talk: Talk) -> None:
    quick_talk.clock.advance(days=2)
    asked = await quick_talk.sent_photo(LAN, "a", caption="hôm qua nhận đủ chăn")
    assert "Hàng về đến nơi ngày nào?" in asked.text
    quick_talk.clock.now -= timedelta(days=2)


async def test_lines_about_two_deliveries_are_two_reports(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN)
    asked = await talk.said(LAN, "nhan 45 chan, thieu 15\nkhan am du")
    assert asked.lines[0].startswith("60 chiếc chăn bông")
    assert "✓ Số đếm được: 45 chiếc chăn bông" in asked.text
    home = await talk.opened(LAN)
    [go_on] = [label for label in home.labels if label.endswith("Tiếp tục: 30 chiếc khăn ấm")]
    other = await talk.pressed(LAN, go_on)
    assert "Hàng về đến nơi ngày nào?" in other.text


async def test_a_donor_who_writes_of_blankets_begins_no_report(quick_talk: Talk) -> None:
    answer = await quick_talk.said(HOA, "nhận đủ 60 chăn")
    assert "Xác nhận" not in answer.text


async def test_a_delivery_chosen_in_all_its_words_is_no_report_of_it(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    asked = await quick_talk.said(LAN, "60 chiec chan bong → diem truong na tenh, 18/11/2026")
    assert "Hàng đã về đủ chưa?" in asked.text
