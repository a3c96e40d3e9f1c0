"""What is to be told is told, in order, once, and at a bearable pace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sending.post import LEASE, LONGEST_SEND, Post
from bot.telegram.channel import TelegramChannel
from conversations.kit.screens import Button, Line, Screen, Style
from locales import plain
from storage.database import Database
from storage.messages import outbox
from storage.messages.cards import Card
from storage.messages.outbox import (
    Message,
    MessageKind,
    MessageState,
    Placement,
    Policy,
    Urgency,
)
from storage.people import people, phones
from tests.bot.difficult_telegram import (
    CHANNEL,
    TOKEN,
    DifficultTelegram,
    Lost,
    Refusal,
    Request,
    difficult_telegram,
)
from tests.databases import ON_ONE_STORE

LAN = "700001"
MINH = "700002"
THAO = "700003"
HOA = "700004"


class Clock:
    """A clock that only moves when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 5, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)


class Office:
    """A post with everything around it."""

    def __init__(self, database: Database, telegram: DifficultTelegram) -> None:
        self.database = database
        self.telegram = telegram
        self.clock = Clock()
        self.channel = TelegramChannel(TOKEN, telegram.address)
        self.post = self.another()

    def another(self) -> Post:
        channels = {self.channel.name: self.channel}
        return Post(self.database, channels, self.clock, sleep=self.clock.sleep)

    async def tell(self, chat: str, text: str, **more: Any) -> int:
        screen = Screen((Line(text),), ((Button("Tiếp", "next"),),))
        return await self.put(chat, MessageKind.SCREEN, screen.to_json(), **more)

    async def put(self, chat: str, kind: MessageKind, body: dict[str, Any], **more: Any) -> int:
        message = Message(
            chat=chat, kind=kind, body=body, created_at=self.clock(),
            reader={"language": "vi", "address": "co"}, **{"channel": CHANNEL, **more},
        )  # fmt: skip
        async with self.database.writing() as session:
            session.add(message)
        assert message.id is not None
        return message.id

    async def all(self) -> None:
        while await self.post.send_waiting():
            pass

    async def message(self, number: int) -> Message:
        async with self.database.reading() as session:
            found = await session.get(Message, number)
        assert found is not None
        return found

    async def state(self, number: int) -> str:
        return (await self.message(number)).state

    async def card(self, chat: str, name: str) -> str:
        async with self.database.reading() as session:
            found = await session.get(Card, (CHANNEL, chat, name))
        return found.message_id if found else ""


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with difficult_telegram() as telegram:
        office = Office(database, telegram)
        yield office
        await office.channel.close()


async def test_what_one_chat_is_told_keeps_its_order(office: Office):
    """T27"""
    numbers = [await office.tell(LAN, f"Câu {number}") for number in range(3)]
    office.telegram.next["sendMessage"].append(Refusal(503, "Service Unavailable"))
    await office.all()
    assert office.telegram.texts() == ["Câu 0"]
    office.clock.advance(10)
    await office.all()
    assert office.telegram.texts() == ["Câu 0", "Câu 0", "Câu 1", "Câu 2"]
    assert [await office.state(number) for number in numbers] == [MessageState.SENT] * 3


async def test_a_reply_overtakes_what_many_are_told(office: Office):
    """T26"""
    await office.tell(LAN, "Nhắc", urgency=Urgency.BULK)
    await office.tell(LAN, "Trả lời")
    await office.all()
    assert office.telegram.texts() == ["Trả lời", "Nhắc"]


async def test_a_card_that_a_reply_overtook_is_not_shown_any_more(office: Office):
    """What many are told may wait behind a reply that says the same card anew."""
    old = await office.tell(LAN, "Câu cũ", urgency=Urgency.BULK, card="draft:d")
    office.telegram.next["sendMessage"].append(Refusal(503, "Service Unavailable"))
    await office.post.send_waiting()
    await office.tell(LAN, "Câu mới", card="draft:d")
    await office.all()
    office.clock.advance(60)
    await office.all()
    assert office.telegram.texts() == ["Câu cũ", "Câu mới"]
    assert await office.state(old) == MessageState.DROPPED


