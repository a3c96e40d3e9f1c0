"""An old button never acts: it says so, and the present card is there, with the way on to what it belonged to."""

from __future__ import annotations

from tests.talking import LAN, Shown, Talk

OLD = "Nút này đã cũ"


def as_it_stands(shown: Shown) -> Shown:
    """The card as somebody sees it who has not looked since."""
    return Shown(shown.message_id, shown.screen, shown.reader)


async def asked_how_it_arrived(talk: Talk) -> Shown:
    await talk.opened(LAN, "xacnhan")
    return as_it_stands(await talk.said(LAN, "1"))


async def test_a_card_of_what_was_set_aside_leads_home_and_from_there_back_to_it(
    quick_talk: Talk,
) -> None:
    await asked_how_it_arrived(quick_talk)
    card = as_it_stands(await quick_talk.said(LAN, "thieu"))
    await quick_talk.opened(LAN)
    home = await quick_talk.pressed(LAN, "Hủy", on=card)
    assert OLD in home.text
    assert OLD in quick_talk.phone(LAN).toasts[-1]
    assert "Kính chào cô Lan." in home.text
    back = await quick_talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông", on=home)
    assert "đếm được bao nhiêu" in back.text


async def test_it_leads_back_to_what_it_belonged_to_and_not_to_the_newest(quick_talk: Talk) -> None:
    card = await asked_how_it_arrived(quick_talk)
    quick_talk.clock.advance(minutes=1)
    await quick_talk.opened(LAN)
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.pressed(LAN, "Làm việc mới, vẫn giữ việc này")
    await quick_talk.said(LAN, "2")
    quick_talk.clock.advance(minutes=1)
    assert "Tiếp tục: 30 chiếc khăn ấm" in (await quick_talk.opened(LAN)).labels
    home = await quick_talk.pressed(LAN, "Đã nhận đủ, không hỏng", on=card)
    assert [one for one in home.labels if "Tiếp tục" in one] == ["Tiếp tục: 60 chiếc chăn bông"]
    assert "Xem mọi việc đang làm dở" in home.labels
    back = await quick_talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông", on=home)
    assert back.lines[0].startswith("60 chiếc chăn bông")


async def test_a_card_of_what_was_cancelled_leads_home_where_that_is_undone(
    quick_talk: Talk,
) -> None:
    card = await asked_how_it_arrived(quick_talk)
    await quick_talk.pressed(LAN, "Hủy", on=card)
    for _twice in range(2):
        home = await quick_talk.pressed(LAN, "Hủy", on=card)
        assert OLD in home.text
        assert "Kính chào cô Lan." in home.text
    back = await quick_talk.pressed(LAN, "Khôi phục việc vừa hủy", on=home)
    assert "Hàng đã về đủ chưa?" in back.text


async def test_beside_another_open_question_that_question_is_shown(quick_talk: Talk) -> None:
    card = await asked_how_it_arrived(quick_talk)
    await quick_talk.opened(LAN, "ngonngu")
    shown = await quick_talk.pressed(LAN, "Đã nhận đủ, không hỏng", on=card)
    assert OLD in shown.text
    assert "Hệ thống nên nhắn bằng ngôn ngữ nào?" in shown.text
    assert (await quick_talk.said(LAN, "English")).labels


async def test_a_card_below_which_something_was_only_shown_is_as_good_as_before(
    quick_talk: Talk,
) -> None:
    """A view leaves the question open, so its card is not an old one."""
    card = await asked_how_it_arrived(quick_talk)
    view = as_it_stands(await quick_talk.opened(LAN, "dabaocao"))
    asked = await quick_talk.pressed(LAN, "Thiếu, thừa hoặc có đồ hỏng", on=card)
    assert "đếm được bao nhiêu" in asked.text
    back = await quick_talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông", on=view)
    assert "đếm được bao nhiêu" in back.text


async def test_a_card_of_what_was_sent_says_so_and_home_is_there(quick_talk: Talk) -> None:
    card = await asked_how_it_arrived(quick_talk)
    for words in ("chua", "1", "khong", "gui"):
        await quick_talk.said(LAN, words)
    home = await quick_talk.pressed(LAN, "Đã nhận đủ, không hỏng", on=card)
    assert "đã được gửi rồi" in home.text
    assert "2. Báo cáo đã gửi" in home.labels
