"""A phone is lost, a second one is used, and an account goes to somebody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from conversations.kit import Page
from storage.database import Database
from storage.history import HistoryEntry
from storage.messages.outbox import Message, MessageKind
from storage.people import invitations, people
from storage.people.people import Person, Role
from tests.cast import BEFORE, COC_PANG, NA_TENH, PAC_PANG, SINCE_MERGER
from tests.conversations.people.test_joining import roles_of
from tests.talking import HOA, LAN, MINH, SON, THAO, Shown, Talk

NEW_PHONE, OTHER_PHONE = "800007", "800008"


def payload_in(shown: Shown) -> str:
    return shown.text.split("?start=")[1].split()[0]


async def person_at(database: Database, who: str) -> Person | None:
    async with database.reading() as session:
        return (await people.by_addresses(session, [("telegram", who)])).get(("telegram", who))


async def replace_the_phone_of_lan(talk: Talk) -> str:
    await talk.opened(MINH, "doimay")
    await talk.said(MINH, "lan")
    await talk.pressed(MINH, "Máy bị mất hoặc hỏng")
    done = await talk.said(MINH, "1")
    return payload_in(done)


async def test_a_lost_phone_is_put_out_and_the_draft_goes_on_at_the_new_one(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    old_card = talk.phone(LAN).last
    payload = await replace_the_phone_of_lan(talk)
    assert await roles_of(talk, MINH) == ["local"]
    pressed = await talk.pressed(LAN, "Đã nhận đủ, không hỏng", old_card)
    assert "Xác nhận hàng" not in "".join(pressed.labels)
    stranger = await talk.opened(LAN)
    assert "Tôi muốn giúp các cháu" in " ".join(stranger.labels)
    welcome = await talk.opened(NEW_PHONE, payload=payload)
    assert "Kính chào cô Lan" in welcome.text
    assert await roles_of(talk, NEW_PHONE) == ["site"]
    going_on = next(label for label in welcome.labels if "Tiếp tục" in label)
    resumed = await talk.pressed(NEW_PHONE, going_on.partition(" ")[2])
    assert "Hàng đã về đủ chưa?" in resumed.text
    talk.matches("people/move_phone_and_take_phone", {payload: "phone-…"})


async def test_what_was_on_its_way_to_the_lost_phone_stays_here(quick_talk: Talk) -> None:
    await quick_talk.opened(MINH, "doimay")
    for words in ("lan", "1"):
        await quick_talk.said(MINH, words)
    async with quick_talk.database.writing() as session:
        session.add(
            Message(
                channel="telegram:588",
                chat=LAN,
                person_id=f"person-{LAN}",
                kind=MessageKind.SCREEN,
                body=Page().add("Tin chưa gửi").screen().to_json(),
                created_at=BEFORE,
            )
        )
    await quick_talk.arrives(MINH, {"kind": "said", "text": "1"})
    await quick_talk.reception.answer_waiting()
    async with quick_talk.database.reading() as session:
        waiting = await session.execute(select(Message).where(Message.chat == LAN))
        kept = list(waiting.scalars())
    assert [one.state for one in kept if one.kind == MessageKind.SCREEN] == ["dropped"]
    assert [one.body for one in kept if one.kind == MessageKind.COMMANDS] == [{"commands": []}]


async def test_the_old_phone_has_nothing_left_even_in_the_same_batch(talk: Talk) -> None:
    await talk.opened(MINH, "doimay")
    for words in ("lan", "1"):
        await talk.said(MINH, words)
    await talk.arrives(MINH, {"kind": "said", "text": "1"})
    await talk.arrives(LAN, {"kind": "opened", "conversation": "xacnhan", "payload": ""})
    await talk.answer_all()
    assert "không thuộc nhiệm vụ" in talk.phone(LAN).last.text or "Tôi muốn giúp" in " ".join(
        talk.phone(LAN).last.labels
    )
    assert await roles_of(talk, LAN) == []


async def test_a_link_for_a_phone_works_once_and_not_for_ever(quick_talk: Talk) -> None:
    payload = await replace_the_phone_of_lan(quick_talk)
    await quick_talk.opened(NEW_PHONE, payload=payload)
    again = await quick_talk.opened(OTHER_PHONE, payload=payload)
    assert "đã được dùng" in again.text
    own = payload_in(await quick_talk.opened(NEW_PHONE, "themmay"))
    quick_talk.clock.advance(days=4)
    late = await quick_talk.opened(OTHER_PHONE, payload=own)
    assert "đã hết hạn" in late.text
    wrong = await quick_talk.opened(OTHER_PHONE, payload="phone-" + "x" * 32)
    assert "không phải liên kết của hệ thống" in wrong.text


async def test_a_newer_link_ends_the_one_before(quick_talk: Talk) -> None:
    first = payload_in(await quick_talk.opened(LAN, "themmay"))
    quick_talk.clock.advance(minutes=1)
    payload_in(await quick_talk.opened(LAN, "themmay"))
    assert "đã hết hạn" in (await quick_talk.opened(OTHER_PHONE, payload=first)).text


async def test_one_person_uses_two_phones(quick_talk: Talk) -> None:
    talk = quick_talk
    shown = await talk.opened(LAN, "themmay")
    payload = payload_in(shown)
    assert "Kính chào cô Lan" in (await talk.opened(OTHER_PHONE, payload=payload)).text
    await talk.opened(LAN, "xacnhan")
    await talk.said(LAN, "1")
    asked = await talk.said(OTHER_PHONE, "du")
    assert "Việc này được mở ở máy khác" in asked.text
    day = await talk.said(OTHER_PHONE, "du")
    assert "Hàng về đến nơi ngày nào?" in day.text
    assert (await person_at(talk.database, LAN)) == (await person_at(talk.database, OTHER_PHONE))
    talk.matches("people/add_phone", {payload: "phone-…"})


async def test_an_account_with_a_task_is_not_taken_by_a_link(quick_talk: Talk) -> None:
    payload = payload_in(await quick_talk.opened(LAN, "themmay"))
    refused = await quick_talk.opened(MINH, payload=payload)
    assert "của một người khác có nhiệm vụ" in refused.text
    assert await roles_of(quick_talk, MINH) == ["local"]
    assert "Kính chào cô Lan" in (await quick_talk.opened(OTHER_PHONE, payload=payload)).text


async def test_the_successor_who_inherits_an_account_is_somebody_else(talk: Talk) -> None:
    async with talk.database.writing() as session:
        payload = await invitations.create(session, Role.SITE, NA_TENH, None, talk.clock.now)
    asked = await talk.opened(LAN, payload=payload)
    assert "Tài khoản này đang mang tên Lan" in asked.text
    await talk.said(LAN, "nguoi khac")
    await talk.said(LAN, "thay")
    welcome = await talk.said(LAN, "Hoàng Văn Thái")
    assert "Kính chào thầy Hoàng Văn Thái" in welcome.text
    found = await person_at(talk.database, LAN)
    assert found is not None
    assert found.id != f"person-{LAN}"
    async with talk.database.reading() as session:
        lan = await session.get(Person, f"person-{LAN}")
        held = await people.memberships_of(session, [f"person-{LAN}"], talk.clock.now)
    assert lan is not None
    assert lan.name == "Lan"
    assert [one.role for one in held[f"person-{LAN}"]] == ["site"]


async def test_an_officer_looks_after_the_phones_of_their_own_commune_alone(
    quick_talk: Talk,
) -> None:
    asked = await quick_talk.opened(MINH, "doimay")
    assert any("Lan" in label for label in asked.labels)
    assert not any("Thảo" in label or "Minh" in label for label in asked.labels)
    for who in (LAN, THAO, HOA, SON):
        refused = await quick_talk.opened(who, "doimay")
        assert "Đổi máy của ai?" not in refused.text


async def test_an_invitation_that_is_used_meanwhile_takes_no_account_from_anybody(
    talk: Talk,
) -> None:
    async with talk.database.writing() as session:
        payload = await invitations.create(session, Role.SITE, NA_TENH, None, talk.clock.now)
    await talk.opened(LAN, payload=payload)
    await talk.said(LAN, "nguoi khac")
    await talk.said(LAN, "thay")
    await talk.opened(SON, payload=payload)
    await talk.said(SON, "thay")
    await talk.said(SON, "Sơn")
    refused = await talk.said(LAN, "Hoàng Văn Thái")
    assert "đã được dùng" in refused.text
    found = await person_at(talk.database, LAN)
    assert found is not None
    assert (found.id, found.name) == (f"person-{LAN}", "Lan")


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.COORD, {}),
        (Role.SITE, {"site_code": PAC_PANG}),
        (Role.LOCAL, {"unit_code": COC_PANG, "unit_from": SINCE_MERGER}),
    ],
)
async def test_no_link_lets_an_officer_into_what_is_not_of_their_commune(
    quick_talk: Talk, role: Role, where: dict[str, Any]
) -> None:
    talk = quick_talk
    async with talk.database.writing() as session:
        people.grant(session, f"person-{LAN}", role, by=None, now=BEFORE, **where)
    asked = await talk.opened(MINH, "doimay")
    assert not any("Lan" in label for label in asked.labels)
    async with talk.database.writing() as session:
        people.grant(session, f"person-{THAO}", Role.ADMIN, by=None, now=BEFORE)
    asked = await talk.opened(THAO, "doimay")
    assert any("Lan" in label for label in asked.labels)


async def test_a_teacher_who_also_gives_is_still_in_the_care_of_her_commune(
    quick_talk: Talk,
) -> None:
    async with quick_talk.database.writing() as session:
        people.grant(session, f"person-{LAN}", Role.DONOR, by=None, now=BEFORE)
    asked = await quick_talk.opened(MINH, "doimay")
    assert any("Lan" in label for label in asked.labels)


async def test_the_operator_looks_after_everybodys_phone_but_their_own(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        people.grant(session, f"person-{THAO}", Role.ADMIN, by=None, now=BEFORE)
    asked = await quick_talk.opened(THAO, "doimay")
    assert any("Minh" in label for label in asked.labels)
    assert not any("Thảo" in label for label in asked.labels)


async def test_people_stand_in_the_order_of_their_given_names(quick_talk: Talk) -> None:
    async with quick_talk.database.writing() as session:
        for number, name in enumerate(("Đinh Thị Ánh", "Ân", "Bàn A Ba", "Zến An")):
            person = Person(id=f"p{number}", name=name, created_at=BEFORE)
            session.add(person)
            await session.flush()
            people.grant(session, person.id, Role.SITE, by=None, now=BEFORE, site_code=NA_TENH)
    asked = await quick_talk.opened(MINH, "doimay")
    shown = [label.partition(". ")[2].partition(",")[0] for label in asked.labels if ". " in label]
    assert shown == ["Zến An", "Đinh Thị Ánh", "Ân", "Bàn A Ba", "Cô Lan"]


async def test_every_change_of_phone_is_written_down(quick_talk: Talk) -> None:
    payload = await replace_the_phone_of_lan(quick_talk)
    quick_talk.clock.now += timedelta(hours=1)
    await quick_talk.opened(NEW_PHONE, payload=payload)
    async with quick_talk.database.reading() as session:
        found = await session.execute(select(HistoryEntry).order_by(HistoryEntry.at))  # type: ignore[arg-type]
        actions = [one.action for one in found.scalars()]
    assert [one for one in actions if one.startswith(("address", "phone_link"))] == [
        "address.end",
        "phone_link.create",
        "address.end",
        "address.begin",
    ]


async def everything_in(database: Database) -> str:
    """All that whoever can read the store reads, except what people themselves sent."""
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name != "inbox"]
    async with database.reading() as session:
        rows = [row for table in tables for row in await session.execute(select(table))]
    return "\n".join(str(tuple(row)) for row in rows)


async def test_a_link_for_a_phone_is_kept_nowhere_once_it_was_told(talk: Talk) -> None:
    lost = await replace_the_phone_of_lan(talk)
    second = payload_in(await talk.opened(MINH, "themmay"))
    kept = await everything_in(talk.database)
    assert lost not in kept
    assert second not in kept


async def test_pressing_twice_takes_no_link_from_the_card(quick_talk: Talk) -> None:
    await quick_talk.opened(MINH, "doimay")
    await quick_talk.said(MINH, "lan")
    review = await quick_talk.pressed(MINH, "Máy bị mất hoặc hỏng")
    send, before = review.button("Gửi"), review.screen
    payload = payload_in(await quick_talk.pressed_button(MINH, send, review))
    press = {"action": send.action, "draft": before.draft, "revision": before.revision}
    await quick_talk.arrives(MINH, {"kind": "pressed", "message": review.message_id, **press})
    await quick_talk.answer_all()
    assert payload_in(quick_talk.phone(MINH).last) == payload
    assert "đã được gửi" in quick_talk.phone(MINH).toasts[-1]
