"""The same conversation as people usually write it, on the same null network, from the bytes in to the reply out."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiogram import Bot as AiogramBot
from aiogram import Dispatcher
from aiogram.client.session.base import BaseSession
from aiogram.fsm.context import FSMContext
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import InlineKeyboardButton as AiogramButton
from aiogram.types import InlineKeyboardMarkup as AiogramKeyboard
from aiogram.types import Message as AiogramMessage
from aiogram.types import Update as AiogramUpdate
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlmodel import Field, SQLModel, col, func, select
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import (
    Application,
    BasePersistence,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from storage.access import Json
from tests.bench.measuring import Costs
from tests.bench.null_network import TOKEN, NullNetwork, came
from tests.bench.ours import FIRST, WORDS

LABELS = ("Lùi", "Hủy")
ASKED = "Đã ghi: {}. Câu hỏi tiếp theo là gì?"
LAST = len(WORDS) - 1


def bodies(people: int) -> list[bytes]:
    """What all of them say, question by question."""
    said = [(text, person) for text in WORDS for person in range(people)]
    return [came(number, FIRST + person, text) for number, (text, person) in enumerate(said, 1)]


def keyboard() -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(one, callback_data=one)] for one in LABELS])


def all_were_told(network: NullNetwork, people: int, reports: int) -> None:
    """Raises AssertionError where a reply or a report is missing."""
    expected = (people * len(WORDS), people)
    if (network.sent, reports) != expected:
        raise AssertionError(f"{(network.sent, reports)} of {expected}")


# In memory


async def conversation_handler(people: int, pickles: Path | None = None) -> Costs:
    """python-telegram-bot's own handler in memory; with `pickles`, written there after each update."""
    network = NullNetwork()
    persistence: BasePersistence[Any, Any, Any] | None = (
        PicklePersistence(pickles, update_interval=3600) if pickles else None
    )
    builder: Any = Application.builder().token(TOKEN).request(network).updater(None)
    application = (builder.persistence(persistence) if persistence else builder).build()
    reports: list[dict[Any, Any]] = []

    def step(place: int) -> Any:
        async def hear(update: Update, context: Any) -> int:
            said = update.message.text if update.message else ""
            context.user_data[place] = said
            if update.message:
                await update.message.reply_text(ASKED.format(said), reply_markup=keyboard())
            if place < LAST:
                return place + 1
            reports.append(dict(context.user_data))
            return ConversationHandler.END

        return MessageHandler(filters.TEXT, hear)

    application.add_handler(
        ConversationHandler(
            entry_points=[step(0)],
            states={place: [step(place)] for place in range(1, len(WORDS))},
            fallbacks=[],
            name="report",
            persistent=persistence is not None,
        )
    )
    costs = Costs(people * len(WORDS))
    async with application:
        with costs.of("all"):
            for body in bodies(people):
                update = Update.de_json(json.loads(body), application.bot)
                await application.process_update(update)
                if persistence:
                    await application.update_persistence()
                    await persistence.flush()
    all_were_told(network, people, len(reports))
    return costs


class NullSession(BaseSession):
    """aiogram's way to the same null network."""

    def __init__(self, network: NullNetwork) -> None:
        super().__init__()
        self.network = network

    async def close(self) -> None:
        """Nothing is open."""

    async def make_request(self, bot: AiogramBot, method: Any, timeout: int | None = None) -> Any:
        name = type(method).__name__
        files: dict[str, Any] = {}
        given = {
            key: self.prepare_value(value, bot=bot, files=files)
            for key, value in method.model_dump(warnings=False).items()
        }
        sent = json.dumps(given).encode()
        content = self.network.answer(name[0].lower() + name[1:], sent).decode()
        return self.check_response(bot, method, 200, content).result

    def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,
        timeout: int = 30,
        chunk_size: int = 65536,
        raise_for_status: bool = True,
    ) -> AsyncGenerator[bytes, None]:
        """No files are fetched."""
        raise NotImplementedError


