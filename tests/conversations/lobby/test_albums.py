"""Albums come torn, late and after the report was sent, and every photo finds where it belongs."""

from __future__ import annotations

from sqlmodel import col, select

from storage.audit import audit
from storage.help.late_photos import PhotoDeclaration
from storage.help.photos import Photo
from storage.help.receipts import display
from storage.messages.drafts import DraftState, StoredDraft
from tests.cast import BLANKETS, LUNG_VAI, SCARVES
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in
from tests.conversations.deliveries.test_deliveries import moved_to
from tests.conversations.lobby.test_second_looks import chi_hoa_is_faster
from tests.records import Confirmed
from tests.talking import LAN, MINH, Talk

MB = 1024 * 1024


async def arrive(talk: Talk, *numbers: int, album: str = "x", size: int = 0) -> None:
    """These photos of an album reach the inbox together; nobody has answered yet."""
    for number in numbers:
        photo = {"kind": "photo", "file": f"{album}{number}", "album": album, "size": size}
        await talk.arrives(LAN, photo)


async def sent(talk: Talk, *numbers: int, album: str = "x", size: int = 0) -> str:
    talk._write(LAN, f"<album {album}: {len(numbers)} ảnh>")
    await arrive(talk, *numbers, album=album, size=size)
    await talk.answer_all()
    return talk.phone(LAN).last.text


def after_a_crash(talk: Talk) -> Talk:
    """Another process takes up the same store; all that the phones show stays."""
    again = Talk(talk.database, talk.clock)
    again.phones, again.transcript = talk.phones, talk.transcript
    again._update, again._message = talk._update, talk._message
    return again


async def to_the_photos(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay"):
        await talk.said(LAN, words)


async def photos_in(talk: Talk) -> list[Photo]:
    async with talk.database.reading() as session:
        return list((await session.execute(select(Photo).order_by(col(Photo.id)))).scalars())


async def report_of(talk: Talk, delivery: str) -> Confirmed:
    [found] = [one for one in await confirmations_in(talk) if one.delivery_id == delivery]
    return found


async def reports_by_delivery(talk: Talk) -> dict[str | None, str]:
    return {one.delivery_id: one.id for one in await confirmations_in(talk)}


async def declared(talk: Talk) -> list[tuple[bool, bool]]:
    """For each photo: whether no child can be recognised, and whether somebody said so."""
    async with talk.database.reading() as session:
        rows = (await session.execute(select(PhotoDeclaration))).scalars()
        return sorted((one.no_child_declared, one.declared_by is not None) for one in rows)


async def proved(talk: Talk) -> None:
    async with talk.database.reading() as session:
        proofs = [one for one in await audit(session) if one.what.startswith("photos")]
    assert len(proofs) == 3
    assert [one for one in proofs if one.expected != one.found] == []


def cards_that_count(talk: Talk) -> list[str]:
    """The cards on her phone that count photos and can still be pressed."""
    return [
        one.text
        for one in talk.phone(LAN).messages
        if "ảnh" in one.text and any(label.endswith("Xong") for label in one.labels)
    ]


async def test_ten_photos_torn_in_two_with_a_crash_between_are_ten_on_one_card(talk: Talk) -> None:
    """T19."""
    await to_the_photos(talk)
    await arrive(talk, 1, 2, 3, 4)
    await talk.reception.answer_waiting()
    # The process dies with two photos answered, cards unsent and the rest still with Telegram.
    await talk.reception.answer_waiting()
    talk = after_a_crash(talk)
    await arrive(talk, 5, 6, 7, 8, 9, 10)
    await talk.answer_all()
    assert len(cards_that_count(talk)) == 1
    assert "Đã nhận 10 ảnh" in talk.phone(LAN).last.text
    found = await photos_in(talk)
    assert len({(one.channel, one.chat, one.message) for one in found}) == len(found) == 10
    assert len({one.file_unique_id for one in found}) == 10
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    made = await report_of(talk, BLANKETS)
    assert {one.report_id for one in await photos_in(talk)} == {made.id}
    await proved(talk)


async def test_the_rest_after_done_is_on_the_card_that_is_open(quick_talk: Talk) -> None:
    """T19: after "Xong", before the report is sent."""
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1, 2, 3)
    await talk.said(LAN, "xong")
    shown = await sent(talk, 4, 5, 6, 7, 8, 9, 10)
    assert "Trong ảnh có nhận ra được cháu nào không?" in shown
    assert shown in [one.text for one in talk.phone(LAN).messages]
    for words in ("khong", "khong"):
        await talk.said(LAN, words)
    assert "10 ảnh" in talk.phone(LAN).last.text
    await talk.said(LAN, "gui")
    assert await declared(talk) == [(True, True)] * 10
    assert {one.report_id for one in await photos_in(talk)} == {
        (await report_of(talk, BLANKETS)).id
    }
    await proved(talk)


