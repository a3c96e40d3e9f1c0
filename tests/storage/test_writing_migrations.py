"""Whoever changes a table gets its migration written."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parent.parent.parent
WEATHER = """

class Weather(SQLModel, table=True):
    \"\"\"What the sky was like.\"\"\"

    __tablename__ = "weather"
    __table_args__ = (UniqueConstraint("place", "day"),)

    id: str = Field(primary_key=True)
    place: str = Field(unique=True)
    day: str
    told: dict[str, Any] = Field(sa_type=Json)
    seen_at: datetime = Field(sa_type=UtcDateTime)


append_only(Weather, passed_over=(("place", "day"),))
"""
IMPORTS = """
from typing import Any

from sqlalchemy import UniqueConstraint

from storage.access import Json
from storage.declarations import append_only
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house once more, to be changed."""
    for part in ("storage", "locales"):
        unwanted = shutil.ignore_patterns("__pycache__")
        shutil.copytree(HOUSE / part, tmp_path / part, ignore=unwanted)
    return tmp_path


def write(copy: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "storage", "migration", name]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def versions(copy: Path) -> set[Path]:
    return set((copy / "storage" / "migrations" / "versions").glob("*.py"))


@pytest.mark.slow
def test_a_new_table_gets_its_migration_and_what_guards_it(copy: Path) -> None:
    before = versions(copy)
    newest = max(path.name[:4] for path in before if path.name[0].isdigit())
    nouns = next((copy / "storage").rglob("leases.py"))
    nouns.write_text(
        nouns.read_text().replace("\nfrom datetime", IMPORTS + "from datetime", 1) + WEATHER
    )
    written = write(copy, "add_weather")
    [made] = versions(copy) - before
    assert (written.returncode, written.stdout) == (0, f"{made}\n"), written.stderr
    assert made.name == f"{int(newest) + 1:04}_add_weather.py"
    told = made.read_text()
    assert f'down_revision = "{newest}"' in told.replace("'", '"')
    assert told.startswith('"""Add weather."""')
    assert "###" not in told
    for order in (
        "forbid_changes('weather')",
        "forbid_replacing('weather', ('id',), ('place',), passed_over=[('place', 'day')])",
    ):
        assert order in told
    # The next one starts from a store that was brought up by this one.
    again = write(copy, "add_weather")
    assert "nothing was written" in again.stderr
    assert versions(copy) == before | {made}


def test_a_name_that_is_none_is_told(copy: Path) -> None:
    before = versions(copy)
    for name in ("", "Add meals", "../meals"):
        refused = write(copy, name)
        assert refused.returncode == 1
        assert "as in add_meals" in refused.stderr
    assert versions(copy) == before
