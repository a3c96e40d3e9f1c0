"""A reply belongs to the message that it replies to, whatever is being written."""

from __future__ import annotations

from tests.cast import BLANKETS
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in
from tests.talking import LAN, MINH, Shown, Talk


async def news_of_the_scarves(talk: Talk) -> Shown:
    """Anh Minh hands the scarves over, and cô Lan hears of it while she reports the blankets."""
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    await talk.opened(MINH, "bangiao")
    for words in ("khan", "anh Tuấn (mẫu)", "30", "hom nay", "gui"):
        await talk.said(MINH, words)
    return talk.phone(LAN).last


async def test_a_reply_to_news_is_said_of_that_delivery(talk: Talk) -> None:
    news = await news_of_the_scarves(talk)
    assert "30 chiếc khăn ấm" in news.text
    begun = await talk.said(LAN, "chưa nhận được", replying_to=news)
    assert begun.lines[0].startswith("30 chiếc khăn ấm")
    for words in ("1", "khong", "gui"):
        await talk.said(LAN, words)
    [made] = await confirmations_in(talk)
    assert (made.delivery_id, made.outcome) == ("d-scarves", "none")
    home = await talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text


async def test_a_reply_to_the_open_card_answers_it(quick_talk: Talk) -> None:
    await news_of_the_scarves(quick_talk)
    card = next(one for one in quick_talk.phone(LAN).messages if "Hàng đã về đủ chưa?" in one.text)
    asked = await quick_talk.said(LAN, "thieu", replying_to=card)
    assert asked.lines[0].startswith("60 chiếc chăn bông")
    assert "đếm được bao nhiêu" in asked.text


async def test_a_reply_to_what_was_set_aside_takes_it_up_again(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    card = await quick_talk.said(LAN, "1")
    await quick_talk.opened(LAN, "ngonngu")
    asked = await quick_talk.said(LAN, "thieu", replying_to=card)
    assert "đếm được bao nhiêu" in asked.text
    for words in ("45", "0", "duong kho di", "hom nay", "gui sau", "khong", "gui"):
        await quick_talk.said(LAN, words)
    [made] = await confirmations_in(quick_talk)
    assert (made.delivery_id, made.received) == (BLANKETS, 45)


async def test_a_reply_to_a_message_that_nobody_knows_is_heard_like_any_word(
    quick_talk: Talk,
) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    card = await quick_talk.said(LAN, "1")
    unknown = Shown("999999", card.screen, card.reader)
    asked = await quick_talk.said(LAN, "thieu", replying_to=unknown)
    assert "đếm được bao nhiêu" in asked.text