async def test_the_rest_of_an_album_does_not_join_the_report_of_a_site_that_was_left(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1, 2)
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    made = await report_of(talk, BLANKETS)
    await moved_to(talk, LUNG_VAI)
    shown = await sent(talk, 3)
    assert display(made.code) not in shown
    joined = [one for one in await photos_in(talk) if one.report_id == made.id]
    assert len(joined) == 2


async def test_the_rest_after_sending_joins_the_report_and_is_asked_about_once(talk: Talk) -> None:
    """T19: after the report is sent."""
    await to_the_photos(talk)
    await sent(talk, 1, 2, 3)
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    made = await report_of(talk, BLANKETS)
    receipt = talk.phone(LAN).last
    messages = len(talk.phone(LAN).messages)
    await sent(talk, 4, 5, 6, 7)
    talk = after_a_crash(talk)
    shown = await sent(talk, 8, 9, 10)
    assert shown.count("7 ảnh đến sau đã vào báo cáo") == 1
    assert display(made.code) in shown
    assert len(talk.phone(LAN).messages) == messages + 1
    assert receipt in talk.phone(LAN).messages
    assert {one.report_id for one in await photos_in(talk)} == {made.id}
    assert await declared(talk) == [(False, False)] * 7 + [(True, True)] * 3
    done = await talk.said(LAN, "1")
    assert "Đã ghi nhận cho 7 ảnh" in done.text
    assert await declared(talk) == [(True, True)] * 10
    await proved(talk)
    talk.matches("reports/declare_photos", {display(made.code): "AB-2345-678"})


async def test_the_rest_joins_its_report_while_another_one_is_being_written(talk: Talk) -> None:
    await to_the_photos(talk)
    await sent(talk, 1)
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    await to_the_photos_of_the_scarves(talk)
    shown = await sent(talk, 2, 3)
    assert "2 ảnh đến sau đã vào báo cáo" in shown
    assert "Vui lòng gửi ảnh chụp hàng" in shown
    await sent(talk, 1, 2, album="y")
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    blankets, scarves = [await report_of(talk, one) for one in (BLANKETS, SCARVES)]
    assert sorted((one.album, one.report_id) for one in await photos_in(talk)) == [
        *[("x", blankets.id)] * 3,
        *[("y", scarves.id)] * 2,
    ]
    reports = await talk.opened(LAN, "dabaocao")
    [label] = [one for one in reports.labels if one.startswith("Ảnh của")]
    asked = await talk.pressed(LAN, label)
    assert "Trong ảnh có nhận ra được cháu nào không?" in asked.text
    await talk.said(LAN, "co")
    assert await declared(talk) == [(False, True)] * 2 + [(True, True)] * 3
    again = await talk.pressed(LAN, label)
    assert "Không còn gì" in again.text
    await proved(talk)


async def to_the_photos_of_the_scarves(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("du", "hom nay"):
        await talk.said(LAN, words)


async def test_a_late_photo_that_is_too_large_or_known_joins_nothing(quick_talk: Talk) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1)
    for words in ("xong", "khong", "khong", "gui"):
        await talk.said(LAN, words)
    assert "Ảnh này nặng 21 MB" in await sent(talk, 2, size=20 * MB + 1)
    assert "Báo cáo đã có các ảnh này" in await sent(talk, 1)
    assert len([one for one in await photos_in(talk) if one.report_id]) == 1
    await proved(talk)


async def test_the_rest_of_an_album_stays_with_what_was_set_aside(quick_talk: Talk) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1)
    await talk.opened(LAN)
    shown = await sent(talk, 2, 3)
    assert "Ảnh được giữ cùng việc đang làm dở: Xác nhận hàng đã nhận" in shown
    again = await talk.pressed(LAN, "Tiếp tục: 60 chiếc chăn bông")
    assert "Đã nhận 3 ảnh" in again.text
    await talk.said(LAN, "huy")
    assert "Ảnh được giữ" in await sent(talk, 4)
    async with talk.database.reading() as session:
        assert (await session.execute(select(StoredDraft))).scalar_one().state == DraftState.DROPPED
    again = await talk.pressed(LAN, "Khôi phục việc vừa hủy")
    assert "Đã nhận 4 ảnh" in again.text


