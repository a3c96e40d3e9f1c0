"""How people come in: by invitation, as donors, or by asking their commune."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import col, select

from storage.database import Database
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.outbox import Message, MessageKind
from storage.people import invitations, people
from storage.people.people import Role
from tests.cast import CO_BA, NA_TENH, SINCE_MERGER, many_schools
from tests.talking import HOA, LAN, MINH, SON, THAO, Clock, Talk


async def invite(talk: Talk, role: Role = Role.SITE, at: str = NA_TENH) -> str:
    async with talk.database.writing() as session:
        return await invitations.create(session, role, at, None, talk.clock.now)


async def roles_of(talk: Talk, who: str) -> list[str]:
    async with talk.database.reading() as session:
        found = await people.by_addresses(session, [("telegram", who)])
        person = found["telegram", who]
        held = await people.memberships_of(session, [person.id], talk.clock.now)
    return [one.role for one in held[person.id]]


async def test_a_new_teacher_comes_through_an_invitation(talk: Talk) -> None:
    await talk.opened(SON, payload=await invite(talk))
    await talk.said(SON, "thay")
    welcome = await talk.said(SON, "Nông Văn Sơn")
    assert "Kính chào thầy Nông Văn Sơn" in welcome.text
    assert "Điểm trường Nà Tềnh" in welcome.text
    assert any("Xác nhận hàng đã nhận" in label for label in welcome.labels)
    assert await roles_of(talk, SON) == ["site"]
    talk.matches("people/join")


async def test_an_invitation_is_used_once(talk: Talk) -> None:
    """T40."""
    payload = await invite(talk)
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    await talk.said(SON, "Sơn")
    refused = await talk.opened("800001", payload=payload)
    assert "Lời mời này đã được dùng" in refused.text


async def test_whoever_presses_their_own_invitation_again_has_joined_and_sees_what_to_do(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    payload = await invite(talk)
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    await talk.said(SON, "Sơn")
    talk.clock.advance(days=30)
    again = await talk.opened(SON, payload=payload)
    assert "Thầy đã tham gia bằng lời mời này rồi" in again.text
    assert any("Xác nhận hàng đã nhận" in label for label in again.labels)
    assert await roles_of(talk, SON) == ["site"]


async def test_an_old_invitation_does_not_bring_back_a_role_that_ended(quick_talk: Talk) -> None:
    talk = quick_talk
    payload = await invite(talk)
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    await talk.said(SON, "Sơn")
    async with talk.database.writing() as session:
        son = (await people.by_addresses(session, [("telegram", SON)]))["telegram", SON]
        held = (await people.memberships_of(session, [son.id], talk.clock.now))[son.id]
        await people.end(session, held[0].id, by=None, now=talk.clock.now, reason="nghỉ hưu")
    talk.clock.advance(minutes=1)
    again = await talk.opened(SON, payload=payload)
    assert "đã kết thúc" in again.text
    assert await roles_of(talk, SON) == []


async def unfinished(talk: Talk) -> list[str]:
    """What somebody has begun and may go on with."""
    async with talk.database.reading() as session:
        begun = col(StoredDraft.state).in_([DraftState.LIVE, DraftState.PARKED])
        found = await session.execute(select(col(StoredDraft.conversation)).where(begun))
        return list(found.scalars())


async def test_an_invitation_pressed_twice_goes_on_where_it_was(quick_talk: Talk) -> None:
    talk = quick_talk
    payload = await invite(talk)
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    again = await talk.opened(SON, payload=payload)
    assert "họ và tên" in again.text
    assert "Tiếp tục từ chỗ đang dở" in again.text
    welcome = await talk.said(SON, "Sơn")
    assert "Kính chào thầy Sơn" in welcome.text
    assert "đang làm dở" not in welcome.text.lower()
    assert await unfinished(talk) == []


async def test_an_invitation_pressed_again_later_leaves_nothing_half_done(quick_talk: Talk) -> None:
    talk = quick_talk
    payload = await invite(talk)
    for _time in range(2):
        await talk.opened(SON, payload=payload)
        await talk.said(SON, "thay")
        await talk.opened(SON)
    assert await unfinished(talk) == ["join", "join"]
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    welcome = await talk.said(SON, "Sơn")
    assert not any("Tham gia theo lời mời" in label for label in welcome.labels)
    assert await unfinished(talk) == []


async def test_another_invitation_is_another_matter(quick_talk: Talk) -> None:
    await quick_talk.opened(SON, payload=await invite(quick_talk))
    await quick_talk.said(SON, "thay")
    shown = await quick_talk.opened(SON, payload=await invite(quick_talk, Role.LOCAL, CO_BA))
    assert "xưng hô" in shown.text
    await quick_talk.said(SON, "anh")
    assert "cán bộ xã" in (await quick_talk.said(SON, "Sơn")).text


async def test_an_invitation_expires(quick_talk: Talk) -> None:
    talk = quick_talk
    payload = await invite(talk)
    talk.clock.now += timedelta(days=15)
    refused = await talk.opened(SON, payload=payload)
    assert "đã hết hạn" in refused.text
    assert await roles_of(talk, SON) == []


async def test_a_link_that_is_not_ours_is_refused_kindly(quick_talk: Talk) -> None:
    for payload in ("abc", "x" * 64, "Ab_-" * 8):
        refused = await quick_talk.opened(SON, payload=payload)
        assert "không phải lời mời của hệ thống" in refused.text


async def test_whoever_holds_the_role_leaves_the_invitation_for_somebody_else(
    quick_talk: Talk,
) -> None:
    payload = await invite(quick_talk)
    await quick_talk.opened(LAN, payload=payload)
    refused = await quick_talk.said(LAN, "la toi")
    assert "đã có vai trò này" in refused.text
    await quick_talk.opened(SON, payload=payload)
    await quick_talk.said(SON, "thay")
    assert "Kính chào thầy" in (await quick_talk.said(SON, "Sơn")).text


async def test_only_communes_that_have_sites_are_offered_to_whoever_asks(
    quick_talk: Talk,
) -> None:
    await quick_talk.opened(SON)
    asked = await quick_talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    assert asked.labels == ["1. Xã Cô Ba", "2. Xã Cốc Pàng", "Hủy"]
    assert (await quick_talk.said(SON, "co ba")).button("Điểm trường Nà Tềnh")


async def test_where_no_commune_has_a_site_nobody_is_led_into_an_empty_list(
    sqlite_database: Database,
) -> None:
    talk = Talk(sqlite_database, Clock())
    await talk.opened(SON)
    shown = await talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    assert "chưa có trường, điểm trường nào" in shown.text


async def test_who_asked_to_join_sees_at_home_that_the_request_waits(quick_talk: Talk) -> None:
    await quick_talk.opened(SON)
    await quick_talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    for words in ("co ba", "na tenh", "thay", "Nông Văn Sơn", "gui"):
        await quick_talk.said(SON, words)
    waiting = "Đề nghị báo cáo thay mặt Điểm trường Nà Tềnh đang chờ xã xem xét."
    assert waiting in (await quick_talk.opened(SON)).text
    assert waiting not in (await quick_talk.opened(HOA)).text
    await quick_talk.opened(MINH)
    await quick_talk.pressed(MINH, "Xem và quyết định")
    await quick_talk.said(MINH, "khong dong y")
    await quick_talk.said(MINH, "chưa có tên trong danh sách")
    assert waiting not in (await quick_talk.opened(SON)).text


async def test_a_donor_reads_at_home_what_can_be_done_now_and_no_more(quick_talk: Talk) -> None:
    shown = await quick_talk.opened(HOA)
    assert "Hệ thống hiện chưa nhận đăng ký hỗ trợ." in shown.text
    assert shown.labels == ["1. Giới thiệu chương trình", "2. Tôi làm ở trường hoặc ở xã"]
    for who in (LAN, MINH, THAO):
        assert "đăng ký hỗ trợ" not in (await quick_talk.opened(who)).text


async def test_a_stranger_reads_where_they_are(quick_talk: Talk) -> None:
    home = await quick_talk.opened(SON)
    assert "Ấm Bản ghi nhận sự hỗ trợ đến với trẻ em" in home.text
    known = await quick_talk.opened(LAN)
    assert "Ấm Bản" not in known.text


async def test_a_donor_enters_at_once(quick_talk: Talk) -> None:
    talk = quick_talk
    shown = await talk.opened("800001")
    assert "Kính chào Quý vị" in shown.text
    await talk.pressed("800001", "Tôi muốn giúp các cháu")
    welcome = await talk.said("800001", "chi")
    assert "không hiển thị với ai" in welcome.text
    assert await roles_of(talk, "800001") == ["donor"]
    talk.matches("people/be_donor")


async def test_a_teacher_without_invitation_asks_and_the_commune_agrees(talk: Talk) -> None:
    await talk.opened(SON)
    await talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    several = await talk.said(SON, "co")
    assert "Có nhiều lựa chọn khớp" in several.text
    assert "\n1. Xã Cô Ba\n2. Xã Cốc Pàng\n" in several.text
    await talk.said(SON, "xa co ba")
    await talk.said(SON, "na tenh")
    await talk.said(SON, "thầy")
    await talk.said(SON, "Nông Văn Sơn")
    await talk.pressed(SON, "Gửi")
    card = talk.phone(MINH).last
    assert "Nông Văn Sơn" in card.text
    assert talk.phone(THAO).messages == []
    await talk.pressed(MINH, "Xem và quyết định")
    await talk.said(MINH, "dong y")
    assert "Xã đã đồng ý" in talk.phone(SON).last.text
    assert await roles_of(talk, SON) == ["site"]
    talk.matches("people/ask_to_join")


async def second_officer(talk: Talk, phone: str = "700009") -> str:
    """Chị Mai is an officer of xã Cô Ba, as anh Minh is."""
    async with talk.database.writing() as session:
        now = talk.clock.now
        mai = await people.meet(
            session, channel="telegram", address=phone, name="Mai", language="vi", now=now
        )
        mai.address = "chi"
        people.grant(
            session, mai.id, Role.LOCAL, by=None, now=now, unit_code=CO_BA, unit_from=SINCE_MERGER
        )
    talk.clock.advance(minutes=1)
    return phone


@pytest.mark.parametrize("agreed", [True, False])
async def test_the_second_officer_hears_who_decided(talk: Talk, agreed: bool) -> None:
    mai = await second_officer(talk)
    await talk.opened(SON)
    for words in ("3", "xa co ba", "na tenh", "thay", "Sơn", "1"):
        await talk.said(SON, words)
    asked = await talk.pressed(mai, "Xem và quyết định")
    await talk.pressed(MINH, "Xem và quyết định")
    for words in ("dong y",) if agreed else ("khong", "Trường không có ai tên như vậy"):
        await talk.said(MINH, words)
    late = await talk.pressed(mai, "Đồng ý", on=asked)
    told = "Anh Minh đã đồng ý đề nghị này rồi" if agreed else "Anh Minh đã từ chối đề nghị này rồi"
    assert told in late.text
    assert "Đã có lỗi" not in late.text
    await talk.said(mai, "huy")
    card = next(one for one in talk.phone(mai).messages if "xin tham gia" in one.text.lower())
    assert told in (await talk.pressed(mai, "Xem và quyết định", on=card)).text
    assert await roles_of(talk, SON) == (["site"] if agreed else [])


async def test_whoever_came_by_an_invitation_meanwhile_joins_only_once(talk: Talk) -> None:
    await talk.opened(SON)
    for words in ("3", "xa co ba", "na tenh", "thay", "Sơn", "1"):
        await talk.said(SON, words)
    await talk.opened(SON, payload=await invite(talk))
    await talk.said(SON, "thay")
    await talk.said(SON, "Sơn")
    await talk.pressed(MINH, "Xem và quyết định")
    await talk.said(MINH, "dong y")
    assert await roles_of(talk, SON) == ["site"]


async def test_the_commune_declines_and_says_why(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(SON)
    for words in ("3", "xa co ba", "na tenh", "thay", "Sơn", "1"):
        await talk.said(SON, words)
    await talk.pressed(MINH, "Xem và quyết định")
    await talk.said(MINH, "khong")
    await talk.said(MINH, "Trường không có ai tên như vậy")
    told = talk.phone(SON).last
    assert "Trường không có ai tên như vậy" in told.text
    assert await roles_of(talk, SON) == []
    talk.matches("people/decide_join")


async def test_an_officer_of_another_commune_cannot_decide(quick_talk: Talk) -> None:
    """T22."""
    await quick_talk.opened(SON)
    for words in ("3", "xa coc pang", "1", "thay", "Sơn", "1"):
        await quick_talk.said(SON, words)
    shown = await quick_talk.opened(MINH, "decide_join")
    assert "Hiện không có ai xin tham gia" in shown.text


async def test_a_long_list_has_pages(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        await many_schools(session, CO_BA)
    await quick_talk.opened(SON)
    await quick_talk.said(SON, "3")
    first = await quick_talk.said(SON, "xa co ba")
    assert "Trang 1/5" in first.text
    second = await quick_talk.said(SON, "xem them")
    assert "Trang 2/5" in second.text
    third = await quick_talk.pressed(SON, "Xem thêm ›")
    assert "Trang 3/5" in third.text
    assert any(label.startswith("11. ") for label in third.labels)
    many = await quick_talk.said(SON, "so")
    assert "Có 20 lựa chọn khớp. Vui lòng nhập rõ tên hơn." in many.text
    chosen = await quick_talk.said(SON, "22")
    assert "xưng hô" in chosen.text


async def test_a_person_without_a_role_reaches_public_things_only(quick_talk: Talk) -> None:
    for command in ("xacnhan", "dabaocao", "chokiemtra", "kehoach", "bangiao", "decide_join"):
        shown = await quick_talk.opened("800001", command)
        assert "không thuộc phần việc" in shown.text
    for command in ("xacnhan", "dabaocao", "chokiemtra", "kehoach", "bangiao"):
        shown = await quick_talk.opened(HOA, command)
        assert "không thuộc phần việc" in shown.text
    shown = await quick_talk.opened("800001", "chuongtrinh")
    assert "Đồ ấm" in shown.text


async def test_an_officer_comes_through_an_invitation(quick_talk: Talk) -> None:
    await quick_talk.opened(SON, payload=await invite(quick_talk, Role.LOCAL, CO_BA))
    await quick_talk.said(SON, "anh")
    welcome = await quick_talk.said(SON, "Sơn")
    assert "cán bộ xã, Xã Cô Ba" in welcome.text


async def test_everybody_may_read_what_the_programme_is(quick_talk: Talk) -> None:
    shown = await quick_talk.opened(HOA, "chuongtrinh")
    assert "Đồ ấm" in shown.text
    quick_talk.matches("programme/programme")


async def test_a_teacher_who_first_came_as_a_donor_may_still_ask_to_join(quick_talk: Talk) -> None:
    home = await quick_talk.opened(HOA)
    assert any("Tôi làm ở trường" in label for label in home.labels)


async def test_whoever_the_commune_let_in_gets_the_menu_of_their_role(quick_talk: Talk) -> None:
    await quick_talk.opened(SON)
    await quick_talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    for words in ("co ba", "na tenh", "thay", "Nông Văn Sơn", "gui"):
        await quick_talk.said(SON, words)
    await quick_talk.pressed(MINH, "Xem và quyết định")
    await quick_talk.said(MINH, "dong y")
    async with quick_talk.database.reading() as session:
        found = await session.execute(
            select(Message)
            .where(col(Message.chat) == SON, col(Message.kind) == MessageKind.COMMANDS)
            .order_by(col(Message.id).desc())
            .limit(1)
        )
        commands = [name for name, _text in found.scalar_one().body["commands"]]
    assert "xacnhan" in commands


async def test_whoever_was_let_in_need_not_finish_asking_again(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(SON)
    for words in ("3", "xa co ba", "na tenh", "thay", "Sơn", "1"):
        await talk.said(SON, words)
    await talk.opened(SON, "ask_to_join")
    await talk.said(SON, "xa co ba")
    await talk.pressed(MINH, "Xem và quyết định")
    await talk.said(MINH, "dong y")
    assert await unfinished(talk) == []
    home = await talk.opened(SON)
    assert "dở" not in home.text
