"""Whoever runs the bot finds every reason and every figure in OPERATING.md, and nothing that is not there any more."""

import re
from datetime import UTC, datetime
from pathlib import Path

from bot.operating import metrics
from bot.operating.reasons import HealthReason
from storage.messages.figures import StoreFigures

HOUSE = Path(__file__).resolve().parent.parent
PAGE = (HOUSE / "OPERATING.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


def told(section: str) -> list[str]:
    """The first column of a section's table."""
    _before, _title, rest = PAGE.partition(f"\n## {section}\n")
    return re.findall(r"^\| `(.+?)` \|", rest.partition("\n## ")[0], re.MULTILINE)


def test_every_reason_for_red_is_explained_and_no_other() -> None:
    assert sorted(told("What red means")) == sorted(HealthReason)


def test_every_reason_is_given_somewhere_in_the_code() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (HOUSE / "bot").rglob("*.py"))
    assert [one.name for one in HealthReason if f"Reason.{one.name}" not in code] == []


def test_every_figure_is_explained_and_no_other() -> None:
    of_the_store = metrics._gauges(StoreFigures(0, None, 0, {}, None, {}, None, 0, 0), NOW)
    of_the_process = [one for one in metrics.REGISTRY.collect() if one.name.startswith("am_ban_")]
    names = {
        f"{one.name}_total" if one.type == "counter" else one.name
        for one in (*of_the_process, *of_the_store)
    }
    programs = (HOUSE / "bot" / "programs.py").read_text(encoding="utf-8")
    names |= set(re.findall(r'"(am_ban_\w+)"', programs))
    assert sorted(told("What to ring for")) == sorted(names)