async def test_the_rest_stays_with_it_also_when_a_colleague_was_faster(quick_talk: Talk) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1)
    await talk.opened(LAN)
    await chi_hoa_is_faster(talk)
    assert "Ảnh được giữ cùng việc đang làm dở" in await sent(talk, 2, 3)
    [made] = await confirmations_in(talk)
    told = await talk.pressed(LAN, "Tiếp tục: Xác nhận hàng đã nhận")
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in told.text
    assert [one.report_id for one in await photos_in(talk)] == [made.id] * 3


async def test_the_rest_joins_the_report_of_a_colleague_as_the_first_of_it_did(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1)
    await chi_hoa_is_faster(talk)
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in await sent(talk, 2)
    [made] = await confirmations_in(talk)
    shown = await sent(talk, 3, 4)
    assert display(made.code) in shown
    assert "khăn ấm" not in shown
    assert [one.report_id for one in await photos_in(talk)] == [made.id] * 4
    assert await declared(talk) == [(False, False)] * 4
    await proved(talk)


async def test_a_photo_too_large_to_be_kept_aside_is_said_to_be_so(quick_talk: Talk) -> None:
    talk = quick_talk
    await to_the_photos(talk)
    await sent(talk, 1)
    await talk.opened(LAN)
    shown = await sent(talk, 2, size=20 * MB + 1)
    assert "Ảnh này nặng 21 MB" in shown
    assert "Ảnh được giữ" not in shown


async def test_a_photo_days_later_joins_the_one_report_that_wants_it(talk: Talk) -> None:
    for delivery in ("1", "1"):
        await talk.opened(LAN, "xacnhan")
        if (await talk.said(LAN, delivery)).text.count("Hàng đã về đủ chưa?"):
            await talk.said(LAN, "du")
        for words in ("hom nay", "gui sau", "khong", "gui"):
            await talk.said(LAN, words)
    blankets, scarves = [await report_of(talk, one) for one in (BLANKETS, SCARVES)]
    talk.clock.advance(days=3)
    asked = await talk.sent_photo(LAN, "a")
    assert "Ảnh này gửi cho báo cáo nào?" in asked.text
    await talk.said(LAN, "chan bong")
    assert "Đã nhận 1 ảnh" in talk.phone(LAN).last.text
    for words in ("xong", "khong"):
        await talk.said(LAN, words)
    talk.clock.advance(days=1)
    begun = await talk.sent_photo(LAN, "b")
    assert display(scarves.code) in begun.text
    assert "Đã nhận 1 ảnh" in begun.text
    for words in ("xong", "khong"):
        await talk.said(LAN, words)
    assert [one.report_id for one in await photos_in(talk)] == [blankets.id, scarves.id]
    assert await declared(talk) == [(True, True)] * 2
    await talk.sent_photo(LAN, "c")
    assert "Ảnh này gửi cho báo cáo nào?" in talk.phone(LAN).last.text
    await proved(talk)


async def test_a_photo_of_somebody_who_has_sent_nothing_is_not_used(quick_talk: Talk) -> None:
    shown = await quick_talk.sent_photo(MINH, "a")
    assert "Ảnh vừa gửi chưa được dùng" in shown.text
    assert await photos_in(quick_talk) == []


async def test_a_photo_in_the_middle_of_something_else_begins_a_report(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "ngonngu")
    begun = await quick_talk.sent_photo(LAN, "a")
    assert "Ảnh đã đến" in begun.text
    assert "Xác nhận đợt hàng nào?" in begun.text


async def test_an_album_makes_one_sound_and_not_one_for_each_photo(quick_talk: Talk) -> None:
    await to_the_photos(quick_talk)
    silent = []
    for number in range(3):
        await sent(quick_talk, number)
        silent.append(quick_talk.phone(LAN).last.silent)
    await quick_talk.said(LAN, "xong")
    assert not quick_talk.phone(LAN).last.silent
    await sent(quick_talk, 3)
    assert quick_talk.phone(LAN).last.silent
    assert silent == [False, True, True]
