"""Whatever people type at any question: it is asked again or kept as it was typed, and nothing fails."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from sqlmodel import select

from conversations.kit.turning import DOUBTED
from locales.folding import clean
from storage.database import Database
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import Message, MessageState
from storage.people import people as persons
from storage.people.join_requests import JoinRequest
from storage.people.people import Person
from tests.channel_cases import CASES, Says
from tests.channel_people import OnTelegram, people_on

STRANGE = (
    "\u202eאבג دست\u202c שלום",
    # Marks on their own.
    unicodedata.normalize("NFD", "Đường lầy lội quá ạ"),
    "👩🏽‍🏫🧣🏔️",
    "<b>&amp; \"'</i> <script>",
)
WORDS = {"strange signs of every kind": " ".join(STRANGE), "4,096 characters": "ừ" * 4096}
HAS_WORDS = [
    name for name, case in CASES.items() if any(isinstance(one, Says) for _who, one in case)
]


async def live(database: Database, who: str) -> StoredDraft | None:
    async with database.reading() as session:
        found = await session.execute(
            select(StoredDraft).where(StoredDraft.person_id == await person_of(database, who))
            .where(StoredDraft.state == DraftState.LIVE)
        )  # fmt: skip
        return found.scalar_one_or_none()


async def person_of(database: Database, who: str) -> str:
    async with database.reading() as session:
        return (await persons.by_addresses(session, [("telegram", who)]))["telegram", who].id


async def all_that_is_kept(database: Database) -> str:
    async with database.reading() as session:
        drafts = (await session.execute(select(StoredDraft.answers))).scalars().all()
        names = (await session.execute(select(Person.name))).scalars().all()
        asked = (await session.execute(select(JoinRequest.name))).scalars().all()
    return json.dumps([*drafts, *names, *asked], ensure_ascii=False)


async def nothing_failed(people: OnTelegram) -> None:
    async with people.database.reading() as session:
        updates = (await session.execute(select(Update.state))).scalars().all()
        messages = (await session.execute(select(Message.state))).scalars().all()
    assert set(updates) == {UpdateState.DONE}
    assert set(messages) <= {MessageState.SENT, MessageState.DROPPED}
    assert people.practice.refusals == []


async def answer_strangely(people: OnTelegram, who: str, words: str) -> bool:
    """Somebody who is asked something says this, and goes back if it was taken; False when it was the last question."""
    before = await live(people.database, who)
    if before is None:
        return True
    told = len(people.texts_of(who))
    await people.do(who, Says(words))
    assert len(people.texts_of(who)) > told
    after = await live(people.database, who)
    if after is not None and after.asks == before.asks:
        return True
    assert json.dumps(clean(words), ensure_ascii=False)[1:-1] in await all_that_is_kept(
        people.database
    )
    if after is None or before.asks.endswith(DOUBTED):
        # From a reason for what was doubted the way back leads to what was doubted.
        return False
    await people.do(who, Says("lùi"))
    again = await live(people.database, who)
    assert again is not None
    assert again.asks == before.asks
    return True


@pytest.mark.slow
@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("name", HAS_WORDS)
async def test_at_every_question_of_every_conversation(
    name: str, words: str, sqlite_database: Database, tmp_path: Path
):
    """T33"""
    async with people_on("telegram", sqlite_database, tmp_path) as people:
        assert isinstance(people, OnTelegram)
        known: set[str] = set()
        for who, deed in CASES[name]:
            if who in known and not await answer_strangely(people, who, words):
                break
            known.add(who)
            await people.do(who, deed)
        await nothing_failed(people)
