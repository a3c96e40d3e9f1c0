"""What the bot tells whoever runs it: what happened and to which record, never who said what.

Structured logs, redacted.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

OURS = ("__main__", "bot", "conversations", "storage", "locales", "tests")

TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")

PHONE = re.compile(r"(?<![\w+])(?:\+?84|0)(?:[ .-]?\d){8,10}(?!\w)")

# Events are named in English, so anything else was said by a person.
WORDS = re.compile(r"[^\x00-\x7f]+(?:\s*[^\x00-\x7f]+)*")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def masked(text: str) -> str:
    """The text without bot tokens, telephone numbers and words in other letters than English ones."""
    return WORDS.sub("…", PHONE.sub("<phone>", TOKEN.sub("<token>", text)))


def kind_of(error: BaseException) -> str:
    """An error by its kinds alone, with what caused it: its words may be a person's."""
    kinds: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(kinds) < 5:
        kinds.append(type(seen).__name__)
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return " < ".join(kinds)


def _places(error: BaseException) -> list[str]:
    # Only where it happened: neither the lines of source nor the error's words.
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "from": record.name,
    }
    if record.name.partition(".")[0] in OURS:
        facts["event"] = masked(record.getMessage())
        extra = {key: value for key, value in vars(record).items() if key not in _STANDARD}
        facts |= {key: masked(str(value)) for key, value in extra.items()}
    else:
        # A library may quote an address with the token in it, or a person; where it spoke is enough.
        facts["event"] = f"{record.pathname}:{record.lineno}"
    if record.exc_info and record.exc_info[1] is not None:
        facts["error"] = kind_of(record.exc_info[1])
        facts["trace"] = [masked(place) for place in _places(record.exc_info[1])]
    return facts


class Json(logging.Formatter):
    """A line of JSON for each event."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_facts(record), ensure_ascii=False)


class Plain(logging.Formatter):
    """A line for each event, and below it where an error happened."""

    def format(self, record: logging.LogRecord) -> str:
        facts = _facts(record)
        trace = facts.pop("trace", [])
        head = (
            f"{facts.pop('at')} {facts.pop('level'):<7} {facts.pop('from')}: {facts.pop('event')}"
        )
        more = "".join(f" {key}={value}" for key, value in facts.items())
        return "\n    ".join([head + more, *trace])


def set_up(level: str = "INFO", shape: str = "plain", stream: TextIO | None = None) -> None:
    """Send every log line of this process to `stream` (standard error), in the given shape."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Json() if shape == "json" else Plain())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries chatter below warnings, httpx with the token in every line.
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("bot").critical("stopped by a bug", exc_info=(kind, error, trace))
