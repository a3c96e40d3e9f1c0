"""The same conversation as people usually write it: in memory, and with one transaction a message."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Field, SQLModel, select
from telegram import Chat, Message, Update, User
from telegram.ext import Application, ConversationHandler, MessageHandler, filters

from storage.database import Database, Json, Session
from tests.bench.turns import ANSWERS

TURNS = 1 + len(ANSWERS)


class PlainDraft(SQLModel, table=True):
    """What somebody said so far, in the plainest table."""

    __tablename__ = "plain_draft"

    person: int = Field(primary_key=True)
    step: int = 0
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


class PlainReport(SQLModel, table=True):
    """A finished report."""

    __tablename__ = "plain_report"

    id: int | None = Field(default=None, primary_key=True)
    person: int
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=Json)


async def _plain_turn(session: Session, person: int, text: str) -> None:
    found = await session.execute(select(PlainDraft).where(PlainDraft.person == person))
    draft = found.scalar_one_or_none() or PlainDraft(person=person)
    draft.answers = {**draft.answers, str(draft.step): text}
    draft.step += 1
    session.add(draft)
    if draft.step == TURNS:
        session.add(PlainReport(person=person, answers=draft.answers))


async def one_transaction_a_message(url: str, people: int) -> float:
    """Turns a second with the same durability settings and nothing but a draft and a report."""
    database = Database(url)
    async with database.engine.begin() as connection:
        tables = [PlainDraft.__table__, PlainReport.__table__]  # type: ignore[attr-defined]
        await connection.run_sync(SQLModel.metadata.create_all, tables=tables)
    started = time.perf_counter()
    for text in ("xacnhan", *ANSWERS):
        for person in range(people):
            async with database.writing() as session:
                await _plain_turn(session, person, text)
    spent = time.perf_counter() - started
    await database.close()
    return people * TURNS / spent


def _update(number: int, person: int, text: str) -> Update:
    user = User(person, "Lan", is_bot=False)
    message = Message(number, datetime.now(UTC), Chat(person, "private"), from_user=user, text=text)
    return Update(number, message=message)


async def conversation_handler(people: int) -> float:
    """Turns a second of python-telegram-bot's own handler, which keeps everything in memory."""
    application = Application.builder().token("588:" + "x" * 35).updater(None).build()

    def step(place: int) -> Any:
        async def hear(update: Update, context: Any) -> int:
            context.user_data[place] = update.message.text if update.message else ""
            return ConversationHandler.END if place == TURNS - 1 else place + 1

        return MessageHandler(filters.TEXT, hear)

    application.add_handler(
        ConversationHandler(
            entry_points=[step(0)],
            states={place: [step(place)] for place in range(1, TURNS)},
            fallbacks=[],
        )
    )
    # The handler needs no network: it is asked directly.
    application._initialized = True
    started = time.perf_counter()
    number = 0
    for text in ("xacnhan", *ANSWERS):
        for person in range(people):
            number += 1
            await application.process_update(_update(number, person + 1, text))
    return people * TURNS / (time.perf_counter() - started)
