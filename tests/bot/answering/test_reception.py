"""One person strictly in order, different people together, and a batch is the same as its turns one by one."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import select

import conversations
from bot.answering.reception import Reception
from bot.channels import Incoming
from conversations.kit import Context, FormState, Screen
from conversations.lobby.lobby import Lobby
from storage.database import Session
from storage.help import deliveries, submissions
from storage.help.confirmations import NewConfirmation, Outcome
from storage.messages import inbox
from storage.messages.inbox import Update, UpdateState
from storage.people import people, phones
from storage.people.people import Address, Role, grant
from tests.cast import BEFORE, BLANKETS, NA_TENH
from tests.conversations.deliveries.test_confirm_delivery import confirmations_in, to_the_review
from tests.conversations.lobby.test_second_looks import joined
from tests.records import confirmations as all_confirmations
from tests.talking import CHANNEL, HOA, LAN, MINH, SON, THAO, Talk, read


async def states(talk: Talk) -> list[tuple[str, str]]:
    async with talk.database.reading() as session:
        found = await session.execute(select(Update).order_by(Update.id))  # type: ignore[arg-type]
        return [(one.sender, one.state) for one in found.scalars()]


def with_broken(talk: Talk, instead: Any, patience: timedelta = timedelta(seconds=2)) -> Reception:
    """The reception, where anh Minh's list does something else."""

    async def show(context: Context, _payload: str) -> Any:
        return await instead(context)

    broken = [
        replace(one, show=show) if one.name == "waiting_reports" else one
        for one in conversations.ALL
    ]
    return Reception(
        talk.database, Lobby(tuple(broken)), {"telegram": read}, talk.clock, patience=patience
    )


async def test_a_bug_costs_nobody_else_and_is_set_aside_after_three_tries(talk: Talk) -> None:
    async def fail(_moment: FormState) -> Screen:
        raise ZeroDivisionError

    talk.reception = with_broken(talk, fail)
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    await talk.arrives(LAN, {"kind": "opened", "conversation": "dabaocao", "payload": ""})
    for _try in range(3):
        await talk.answer_all()
        talk.clock.advance(minutes=1)
    assert sorted(await states(talk)) == sorted([(MINH, "set_aside"), (LAN, "done")])
    assert "Báo cáo cô đã gửi" in talk.phone(LAN).last.text
    assert "chưa xử lý được tin nhắn vừa rồi" in talk.phone(MINH).last.text
    await talk.opened(MINH)
    assert "Kính chào anh Minh" in talk.phone(MINH).last.text


async def test_a_busy_store_is_no_fault_of_the_message(talk: Talk) -> None:
    tries = 0

    async def busy(_moment: FormState) -> Screen:
        nonlocal tries
        tries += 1
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    talk.reception = with_broken(talk, busy)
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    for _try in range(5):
        await talk.answer_all()
        talk.clock.advance(minutes=1)
    assert tries >= 5
    assert await states(talk) == [(MINH, "waiting")]
    talk.reception = Reception(
        talk.database, Lobby(conversations.ALL), {"telegram": read}, talk.clock
    )
    await talk.answer_all()
    assert await states(talk) == [(MINH, "done")]


async def test_who_is_slow_does_not_hold_up_the_others(talk: Talk) -> None:
    """T10: a turn that never ends costs the others no more than the patience."""
    never = asyncio.Event()

    async def hang(_moment: FormState) -> Screen:
        await never.wait()
        raise AssertionError

    talk.reception = with_broken(talk, hang, timedelta(milliseconds=200))
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    await talk.arrives(LAN, {"kind": "opened", "conversation": "dabaocao", "payload": ""})
    async with asyncio.timeout(10):
        await talk.answer_all()
    assert (LAN, "done") in await states(talk)
    assert (MINH, "waiting") in await states(talk)


async def test_a_turn_that_never_ends_is_set_aside_too_and_its_writer_told(talk: Talk) -> None:
    never = asyncio.Event()

    async def hang(_moment: FormState) -> Screen:
        await never.wait()
        raise AssertionError

    talk.reception = with_broken(talk, hang, timedelta(milliseconds=50))
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    for _try in range(3):
        await talk.answer_all()
        talk.clock.advance(minutes=1)
    assert await states(talk) == [(MINH, "set_aside")]
    assert "chưa xử lý được" in talk.phone(MINH).last.text


