"""Back, cancel, edit, old buttons, parked drafts: nobody is lost and nothing is."""

from __future__ import annotations

import re

import pytest

from conversations.kit import Button, Screen
from conversations.kit.events import CameBack, EditedMessage, LeftUs, SentContact, SentLocation
from locales import Reader
from storage.people import people
from storage.people.people import Role
from tests.cast import CO_BA, NA_TENH, found_a_site
from tests.talking import EVENTS, HOA, LAN, MINH, TRANSCRIPTS, Shown, Talk

EVENTS.update(
    left=LeftUs,
    back=CameBack,
    location=SentLocation,
    contact=SentContact,
    edited=lambda: EditedMessage("46"),
)


async def counting(talk: Talk) -> None:
    """Cô Lan is asked how many she counted."""
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    await talk.said(LAN, "thieu")


async def test_back_offers_the_answer_and_keeps_later_ones(talk: Talk) -> None:
    """T17."""
    await counting(talk)
    await talk.said(LAN, "45")
    await talk.said(LAN, "2")
    await talk.said(LAN, "lùi")
    again = await talk.said(LAN, "lui")
    assert "Giữ nguyên: 45 chiếc chăn bông" in again.labels
    kept = await talk.said(LAN, "giu")
    assert "Giữ nguyên: 2 chiếc chăn bông" in kept.labels
    talk.matches("lobby/ways.back")


