"""Photos come in every shape, and so does what is no photo: each is answered, and nothing said before is lost."""

from __future__ import annotations

import pytest
from sqlmodel import col, select

from conversations.kit.events import SentContact, SentLocation
from storage.help.photos import Photo
from tests.talking import EVENTS, LAN, Shown, Talk

EVENTS.update(location=SentLocation, contact=SentContact)

ANSWERS = {
    "video": "Đoạn video không dùng được ở đây",
    "video_note": "Tin video tròn không dùng được",
    "animation": "Ảnh động (GIF) không dùng được",
    "sticker": "Nhãn dán không dùng được",
    "voice": "Hệ thống không nghe được tin thoại",
    "audio": "Hệ thống không nghe được tệp âm thanh",
    "document": "Có thể gửi tệp ảnh JPG, PNG, WEBP hoặc HEIC, tối đa 20 MB",
    "location": "Vị trí trên bản đồ không dùng được",
    "contact": "Danh bạ là dữ liệu cá nhân",
    "other": "Nội dung vừa gửi không dùng được ở đây",
}
MB = 1024 * 1024


async def photos_in(talk: Talk) -> list[Photo]:
    async with talk.database.reading() as session:
        return list((await session.execute(select(Photo).order_by(col(Photo.id)))).scalars())


async def to_the_photos(talk: Talk) -> None:
    """Cô Lan has sixty blankets, and is asked for photos."""
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay"):
        await talk.said(LAN, words)


async def sends(talk: Talk, kind: str, caption: str = "") -> Shown:
    if kind not in {"location", "contact"}:
        return await talk.sent_file(LAN, kind, caption)
    talk._write(LAN, f"<{kind}>")
    await talk.arrives(LAN, {"kind": kind})
    await talk.answer_all()
    return talk.phone(LAN).last


async def test_each_thing_that_is_no_photo_has_its_own_answer(quick_talk: Talk) -> None:
    """T20."""
    assert len(set(ANSWERS.values())) == len(ANSWERS)
    await to_the_photos(quick_talk)
    for kind, answer in ANSWERS.items():
        shown = await sends(quick_talk, kind)
        assert answer in shown.text
        assert "Vui lòng gửi ảnh chụp hàng" in shown.text
    after = await quick_talk.sent_photo(LAN, "a")
    assert "Đã nhận 1 ảnh" in after.text
    quick_talk.matches("reports/photos.in_every_shape")


@pytest.mark.parametrize("kind", [kind for kind in ANSWERS if kind != "other"])
async def test_it_has_its_own_answer_at_every_question_and_at_none(
    quick_talk: Talk, kind: str
) -> None:
    home = await sends(quick_talk, kind)
    assert ANSWERS[kind] in home.text
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    asked = await sends(quick_talk, kind)
    assert ANSWERS[kind] in asked.text
    assert "Hàng đã về đủ chưa?" in asked.text


