"""Prints every figure as a `name value unit` line, or those of the groups that are named."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.bench import latency, programs, rivals, turns

FULL = bool(os.environ.get("FULL"))
PEOPLE = 300 if FULL else 100


def show(name: str, value: float, unit: str) -> None:
    print(f"{name} {value:.4g} {unit}", flush=True)


async def answering(folder: Path) -> None:
    """Turns a second, alone and in batches, and those of two usual ways to write a bot."""
    sqlite = f"sqlite:///{folder / 'turns.db'}"
    alone = await turns.per_second(sqlite, PEOPLE // 4, at_once=1)
    batched = await turns.per_second(f"sqlite:///{folder / 'batched.db'}", PEOPLE, at_once=50)
    show("turns_sqlite_alone", alone, "turns/s")
    show("turns_sqlite_batched", batched, "turns/s")
    with turns.postgresql() as address:
        one = await turns.per_second(await turns.fresh(address, "alone"), PEOPLE // 4, at_once=1)
        many = await turns.per_second(await turns.fresh(address, "batched"), PEOPLE, at_once=50)
    show("turns_postgresql_alone", one, "turns/s")
    show("turns_postgresql_batched", many, "turns/s")
    plain = await rivals.one_transaction_a_message(f"sqlite:///{folder / 'plain.db'}", PEOPLE // 4)
    memory = await rivals.conversation_handler(PEOPLE)
    show("rival_transaction_a_message_sqlite", plain, "turns/s")
    show("rival_conversation_handler_in_memory", memory, "turns/s")
    show("ratio_batched_to_transaction_a_message", batched / plain, "times")
    show("ratio_batched_to_conversation_handler", batched / memory, "times")


async def replying(folder: Path) -> None:
    """How long one person alone waits for an answer, over real HTTP."""
    median, slow = await latency.of_a_reply(
        f"sqlite:///{folder / 'latency.db'}", 200 if FULL else 80
    )
    show("reply_p50", median * 1000, "ms")
    show("reply_p95", slow * 1000, "ms")


async def starting(folder: Path) -> None:
    """How long the program takes to its first poll, and what it then holds."""
    start, resident = await programs.start_and_memory(folder)
    show("start_up", start, "s")
    show("memory", resident, "MB")


GROUPS: dict[str, Callable[[Path], Awaitable[None]]] = {
    "answering": answering,
    "replying": replying,
    "starting": starting,
}


async def main(names: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for name in names or GROUPS:
            await GROUPS[name](Path(folder))


if __name__ == "__main__":
    # The folder helper of the PostgreSQL package warns where there is no run-time folder.
    warnings.simplefilter("ignore")
    asyncio.run(main(sys.argv[1:]))
