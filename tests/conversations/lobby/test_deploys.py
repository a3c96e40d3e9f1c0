"""A new version comes while many people are in the middle of a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

import conversations
from conversations.deliveries.confirm_delivery import confirm_delivery
from conversations.kit import Conversation, Step, Words
from conversations.lobby.lobby import Lobby
from locales import plain
from storage.database import Database
from storage.help.deliveries import Delivery
from storage.identity import new_id
from storage.messages.drafts import DraftState, StoredDraft
from storage.messages.inbox import Update
from storage.people.people import Membership
from tests.cast import one_more_teacher, settle_in
from tests.records import confirmations
from tests.talking import Clock, Talk

PEOPLE = 1000
STOPS = 8
"""Questions at which somebody may be stopped."""
FIRST_PHONE = 720_000
WEATHER = Words("weather", plain("Thời tiết"), plain("Hôm đó trời thế nào?"))
ANSWERS = ("thieu", "45", "1", "xe bi hong giua duong", "hom nay", "gui sau", "nang")
"""To the questions of the version before; the note is not asked there."""
TO_THE_END = {
    "delivery": "1",
    "outcome": "thieu",
    "received": "45",
    "damaged": "1",
    "reason": "xe bi hong giua duong",
    "day": "hom nay",
    "photos": "gui sau",
    "note": "khong",
    "review": "gui",
}


def before_the_deploy() -> Conversation:
    """The reason had another name, the weather was asked, and there was no note."""
    steps: list[Step] = []
    for step in confirm_delivery.steps:
        if step.name == "note":
            steps.append(WEATHER)
        else:
            steps.append(replace(step, name="why") if step.name == "reason" else step)
    return replace(confirm_delivery, steps=tuple(steps))


def after_the_deploy() -> Conversation:
    steps = tuple(
        replace(step, formerly=("why",)) if step.name == "reason" else step
        for step in confirm_delivery.steps
    )
    return replace(confirm_delivery, steps=steps)


def lobby_with(version: Conversation) -> Lobby:
    others = [one for one in conversations.ALL if one.name != version.name]
    return Lobby((version, *others))


@pytest.mark.slow
async def test_a_thousand_open_reports_go_on_after_a_question_came_went_and_was_renamed(
    sqlite_database: Database,
) -> None:
    """T21."""
    async with sqlite_database.writing() as session:
        await settle_in(session)
        for number in range(PEOPLE):
            await one_more_teacher(session, number, str(FIRST_PHONE + number))
    talk = Talk(sqlite_database, Clock())
    talk.reception.lobby = lobby_with(before_the_deploy())
    await everybody(
        talk, {"kind": "opened", "conversation": "xacnhan", "payload": ""}, range(STOPS)
    )
    for place, answer in enumerate(ANSWERS):
        # Each of eight stops one question later than the one before.
        await everybody(talk, said(answer), range(place + 1, STOPS))
    await others_stopped_there_too(talk)
    stopped = Counter([draft.asks for draft in await drafts_in(talk)])
    assert set(stopped) == {
        "outcome",
        "received",
        "damaged",
        "why",
        "day",
        "photos",
        "weather",
        "review",
    }

    talk.reception.lobby = lobby_with(after_the_deploy())
    await everybody(talk, said("lui"), range(PEOPLE))
    assert {draft.asks for draft in await drafts_in(talk)} <= {
        step.name for step in confirm_delivery.steps
    }
    reasoned = [draft for draft in await drafts_in(talk) if "reason" in draft.answers]
    assert len(reasoned) == PEOPLE // 2
    assert {draft.answers["reason"]["value"] for draft in reasoned} == {"xe bi hong giua duong"}
    assert not any("why" in draft.answers for draft in await drafts_in(talk))
    some = range(0, PEOPLE, 31)
    for _question in range(12):
        open_now = {draft.person_id: draft.asks for draft in await drafts_in(talk)}
        answers = {
            phone: said(TO_THE_END[open_now[person]])
            for person, phone in (await talk.phones_of(set(open_now))).items()
            if int(phone) - FIRST_PHONE in some
        }
        await talk.arrive_together(answers)
        await answer_everybody(talk)
    async with sqlite_database.reading() as session:
        made = await confirmations(session)
        unanswered = await session.execute(select(Update.id).where(col(Update.state) != "done"))
    assert unanswered.all() == []
    assert len(made) == len(some)
    assert {(one.received, one.damaged, one.reason) for one in made} == {
        (45, 1, "xe bi hong giua duong")
    }


def said(text: str) -> dict[str, Any]:
    return {"kind": "said", "text": text}


async def drafts_in(talk: Talk) -> list[StoredDraft]:
    async with talk.database.reading() as session:
        found = await session.execute(
            select(StoredDraft).where(StoredDraft.state == DraftState.LIVE)
        )
        return list(found.scalars())


async def others_stopped_there_too(talk: Talk) -> None:
    """Whoever comes after the first eight has given the answers of one of them, about a delivery of their own."""
    drafts = {draft.person_id: draft for draft in await drafts_in(talk)}
    async with talk.database.writing() as session:
        found = await session.execute(
            select(Delivery.site_code, Membership.person_id, Delivery.id).where(
                col(Membership.site_code) == col(Delivery.site_code)
            )
        )
        known = {site: (person, delivery) for site, person, delivery in found}
        for number in range(STOPS, PEOPLE):
            (first, theirs), (person, own) = known[f"S-{number % STOPS}"], known[f"S-{number}"]
            values = drafts[first].model_dump()
            kept = json.dumps([values["answers"], values["screen"]]).replace(theirs, own)
            answers, screen = json.loads(kept)
            new = {"id": new_id(), "person_id": person, "answers": answers, "screen": screen}
            session.add(StoredDraft(**{**values, **new}))


async def everybody(talk: Talk, what: dict[str, Any], numbers: Iterable[int]) -> None:
    await talk.arrive_together({str(FIRST_PHONE + number): what for number in numbers})
    await answer_everybody(talk)


async def answer_everybody(talk: Talk) -> None:
    while await talk.reception.answer_waiting():
        pass
