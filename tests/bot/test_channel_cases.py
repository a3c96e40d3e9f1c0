"""Every conversation, on every chat app, from the phone to the store: the same is true afterwards."""

from __future__ import annotations

import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import DateTime, TypeDecorator
from sqlmodel import SQLModel, select

import conversations
from bot.clock import Clock
from conversations import REMINDERS
from storage.database import Database
from storage.messages.inbox import Update, UpdateState
from storage.messages.outbox import Message, MessageState
from tests.channel_cases import CASES, Picks
from tests.channel_people import APPS, OnText, people_on
from tests.talking import LAN, MINH, golden

RECORDS = (
    "person",
    "membership",
    "invitation",
    "join_request",
    "delivery",
    "hand_over",
    "report",
    "report_version",
    "report_flag",
    "confirmation",
    "photo",
    "photo_declaration",
    "draft",
    "history",
)
OF_THE_APP = {
    # A channel and its own names for things, how it stores a picture, and how often a card was shown.
    "photo": {"channel", "chat", "message", "file_id", "file_unique_id", "sha256", "size", "width",
              "height", "original_key", "public_key", "difference_hash"},
    "draft": {"screen", "revision", "asked_since"},
    "invitation": {"token_sha256"},
}  # fmt: skip
ONLY_WITH_ALBUMS = {"declare_photos"}
"""Begun by the rest of an album alone, and not every chat app has albums."""
ON_TELEGRAM: dict[str, list[str]] = {}
"""What is true after each case there, played once for all other apps."""
ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{16}\b")


async def records(database: Database) -> list[str]:
    """All that became true, without times, and with ids and codes by the order in which they appear."""
    told = []
    async with database.reading() as session:
        for name in RECORDS:
            table = SQLModel.metadata.tables[name]
            columns = [
                column
                for column in table.columns
                if column.name not in OF_THE_APP.get(name, set()) and not is_moment(column.type)
            ]
            found = await session.execute(
                sqlalchemy.select(*columns).order_by(*table.primary_key.columns)
            )
            rows = (plain(name, row) for row in found.mappings())
            told += [f"{name}: {json.dumps(row, default=str, sort_keys=True)}" for row in rows]
    known: dict[str, str] = {}
    return [ID.sub(lambda one: known.setdefault(one[0], f"<{len(known)}>"), line) for line in told]


def is_moment(kind: Any) -> bool:
    return isinstance(kind.impl if isinstance(kind, TypeDecorator) else kind, DateTime)


def plain(name: str, row: Any) -> dict[str, Any]:
    kept = dict(row)
    if name == "person":
        # Text phones do not say what their owners call themselves.
        kept["name"] = kept["name"] or "Sơn"
    if name == "report":
        kept["code"] = "a code"
    if name == "draft":
        # The payload of an invitation is of chance.
        kept["answers"] = {**kept["answers"], "invitation": ""}
    return kept


async def played(app: str, name: str, database: Database, folder: Path) -> list[str]:
    async with people_on(app, database, folder) as people:
        for who, deed in CASES[name]:
            await people.do(who, deed)
        assert people.practice.refusals == []
    async with database.reading() as session:
        messages = (await session.execute(select(Message))).scalars().all()
        updates = (await session.execute(select(Update))).scalars().all()
    assert {one.state for one in messages} <= {MessageState.SENT, MessageState.DROPPED}
    assert {one.state for one in updates} == {UpdateState.DONE}
    assert len(updates) == len(CASES[name])
    return await records(database)


@pytest.mark.slow
@pytest.mark.parametrize("app", [app for app in APPS if app != "telegram"])
@pytest.mark.parametrize("name", CASES)
async def test_a_conversation_leads_to_the_same_as_on_telegram(
    app: str, name: str, sqlite_template: Path, tmp_path: Path
) -> None:
    if name not in ON_TELEGRAM:
        ON_TELEGRAM[name] = await alone("telegram", name, sqlite_template, tmp_path)
    assert await alone(app, name, sqlite_template, tmp_path) == ON_TELEGRAM[name]


async def alone(app: str, name: str, template: Path, folder: Path) -> list[str]:
    """A case on a store of its own."""
    path = folder / f"{app}.db"
    shutil.copy(template, path)
    database = Database(f"sqlite:///{path}")
    try:
        return await played(app, name, database, folder / f"photos of {app}")
    finally:
        await database.close()


async def test_an_officer_on_text_hears_of_reports_in_the_digest_alone(
    sqlite_database: Database, tmp_path: Path
) -> None:
    """The card that changes in silence would make a sound there with each report."""
    async with people_on("text by numbers", sqlite_database, tmp_path) as people:
        assert isinstance(people, OnText)
        for who, deed in CASES["waiting_reports"]:
            if who == LAN:
                await people.do(who, deed)
        assert people.texts_of(MINH) == []
        people.practice.clock.advance(timedelta(hours=7, minutes=31))
        now = people.practice.clock.now
        clock = Clock(sqlite_database, REMINDERS, [people.channel], now)
        assert await clock.remind() == 1
        await people.post.send_waiting()
        assert people.texts_of(MINH) == [
            "Có 1 báo cáo mới chờ kiểm tra\nTổng số đang chờ: 1.\ngõ: xem tất cả"
        ]
        await people.do(MINH, Picks("Xem tất cả"))
        assert "Điểm trường Nà Tềnh: 60 chiếc chăn bông" in people.texts_of(MINH)[-1]


async def test_co_lan_confirms_by_text(database: Database, tmp_path: Path) -> None:
    """On both kinds of store; what the phone shows is the golden transcript."""
    async with people_on("text by numbers", database, tmp_path) as people:
        assert isinstance(people, OnText)
        for who, deed in CASES["confirm_delivery"]:
            await people.do(who, deed)
    async with database.reading() as session:
        confirmation = SQLModel.metadata.tables["confirmation"]
        [made] = (await session.execute(sqlalchemy.select(confirmation))).mappings()
    assert (made["outcome"], made["received"], made["damaged"], made["reason"]) == (
        "part",
        45,
        0,
        "road",
    )
    code = next(word for word in " ".join(people.transcript).split() if word.startswith("AB-"))
    golden("text/confirm_delivery", people.transcript, {code: "AB-2345-678"})


def test_the_table_has_every_conversation() -> None:
    named = {word for name in CASES for word in re.findall(r"[a-z_]+", name)}
    assert {one.name for one in conversations.ALL} - named == ONLY_WITH_ALBUMS