async def test_back_at_the_first_question_says_so(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    shown = await quick_talk.said(LAN, "lui")
    assert "Đây là câu đầu tiên" in shown.text


async def test_an_edit_drops_only_what_no_longer_holds(quick_talk: Talk) -> None:
    await counting(quick_talk)
    for words in ("45", "40", "1", "hom nay", "gui sau", "ghi chu cua co"):
        await quick_talk.said(LAN, words)
    await quick_talk.said(LAN, "sua so dem duoc")
    after = await quick_talk.said(LAN, "30")
    assert "Trong đó bao nhiêu bị hỏng?" in after.text
    review = await quick_talk.said(LAN, "0")
    assert "Số đếm được: 30 chiếc chăn bông" in review.text
    assert "ghi chu cua co" in review.text


async def test_cancel_can_be_undone(quick_talk: Talk) -> None:
    talk = quick_talk
    await counting(talk)
    await talk.said(LAN, "45")
    home = await talk.said(LAN, "hủy")
    assert "Chưa có gì được gửi đi" in home.text
    again = await talk.pressed(LAN, "Khôi phục việc vừa hủy")
    assert "Trong đó bao nhiêu bị hỏng?" in again.text
    talk.matches("lobby/ways.cancel")


async def test_start_sets_the_draft_aside_and_offers_it(quick_talk: Talk) -> None:
    """T17: /start works in every state."""
    talk = quick_talk
    await counting(talk)
    home = await talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text
    await talk.said(LAN, "tiep tuc")
    assert "đếm được bao nhiêu" in talk.phone(LAN).last.text
    await talk.opened(LAN)
    offered = await talk.opened(LAN, "xacnhan")
    assert "60 chiếc chăn bông" in offered.text
    assert [label[3:] for label in offered.labels] == [
        "Tiếp tục",
        "Làm việc mới, vẫn giữ việc này",
        "Bỏ và làm lại từ đầu",
    ]
    anew = await talk.pressed(LAN, "Bỏ và làm lại từ đầu")
    assert "Xác nhận đợt hàng nào?" in anew.text
    talk.matches("lobby/ways.parked")


async def test_what_is_put_away_is_not_offered_again(quick_talk: Talk) -> None:
    talk = quick_talk
    await counting(talk)
    await talk.opened(LAN)
    home = await talk.said(LAN, "bo di")
    assert "Đã bỏ việc đang làm dở" in home.text
    assert "Đang làm dở" not in home.text


async def test_what_was_put_away_by_mistake_comes_back(quick_talk: Talk) -> None:
    talk = quick_talk
    await counting(talk)
    await talk.opened(LAN)
    await talk.said(LAN, "bo di")
    again = await talk.said(LAN, "khoi phuc")
    assert "đếm được bao nhiêu" in again.text


async def test_something_new_is_begun_beside_what_is_half_done(quick_talk: Talk) -> None:
    talk = quick_talk
    await counting(talk)
    await talk.opened(LAN)
    await talk.opened(LAN, "xacnhan")
    anew = await talk.said(LAN, "2")
    assert "Xác nhận đợt hàng nào?" in anew.text
    await talk.said(LAN, "2")
    home = await talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text
    assert "Đang làm dở: 30 chiếc khăn ấm" in home.text


async def test_an_old_button_never_acts(quick_talk: Talk) -> None:
    """T15: it says so and shows the present card."""
    talk = quick_talk
    await counting(talk)
    old = next(one for one in talk.phone(LAN).messages if "Hàng đã về đủ chưa?" in one.text)
    await talk.said(LAN, "45")
    shown = await talk.pressed(LAN, "Đã nhận đủ, không hỏng", on=old)
    assert "Nút này đã cũ" in shown.text
    assert "Trong đó bao nhiêu bị hỏng?" in shown.text
    assert "Nút này đã cũ" in talk.phone(LAN).toasts[-1]


async def test_a_button_of_what_was_sent_says_that_it_was_sent(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "chua", "1", "khong"):
        await talk.said(LAN, words)
    review = talk.phone(LAN).last
    button = review.button("Gửi")
    old = type(review)(review.message_id, review.screen, review.reader)
    await talk.pressed(LAN, "Gửi")
    shown = await talk.pressed_button(LAN, button, old)
    assert "đã được gửi rồi" in talk.phone(LAN).toasts[-1]
    assert "Mã biên nhận" in shown.text


async def test_somebody_elses_button_does_nothing(quick_talk: Talk) -> None:
    """T15: a stranger's press."""
    talk = quick_talk
    await counting(talk)
    card = talk.phone(LAN).last
    await talk.pressed_button(HOA, card.button("Lùi"), card)
    assert "dành cho người khác" in talk.phone(HOA).toasts[-1]
    after = await talk.said(LAN, "45")
    assert "Trong đó bao nhiêu bị hỏng?" in after.text


@pytest.mark.parametrize("kind", ["resume", "drop", "fresh", "beside"])
@pytest.mark.parametrize("busy", [False, True])
async def test_nobody_takes_up_or_puts_away_what_another_began(
    quick_talk: Talk, kind: str, busy: bool
) -> None:
    """A button for a draft says so too when it was forwarded, or made up."""
    await counting(quick_talk)
    begun = quick_talk.phone(LAN).last.screen.draft
    await quick_talk.opened(LAN)
    if busy:
        await quick_talk.opened(MINH, "kehoach")
    else:
        await quick_talk.opened(MINH)
    for draft in (begun, "nonsense"):
        shown = await quick_talk.pressed_button(
            MINH, Button("Tiếp tục", f"{kind}:{draft}"), Shown("1", Screen(), Reader())
        )
        assert "dành cho người khác" in shown.text
        assert "dành cho người khác" in quick_talk.phone(MINH).toasts[-1]
        assert ("Giao hàng đến trường, điểm trường nào?" in shown.text) == busy
    home = await quick_talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text


async def test_what_a_role_began_is_not_offered_after_the_role(quick_talk: Talk) -> None:
    await counting(quick_talk)
    parked = await quick_talk.opened(LAN)
    go_on = next(one for row in parked.screen.rows for one in row if "resume" in one.action)
    anew = Button("Làm mới", go_on.action.replace("resume", "fresh"))
    async with quick_talk.database.writing() as session:
        now = quick_talk.clock.now
        held = await people.memberships_of(session, [f"person-{LAN}"], now)
        for one in held[f"person-{LAN}"]:
            await people.end(session, one.id, by=None, now=now, reason="nghỉ việc")
        people.grant(session, f"person-{LAN}", Role.DONOR, by=None, now=now)
    quick_talk.clock.advance(minutes=1)
    home = await quick_talk.opened(LAN)
    assert "Đang làm dở" not in home.text
    for button in (go_on, anew):
        shown = await quick_talk.pressed_button(LAN, button, home)
        assert "không" in shown.text
        assert "phần việc" in shown.text
        assert "Xác nhận đợt hàng nào?" not in shown.text


@pytest.mark.parametrize("label", ["Làm việc mới, vẫn giữ việc này", "Bỏ và làm lại từ đầu"])
async def test_what_was_begun_is_kept_for_whoever_may_not_begin_anew(
    quick_talk: Talk, label: str
) -> None:
    await counting(quick_talk)
    await quick_talk.opened(LAN)
    offered = await quick_talk.opened(LAN, "xacnhan")
    async with quick_talk.database.writing() as session:
        now = quick_talk.clock.now
        held = await people.memberships_of(session, [f"person-{LAN}"], now)
        for one in held[f"person-{LAN}"]:
            await people.end(session, one.id, by=None, now=now, reason="nhầm người")
    quick_talk.clock.advance(minutes=1)
    refused = await quick_talk.pressed(LAN, label, offered)
    assert "phần việc" in refused.text
    async with quick_talk.database.writing() as session:
        now = quick_talk.clock.now
        one = f"person-{LAN}"
        people.grant(session, one, Role.SITE, by=None, now=now, site_code=NA_TENH)
    home = await quick_talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text


async def test_a_button_of_an_older_deploy_does_nothing(quick_talk: Talk) -> None:
    """T15: an answer that is no longer one, something to open that is gone, and a sort of button nobody knows."""
    talk = quick_talk
    await counting(talk)
    card = talk.phone(LAN).last
    for action in ("an-answer-of-old", "pick:99", "back-then"):
        shown = await talk.pressed_button(LAN, Button("Cũ", action), card)
        assert "đếm được bao nhiêu" in shown.text
        card = talk.phone(LAN).last
    home = await talk.opened(MINH)
    for action in ("open:an_old_conversation", "resume:an-old-draft", "an-old-sort:x"):
        shown = await talk.pressed_button(MINH, Button("Cũ", action), home)
        assert "Kính chào anh Minh." in shown.text
    after = await talk.said(LAN, "45")
    assert "Trong đó bao nhiêu bị hỏng?" in after.text


async def test_tap_and_text_in_either_order(talk: Talk) -> None:
    """T12: the second finds the question gone, and the present one is shown."""
    await talk.opened(LAN, "xacnhan")
    asked = await talk.said(LAN, "1")
    button = asked.button("Thiếu, thừa hoặc có đồ hỏng")
    tap = {
        "kind": "pressed",
        "action": button.action,
        "draft": asked.screen.draft,
        "revision": asked.screen.revision,
        "message": asked.message_id,
    }
    await talk.arrives(LAN, {"kind": "said", "text": "thieu"})
    await talk.arrives(LAN, tap)
    await talk.answer_all()
    assert "đếm được bao nhiêu" in talk.phone(LAN).last.text


async def test_twenty_answers_at_once_fill_the_questions_in_order(talk: Talk) -> None:
    """T13."""
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45", "2", "duong kho", "hom nay", "gui sau", "khong", "gui"):
        await talk.arrives(LAN, {"kind": "said", "text": words})
    for _more in range(11):
        await talk.arrives(LAN, {"kind": "said", "text": "xin chao"})
    await talk.answer_all()
    texts = [one.text for one in talk.phone(LAN).messages]
    assert sum("Mã biên nhận" in text for text in texts) == 1


async def test_a_message_changed_afterwards_does_not_advance(quick_talk: Talk) -> None:
    """T18."""
    talk = quick_talk
    await counting(talk)
    await talk.said(LAN, "45")
    await talk.arrives(LAN, {"kind": "edited"})
    await talk.answer_all()
    shown = talk.phone(LAN).last
    assert "Hệ thống không đọc lại tin nhắn đã sửa" in shown.text
    assert "Trong đó bao nhiêu bị hỏng?" in shown.text


async def test_home_answers_numbers_words_and_what_it_does_not_know(quick_talk: Talk) -> None:
    shown = await quick_talk.said(LAN, "bao cao da gui")
    assert "Báo cáo cô đã gửi" in shown.text
    shown = await quick_talk.said(LAN, "2")
    assert "Báo cáo cô đã gửi" in shown.text
    shown = await quick_talk.said(LAN, "blah blah")
    assert "Hệ thống chưa hiểu" in shown.text
    shown = await quick_talk.said(LAN, "xin chào")
    assert "Kính chào cô Lan" in shown.text
    shown = await quick_talk.said(LAN, "trợ giúp")
    assert "Cách dùng hệ thống" in shown.text
    shown = await quick_talk.opened(LAN, "khongcolenhnay")
    assert "không có lệnh này" in shown.text
    shown = await quick_talk.said(LAN, "huy")
    assert "không có việc nào đang làm dở" in shown.text


async def test_help_leaves_the_draft_open(quick_talk: Talk) -> None:
    await counting(quick_talk)
    shown = await quick_talk.opened(LAN, "trogiup")
    assert "Việc đang làm vẫn được giữ" in shown.text
    after = await quick_talk.said(LAN, "45")
    assert "Trong đó bao nhiêu bị hỏng?" in after.text


async def test_places_and_contacts_are_answered_and_not_kept(quick_talk: Talk) -> None:
    for kind in ("location", "contact"):
        await quick_talk.arrives(LAN, {"kind": kind})
        await quick_talk.answer_all()
        assert "không dùng được ở đây" in quick_talk.phone(LAN).last.text


async def test_who_blocked_us_is_told_nothing_until_they_come_back(talk: Talk) -> None:
    await talk.arrives(MINH, {"kind": "left"})
    await talk.answer_all()
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "chua", "1", "khong", "gui"):
        await talk.said(LAN, words)
    assert talk.phone(MINH).messages == []
    await talk.arrives(MINH, {"kind": "back"})
    await talk.answer_all()
    home = await talk.opened(MINH)
    assert "Báo cáo chờ kiểm tra: 1 đang chờ" in home.text


