"""Where so many photos are enough, it goes on by itself, and no photo that follows is lost."""

from __future__ import annotations

from typing import Any

from sqlmodel import col, select

from conversations.kit.photos import Photos
from locales import plain
from storage.messages.drafts import StoredDraft
from tests.conversations.lobby.test_albums import after_a_crash, arrive
from tests.lists import A_NOTE, TWO_PHOTOS, with_lists
from tests.talking import LAN, Shown, Talk

ASKED = "Vui lòng gửi ảnh lớp."
NEXT = "Có điều gì cần nói thêm không?"


async def asked(talk: Talk, *steps: Any) -> Shown:
    talk.reception.lobby = with_lists(*(steps or (TWO_PHOTOS, A_NOTE)))
    return await talk.opened(LAN, "guidanhsach")


async def answered(talk: Talk) -> list[str]:
    async with talk.database.reading() as session:
        found = await session.execute(
            select(StoredDraft).where(col(StoredDraft.conversation) == "send_list")
        )
        return list(found.scalar_one().answers.get("photos", {}).get("value", []))


async def test_the_last_that_is_needed_leads_on(quick_talk: Talk) -> None:
    shown = await asked(quick_talk)
    assert "Cần 2 ảnh; đủ ảnh thì hệ thống tự chuyển sang bước sau." in shown.text
    shown = await quick_talk.sent_photo(LAN, "a")
    assert ASKED in shown.text
    assert "Đã nhận 1 ảnh" in shown.text
    shown = await quick_talk.sent_photo(LAN, "b")
    assert "✓ Ảnh: 2 ảnh" in shown.text
    assert NEXT in shown.text
    quick_talk.matches("kit/photos.enough")


async def test_the_rest_of_an_album_joins_though_it_has_gone_on(quick_talk: Talk) -> None:
    await asked(quick_talk)
    await arrive(quick_talk, 1, 2, 3)
    await quick_talk.answer_all()
    assert NEXT in quick_talk.phone(LAN).last.text
    again = after_a_crash(quick_talk)
    again.reception.lobby = quick_talk.reception.lobby
    await arrive(again, 4, 5)
    await again.answer_all()
    shown = again.phone(LAN).last
    assert NEXT in shown.text
    assert len(await answered(again)) == 5
    shown = await again.said(LAN, "khong")
    assert "5 ảnh" in shown.text


async def test_photos_that_came_before_their_question_are_counted(quick_talk: Talk) -> None:
    await asked(quick_talk, A_NOTE, TWO_PHOTOS)
    await arrive(quick_talk, 1, 2, 3)
    await quick_talk.answer_all()
    shown = await quick_talk.said(LAN, "khong")
    assert ASKED not in shown.text
    assert "3 ảnh" in shown.text


async def test_whoever_goes_back_may_still_send_and_take_back(quick_talk: Talk) -> None:
    await asked(quick_talk)
    for name in ("a", "b"):
        await quick_talk.sent_photo(LAN, name)
    shown = await quick_talk.said(LAN, "lui")
    assert ASKED in shown.text
    assert "Đã nhận 2 ảnh" in shown.text
    shown = await quick_talk.pressed(LAN, "Bỏ ảnh vừa gửi")
    assert ASKED in shown.text
    shown = await quick_talk.sent_photo(LAN, "c")
    assert NEXT in shown.text
    assert len(await answered(quick_talk)) == 2


async def test_whoever_has_no_more_is_done_with_fewer(quick_talk: Talk) -> None:
    await asked(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    assert NEXT in (await quick_talk.said(LAN, "xong")).text


async def test_the_same_photo_twice_is_not_two(quick_talk: Talk) -> None:
    await asked(quick_talk)
    for _time in range(2):
        assert ASKED in (await quick_talk.sent_photo(LAN, "a")).text


async def test_how_many_are_enough_may_stand_on_what_was_said(quick_talk: Talk) -> None:
    step = Photos(
        "photos",
        plain("Ảnh"),
        plain(ASKED),
        enough=lambda state: 1 if state.answers["note"] else 0,
    )
    await asked(quick_talk, A_NOTE, step)
    await quick_talk.said(LAN, "lớp học mới")
    assert "1 ảnh" in (await quick_talk.sent_photo(LAN, "a")).text
    await quick_talk.said(LAN, "huy")
    await asked(quick_talk, A_NOTE, step)
    shown = await quick_talk.said(LAN, "khong")
    assert "Mỗi lần tối đa 10 ảnh" in shown.text
    shown = await quick_talk.sent_photo(LAN, "b")
    assert "Xong" in shown.text
