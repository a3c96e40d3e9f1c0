"""Whatever goes wrong between phones, Telegram, the bot and its store: in the end all is as on an undisturbed day.

What one person does comes in its order, as Telegram keeps it: a count and the answer before it mean something else
when they change places. Messages without a number are left out too, since nobody can know that they came twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel, select

from storage.database import Database
from storage.help.receipts import display
from storage.messages.inbox import Update, UpdateState
from tests.bot.test_channel_cases import ID, OF_THE_APP, RECORDS, is_moment, plain
from tests.bot.troubled_people import SCRIPTS, Day, day_of
from tests.records import confirmations

# Each takes two or three seconds; what fails is printed with what repeats it.
EXAMPLES = int(os.environ.get("EXAMPLES", "8"))
CODE = re.compile(r"AB-[2-9A-Z]{4}-[2-9A-Z]{3}")
TIME = re.compile(r"\b\d\d:\d\d\b")
BY_CHANCE = {
    # Names that are drawn, and how often a card was shown or a photo asked for.
    **OF_THE_APP,
    "photo": {"message", "file_id", "file_unique_id", "tries"},
    "history": {"id"},
}

SENDS = ["sendMessage", "editMessageText"]
REQUESTS = st.fixed_dictionaries(
    {"times": st.integers(1, 4)},
    optional={
        "chance": st.sampled_from([0.3, 0.7]),
        "seed": st.integers(0, 99),
        "methods": st.sampled_from([SENDS, ["getUpdates"], ["answerCallbackQuery"], ["getFile"]]),
    },
)
FEW = st.fixed_dictionaries({"times": st.integers(1, 4)})


def trouble(name: str, aim: st.SearchStrategy[Any], **own: Any) -> st.SearchStrategy[Any]:
    drawn = {
        key: one if isinstance(one, st.SearchStrategy) else st.just(one) for key, one in own.items()
    }
    return st.builds(
        lambda aim, own: {"trouble": name, **aim, **own}, aim, st.fixed_dictionaries(drawn)
    )


TROUBLES = st.one_of(
    trouble("lost_response", REQUESTS, truncated=st.booleans()),
    trouble("delay", REQUESTS, seconds=0.02),
    trouble("error", REQUESTS, code=st.sampled_from([500, 502, 504]), carried_out=st.booleans()),
    trouble("reset", REQUESTS),
    trouble("too_many_requests", st.just({}), retry_after=st.sampled_from([1, 5, 20])),
    trouble("outage", st.just({"lasts": 20})),
    trouble("duplicates", FEW, copies=st.integers(2, 4)),
    trouble("reordering", FEW, own_order=True, seed=st.integers(0, 99)),
    trouble("malformed", FEW, shape=st.sampled_from(["unknown_kind", "wrong_types"])),
    trouble("slow_download", FEW, seconds=0.05),
    trouble(
        "failing_download", FEW, way=st.sampled_from(["not_found", "cut", "wrong_length", "empty"])
    ),
)
PEOPLE = st.integers(0, len(SCRIPTS) - 1)
MOVES = st.one_of(
    st.tuples(st.just("acts"), PEOPLE),
    st.tuples(st.just("goes on"), PEOPLE),
    st.tuples(st.just("goes on"), PEOPLE),
    st.tuples(st.just("presses again"), PEOPLE),
    st.tuples(st.just("the bot works"), st.none()),
    st.tuples(st.just("the bot crashes after turns"), st.integers(0, 600)),
    st.tuples(st.just("seconds pass"), st.integers(1, 10)),
    st.tuples(st.just("trouble"), TROUBLES),
)


async def moves(day: Day, move: tuple[str, Any]) -> None:
    match move:
        case "acts", place:
            day.act(place)
        case "goes on", place:
            for _deed in range(5):
                day.act(place)
                await day.life.works()
        case "presses again", place:
            day.act_again(place)
        case "the bot works", _:
            await day.life.works()
        case "the bot crashes after turns", turns:
            await day.crash(turns)
        case "seconds pass", seconds:
            day.passes(seconds)
        case "trouble", given:
            day.injection.begin(given)


@dataclass(frozen=True)
class Outcome:
    """What is true in the end, and what everybody was told last."""

    records: Counter[str]
    last_words: Mapping[str, list[str]]


async def outcome(day: Day) -> Outcome:
    return Outcome(
        await records(day.people.database),
        {one.who: last_words(day, one.who) for one in day.doing},
    )


def last_words(day: Day, who: str) -> list[str]:
    """The lines of the newest message; in which order several reports came is of chance."""
    text = day.people.visible(who)[-1]["text"]
    return sorted(TIME.sub("hh:mm", CODE.sub("AB-…", text)).split("\n"))


async def records(database: Database) -> Counter[str]:
    """All that became true, in no order; every drawn id is named by what it belongs to."""
    rows: list[str] = []
    async with database.reading() as session:
        for name in RECORDS:
            table = SQLModel.metadata.tables[name]
            columns = [
                column
                for column in table.columns
                if column.name not in BY_CHANCE.get(name, set()) and not is_moment(column.type)
            ]
            found = await session.execute(sqlalchemy.select(*columns))
            rows += [
                f"{name}: {json.dumps(plain(name, row), default=str, sort_keys=True)}"
                for row in found.mappings()
            ]
    return Counter(with_names(rows))


def with_names(rows: list[str]) -> list[str]:
    """An id's name follows from the rows that it stands in, and from the names of the ids beside it."""
    names = dict.fromkeys((one for row in rows for one in ID.findall(row)), "")
    for _round in range(4):
        names = {one: name_of(one, rows, names) for one in names}
    return [named(row, names) for row in rows]


