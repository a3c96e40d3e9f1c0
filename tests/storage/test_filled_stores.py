"""Stores that were filled by earlier versions, with people in the middle of what they were saying."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import col, select

from conversations.kit.links import RESUME
from storage.audit import audit
from storage.database import Database
from storage.files import copies
from storage.help.reports import ReportVersion
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.inbox import Update, UpdateState
from storage.migrations import running
from storage.people.people import Address
from tests.talking import Clock, Talk

STORES = Path(__file__).parent / "stores"
FILLED = sorted(path.name for path in STORES.iterdir() if path.is_dir())
GOING_ON = {
    "700001": "1",
    "700002": "Trường không có ai tên như vậy",
    "700003": "hai xã dùng chung",
    "700004": "Tiếng Việt",
    "710001": "gồm cả đợt của hội phụ nữ xã",
    "710002": "2",
    "710003": "xong",
    "710004": "0",
    "710005": "hom qua",
    "710008": "khong nhan ra",
    "710009": "xong",
    "710010": "trưởng bản đã hỏi xã",
    "710013": "duong kho di",
    "710014": "English",
    "710020": "được tặng thêm 5 đôi",
    "710022": "na tenh",
    "710025": "Lý Văn Páo",
}
"""What each person answers next to the question that was open when the store was copied."""


@pytest.fixture(params=FILLED)
def earlier(request: pytest.FixtureRequest) -> Path:
    return STORES / str(request.param)


@pytest.fixture
async def new_sqlite_store(tmp_path: Path) -> AsyncIterator[Database]:
    """Without any tables, for what does not depend on the kind of store."""
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    yield database
    await database.close()


def told(store: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of a store as they were copied, by table."""
    return {
        path.stem: [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
        for path in sorted((store / copies.TABLES).glob("*.jsonl"))
    }


async def brought_up_to_date(database: Database, store: Path) -> None:
    rows = {table: len(found) for table, found in told(store).items()}
    await copies.read(database, store, store.name, rows)


async def test_a_filled_store_comes_up_to_date_and_nothing_is_lost(
    earlier: Path, new_store: Database
) -> None:
    await brought_up_to_date(new_store, earlier)
    assert await running.differences(new_store) == []
    async with new_store.reading() as session:
        assert [one for one in await audit(session) if one.expected != one.found] == []
        connection = await session.connection()
        still = set(await connection.run_sync(lambda one: inspect(one).get_table_names()))
        for table, before in told(earlier).items():
            assert before, f"nobody would notice if {table} were lost"
            if table in still:
                found = await session.execute(text(f"SELECT count(*) FROM {table}"))
                assert (table, found.scalar_one()) >= (table, len(before))
        kept = await session.execute(text("SELECT id FROM history"))
        assert {row.id for row in kept} >= {one["id"] for one in told(earlier)["history"]}


async def test_versions_name_the_draft_that_they_came_from_and_no_other(
    earlier: Path, new_store: Database
) -> None:
    await brought_up_to_date(new_store, earlier)
    async with new_store.reading() as session:
        found = await session.execute(
            select(ReportVersion, StoredDraft)
            .join(StoredDraft, col(StoredDraft.id) == col(ReportVersion.draft_id))
            .where(col(StoredDraft.state) == DraftState.FINISHED)
        )
        named = [(version, draft) for version, draft in found]
    assert len(named) >= 5
    for version, draft in named:
        assert draft.conversation == "confirm_delivery"
        assert draft.updated_at == version.submitted_at


async def people_in_the_middle(talk: Talk) -> dict[str, StoredDraft]:
    """The open draft of each person who has one, by their phone."""
    async with talk.database.reading() as session:
        found = await session.execute(
            select(Address.address, StoredDraft)
            .join(StoredDraft, col(StoredDraft.person_id) == col(Address.person_id))
            .where(col(StoredDraft.state) == DraftState.LIVE, col(Address.until).is_(None))
            .order_by(col(Address.address))
        )
        return {row[0]: row[1] for row in found}


async def resumed(database: Database, store: Path) -> Talk:
    """Everybody's phone a minute after the last message, and after it was answered."""
    await brought_up_to_date(database, store)
    last = max(datetime.fromisoformat(one["received_at"]) for one in told(store)["inbox"])
    talk = Talk(database, Clock(last + timedelta(minutes=1)))
    talk._update, talk._message = 100_000, 100_000
    await talk.answer_all()
    return talk


def old_button(draft: StoredDraft) -> dict[str, Any]:
    """What never acts, and is answered with the card that is open."""
    return {"kind": "pressed", "action": "old", "draft": draft.id, "revision": -1}


async def test_people_in_the_middle_see_their_question_and_go_on(
    earlier: Path, new_sqlite_store: Database
) -> None:
    talk = await resumed(new_sqlite_store, earlier)
    before = await people_in_the_middle(talk)
    assert set(before) == set(GOING_ON)
    await talk.arrive_together({who: old_button(draft) for who, draft in before.items()})
    await talk.answer_all()
    for who, draft in before.items():
        assert talk.phone(who).last.screen.draft == draft.id, who
        assert talk.phone(who).last.labels, who
    asked = await people_in_the_middle(talk)
    await talk.arrive_together(
        {who: {"kind": "said", "text": words} for who, words in GOING_ON.items()}
    )
    await talk.answer_all()
    after = await people_in_the_middle(talk)
    for who, draft in asked.items():
        open_now = after.get(who)
        went_on = open_now is None or (open_now.id, open_now.asks) != (draft.id, draft.asks)
        assert went_on, talk.phone(who).last.text
    await nothing_is_wrong(talk)


async def nothing_is_wrong(talk: Talk) -> None:
    async with talk.database.reading() as session:
        assert [one for one in await audit(session) if one.expected != one.found] == []
        waiting = select(Update.id).where(col(Update.state) == UpdateState.WAITING)
        assert (await session.execute(waiting)).all() == []


async def test_what_was_set_aside_is_taken_up_again(
    earlier: Path, new_sqlite_store: Database
) -> None:
    talk = await resumed(new_sqlite_store, earlier)
    async with talk.database.reading() as session:
        found = await session.execute(
            select(Address.address, StoredDraft)
            .join(StoredDraft, col(StoredDraft.person_id) == col(Address.person_id))
            .where(col(StoredDraft.state) == DraftState.PARKED)
        )
        parked = {row[0]: row[1] for row in found}
    assert parked
    resume = {"kind": "pressed", "draft": "", "revision": 0}
    await talk.arrive_together(
        {who: {**resume, "action": f"{RESUME}:{draft.id}"} for who, draft in parked.items()}
    )
    await talk.answer_all()
    open_now = await people_in_the_middle(talk)
    for who, draft in parked.items():
        assert talk.phone(who).last.screen.draft == draft.id, talk.phone(who).last.text
        assert open_now[who].id == draft.id
