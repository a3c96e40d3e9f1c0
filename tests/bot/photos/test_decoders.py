"""Whatever a photo does to whoever opens it, it does to a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.photos.decoded import DecodedPhoto, Fault, NotAPhoto
from bot.photos.decoders import PROGRAM, BrokeOff, Decoders, Limits, NoDecoder
from bot.photos.public_copy import decode
from tests.photographs import (
    HEIC,
    blank_webp,
    picture,
    place_and_camera,
    png_of_fractions,
    saved,
    slow_jpeg,
)
from tests.processes import ROOT

GOOD = saved(picture((400, 300)), exif=place_and_camera(orientation=6))
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds these limits")
MB = 1024 * 1024


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    made = Decoders(Limits(seconds_of_work=5))
    yield made
    await made.rest()


async def opened(decoders: Decoders, content: bytes) -> DecodedPhoto:
    async with decoders.one() as decoder:
        return await decoder.decode(content)


async def ended(pid: int) -> None:
    """Wait until there is no such process, not even a dead one."""
    async with asyncio.timeout(10):
        while Path(f"/proc/{pid}").exists():  # noqa: ASYNC110, ASYNC240  # Nothing tells.
            await asyncio.sleep(0.01)


def held(pid: int) -> int:
    """Bytes of memory, at most since it began; nothing of a dead one."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


@pytest.mark.parametrize("content", [GOOD, HEIC])
async def test_a_photo_is_the_same_whoever_opens_it(decoders: Decoders, content: bytes):
    assert await opened(decoders, content) == decode(content)


async def test_what_is_no_photo_ends_nobody(decoders: Decoders):
    pids = set()
    for content in (b"no photo", b"", GOOD[:500], saved(picture((9_000, 9_000))), GOOD):
        async with decoders.one() as decoder:
            pids.add(decoder.pid)
            if content is not GOOD:
                with pytest.raises(NotAPhoto):
                    await decoder.decode(content)
                continue
            await decoder.decode(content)
    assert len(pids) == 1


@LINUX
@pytest.mark.slow
async def test_a_small_file_that_needs_a_gigabyte_is_put_down_and_the_next_photo_is_opened(
    decoders: Decoders,
):
    bomb, before = blank_webp(7745), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(bomb) < 5000
    most = 0
    async with decoders.one() as decoder:
        opening = asyncio.create_task(decoder.decode(bomb))
        while not opening.done():
            most = max(most, held(decoder.pid))
            await asyncio.sleep(0.01)
        with pytest.raises(BrokeOff) as broken:
            await opening
        pid = decoder.pid
    await ended(pid)
    assert broken.value.fault == Fault.TOO_MUCH_MEMORY
    assert 30 * MB < most < 600 * MB
    assert (await opened(decoders, GOOD)).width == 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


@LINUX
async def test_a_long_list_of_fractions_takes_no_memory_and_the_photo_is_kept(decoders: Decoders):
    async with decoders.one() as decoder:
        decoded = await decoder.decode(png_of_fractions(19))
        assert held(decoder.pid) < 200 * MB
    assert (decoded.width, decoded.told) == (64, {})


@LINUX
@pytest.mark.parametrize("limits", [Limits(seconds_of_work=1), Limits(seconds=0.5)])
@pytest.mark.slow
async def test_a_photo_that_takes_too_long_is_put_down(limits: Limits):
    decoders = Decoders(limits)
    async with decoders.one() as decoder:
        with pytest.raises(BrokeOff) as broken:
            await decoder.decode(slow_jpeg())
        pid = decoder.pid
    assert broken.value.fault == Fault.TOO_SLOW
    await ended(pid)


async def test_a_photo_is_opened_beside_a_slow_one(decoders: Decoders):
    opening = asyncio.create_task(opened(decoders, slow_jpeg()))
    for _photo in range(3):
        assert (await opened(decoders, GOOD)).width == 300
    assert not opening.done()
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)