async def finite_states(people: int) -> Costs:
    """Aiogram's finite state machine in memory."""
    network = NullNetwork()
    bot = AiogramBot(TOKEN, session=NullSession(network))
    dispatcher = Dispatcher(storage=MemoryStorage())
    reports: list[dict[str, Any]] = []

    @dispatcher.message()
    async def hear(message: AiogramMessage, state: FSMContext) -> None:
        place = int(await state.get_state() or 0)
        known = await state.update_data({str(place): message.text})
        buttons = [[AiogramButton(text=one, callback_data=one)] for one in LABELS]
        await message.answer(
            ASKED.format(message.text), reply_markup=AiogramKeyboard(inline_keyboard=buttons)
        )
        if place < LAST:
            await state.set_state(str(place + 1))
            return
        reports.append(known)
        await state.clear()

    costs = Costs(people * len(WORDS))
    with costs.of("all"):
        for body in bodies(people):
            update = AiogramUpdate.model_validate(json.loads(body), context={"bot": bot})
            await dispatcher.feed_update(bot, update)
    all_were_told(network, people, len(reports))
    return costs


# In a store


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


class PlainUpdate(SQLModel, table=True):
    """An inbox as one would write it in an afternoon."""

    __tablename__ = "plain_update"

    number: int = Field(primary_key=True)
    raw: str
    done: bool = False


class PlainMessage(SQLModel, table=True):
    """An outbox as one would write it in an afternoon."""

    __tablename__ = "plain_message"

    id: int | None = Field(default=None, primary_key=True)
    chat: int
    text: str
    sent_at: datetime | None = None


PLAIN: list[Any] = [
    SQLModel.metadata.tables[str(one.__tablename__)]
    for one in (PlainDraft, PlainReport, PlainUpdate, PlainMessage)
]


@asynccontextmanager
async def plain_store(url: str) -> AsyncIterator[AsyncEngine]:
    """A usual engine with the same promises to the disk as ours."""
    engine = create_async_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def _durable(connection: Any, _record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}")

    async with engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all, tables=PLAIN)
    try:
        yield engine
    finally:
        await engine.dispose()


async def _plain_turn(session: AsyncSession, person: int, text: str) -> None:
    draft = await session.get(PlainDraft, person) or PlainDraft(person=person)
    draft.answers = {**draft.answers, str(draft.step): text}
    draft.step += 1
    session.add(draft)
    if draft.step == len(WORDS):
        session.add(PlainReport(person=person, answers=draft.answers))


async def one_transaction_a_message(url: str, people: int) -> Costs:
    """python-telegram-bot and SQLModel: a message that comes during a crash is lost, or a reply."""
    network = NullNetwork()
    costs = Costs(people * len(WORDS))
    async with plain_store(url) as engine, Bot(TOKEN, request=network) as bot:
        with costs.of("all"):
            for body in bodies(people):
                message = _message(body, bot)
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    await _plain_turn(session, message.chat_id, message.text or "")
                    await session.commit()
                await message.reply_text(ASKED.format(message.text), reply_markup=keyboard())
        all_were_told(network, people, await _reports(engine))
    return costs


async def three_transactions(url: str, people: int) -> Costs:
    """Our promises in the plainest way: kept, then answered into an outbox, then told and marked so."""
    network = NullNetwork()
    costs = Costs(people * len(WORDS))
    async with plain_store(url) as engine, Bot(TOKEN, request=network) as bot:
        with costs.of("all"):
            for body in bodies(people):
                number = json.loads(body)["update_id"]
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    session.add(PlainUpdate(number=number, raw=body.decode()))
                    await session.commit()
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    waiting = select(PlainUpdate).where(~col(PlainUpdate.done)).limit(1)
                    kept = (await session.execute(waiting)).scalar_one()
                    message = _message(kept.raw.encode(), bot)
                    await _plain_turn(session, message.chat_id, message.text or "")
                    told = PlainMessage(chat=message.chat_id, text=ASKED.format(message.text))
                    session.add(told)
                    kept.done = True
                    await session.commit()
                await bot.send_message(told.chat, told.text, reply_markup=keyboard())
                async with AsyncSession(engine, expire_on_commit=False) as session:
                    session.add(told)
                    told.sent_at = datetime.now(UTC)
                    await session.commit()
        all_were_told(network, people, await _reports(engine))
    return costs


def _message(body: bytes, bot: Bot) -> Message:
    update = Update.de_json(json.loads(body), bot)
    assert update is not None
    assert update.message is not None
    return update.message


async def _reports(engine: AsyncEngine) -> int:
    async with AsyncSession(engine) as session:
        found = await session.execute(select(func.count()).select_from(PlainReport))
        return int(found.scalar_one())
