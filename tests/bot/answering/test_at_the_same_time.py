"""What comes while somebody is being answered waits for nothing, and is answered afterwards, in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

import conversations
from bot.answering.reception import Reception
from bot.telegram.ingest import arriving_updates
from bot.telegram.polling import Polling
from bot.telegram.reading import read
from conversations.kit import Context, Page, Screen
from conversations.lobby.lobby import Lobby
from storage.database import Database
from storage.messages import drafts, inbox
from storage.messages.inbox import Arrival, Update, UpdateState
from storage.messages.outbox import Message, MessageKind
from storage.people.people import Address
from tests.bot.difficult_telegram import TOKEN, DifficultTelegram, difficult_telegram
from tests.cast import BEFORE, settle_in
from tests.talking import CHANNEL, HOA, LAN, MINH, Clock


def said(number: int, who: str, text: str) -> dict[str, Any]:
    people = {"from": {"id": int(who), "is_bot": False, "first_name": "X"}}
    chat = {"id": int(who), "type": "private", "first_name": "X"}
    message = {"message_id": number, "date": 1795140000, "text": text, "chat": chat, **people}
    return {"update_id": number, "message": message}


def arrival(number: int, who: str, text: str) -> Arrival:
    return Arrival(number, who, json.dumps(said(number, who, text)))


class House:
    """A store, a poll that fills its inbox, and several processes that answer."""

    def __init__(self, database: Database, telegram: DifficultTelegram) -> None:
        self.database = database
        self.telegram = telegram
        self.clock = Clock()
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()

    def another(self) -> Reception:
        """A process; anh Minh's list takes as long as the test wants."""
        lobby = Lobby(
            tuple(
                replace(one, show=self._take_long) if one.name == "waiting_reports" else one
                for one in conversations.ALL
            )
        )
        long = timedelta(minutes=1)
        return Reception(self.database, lobby, {"telegram": read}, self.clock, patience=long)

    async def _take_long(self, _context: Context, _payload: str) -> Screen:
        self.begun.set()
        await self.may_end.wait()
        return Page().add("Danh sách").screen()

    async def updates(self) -> list[Update]:
        async with self.database.reading() as session:
            return list((await session.execute(select(Update).order_by(col(Update.id)))).scalars())

    async def states(self) -> list[tuple[int | None, str]]:
        return [(one.update_id, one.state) for one in await self.updates()]

    async def told(self, who: str) -> list[str]:
        """The cards that somebody was told, in order."""
        async with self.database.reading() as session:
            found = await session.execute(
                select(col(Message.card))
                .where(col(Message.chat) == who, col(Message.kind) == MessageKind.SCREEN)
                .order_by(col(Message.id))
            )
            return list(found.scalars())


@pytest.fixture
async def house(postgresql_database: Database) -> AsyncIterator[House]:
    async with postgresql_database.writing() as session:
        await settle_in(session)
    async with difficult_telegram() as telegram:
        house = House(postgresql_database, telegram)
        came = arriving_updates(house.database, TOKEN, house.clock, heard=lambda: None)
        polling = Polling(came, TOKEN, telegram.address, None, house.clock, shortest_pause=0.01)
        stop = asyncio.Event()
        receiving = asyncio.create_task(polling.run(stop))
        try:
            yield house
        finally:
            stop.set()
            await receiving


