"""The figures can be read by a program, and nothing of them is left lying about."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def test_start_and_memory_are_printed_and_the_folder_is_gone(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench", "starting",
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _nothing = await process.communicate()
    assert process.returncode == 0
    found = dict(re.findall(r"^(\w+) ([\d.]+) \S+$", out.decode(), re.MULTILINE))
    assert len(found) == len(out.decode().splitlines())
    assert 0 < float(found["start_up"]) < 60
    assert 20 < float(found["memory"]) < 1000
    assert [one.name for one in await asyncio.to_thread(lambda: list(tmp_path.iterdir()))] == []
