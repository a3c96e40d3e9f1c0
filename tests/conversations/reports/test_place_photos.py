"""A photo without a word is asked about where it may be of several things."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import select

from storage.help.photos import Photo
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in
from tests.talking import LAN, Talk


async def reports_without_photos(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(LAN, words)


async def test_a_photo_after_a_report_without_any_is_asked_about_and_joins_it(talk: Talk) -> None:
    await reports_without_photos(talk)
    asked = await talk.sent_photo(LAN, "a")
    assert "Ảnh này là của mục nào?" in asked.text
    more = await talk.sent_photo(LAN, "b")
    assert "Ảnh này là của mục nào?" in more.text
    collecting = await talk.said(LAN, "1")
    assert "2 ảnh" in collecting.text
    await talk.pressed(LAN, "Xong")
    await talk.pressed(LAN, "Không nhận ra cháu nào")
    [made] = await confirmations_in(talk)
    async with talk.database.reading() as session:
        photos = list((await session.execute(select(Photo))).scalars())
    assert [photo.report_id for photo in photos] == [made.id, made.id]
    talk.matches("reports/place_photos", {code_in(talk): "AB-2345-678"})


def code_in(talk: Talk) -> str:
    told = " ".join(talk.transcript).replace("(", " ").replace(")", " ")
    return next(word for word in told.split() if word.startswith("AB-"))


async def test_it_may_also_begin_the_report_of_what_still_waits(talk: Talk) -> None:
    await reports_without_photos(talk)
    await talk.sent_photo(LAN, "a")
    begun = await talk.said(LAN, "bao cao moi 30 chiec khan am")
    assert "Hàng đã về đủ chưa?" in begun.text
    for words in ("du", "hom nay"):
        collecting = await talk.said(LAN, words)
    assert "1 ảnh" in collecting.text
    await talk.pressed(LAN, "Xong")
    for words in ("khong nhan ra", "khong", "gui"):
        await talk.said(LAN, words)
    first, second = await confirmations_in(talk)
    async with talk.database.reading() as session:
        [photo] = (await session.execute(select(Photo))).scalars()
    assert photo.report_id in {first.id, second.id}
    assert photo.report_id == next(
        one.id for one in (first, second) if one.delivery_id == "d-scarves"
    )


async def test_nothing_is_asked_where_only_one_thing_waits_for_photos(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "2")
    for words in ("du", "hom nay", "gui sau", "khong", "gui"):
        await quick_talk.said(LAN, words)
    await reports_without_photos(quick_talk)
    asked = await quick_talk.sent_photo(LAN, "a")
    assert "Ảnh này là của mục nào?" not in asked.text
    assert "gửi cho báo cáo nào?" in asked.text


async def test_a_photo_that_comes_again_after_its_place_was_said_counts_once(talk: Talk) -> None:
    await reports_without_photos(talk)
    await talk.sent_photo(LAN, "a")
    await talk.said(LAN, "1")
    again = await talk.sent_photo(LAN, "a")
    assert "1 ảnh" in again.text


async def test_the_rest_of_an_album_follows_the_first_of_it_to_their_place(talk: Talk) -> None:
    await reports_without_photos(talk)
    await talk.sent_photo(LAN, "a", album="x")
    await talk.said(LAN, "bao cao moi 30 chiec khan am")
    await talk.opened(LAN)
    kept = await talk.sent_photo(LAN, "b", album="x")
    assert "Ảnh này là của mục nào?" not in kept.text
    going_on = next(label for label in kept.labels if "Tiếp tục" in label)
    await talk.pressed(LAN, going_on.partition(" ")[2])
    for words in ("du", "hom nay"):
        collecting = await talk.said(LAN, words)
    assert "2 ảnh" in collecting.text


async def test_a_second_tap_on_what_a_photo_shows_says_nothing_of_a_report_that_was_sent(
    quick_talk: Talk,
) -> None:
    await reports_without_photos(quick_talk)
    asked = replace(await quick_talk.sent_photo(LAN, "a"))
    new = next(label for label in asked.labels if "Báo cáo mới" in label)
    await quick_talk.pressed(LAN, new, on=asked)
    again = await quick_talk.pressed(LAN, new, on=asked)
    assert "đã được gửi" not in again.text
    assert "Nút này đã cũ" in quick_talk.phone(LAN).toasts[-1]
    assert "Hàng đã về đủ chưa?" in again.text
