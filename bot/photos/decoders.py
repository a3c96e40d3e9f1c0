"""Photos are opened in processes of their own, which may use so much memory and time, and not more.

Child processes under resource limits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.photos.decoded import DecodedPhoto, Fault, NotAPhoto
from locales.folding import storable

AT_ONCE = 2
"""So that a slow photo leaves room for another; each may take the memory of its limits."""
STARTING = 20.0
"""Seconds for a program to start; it takes a fifth of one, on a machine that has nothing else to do."""
ENDING = 2.0
"""Seconds for a program to end by itself once it says nothing more."""
PROVING = 60.0
"""Seconds between two looks whether one starts again."""
PIECE = 64 * 1024
"""Bytes passed on at once, so that a photo of 20 MB is not there twice."""
MOST_WORDS = 64 * 1024
MOST_SHOWN = 8 * 1024 * 1024
"""Bytes; a copy to be shown has a tenth of them."""
PROGRAM = (sys.executable, "-P", "-m", "bot.photos.decoding")
BREAKING = {Fault.TOO_MUCH_MEMORY, Fault.TOO_SLOW, Fault.ENDS_THE_PROGRAM}
"""Perhaps the machine's fault and not the photo's, so that it deserves another try."""
ENDED_BY = {
    -signal.SIGXCPU: Fault.TOO_SLOW,
    # So the system ends whoever takes the most when the machine runs out of memory.
    -signal.SIGKILL: Fault.TOO_MUCH_MEMORY,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What opening one photo may cost."""

    megabytes: int = 512
    """Above what the program itself takes. Photos of 60 million pixels fit, but no WEBP of more than 32 million."""
    seconds_of_work: int = 15
    """In which the processor works for it; those 60 million pixels need five."""
    seconds: float = 30.0
    """By the clock on the wall, also where the machine does not get to it."""


class NoDecoder(Exception):
    """The program that opens photos does not start, and that is no photo's fault."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class BrokeOff(Exception):
    """A photo ended the program that was opening it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Decoder:
    """One process, for one photo at a time."""

    def __init__(self, process: asyncio.subprocess.Process, limits: Limits) -> None:
        assert process.stdin is not None  # noqa: S101  # Both were asked for.
        assert process.stdout is not None  # noqa: S101
        self._process, self._limits = process, limits
        self._to, self._from = process.stdin, process.stdout
        self.is_idle = True
        """Everything that was asked was answered."""

    @property
    def pid(self) -> int:
        return self._process.pid

    async def is_ready(self) -> bool:
        """Whether it still answers; asked before each photo, so that no photo is blamed for what was before it."""
        self.is_idle = False
        try:
            async with asyncio.timeout(STARTING):
                await self._send(b"")
                self.is_idle = await self._receive(0) == b""
        except (TimeoutError, OSError, EOFError, ValueError):
            return False
        return self.is_idle

    async def decode(self, content: bytes) -> DecodedPhoto:
        """Raises NotAPhoto or BrokeOff; after the latter it is good for nothing more."""
        if not content:
            raise NotAPhoto(Fault.EMPTY)
        self.is_idle = False
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._send(content)
                words = storable(json.loads(await self._receive(MOST_WORDS)))
                public = await self._receive(MOST_SHOWN)
            fault = Fault(words["fault"]) if "fault" in words else None
            decoded = None if fault else DecodedPhoto.from_json(words, content, public)
        except TimeoutError:
            raise BrokeOff(Fault.TOO_SLOW) from None
        except (OSError, EOFError):
            raise BrokeOff(ENDED_BY.get(await self.end(), Fault.ENDS_THE_PROGRAM)) from None
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RecursionError,
            TypeError,
            ValueError,
        ):
            # What it says can only be nonsense when the photo has taken it over.
            raise BrokeOff(Fault.ENDS_THE_PROGRAM) from None
        if fault in BREAKING:
            raise BrokeOff(fault)
        self.is_idle = True
        if fault or decoded is None:
            raise NotAPhoto(fault or Fault.BROKEN)
        return decoded

    async def end(self) -> int:
        """How it ended: by itself, if it was about to, or now."""
        self.is_idle = False
        if self._from.at_eof():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), ENDING)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        self._to.close()
        # Its last words are read away, so that nothing of it stays open.
        await self._process.communicate()
        return self._process.returncode or 0

    async def _send(self, content: bytes) -> None:
        self._to.write(len(content).to_bytes(4))
        whole = memoryview(content)
        for start in range(0, len(content), PIECE):
            self._to.write(whole[start : start + PIECE])
            await self._to.drain()

    async def _receive(self, most: int) -> bytes:
        length = int.from_bytes(await self._from.readexactly(4))
        if length > most:
            raise ValueError
        return await self._from.readexactly(length)


class Decoders:
    """Those that are there at the moment; they start when a photo comes, and end when there is nothing to do.

    The process pool.
    """

    def __init__(self, limits: Limits | None = None, *, program: Sequence[str] = PROGRAM) -> None:
        self._limits = limits or Limits()
        self._program = program
        self._room = asyncio.Semaphore(AT_ONCE)
        self._idle: list[Decoder] = []
        self._is_proven = False
        self._prove_at = 0.0
        self.trouble = ""
        """Why the last one did not start."""

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Decoder]:
        """One that is ready, for one photo; raises NoDecoder."""
        async with self._room:
            decoder = await self._ready()
            try:
                yield decoder
            finally:
                if decoder.is_idle:
                    self._idle.append(decoder)
                else:
                    await decoder.end()

    async def idle(self) -> None:
        """While there is nothing to do, none is there; but whether one would start is known before it is needed."""
        await self.rest()
        now = asyncio.get_running_loop().time()
        if not self._is_proven and now >= self._prove_at:
            self._prove_at = now + PROVING
            with contextlib.suppress(NoDecoder):
                async with self.one():
                    pass

    async def rest(self) -> None:
        """End those that have nothing to do."""
        while self._idle:
            await self._idle.pop().end()

    async def _ready(self) -> Decoder:
        while self._idle:
            decoder = self._idle.pop()
            if await _ready_or_ended(decoder):
                return decoder
        try:
            decoder = await self._start()
        except NoDecoder as error:
            self.trouble, self._is_proven = error.kind, False
            raise
        self.trouble, self._is_proven = "", True
        return decoder

    async def _start(self) -> Decoder:
        limits = str(self._limits.megabytes), str(self._limits.seconds_of_work)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._program, *limits,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env=_surroundings(), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise NoDecoder(type(error).__name__) from None
        decoder = Decoder(process, self._limits)
        if not await _ready_or_ended(decoder):
            raise NoDecoder(f"exit code {process.returncode}")
        return decoder


async def _ready_or_ended(decoder: Decoder) -> bool:
    try:
        if await decoder.is_ready():
            return True
    except asyncio.CancelledError:
        await decoder.end()
        raise
    await decoder.end()
    return False


def _surroundings() -> dict[str, str]:
    """What it finds our modules by, and no secrets: a photo that takes it over shall find none."""
    paths = os.pathsep.join(str(Path(one).resolve()) for one in sys.path)
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": paths, "MALLOC_ARENA_MAX": "1"}
