"""A correction belongs to the report that was returned, whatever else is true of the deliveries by then."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.kit import Context, returns
from conversations.kit.pages import MOST_BUTTONS
from storage.database import Database, Session
from storage.help import confirmations, reports, submissions
from storage.help.confirmations import NewConfirmation, Outcome
from storage.help.deliveries import Delivery
from storage.help.receipts import display
from storage.help.reports import Reported
from storage.people import people
from storage.people.people import Role
from tests.cast import BEFORE, BLANKETS, NA_TENH, SCARVES
from tests.records import confirmations_in
from tests.talking import CHANNEL, LAN, MINH, SON, Talk

SENT = ("1", "thieu", "50", "0", "duong kho di", "hom nay", "gui sau", "khong", "gui")


@pytest.fixture
async def colleagues(quick_talk: Talk) -> Talk:
    """Cô Lan and thầy Sơn teach at the same site."""
    async with quick_talk.database.writing() as session:
        son = people.Person(id=f"person-{SON}", name="Sơn", address="thay", created_at=BEFORE)
        session.add(son)
        await session.flush()
        session.add(people.Address(channel="telegram", address=SON, person_id=son.id, since=BEFORE))
        people.grant(session, son.id, Role.SITE, by=None, now=BEFORE, site_code=NA_TENH)
    return quick_talk


async def said(talk: Talk, who: str, *words: str) -> None:
    for one in words:
        await talk.said(who, one)


async def of(database: Database, delivery: str) -> Reported:
    async with database.reading() as session:
        found = await confirmations.latest_of(session, delivery)
    assert found is not None
    return found


async def returned(talk: Talk, made: Reported, step: str) -> None:
    async with talk.database.writing() as session:
        minh = await session.get_one(people.Person, f"person-{MINH}")
        held = await people.memberships_of(session, [minh.id], talk.clock.now)
        now, kinds = talk.clock.now, talk.reception.lobby.kinds
        context = Context(session, minh, held[minh.id], CHANNEL, MINH, now, now, kinds=kinds)
        await returns.give_back(context, made, step=step, why="xem lại giúp")
    await talk.deliver()


async def test_a_correction_stays_with_the_delivery_that_its_report_is_of(
    colleagues: Talk,
) -> None:
    talk = colleagues
    await talk.opened(SON, "xacnhan")
    await said(talk, SON, "2", "3", "1", "khong", "gui")
    await talk.opened(LAN, "xacnhan")
    await said(talk, LAN, *SENT)
    await returned(talk, await of(talk.database, BLANKETS), "received")
    await talk.pressed(LAN, "Sửa báo cáo")
    await talk.said(LAN, "45")
    fixed = await talk.said(LAN, "sua dot hang")
    assert "“Đợt hàng” giữ nguyên" in fixed.text
    listed = await talk.pressed(LAN, "2. Sửa")
    assert listed.labels[0] == "1. Tình trạng"
    await talk.said(LAN, "lui")
    await talk.said(LAN, "gui")
    again = await of(talk.database, BLANKETS)
    assert (again.version.version, again.report.state) == (2, "waiting")
    assert (await of(talk.database, SCARVES)).version.submitted_by == f"person-{SON}"


async def test_a_report_that_nothing_came_is_corrected_and_its_delivery_stands_there_once(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    await said(talk, LAN, "1", "3", "duong kho di", "khong", "gui")
    await returned(talk, await of(talk.database, BLANKETS), "reason")
    asked = await talk.pressed(LAN, "Sửa báo cáo")
    assert "Vì sao chưa nhận được hàng" in asked.text
    await said(talk, LAN, "xe hong o doc", "gui")
    kept = await confirmations_in(talk.database)
    assert [(one.version, one.outcome, one.reason) for one in kept] == [
        (1, "none", "road"),
        (2, "none", "xe hong o doc"),
    ]
    waiting = await talk.opened(LAN, "xacnhan")
    assert len([label for label in waiting.labels if "chăn bông" in label]) == 1


async def test_a_report_of_which_no_draft_is_known_is_corrected_by_its_figures(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    new = NewConfirmation(BLANKETS, Outcome.PART, 50, 2, NA_TENH, "không đếm kỹ").version()
    async with talk.database.writing() as session:
        by, at = f"person-{LAN}", talk.clock.now
        await submissions.submit(session, new, by=by, message_at=at, now=at)
    await returned(talk, await of(talk.database, BLANKETS), "damaged")
    asked = await talk.pressed(LAN, "Sửa báo cáo")
    assert "bao nhiêu bị hỏng" in asked.text
    await said(talk, LAN, "1", "hom qua", "gui sau", "gui")
    again = await of(talk.database, BLANKETS)
    assert isinstance(again.figures, confirmations.ConfirmedDelivery)
    kept = again.figures.confirmation
    assert (kept.received, kept.damaged, kept.reason) == (50, 1, "không đếm kỹ")


async def test_who_reported_first_that_nothing_came_may_send_photos_after_a_colleague_confirmed(
    colleagues: Talk,
) -> None:
    talk = colleagues
    await talk.opened(LAN, "xacnhan")
    await said(talk, LAN, "1", "3", "duong kho di", "khong", "gui")
    await talk.opened(SON, "xacnhan")
    await said(talk, SON, "1", "du", "hom nay", "gui sau", "khong", "gui")
    made = await of(talk.database, BLANKETS)
    assert (made.version.version, made.version.submitted_by) == (2, f"person-{SON}")
    await talk.opened(LAN, "dabaocao")
    asked = await talk.pressed(LAN, f"Gửi ảnh cho {display(made.report.code)}")
    assert "Vui lòng gửi ảnh" in asked.text
    await talk.sent_photo(LAN, "a")
    await said(talk, LAN, "xong", "1")
    assert (await of(talk.database, BLANKETS)).photos.alive == 1


async def test_of_two_who_correct_the_same_report_the_second_is_told(colleagues: Talk) -> None:
    talk = colleagues
    await talk.opened(LAN, "xacnhan")
    await said(talk, LAN, *SENT)
    made = await of(talk.database, BLANKETS)
    await returned(talk, made, "received")
    card = talk.phone(LAN).last
    button = card.button("Sửa báo cáo")
    for who in (LAN, SON):
        await talk.arrives(
            who, {"kind": "pressed", "action": button.action, "draft": "", "revision": 0}
        )
        await talk.answer_all()
        await talk.said(who, "45")
    await talk.said(LAN, "gui")
    late = await talk.said(SON, "gui")
    assert "Cô Lan đã xác nhận đợt hàng này" in late.text
    async with talk.database.reading() as session:
        assert len(await reports.versions_of(session, made.report.id)) == 2


async def test_what_was_sent_stands_on_as_many_pages_as_its_buttons_need(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    async with talk.database.writing() as session:
        for number in range(9):
            await one_more_report(session, talk, number)
    labels: list[str] = []
    shown = await talk.opened(LAN, "dabaocao")
    while True:
        assert len(shown.labels) <= MOST_BUTTONS
        labels += [label for label in shown.labels if label.startswith("Gửi ảnh cho")]
        if not any(label.startswith("Xem thêm") or "›" in label for label in shown.labels):
            break
        more = next(label for label in shown.labels if "›" in label)
        shown = await talk.pressed(LAN, more)
    assert len(set(labels)) == 9


async def one_more_report(session: Session, talk: Talk, number: int) -> None:
    session.add(
        Delivery(
            id=f"d{number}", plan_code="P26", site_code=NA_TENH, item_code="blanket", quantity=5,
            day=date(2026, 11, 18), source="(mẫu)", created_at=talk.clock.now,
        )
    )  # fmt: skip
    await session.flush()
    new = NewConfirmation(f"d{number}", Outcome.ALL, 5, 0, NA_TENH).version()
    at = talk.clock.now
    await submissions.submit(session, new, by=f"person-{LAN}", message_at=at, now=at)
