"""What may be meant for several things alike is asked about, and nothing of it is lost meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

import conversations
from conversations.kit import (
    Choice,
    Claim,
    Context,
    Conversation,
    Draft,
    FormState,
    Hears,
    Meant,
    Option,
    Page,
    Screen,
    Strength,
    View,
)
from conversations.kit.conversation import Subject
from conversations.lobby.lobby import Lobby
from locales import _
from storage.help.photos import Photo
from storage.messages import drafts
from storage.people import people
from storage.people.people import Role
from tests.cast import NA_TENH
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in
from tests.talking import HOA, LAN, Talk


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
    talk.matches("lobby/which_is_meant", {code_in(talk): "AB-2345-678"})


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


WEAK = "ảnh đây ạ"


async def test_a_few_words_under_a_photo_do_not_take_its_answers_away(talk: Talk) -> None:
    """They claim nothing themselves, so it is asked what the photo shows, with the words above."""
    await reports_without_photos(talk)
    asked = await talk.sent_photo(LAN, "a", caption=WEAK)
    assert f"“{WEAK}”" in asked.text
    assert "Ảnh này là của mục nào?" in asked.text
    assert [label[:2] for label in asked.labels[:-1]] == ["1.", "2."]
    collecting = await talk.said(LAN, "1")
    assert "1 ảnh" in collecting.text
    await talk.pressed(LAN, "Xong")
    await talk.pressed(LAN, "Không nhận ra cháu nào")
    [made] = await confirmations_in(talk)
    async with talk.database.reading() as session:
        [photo] = (await session.execute(select(Photo))).scalars()
    assert photo.report_id == made.id


async def test_the_words_under_a_photo_go_on_to_what_is_chosen(quick_talk: Talk) -> None:
    """Both captions are kept: the one that came with the question, and the one beside it."""
    await reports_without_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a", caption=WEAK)
    await quick_talk.sent_photo(LAN, "b", caption="chụp lúc chiều")
    begun = await quick_talk.said(LAN, "2")
    assert "Hàng đã về đủ chưa?" in begun.text
    async with quick_talk.database.reading() as session:
        live = await drafts.live_of(session, [f"person-{LAN}"])
        assert live[f"person-{LAN}"].opened_with == f"{WEAK}\nchụp lúc chiều"


async def test_what_a_colleague_has_reported_meanwhile_is_told_and_gets_the_photos(
    talk: Talk,
) -> None:
    """What was asked stays as it was asked; what has become of it is told when it is chosen."""
    await reports_without_photos(talk)
    asked = await talk.sent_photo(LAN, "a", caption=WEAK)
    await a_colleague_confirms_the_scarves(talk)
    told = await talk.pressed(LAN, "2. Báo cáo mới: 30 chiếc khăn ấm", on=asked)
    assert "đã xác nhận đợt hàng này" in told.text
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in told.text


async def a_colleague_confirms_the_scarves(talk: Talk) -> None:
    async with talk.database.writing() as session:
        now = talk.clock.now
        people.grant(session, f"person-{HOA}", Role.SITE, by=None, now=now, site_code=NA_TENH)
    await talk.opened(HOA, "xacnhan")
    for words in ("du", "hom nay", "gui sau", "khong", "gui"):
        await talk.said(HOA, words)
    assert "Mã biên nhận" in talk.phone(HOA).last.text


async def test_what_a_role_no_longer_allows_is_not_offered_and_cancel_is_the_way_out(
    quick_talk: Talk,
) -> None:
    await reports_without_photos(quick_talk)
    await quick_talk.sent_photo(LAN, "a")
    async with quick_talk.database.writing() as session:
        now = quick_talk.clock.now
        held = await people.memberships_of(session, [f"person-{LAN}"], now)
        for one in held[f"person-{LAN}"]:
            await people.end(session, one.id, by=None, now=now, reason="nghỉ việc")
    quick_talk.clock.advance(minutes=1)
    for typed in ("1", "chan"):
        asked = await quick_talk.said(LAN, typed)
        assert "Hiện chưa có gì để chọn. Vui lòng chọn Hủy." in asked.text
        assert "từ 1 đến 0" not in asked.text
        assert "Lùi" not in asked.text
        assert asked.labels == ["Hủy"]


class Guessing:
    """Two subjects that claim the same words alike, and one that shows something of them."""

    steps = (Choice("what", _("What"), _("What of it?"), options=(Option("a", "A"),)),)

    async def hear(
        self, context: Context, words: str, *, with_photo: bool, live: Draft | None
    ) -> list[Claim]:
        """Only what is told under a photo counts, and only beside nothing that is written."""
        if not with_photo or live is not None:
            return []
        return [Claim(Strength.NAMED, (Meant(Draft(opened_with=words)),))]

    async def hear_a_view(
        self, context: Context, words: str, *, with_photo: bool, live: Draft | None
    ) -> list[Claim]:
        return [Claim(Strength.NAMED, opens="seven")] if with_photo and live is None else []

    async def show(self, context: Context, payload: str) -> Screen:
        return Page().add(_("Shown: {what}").format(what=payload)).screen()

    def subjects(self) -> list[Subject]:
        named = [
            Conversation(
                name, _(title), hears=Hears(self.hear), steps=self.steps, finish=never_finished
            )
            for name, title in (("count_wood", "Wood"), ("count_rice", "Rice"))
        ]
        seen = View("see_wood", _("Wood as it is"), hears=Hears(self.hear_a_view), show=self.show)
        return [*named, seen]


async def never_finished(_state: FormState) -> Screen:
    raise AssertionError


@pytest.mark.parametrize(
    ("chosen", "shown"), [("Wood", "What of it?"), ("Wood as it is", "Shown: seven")]
)
async def test_what_is_asked_is_what_was_decided(quick_talk: Talk, chosen: str, shown: str) -> None:
    """Claims that only hold for a photo, and only while nothing is written, are still there when it is asked."""
    quick_talk.reception.lobby = Lobby((*conversations.ALL, *Guessing().subjects()))
    asked = await quick_talk.sent_photo(LAN, "a", caption="hai mươi bó củi")
    assert "“hai mươi bó củi”" in asked.text
    assert [label.split(". ", 1)[-1] for label in asked.labels] == [
        "Wood",
        "Rice",
        "Wood as it is",
        "Hủy",
    ]
    assert shown in (await quick_talk.said(LAN, chosen)).text