@ON_ONE_STORE
async def test_a_chat_that_wants_silence_gets_it_and_others_go_on(office: Office):
    """T26"""
    limit = Refusal(429, "Too Many Requests: retry after 35", {"retry_after": 35})
    office.telegram.next["sendMessage"].append(limit)
    await office.tell(LAN, "một")
    await office.all()
    await office.tell(LAN, "hai")
    await office.tell(MINH, "ba")
    office.clock.advance(34)
    await office.all()
    assert office.telegram.texts() == ["một", "ba"]
    office.clock.advance(2)
    await office.all()
    assert office.telegram.texts() == ["một", "ba", "một", "hai"]


@ON_ONE_STORE
async def test_when_many_chats_want_silence_everybody_gets_it(office: Office):
    """T26"""
    limit = Refusal(429, "Too Many Requests: retry after 35", {"retry_after": 35})
    office.telegram.next["sendMessage"].extend([limit] * 3)
    for chat in (LAN, MINH, THAO):
        await office.tell(chat, "một")
    await office.all()
    await office.tell(HOA, "hai")
    office.clock.advance(30)
    await office.all()
    assert len(office.telegram.texts()) == 3
    office.clock.advance(6)
    await office.all()
    assert sorted(office.telegram.texts()[3:]) == ["hai", "một", "một", "một"]


@ON_ONE_STORE
async def test_a_chat_is_told_no_more_than_it_bears(office: Office):
    for number in range(6):
        await office.tell(LAN, str(number))
    await office.all()
    assert office.telegram.texts() == [0, 1, 2]
    office.clock.advance(1)
    await office.all()
    assert office.telegram.texts() == [0, 1, 2, 3]
    office.clock.advance(30)
    await office.all()
    assert len(office.telegram.texts()) == 6


@ON_ONE_STORE
async def test_a_group_is_told_twenty_things_a_minute_at_most(office: Office):
    for number in range(30):
        await office.tell("-100", str(number))
    for _second in range(60):
        await office.all()
        office.clock.advance(1)
    assert 15 <= len(office.telegram.texts()) <= 20


@ON_ONE_STORE
async def test_all_chats_together_are_told_thirty_things_a_second_at_most(office: Office):
    for number in range(90):
        await office.tell(str(number + 1), "x")
    began = office.clock()
    await office.all()
    assert len(office.telegram.texts()) == 90
    assert office.clock() - began >= timedelta(seconds=3)


@ON_ONE_STORE
async def test_menus_and_old_cards_are_changed_no_faster_than_a_chat_bears(office: Office):
    await office.tell(LAN, "một", card="x")
    await office.all()
    office.clock.advance(30)
    for _menu in range(3):
        await office.put(LAN, MessageKind.COMMANDS, {"commands": [["start", plain("x").to_json()]]})
    await office.tell(LAN, "hai", card="x", placement=Placement.INSTEAD)
    too_old = Refusal(400, "Bad Request: message can't be deleted")
    office.telegram.next["deleteMessage"].append(too_old)
    began = office.clock()
    await office.all()
    assert [one.method for one in office.telegram.requests[1:]] == ["setMyCommands"] * 3
    assert office.clock() == began
    office.clock.advance(1)
    await office.all()
    assert [one.method for one in office.telegram.requests[4:]] == [
        "sendMessage",
        "deleteMessage",
        "editMessageReplyMarkup",
    ]
    assert timedelta(seconds=1) < office.clock() - began < timedelta(seconds=1.2)


@ON_ONE_STORE
async def test_whoever_answers_each_second_does_not_wait_for_old_cards(office: Office):
    for number in range(20):
        await office.tell(LAN, str(number), card="x")
        began = office.clock()
        await office.all()
        assert office.clock() - began < timedelta(seconds=1)
        office.clock.advance(1.1)


@ON_ONE_STORE
async def test_a_card_that_is_gone_and_sent_anew_counts_twice(office: Office):
    gone = Refusal(400, "Bad Request: message to edit not found")
    office.telegram.next["editMessageText"].extend([gone] * 2)
    began = office.clock()
    for number in (77, 78):
        await office.tell(LAN, "một", placement=Placement.IN_PLACE, message_id=str(number))
    await office.all()
    assert len(office.telegram.requests) == 4
    assert office.clock() - began >= timedelta(seconds=1)