async def test_a_malformed_update_is_set_aside_and_later_ones_are_answered(talk: Talk) -> None:
    """T5."""
    async with talk.database.writing() as session:
        arrivals = [
            inbox.Arrival(1, LAN, "{not json"),
            inbox.Arrival(2, LAN, json.dumps({"surprise": True})),
            inbox.Arrival(None, "?", "[]"),
        ]
        await inbox.store(session, CHANNEL, arrivals, talk.clock.now)
    await talk.arrives(
        LAN, {"kind": "opened", "conversation": "dabaocao", "payload": ""}, update_id=3
    )
    await talk.answer_all()
    assert [state for _sender, state in await states(talk)] == ["set_aside"] * 3 + ["done"]
    assert "Báo cáo cô đã gửi" in talk.phone(LAN).last.text


async def test_one_person_is_answered_in_order_whoever_answers(talk: Talk) -> None:
    """T10: two processes never hold the same person."""
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "thieu", "45", "2"):
        await talk.arrives(LAN, {"kind": "said", "text": words})
    await talk.arrives(SON, {"kind": "opened", "conversation": "", "payload": ""})
    other = Reception(talk.database, talk.reception.lobby, {"telegram": read}, talk.clock)

    async def work(reception: Reception) -> None:
        for _round in range(8):
            await reception.answer_waiting()

    await asyncio.gather(work(talk.reception), work(other))
    await talk.deliver()
    await talk.answer_all()
    assert "Vì sao thiếu hoặc hỏng?" in talk.phone(LAN).last.text


async def somebody_waits_for_a_row(talk: Talk) -> None:
    if talk.database.is_sqlite:
        # Whoever writes has the whole store, so a turn begins when they are ready.
        return
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(5), talk.database.reading() as session:
        while not (await session.execute(waits)).scalar_one():  # noqa: ASYNC110  # Nothing tells.
            await asyncio.sleep(0.01)


@asynccontextmanager
async def in_another_process(talk: Talk) -> AsyncIterator[Session]:
    """What another process changes in this session, while cô Lan's report is being recorded."""
    await to_the_review(talk)
    await talk.arrives(LAN, {"kind": "said", "text": "gui"})
    async with talk.database.writing() as session:
        await deliveries.hold(session, BLANKETS)
        answering = asyncio.create_task(talk.reception.answer_waiting())
        await somebody_waits_for_a_row(talk)
        talk.clock.advance(seconds=1)
        yield session
    await answering
    await talk.deliver()


async def test_photos_join_the_report_of_a_colleague_who_sent_at_the_same_moment(
    talk: Talk,
) -> None:
    await to_the_review(talk)
    await talk.arrives(LAN, {"kind": "said", "text": "gui"})
    async with talk.database.writing() as session:
        report = NewConfirmation(BLANKETS, Outcome.ALL, 60, 0, NA_TENH)
        by, at = f"person-{HOA}", talk.clock.now
        made = await submissions.submit(session, report.version(), by=by, message_at=at, now=at)
        answering = asyncio.create_task(talk.reception.answer_waiting())
        await somebody_waits_for_a_row(talk)
    await answering
    await talk.deliver()
    assert "Ảnh gửi ở đây đã được bổ sung vào báo cáo đó" in talk.phone(LAN).last.text
    assert await joined(talk) == [made.report.id, made.report.id]


async def test_a_role_that_ends_while_a_turn_is_under_way_records_nothing(talk: Talk) -> None:
    """T22: between the turn's beginning and its end, as another process may do it."""
    async with in_another_process(talk) as session:
        held = await people.memberships_of(session, [f"person-{LAN}"], talk.clock.now)
        for one in held[f"person-{LAN}"]:
            await people.end(session, one.id, by=None, now=talk.clock.now, reason="chuyển công tác")
    assert await confirmations_in(talk) == []
    assert "không còn thuộc phần việc" in talk.phone(LAN).last.text


async def test_a_phone_that_is_put_out_while_a_turn_is_under_way_records_nothing(
    talk: Talk,
) -> None:
    async with in_another_process(talk) as session:
        lan, minh = f"person-{LAN}", f"person-{MINH}"
        await phones.put_out(session, lan, by=minh, reason="mất máy", now=talk.clock.now)
    assert await confirmations_in(talk) == []
    # Whoever has it in their hands is a stranger now.
    assert "Tôi muốn giúp các cháu" in " ".join(talk.phone(LAN).last.labels)


GROUP = "-100"


def in_group(raw: dict[str, Any]) -> Incoming:
    return replace(read(raw), chat=GROUP, private=False, anonymous=bool(raw.get("anonymous")))


