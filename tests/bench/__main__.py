"""Prints every figure as a `name value unit` line, or those of the groups that are named.

A figure is the median of at least five runs, interleaved with those that it is compared with; each run has looked into
its store at the end, and fails where anything was lost, set aside or not told.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import tempfile
import warnings
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from storage.database import Database
from tests.bench import latency, ours, postgresql, programs, rivals
from tests.bench.latency import percentile
from tests.bench.measuring import Costs, Run, interleaved, median
from tests.storage import filled

FULL = bool(os.environ.get("FULL"))
ROUNDS = 9 if FULL else 5
ALONE, TOGETHER = (20, 150) if FULL else (6, 50)
"""People whose whole reports are measured, one after the other and side by side."""
THEIRS = 150 if FULL else 25
"""The same for the usual ways to write a bot, which know no batches."""
PARTS = ("receive", "answer", "tell")
FEW, MANY = 1_000, 1_000_000 if FULL else 30_000
"""Messages, and as many reports, that a store has seen before."""
_numbers = itertools.count(1)


def show(name: str, value: float, unit: str) -> None:
    print(f"{name} {value:.4g} {unit}", flush=True)


def show_costs(name: str, found: list[Costs]) -> None:
    show(f"{name}_rate", median(found, lambda one: one.per_second), "messages/s")
    show(f"{name}_cpu", median(found, Costs.cpu_ms), "ms")
    if "answer" in found[0].cpu:
        for part in PARTS:
            show(f"{name}_{part}_cpu", median(found, partial(Costs.cpu_ms, part=part)), "ms")


async def _ours(make_url: Callable[[], Awaitable[str]], people: int, at_once: int) -> Costs:
    database = Database(await make_url())
    await database.migrate()
    try:
        return await ours.whole_reports(database, people, at_once)
    finally:
        await database.close()


async def _theirs(
    run: Callable[[str, int], Awaitable[Costs]], make_url: Callable[[], Awaitable[str]]
) -> Costs:
    return await run(driven(await make_url()), THEIRS)


def driven(url: str) -> str:
    """The address as SQLAlchemy itself wants it."""
    return url.replace("sqlite:", "sqlite+aiosqlite:").replace("postgresql:", "postgresql+asyncpg:")


async def messages(folder: Path) -> None:
    """What a message costs from its bytes to its answer, here and as bots are usually written."""

    async def file() -> str:
        return f"sqlite:///{folder / f'{next(_numbers)}.db'}"

    with postgresql.running() as server:

        async def base() -> str:
            return await postgresql.fresh(server, f"bench_{next(_numbers)}")

        contenders: dict[str, Run] = {
            "ours_sqlite_alone": partial(_ours, file, ALONE, 1),
            "ours_sqlite_batched": partial(_ours, file, TOGETHER, 50),
            "ours_postgresql_alone": partial(_ours, base, ALONE, 1),
            "ours_postgresql_batched": partial(_ours, base, TOGETHER, 50),
            "memory": partial(rivals.conversation_handler, THEIRS),
            "pickles": lambda: rivals.conversation_handler(THEIRS, folder / "pickles"),
            "aiogram": partial(rivals.finite_states, THEIRS),
        }
        for store, make_url in (("sqlite", file), ("postgresql", base)):
            one, three = rivals.one_transaction_a_message, rivals.three_transactions
            contenders[f"one_transaction_{store}"] = partial(_theirs, one, make_url)
            contenders[f"three_transactions_{store}"] = partial(_theirs, three, make_url)
        found = await interleaved(contenders, ROUNDS)
    for name, costs in found.items():
        show_costs(name, costs)
    for store in ("sqlite", "postgresql"):
        for how, rival in (
            ("batched", "three_transactions"),
            ("batched", "one_transaction"),
            ("alone", "three_transactions"),
        ):
            rate = median(found[f"ours_{store}_{how}"], lambda one: one.per_second)
            theirs = median(found[f"{rival}_{store}"], lambda one: one.per_second)
            show(f"ratio_{store}_{how}_to_{rival}", rate / theirs, "times")


async def growing(folder: Path) -> None:
    """What a message costs when a store has seen little, and when it has seen much."""
    stores: dict[str, Database] = {}
    for name, size in (("few", FEW), ("many", MANY)):
        stores[name] = database = Database(f"sqlite:///{folder / f'{name}.db'}")
        await database.migrate()
        await filled.fill(database, said=size, reports=size, people=max(10, size // 100))
    begin = {name: itertools.count(0, ALONE) for name in stores}

    async def more(name: str) -> Costs:
        return await ours.whole_reports(stores[name], ALONE, 1, first=next(begin[name]))

    found = await interleaved({name: partial(more, name) for name in stores}, ROUNDS)
    for name, size in (("few", FEW), ("many", MANY)):
        show(f"alone_after_{size}_cpu", median(found[name], Costs.cpu_ms), "ms")
    ratio = median(found["many"], Costs.cpu_ms) / median(found["few"], Costs.cpu_ms)
    show(f"ratio_{MANY}_to_{FEW}", ratio, "times")
    for database in stores.values():
        await database.close()


async def replying(folder: Path) -> None:
    """How long people wait while others write too, how late the loop is, and what one who writes much costs others."""

    def url() -> str:
        return f"sqlite:///{folder / f'{next(_numbers)}.db'}"

    seconds = 30 if FULL else 8
    for rate in (5, 20, 50):
        waits = await latency.arriving_by_chance(url(), rate, seconds)
        for hundredth in (50, 95, 99):
            spent = percentile(waits.replies, hundredth)
            show(f"reply_p{hundredth}_at_{rate}_a_second", spent * 1000, "ms")
        if rate == 20:
            quiet = percentile(waits.replies, 95)
    batches = await latency.in_full_batches(url(), 9 if FULL else 4)
    show("loop_lag_p99_in_batches", percentile(batches.lags, 99) * 1000, "ms")
    flooded = await latency.arriving_by_chance(url(), 20, seconds, flood=2_000)
    show("ratio_p95_beside_a_flood", percentile(flooded.replies, 95) / quiet, "times")


async def starting(folder: Path) -> None:
    """How long the program takes to its first poll, and what it then holds."""
    start, resident = await programs.start_and_memory(folder)
    show("start_up", start, "s")
    show("memory", resident, "MB")


GROUPS: dict[str, Callable[[Path], Awaitable[None]]] = {
    "messages": messages,
    "growing": growing,
    "replying": replying,
    "starting": starting,
}


async def main(names: list[str]) -> None:
    for name in names or GROUPS:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            await GROUPS[name](Path(folder))


if __name__ == "__main__":
    # The folder helper of the PostgreSQL package warns where there is no run-time folder.
    warnings.simplefilter("ignore")
    asyncio.run(main(sys.argv[1:]))