@ON_ONE_STORE
async def test_old_cards_of_all_chats_are_changed_no_faster_than_telegram_bears(office: Office):
    for _round in range(2):
        for number in range(45):
            await office.tell(str(number + 1), "x", card="x")
        began = office.clock()
        await office.all()
        office.clock.advance(30)
    assert len(office.telegram.of("sendMessage", "editMessageReplyMarkup")) == 135
    assert office.clock() - began - timedelta(seconds=30) >= timedelta(seconds=3)


@ON_ONE_STORE
async def test_a_chat_that_wants_its_old_cards_left_alone_gets_silence(office: Office):
    limit = Refusal(429, "Too Many Requests: retry after 35", {"retry_after": 35})
    await office.tell(LAN, "một", card="x")
    await office.all()
    office.telegram.next["editMessageReplyMarkup"].append(limit)
    await office.tell(LAN, "hai", card="x")
    await office.all()
    await office.tell(LAN, "ba")
    office.clock.advance(30)
    await office.all()
    assert office.telegram.texts() == ["một", "hai"]
    office.clock.advance(6)
    await office.all()
    assert office.telegram.texts() == ["một", "hai", "ba"]


@pytest.mark.parametrize(
    ("policy", "tries", "state"),
    [
        (Policy.RECEIPT, 2, MessageState.UNCERTAIN),
        (Policy.PROMPT, 5, MessageState.UNCERTAIN),
        (Policy.EDIT, 9, MessageState.PENDING),
    ],
)
async def test_when_the_answer_is_lost_each_kind_of_message_is_repeated_as_it_should(
    office: Office, policy: Policy, tries: int, state: MessageState
):
    """T24 T31"""
    office.telegram.next["sendMessage"].extend([Lost] * 9)
    number = await office.tell(LAN, "Mã AB-1234-567", policy=policy)
    for _attempt in range(9):
        await office.all()
        office.clock.advance(60)
    assert office.telegram.texts() == ["Mã AB-1234-567"] * tries
    assert await office.state(number) == state


@ON_ONE_STORE
async def test_changing_a_card_is_repeated_whatever_it_is(office: Office):
    """T31"""
    office.telegram.next["editMessageText"].extend([Lost] * 3)
    number = await office.tell(
        LAN, "Mã", policy=Policy.RECEIPT, card="x", placement=Placement.IN_PLACE, message_id="55"
    )
    for _attempt in range(5):
        await office.all()
        office.clock.advance(60)
    assert await office.state(number) == MessageState.SENT
    assert await office.card(LAN, "x") == "55"


@ON_ONE_STORE
async def test_without_a_connection_a_message_waits_until_there_is_one(office: Office):
    """T31"""
    address = office.telegram.address
    nowhere = TelegramChannel(TOKEN, "http://127.0.0.1:9")
    post = Post(office.database, {CHANNEL: nowhere}, office.clock, sleep=office.clock.sleep)
    number = await office.tell(LAN, "Mã", policy=Policy.RECEIPT)
    for _attempt in range(5):
        await post.send_waiting()
        office.clock.advance(60)
    await nowhere.close()
    assert await office.state(number) == MessageState.PENDING
    await office.all()
    assert office.telegram.address == address
    assert office.telegram.texts() == ["Mã"]


@ON_ONE_STORE
async def test_each_try_in_vain_is_followed_by_a_longer_rest(office: Office):
    """T31: where Telegram is there, and cannot take this one for now."""
    later = Refusal(400, "Bad Request: the chat is temporarily unavailable")
    office.telegram.next["sendMessage"].extend([later] * 7)
    number = await office.tell(LAN, "Mã")
    rests = []
    for _attempt in range(7):
        office.clock.advance(60)
        before = office.clock.now
        await office.post.send_waiting()
        again = (await office.message(number)).not_before
        assert again is not None
        rests.append((again - before).total_seconds())
    assert rests == [1, 2, 4, 8, 16, 30, 30]


@ON_ONE_STORE
async def test_what_telegram_refuses_is_never_tried_again(office: Office):
    """T31"""
    office.telegram.next["sendMessage"].append(Refusal(400, "Bad Request: message is too long"))
    number = await office.tell(LAN, "một")
    await office.tell(LAN, "hai")
    for _attempt in range(3):
        await office.all()
        office.clock.advance(60)
    assert office.telegram.texts() == ["một", "hai"]
    assert await office.state(number) == MessageState.FAILED
    assert (await office.message(number)).why == "refused: Message is too long"