async def test_who_is_being_answered_may_write_more_and_nobody_waits_to_be_heard(house: House):
    house.telegram.updates.put_nowait([said(1, MINH, "/chokiemtra")])
    await house.telegram.asked("getUpdates", 2)
    slow = asyncio.create_task(house.another().answer_waiting())
    async with asyncio.timeout(10):
        await house.begun.wait()
    house.telegram.updates.put_nowait(
        [said(2, MINH, "/trogiup"), said(3, MINH, "/start"), said(4, HOA, "/start")]
    )
    # While his turn goes on, all three are kept and acknowledged, and she is answered.
    async with asyncio.timeout(5):
        await house.telegram.asked("getUpdates", 3)
        assert house.telegram.requests[-1].parameters["offset"] == 5
        assert await house.another().answer_waiting() == 1
    waiting, done = UpdateState.WAITING, UpdateState.DONE
    assert await house.states() == [(1, waiting), (2, waiting), (3, waiting), (4, done)]
    house.may_end.set()
    assert await slow == 1
    other = house.another()
    while await other.answer_waiting():
        pass
    assert {state for _number, state in await house.states()} == {done}
    assert await house.told(MINH) == ["notice", "help", "home"]
    assert await house.told(HOA) == ["home"]


async def write_just_when_a_turn_ends(house: House) -> None:
    async with house.database.writing() as session:
        await inbox.store(session, CHANNEL, [arrival(1, MINH, "/start")], house.clock())
    async with house.database.writing() as session:
        claimed = await inbox.claim(session, house.clock(), 10)
        # The turn has looked for the last time, and has not ended yet.
        await inbox.answered(session, claimed, house.clock())
        async with asyncio.timeout(5), house.database.writing() as other:
            await inbox.store(other, CHANNEL, [arrival(2, MINH, "/trogiup")], house.clock())


async def test_what_came_just_when_a_turn_ended_is_found_again(house: House):
    await write_just_when_a_turn_ends(house)
    async with house.database.writing() as session:
        assert await inbox.claim(session, house.clock(), 10) == []
    assert await house.another().answer_waiting() == 1
    assert await house.told(MINH) == ["help"]


async def test_also_while_others_keep_the_reception_busy(house: House):
    await write_just_when_a_turn_ends(house)
    reception = house.another()
    for number in range(3, 6):
        async with house.database.writing() as session:
            await inbox.store(session, CHANNEL, [arrival(number, HOA, "/start")], house.clock())
        assert await reception.answer_waiting()
        house.clock.advance(seconds=0.6)
    assert await house.told(MINH) == ["help"]


async def test_a_new_person_is_heard_once_however_many_bring_their_words(house: House):
    async with house.database.writing() as one, house.database.writing() as other:
        await inbox.store(one, CHANNEL, [arrival(1, "800001", "/start")], house.clock())
        second = asyncio.create_task(
            inbox.store(other, CHANNEL, [arrival(2, "800001", "/trogiup")], house.clock())
        )
        await one.commit()
        await second
    reception = house.another()
    while await reception.answer_waiting():
        pass
    assert await house.told("800001") == ["home", "help"]


@asynccontextmanager
async def held_draft(house: House, who: str) -> AsyncIterator[None]:
    """Another process leads on what somebody writes on another phone."""
    async with house.database.writing() as session:
        held = await drafts.live_of(session, [f"person-{who}"])
        assert list(held) == [f"person-{who}"]
        yield


async def test_a_second_phone_waits_for_the_first_and_holds_up_nobody(house: House):
    second = "700099"
    async with house.database.writing() as session:
        session.add(
            Address(channel="telegram", address=second, person_id=f"person-{LAN}", since=BEFORE)
        )
        await inbox.store(session, CHANNEL, [arrival(1, LAN, "/xacnhan")], house.clock())
    reception = house.another()
    await reception.answer_waiting()
    async with held_draft(house, LAN):
        async with house.database.writing() as session:
            more = [arrival(2, second, "1"), arrival(3, HOA, "/start")]
            await inbox.store(session, CHANNEL, more, house.clock())
        async with asyncio.timeout(5):
            assert await reception.answer_waiting() == 1
            # Nobody else is left, so this process rests instead of asking again and again.
            assert await reception.answer_waiting() == 0
            assert not reception.more_waits
        assert await house.told(second) == []
        assert await house.told(HOA) == ["home"]
    assert await reception.answer_waiting() == 1
    assert len(await house.told(second)) == 1
