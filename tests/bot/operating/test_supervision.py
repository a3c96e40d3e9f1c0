"""A loop that falls is started again; the end comes in an order in which nothing is lost."""

import asyncio

from bot.operating.supervision import Supervision


class Loop:
    def __init__(self, name: str, ended: list[str], falls: int = 0) -> None:
        self.name, self.ended, self.falls = name, ended, falls
        self.started = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        if self.falls:
            self.falls -= 1
            raise ValueError("words of a person")
        self.started.set()
        await stop.wait()
        self.ended.append(self.name)


class Deaf(Loop):
    async def run(self, stop: asyncio.Event) -> None:
        self.started.set()
        await asyncio.Event().wait()


async def test_a_loop_that_falls_is_started_again() -> None:
    supervision, stop = Supervision(first_pause=0.001), asyncio.Event()
    loop = Loop("answering", [], falls=3)
    supervision.add("answering", loop, patience=1)
    running = asyncio.create_task(supervision.run(stop))
    async with asyncio.timeout(5):
        await loop.started.wait()
    assert await supervision.fallen() is None
    stop.set()
    await running


async def test_a_fallen_loop_is_a_reason_for_red() -> None:
    supervision, stop = Supervision(first_pause=60), asyncio.Event()
    healthy = Loop("sending", [])
    supervision.add("answering", Loop("answering", [], falls=1), patience=1)
    supervision.add("sending", healthy, patience=1)
    running = asyncio.create_task(supervision.run(stop))
    await healthy.started.wait()
    assert await supervision.fallen() == "loops: answering fell (ValueError)"
    stop.set()
    async with asyncio.timeout(5):
        await running


async def test_receiving_ends_before_answering_and_answering_before_sending() -> None:
    supervision, stop = Supervision(), asyncio.Event()
    ended: list[str] = []
    for name in ("receiving", "answering", "sending"):
        supervision.add(name, Loop(name, ended), patience=1)
    running = asyncio.create_task(supervision.run(stop))
    await asyncio.sleep(0)
    stop.set()
    await running
    assert ended == ["receiving", "answering", "sending"]


async def test_a_loop_that_does_not_listen_does_not_hold_up_the_end() -> None:
    supervision, stop = Supervision(), asyncio.Event()
    ended: list[str] = []
    supervision.add("receiving", Deaf("receiving", ended), patience=0.01)
    last = Loop("sending", ended)
    supervision.add("sending", last, patience=1)
    running = asyncio.create_task(supervision.run(stop))
    await last.started.wait()
    stop.set()
    async with asyncio.timeout(5):
        await running
    assert ended == ["sending"]