async def test_words_sent_with_a_video_are_said_back(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    shown = await sends(quick_talk, "video", "45/60 chăn <b>{you}</b>")
    assert "“45/60 chăn <b>{you}</b>”. Vui lòng gửi riêng phần chữ này" in shown.text
    long = await sends(quick_talk, "document", "x" * 1024)
    assert "“" + "x" * 200 + "…”" in long.text


async def test_a_picture_sent_as_a_file_is_a_photo_like_any_other(talk: Talk) -> None:
    await to_the_photos(talk)
    await talk.sent_photo(LAN, "a", as_file=True, album="x", size=20 * MB)
    shown = await talk.sent_photo(LAN, "b", as_file=True, album="x", size=4 * MB)
    assert "Đã nhận 2 ảnh" in shown.text
    assert [(one.as_file, one.album) for one in await photos_in(talk)] == [(True, "x")] * 2


async def test_a_picture_of_more_than_20_mb_is_not_promised(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    shown = await quick_talk.sent_photo(LAN, "b", as_file=True, size=20 * MB + 1)
    assert "Ảnh này nặng 21 MB, hệ thống chỉ tải được tối đa 20 MB" in shown.text
    assert "Đã nhận 1 ảnh" in shown.text
    assert len(await photos_in(quick_talk)) == 1
    await quick_talk.said(LAN, "xong")
    at_the_children = await quick_talk.sent_photo(LAN, "c", as_file=True, size=25 * MB)
    assert "Ảnh này nặng 25 MB" in at_the_children.text
    assert "Trong ảnh có nhận ra được cháu nào không?" in at_the_children.text


async def test_the_words_under_a_picture_that_is_too_large_count_all_the_same(
    quick_talk: Talk,
) -> None:
    shown = await quick_talk.sent_photo(LAN, "a", caption="45/60 chăn", as_file=True, size=25 * MB)
    assert "Ảnh này nặng 25 MB" in shown.text
    assert "✓ Số đếm được: 45 chiếc chăn bông" in shown.text
    assert await photos_in(quick_talk) == []


async def test_a_photo_as_a_file_before_its_question_is_kept_with_the_report(
    quick_talk: Talk,
) -> None:
    begun = await quick_talk.sent_photo(LAN, "a", as_file=True)
    assert "Ảnh đã đến" in begun.text
    for words in ("1", "du", "hom nay"):
        await quick_talk.said(LAN, words)
    assert "Đã nhận 1 ảnh" in quick_talk.phone(LAN).last.text


async def test_the_same_picture_twice_counts_once(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    shown = await quick_talk.sent_photo(LAN, "a")
    assert "Đã nhận 1 ảnh" in shown.text
    assert len(await photos_in(quick_talk)) == 1


async def test_photos_of_an_empty_place_belong_to_the_report_that_nothing_came(
    talk: Talk,
) -> None:
    await talk.sent_photo(LAN, "a")
    for words in ("1", "chua nhan", "1"):
        await talk.said(LAN, words)
    assert "Đã nhận 1 ảnh" in talk.phone(LAN).last.text
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    [photo] = await photos_in(talk)
    assert photo.report_id is not None
    reports = await talk.opened(LAN, "dabaocao")
    assert "Đang tải 1 ảnh" in reports.text


async def test_a_photo_sent_by_mistake_is_taken_back(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    before = await quick_talk.sent_photo(LAN, "a")
    await quick_talk.sent_photo(LAN, "b")
    shown = await quick_talk.pressed(LAN, "Bỏ ảnh vừa gửi")
    assert "Đã nhận 1 ảnh" in shown.text
    assert shown.labels == before.labels
    again = await quick_talk.said(LAN, "gửi nhầm ảnh")
    assert "Đã nhận" not in again.text
    assert again.button("Chưa có ảnh, gửi sau")
    quick_talk.matches("reports/photos.taken_back")


@pytest.mark.parametrize("words", ["bo anh vua gui", "bỏ ảnh", "bo anh", "nhầm ảnh rồi ạ"])
async def test_it_is_taken_back_in_words_too(quick_talk: Talk, words: str) -> None:
    await to_the_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    await quick_talk.sent_photo(LAN, "b")
    assert "Đã nhận 1 ảnh" in (await quick_talk.said(LAN, words)).text


async def test_what_was_taken_back_is_not_in_the_report_and_may_come_again(
    quick_talk: Talk,
) -> None:
    await to_the_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    await quick_talk.sent_photo(LAN, "b")
    await quick_talk.said(LAN, "bo anh")
    await quick_talk.sent_photo(LAN, "c")
    assert "Đã nhận 3 ảnh" in (await quick_talk.sent_photo(LAN, "b")).text
    await quick_talk.said(LAN, "bo anh")
    for words in ("xong", "1", "khong", "gui"):
        await quick_talk.said(LAN, words)
    reported = {one.file_id for one in await photos_in(quick_talk) if one.report_id}
    assert reported == {"file-a", "file-c"}


async def test_a_second_tap_takes_back_no_second_photo(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    for name in ("a", "b", "c"):
        await quick_talk.sent_photo(LAN, name)
    card = quick_talk.phone(LAN).last
    button = card.button("Bỏ ảnh vừa gửi")
    for _tap in range(2):
        assert "Đã nhận 2 ảnh" in (await quick_talk.pressed_button(LAN, button, card)).text


async def test_where_no_photo_is_there_none_is_taken_back(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    newest = quick_talk.phone(LAN).last
    await quick_talk.said(LAN, "bo anh")
    shown = await quick_talk.pressed_button(LAN, newest.button("Bỏ ảnh vừa gửi"), newest)
    assert "Vui lòng gửi ảnh chụp hàng" in shown.text
    assert "Chưa có ảnh nào" in (await quick_talk.said(LAN, "bo anh")).text


async def test_thirty_photos_are_all_and_no_more_is_asked_for(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    for number in range(29):
        shown = await quick_talk.sent_photo(LAN, str(number))
    assert "Có thể gửi thêm" in shown.text
    shown = await quick_talk.sent_photo(LAN, "last")
    assert "Đã nhận 30 ảnh, là số ảnh nhiều nhất của một báo cáo. Vui lòng chọn Xong." in shown.text
    assert "Có thể gửi thêm" not in shown.text
    more = await quick_talk.sent_photo(LAN, "one more")
    assert more.text.count("30 ảnh") == 1
