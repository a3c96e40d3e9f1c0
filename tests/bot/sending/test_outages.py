"""Telegram is away for a while, in whatever way: afterwards everybody is told what still holds, and soon."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlmodel import select

from bot.channels import DeliveryFailure
from bot.operating.health import Health
from bot.practice.server import Practice, running
from bot.sending.post import Post
from bot.telegram.channel import TelegramChannel
from bot.text.channel import TextChannel
from locales import plain
from storage.database import Database
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import MessageKind, MessageState, Placement, Policy, Urgency
from tests.bot.difficult_gateway import Lost as GatewayLost
from tests.bot.difficult_gateway import difficult_gateway
from tests.bot.difficult_telegram import (
    CHANNEL,
    TOKEN,
    Lost,
    Refusal,
    Request,
    Reset,
    Silent,
    difficult_telegram,
)
from tests.bot.receiving.test_brought import all_is_answered, says
from tests.bot.receiving.test_two_bots import polled
from tests.bot.receiving.test_two_bots import told as logged
from tests.bot.sending.test_post import HOA, LAN, MINH, THAO, Office
from tests.bot.test_hard_days import people, shows
from tests.bot.test_kills import ANSWERS, receipts_of, settle
from tests.databases import ON_ONE_STORE
from tests.processes import bot, environment

BAD_GATEWAY = Refusal(502, "Bad Gateway")
OUTAGES = [BAD_GATEWAY, Refusal(504, "Gateway Timeout"), Lost, Reset, Silent]
NAMES = ["502", "504", "lost", "reset", "silent"]
TEACHERS = [str(710_000 + number) for number in range(6)]
CURIOUS = [str(720_000 + number) for number in range(12)]


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with difficult_telegram() as telegram:
        office = Office(database, telegram)
        yield office
        await office.channel.close()


def impatient(office: Office) -> None:
    """So that nobody needs to wait in earnest for an answer that never comes."""
    office.channel = TelegramChannel(TOKEN, office.telegram.address, patience=0.3)
    office.post = office.another()


async def goes_on(office: Office, seconds: float, step: float = 1) -> None:
    """The bot sends as it always does, until so much time has passed."""
    end = office.clock.now.timestamp() + seconds
    while office.clock.now.timestamp() < end:
        await office.all()
        office.clock.advance(step)


async def people_type(office: Office) -> dict[str, list[int]]:
    """Some send their reports, some ask for something, an officer's card changes, and everybody gets a reminder."""
    told: dict[str, list[int]] = {"receipts": [], "answers": [], "news": [], "changes": []}
    for chat in TEACHERS:
        receipt = await office.tell(chat, f"Mã AB-{chat}", policy=Policy.RECEIPT, card="draft:1")
        told["receipts"].append(receipt)
    for chat in CURIOUS:
        told["answers"].append(await office.tell(chat, f"Trợ giúp {chat}", card="help"))
    for number in range(2):
        card = {"placement": Placement.IN_PLACE, "message_id": "55", "silent": True}
        told["changes"].append(await office.tell(MINH, f"{number} việc", card="waiting", **card))
    for chat in (*TEACHERS, MINH):
        told["news"].append(await office.tell(chat, f"Nhắc {chat}", urgency=Urgency.BULK))
    return told


async def states(office: Office, numbers: list[int]) -> Counter[str]:
    return Counter([await office.state(number) for number in numbers])


async def everybody_knows(office: Office, told: dict[str, list[int]], at_most: int = 1) -> None:
    """Each sees what still holds, each receipt at most so often, and the officer's card is the newest."""
    seen = Counter(text for _chat, text in office.telegram.shown)
    expected = [
        *(f"Mã AB-{chat}" for chat in TEACHERS),
        *(f"Trợ giúp {chat}" for chat in CURIOUS),
        *(f"Nhắc {chat}" for chat in (*TEACHERS, MINH)),
    ]
    assert {text: 1 <= seen[text] <= at_most for text in expected} == dict.fromkeys(expected, True)
    assert set(seen) == set(expected)
    for kind in ("receipts", "answers", "news"):
        assert await states(office, told[kind]) == {MessageState.SENT: len(told[kind])}
    older, newer = told["changes"]
    assert await office.state(older) == MessageState.DROPPED
    assert await office.state(newer) == MessageState.SENT