@ON_ONE_STORE
async def test_a_screen_that_cannot_be_drawn_holds_up_nobody(office: Office):
    broken = Screen((Line("x"),), ((Button("x", "a" * 99),),))
    number = await office.put(LAN, MessageKind.SCREEN, broken.to_json())
    await office.tell(LAN, "hai")
    await office.all()
    assert office.telegram.texts() == ["hai"]
    assert await office.state(number) == MessageState.FAILED


async def a_person(office: Office) -> str:
    """Cô Lan's id."""
    async with office.database.writing() as session:
        lan = await people.meet(
            session, channel="telegram", address=LAN, name="Lan", language="vi", now=office.clock()
        )
    return lan.id


NOT_SHOWN = "Có một tin của hệ thống chưa hiển thị được"


async def test_whoever_waits_for_what_cannot_be_shown_is_told_the_way_home(
    office: Office, caplog: pytest.LogCaptureFixture
):
    lan = await a_person(office)
    broken = Screen((Line("Chào bé Mai"),), ((Button("x", "a" * 99),),))
    await office.put(LAN, MessageKind.SCREEN, broken.to_json(), person_id=lan)
    await office.all()
    refused = Refusal(400, 'Bad Request: can\'t parse entities: unsupported start tag "Mai"')
    office.telegram.next["sendMessage"].append(refused)
    await office.tell(LAN, "Chào bé Mai", person_id=lan)
    await office.all()
    office.clock.advance(30)
    await office.all()
    first, shown, second = office.telegram.of("sendMessage")
    assert shown.parameters["text"] == "Chào bé Mai"
    for plainly in (first, second):
        assert NOT_SHOWN in plainly.parameters["text"]
        keyboard = plainly.parameters["reply_markup"]["inline_keyboard"]
        assert [one["callback_data"] for row in keyboard for one in row] == ["..+home"]
    errors = [one for one in caplog.records if one.levelname == "ERROR"]
    assert len(errors) >= 2
    assert not any("Mai" in one.getMessage() for one in caplog.records)


@ON_ONE_STORE
async def test_where_even_that_is_refused_nothing_follows(office: Office):
    lan = await a_person(office)
    refused = Refusal(400, "Bad Request: message is too long")
    office.telegram.next["sendMessage"].extend([refused] * 9)
    await office.tell(LAN, "một", person_id=lan)
    for _minute in range(5):
        await office.all()
        office.clock.advance(60)
    assert len(office.telegram.texts()) == 2


@ON_ONE_STORE
async def test_what_should_change_in_silence_is_missed_in_silence(office: Office):
    """An officer's card of what waits: nobody asked for it, and the digest tells the same."""
    lan = await a_person(office)
    office.telegram.next["sendMessage"].append(Refusal(400, "Bad Request: message is too long"))
    await office.tell(LAN, "một", person_id=lan, silent=True, card="waiting:1")
    await office.all()
    assert office.telegram.texts() == ["một"]


@ON_ONE_STORE
async def test_a_card_that_is_as_it_should_be_is_no_failure(office: Office):
    """T28"""
    office.telegram.next["editMessageText"].append(
        Refusal(
            400, "Bad Request: message is not modified: specified new message content is the same"
        )
    )
    number = await office.tell(LAN, "một", card="x", placement=Placement.IN_PLACE, message_id="55")
    await office.all()
    assert await office.state(number) == MessageState.SENT
    assert await office.card(LAN, "x") == "55"


@ON_ONE_STORE
async def test_a_card_that_is_gone_is_sent_anew(office: Office):
    """T28"""
    gone = Refusal(400, "Bad Request: message to edit not found")
    office.telegram.next["editMessageText"].append(gone)
    await office.tell(LAN, "một", card="x", placement=Placement.IN_PLACE, message_id="55")
    await office.all()
    assert office.telegram.texts() == ["một"]
    assert await office.card(LAN, "x") == "101"


