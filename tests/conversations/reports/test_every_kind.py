"""What is written once for reports serves every kind of them: the same cases for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlmodel import select

import conversations
from bot.clock import Clock as Ticking
from conversations import REMINDERS
from conversations.kit import Context, returns
from conversations.kit.events import SentPhoto
from conversations.lobby.lobby import Lobby
from storage.audit import audit
from storage.help import late_photos, reports
from storage.help.late_photos import PhotoDeclaration
from storage.help.receipts import display
from storage.help.reports import Reported
from storage.people import people
from storage.refusals import Refused
from tests.cast import BEFORE, LUNG_VAI, NA_TENH
from tests.conversations.reports.second_kind import OfTests, report_warmth
from tests.databases import ON_ONE_STORE
from tests.talking import CHANNEL, HOA, LAN, MINH, SON, Talk


@dataclass(frozen=True)
class Kind:
    """How a kind of report is made by cô Lan, in words, and what it reads like."""

    name: str
    command: str
    answers: tuple[str, ...]
    """To all questions before the photos."""
    what: str
    step: str
    """The answer that turns out to be wrong."""
    asked: str
    """Its question."""
    right: str
    corrected: str


KINDS = (
    Kind(
        "confirmation", "xacnhan", ("1", "thieu", "50", "0", "duong kho di", "hom nay"),
        "50 chiếc chăn bông", "received", "đếm được bao nhiêu", "45", "45 chiếc chăn bông",
    ),
    Kind("warmth", "doam", ("15",), "15 degrees", "degrees", "How many degrees?", "12", "12 degrees"),
)  # fmt: skip


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
async def village(talk: Talk) -> Talk:
    async with talk.database.engine.begin() as connection:
        await connection.run_sync(OfTests.metadata.create_all)
    talk.reception.lobby = Lobby((*conversations.ALL, report_warmth))
    return talk


async def sent(talk: Talk, kind: Kind, photos: tuple[str, ...] = ()) -> Reported:
    """Cô Lan reports, with these photos of one album or with none."""
    await talk.opened(LAN, kind.command)
    for words in kind.answers:
        await talk.said(LAN, words)
    for name in photos:
        await talk.sent_photo(LAN, name, album="x")
    for words in ("xong", "khong nhan ra") if photos else ("gui sau",):
        await talk.said(LAN, words)
    await talk.said(LAN, "khong")
    await talk.said(LAN, "gui")
    [made] = await reported(talk)
    return made


async def reported(talk: Talk) -> list[Reported]:
    async with talk.database.reading() as session:
        return await reports.sent_by(session, f"person-{LAN}", [NA_TENH], 10)


async def given_back(
    talk: Talk, made: Reported, kind: Kind, why: str = "đếm lại giúp", *, step: str = ""
) -> None:
    """Anh Minh returns it at the answer that is wrong."""
    async with acting(talk, MINH) as context:
        await returns.give_back(context, made, step=step or kind.step, why=why)
    await talk.deliver()


@asynccontextmanager
async def acting(talk: Talk, who: str) -> AsyncIterator[Context]:
    """What somebody does for which there is no button yet."""
    async with talk.database.writing() as session:
        person = await session.get(people.Person, f"person-{who}")
        assert person is not None
        held = await people.memberships_of(session, [person.id], talk.clock.now)
        yield Context(
            session, person, held[person.id], CHANNEL, who, talk.clock.now, talk.clock.now,
            kinds=talk.reception.lobby.kinds,
        )  # fmt: skip


async def proved(talk: Talk) -> None:
    async with talk.database.reading() as session:
        proofs = await audit(session)
    # What the cast finds in the village was put there without a history.
    assert [
        one
        for one in proofs
        if one.expected != one.found and "planned" not in one.what and "hand-over" not in one.what
    ] == []


async def test_a_report_has_a_receipt_and_waits_on_the_officers_card(village: Talk, kind: Kind):
    made = await sent(village, kind)
    receipt = village.phone(LAN).last
    assert display(made.report.code) in receipt.text
    assert kind.what in receipt.text
    assert "Còn thiếu ảnh" in receipt.text
    card = village.phone(MINH).last
    assert "Đang chờ kiểm tra: 1" in card.text
    assert kind.what in card.text
    assert display(made.report.code) in card.text
    queue = await village.pressed(MINH, "Xem tất cả")
    assert kind.what in queue.text
    mine = await village.opened(LAN, "dabaocao")
    assert kind.what in mine.text
    await proved(village)


async def test_a_report_is_counted_in_the_digest(village: Talk, kind: Kind):
    await sent(village, kind)
    village.clock.advance(hours=8)
    await Ticking(village.database, REMINDERS, [CHANNEL], village.clock).remind()
    await village.deliver()
    assert "1 báo cáo mới chờ kiểm tra" in village.phone(MINH).last.text


async def test_a_returned_report_opens_at_the_wrong_answer_and_is_corrected(
    village: Talk, kind: Kind
):
    made = await sent(village, kind)
    await given_back(village, made, kind, "đếm lại giúp")
    news = village.phone(LAN).last
    assert "đếm lại giúp" in news.text
    mine = await village.opened(LAN, "dabaocao")
    assert "đếm lại giúp" in mine.text
    asked = await village.pressed(LAN, "Sửa báo cáo")
    assert kind.asked in asked.text
    assert "đếm lại giúp" in asked.text
    review = await village.said(LAN, kind.right)
    assert f": {kind.right}" in review.text
    assert "đếm lại giúp" not in review.text
    receipt = await village.said(LAN, "gui")
    assert display(made.report.code) in receipt.text
    assert kind.corrected in receipt.text
    [again] = await reported(village)
    assert (again.version.version, again.report.state) == (2, "waiting")
    assert again.version.change_reason == "đếm lại giúp"
    assert "Đang chờ kiểm tra: 1" in village.phone(MINH).last.text
    async with village.database.reading() as session:
        first, second = await reports.versions_of(session, made.report.id)
    assert (first.id, second.submitted_by) == (made.version.id, f"person-{LAN}")
    if kind.name == "confirmation":
        village.matches("reports/returned", {display(made.report.code): "AB-2345-678"})
    await proved(village)


@ON_ONE_STORE
async def test_the_reason_stands_above_the_question_until_it_is_answered(village: Talk, kind: Kind):
    made = await sent(village, kind)
    await given_back(village, made, kind, "đếm lại giúp")
    await village.pressed(LAN, "Sửa báo cáo")
    again = await village.said(LAN, "xyz")
    assert "đếm lại giúp" in again.text
    assert kind.asked in again.text


async def test_nobody_gives_back_what_was_given_back_or_corrected_meanwhile(
    village: Talk, kind: Kind
):
    made = await sent(village, kind)
    await given_back(village, made, kind, "đếm lại giúp")
    with pytest.raises(Refused):
        await given_back(village, made, kind, "một lần nữa")
    assert len([one for one in village.phone(LAN).messages if "một lần nữa" in one.text]) == 0


async def test_photos_that_come_late_join_their_report(village: Talk, kind: Kind):
    made = await sent(village, kind, photos=("a", "b"))
    await village.sent_photo(LAN, "c", album="x")
    joined = village.phone(LAN).last
    assert display(made.report.code) in joined.text
    await village.said(LAN, "1")
    [after] = await reported(village)
    assert after.photos.alive == 3
    async with village.database.reading() as session:
        assert await late_photos.undeclared(session, [made.report.id]) == {}
    await proved(village)


@ON_ONE_STORE
async def test_a_photo_days_later_is_for_the_report_that_wants_it(village: Talk, kind: Kind):
    made = await sent(village, kind)
    village.clock.advance(days=2)
    await village.pressed(LAN, f"Gửi ảnh cho {display(made.report.code)}")
    await village.sent_photo(LAN, "a")
    await village.said(LAN, "xong")
    added = await village.said(LAN, "khong nhan ra")
    assert "Đã thêm 1 ảnh" in added.text
    assert kind.what in added.text
    await proved(village)


@ON_ONE_STORE
async def test_a_report_is_shown_by_its_code_to_those_who_may_see_it(village: Talk, kind: Kind):
    made = await sent(village, kind)
    code = display(made.report.code)
    for who in (LAN, MINH):
        shown = await village.said(who, code.lower().replace("-", " "))
        assert kind.what in shown.text
        assert code in shown.text
    if kind.name == "confirmation":
        village.matches(
            "reports/show_report",
            {
                code: "AB-2345-678",
                code.lower(): "ab-2345-678",
                code.lower().replace("-", " "): "ab 2345 678",
            },
        )
    for who in (HOA, SON):
        hidden = await village.said(who, code)
        assert kind.what not in hidden.text
        assert "Điểm trường Nà Tềnh" not in hidden.text


@ON_ONE_STORE
async def test_looking_at_a_report_leaves_open_what_is_being_written(village: Talk, kind: Kind):
    made = await sent(village, kind)
    await village.opened(LAN, "ngonngu")
    shown = await village.said(LAN, display(made.report.code))
    assert kind.what in shown.text
    assert "Việc đang làm vẫn được giữ" in shown.text
    back = await village.pressed(LAN, "Tiếp tục: Ngôn ngữ")
    assert "ngôn ngữ nào" in back.text


async def joined_by_son(talk: Talk) -> None:
    """Thầy Sơn teaches at the same site."""
    async with talk.database.writing() as session:
        son = people.Person(id=f"person-{SON}", name="Sơn", address="thay", created_at=BEFORE)
        session.add(son)
        await session.flush()
        session.add(people.Address(channel="telegram", address=SON, person_id=son.id, since=BEFORE))
        people.grant(session, son.id, people.Role.SITE, by=None, now=BEFORE, site_code=NA_TENH)


async def moved(talk: Talk, who: str, site: str | None) -> None:
    """Somebody teaches elsewhere from now on, or nowhere."""
    async with talk.database.writing() as session:
        person = f"person-{who}"
        for one in (await people.memberships_of(session, [person], talk.clock.now))[person]:
            await people.end(session, one.id, by=None, now=talk.clock.now, reason="chuyển trường")
        if site is not None:
            people.grant(
                session, person, people.Role.SITE, by=None, now=talk.clock.now, site_code=site
            )
    talk.clock.advance(minutes=1)


async def declared(talk: Talk) -> list[bool]:
    """Of each photo that is in a report, whether no child can be recognised in it."""
    async with talk.database.reading() as session:
        found = await session.execute(select(PhotoDeclaration))
        return [one.no_child_declared for one in found.scalars()]


async def newest(talk: Talk, made: Reported) -> Reported:
    async with talk.database.reading() as session:
        found = await reports.get(session, made.report.id)
    assert found is not None
    return found


async def test_of_two_at_once_one_reports_and_the_other_is_told(village: Talk, kind: Kind):
    await joined_by_son(village)
    for who in (LAN, SON):
        await village.opened(who, kind.command)
        for words in (*kind.answers, "gui sau", "khong"):
            await village.said(who, words)
    await village.said(LAN, "gui")
    late = await village.said(SON, "gui")
    assert "Cô Lan đã" in late.text
    assert len(await reported(village)) == 1
    await proved(village)


async def test_what_is_corrected_of_the_children_holds_for_all_photos_of_the_report(
    village: Talk, kind: Kind
):
    made = await sent(village, kind, photos=("a", "b"))
    assert await declared(village) == [True, True]
    await given_back(village, made, kind, "thấy mặt một cháu", step="children")
    asked = await village.pressed(LAN, "Sửa báo cáo")
    assert "thấy mặt một cháu" in asked.text
    review = await village.said(LAN, "2")
    assert "Ảnh: 2 ảnh" in review.text
    await village.said(LAN, "gui")
    assert (await newest(village, made)).version.version == 2
    assert await declared(village) == [False, False]
    await proved(village)


async def test_a_photo_that_is_taken_back_leaves_the_report_and_what_was_said_is_asked_again(
    village: Talk, kind: Kind
):
    made = await sent(village, kind, photos=("a", "b"))
    await given_back(village, made, kind, "ảnh thứ hai là của nơi khác", step="photos")
    await village.pressed(LAN, "Sửa báo cáo")
    await village.pressed(LAN, "Bỏ ảnh vừa gửi")
    asked = await village.said(LAN, "xong")
    assert "nhận ra được cháu nào" in asked.text
    assert not [label for label in asked.labels if label.startswith("Giữ nguyên")]
    await village.said(LAN, "2")
    await village.said(LAN, "gui")
    assert (await newest(village, made)).photos.alive == 1
    assert await declared(village) == [False]
    await proved(village)


async def test_photos_that_came_late_are_part_of_what_is_corrected_and_later_ones_stay(
    village: Talk, kind: Kind
):
    made = await sent(village, kind)
    await village.pressed(LAN, f"Gửi ảnh cho {display(made.report.code)}")
    for words in ("<photo>", "xong", "1"):
        await (village.sent_photo(LAN, "a") if words == "<photo>" else village.said(LAN, words))
    await given_back(village, made, kind)
    await village.pressed(LAN, "Sửa báo cáo")
    await village.said(LAN, kind.right)
    async with acting(village, LAN) as context:
        late = await context.keep_photo(SentPhoto("file-z", "unique-z"))
        await late_photos.add(
            context.session, [late], made.report.id,
            no_child_declared=False, by=context.person.id, now=context.now,
        )  # fmt: skip
    await village.said(LAN, "gui")
    again = await newest(village, made)
    assert (again.version.version, again.photos.alive) == (2, 2)
    assert await declared(village) == [True, False]
    await proved(village)


async def test_a_report_is_corrected_on_another_day_than_the_one_it_is_of(
    village: Talk, kind: Kind
):
    made = await sent(village, kind)
    await given_back(village, made, kind)
    village.clock.advance(days=1)
    await village.pressed(LAN, "Sửa báo cáo")
    await village.said(LAN, kind.right)
    receipt = await village.said(LAN, "gui")
    assert display(made.report.code) in receipt.text
    again = await newest(village, made)
    assert (again.version.version, again.report.day) == (2, made.report.day)


@ON_ONE_STORE
async def test_the_officers_card_follows_what_an_officer_has_checked(village: Talk, kind: Kind):
    made = await sent(village, kind)
    await given_back(village, made, kind)
    assert "Đang chờ kiểm tra: 0" in village.phone(MINH).last.text
    await village.pressed(LAN, "Sửa báo cáo")
    await village.said(LAN, kind.right)
    await village.said(LAN, "gui")
    assert "Đang chờ kiểm tra: 1" in village.phone(MINH).last.text
    async with acting(village, MINH) as context:
        await returns.find_right(context, await newest(village, made))
    await village.deliver()
    assert "Đang chờ kiểm tra: 0" in village.phone(MINH).last.text
    await proved(village)


@ON_ONE_STORE
async def test_only_who_looks_after_the_site_checks_its_reports(village: Talk, kind: Kind):
    made = await sent(village, kind)
    with pytest.raises(Refused):
        async with acting(village, HOA) as context:
            await returns.give_back(context, made, step=kind.step, why="đếm lại giúp")
    assert (await newest(village, made)).report.state == "waiting"


@ON_ONE_STORE
async def test_a_correction_that_was_put_away_is_still_found(village: Talk, kind: Kind):
    made = await sent(village, kind)
    await given_back(village, made, kind)
    await village.pressed(LAN, "Sửa báo cáo")
    await village.said(LAN, "huy")
    home = await village.opened(LAN)
    assert "Báo cáo đã gửi: 1 đang chờ" in home.text
    await village.opened(LAN, "dabaocao")
    asked = await village.pressed(LAN, f"Sửa {display(made.report.code)}")
    assert kind.asked in asked.text
    assert "đếm lại giúp" in asked.text
    await village.said(LAN, kind.right)
    await village.said(LAN, "gui")
    assert (await newest(village, made)).version.version == 2
    assert "Báo cáo đã gửi: 1 đang chờ" not in (await village.opened(LAN)).text


@ON_ONE_STORE
async def test_pressing_correct_again_goes_on_with_the_same_correction(village: Talk, kind: Kind):
    made = await sent(village, kind)
    await given_back(village, made, kind)
    card = village.phone(LAN).last
    first = await village.pressed(LAN, "Sửa báo cáo", on=card)
    await village.said(LAN, kind.right)
    again = await village.pressed(LAN, "Sửa báo cáo", on=card)
    assert again.screen.draft == first.screen.draft
    assert f": {kind.right}" in again.text
    await village.said(LAN, "gui")
    over = await village.pressed(LAN, "Sửa báo cáo", on=card)
    assert "không còn chờ sửa" in over.text


@ON_ONE_STORE
async def test_a_return_reaches_whoever_is_left_and_is_not_made_where_nobody_is(
    village: Talk, kind: Kind
):
    made = await sent(village, kind)
    await moved(village, LAN, LUNG_VAI)
    with pytest.raises(Refused):
        await given_back(village, made, kind)
    assert (await newest(village, made)).report.state == "waiting"
    await joined_by_son(village)
    await given_back(village, made, kind)
    assert "đếm lại giúp" in village.phone(SON).last.text
    assert display(made.report.code) in (await village.opened(SON, "dabaocao")).text
    await village.pressed(SON, f"Sửa {display(made.report.code)}")
    await village.said(SON, kind.right)
    await village.said(SON, "gui")
    again = await newest(village, made)
    assert (again.version.version, again.version.submitted_by) == (2, f"person-{SON}")


@ON_ONE_STORE
async def test_who_has_left_the_site_neither_corrects_nor_sees_its_reports(
    village: Talk, kind: Kind
):
    made = await sent(village, kind, photos=("a", "b"))
    await village.sent_photo(LAN, "c", album="x")
    asked = village.phone(LAN).last
    await given_back(village, made, kind)
    card = village.phone(LAN).last
    await village.pressed(LAN, "Sửa báo cáo")
    await village.said(LAN, kind.right)
    await village.said(LAN, "1")
    await moved(village, LAN, LUNG_VAI)
    refused = await village.said(LAN, "gui")
    assert "không còn báo cáo cho Điểm trường Nà Tềnh" in refused.text
    assert (await newest(village, made)).version.version == 1
    refused = await village.pressed(LAN, "Sửa báo cáo", on=card)
    assert "không còn báo cáo cho Điểm trường Nà Tềnh" in refused.text
    assert display(made.report.code) not in (await village.opened(LAN, "dabaocao")).text
    await village.said(LAN, "1", replying_to=asked)
    async with village.database.reading() as session:
        assert await late_photos.undeclared(session, [made.report.id]) == {made.report.id: 1}


@ON_ONE_STORE
async def test_whoever_is_offered_to_add_photos_may_add_them(village: Talk, kind: Kind):
    """Thầy Sơn has sent the newest version of what cô Lan reported first."""
    made = await sent(village, kind)
    await joined_by_son(village)
    await given_back(village, made, kind)
    await moved(village, LAN, LUNG_VAI)
    village.clock.advance(minutes=1)
    await village.opened(SON, "dabaocao")
    await village.pressed(SON, f"Sửa {display(made.report.code)}")
    await village.said(SON, kind.right)
    await village.said(SON, "gui")
    await moved(village, LAN, NA_TENH)
    await village.opened(LAN, "dabaocao")
    await village.pressed(LAN, f"Gửi ảnh cho {display(made.report.code)}")
    await village.sent_photo(LAN, "a")
    await village.said(LAN, "xong")
    added = await village.said(LAN, "1")
    assert "Đã thêm 1 ảnh" in added.text
    assert (await newest(village, made)).photos.alive == 1
    await proved(village)
