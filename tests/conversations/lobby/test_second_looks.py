"""What was said is looked at again when something it stood on changes."""

from __future__ import annotations

from datetime import date

from sqlmodel import select

from storage.help.confirmations import Outcome
from storage.help.deliveries import Delivery
from storage.help.photos import Photo
from storage.help.receipts import display
from storage.people import people
from tests.cast import LUNG_VAI, NA_TENH
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in, to_the_review
from tests.talking import HOA, LAN, MINH, Talk


async def answer(talk: Talk, who: str, *words: str) -> None:
    for one in words:
        await talk.said(who, one)


async def scarves_left(talk: Talk, quantity: int) -> None:
    """Anh Minh writes down how many of the thirty planned scarves left."""
    await talk.opened(MINH, "bangiao")
    await answer(talk, MINH, "1", "anh Tuấn (mẫu)", str(quantity), "hom nay", "gui")


async def test_all_of_it_is_what_she_saw_and_not_what_was_written_down_meanwhile(
    talk: Talk,
) -> None:
    await talk.opened(LAN, "xacnhan")
    await answer(talk, LAN, "2", "du", "hom nay", "gui sau", "khong")
    await scarves_left(talk, 25)
    asked = await talk.said(LAN, "gui")
    assert "Hàng đã về đủ chưa?" in asked.text
    assert await confirmations_in(talk) == []
    await answer(talk, LAN, "du", "gui")
    [made] = await confirmations_in(talk)
    assert (made.outcome, made.received) == (Outcome.ALL, 25)


