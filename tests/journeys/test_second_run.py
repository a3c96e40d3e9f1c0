"""Staff who are trained for days end the program in the evening and start it again in the morning."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.journeys.program import hands

LAN, MINH = 700001, 700002


async def test_co_lan_is_answered_in_the_second_run_as_in_the_first(tmp_path: Path) -> None:
    for _run in range(2):
        async with hands(tmp_path) as run:
            await run.answer_to(LAN, "Kính chào cô Lan", "start")
            assert await run.refusals() == []


async def test_yesterday_goes_on_this_morning(tmp_path: Path) -> None:
    """Cô Lan presses a button of yesterday's card, anh Minh need not start anew, and no day is lived twice."""
    async with hands(tmp_path) as yesterday:
        await yesterday.answer_to(MINH, "Kính chào anh Minh", "start")
        card = await yesterday.answer_to(LAN, "Xác nhận hàng đã nhận", "start")
        await yesterday.act("clock", advance=86400)
        evening = await yesterday.ask("clock")
    async with hands(tmp_path) as today:
        assert (await today.ask("clock"))["now"] > evening["now"]
        minh = next(one for one in await today.ask("people") if one["id"] == MINH)
        assert minh["started"]
        key = card["reply_markup"]["inline_keyboard"][0][0]["text"]
        asked = await today.answer_to(LAN, "", "press", label=key)
        assert asked["text"] != card["text"]
        assert await today.refusals() == []


async def test_where_the_practice_is_not_kept_yesterdays_card_is_shown_anew(tmp_path: Path) -> None:
    """Its message is gone, as one is that a person has deleted; nobody is left without an answer."""
    async with hands(tmp_path) as yesterday:
        await yesterday.answer_to(MINH, "Kính chào anh Minh", "start")
        await yesterday.answer_to(LAN, "Kính chào cô Lan", "start")
    shutil.rmtree(tmp_path / "telegram")
    async with hands(tmp_path) as today:
        await today.answer_to(LAN, "", "say", text="1")