@ON_ONE_STORE
async def test_a_receipt_for_a_card_that_is_gone_is_sent_once_more_and_no_further(office: Office):
    number = await office.tell(
        LAN, "AB-2345-678", policy=Policy.RECEIPT, placement=Placement.IN_PLACE, message_id="77"
    )
    gone = Refusal(400, "Bad Request: message to edit not found")
    office.telegram.next["editMessageText"].extend([gone] * 20)
    office.telegram.next["sendMessage"].extend([Lost] * 20)
    for _round in range(6):
        await office.all()
        office.clock.advance(60)
    assert office.telegram.texts() == ["AB-2345-678"] * 2
    assert await office.state(number) == MessageState.UNCERTAIN


async def test_a_new_card_below_takes_the_buttons_of_the_old_one(office: Office):
    await office.tell(LAN, "một", card="x")
    await office.all()
    await office.tell(LAN, "hai", card="x")
    await office.all()
    stripped = office.telegram.of("editMessageReplyMarkup")
    assert [one.parameters for one in stripped] == [{"chat_id": 700001, "message_id": 101}]
    assert await office.card(LAN, "x") == "102"


async def test_a_new_card_instead_of_the_old_one_deletes_it(office: Office):
    await office.tell(LAN, "một", card="x")
    await office.all()
    await office.tell(LAN, "hai", card="x", placement=Placement.INSTEAD)
    await office.all()
    deleted = office.telegram.of("deleteMessage")
    assert [one.parameters for one in deleted] == [{"chat_id": 700001, "message_id": 101}]


async def test_a_card_in_place_is_changed_where_it_stands(office: Office):
    await office.tell(LAN, "một", card="x", placement=Placement.IN_PLACE)
    await office.all()
    await office.tell(LAN, "hai", card="x", placement=Placement.IN_PLACE)
    await office.all()
    assert office.telegram.texts() == ["một"]
    assert [one.parameters["message_id"] for one in office.telegram.of("editMessageText")] == [101]
    assert office.telegram.of("deleteMessage", "editMessageReplyMarkup") == []


async def test_a_card_that_a_newer_one_replaces_is_never_sent(office: Office):
    first = await office.tell(LAN, "một", card="x")
    await office.tell(LAN, "hai", card="y")
    await office.tell(LAN, "ba", card="x")
    await office.all()
    assert office.telegram.texts() == ["hai", "ba"]
    assert await office.state(first) == MessageState.DROPPED


async def test_a_silent_card_that_replaces_one_with_a_sound_makes_it(office: Office):
    await office.tell(LAN, "một", card="x")
    for text in ("hai", "ba"):
        await office.tell(LAN, text, card="x", silent=True)
    await office.tell(MINH, "bốn", card="x", silent=True)
    await office.all()
    sent = {
        one.parameters["text"]: "disable_notification" in one.parameters
        for one in office.telegram.of("sendMessage")
    }
    assert sent == {"ba": False, "bốn": True}


async def test_who_blocked_us_is_known_to_be_unreachable(office: Office):
    """T29"""
    number = await office.tell(LAN, "một", person_id=await a_person(office))
    blocked = Refusal(403, "Forbidden: bot was blocked by the user")
    office.telegram.next["sendMessage"].append(blocked)
    await office.all()
    assert await office.state(number) == MessageState.FAILED
    async with office.database.reading() as session:
        found = await people.by_addresses(session, [("telegram", LAN)])
    assert found["telegram", LAN].unreachable_since == office.clock()


async def test_a_group_that_moved_is_told_at_its_new_address(office: Office):
    """T30"""
    moved = Refusal(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -100500})
    office.telegram.next["sendMessage"].append(moved)
    await office.tell("-5", "một")
    await office.tell("-5", "hai")
    await office.all()
    chats = [one.parameters["chat_id"] for one in office.telegram.of("sendMessage")]
    assert chats == [-5, -100500, -100500]


async def test_after_a_crash_before_sending_the_message_is_sent(office: Office):
    """T25"""
    await office.tell(LAN, "một", policy=Policy.RECEIPT)
    async with office.database.writing() as session:
        await outbox.claim(session, office.clock(), 10, LEASE)
    await office.all()
    assert office.telegram.texts() == []
    office.clock.advance(LEASE.total_seconds() + 1)
    await office.all()
    office.clock.advance(60)
    await office.all()
    assert office.telegram.texts() == ["một"]


