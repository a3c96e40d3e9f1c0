"""What every test may lean on."""

import gc
import os
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ["tests.cast", "tests.databases"]

SLOW = 2
"""Seconds after which a test should say in a mark that it takes long."""
SLOW_MARKS = {"slow", "kills"}
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")  # A busy machine makes no test fail.
REQUIRE_ALL = bool(os.environ.get("REQUIRE_ALL"))
"""Set where everything is installed: there a skipped test is a failed one."""


def pytest_collection_finish() -> None:
    """All modules and tests stay to the end, so the collector need not look through them again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _nothing_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _nothing_skipped((yield))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests have to say, such as the seed of their chance, and why some were skipped."""
    reports = [one for each in terminalreporter.stats.values() for one in each]
    said = [
        value
        for report in reports
        for name, value in getattr(report, "user_properties", [])
        if name == "said" and report.when == "call"
    ]
    for words in dict.fromkeys(said):
        terminalreporter.write_line(str(words))
    for words in _unmarked(reports):
        terminalreporter.write_line(words)


def _unmarked(reports: list[Any]) -> list[str]:
    """Tests that seem slow and are not marked so: a busy machine makes many seem slow, so nothing fails."""
    took: Counter[str] = Counter()
    for report in reports:
        if getattr(report, "when", "") == "call" and not SLOW_MARKS & set(report.keywords):
            took[report.nodeid] += report.duration
    slow = [f"{seconds:.1f}s {name}" for name, seconds in took.most_common(10) if seconds > SLOW]
    return ["Longer than two seconds and not marked as slow:", *slow] if slow else []


def _nothing_skipped(report: Any) -> Any:
    if REQUIRE_ALL and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Skipped where nothing may be skipped: {report.longrepr}"
    return report
