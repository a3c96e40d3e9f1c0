"""Whatever stands on a button can be typed instead, and does the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import col, select

from bot.answering.reception import REMEMBERED
from conversations.kit.context import Context
from conversations.kit.events import Event, Pressed, Said
from conversations.kit.screens import Button, Screen, without_number
from conversations.kit.typed import to_type
from locales import render
from locales.folding import fold
from storage.database import Session
from storage.help.receipts import display
from storage.help.reports import Reported
from storage.messages import drafts
from storage.messages.shown import lately_shown
from storage.people import invitations, people
from storage.people.people import Address
from tests.cast import COC_PANG, many_schools
from tests.channel_cases import CASES, LINK, Comes, Deed, Follows, Opens, Picks, Says, Sends
from tests.conversations.reports.test_every_kind import KINDS, given_back, reported
from tests.talking import CHANNEL, LAN, MINH, SON, Shown, Talk

NEW = "a draft that was begun just now"


async def play(talk: Talk, who: str, deed: Deed) -> None:
    match deed:
        case Opens(command):
            await talk.opened(who, command)
        case Comes(role, at):
            async with talk.database.writing() as session:
                payload = await invitations.create(session, role, at, None, talk.clock.now)
            await talk.opened(who, payload=payload)
        case Follows(whose):
            links = [LINK.search(shown.text) for shown in talk.phone(whose).messages]
            await talk.opened(who, payload=next(link[1] for link in reversed(links) if link))
        case Picks(label):
            message, button = find(talk, who, label)
            await talk.pressed_button(who, button, message)
        case Says(text):
            await talk.said(who, text)
        case Sends(colour):
            await talk.sent_photo(who, colour)


async def there_are_pages(talk: Talk) -> None:
    """The schools of Cốc Pàng are more than a page holds, as the cases expect."""
    async with talk.database.writing() as session:
        await many_schools(session, COC_PANG)


def find(talk: Talk, who: str, label: str) -> tuple[Shown, Button]:
    for message in reversed(talk.phone(who).messages):
        for row in message.screen.rows:
            for button in row:
                shown = render(without_number(button.label), message.reader)
                if shown == label or label in shown:
                    return message, button
    raise AssertionError(f"{label!r} is on no card of {who}")


@dataclass
class Outcome:
    """What a turn led to, without what differs by chance."""

    screen: str
    live: dict[str, Any] | None
    others: dict[str, str]


class NeverMind(Exception):
    """The turn was only tried."""


async def tried(talk: Talk, who: str, event: Event) -> Outcome:
    """What an event would lead to; nothing of it is kept."""
    outcome: list[Outcome] = []
    try:
        async with talk.database.writing() as session:
            context = await context_of(talk, who, event, session)
            before = {one.id for one in await drafts_of(context)}
            live = (await drafts.live_of(session, [context.person.id])).get(context.person.id)
            reply = await talk.reception.lobby.answer(context, event, live)
            await session.flush()
            found = await drafts_of(context)
            fresh = {one.id for one in found} - before
            current = next((one for one in found if one.state == "live"), None)
            outcome.append(
                Outcome(
                    without_ids(reply.screen, fresh),
                    current and {"answers": current.answers, "asks": current.asks},
                    {NEW if one.id in fresh else one.id: one.state for one in found},
                )
            )
            raise NeverMind
    except NeverMind:
        return outcome[0]


async def drafts_of(context: Context) -> list[drafts.StoredDraft]:
    mine = col(drafts.StoredDraft.person_id) == context.person.id
    return list((await context.session.execute(select(drafts.StoredDraft).where(mine))).scalars())


async def context_of(talk: Talk, who: str, event: Event, session: Session) -> Context:
    person = (await people.by_addresses(session, [("telegram", who)]))["telegram", who]
    held = await people.memberships_of(session, [person.id], talk.clock.now)
    now = talk.clock.now
    context = Context(session, person, held[person.id], CHANNEL, who, now, now, message_id="1")
    if isinstance(event, Said):
        shown = await lately_shown(session, [(CHANNEL, who)], REMEMBERED)
        context.shown = shown[CHANNEL, who]
    return context


def without_ids(screen: Screen | None, fresh: set[str]) -> str:
    """The screen as it is kept; receipt codes, links and the ids of new drafts and reports are of chance."""
    if screen is None:
        return ""
    kept = {**screen.to_json(), "draft": NEW if screen.draft in fresh else screen.draft}
    told = re.sub(r"AB-\w{4}-\w{3}", "AB-", json.dumps(kept))
    told = re.sub(r"(:add_photos:)\w+", r"\1", told)
    return LINK.sub("start=", told)


async def can_be_typed(talk: Talk, who: str) -> list[tuple[Shown, Button]]:
    """The buttons that stand on this phone and may still be meant: of the newest answer, and of what was told."""
    phone = talk.phone(who)
    newest = next(one for one in reversed(phone.messages) if one.screen.draft or one.screen.rows)
    told = [one for one in phone.messages[-3:] if not one.screen.draft and one is not newest]
    meant = [(newest, button) for row in newest.screen.rows for button in row]
    return meant + [
        (one, button)
        for one in told
        for row in one.screen.rows
        for button in row
        if not isinstance(button.typed, str)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
async def test_typing_what_is_shown_does_what_pressing_does(quick_talk: Talk, name: str) -> None:
    talk = quick_talk
    await there_are_pages(talk)
    seen: set[Any] = set()
    for who, deed in CASES[name]:
        await play(talk, who, deed)
        for message, button in await can_be_typed(talk, who):
            once = (message.screen.lines[0], button.action.partition(":")[0], button.typed)
            if once in seen:
                continue
            seen.add(once)
            card = message.screen
            pressed = await tried(talk, who, Pressed(button.action, card.draft, card.revision))
            shown = to_type(button, message.reader)
            assert shown, f"{message.label(button)} does not say what to type"
            for typed in (shown, fold(shown), shown.upper()):
                assert await tried(talk, who, Said(typed)) == pressed, (typed, message.text)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
async def test_no_two_buttons_of_a_card_are_typed_alike(quick_talk: Talk, name: str) -> None:
    await there_are_pages(quick_talk)
    for who, deed in CASES[name]:
        await play(quick_talk, who, deed)
        for phone in quick_talk.phones.values():
            for message in phone.messages:
                typed = [
                    fold(to_type(button, message.reader))
                    for row in message.screen.rows
                    for button in row
                ]
                assert len(typed) == len(set(typed)), typed


async def test_all_that_a_button_says_may_be_typed_too(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for said in ("30 chiec khan am", "da nhan du khong hong", "Hôm nay (20/11/2026)",
                 "chua co anh, gui sau", "khong co ghi chu"):  # fmt: skip
        await quick_talk.said(LAN, said)
    assert "Ghi chú: không có" in quick_talk.phone(LAN).last.text
    assert "Ảnh: gửi sau" in quick_talk.phone(LAN).last.text


async def test_the_number_is_meant_for_the_card_that_offers_to_go_on(quick_talk: Talk) -> None:
    """Beside an open question too: the newest card that shows numbers is meant."""
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    await quick_talk.opened(LAN)
    offered = await quick_talk.opened(LAN, "xacnhan")
    assert [label[:2] for label in offered.labels] == ["1.", "2.", "3."]
    anew = await quick_talk.said(LAN, "3")
    assert "Xác nhận đợt hàng nào?" in anew.text


async def test_a_card_is_answered_in_words_in_the_middle_of_something_else(
    quick_talk: Talk,
) -> None:
    talk = quick_talk
    await talk.opened(MINH, "kehoach")
    await talk.said(MINH, "na tenh")
    await talk.opened(SON)
    for words in ("toi lam o truong", "xa co ba", "na tenh", "thay", "Sơn", "1"):
        await talk.said(SON, words)
    decide = await talk.said(MINH, "quyet dinh")
    assert "Có đồng ý để thầy Sơn" in decide.text
    await talk.said(MINH, "1")
    home = await talk.said(MINH, "trang chu")
    assert "Đang làm dở: Lập kế hoạch giao hàng" in home.text


async def test_words_of_two_cards_lead_to_the_question_which_is_meant(quick_talk: Talk) -> None:
    talk = quick_talk
    await talk.opened(MINH, "kehoach")
    for words in ("na tenh", "ao phao", "25", "ngay mai", "Nhóm Áo Ấm (mẫu)", "gui"):
        await talk.said(MINH, words)
    for what in ("khan am", "ao phao"):
        await talk.opened(MINH, "bangiao")
        for words in (what, "anh Tuấn (mẫu)", "20", "hom nay", "gui"):
            await talk.said(MINH, words)
    asked = await talk.said(LAN, "nhan hang")
    assert "Xác nhận đợt hàng nào?" in asked.text


async def two_returned(talk: Talk) -> list[Reported]:
    """Cô Lan has reported the blankets and the scarves, and anh Minh returns both."""
    for _each in range(2):
        await talk.opened(LAN, "xacnhan")
        if "Xác nhận đợt hàng nào?" in talk.phone(LAN).last.text:
            await talk.said(LAN, "1")
        for words in ("thieu", "20", "0", "duong kho di", "hom nay", "gui sau", "khong", "gui"):
            await talk.said(LAN, words)
    made = await reported(talk)
    for one in made:
        await given_back(talk, one, KINDS[0], "đếm lại giúp")
    return made


async def test_who_has_two_reports_to_correct_is_asked_which(quick_talk: Talk) -> None:
    made = await two_returned(quick_talk)
    asked = await quick_talk.said(LAN, "sửa báo cáo")
    offered = [one for one in asked.labels if "Sửa" in one]
    assert sorted(offered) == sorted(f"Sửa {display(one.report.code)}" for one in made)
    again = await quick_talk.said(LAN, f"sua {display(made[0].report.code)}")
    assert "→" in again.lines[0]
    assert "Cần sửa: đếm lại giúp" in again.text


async def test_who_has_corrected_one_of_two_goes_on_with_the_other(quick_talk: Talk) -> None:
    made = await two_returned(quick_talk)
    await quick_talk.said(LAN, "sửa báo cáo")
    first = await quick_talk.said(LAN, f"sua {display(made[0].report.code)}")
    for words in ("25", "gui"):
        sent = await quick_talk.said(LAN, words)
    assert "Mã biên nhận" in sent.text
    asked = await quick_talk.said(LAN, "sửa báo cáo")
    [left] = [one for one in asked.labels if "Sửa" in one]
    assert left.endswith(display(made[1].report.code))
    other = await quick_talk.pressed(LAN, left)
    assert other.lines[0] != first.lines[0]
    assert "Cần sửa: đếm lại giúp" in other.text


async def test_going_on_is_meant_for_the_newest_card_that_offers_it(quick_talk: Talk) -> None:
    """An older card of home offers something else, which nobody asks about."""
    for number in ("1", "2"):
        await quick_talk.opened(LAN, "xacnhan")
        if number == "2":
            await quick_talk.pressed(LAN, "Làm việc mới, vẫn giữ việc này")
        await quick_talk.said(LAN, number)
        quick_talk.clock.advance(minutes=1)
        await quick_talk.opened(LAN)
    assert (await quick_talk.said(LAN, "tiep tuc")).lines[0].startswith("30 chiếc khăn ấm")


async def test_help_and_home_are_words_in_every_question(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    helped = await quick_talk.said(LAN, "trợ giúp")
    assert "Việc đang làm vẫn được giữ" in helped.text
    assert "đếm được bao nhiêu" in (await quick_talk.said(LAN, "thieu")).text
    home = await quick_talk.said(LAN, "TRANG CHỦ")
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text


async def test_a_command_needs_no_slash(quick_talk: Talk) -> None:
    assert "Báo cáo cô đã gửi" in (await quick_talk.said(LAN, "dabaocao")).text
    await quick_talk.said(LAN, "xacnhan")
    await quick_talk.said(LAN, "1")
    assert "Cách dùng hệ thống" in (await quick_talk.said(LAN, "TroGiup")).text
    await quick_talk.said(LAN, "chua")
    assert "Báo cáo cô đã gửi" in (await quick_talk.said(LAN, "dabaocao")).text
    home = await quick_talk.opened(LAN)
    assert "Đang làm dở: 60 chiếc chăn bông" in home.text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("ngôn ngữ", "Hệ thống nên nhắn bằng ngôn ngữ nào?"),
        ("Language", "Hệ thống nên nhắn bằng ngôn ngữ nào?"),
        ("them may", "https://t.me/"),
    ],
)
async def test_what_help_lists_is_asked_for_in_words(
    quick_talk: Talk, said: str, shown: str
) -> None:
    assert shown in (await quick_talk.said(LAN, said)).text


async def test_a_command_of_somebody_else_is_only_a_word(quick_talk: Talk) -> None:
    shown = await quick_talk.said(LAN, "kehoach")
    assert "Hệ thống chưa hiểu" in shown.text


async def test_a_typed_number_is_always_the_count_where_one_is_asked(quick_talk: Talk) -> None:
    await quick_talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45"):
        await quick_talk.said(LAN, words)
    after = await quick_talk.said(LAN, "1")
    assert "Số hỏng: 1 chiếc chăn bông" in after.text


async def another_phone(talk: Talk, who: str, number: str) -> None:
    async with talk.database.writing() as session:
        session.add(
            Address(
                channel="telegram", address=number, person_id=f"person-{who}", since=talk.clock.now
            )
        )


async def test_what_is_typed_on_another_phone_answers_only_what_that_phone_shows(
    quick_talk: Talk,
) -> None:
    talk, other = quick_talk, "700901"
    await another_phone(talk, LAN, other)
    await talk.opened(other)
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    reports = await talk.said(other, "2")
    assert "Báo cáo cô đã gửi" in reports.text
    await talk.opened(LAN)
    await talk.said(LAN, "tiep tuc")
    shown = await talk.said(other, "45")
    assert "Việc này được mở ở máy khác" in shown.text
    assert "Hàng đã về đủ chưa?" in shown.text
    after = await talk.said(other, "thieu")
    assert "đếm được bao nhiêu" in after.text
    old = await talk.said(LAN, "3")
    assert "đếm được bao nhiêu" in old.text
    assert "Việc này được mở ở máy khác" in old.text


async def test_a_word_of_the_open_card_is_not_meant_for_an_older_one(quick_talk: Talk) -> None:
    talk = quick_talk
    await there_are_pages(talk)
    await talk.opened(SON)
    await talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    await talk.said(SON, "co ba")
    await talk.opened(SON, "chuongtrinh")
    assert any("Tiếp tục" in label for label in talk.phone(SON).last.labels)
    await talk.opened(SON)
    await talk.pressed(SON, "Tôi làm ở trường hoặc ở xã")
    await talk.pressed(SON, "Làm việc mới, vẫn giữ việc này")
    first = await talk.said(SON, "coc pang")
    assert "Trang 1/" in first.text
    second = await talk.said(SON, "tiếp")
    assert "Trang 2/" in second.text
