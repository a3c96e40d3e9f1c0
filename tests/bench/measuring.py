"""What a piece of work costs: time on the clock, and of the processor."""

from __future__ import annotations

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Costs:
    """Seconds, by the part of the work that they went into."""

    messages: int = 0
    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """All threads count; other processes, such as a database server, do not."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            self.wall[part] += time.perf_counter() - wall
            self.cpu[part] += time.process_time() - cpu

    @property
    def per_second(self) -> float:
        return self.messages / sum(self.wall.values())

    def cpu_ms(self, part: str | None = None) -> float:
        """Milliseconds of the processor for one message."""
        spent = self.cpu[part] if part else sum(self.cpu.values())
        return 1000 * spent / self.messages


Run = Callable[[], Awaitable[Costs]]


async def interleaved(contenders: Mapping[str, Run], times: int) -> dict[str, list[Costs]]:
    """Each in turn, so often, so that what else the machine does at a moment hits all of them."""
    found: dict[str, list[Costs]] = {name: [] for name in contenders}
    for _round in range(times):
        for name, run in contenders.items():
            gc.collect()
            found[name].append(await run())
    return found


def median(found: list[Costs], figure: Callable[[Costs], float]) -> float:
    return statistics.median(figure(one) for one in found)