def with_group(talk: Talk, username: Callable[[str], str]) -> Reception:
    """The reception, where everybody writes in a group."""
    return Reception(
        talk.database, talk.reception.lobby, {"telegram": in_group}, talk.clock, username=username
    )


async def test_in_a_group_one_sentence_and_nothing_of_anyones_role(quick_talk: Talk) -> None:
    """T22: and an anonymous administrator is nobody."""
    talk = quick_talk
    talk.reception = with_group(talk, lambda _channel: "AmBanPracticeBot")
    await talk.arrives(LAN, {"kind": "opened", "conversation": "dabaocao", "payload": ""})
    await talk.answer_all()
    shown = talk.phone(GROUP).last
    assert shown.lines == ["Hệ thống chỉ trao đổi riêng với từng người."]
    assert shown.screen.rows[0][0].url == "https://t.me/AmBanPracticeBot"
    await talk.arrives(LAN, {"kind": "said", "text": "xin chào"})
    await talk.answer_all()
    assert len(talk.phone(GROUP).messages) == 1


async def test_a_group_in_which_many_ask_is_told_once_in_a_while(talk: Talk) -> None:
    talk.reception = with_group(talk, lambda _channel: "AmBanPracticeBot")
    opened = {"kind": "opened", "conversation": "", "payload": ""}
    await talk.arrive_together({LAN: opened, MINH: opened})
    await talk.answer_all()
    await talk.arrives(SON, opened)
    await talk.answer_all()
    assert len(talk.phone(GROUP).messages) == 1
    talk.clock.advance(minutes=11)
    await talk.arrives(SON, opened)
    await talk.answer_all()
    assert len(talk.phone(GROUP).messages) == 2


async def test_a_group_is_told_nothing_of_whose_update_was_set_aside(talk: Talk) -> None:
    """T22: neither who it was nor what they are, and once in a while however much fails."""

    def unknown(_channel: str) -> str:
        raise ZeroDivisionError

    async with talk.database.writing() as session:
        grant(session, f"person-{THAO}", Role.ADMIN, by=None, now=BEFORE)
    talk.reception = with_group(talk, unknown)
    for what in ("dabaocao", "xacnhan"):
        await talk.arrives(LAN, {"kind": "opened", "conversation": what, "payload": ""})
    await talk.arrives(LAN, {"kind": "said", "text": "xin chào"})
    for _try in range(7):
        await talk.answer_all()
        talk.clock.advance(seconds=20)
    assert [state for _sender, state in await states(talk)] == ["set_aside"] * 3
    assert [one.lines for one in talk.phone(GROUP).messages] == [
        ["Hệ thống chỉ trao đổi riêng với từng người."]
    ]
    assert talk.phone(GROUP).last.screen.rows == ()
    assert LAN not in talk.phones
    assert len(talk.phone(THAO).messages) == 3


async def test_what_somebody_wrote_later_is_answered_after_the_one_that_failed(talk: Talk) -> None:
    async def fail(_moment: FormState) -> Screen:
        raise ZeroDivisionError

    talk.reception = with_broken(talk, fail)
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    await talk.arrives(MINH, {"kind": "opened", "conversation": "trogiup", "payload": ""})
    await talk.answer_all()
    # Until its last try the one that fails keeps its place.
    assert [state for _sender, state in await states(talk)] == ["waiting"] * 2
    talk.clock.advance(seconds=6)
    await talk.answer_all()
    talk.clock.advance(seconds=11)
    await talk.answer_all()
    assert [state for _sender, state in await states(talk)] == ["set_aside", "done"]
    told = [one.text for one in talk.phone(MINH).messages]
    assert "chưa xử lý được tin nhắn vừa rồi" in told[0]
    assert "Cách dùng hệ thống" in told[1]
    async with talk.database.reading() as session:
        found = (await session.execute(select(Update).order_by(Update.id))).scalars()  # type: ignore[arg-type]
        assert [(one.tries, one.why) for one in found] == [(3, "ZeroDivisionError"), (0, None)]


async def test_also_where_nobody_could_be_told_of_the_one_that_failed(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_moment: FormState) -> Screen:
        raise ZeroDivisionError

    def fails(*_given: Any) -> Screen:
        raise ZeroDivisionError

    talk.reception = with_broken(talk, fail)
    monkeypatch.setattr("bot.answering.reception.with_way_home", fails)
    await talk.arrives(MINH, {"kind": "opened", "conversation": "chokiemtra", "payload": ""})
    await talk.arrives(MINH, {"kind": "opened", "conversation": "trogiup", "payload": ""})
    for _try in range(3):
        await talk.answer_all()
        talk.clock.advance(minutes=1)
    assert [state for _sender, state in await states(talk)] == ["set_aside", "done"]
    assert "nobody was told of update 1" in caplog.text


