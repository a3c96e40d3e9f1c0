"""Prepared statements say the same on both kinds of store, and rows that are put later are written with all else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlmodel import SQLModel, col

from storage.access import Session
from storage.database import Database
from storage.help.deliveries import Delivery, HandOver
from storage.messages import outbox
from storage.messages.outbox import Message, NewMessage
from storage.people.people import Person
from storage.prepared import Prepared, Records, among, put_into
from tests.cast import BLANKETS, SCARVES
from tests.databases import ON_ONE_STORE
from tests.talking import LAN, Talk

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
_PERSON: Any = SQLModel.metadata.tables["person"]
_NAMES = Prepared(select(_PERSON.c.name).where(among(_PERSON.c.name, "names")).order_by("name"))
_OTHERS = Prepared(select(_PERSON.c.name).where(~among(_PERSON.c.name, "names")).order_by("name"))
_CALLED = Prepared(
    update(_PERSON).where(_PERSON.c.name == bindparam("before")).values(name=bindparam("after"))
)
_ADD = put_into(_PERSON)
_REPLACE = put_into(_PERSON, "name")
_GIVEN = Records(
    select(Delivery, HandOver)
    .select_from(Delivery)
    .outerjoin(HandOver, col(HandOver.delivery_id) == col(Delivery.id))
    .order_by(col(Delivery.id))
)


def somebody(number: int, name: str) -> dict[str, Any]:
    return {
        "id": f"p{number}",
        "name": name,
        "address": "",
        "language": "vi",
        "created_at": NOW,
        "sample": False,
    }


async def names(session: Session) -> list[str]:
    return [str(one) for one in await _OTHERS.column(session, names=[])]


async def test_a_list_is_one_value_however_long_it_is(database: Database) -> None:
    async with database.writing() as session:
        await _ADD.change_each(session, [somebody(1, 'Nông "Mai"'), somebody(2, "Lò 'B', C")])
        assert await _NAMES.column(session, names=["Lò 'B', C", "?", 'Nông "Mai"']) == [
            "Lò 'B', C",
            'Nông "Mai"',
        ]
        assert await _NAMES.column(session, names=[]) == []
        assert await _OTHERS.column(session, names=["Lò 'B', C"]) == ['Nông "Mai"']


async def test_a_row_that_is_there_stays_or_changes_as_is_said(database: Database) -> None:
    async with database.writing() as session:
        await _ADD.change_each(session, [somebody(1, "Mai")])
        await _ADD.change_each(session, [somebody(1, "Lan")])
        assert await names(session) == ["Mai"]
        await _REPLACE.change_each(session, [somebody(1, "Lan")])
        assert await names(session) == ["Lan"]


async def test_whoever_changed_nothing_is_told_so(database: Database) -> None:
    async with database.writing() as session:
        await _ADD.change_each(session, [somebody(1, "Mai"), somebody(2, "Mai")])
        assert await _CALLED.change(session, before="Mai", after="Lan") == 2
        assert await _CALLED.change(session, before="Mai", after="Lan") == 0


async def test_a_row_that_no_store_takes_is_refused_without_its_words(database: Database) -> None:
    secret = "lời của cô Lan"
    with pytest.raises(IntegrityError) as refused:  # noqa: PT012
        async with database.writing() as session:
            row = somebody(1, secret)
            await _ADD.change_each(session, [{**row, "created_at": None}])
    if database.is_sqlite:
        assert secret not in str(refused.value)


@ON_ONE_STORE
async def test_a_list_that_would_be_other_words_each_time_is_a_mistake(database: Database) -> None:
    wrong = Prepared(select(_PERSON.c.id).where(_PERSON.c.id.in_(bindparam("x", expanding=True))))
    async with database.reading() as session:
        with pytest.raises(InvalidRequestError, match="among"):
            await wrong.rows(session, x=["p1"])


async def test_records_hold_whole_rows_and_none_where_nothing_is_joined(talk: Talk) -> None:
    async with talk.database.writing() as session:
        (blankets, left), (scarves, nothing) = await _GIVEN.all(session)
        assert (blankets.id, blankets.quantity, left.quantity) == (BLANKETS, 60, 60)
        assert (scarves.id, scarves.sample, nothing) == (SCARVES, False, None)
        assert blankets.created_at.tzinfo is not None
        await session.execute(update(Delivery).values(quantity=7))
        assert blankets.quantity == 60, "a record is what was read"


def message(chat: str) -> NewMessage:
    return NewMessage(
        channel="telegram:1", chat=chat, kind="screen", created_at=NOW, person_id="new"
    )


async def told(database: Database) -> list[str]:
    async with database.reading() as session:
        found = await session.execute(select(Message).order_by(col(Message.id)))
        return [one.chat for one in found.scalars()]


async def test_rows_for_later_come_after_what_they_point_to(database: Database) -> None:
    async with database.writing() as session:
        outbox.tell(session, message(LAN))
        session.add(Person(id="new", created_at=NOW))
    assert await told(database) == [LAN]


async def test_rows_for_later_are_lost_with_their_transaction(database: Database) -> None:
    with pytest.raises(ValueError, match="over"):  # noqa: PT012
        async with database.writing() as session:
            session.add(Person(id="new", created_at=NOW))
            outbox.tell(session, message(LAN))
            await session.flush()
            outbox.tell(session, message("2"))
            raise ValueError("over")
    assert await told(database) == []


async def test_an_attempt_that_fails_leaves_what_was_before_it(database: Database) -> None:
    async with database.writing() as session:
        session.add(Person(id="new", created_at=NOW))
        outbox.tell(session, message("before"))
        with pytest.raises(ValueError, match="over"):  # noqa: PT012
            async with session.attempt():
                outbox.tell(session, message("written"))
                await session.flush()
                outbox.tell(session, message("to be written"))
                raise ValueError("over")
        outbox.tell(session, message("after"))
        async with session.attempt():
            outbox.tell(session, message("at last"))
    assert await told(database) == ["before", "after", "at last"]


async def test_what_is_asked_after_a_commit_is_part_of_the_next_transaction(
    database: Database,
) -> None:
    async with database.writing() as session:
        await _ADD.change_each(session, [somebody(1, "Mai")])
        await session.commit()
        await _CALLED.change(session, before="Mai", after="Lan")
        await session.rollback()
    async with database.reading() as session:
        assert await names(session) == ["Mai"]