async def test_when_a_teacher_cannot_be_reached_the_commune_is_told_once(talk: Talk) -> None:
    await talk.opened(LAN)
    await talk.arrives(LAN, {"kind": "left"})
    await talk.arrives(LAN, {"kind": "left"})
    await talk.answer_all()
    told = [one for one in talk.phone(MINH).messages if "không liên lạc được" in one.text]
    assert ["Lan" in one.text for one in told] == [True]


async def test_another_language_for_those_who_want_it(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "ngonngu")
    await quick_talk.said(LAN, "English")
    home = await quick_talk.opened(LAN)
    assert "What would you like to do?" in home.text
    asked = await quick_talk.said(LAN, "1")
    assert "60 quilts" in " ".join(asked.labels)
    asked = await quick_talk.said(LAN, "1")
    assert "Did everything arrive?" in asked.text
    asked = await quick_talk.said(LAN, "thieu")
    assert "How many quilts did you count?" in asked.text
    quick_talk.matches("people/language")


async def test_thousands_of_digits_are_no_choice(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for typed in ("⑩" * 4000, "9" * 4096):
        shown = await quick_talk.said(LAN, typed)
        assert "Vui lòng chọn một số từ 1 đến 2" in shown.text


async def two_half_done(talk: Talk) -> None:
    """Cô Lan has begun to report the blankets, then the scarves, and finished neither."""
    for number in ("1", "2"):
        await talk.opened(LAN, "xacnhan")
        if number == "2":
            await talk.pressed(LAN, "Làm việc mới, vẫn giữ việc này")
        await talk.said(LAN, number)
        talk.clock.advance(minutes=1)
        await talk.opened(LAN)


async def test_what_is_half_done_has_buttons_that_say_what_it_is(quick_talk: Talk) -> None:
    await two_half_done(quick_talk)
    assert quick_talk.phone(LAN).last.labels[-2:] == [
        "Tiếp tục: 30 chiếc khăn ấm",
        "Xem mọi việc đang làm dở",
    ]
    listed = await quick_talk.said(LAN, "viec do")
    assert listed.labels[:4] == [
        "1. Tiếp tục: 30 chiếc khăn ấm",
        "2. Bỏ: 30 chiếc khăn ấm",
        "3. Tiếp tục: 60 chiếc chăn bông",
        "4. Bỏ: 60 chiếc chăn bông",
    ]
    resumed = await quick_talk.said(LAN, "3")
    assert resumed.lines[0].startswith("60 chiếc chăn bông")


async def test_what_is_half_done_never_shifts_a_number_of_the_menu(quick_talk: Talk) -> None:
    before = [one for one in (await quick_talk.opened(LAN)).labels if one[0].isdecimal()]
    await two_half_done(quick_talk)
    after = [one for one in quick_talk.phone(LAN).last.labels if one[0].isdecimal()]
    assert after == before


@pytest.mark.parametrize("words", ["huy", "lui"])
async def test_who_wants_out_hears_what_was_set_aside(quick_talk: Talk, words: str) -> None:
    assert "Hiện không có việc nào đang làm dở" in (await quick_talk.said(LAN, words)).text
    await counting(quick_talk)
    await quick_talk.opened(LAN)
    shown = await quick_talk.said(LAN, words)
    assert "Việc đang làm dở: bấm Bỏ ở bên dưới nếu không cần nữa." in shown.text
    await quick_talk.pressed(LAN, "Bỏ: 60 chiếc chăn bông")
    await two_half_done(quick_talk)
    shown = await quick_talk.said(LAN, words)
    assert (
        "Hiện không có việc nào đang mở. Các việc đang làm dở: bấm “Xem mọi việc đang làm dở” ở bên dưới."
        in shown.text
    )
    assert "không có việc nào đang làm dở" not in shown.text
    await quick_talk.pressed(LAN, "Xem mọi việc đang làm dở")
    away = await quick_talk.pressed(LAN, "Bỏ: 60 chiếc chăn bông")
    assert not any("60 chiếc chăn bông" in label for label in away.labels)


def test_no_button_is_longer_than_a_small_phone_shows() -> None:
    """Telegram cuts what is longer than some forty letters."""
    buttons = {
        label
        for told in TRANSCRIPTS.rglob("*.txt")
        for line in told.read_text(encoding="utf-8").splitlines()
        if line.startswith("    [")
        for label in re.findall(r"\[([^\]]+)\]", line)
    }
    assert "1. 60 chiếc chăn bông" in buttons
    assert [label for label in sorted(buttons) if len(label) > 40] == []


async def test_a_long_name_is_cut_on_its_button_and_whole_above(quick_talk: Talk) -> None:
    name = "Trường Phổ thông Dân tộc Bán trú Tiểu học và Trung học cơ sở Măng Non"
    async with quick_talk.database.writing() as session:
        await found_a_site(session, "S-MANGNON", name, CO_BA)
    asked = await quick_talk.opened(MINH, "kehoach")
    [label] = [one for one in asked.labels if "Phổ thông" in one]
    assert label.endswith("Trường Phổ thông Dân tộc Bán trú…")
    assert any(line.endswith(name) for line in asked.lines)
    chosen = await quick_talk.said(MINH, name)
    assert f"✓ Trường, điểm trường: {name}" in chosen.text
