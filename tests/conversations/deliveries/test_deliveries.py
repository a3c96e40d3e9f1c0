"""A delivery is planned, handed over, and the site hears of it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlmodel import col, select

from storage.help import photos
from storage.help.unconfirmed import waiting_at
from storage.history import HistoryEntry
from storage.people import people
from storage.people.people import Role
from storage.programme.plans import Plan
from storage.programme.sites import Enrolment, Site
from tests.cast import LUNG_VAI, NA_TENH
from tests.conversations.people.test_joining import second_officer
from tests.talking import LAN, MINH, THAO, Shown, Talk


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
    talk.matches("deliveries/plan_delivery")


async def test_chi_thao_chooses_among_all_communes(quick_talk: Talk) -> None:
    await quick_talk.opened(THAO, "kehoach")
    shown = await quick_talk.said(THAO, "coc pang")
    assert "Giao hàng đến trường, điểm trường nào?" in shown.text
    assert any("Pác Pảng" in label for label in shown.labels)


async def planned_until(talk: Talk, *words: str) -> Shown:
    """Anh Minh plans warm coats for Nà Tềnh, and answers so far."""
    shown = await talk.opened(MINH, "kehoach")
    for word in ("na tenh", "ao phao", *words):
        shown = await talk.said(MINH, word)
    return shown


async def test_a_day_outside_the_plan_is_said_where_the_day_is_asked(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        for plan in (await session.execute(select(Plan))).scalars():
            plan.valid_from, plan.valid_to = date(2026, 1, 1), date(2026, 11, 30)
        session.add(
            Plan(
                code="P27",
                title="Kế hoạch sau",
                valid_from=date(2027, 6, 1),
                valid_to=date(2027, 12, 31),
            )
        )
    said = await planned_until(quick_talk, "25", "15/12/2026")
    assert "Không có kế hoạch nào cho ngày 15/12/2026" in said.text
    assert "từ 01/01/2026 đến 30/11/2026" in said.text
    assert "Dự kiến hàng về ngày nào?" in said.text
    said = await quick_talk.said(MINH, "1/1/2029")
    assert "31/12/2027" in said.text
    await quick_talk.said(MINH, "25/11/2026")
    await quick_talk.said(MINH, "Nhóm Áo Ấm (mẫu)")
    assert "Đã ghi kế hoạch giao hàng" in (await quick_talk.said(MINH, "gui")).text


async def test_a_plan_that_was_cut_short_meanwhile_costs_only_the_day(quick_talk: Talk) -> None:
    await planned_until(quick_talk, "25", "1/12/2026", "Nhóm Áo Ấm (mẫu)")
    async with quick_talk.database.writing() as session:
        plan = (await session.execute(select(Plan).where(col(Plan.code) == "P26"))).scalar_one()
        plan.valid_to = date(2026, 11, 30)
    asked = await quick_talk.said(MINH, "gui")
    assert "Dự kiến hàng về ngày nào?" in asked.text
    review = await quick_talk.said(MINH, "ngay mai")
    assert "25 chiếc áo phao" in review.text
    assert "Nhóm Áo Ấm (mẫu)" in review.text
    assert "Đã ghi kế hoạch giao hàng" in (await quick_talk.said(MINH, "gui")).text


async def test_a_day_in_the_past_and_a_slip_of_the_hand_need_a_reason(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        session.add(Enrolment(site_code=NA_TENH, school_year="2026-2027", stage="MN", children=28))
    doubt = await planned_until(quick_talk, "250")
    assert "250 là rất nhiều so với 28 trẻ" in doubt.text
    await quick_talk.said(MINH, "phát cho cả ba thôn")
    doubt = await quick_talk.said(MINH, "18/11/2026")
    assert "18/11/2026 đã qua" in doubt.text
    await quick_talk.said(MINH, "ghi bù, hàng đã về")
    await quick_talk.said(MINH, "Nhóm Áo Ấm (mẫu)")
    assert "Đã ghi kế hoạch giao hàng" in (await quick_talk.said(MINH, "gui")).text
    async with quick_talk.database.reading() as session:
        entry = await session.execute(
            select(HistoryEntry).where(col(HistoryEntry.action) == "delivery.plan")
        )
        assert entry.scalar_one().reason == "phát cho cả ba thôn; ghi bù, hàng đã về"


async def test_where_nobody_knows_the_children_only_a_thousand_is_questioned(
    quick_talk: Talk,
) -> None:
    assert "Dự kiến hàng về ngày nào?" in (await planned_until(quick_talk, "1000")).text
    await quick_talk.said(MINH, "lui")
    assert "1.001 là rất nhiều" in (await quick_talk.said(MINH, "1001")).text


async def test_only_communes_with_sites_are_offered(quick_talk: Talk) -> None:
    shown = await quick_talk.opened(THAO, "kehoach")
    assert [label.partition(". ")[2] for label in shown.labels if ". " in label] == [
        "Xã Cô Ba",
        "Xã Cốc Pàng",
    ]
    async with quick_talk.database.writing() as session:
        for site in (await session.execute(select(Site))).scalars():
            site.valid_to = date(2026, 11, 1)
    shown = await quick_talk.opened(MINH, "kehoach")
    assert "Chưa có trường, điểm trường nào" in shown.text


async def test_without_any_plan_nothing_is_asked_in_vain(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        for plan in (await session.execute(select(Plan))).scalars():
            plan.valid_from, plan.valid_to = date(2019, 1, 1), date(2024, 12, 31)
    shown = await quick_talk.opened(MINH, "kehoach")
    assert "Hiện không có kế hoạch nào" in shown.text


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
    talk.matches("deliveries/hand_over")


async def moved_to(talk: Talk, site: str) -> None:
    """Cô Lan teaches somewhere else from now on."""
    person = f"person-{LAN}"
    async with talk.database.writing() as session:
        for one in (await people.memberships_of(session, [person], talk.clock.now))[person]:
            await people.end(session, one.id, by=None, now=talk.clock.now, reason="chuyển trường")
        people.grant(session, person, Role.SITE, by=None, now=talk.clock.now, site_code=site)
    talk.clock.advance(minutes=1)


async def test_photos_are_not_added_for_a_site_that_one_has_left(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)
    reports = await talk.opened(LAN, "dabaocao")
    label = next(label for label in reports.labels if label.startswith("Gửi ảnh cho"))
    await talk.pressed(LAN, label)
    await talk.sent_photo(LAN, "a")
    await moved_to(talk, LUNG_VAI)
    shown = await talk.said(LAN, "xong")
    assert "chưa có gì để chọn" in shown.text
    refused = await talk.pressed(LAN, label, on=reports)
    assert "không còn báo cáo cho Điểm trường Nà Tềnh nữa" in refused.text
    await moved_to(talk, NA_TENH)
    assert "vui lòng gửi ảnh" in (await talk.pressed(LAN, label, on=reports)).text.lower()


async def test_the_list_of_what_waits(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45", "0", "1", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)
    shown = await talk.pressed(MINH, "Xem tất cả")
    assert "45 chiếc chăn bông (trên 60)" in shown.text
    assert "Đang chờ kiểm tra: 1" in talk.phone(MINH).messages[-2].text
    code = next(word for word in shown.text.split() if word.startswith("AB-")).strip(",")
    talk.matches("reports/waiting_reports", {code: "AB-2345-678"})


async def test_an_officer_who_reports_is_not_told_of_it_and_a_colleague_is(
    quick_talk: Talk,
) -> None:
    mai = await second_officer(quick_talk)
    async with quick_talk.database.writing() as session:
        people.grant(
            session,
            f"person-{MINH}",
            Role.SITE,
            by=None,
            now=quick_talk.clock.now - timedelta(hours=1),
            site_code=NA_TENH,
        )
    await quick_talk.opened(MINH, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await quick_talk.said(MINH, words)
    assert "Mã biên nhận" in quick_talk.phone(MINH).last.text
    assert "Đang chờ kiểm tra: 1" in quick_talk.phone(mai).last.text
    told = [one.text for one in quick_talk.phone(MINH).messages if "Đang chờ kiểm tra" in one.text]
    assert told == []


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
    talk.matches("reports/my_reports_and_add_photos", {code: "AB-2345-678"})


async def test_the_receipt_leads_to_the_photos_that_are_missing(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong"):
        await quick_talk.said(LAN, words)
    receipt = await quick_talk.said(LAN, "gui")
    assert "⚠️ Còn thiếu ảnh." in receipt.lines
    asked = await quick_talk.pressed(LAN, receipt.labels[0])
    assert receipt.labels[0].startswith("Gửi ảnh cho AB-")
    assert "Vui lòng gửi ảnh chụp hàng." in asked.text


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
        await photos.AWAITED.missing(session, photo.id, {"msgid": "gone"})
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
