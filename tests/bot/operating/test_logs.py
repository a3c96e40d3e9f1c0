"""The log helps whoever runs the bot and tells nothing of anybody."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest

from bot.operating import logs

TOKEN = "123456789:AAtest-token-that-nobody-ever-issued-0"


@pytest.fixture(autouse=True)
def the_log_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    kept, level, hook = list(root.handlers), root.level, sys.excepthook
    levels = {name: logging.getLogger(name).level for name in (*logs.OURS, "httpx", "httpcore")}
    yield
    root.handlers[:] = kept
    root.setLevel(level)
    for name, one in levels.items():
        logging.getLogger(name).setLevel(one)
    logging.captureWarnings(capture=False)
    sys.excepthook = hook


@pytest.fixture(params=["plain", "json"])
def written(request: pytest.FixtureRequest) -> io.StringIO:
    stream = io.StringIO()
    logs.set_up("DEBUG", request.param, stream)
    return stream


log = logging.getLogger("bot.tests")


def test_an_event_is_told_with_its_ids(written: io.StringIO) -> None:
    log.info("photo stored", extra={"photo": "01jabcdefghijkmn"})
    assert "photo stored" in written.getvalue()
    assert "01jabcdefghijkmn" in written.getvalue()
    assert written.getvalue().count("\n") == 1


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "0912345678",
        "0912.345.678",
        "+84 912 345 678",
        "84912345678",
        "Hoàng Thị Lan",
        "đã nhận đủ",
    ],
)
def test_what_is_someones_own_is_not_told(written: io.StringIO, secret: str) -> None:
    log.warning("something about %s happened", secret, extra={"more": f"({secret})"})
    assert secret not in written.getvalue()
    assert "happened" in written.getvalue()


def test_an_error_is_told_by_its_kind_and_place_never_by_its_words(written: io.StringIO) -> None:
    try:
        try:
            raise ValueError(f"chan bong at {TOKEN}")
        except ValueError as cause:
            raise RuntimeError("co Lan 0912345678") from cause
    except RuntimeError:
        log.exception("turn failed")
    told = written.getvalue()
    assert "RuntimeError < ValueError" in told
    assert "test_logs.py" in told
    for secret in ("chan bong", TOKEN, "co Lan", "0912345678"):
        assert secret not in told


def test_a_library_tells_only_where_it_spoke(written: io.StringIO) -> None:
    logging.getLogger("httpx").info(
        "HTTP Request: POST https://api.telegram.org/bot%s/getMe", TOKEN
    )
    assert written.getvalue() == ""
    logging.getLogger("asyncio").error("Task exception was never retrieved: co Lan")
    assert "co Lan" not in written.getvalue()
    assert "test_logs.py" in written.getvalue()


def test_a_bug_that_ends_the_program_is_told_by_its_kind(written: io.StringIO) -> None:
    error = ValueError("co Lan")
    sys.excepthook(ValueError, error, None)
    assert "ValueError" in written.getvalue()
    assert "co Lan" not in written.getvalue()


def test_ids_and_times_are_left_as_they_are() -> None:
    for harmless in ("700001", "2026-11-23 16:03", "1.200", "update 845123", "8588"):
        assert logs.masked(harmless) == harmless


def test_json_lines_can_be_read_by_programs() -> None:
    stream = io.StringIO()
    logs.set_up("INFO", "json", stream)
    log.info("turn done", extra={"draft": "01jabcdefghijkmn"})
    line = json.loads(stream.getvalue())
    assert (line["event"], line["draft"], line["level"]) == (
        "turn done",
        "01jabcdefghijkmn",
        "INFO",
    )