@pytest.mark.parametrize("outage", OUTAGES, ids=NAMES)
@ON_ONE_STORE
async def test_after_forty_seconds_everybody_is_told_within_a_minute(office: Office, outage: Any):
    impatient(office)
    office.telegram.outage = outage
    told = await people_type(office)
    await goes_on(office, 40)
    for numbers in told.values():
        assert await states(office, numbers) == {MessageState.PENDING: len(numbers)}
    office.telegram.outage = None
    await goes_on(office, 60)
    await everybody_knows(office, told, at_most=2 if outage is Lost else 1)


@pytest.mark.parametrize("outage", [BAD_GATEWAY, Lost], ids=["502", "lost"])
async def test_after_an_hour_everybody_is_told_within_a_minute(
    sqlite_database: Database, outage: Any
):
    async with difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        telegram.outage = outage
        told = await people_type(office)
        await goes_on(office, 3600, step=30)
        tried = Counter((one.parameters["chat_id"]) for one in telegram.of("sendMessage"))
        assert set(tried.values()) == {1}
        telegram.outage = None
        await goes_on(office, 60)
        await everybody_knows(office, told, at_most=2 if outage is Lost else 1)
        await office.channel.close()


@ON_ONE_STORE
async def test_what_was_typed_in_the_middle_of_it_is_not_even_tried_before_its_end(office: Office):
    office.telegram.outage = BAD_GATEWAY
    await office.tell(LAN, "trước")
    await goes_on(office, 20)
    told = await people_type(office)
    await goes_on(office, 20)
    assert office.telegram.texts() == ["trước"]
    office.telegram.outage = None
    await goes_on(office, 60)
    office.telegram.shown.remove((int(LAN), "trước"))
    await everybody_knows(office, told)


@pytest.mark.parametrize("outage", [BAD_GATEWAY, Lost], ids=["502", "lost"])
async def test_a_restart_in_the_middle_of_it_changes_nothing(office: Office, outage: Any):
    office.telegram.outage = outage
    told = await people_type(office)
    await goes_on(office, 30)
    tried = len(office.telegram.of("sendMessage", "editMessageText"))
    for _restart in range(5):
        office.post = office.another()
        await goes_on(office, 10)
    assert len(office.telegram.of("sendMessage", "editMessageText")) == tried
    office.post = office.another()
    office.telegram.outage = None
    await goes_on(office, 60)
    await everybody_knows(office, told, at_most=2 if outage is Lost else 1)


async def test_another_process_learns_of_it_without_trying(office: Office):
    office.telegram.outage = BAD_GATEWAY
    await office.tell(LAN, "một")
    await office.all()
    number = await office.tell(MINH, "hai")
    other = office.another()
    await other.send_waiting()
    office.clock.advance(10)
    await other.send_waiting()
    assert office.telegram.texts() == ["một"]
    office.telegram.outage = None
    office.clock.advance(10)
    for _pass in range(3):
        await other.send_waiting()
    assert await office.state(number) == MessageState.SENT
    await office.tell(THAO, "ba")
    office.clock.advance(10)
    for _pass in range(3):
        await office.post.send_waiting()
    assert ("ba" in office.telegram.texts(), office.post.circuits.down) == (True, 0)


@ON_ONE_STORE
async def test_where_nobody_can_connect_everything_waits_for_the_first_probe(office: Office):
    nowhere = TelegramChannel(TOKEN, "http://127.0.0.1:9")
    there, office.channel = office.channel, nowhere
    office.post = office.another()
    told = await people_type(office)
    await goes_on(office, 120, step=5)
    await nowhere.close()
    office.channel = there
    office.post = office.another()
    await goes_on(office, 60)
    await everybody_knows(office, told)


