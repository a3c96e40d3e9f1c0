"""What everyone who adds to this house may rely on, and must keep."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import bot
import conversations
from bot.settings import PRACTICE_TOKEN, Settings
from storage.people.people import Role

HOUSE = Path(__file__).resolve().parent.parent
ROOMS = ("bot", "conversations", "locales", "storage", "tests", ".ci")
ON_TOP = (
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "OPERATING.md",
    "README.md",
    "SECURITY.md",
    "pyproject.toml",
    "requirements.lock",
    "requirements-dev.lock",
)
TEXTS = {
    ".py",
    ".md",
    ".toml",
    ".lock",
    ".po",
    ".csv",
    ".txt",
    ".html",
    ".js",
    ".css",
    ".cfg",
    ".mako",
    "",
}


def modules() -> Iterator[Path]:
    for room in ("bot", "conversations", "locales", "storage"):
        yield from sorted((HOUSE / room).rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def texts() -> Iterator[Path]:
    yield from (HOUSE / name for name in ON_TOP)
    for room in ROOMS:
        for path in sorted((HOUSE / room).rglob("*")):
            if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts:
                yield path


def readme() -> str:
    return (HOUSE / "README.md").read_text(encoding="utf-8")


def test_the_readme_tells_every_setting_as_it_is() -> None:
    told = {
        name: (default, why)
        for name, default, why in re.findall(
            r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", readme(), re.MULTILINE
        )
    }
    real = {}
    for name, field in Settings.model_fields.items():
        default = getattr(field.default, "get_secret_value", lambda value=field.default: value)()
        real[name.upper()] = (f"`{default}`" if default != "" else "empty", field.description)
    assert told == real


def test_the_readme_begins_with_those_it_serves() -> None:
    first = readme().split("\n\n")[1]
    assert "điểm trường" in first
    assert "bạn" not in first.replace("Ấm Bản", "")


def test_the_version_is_the_newest_in_the_changelog() -> None:
    newest = re.search(
        r"^## (\S+)", (HOUSE / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert newest
    assert newest.group(1) == bot.VERSION


def test_make_lists_every_target_with_a_comment() -> None:
    makefile = (HOUSE / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"runtime", "dev"}
    assert targets == set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    assert {
        "run",
        "test",
        "check",
        "bench",
        "words",
        "transcripts",
        "lock",
        "language",
        "migration",
        "schema",
    } <= targets


def test_every_folder_of_modules_is_part_of_the_package() -> None:
    listed = tomllib.loads((HOUSE / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {".".join(path.parent.relative_to(HOUSE).parts) for path in modules()}
    assert set(listed) == found


@pytest.mark.parametrize("path", list(modules()), ids=lambda path: str(path.relative_to(HOUSE)))
def test_every_module_says_what_of_the_world_it_is_about(path: Path) -> None:
    assert ast.get_docstring(parsed(path))


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    machine = re.compile(
        r"/(?:root|home|opt|work)/\w|/tmp/\w|\bpypi\.org|--(?:extra-)?index-url|--find-links|\.\./shared"
    )
    guilty = [
        f"{path.relative_to(HOUSE)}:{number}"
        for path in texts()
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if machine.search(line)
    ]
    assert guilty == []


def test_no_file_holds_a_token_that_someone_was_issued() -> None:
    # Telegram issues 35 characters after the colon; ours for tests say that they are none.
    issued = re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b")
    for path in texts():
        found = set(issued.findall(path.read_text(encoding="utf-8"))) - {PRACTICE_TOKEN}
        assert not {one for one in found if "test" not in one.lower()}, path


def test_every_conversation_has_a_transcript_and_each_of_its_people_one() -> None:
    transcripts = [path.stem for path in (HOUSE / "tests" / "transcripts").rglob("*.txt")]
    for conversation in conversations.ALL:
        assert any(conversation.name in name for name in transcripts), conversation.name
    everybody = {role for one in conversations.ALL for role in one.roles or ()}
    assert {Role.SITE, Role.LOCAL, Role.COORD} <= everybody


def test_each_transcript_is_compared_by_a_test() -> None:
    folder = HOUSE / "tests" / "transcripts"
    written = {str(one.relative_to(folder).with_suffix("")) for one in folder.rglob("*.txt")}
    tests = "".join(one.read_text(encoding="utf-8") for one in (HOUSE / "tests").rglob("*.py"))
    compared = {one.removesuffix(".txt") for one in re.findall(r'"([a-z]+/[a-z_.]+)"', tests)}
    assert written - compared == set()


def test_every_place_that_the_readme_names_is_there() -> None:
    named = re.findall(r"`((?:bot|conversations|locales|storage|tests)/[\w./]*)`", readme())
    gone = [one for one in named if not one.startswith("locales/km") and not (HOUSE / one).exists()]
    assert len(named) > 40
    assert gone == []


OLD_NAMES = {
    "care", "darkroom", "desk", "developing", "fate", "leading", "listening", "moment", "out_of_the_blue",
    "overheard", "pace", "set_aside", "signs_of_life", "spells", "stray", "taps", "troubles", "verdicts",
}  # fmt: skip
"""Each has a plainer word of the field, such as state, fetcher, rate limit, dead letter, leader, callback answers."""


def named() -> Iterator[tuple[str, str]]:
    """Every module, class and function, and where it is; what migrations are called is past."""
    for path in modules():
        if path.parent.name == "versions":
            continue
        where = str(path.relative_to(HOUSE))
        yield path.stem, where
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                yield node.name, f"{where}:{node.lineno}"


def holds_old_name(name: str) -> bool:
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return any(f"_{old}_" in f"_{plain}_" for old in OLD_NAMES)


def test_nothing_is_named_by_a_picture_where_the_field_has_a_word() -> None:
    assert [one for one in named() if holds_old_name(one[0])] == []
    assert holds_old_name("_keep_stray_photo")
    assert holds_old_name("NaiveMoment")


def test_no_two_classes_have_one_name() -> None:
    found: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, []).append(str(path.relative_to(HOUSE)))
    assert {name: where for name, where in found.items() if len(where) > 1} == {}
