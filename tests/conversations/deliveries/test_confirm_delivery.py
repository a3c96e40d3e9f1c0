"""Cô Lan confirms what arrived, whatever she types, presses and sends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from storage.help.deliveries import Delivery
from storage.help.late_photos import PhotoDeclaration
from storage.help.photos import Photo
from storage.help.receipts import display, read_code
from storage.help.reports import ReportFlag
from storage.messages import inbox
from storage.people import people
from tests.cast import BEFORE, BLANKETS, NA_TENH, SCARVES
from tests.records import Confirmed, confirmations
from tests.talking import HOA, LAN, MINH, Talk


async def confirmations_in(talk: Talk) -> list[Confirmed]:
    async with talk.database.reading() as session:
        return await confirmations(session)


async def declared_in(talk: Talk) -> set[bool]:
    """What was declared of the photos, that no child can be recognised in them."""
    async with talk.database.reading() as session:
        found = await session.execute(select(PhotoDeclaration.no_child_declared))
        return set(found.scalars())


async def to_the_review(talk: Talk) -> None:
    """All sixty blankets, today, two photos in one album, nothing to add."""
    await talk.opened(LAN)
    await talk.pressed(LAN, "Xác nhận hàng đã nhận (2)")
    await talk.said(LAN, "1")
    await talk.pressed(LAN, "Đã nhận đủ, không hỏng")
    await talk.pressed(LAN, "Hôm nay (20/11/2026)")
    await talk.sent_photo(LAN, "a", album="x")
    await talk.sent_photo(LAN, "b", album="x")
    await talk.pressed(LAN, "Xong")
    await talk.pressed(LAN, "Không nhận ra cháu nào")
    await talk.pressed(LAN, "Không có ghi chú")


async def test_sixty_blankets_with_two_photos(talk: Talk) -> None:
    await to_the_review(talk)
    receipt = await talk.pressed(LAN, "Gửi")
    [made] = await confirmations_in(talk)
    assert (made.delivery_id, made.outcome, made.received, made.damaged) == (BLANKETS, "all", 60, 0)
    assert await declared_in(talk) == {True}
    assert display(made.code) in receipt.text
    assert read_code(display(made.code).lower()) == made.code
    async with talk.database.reading() as session:
        photos = list((await session.execute(select(Photo))).scalars())
    assert [photo.report_id for photo in photos] == [made.id, made.id]
    card = talk.phone(MINH).last
    assert card.silent
    assert "Đang chờ kiểm tra: 1" in card.text
    assert display(made.code) in card.text
    await talk.opened(LAN, "dabaocao")
    talk.matches("deliveries/confirm_delivery", {display(made.code): "AB-2345-678"})


async def test_a_part_is_missing_and_the_reason_is_kept(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    for words in (
        "1",
        "thieu",
        "45 cai",
        "2",
        "xe bi hong giua duong",
        "hom qua",
        "gui sau",
        "khong",
    ):
        await talk.said(LAN, words)
    receipt = await talk.said(LAN, "gui")
    [made] = await confirmations_in(talk)
    assert (made.outcome, made.received, made.damaged, made.reason) == (
        "part",
        45,
        2,
        "xe bi hong giua duong",
    )
    assert made.received_on is not None
    assert made.received_on.isoformat() == "2026-11-19"
    assert "Còn thiếu ảnh" in receipt.text
    reports = await talk.opened(LAN, "dabaocao")
    assert "Còn thiếu ảnh" in reports.text
    talk.matches("deliveries/confirm_delivery.a_part", {display(made.code): "AB-2345-678"})


async def test_nothing_came(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "chua nhan", "5", "khong", "1"):
        await talk.said(LAN, words)
    [made] = await confirmations_in(talk)
    assert (made.outcome, made.received, made.received_on) == ("none", 0, None)
    talk.matches("deliveries/confirm_delivery.nothing", {display(made.code): "AB-2345-678"})


async def test_more_than_was_sent_is_doubted_reasoned_and_flagged(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    await talk.said(LAN, "thieu")
    doubt = await talk.said(LAN, "65")
    assert "65 nhiều hơn số đã gửi (60)" in doubt.text
    for words in ("gửi kèm chăn của điểm khác", "0", "khac", "hom nay", "gui sau", "khong"):
        await talk.said(LAN, words)
    review = talk.phone(LAN).last
    assert "gửi kèm chăn của điểm khác" in review.text
    await talk.said(LAN, "gui")
    async with talk.database.reading() as session:
        [flag] = (await session.execute(select(ReportFlag))).scalars()
    assert (flag.kind, flag.reason) == ("received", "gửi kèm chăn của điểm khác")


async def test_a_corrected_number_takes_the_place_of_a_doubted_one(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "650"):
        await quick_talk.said(LAN, words)
    after = await quick_talk.said(LAN, "45")
    assert "✓ Số đếm được: 45 chiếc" in after.text


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("nhieu lam", "Vui lòng nhập lại bằng chữ số, ví dụ: 25"),
        ("8.5", "có thể hiểu theo nhiều cách"),
        ("-3", "Vui lòng nhập"),
        ("<b>&", "Vui lòng nhập lại bằng chữ số"),
        ("😀" * 100, "Vui lòng nhập lại bằng chữ số"),
        ("א" * 50, "Vui lòng nhập lại bằng chữ số"),
        ("x" * 4096, "Vui lòng nhập lại bằng chữ số"),
    ],
)
async def test_a_number_that_cannot_be_read_is_asked_again(
    quick_talk: Talk, typed: str, answer: str
) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    await quick_talk.said(LAN, "thieu")
    again = await quick_talk.said(LAN, typed)
    assert answer in again.text
    assert "đếm được bao nhiêu" in again.text


async def test_more_damaged_than_counted_names_the_limit(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45"):
        await quick_talk.said(LAN, words)
    again = await quick_talk.said(LAN, "46")
    assert "Vui lòng nhập số từ 0 đến 45" in again.text


async def test_a_day_to_come_is_refused_with_the_limit(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "du"):
        await quick_talk.said(LAN, words)
    again = await quick_talk.said(LAN, "25/11/2026")
    assert "chưa đến" in again.text
    assert "20/11/2026" in again.text


async def test_a_day_before_it_left_is_doubted(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "du"):
        await quick_talk.said(LAN, words)
    doubt = await quick_talk.said(LAN, "10/11/2026")
    assert "bàn giao ngày 18/11/2026" in doubt.text


async def test_a_double_tap_on_send_makes_one_record_and_answers_both_taps(talk: Talk) -> None:
    """T11."""
    await to_the_review(talk)
    review = talk.phone(LAN).last
    button, what = review.button("Gửi"), review
    draft, revision = review.screen.draft, review.screen.revision
    for _tap in range(2):
        await talk.arrives(
            LAN,
            {
                "kind": "pressed",
                "action": button.action,
                "draft": draft,
                "revision": revision,
                "message": what.message_id,
            },
        )
    before = len(talk.phone(LAN).toasts)
    await talk.answer_all()
    [made] = await confirmations_in(talk)
    assert len(talk.phone(LAN).toasts) == before + 2
    assert display(made.code) in talk.phone(LAN).last.text


async def test_photos_that_come_after_done_join_the_report(quick_talk: Talk) -> None:
    await to_the_review(quick_talk)
    after = await quick_talk.sent_photo(LAN, "c")
    assert "có nhận ra được cháu nào không" in after.text
    review = await quick_talk.said(LAN, "khong")
    assert "3 ảnh" in review.text
    await quick_talk.said(LAN, "gui")
    async with quick_talk.database.reading() as session:
        photos = list((await session.execute(select(Photo))).scalars())
    assert len([photo for photo in photos if photo.report_id]) == 3


async def test_a_photo_out_of_the_blue_begins_a_report(quick_talk: Talk) -> None:
    begun = await quick_talk.sent_photo(LAN, "a")
    assert "Ảnh đã đến" in begun.text
    assert "Xác nhận đợt hàng nào?" in begun.text


async def test_who_lost_the_role_in_between_cannot_send(quick_talk: Talk) -> None:
    """T22: authority is checked again at the moment of committing."""
    talk = quick_talk
    await to_the_review(talk)
    async with talk.database.writing() as session:
        held = await people.memberships_of(session, [f"person-{LAN}"], talk.clock.now)
        for membership in held[f"person-{LAN}"]:
            await people.end(
                session, membership.id, by=None, now=talk.clock.now, reason="chuyển công tác"
            )
    shown = await talk.pressed(LAN, "Gửi")
    assert "không còn thuộc phần việc" in shown.text
    assert await confirmations_in(talk) == []


async def test_a_colleague_who_was_faster_is_named(talk: Talk) -> None:
    await to_the_review(talk)
    async with talk.database.writing() as session:
        people.grant(
            session,
            f"person-{HOA}",
            people.Role.SITE,
            by=None,
            now=talk.clock.now,
            site_code="S-NATENH",
        )
    await talk.opened(HOA, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(HOA, words)
    [made] = await confirmations_in(talk)
    shown = await talk.pressed(LAN, "Gửi")
    assert len(await confirmations_in(talk)) == 1
    assert display(made.code) in shown.text


async def test_she_goes_on_after_a_restart_and_nothing_is_asked_twice(quick_talk: Talk) -> None:
    """T14."""
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    await talk.said(LAN, "thieu")
    again = Talk(talk.database, talk.clock)
    again.phones, again._update, again._message = talk.phones, talk._update, talk._message
    after = await again.said(LAN, "45")
    assert "bị hỏng" in after.text


async def test_an_update_that_comes_again_changes_nothing(talk: Talk) -> None:
    """T4: the same number, also after higher ones, counts once."""
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    await talk.said(LAN, "thieu")
    await talk.arrives(LAN, {"kind": "said", "text": "45"}, update_id=900)
    await talk.answer_all()
    before = talk.phone(LAN).last.text
    await talk.arrives(LAN, {"kind": "said", "text": "45"}, update_id=900)
    await talk.arrives(LAN, {"kind": "said", "text": "45"}, update_id=900)
    await talk.answer_all()
    assert talk.phone(LAN).last.text == before
    async with talk.database.reading() as session:
        assert await inbox.oldest_waiting(session) is None


async def test_scarves_are_offered_after_the_blankets(quick_talk: Talk) -> None:
    await to_the_review(quick_talk)
    await quick_talk.pressed(LAN, "Gửi")
    home = await quick_talk.pressed(LAN, "Trang chủ")
    assert "Xác nhận hàng đã nhận (1)" in " ".join(home.labels)
    question = await quick_talk.pressed(LAN, "Xác nhận hàng đã nhận (1)")
    assert "30 chiếc khăn ấm" in question.text
    assert SCARVES


async def test_a_report_sent_before_midnight_counts_for_that_day_though_answered_after(
    quick_talk: Talk,
) -> None:
    """T23."""
    quick_talk.clock.now = datetime(2026, 11, 29, 16, 58, tzinfo=UTC)  # 23:58 in Vietnam
    await quick_talk.arrives(LAN, {"kind": "opened", "conversation": "xacnhan", "payload": ""})
    for what in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await quick_talk.arrives(LAN, {"kind": "said", "text": what})
    quick_talk.clock.advance(minutes=12)
    await quick_talk.answer_all()
    [made] = await confirmations_in(quick_talk)
    assert made.message_at == datetime(2026, 11, 29, 16, 58, tzinfo=UTC)
    assert made.submitted_at == datetime(2026, 11, 29, 17, 10, tzinfo=UTC)
    assert made.received_on == date(2026, 11, 29)


async def test_two_deliveries_of_the_same_goods_are_told_apart(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        for day, source in ((18, "Giáo xứ Bình An (mẫu)"), (20, "Quỹ Mùa Đông (mẫu)")):
            session.add(
                Delivery(
                    plan_code="P26",
                    site_code=NA_TENH,
                    item_code="scarf",
                    quantity=30,
                    day=date(2026, 11, day),
                    source=source,
                    created_at=BEFORE,
                )
            )
    asked = await quick_talk.opened(LAN, "xacnhan")
    assert {one.split(". ", 1)[1] for one in asked.lines if "khăn ấm" in one} == {
        "30 chiếc khăn ấm → Điểm trường Nà Tềnh, 18/11/2026, nguồn: Nhóm Áo Ấm (mẫu)",
        "30 chiếc khăn ấm → Điểm trường Nà Tềnh, 18/11/2026, nguồn: Giáo xứ Bình An (mẫu)",
        "30 chiếc khăn ấm → Điểm trường Nà Tềnh, 20/11/2026",
    }
    assert "1. 60 chiếc chăn bông" in asked.labels
    assert sum(label.endswith("30 chiếc khăn ấm, 18/11/2026") for label in asked.labels) == 2
    several = await quick_talk.said(LAN, "khan am, 18/11/2026")
    said_back = several.text.split("Xác nhận đợt hàng nào?")[0]
    assert said_back.count("nguồn: Nhóm Áo Ấm (mẫu)") == 1
    assert said_back.count("nguồn: Giáo xứ Bình An (mẫu)") == 1
    chosen = await quick_talk.pressed(LAN, "30 chiếc khăn ấm, 20/11/2026")
    assert chosen.lines[0] == "30 chiếc khăn ấm → Điểm trường Nà Tềnh, 20/11/2026"
