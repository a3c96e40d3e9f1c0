"""A process that stands still in the middle of a transaction does not hold people for long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from storage.database import Database, is_transient, is_unavailable
from storage.messages import inbox
from storage.messages.inbox import Arrival
from tests.storage.village import NOW

CHANNEL = "telegram:588"


async def test_whom_a_frozen_process_held_others_answer_soon(postgresql_database: Database) -> None:
    address = postgresql_database.url.render_as_string(hide_password=False)
    frozen = Database(address, longest_idle=timedelta(seconds=0.2))
    async with postgresql_database.writing() as session:
        await inbox.store(session, CHANNEL, [Arrival(1, "700001", "{}")], NOW)
    # What it had begun is not done, and when it wakes it sees that the update is not to blame.
    with pytest.raises((DBAPIError, OSError)) as woken:
        await stand_still(frozen, meanwhile=answer_as_another(postgresql_database))
    assert is_unavailable(woken.value) or is_transient(woken.value)
    async with frozen.writing() as session:
        assert await inbox.claim(session, NOW, 10) == []
    await frozen.close()


async def stand_still(database: Database, meanwhile: Awaitable[None]) -> None:
    """A turn that is frozen between two statements, until the person is answered by somebody else."""
    async with database.writing() as session:
        claimed = await inbox.claim(session, NOW, 10)
        async with asyncio.timeout(10):
            await meanwhile
        await inbox.answered(session, claimed, NOW)


async def answer_as_another(database: Database) -> None:
    """Looks again and again, as reception does, until the person is free."""
    while True:
        async with database.writing() as session:
            if claimed := await inbox.claim(session, NOW, 10):
                await inbox.answered(session, claimed, NOW)
                return
        await asyncio.sleep(0.05)


async def test_ten_seconds_are_the_limit_where_nobody_says_otherwise(
    postgresql_database: Database,
) -> None:
    async with postgresql_database.engine.connect() as connection:
        found = await connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout")
        assert found.scalar_one() == "10s"
