"""What the chat app took at the same time is written down together, and each for itself where one cannot be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import event
from sqlmodel import col, select

from bot.sending.circuits import Circuits
from bot.sending.outcomes import Outcomes
from storage.database import Database
from storage.messages import outbox
from storage.messages.cards import Card
from storage.messages.outbox import Message, MessageKind, MessageState, NewMessage
from tests.talking import CHANNEL

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
CHATS = [str(700_100 + number) for number in range(12)]


def now() -> datetime:
    return NOW


async def claimed(database: Database) -> list[Message]:
    """A card for each chat, on its way."""
    async with database.writing() as session:
        for chat in CHATS:
            outbox.tell(
                session,
                NewMessage(
                    channel=CHANNEL,
                    chat=chat,
                    kind=MessageKind.SCREEN,
                    card="help",
                    body={"lines": []},
                    created_at=NOW,
                ),
            )
    async with database.writing() as session:
        return await outbox.claim(session, NOW, len(CHATS), timedelta(seconds=45))


async def states(database: Database) -> dict[str, tuple[str, str]]:
    """By chat, how far its message has come, and under which number it stands there."""
    async with database.reading() as session:
        found = await session.execute(select(Message).order_by(col(Message.id)))
        return {one.chat: (one.state, one.message_id) for one in found.scalars()}


def outcomes_in(database: Database) -> Outcomes:
    return Outcomes(database, Circuits(database, {CHANNEL: None}, now), now)  # type: ignore[dict-item]


async def test_what_comes_back_together_shares_few_transactions(database: Database) -> None:
    messages = await claimed(database)
    outcomes = outcomes_in(database)
    commits: list[object] = []
    event.listen(database.engine.sync_engine, "commit", commits.append)
    await asyncio.gather(*(outcomes.taken(one, f"9{one.chat}") for one in messages))
    assert 1 <= len(commits) <= 3
    assert await states(database) == {chat: (MessageState.SENT, f"9{chat}") for chat in CHATS}
    async with database.reading() as session:
        cards = (await session.execute(select(Card))).scalars()
        assert {one.chat: one.message_id for one in cards} == {chat: f"9{chat}" for chat in CHATS}


async def test_one_that_cannot_be_written_down_harms_no_other(database: Database) -> None:
    messages = await claimed(database)
    messages[3].body = {"lines": [], "what no store takes": object()}
    outcomes = outcomes_in(database)
    done = await asyncio.gather(
        *(outcomes.taken(one, f"9{one.chat}") for one in messages), return_exceptions=True
    )
    assert [place for place, one in enumerate(done) if one is not None] == [3]
    found = await states(database)
    assert found.pop(CHATS[3])[0] == MessageState.SENDING
    assert set(found.values()) == {(MessageState.SENT, f"9{chat}") for chat in found}


async def test_whoever_is_interrupted_takes_no_other_along(database: Database) -> None:
    messages = await claimed(database)
    outcomes = outcomes_in(database)
    tasks = [asyncio.create_task(outcomes.taken(one, f"9{one.chat}")) for one in messages]
    await asyncio.sleep(0)
    tasks[0].cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError)
    assert done[1:] == [None] * (len(messages) - 1)
    found = await states(database)
    assert {chat: found[chat][0] for chat in CHATS[1:]} == dict.fromkeys(
        CHATS[1:], MessageState.SENT
    )
