"""Whatever people do, in any order: nothing raises, and a settled answer is only lost by Back or Edit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from storage.database import Database
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.inbox import Update, UpdateState
from tests.cast import settle_in
from tests.conversations.lobby import test_ways
from tests.talking import LAN, Clock, Talk

TYPED = [
    "1",
    "2",
    "3",
    "đủ",
    "thieu",
    "chua",
    "45",
    "65",
    "0",
    "20/11",
    "xong",
    "khong",
    "co",
    "lui",
    "giu",
    "huy",
    "gui",
    "/start",
    "<b>&",
    "8.5",
]
WORDS = st.one_of(
    st.sampled_from([*TYPED, "hom nay", "gui sau", "sua ngay", "nhập lại"]),
    st.text(min_size=1, max_size=40),
)
DEEDS = st.one_of(
    WORDS.map(lambda text: {"kind": "said", "text": text}),
    st.sampled_from("abc").map(lambda name: {"kind": "photo", "file": name, "album": ""}),
    st.sampled_from(["sticker", "voice", "video", "document"]).map(
        lambda what: {"kind": "file", "what": what}
    ),
    st.sampled_from(["edited", "location", "contact"]).map(lambda kind: {"kind": kind}),
    st.sampled_from(["", "xacnhan", "dabaocao", "trogiup"]).map(
        lambda name: {"kind": "opened", "conversation": name, "payload": ""}
    ),
    st.integers(0, 30).map(lambda place: {"kind": "button", "place": place}),
)
assert test_ways.EVENTS


async def buttons(talk: Talk, place: int) -> dict[str, Any]:
    """A press on any button that was ever shown, old ones too."""
    shown = [
        (one, button)
        for one in talk.phone(LAN).messages
        for row in one.screen.rows
        for button in row
    ]
    if not shown:
        return {"kind": "said", "text": "1"}
    message, button = shown[place % len(shown)]
    return {
        "kind": "pressed",
        "action": button.action,
        "draft": message.screen.draft,
        "revision": message.screen.revision,
        "message": message.message_id,
    }


async def live(talk: Talk) -> StoredDraft | None:
    async with talk.database.reading() as session:
        found = await session.execute(
            select(StoredDraft).where(StoredDraft.state == DraftState.LIVE)
        )
        return found.scalar_one_or_none()


async def live_through(deeds: list[dict[str, Any]], template: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="properties-"))
    shutil.copy(template, folder / "store.db")
    database = Database(f"sqlite:///{folder / 'store.db'}")
    try:
        async with database.writing() as session:
            await settle_in(session)
        talk = Talk(database, Clock())
        for deed in deeds:
            before = await live(talk)
            what = await buttons(talk, deed["place"]) if deed["kind"] == "button" else deed
            await talk.arrives(LAN, what)
            await talk.answer_all()
            await nothing_settled_was_lost(before, await live(talk), what)
        async with database.reading() as session:
            found = (await session.execute(select(Update))).scalars().all()
        assert {one.state for one in found} <= {UpdateState.DONE}
    finally:
        await database.close()
        shutil.rmtree(folder)


def settled_in(draft: StoredDraft) -> list[str]:
    return [name for name, one in draft.answers.items() if one.get("settled")]


async def nothing_settled_was_lost(
    before: StoredDraft | None, after: StoredDraft | None, what: dict[str, Any]
) -> None:
    """An answer stays settled, or at least remembered, unless the person went back, edited or left."""
    if before is None or after is None or before.id != after.id:
        return
    settled_before, settled_after = settled_in(before), settled_in(after)
    forgotten = [name for name in settled_before if name not in after.answers]
    assert not forgotten
    said = str(what.get("text", "")).casefold()
    went_back = what["kind"] == "pressed" or any(
        word in said for word in ("lùi", "lui", "sửa", "sua")
    )
    if what["kind"] == "said" and not went_back and "outcome" in settled_before:
        assert "delivery" in settled_after


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


@settings(
    max_examples=25,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=st.lists(DEEDS, min_size=3, max_size=18))
def test_random_events_never_raise_and_never_lose_an_answer(
    sqlite_template: Path, deeds: list[dict[str, Any]]
) -> None:
    run(live_through(deeds, sqlite_template))