@pytest.mark.parametrize(
    ("outage", "seconds"),
    [(BAD_GATEWAY, 8), (Reset, 40), (BAD_GATEWAY, 300)],
    ids=["502-8", "reset-40", "502-300"],
)
async def test_where_only_messages_fail_and_probes_pass_nobody_is_given_up_either(
    sqlite_database: Database, outage: Any, seconds: float
):
    async with difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        telegram.failing = ("sendMessage", "editMessageText")
        telegram.outage = outage
        told = await people_type(office)
        await goes_on(office, seconds, step=2)
        telegram.outage = None
        await goes_on(office, 60)
        await everybody_knows(office, told)
        await office.channel.close()


async def test_where_only_messages_fail_a_receipt_comes_twice_at_most(sqlite_database: Database):
    async with difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        telegram.failing, telegram.outage = ("sendMessage",), Lost
        told = await people_type(office)
        await goes_on(office, 600, step=5)
        telegram.outage = None
        await goes_on(office, 60)
        seen = Counter(text for _chat, text in telegram.shown)
        assert {1 <= seen[f"Mã AB-{chat}"] <= 2 for chat in TEACHERS} == {True}
        assert await states(office, told["answers"]) == {MessageState.SENT: 12}
        await office.channel.close()


@pytest.mark.parametrize("chats", [TEACHERS[:1], TEACHERS[:2]], ids=["one", "two"])
@pytest.mark.parametrize("outage", [BAD_GATEWAY, Lost, Reset], ids=["502", "lost", "reset"])
async def test_where_only_messages_fail_and_few_write_they_have_their_receipts_all_the_same(
    sqlite_database: Database, outage: Any, chats: list[str]
):
    async with difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        telegram.failing, telegram.outage = ("sendMessage",), outage
        for chat in chats:
            await office.tell(chat, f"Mã AB-{chat}", policy=Policy.RECEIPT, card="draft:1")
        await goes_on(office, 3600, step=30)
        telegram.outage = None
        await goes_on(office, 60)
        seen = Counter(text for _chat, text in telegram.shown)
        often = 2 if outage is Lost else 1
        assert seen == {f"Mã AB-{chat}": often for chat in chats}
        await office.channel.close()


@pytest.mark.parametrize("chats", [TEACHERS[:1], TEACHERS[:2]], ids=["one", "two"])
@pytest.mark.parametrize("outage", [502, 503, GatewayLost], ids=["502", "503", "lost"])
async def test_after_an_hour_without_the_gateway_few_text_phones_have_their_receipts(
    sqlite_database: Database, outage: Any, chats: list[str]
):
    async with difficult_gateway() as gateway, difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        await office.channel.close()
        texts = TextChannel(gateway.address)
        office.post = Post(
            sqlite_database, {texts.name: texts}, office.clock, sleep=office.clock.sleep
        )
        gateway.outage = outage
        for chat in chats:
            await office.tell(
                chat, f"Mã AB-{chat}", policy=Policy.RECEIPT, card="draft:1", channel=texts.name
            )
        await goes_on(office, 3600, step=30)
        gateway.outage = None
        await goes_on(office, 60)
        seen = Counter(text.splitlines()[0] for text in gateway.sent)
        often = 2 if outage is GatewayLost else 1
        assert seen == {f"Mã AB-{chat}": often for chat in chats}
        await texts.close()


async def test_a_straggler_that_comes_back_lets_no_second_message_go(sqlite_database: Database):
    async with difficult_telegram() as telegram:
        office = Office(sqlite_database, telegram)
        slow, tried = asyncio.Event(), asyncio.Event()

        async def comes_late(_request: Any) -> Any:
            await slow.wait()
            return BAD_GATEWAY

        async def never(_request: Any) -> Any:
            tried.set()
            await asyncio.Event().wait()

        for chat, what in ((LAN, comes_late), (MINH, BAD_GATEWAY)):
            telegram.next["sendMessage"].append(what)
            await office.tell(chat, "một")
        telegram.next["getMe"].append(BAD_GATEWAY)
        straggler = asyncio.create_task(office.post.send_waiting())
        await telegram.asked("getMe")
        while office.post.circuits.under_way:
            await asyncio.wait(set(office.post.circuits.under_way))
        office.clock.advance(10)
        telegram.next["sendMessage"].append(never)
        await office.tell(THAO, "hai")
        trial = asyncio.create_task(office.post.send_waiting())
        await asyncio.wait_for(tried.wait(), 10)
        slow.set()
        await straggler
        assert office.post.circuits.to_try() == []
        trial.cancel()
        await asyncio.gather(trial, return_exceptions=True)
        await office.channel.close()


