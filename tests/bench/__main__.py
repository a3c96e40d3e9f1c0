"""Prints every figure as a `name value unit` line."""

from __future__ import annotations

import asyncio
import os
import tempfile
import warnings
from pathlib import Path

from tests.bench import latency, programs, rivals, turns

FULL = bool(os.environ.get("FULL"))


def show(name: str, value: float, unit: str) -> None:
    print(f"{name} {value:.4g} {unit}", flush=True)


async def main() -> None:
    people = 300 if FULL else 100
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    sqlite = f"sqlite:///{folder / 'turns.db'}"
    alone = await turns.per_second(sqlite, people // 4, at_once=1)
    batched = await turns.per_second(f"sqlite:///{folder / 'batched.db'}", people, at_once=50)
    show("turns_sqlite_alone", alone, "turns/s")
    show("turns_sqlite_batched", batched, "turns/s")
    with turns.postgresql() as address:
        one = await turns.per_second(await turns.fresh(address, "alone"), people // 4, at_once=1)
        many = await turns.per_second(await turns.fresh(address, "batched"), people, at_once=50)
    show("turns_postgresql_alone", one, "turns/s")
    show("turns_postgresql_batched", many, "turns/s")
    plain = await rivals.one_transaction_a_message(f"sqlite:///{folder / 'plain.db'}", people // 4)
    memory = await rivals.conversation_handler(people)
    show("rival_transaction_a_message_sqlite", plain, "turns/s")
    show("rival_conversation_handler_in_memory", memory, "turns/s")
    show("ratio_batched_to_transaction_a_message", batched / plain, "times")
    show("ratio_batched_to_conversation_handler", batched / memory, "times")
    median, slow = await latency.of_a_reply(
        f"sqlite:///{folder / 'latency.db'}", 200 if FULL else 80
    )
    show("reply_p50", median * 1000, "ms")
    show("reply_p95", slow * 1000, "ms")
    start, resident = await programs.start_and_memory(folder)
    show("start_up", start, "s")
    show("memory", resident, "MB")


if __name__ == "__main__":
    # The folder helper of the PostgreSQL package warns where there is no run-time folder.
    warnings.simplefilter("ignore")
    asyncio.run(main())
