"""Looking is not writing: whatever somebody looks at, what they are writing stays open as it is."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import conversations
from conversations.kit import View
from storage.database import Database
from storage.help import reports
from storage.help.receipts import display
from storage.messages import drafts
from storage.messages.drafts import StoredDraft
from storage.people import people
from storage.people.people import Role
from tests.cast import NA_TENH, settle_in
from tests.talking import HOA, LAN, MINH, THAO, Clock, Shown, Talk

VIEWS = [one for one in conversations.ALL if isinstance(one, View)]
WHO = {Role.SITE: LAN, Role.LOCAL: MINH, Role.COORD: THAO, Role.DONOR: HOA}
NOT_THEIRS = "không thuộc phần việc của"


class Writing(NamedTuple):
    """What somebody is writing, and what they answer to its open question."""

    begun: tuple[str, ...]
    asked: str
    answer: str
    follows: str


LANGUAGE = Writing(("/ngonngu",), "ngôn ngữ nào", "Tiếng Việt", "Từ nay hệ thống dùng")
DELIVERY = Writing(("/xacnhan", "thieu"), "đếm được bao nhiêu", "20", "bị hỏng")


EACH = [
    pytest.param(view, role, id=f"{view.name}-{role}")
    for view in VIEWS
    for role in view.roles or tuple(WHO)
]
"""Each view with each of its people."""
IN_THE_MENU = [one for one in EACH if one.values[0].menu.label is not None]
OF_SOME = [one for one in IN_THE_MENU if one.values[0].roles is not None]
"""Not everybody may look at them."""


@pytest.fixture
async def village(sqlite_database: Database) -> Talk:
    """Cô Lan has sent one report; everybody has a home card."""
    async with sqlite_database.writing() as session:
        await settle_in(session)
    talk = Talk(sqlite_database, Clock())
    for words in ("/xacnhan", "1", "thieu", "50", "0", "duong kho di", "hom nay", "gui sau"):
        await typed(talk, LAN, words)
    for words in ("khong", "gui"):
        await typed(talk, LAN, words)
    for who in WHO.values():
        await talk.opened(who)
    return talk


async def typed(talk: Talk, who: str, words: str) -> Shown:
    return await (talk.opened(who, words[1:]) if words[0] == "/" else talk.said(who, words))


async def opened(talk: Talk, who: str, view: View) -> Shown:
    """As people open it: by its command, else by the words that it hears, a receipt code."""
    if view.menu.command:
        return await talk.opened(who, view.menu.command)
    async with talk.database.reading() as session:
        [made] = await reports.sent_by(session, f"person-{LAN}", [NA_TENH], 1)
    return await talk.said(who, display(made.report.code))


async def live(talk: Talk, who: str) -> StoredDraft:
    async with talk.database.reading() as session:
        found = await drafts.live_of(session, [f"person-{who}"])
    return found[f"person-{who}"]


async def begin(talk: Talk, who: str) -> Writing:
    writing = DELIVERY if who == LAN else LANGUAGE
    for words in writing.begun:
        shown = await typed(talk, who, words)
    assert writing.asked in shown.text
    return writing


async def stays_open(talk: Talk, who: str, before: StoredDraft, shown: Shown) -> None:
    after = await live(talk, who)
    assert (after.id, after.revision, after.asks) == (before.id, before.revision, before.asks)
    assert after.answers == before.answers
    assert "Việc đang làm vẫn được giữ" in shown.text
    assert shown.screen.draft == ""


@pytest.mark.parametrize(("view", "role"), EACH)
async def test_what_is_written_stays_open_beside_what_is_opened_by_command(
    village: Talk, view: View, role: Role
) -> None:
    who = WHO[role]
    writing = await begin(village, who)
    before = await live(village, who)
    shown = await opened(village, who, view)
    await stays_open(village, who, before, shown)
    back = next(label for label in shown.labels if label.startswith("Tiếp tục: "))
    asked = await village.pressed(who, back, shown)
    assert writing.asked in asked.text
    assert (await live(village, who)).id == before.id


@pytest.mark.parametrize(("view", "role"), EACH)
async def test_the_answer_may_be_typed_at_once(village: Talk, view: View, role: Role) -> None:
    who = WHO[role]
    writing = await begin(village, who)
    await opened(village, who, view)
    after = await village.said(who, writing.answer)
    assert writing.follows in after.text


@pytest.mark.parametrize(("view", "role"), IN_THE_MENU)
async def test_what_is_written_stays_open_beside_what_the_menu_opens(
    village: Talk, view: View, role: Role
) -> None:
    who = WHO[role]
    home = village.phone(who).last
    [button] = [
        one for row in home.screen.rows for one in row if one.action == f"open:{view.name}:"
    ]
    await begin(village, who)
    before = await live(village, who)
    shown = await village.pressed_button(who, button, home)
    await stays_open(village, who, before, shown)


@pytest.mark.parametrize(("view", "role"), EACH)
async def test_nothing_is_begun_by_looking(village: Talk, view: View, role: Role) -> None:
    who = WHO[role]
    shown = await opened(village, who, view)
    assert shown.labels[-1] == "Trang chủ"
    async with village.database.reading() as session:
        assert await drafts.live_of(session, [f"person-{who}"]) == {}
        assert await drafts.parked_of(session, f"person-{who}", {"confirm_delivery"}, 9) == []


@pytest.mark.parametrize(("view", "role"), OF_SOME)
async def test_whoever_may_not_look_any_more_is_told_so(
    village: Talk, view: View, role: Role
) -> None:
    who = WHO[role]
    home = village.phone(who).last
    [button] = [
        one for row in home.screen.rows for one in row if one.action == f"open:{view.name}:"
    ]
    async with village.database.writing() as session:
        held = await people.memberships_of(session, [f"person-{who}"], village.clock.now)
        for one in held[f"person-{who}"]:
            await people.end(session, one.id, by=None, now=village.clock.now, reason="nghỉ hưu")
    pressed = await village.pressed_button(who, button, home)
    assert NOT_THEIRS in pressed.text
    by_command = await village.opened(who, view.menu.command)
    assert NOT_THEIRS in by_command.text


async def test_a_report_is_not_shown_to_whoever_may_not_look_any_more(village: Talk) -> None:
    view = next(one for one in VIEWS if one.name == "show_report")
    assert "Điểm trường Nà Tềnh" in (await opened(village, MINH, view)).text
    async with village.database.writing() as session:
        [held] = (await people.memberships_of(session, [f"person-{MINH}"], village.clock.now))[
            f"person-{MINH}"
        ]
        await people.end(session, held.id, by=None, now=village.clock.now, reason="nghỉ hưu")
    assert "Điểm trường Nà Tềnh" not in (await opened(village, MINH, view)).text