@ON_ONE_STORE
async def test_one_chat_that_fails_while_others_pass_follows_its_class(office: Office):
    """T24"""

    async def fails_for_lan() -> None:
        office.telegram.next["sendMessage"].append(Lost)
        await office.all()

    receipt = await office.tell(LAN, "Mã", policy=Policy.RECEIPT)
    await fails_for_lan()
    for number in range(3):
        await office.tell(MINH, str(number))
        await office.all()
    office.clock.advance(10)
    await fails_for_lan()
    assert await office.state(receipt) == MessageState.UNCERTAIN
    assert office.telegram.texts() == ["Mã", 0, 1, 2, "Mã"]


@ON_ONE_STORE
async def test_a_line_that_breaks_at_every_other_request_of_a_chat_loses_nobody(office: Office):
    """Of all chats together the order is one of chance, and a receipt has two tries."""
    told = await people_type(office)
    came: Counter[tuple[str, Any]] = Counter()

    async def every_other(request: Request) -> Any:
        whose = request.method, request.parameters.get("chat_id")
        came[whose] += 1
        return BAD_GATEWAY if came[whose] % 2 else await office.telegram._usual(request)

    for method in ("sendMessage", "getMe", "editMessageText"):
        office.telegram.next[method].extend([every_other] * 80)
    await goes_on(office, 120)
    await everybody_knows(office, told)


@ON_ONE_STORE
async def test_a_tap_that_waited_too_long_is_let_go_and_menus_are_set_late(office: Office):
    office.telegram.outage = BAD_GATEWAY
    text = plain("Đã ghi").to_json()
    toast = await office.put(
        LAN, MessageKind.TOAST, {"query": "tap", "text": text}, policy=Policy.EDIT
    )
    menu = await office.put(
        LAN,
        MessageKind.COMMANDS,
        {"commands": [["start", text]]},
        policy=Policy.EDIT,
        card="commands",
    )
    await goes_on(office, 200, step=5)
    office.telegram.outage = None
    await goes_on(office, 30)
    assert await office.state(toast) == MessageState.DROPPED
    assert await office.state(menu) == MessageState.SENT


async def test_replies_leave_before_what_many_are_told(office: Office):
    office.telegram.outage = BAD_GATEWAY
    for chat in (LAN, MINH, THAO, HOA):
        await office.tell(chat, "nhắc", urgency=Urgency.BULK)
    await goes_on(office, 30)
    for chat in (LAN, MINH, THAO, HOA):
        await office.tell(chat, "trả lời")
    office.telegram.outage = None
    await goes_on(office, 60)
    for chat in (LAN, MINH, THAO, HOA):
        seen = [text for one, text in office.telegram.shown if str(one) == chat]
        assert seen == ["trả lời", "nhắc"]


@ON_ONE_STORE
async def test_after_its_return_nobody_is_told_faster_than_telegram_bears(office: Office):
    office.telegram.outage = BAD_GATEWAY
    for number in range(90):
        await office.tell(str(number + 1), "x")
    await goes_on(office, 30)
    office.telegram.outage = None
    office.clock.advance(10)
    began = office.clock()
    await office.all()
    assert len(office.telegram.shown) == 90
    assert 3 <= (office.clock() - began).total_seconds() < 6


