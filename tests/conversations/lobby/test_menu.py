"""The menu in groups with fixed numbers, however much there is to do; eight buttons at most on a card."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import conversations
from conversations.kit import GOODS, PEOPLE, REPORTS, Context, Menu, Page, Screen, View
from conversations.kit.conversation import Group
from conversations.kit.pages import MOST_BUTTONS
from conversations.lobby.lobby import Lobby
from locales import plain
from storage.people.people import Role
from tests.talking import LAN, Shown, Talk


def view(number: int, group: Group) -> View:
    """One more thing that a teacher may look at."""
    title = plain(f"Bảng số {number}")

    async def show(_context: Context, _payload: str) -> Screen:
        return Page().add(plain(f"Đây là bảng số {number}.")).screen()

    return View(
        f"view_{number}", title, roles=(Role.SITE,), menu=Menu(title, group=group), show=show
    )


def with_more(talk: Talk, *groups: Group) -> None:
    """Beside what the product has there is one view of each of these groups, in this order."""
    more = [view(number, group) for number, group in enumerate(groups, start=1)]
    talk.reception.lobby = Lobby((*conversations.ALL, *more))


@pytest.fixture
def village(quick_talk: Talk) -> Talk:
    """Cô Lan has nine things to do, in four groups, one of which has one thing alone."""
    with_more(quick_talk, REPORTS, PEOPLE, GOODS, PEOPLE, REPORTS, REPORTS)
    return quick_talk


def numbered(shown: Shown) -> list[str]:
    """The buttons that have a number, without how many wait."""
    return [one.partition(" (")[0] for one in shown.labels if one[0].isdigit()]


GROUPED = ["1. Hàng hóa", "2. Báo cáo", "3. Giới thiệu chương trình", "4. Người và máy"]


async def test_few_things_stand_on_the_card_of_home_without_groups(quick_talk: Talk):
    home = await quick_talk.opened(LAN)
    assert numbered(home) == [
        "1. Xác nhận hàng đã nhận", "2. Báo cáo đã gửi", "3. Giới thiệu chương trình",
    ]  # fmt: skip


async def test_many_things_stand_behind_their_groups(village: Talk):
    home = await village.opened(LAN)
    assert numbered(home) == GROUPED
    assert "1. Hàng hóa (2)" in home.labels


async def test_numbers_stay_whatever_waits_or_is_half_done(village: Talk):
    await village.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "50"):
        await village.said(LAN, words)
    one_begun = await village.opened(LAN)
    assert any(label.startswith("Tiếp tục: ") for label in one_begun.labels)
    assert numbered(one_begun) == GROUPED
    await village.opened(LAN, "xacnhan")
    await village.pressed(LAN, "Làm việc mới, vẫn giữ việc này")
    for words in ("2", "thieu"):
        await village.said(LAN, words)
    two_begun = await village.opened(LAN)
    assert "Xem mọi việc đang làm dở" in two_begun.labels
    assert numbered(two_begun) == GROUPED
    await village.pressed(LAN, "Xem mọi việc đang làm dở")
    put_away = await village.said(LAN, "2")
    assert "Khôi phục việc vừa hủy" in put_away.labels
    assert numbered(put_away) == GROUPED


async def test_nothing_that_waits_leaves_the_numbers_as_they_are(village: Talk):
    for which in (("1",), ()):
        await village.opened(LAN, "xacnhan")
        for words in (*which, "du", "hom nay", "gui sau", "khong", "gui"):
            await village.said(LAN, words)
    home = await village.opened(LAN)
    assert "1. Hàng hóa" in home.labels
    assert numbered(home) == GROUPED


@pytest.mark.parametrize("words", ["2", "báo cáo", "bao cao"])
async def test_a_group_opens_by_its_number_and_by_its_words(village: Talk, words: str):
    await village.opened(LAN)
    group = await village.said(LAN, words)
    assert numbered(group) == [
        "1. Báo cáo đã gửi", "2. Bảng số 1", "3. Bảng số 5", "4. Bảng số 6",
    ]  # fmt: skip
    shown = await village.said(LAN, "3")
    assert "Đây là bảng số 5." in shown.text


async def test_a_group_opens_by_its_button_and_leads_home(village: Talk):
    await village.opened(LAN)
    group = await village.pressed(LAN, "Người và máy")
    assert numbered(group) == ["1. Bảng số 2", "2. Bảng số 4"]
    home = await village.pressed(LAN, "Trang chủ")
    assert numbered(home) == GROUPED


async def pages(talk: Talk) -> Sequence[list[str]]:
    """What stands on each page of a group, led on by its button."""
    first = await talk.pressed(LAN, "Báo cáo")
    seen = [numbered(first)]
    while any(label == "Xem thêm ›" for label in talk.phone(LAN).last.labels):
        seen.append(numbered(await talk.pressed(LAN, "Xem thêm ›")))
    return seen


async def test_a_group_of_many_things_has_pages_and_numbers_that_go_on(quick_talk: Talk):
    with_more(quick_talk, *[REPORTS] * 13)
    await quick_talk.opened(LAN)
    first, second, third = await pages(quick_talk)
    expected = ["Báo cáo đã gửi", *(f"Bảng số {number}" for number in range(1, 14))]
    told = [f"{number}. {label}" for number, label in enumerate(expected, start=1)]
    assert [*first, *second, *third] == told
    await quick_talk.pressed(LAN, "« Về đầu danh sách")
    assert numbered(quick_talk.phone(LAN).last) == first


async def test_the_next_page_of_a_group_is_typed_and_opened_by_its_numbers(quick_talk: Talk):
    with_more(quick_talk, *[REPORTS] * 13)
    await quick_talk.opened(LAN)
    await quick_talk.said(LAN, "bao cao")
    more = await quick_talk.said(LAN, "xem them")
    assert numbered(more)[0] == "7. Bảng số 6"
    shown = await quick_talk.said(LAN, "8")
    assert "Đây là bảng số 7." in shown.text


async def test_no_card_of_many_things_has_more_buttons_than_it_may(village: Talk):
    """Every screen that a person is shown in tests is looked at, see `tests.talking`."""
    await village.opened(LAN)
    assert all(len(one.labels) <= MOST_BUTTONS for one in village.phone(LAN).messages)