async def crash_while_sending(office: Office) -> None:
    async with office.database.writing() as session:
        await outbox.claim(session, office.clock(), 10, LEASE)
    office.clock.advance(LEASE.total_seconds() + 1)
    # Now it is seen, and rests before it is tried again.
    await office.all()
    assert office.telegram.texts() == []
    office.clock.advance(60)


async def test_however_many_processes_die_with_a_receipt_it_is_still_sent(office: Office):
    """T25: most of what a process holds when it dies has not left yet, and its code is the same each time."""
    await office.tell(LAN, "một", policy=Policy.RECEIPT)
    for _crash in range(12):
        await crash_while_sending(office)
    await office.all()
    assert office.telegram.texts() == ["một"]


async def test_a_tap_is_answered_with_words_also_in_a_chat_that_is_held(office: Office):
    async with office.database.writing() as session:
        await outbox.claim(session, office.clock(), 1, LEASE)
    for number in range(4):
        await office.tell(LAN, str(number))
    await office.all()
    text = plain("Đã ghi").to_json()
    await office.put(LAN, MessageKind.TOAST, {"query": "tap", "text": text}, policy=Policy.EDIT)
    await office.put(LAN, MessageKind.TOAST, {"query": "other", "text": None}, policy=Policy.EDIT)
    await office.all()
    assert [one.parameters for one in office.telegram.of("answerCallbackQuery")] == [
        {"callback_query_id": "tap", "text": "Đã ghi"},
        {"callback_query_id": "other"},
    ]


@ON_ONE_STORE
async def test_a_tap_that_telegram_has_forgotten_is_let_go(office: Office):
    """T28"""
    old = Refusal(
        400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )
    office.telegram.next["answerCallbackQuery"].append(old)
    body = {"query": "tap", "text": None}
    first = await office.put(LAN, MessageKind.TOAST, body, policy=Policy.EDIT)
    await office.all()
    late = await office.put(LAN, MessageKind.TOAST, body, policy=Policy.EDIT)
    office.clock.advance(151)
    await office.all()
    assert await office.state(first) == MessageState.SENT
    assert await office.state(late) == MessageState.DROPPED
    assert len(office.telegram.of("answerCallbackQuery")) == 1


@ON_ONE_STORE
async def test_commands_are_set_for_the_chat(office: Office):
    commands = [["trogiup", plain("Trợ giúp").to_json()]]
    await office.put(
        LAN, MessageKind.COMMANDS, {"commands": commands}, policy=Policy.EDIT, card="commands"
    )
    await office.all()
    (request,) = office.telegram.of("setMyCommands")
    assert request.parameters["scope"] == {"type": "chat", "chat_id": 700001}
    assert request.parameters["commands"] == [{"command": "trogiup", "description": "Trợ giúp"}]


async def test_a_slow_chat_keeps_nobody_else_waiting_and_waking_is_prompt(office: Office):
    """T27"""
    free = asyncio.Event()

    async def slow(_request: Request) -> Any:
        await free.wait()
        return office.telegram.message(1, 700001)

    office.telegram.next["sendMessage"].append(slow)
    await office.tell(LAN, "chậm")
    stop = asyncio.Event()
    running = asyncio.create_task(office.another().run(stop))
    await office.telegram.asked("sendMessage", 1)
    await office.tell(LAN, "sau")
    await office.tell(MINH, "nhanh")
    await office.telegram.asked("sendMessage", 2)
    assert office.telegram.texts() == ["chậm", "nhanh"]
    free.set()
    await office.telegram.asked("sendMessage", 3)
    stop.set()
    async with asyncio.timeout(5):
        await running
    assert office.telegram.texts() == ["chậm", "nhanh", "sau"]


@ON_ONE_STORE
async def test_what_is_under_way_still_arrives_when_the_bot_stops(office: Office):
    number = await office.tell(LAN, "một")
    stop = asyncio.Event()

    async def stopping(_request: Request) -> Any:
        stop.set()
        return office.telegram.message(1, 700001)

    office.telegram.next["sendMessage"].append(stopping)
    async with asyncio.timeout(5):
        await office.post.run(stop)
    assert await office.state(number) == MessageState.SENT