@ON_ONE_STORE
async def test_whoever_watches_sees_that_nothing_passes_and_that_it_is_over(office: Office):
    checks = Health()
    checks.add("channels", office.post.circuits.is_troubled)
    office.telegram.outage = BAD_GATEWAY
    await office.tell(LAN, "một")
    await goes_on(office, 20)
    (reason,) = await checks.reasons()
    assert reason == f"sending: {CHANNEL} takes nothing since 2026-11-05 03:00 UTC (Bad Gateway)"
    assert office.post.circuits.down == 1
    office.telegram.outage = None
    await goes_on(office, 10)
    assert (await checks.reasons(), office.post.circuits.down) == ([], 0)


@ON_ONE_STORE
async def test_silence_asked_for_at_a_tap_holds_for_everybody(office: Office):
    """T26"""
    limit = Refusal(429, "Too Many Requests: retry after 35", {"retry_after": 35})
    office.telegram.next["answerCallbackQuery"].append(limit)
    body = {"query": "tap", "text": plain("Đã ghi").to_json()}
    await office.put(LAN, MessageKind.TOAST, body, policy=Policy.EDIT)
    await office.all()
    await office.tell(MINH, "hai")
    await goes_on(office, 30)
    assert office.telegram.texts() == []
    await goes_on(office, 10)
    assert office.telegram.texts() == ["hai"]


@pytest.mark.parametrize("way", ["getFile", "answerCallbackQuery"])
@ON_ONE_STORE
async def test_silence_asked_for_where_nobody_is_written_to_holds_for_everybody(
    office: Office, way: str
):
    """T26"""
    office.channel.hushed = lambda seconds: office.post.silences.hush(CHANNEL, seconds)
    limit = Refusal(429, "Too Many Requests: retry after 35", {"retry_after": 35})
    office.telegram.next[way].append(limit)
    if way == "getFile":
        with pytest.raises(DeliveryFailure):
            await office.channel.fetch("photo")
    else:
        await office.channel.answer_tap("tap")
    await office.tell(LAN, "một")
    await goes_on(office, 30)
    assert office.telegram.texts() == []
    await goes_on(office, 10)
    assert office.telegram.texts() == ["một"]


@pytest.mark.parametrize("code", [400, 403])
@ON_ONE_STORE
async def test_a_refusal_that_was_cut_off_is_no_refusal(
    office: Office, code: int, caplog: pytest.LogCaptureFixture
):
    cut = web.Response(status=code, text='{"ok":false,"error_code":400,"descr')
    office.telegram.next["sendMessage"].append(cut)
    number = await office.tell(LAN, "một")
    await goes_on(office, 10)
    assert await office.state(number) == MessageState.SENT
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def all_is_decided(database: Database, count: int) -> None:
    """Wait until everybody's answers stand in the outbox, told or not."""
    async with asyncio.timeout(60):
        while True:
            async with database.reading() as session:
                states_of = list((await session.execute(select(Update.state))).scalars())
            if states_of == [UpdateState.DONE] * count:
                return
            await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["error", "reset"])
async def test_the_program_tells_everybody_after_an_outage_in_which_it_was_killed(
    database: Database, tmp_path: Path, trouble: str
):
    """T25"""
    practice = Practice()
    teachers = people(practice, 3)
    await settle(database, teachers)
    store = database.url.render_as_string(hide_password=False)
    async with running(practice) as address, asyncio.timeout(150):
        settings = environment(address, store, tmp_path)
        async with bot(settings, tmp_path / "log") as process:
            await polled(practice)
            practice.world.injection.begin({"trouble": trouble})
            for answer in ANSWERS:
                for one in teachers:
                    says(practice, one, answer)
            await all_is_decided(database, len(ANSWERS) * len(teachers))
            await shows(settings, "red", "takes nothing since")
            process.kill()
            await process.wait()
        async with bot(settings, tmp_path / "later"):
            await logged(tmp_path / "later", "started")
            await shows(settings, "red", "takes nothing since")
            practice.world.injection.end_all()
            await all_is_answered(database, len(ANSWERS) * len(teachers))
    assert [len(receipts_of(practice, one)) for one in teachers] == [1] * len(teachers)
