"""Of several processes one leads, and when it dies another goes on in its place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from bot.receiving.leader_election import LeaderElection
from storage.database import Database
from storage.messages import leases
from tests.talking import Clock

LEASE = timedelta(seconds=0.4)


class Work:
    """What only one may do; it lets a test wait for its beginning and its end."""

    def __init__(self) -> None:
        self.began, self.ended = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.ended.clear()
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.began.clear()
            self.ended.set()


@asynccontextmanager
async def candidate(database: Database, clock: Clock) -> AsyncIterator[tuple[LeaderElection, Work]]:
    election, work = LeaderElection(database, "polling", clock, lease=LEASE), Work()
    task = asyncio.create_task(election.lead(work))
    try:
        yield election, work
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def held_by_somebody_else(database: Database, clock: Clock) -> bool:
    async with database.writing() as session:
        until = clock() + LEASE
        return not await leases.hold(session, "polling", "somebody", clock(), until)


async def test_one_leads_and_the_other_waits(database: Database):
    clock = Clock()
    async with candidate(database, clock) as (first, work), asyncio.timeout(10):
        await work.began.wait()
        async with candidate(database, clock) as (second, other):
            # Several renewals of the first, and as many attempts of the second.
            await asyncio.sleep(LEASE.total_seconds())
            assert (first.leads, second.leads) == (True, False)
            assert not other.began.is_set()


async def test_who_ends_lets_the_next_one_lead_at_once(database: Database):
    clock = Clock()
    async with asyncio.timeout(10), candidate(database, clock) as (_second, other):
        await other.began.wait()
    async with candidate(database, clock) as (third, work), asyncio.timeout(10):
        # The clock stands still, so no lease has run out.
        await work.began.wait()
        assert third.leads


async def test_who_dies_is_followed_when_the_lease_is_over(database: Database):
    clock = Clock()
    assert not await held_by_somebody_else(
        database, clock
    )  # It took the lease, and is never heard of again.
    async with candidate(database, clock) as (_election, work), asyncio.timeout(10):
        await asyncio.sleep(LEASE.total_seconds())
        assert not work.began.is_set()
        clock.now += LEASE
        await work.began.wait()


async def test_who_was_followed_meanwhile_stops_working(database: Database):
    clock = Clock()
    async with candidate(database, clock) as (election, work), asyncio.timeout(10):
        await work.began.wait()
        # As for a process that slept: the lease ran out, and another took it before this one awoke.
        async with database.writing() as session:
            later = clock() + 2 * LEASE
            assert await leases.hold(
                session, "polling", "other", clock() + 2 * LEASE, later + LEASE
            )
        await work.ended.wait()
        assert not election.leads


def stand_still() -> None:
    """As a process that was stopped: nothing in it moves, and its lease runs out."""
    time.sleep(1.5 * LEASE.total_seconds())


async def test_who_slept_does_not_go_on_before_the_store_says_so(database: Database):
    clock = Clock()
    election = LeaderElection(database, "polling", clock, lease=LEASE)
    went_on: list[bool] = []

    async def sleep_and_go_on() -> None:
        stand_still()
        assert not election.leads
        await election.surely()
        went_on.append(await held_by_somebody_else(database, clock))

    async with asyncio.timeout(10):
        await election.lead(sleep_and_go_on)
    assert went_on == [True]


async def test_who_slept_and_was_followed_does_nothing_more(database: Database):
    clock = Clock()
    election = LeaderElection(database, "polling", clock, lease=LEASE)
    went_on, slept = asyncio.Event(), asyncio.Event()

    async def sleep_and_go_on() -> None:
        async with database.writing() as session:
            later = clock() + 2 * LEASE
            assert await leases.hold(session, "polling", "other", later, later + LEASE)
        stand_still()
        slept.set()
        await election.surely()
        went_on.set()

    task = asyncio.create_task(election.lead(sleep_and_go_on))
    async with asyncio.timeout(10):
        await slept.wait()
    await asyncio.sleep(2 * LEASE.total_seconds())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert not went_on.is_set()


async def test_who_cannot_renew_stops_working_before_another_begins(
    database: Database, monkeypatch: pytest.MonkeyPatch
):
    async with candidate(database, Clock()) as (election, work), asyncio.timeout(10):
        await work.began.wait()

        def away() -> None:
            raise OSError("the network is down")

        with monkeypatch.context() as without:
            without.setattr(database, "writing", away)
            await work.ended.wait()
            assert not election.leads
        await work.began.wait()


async def test_work_that_fails_is_not_hidden(database: Database):
    async def fail() -> None:
        raise ZeroDivisionError

    election = LeaderElection(database, "polling", Clock(), lease=LEASE)
    with pytest.raises(ZeroDivisionError):
        await election.lead(fail)
    assert not await held_by_somebody_else(database, Clock())
