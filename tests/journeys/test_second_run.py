"""Staff who are trained for days end the program in the evening and start it again in the morning."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.program import hands

LAN = 700001


async def test_co_lan_is_answered_in_the_second_run_as_in_the_first(tmp_path: Path) -> None:
    for _run in range(2):
        async with hands(tmp_path) as run:
            greeting = await run.answer_to(LAN, "start")
            assert "Kính chào cô Lan" in greeting["text"]
            assert await run.refusals() == []
