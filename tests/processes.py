"""The real program, in processes of their own.

To load its libraries takes a process longer than most of what it is started for, and the tests start hundreds. So each
is the fork of one that has loaded them and done nothing else (a fork server); that the plain command starts as well is
for `tests/bot/operating/test_startup.py` to show.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from bot.practice.world import TOKEN

ROOT = Path(__file__).parents[1]
LOADED = ["bot.__main__", "bot.programs", "bot.text.channel", "bot.operating.practising"]
FORKS = multiprocessing.get_context("forkserver")


class Program:
    """`python -m bot` with some words, running or ended; to be used as a process of asyncio."""

    def __init__(self, process: Any, out: Output, aside: Output) -> None:
        self._process = process
        self._outputs = (out, aside)

    @property
    def pid(self) -> int:
        return int(self._process.pid)

    @property
    def returncode(self) -> int | None:
        """None while it runs; the negative number of the signal that ended it."""
        code: int | None = self._process.exitcode
        return code

    @property
    def stdout(self) -> asyncio.StreamReader:
        return self._outputs[0].reader

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """How it ended; what was not read of its outputs is lost then."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            while self.returncode is None:
                await ended.wait()
                ended.clear()
        finally:
            loop.remove_reader(self._process.sentinel)
        for one in self._outputs:
            one.transport.close()
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """All that it prints to both outputs, when it has ended."""
        out, aside = await asyncio.gather(*(one.reader.read() for one in self._outputs))
        await self.wait()
        return out, aside


@dataclass(frozen=True)
class Output:
    """What a program prints, from the side of whoever reads it."""

    reader: asyncio.StreamReader
    transport: asyncio.ReadTransport
    descriptor: int
    """The program's end; ours only until it has started."""


async def start(
    *words: str, folder: Path = ROOT, env: Mapping[str, str], log: BinaryIO | None = None
) -> Program:
    """In this folder and with these settings alone; prints into the log, else for whoever holds the program."""
    _load()
    with ExitStack() as ours:
        out, aside = [await _output(ours) for _output_of_two in range(2)]
        printed = (log.fileno(), log.fileno()) if log else (out.descriptor, aside.descriptor)
        given = [ours.enter_context(Connection(os.dup(one), readable=False)) for one in printed]
        process = FORKS.Process(target=_become, args=(words, str(folder), dict(env), *given))
        process.start()
    return Program(process, out, aside)


async def _output(ours: ExitStack) -> Output:
    readable, writable = os.pipe()
    ours.callback(os.close, writable)
    # Nobody has to read what is printed, so it must never be full.
    reader = asyncio.StreamReader(limit=2**30)
    transport, _protocol = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(readable, "rb", buffering=0)
    )
    return Output(reader, transport, writable)


def _load() -> None:
    """Start the process that all others are forks of, unless it runs."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", str(ROOT))
        forkserver.set_forkserver_preload(LOADED)
        forkserver.ensure_running()


def _become(
    words: tuple[str, ...], folder: str, env: dict[str, str], out: Connection, aside: Connection
) -> None:
    """In the new process: all that a shell would do, and then the program."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for output, place in ((out, 1), (aside, 2)):
        os.dup2(output.fileno(), place)
        output.close()
    sys.argv = ["bot", *words]
    sys.modules["bot.__main__"].app()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def machine() -> dict[str, str]:
    """What every program here is told of the machine."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}


def environment(address: str, store: str, folder: Path, **more: str) -> dict[str, str]:
    """The settings of a bot that talks to the practice Telegram at `address`."""
    return {
        **machine(),
        "BOT_TOKEN": TOKEN,
        "BOT_API_URL": address,
        "DATABASE_URL": store,
        "PHOTOS_URL": str(folder / "photos"),
        "HTTP_PORT": str(free_port()),
        **more,
    }


@asynccontextmanager
async def bot(settings: dict[str, str], log: Path) -> AsyncIterator[Program]:
    """A bot with these settings; killed at the end if it still lives."""
    with log.open("ab") as written:
        process = await start("run", env=settings, log=written)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def command(settings: dict[str, str], *words: str) -> tuple[int, str, str]:
    """`python -m bot` with these words: how it ended, and what it printed to both outputs."""
    process = await start(*words, env=settings)
    said, aside = await process.communicate()
    return process.returncode or 0, said.decode(), aside.decode()