def name_of(one: str, rows: list[str], names: Mapping[str, str]) -> str:
    told = sorted(named(row, {**names, one: "this"}) for row in rows if one in row)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:8]


def named(row: str, names: Mapping[str, str]) -> str:
    return ID.sub(lambda one: f"<{names[one[0]]}>", row)


async def everybody_was_answered(day: Day) -> None:
    practice = day.people.practice
    async with day.people.database.reading() as session:
        updates = list((await session.execute(select(Update))).scalars())
        codes = [display(one.code) for one in await confirmations(session)]
    # Nothing but what was never an update is set aside.
    assert {one.why for one in updates if one.state != UpdateState.DONE} <= {"Unreadable"}
    numbers = Counter(one.update_id for one in updates)
    assert numbers == Counter(dict.fromkeys(practice.world.updates[588].delivered, 1))
    now = practice.clock.now()
    assert all(query["until"] < now for query in practice.world.queries.values())
    told = [
        message.get("text", "")
        for chat in practice.world.chats.values()
        for number, message in chat.messages.items()
        if chat.unseen[number]["from_bot"]
    ]
    assert all(any(code in text for text in told) for code in codes)
    assert not practice.world.updates[588].dropped_backlog


UNDISTURBED: dict[tuple[str, ...], Outcome] = {}
"""How the day of some people ends when nothing goes wrong; lived through once."""


async def live_through(
    who: tuple[str, ...], drawn: list[tuple[str, Any]], template: Path
) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="whole-way-"))
    try:
        async with day_of(who, template, folder) as day:
            for move in drawn:
                await moves(day, move)
            await day.ends()
            await everybody_was_answered(day)
            return await outcome(day)
    finally:
        shutil.rmtree(folder)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    who=st.sampled_from(list(combinations(SCRIPTS, 2))),
    drawn=st.lists(MOVES, min_size=15, max_size=40),
)
def test_whatever_goes_wrong_the_day_ends_as_if_nothing_had(
    sqlite_template: Path, who: tuple[str, ...], drawn: list[tuple[str, Any]]
) -> None:
    if who not in UNDISTURBED:
        UNDISTURBED[who] = asyncio.run(live_through(who, [], sqlite_template))
    ended = asyncio.run(live_through(who, drawn, sqlite_template))
    assert ended.last_words == UNDISTURBED[who].last_words
    more, less = ended.records - UNDISTURBED[who].records, UNDISTURBED[who].records - ended.records
    unlike = [*(f"+ {row}" for row in sorted(more)), *(f"- {row}" for row in sorted(less))]
    assert not unlike, "\n".join(unlike)