async def test_whoever_is_killed_while_opening_a_photo_is_replaced(decoders: Decoders):
    async with decoders.one() as decoder:
        opening = asyncio.create_task(decoder.decode(slow_jpeg()))
        await asyncio.sleep(0.05)
        os.kill(decoder.pid, signal.SIGKILL)
        with pytest.raises(BrokeOff):
            await opening
    assert (await opened(decoders, GOOD)).width == 300


async def test_no_photo_is_blamed_for_whoever_died_before_it_came(decoders: Decoders):
    async with decoders.one() as decoder:
        pid = decoder.pid
    os.kill(pid, signal.SIGKILL)
    assert (await opened(decoders, GOOD)).width == 300


async def test_a_signal_to_end_is_left_to_whoever_asked_for_the_photo(decoders: Decoders):
    async with decoders.one() as decoder:
        for sign in (signal.SIGTERM, signal.SIGINT):
            os.kill(decoder.pid, sign)
        assert (await decoder.decode(GOOD)).width == 300


async def test_nobody_is_left_when_there_is_nothing_to_do(decoders: Decoders):
    async with decoders.one() as decoder:
        pid = decoder.pid
    await decoders.idle()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@LINUX
async def test_no_secret_is_within_reach_of_a_photo(
    decoders: Decoders, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("BOT_TOKEN", "secret")
    async with decoders.one() as decoder:
        assert b"secret" not in Path(f"/proc/{decoder.pid}/environ").read_bytes()  # noqa: ASYNC240


ALL_OF_IT: dict[str, Any] = {
    "extension": "jpg", "width": 3, "height": 4, "difference_hash": 5, "told": {}
}  # fmt: skip


def said(words: dict[str, Any]) -> bytes:
    """What a program answers that says all of a photo, and of one thing something else."""
    told = json.dumps({**ALL_OF_IT, **words}).encode()
    return len(told).to_bytes(4) + told + bytes(4)


ANSWERS_NONSENSE = (
    "import sys; read, write = sys.stdin.buffer.read, sys.stdout.buffer.write\n"
    "read(4); write(bytes(4)); sys.stdout.buffer.flush()\n"
    "read(4); write({!r}); sys.stdout.buffer.flush(); read()"
)


@pytest.mark.parametrize(
    "answer",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02{}\x00\x00\x00\x00",
        b"\x00\x00\x00\x02[]\x00\x00\x00\x00",
        b'\x00\x00\x00\x15{"extension": "/../x"}\x00\x00\x00\x00',
        b"\x00\x00\x00\x01",
        # Lists within lists, and a size beyond all numbers.
        b"\x00\x00\xc3\x50" + b"[" * 50_000 + bytes(4),
        said({"width": 1e400}),
        said({"height": 10**30}),
        said({"width": -3, "height": -4}),
        said({"difference_hash": 1e400}),
    ],
)
async def test_whoever_was_taken_over_by_a_photo_is_not_believed(answer: bytes):
    program = (sys.executable, "-c", ANSWERS_NONSENSE.format(answer))
    async with Decoders(Limits(seconds=1), program=program).one() as decoder:
        with pytest.raises(BrokeOff):
            await decoder.decode(GOOD)


@pytest.mark.parametrize(
    ("program", "kind"),
    [(("false",), "exit code 1"), (("no-such-program",), "FileNotFoundError")],
)
async def test_that_none_starts_is_known_before_it_is_needed(program: tuple[str], kind: str):
    decoders = Decoders(program=program)
    await decoders.idle()
    assert decoders.trouble == kind
    with pytest.raises(NoDecoder):
        await opened(decoders, GOOD)
    decoders._program = PROGRAM
    assert (await opened(decoders, GOOD)).width == 300
    assert decoders.trouble == ""
    await decoders.rest()


@LINUX
async def test_whoever_opens_a_photo_ends_with_the_bot():
    program = (
        "import asyncio\n"
        "from bot.photos.decoders import Decoders\n"
        "from tests.photographs import slow_jpeg\n"
        "async def work():\n"
        "    async with Decoders().one() as decoder:\n"
        "        print(decoder.pid, flush=True)\n"
        "        await decoder.develop(slow_jpeg())\n"
        "asyncio.run(work())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    process.kill()
    await process.communicate()
    await ended(pid)