async def test_a_part_that_is_all_of_it_is_kept_as_all_of_it(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await answer(quick_talk, LAN, "1", "thieu", "60", "0", "hom nay", "gui sau", "khong", "gui")
    [made] = await confirmations_in(quick_talk)
    assert (made.outcome, made.reason) == (Outcome.ALL, "")


async def test_a_part_that_is_nothing_is_kept_as_nothing(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await answer(quick_talk, LAN, "1", "thieu", "0", "khac", "khong", "gui")
    [made] = await confirmations_in(quick_talk)
    assert (made.outcome, made.received, made.received_on) == (Outcome.NONE, 0, None)


async def test_what_comes_after_nothing_has_come_is_confirmed_as_well(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    await answer(talk, LAN, "1", "chua nhan duoc", "1", "khong")
    receipt = await talk.said(LAN, "gui")
    assert "Khi hàng về, vui lòng xác nhận tại đây" in receipt.text
    await talk.opened(LAN, "xacnhan")
    await answer(talk, LAN, "1", "du", "hom nay", "gui sau", "khong", "gui")
    made = await confirmations_in(talk)
    assert [(one.version, one.outcome) for one in made] == [(1, "none"), (2, "all")]
    assert len({one.code for one in made}) == 1
    card = talk.phone(MINH).last
    assert "Đang chờ kiểm tra: 1" in card.text


async def test_a_doubtful_count_is_doubted_also_when_the_records_make_it_so(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    await answer(talk, LAN, "2", "thieu", "28", "0", "khac", "hom nay", "gui sau", "khong")
    await scarves_left(talk, 25)
    await talk.said(LAN, "gui")
    doubt = await talk.said(LAN, "thieu")
    assert "28 nhiều hơn số đã gửi (25)" in doubt.text
    assert await confirmations_in(talk) == []


async def test_back_from_an_edit_leads_to_the_review_again(quick_talk: Talk) -> None:
    await to_the_review(quick_talk)
    await quick_talk.said(LAN, "sua ngay")
    back = await quick_talk.said(LAN, "lui")
    assert "Các mục dưới đây đã đúng chưa?" in back.text


async def test_another_count_than_the_doubted_one_is_no_reason_for_it(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await answer(quick_talk, LAN, "1", "thieu", "650")
    after = await quick_talk.said(LAN, "45 cái")
    assert "✓ Số đếm được: 45 chiếc" in after.text


async def test_nothing_before_the_day_of_the_plan_is_doubted(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        later = Delivery(
            plan_code="P26",
            site_code=NA_TENH,
            item_code="scarf",
            quantity=20,
            day=date(2026, 11, 28),
            source="(mẫu)",
            created_at=quick_talk.clock.now,
        )
        session.add(later)
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "3")
    doubt = await quick_talk.said(LAN, "chua nhan duoc")
    assert "Theo kế hoạch, hàng đến ngày 28/11/2026 mới về" in doubt.text


async def chi_hoa_is_faster(talk: Talk) -> None:
    """Chị Hoa helps out at the same site, and confirms the blankets without a photo."""
    async with talk.database.writing() as session:
        people.grant(
            session,
            f"person-{HOA}",
            people.Role.SITE,
            by=None,
            now=talk.clock.now,
            site_code=NA_TENH,
        )
    await talk.opened(HOA, "xacnhan")
    await answer(talk, HOA, "1", "du", "hom nay", "gui sau", "khong", "gui")


async def joined(talk: Talk) -> list[str | None]:
    """The report of each photo."""
    async with talk.database.reading() as session:
        photos = list((await session.execute(select(Photo))).scalars())
    return [photo.report_id for photo in photos]


async def test_photos_join_the_report_of_a_colleague_who_was_faster(talk: Talk) -> None:
    await to_the_review(talk)
    await chi_hoa_is_faster(talk)
    [made] = await confirmations_in(talk)
    shown = await talk.said(LAN, "gui")
    assert display(made.code) in shown.text
    assert "Hoa đã xác nhận" in shown.text
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in shown.text
    assert await joined(talk) == [made.id, made.id]


async def test_who_reports_for_another_site_by_now_learns_nothing_of_the_colleagues_report(
    talk: Talk,
) -> None:
    await to_the_review(talk)
    async with talk.database.writing() as session:
        for who, where in ((LAN, LUNG_VAI), (HOA, NA_TENH)):
            one, role = f"person-{who}", people.Role.SITE
            people.grant(session, one, role, by=None, now=talk.clock.now, site_code=where)
        await session.flush()
        held = await people.memberships_of(session, [f"person-{LAN}"], talk.clock.now)
        [there] = [one for one in held[f"person-{LAN}"] if one.site_code == NA_TENH]
        await people.end(session, there.id, by=None, now=talk.clock.now, reason="chuyển công tác")
    await talk.opened(HOA, "xacnhan")
    await answer(talk, HOA, "1", "du", "hom nay", "gui sau", "khong", "gui")
    [made] = await confirmations_in(talk)
    shown = await talk.said(LAN, "gui")
    assert display(made.code) not in shown.text
    assert await joined(talk) == [None, None]


async def test_more_photos_are_declared_as_well(quick_talk: Talk) -> None:
    await to_the_review(quick_talk)
    await quick_talk.sent_photo(LAN, "c")
    early = await quick_talk.said(LAN, "gui")
    assert await confirmations_in(quick_talk) == []
    assert "nhận ra được cháu nào" in early.text


async def test_too_many_is_told_from_all_of_it_by_its_marks(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    again = await quick_talk.said(LAN, "dư")
    assert "✓ Tình trạng: Đã nhận đủ" not in again.text
    after = await quick_talk.said(LAN, "dạ đủ ạ")
    assert "✓ Tình trạng: Đã nhận đủ" in after.text


async def test_who_comes_back_to_a_report_hears_that_a_colleague_was_faster(
    quick_talk: Talk,
) -> None:
    await to_the_review(quick_talk)
    await quick_talk.opened(LAN)
    await chi_hoa_is_faster(quick_talk)
    [made] = await confirmations_in(quick_talk)
    shown = await quick_talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông")
    assert display(made.code) in shown.text
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in shown.text
    assert await joined(quick_talk) == [made.id, made.id]


async def test_a_photo_that_comes_when_a_colleague_was_faster_joins_her_report_too(
    quick_talk: Talk,
) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await answer(quick_talk, LAN, "1", "du", "hom nay")
    await quick_talk.sent_photo(LAN, "a")
    await chi_hoa_is_faster(quick_talk)
    [made] = await confirmations_in(quick_talk)
    shown = await quick_talk.sent_photo(LAN, "b")
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in shown.text
    assert await joined(quick_talk) == [made.id, made.id]


async def test_a_photo_is_kept_though_an_answer_before_it_no_longer_holds(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await answer(quick_talk, LAN, "2", "du", "hom nay")
    await quick_talk.sent_photo(LAN, "a")
    await scarves_left(quick_talk, 25)
    shown = await quick_talk.sent_photo(LAN, "b")
    assert "Ảnh đã đến và được giữ lại" in shown.text
    assert "“Tình trạng” không còn phù hợp" in shown.text
    collecting = await quick_talk.said(LAN, "du")
    assert "Đã nhận 2 ảnh" in collecting.text