@ON_ONE_STORE
async def test_the_token_is_in_no_failure_and_no_log(
    office: Office, caplog: pytest.LogCaptureFixture
):
    """T38"""
    caplog.set_level("DEBUG")
    office.telegram.next["sendMessage"].extend(
        [Lost, Refusal(401, "Unauthorized"), Refusal(400, "x")]
    )
    number = await office.tell(LAN, "một")
    for _attempt in range(4):
        await office.all()
        office.clock.advance(60)
    assert TOKEN not in caplog.text
    assert "PRACTICE-0" not in str(await office.message(number))


async def test_a_secret_is_told_however_often_it_takes_and_kept_no_longer(office: Office):
    secret = Screen((Line("Liên kết:"), Line("phone-abc", Style.SECRET)))
    number = await office.put(LAN, MessageKind.SCREEN, secret.to_json(), policy=Policy.RECEIPT)
    office.telegram.next["sendMessage"].append(Refusal(503, "Service Unavailable"))
    await office.all()
    office.clock.advance(10)
    await office.all()
    assert office.telegram.texts() == ["Liên kết:\nphone-abc"] * 2
    kept = await office.message(number)
    assert kept.state == MessageState.SENT
    assert Screen.from_json(kept.body).lines == (Line("Liên kết:"),)


async def test_a_secret_of_which_nobody_knows_whether_it_arrived_is_not_kept_either(
    office: Office,
):
    secret = Screen((Line("phone-abc", Style.SECRET),))
    number = await office.put(LAN, MessageKind.SCREEN, secret.to_json(), policy=Policy.RECEIPT)
    office.telegram.next["sendMessage"] += [Lost, Lost]
    await office.all()
    office.clock.advance(10)
    await office.all()
    kept = await office.message(number)
    assert (kept.state, kept.body["lines"]) == (MessageState.UNCERTAIN, [])


async def test_what_waits_behind_a_slow_answer_in_its_chat_is_still_sent_by_one_alone(
    office: Office,
):
    """Two messages for one chat may be taken up together; the second one's time begins with the first one's."""

    async def slow(request: Request) -> Any:
        office.clock.advance(LONGEST_SEND.total_seconds())
        return office.telegram.message(1, int(request.parameters["chat_id"]))

    async def while_another_looks(request: Request) -> Any:
        office.clock.advance(LONGEST_SEND.total_seconds() - 1)
        await office.another().send_waiting()
        office.clock.advance(1)
        await office.another().send_waiting()
        return office.telegram.message(2, int(request.parameters["chat_id"]))

    await office.tell(LAN, "Trả lời")
    await office.tell(LAN, "Nhắc", urgency=Urgency.BULK)
    office.telegram.next["sendMessage"] += [slow, while_another_looks]
    await office.all()
    office.clock.advance(60)
    await office.all()
    assert office.telegram.texts() == ["Trả lời", "Nhắc"]


async def test_nothing_that_another_took_over_meanwhile_is_sent_by_the_first(office: Office):
    async def too_slow(request: Request) -> Any:
        office.clock.advance(LEASE.total_seconds() + 1)
        await office.another().send_waiting()
        office.clock.advance(10)
        await office.another().send_waiting()
        return office.telegram.message(1, int(request.parameters["chat_id"]))

    await office.tell(LAN, "Trả lời", policy=Policy.RECEIPT)
    second = await office.tell(LAN, "Nhắc", urgency=Urgency.BULK)
    office.telegram.next["sendMessage"].append(too_slow)
    await office.all()
    assert office.telegram.texts().count("Nhắc") == 1
    assert await office.state(second) == MessageState.SENT


async def test_what_comes_back_after_a_phone_was_put_out_is_not_sent_there_again(office: Office):
    lan = await a_person(office)

    async def put_out(_request: Request) -> Any:
        async with office.database.writing() as session:
            await phones.put_out(session, lan, by=lan, reason="mất máy", now=office.clock())
        return Refusal(429, "Too Many Requests", {"retry_after": 1})

    number = await office.tell(LAN, "Việc của cô", person_id=lan)
    office.telegram.next["sendMessage"].append(put_out)
    await office.all()
    office.clock.advance(60)
    await office.all()
    assert len(office.telegram.texts()) == 1
    assert await office.state(number) == MessageState.DROPPED