async def test_a_card_in_a_group_is_answered_to_whoever_presses_it_and_does_nothing(
    quick_talk: Talk,
) -> None:
    """T15: as a card that was forwarded into a group, pressed by somebody else and by its owner."""
    talk = quick_talk
    await to_the_review(talk)
    card = talk.phone(LAN).last
    pressed = {
        "kind": "pressed",
        "action": card.button("Gửi").action,
        "draft": card.screen.draft,
        "revision": card.screen.revision,
        "message": card.message_id,
    }

    def in_group(raw: dict[str, Any]) -> Incoming:
        return replace(read(raw), chat="-100", private=False)

    in_private = talk.reception
    talk.reception = Reception(talk.database, in_private.lobby, {"telegram": in_group}, talk.clock)
    for who in (MINH, LAN):
        await talk.arrives(who, pressed)
        await talk.answer_all()
    said = "Hệ thống chỉ trao đổi riêng với từng người."
    assert talk.phone("-100").toasts == [said, said]
    assert talk.phone("-100").messages == []
    assert await confirmations_in(talk) == []
    talk.reception = in_private
    assert "Mã biên nhận" in (await talk.pressed(LAN, "Gửi")).text


ANSWERS: Sequence[tuple[str, Sequence[str]]] = (
    (LAN, ("xacnhan", "1", "thieu", "45", "2", "1", "hom nay", "gui sau", "khong", "gui")),
    (MINH, ("kehoach", "na tenh", "ao phao", "25", "ngay mai", "Nhóm Áo Ấm (mẫu)", "gui")),
    ("800001", ("start", "1", "chi")),
    (SON, ("start", "2", "xa co ba", "na tenh", "thay", "Sơn", "gui")),
)


async def what_is_true(talk: Talk) -> list[Any]:
    """The store, without what differs by chance: ids and codes."""
    from storage.help.deliveries import Delivery
    from storage.messages.outbox import Message
    from storage.people.join_requests import JoinRequest
    from storage.people.people import Membership

    async with talk.database.reading() as session:
        made = await all_confirmations(session)
        planned = (await session.execute(select(Delivery))).scalars().all()
        asked = (await session.execute(select(JoinRequest))).scalars().all()
        roles = (await session.execute(select(Membership))).scalars().all()
        told = (await session.execute(select(Message))).scalars().all()
    return [
        sorted((one.delivery_id, one.received, one.damaged, one.reason) for one in made),
        sorted((one.site_code, one.item_code, one.quantity, one.source) for one in planned),
        sorted((one.site_code, one.name, one.state) for one in asked),
        sorted((one.role, one.site_code or "") for one in roles),
        sorted((one.chat, one.kind) for one in told),
    ]


@pytest.mark.parametrize("at_once", [1, 50])
async def test_a_batch_gives_the_same_store_as_its_turns_one_by_one(
    talk: Talk, at_once: int, request: pytest.FixtureRequest
) -> None:
    for place in range(10):
        for who, words in ANSWERS:
            if place >= len(words):
                continue
            said = words[place]
            opened = {
                "kind": "opened",
                "conversation": "" if said == "start" else said,
                "payload": "",
            }
            what = opened if place == 0 else {"kind": "said", "text": said}
            await talk.arrives(who, what)
    while await talk.reception.answer_waiting(at_once):
        pass
    assert all(state == UpdateState.DONE for _sender, state in await states(talk))
    known = request.config.stash.setdefault(SEEN, {})
    here = known.setdefault(talk.database.is_sqlite, await what_is_true(talk))
    assert await what_is_true(talk) == here
    assert NA_TENH in str(here)


SEEN = pytest.StashKey[dict[str, Any]]()


async def test_two_phones_of_one_person_take_turns(talk: Talk) -> None:
    async with talk.database.writing() as session:
        session.add(
            Address(channel="telegram", address="700099", person_id=f"person-{LAN}", since=BEFORE)
        )
    await talk.arrives(LAN, {"kind": "opened", "conversation": "xacnhan", "payload": ""})
    await talk.arrives("700099", {"kind": "opened", "conversation": "dabaocao", "payload": ""})
    await talk.arrives("700099", {"kind": "opened", "conversation": "ngonngu", "payload": ""})
    await talk.arrives(LAN, {"kind": "said", "text": "1"})
    await talk.answer_all()
    assert {state for _sender, state in await states(talk)} == {"done"}
