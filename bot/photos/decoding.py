"""A program of its own that opens one photo after another: what a photo does to it, it does to nobody else.

A child process under resource limits (rlimits). It is started by `bot.photos.decoders` as `python -m
bot.photos.decoding MEGABYTES SECONDS`, and speaks over its standard input and output, where a length in four bytes
stands before everything. An empty question is answered by an empty answer, a photo by words in JSON and by the copy to
be shown, which is empty where the words name a fault.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import resource
import signal
import sys
from pathlib import Path

from bot.photos.decoded import Fault, NotAPhoto
from bot.photos.public_copy import decode

NICENESS = 10
"""Answers to people go first where the machine has much to do."""
PR_SET_PDEATHSIG = 1
"""Of Linux: which signal one gets when one's parent dies."""


def work(megabytes: int, seconds: int) -> None:
    """Until nobody asks any more, or a photo has used up the memory."""
    _prepare(megabytes)
    while (content := _read()) is not None:
        if not content:
            _write(b"")
            continue
        _allow(seconds)
        words, public = _opened(content)
        _write(json.dumps(words).encode(), public)
        if words.get("fault") == Fault.TOO_MUCH_MEMORY:
            return


def _opened(content: bytes) -> tuple[dict[str, object], bytes]:
    try:
        decoded = decode(content)
    except NotAPhoto as error:
        return {"fault": error.fault}, b""
    except MemoryError:
        return {"fault": Fault.TOO_MUCH_MEMORY}, b""
    return decoded.to_json(), decoded.public


def _prepare(megabytes: int) -> None:
    # A signal to end goes to all processes of a service at once; whoever asked for a photo ends us.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    # A core would hold the photo.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # Whoever started us may be killed while we open a photo; between two, the end of our input tells.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        with contextlib.suppress(OSError):
            # Where the machine itself runs out of memory, it shall take us and not the bot.
            Path("/proc/self/oom_score_adj").write_text("1000")
        held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        most = held + megabytes * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _allow(seconds: int) -> None:
    """For the next photo, of the time in which the processor works for us; then the system ends us."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _read() -> bytes | None:
    length = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(int.from_bytes(length)) if len(length) == 4 else None


def _write(*answers: bytes) -> None:
    for one in answers:
        sys.stdout.buffer.write(len(one).to_bytes(4))
        sys.stdout.buffer.write(one)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    work(int(sys.argv[1]), int(sys.argv[2]))
