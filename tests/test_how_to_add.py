"""The README names every file that a new kind of report, a view and a reminder touch: followed here for made-up ones."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests import made_up

HOUSE = Path(__file__).resolve().parent.parent
PARTS = ("bot", "conversations", "locales", "storage", "tests")
ON_TOP = ("README.md", "CHANGELOG.md", "pyproject.toml", "Makefile", "OPERATING.md", "LICENSE")
OTHERS = ("SECURITY.md", "requirements.lock", "requirements-dev.lock", ".ci")
FILE = re.compile(r"`((?:[\w<>]+/)+[\w<>.]+\.\w+|[\w]+\.toml)`")

Checking = Callable[[Path], subprocess.CompletedProcess[str]]


def named_for(what: str) -> list[str]:
    """The files that the README names for adding such a thing, and as many as it says."""
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    [(count, touched)] = re.findall(
        rf"^\| {re.escape(what)} \| (\d+) files?: (.+?) \| .+ \|$", readme, re.MULTILINE
    )
    found = FILE.findall(touched)
    assert len(set(found)) == len(found) == int(count), found
    return found


def place(named: str, words: dict[str, str]) -> str:
    """A file of the README with the made-up names in it."""
    for placeholder, word in words.items():
        named = named.replace(placeholder, word)
    return named


def run(copy: Path, *command: str, rewriting: bool = False) -> subprocess.CompletedProcess[str]:
    writing = {**os.environ, "REWRITE_TRANSCRIPTS": "1" if rewriting else ""}
    return subprocess.run(
        command, cwd=copy, env=writing, capture_output=True, text=True, check=False
    )


def module(copy: Path, *command: str) -> None:
    done = run(copy, sys.executable, "-m", *command, rewriting=True)
    assert done.returncode == 0, done.stdout + done.stderr


def follow(
    copy: Path,
    what: str,
    words: dict[str, str],
    written: dict[str, made_up.Writes],
    *,
    of_words: bool,
) -> None:
    """Touches what the README names for it, in its order, and nothing else.

    `of_words`: what comes of the sentences, which takes long and is made once for all; else the rest.
    """
    for named in named_for(what):
        touched = place(named, words)
        assert touched in written, f"nobody knows what to write into {touched} for {what}"
        if of_words != touched.startswith(("locales/", "tests/transcripts/")):
            continue
        (copy / touched).parent.mkdir(parents=True, exist_ok=True)
        written[touched](copy / touched, lambda *command: module(copy, *command))


ADDED = (
    ("a kind of report", made_up.REPORT_WORDS, made_up.REPORT),
    ("a view", made_up.VIEW_WORDS, made_up.VIEW),
    ("a reminder", made_up.REMINDER_WORDS, made_up.REMINDER),
)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house once more, with a kind of report, a view and a reminder that it does not have; made once for all."""
    folder = tmp_path_factory.getbasetemp()
    # The processes among which the tests are shared have a folder above their own.
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    copy = folder / "grown-house"
    with (folder / "grown-house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.exists():
            being_made = folder / "grown-house-being-made"
            being_made.mkdir()
            copy_of(HOUSE, being_made, shutil.copy2)
            for of_words in (False, True):
                for what, words, written in ADDED:
                    follow(being_made, what, words, written, of_words=of_words)
            being_made.rename(copy)
    return copy


def copy_of(house: Path, copy: Path, copying: Callable[[str, str], object]) -> None:
    """With what is compiled already, which belongs to files of that age."""
    unwanted = shutil.ignore_patterns("stores", "*.pot")
    for part in (*PARTS, *ON_TOP, *OTHERS):
        if (house / part).is_dir():
            shutil.copytree(house / part, copy / part, ignore=unwanted, copy_function=copying)
        elif (house / part).exists():
            copying(str(house / part), str(copy / part))


def these_tests(*named: str) -> Checking:
    """Some tests of the copy, by their files or their ids."""

    def check(copy: Path) -> subprocess.CompletedProcess[str]:
        options = ("-q", "-x", "-p", "no:cacheprovider", "-k", "not postgresql")
        return run(copy, sys.executable, "-m", "pytest", *options, *named)

    return check


def import_rules(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(copy, str(Path(sys.executable).parent / "lint-imports"), "--no-cache")


def words_are_there(copy: Path) -> subprocess.CompletedProcess[str]:
    return run(copy, sys.executable, "-m", "locales", "check")


TABLES_HELD = (
    "test_declarations.py::test_every_module_with_a_table_is_among_everything",
    "test_declarations.py::test_every_proof_that_is_declared_is_made",
    "test_declarations.py::test_the_store_guards_no_other_tables_than_those_that_are_declared",
)
MIGRATIONS_HELD = ("test_migrations.py::test_an_empty_store_becomes_what_the_models_say",)
TABLES = these_tests(*(f"tests/storage/{one}" for one in TABLES_HELD))
MIGRATIONS = these_tests(*(f"tests/storage/{one}" for one in MIGRATIONS_HELD))
SCHEMA = these_tests("tests/storage/test_schema.py")
TRANSCRIPTS = these_tests(
    "tests/test_house_rules.py::test_every_conversation_has_a_transcript_and_each_of_its_people_one",
    "tests/test_house_rules.py::test_each_transcript_is_compared_by_a_test",
)
PACKAGES = these_tests(
    "tests/test_house_rules.py::test_every_folder_of_modules_is_part_of_the_package"
)
TOLD = these_tests(*(f"tests/conversations/{made_up.SUBJECT}",))


EVERYTHING = these_tests(
    *("tests/test_house_rules.py", "tests/test_imports.py", "tests/storage/test_schema.py"),
    *(f"tests/storage/{one}" for one in (*TABLES_HELD, *MIGRATIONS_HELD)),
    f"tests/conversations/{made_up.SUBJECT}",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    "check", [EVERYTHING, import_rules, words_are_there], ids=["tests", "imports", "words"]
)
def test_whoever_follows_the_readme_is_done(grown: Path, check: Checking) -> None:
    done = check(grown)
    assert done.returncode == 0, done.stdout + done.stderr


FOUND_BY: dict[str, Checking] = {
    "storage/everything.py": TABLES,
    made_up.MIGRATION: MIGRATIONS,
    "storage/SCHEMA.md": SCHEMA,
    f"conversations/{made_up.SUBJECT}/__init__.py": import_rules,
    "pyproject.toml": PACKAGES,
    "conversations/__init__.py": TOLD,
    "locales/vi/LC_MESSAGES/messages.po": words_are_there,
    "locales/en/LC_MESSAGES/messages.po": words_are_there,
    made_up.REPORT_TEST: TRANSCRIPTS,
    made_up.REPORT_TRANSCRIPT: TRANSCRIPTS,
    made_up.VIEW_TRANSCRIPT: TRANSCRIPTS,
}
"""What finds that a place was left out; of its modules and tables themselves nothing would be there at all."""


@pytest.mark.slow
@pytest.mark.parametrize("left_out", FOUND_BY)
def test_whoever_leaves_a_place_out_is_not_done(grown: Path, tmp_path: Path, left_out: str) -> None:
    copy_of(grown, tmp_path, os.link)
    (tmp_path / left_out).unlink()
    if (HOUSE / left_out).exists():
        shutil.copy2(HOUSE / left_out, tmp_path / left_out)
    done = FOUND_BY[left_out](tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr


def test_each_place_of_the_readme_is_known_here() -> None:
    for what, words, written in ADDED:
        assert {place(one, words) for one in named_for(what)} == set(written), what


@pytest.mark.parametrize("what", ["a setting", "a table", "a conversation", "a chat app", "a role"])
def test_the_readme_counts_what_it_names(what: str) -> None:
    readme = (HOUSE / "README.md").read_text(encoding="utf-8")
    [(count, touched)] = re.findall(
        rf"^\| {re.escape(what)} \| (\d+) files?: (.+?) \| .+ \|$", readme, re.MULTILINE
    )
    named: Sequence[str] = re.findall(r"`([\w<>/]*[\w<>]+\.(?:py|po|md|txt|toml))`", touched)
    others = {"storage/declarations.py", "tests/channel_cases.py"}
    assert len(set(named) - others) == int(count), named
