"""What can go wrong between a bot and Telegram, each as a value that says how exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar, get_args

from bot.practice.refusals import bad_request

LONGEST = 3600
"""Seconds that one answer or download can be held back."""
LASTING = frozenset({"lasts"})
COUNTED = LASTING | {"times"}
OF_A_CHAT = COUNTED | {"chat_id", "chance", "seed"}
OF_REQUESTS = OF_A_CHAT | {"methods"}


class Shape(StrEnum):
    """How an update can be broken."""

    NO_UPDATE_ID = "no_update_id"
    UNKNOWN_KIND = "unknown_kind"
    WRONG_TYPES = "wrong_types"
    HUGE = "huge"
    NULL = "null"


class DownloadFault(StrEnum):
    """How a download can fail."""

    NOT_FOUND = "not_found"
    CUT = "cut"
    """The connection ends in the middle."""
    WRONG_LENGTH = "wrong_length"
    """All goes well, but half of the file is missing from what getFile promised."""
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class LostResponse:
    """The request is carried out; its answer never arrives, or ends in the middle."""

    name: ClassVar = "lost_response"
    aims: ClassVar = OF_REQUESTS
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """The request is carried out, and its answer comes late, in real time."""

    name: ClassVar = "delay"
    aims: ClassVar = OF_REQUESTS
    seconds: float = 10


@dataclass(frozen=True, slots=True)
class Error:
    """An answer that is no JSON, before anything is done or after it."""

    name: ClassVar = "error"
    aims: ClassVar = OF_REQUESTS
    code: int = 502
    carried_out: bool = False

    def __post_init__(self) -> None:
        if self.code not in {500, 502, 504}:
            raise bad_request("code must be 500, 502 or 504")


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection ends before anything is done."""

    name: ClassVar = "reset"
    aims: ClassVar = OF_REQUESTS


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """The limit of speed: every request gets a 429 until the practice clock has moved on. Rate limiting."""

    name: ClassVar = "too_many_requests"
    aims: ClassVar = frozenset({"chat_id", "methods", "times"})
    retry_after: int = 30


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing is accepted; updates go on being queued, and die in the queue when their time is over."""

    name: ClassVar = "outage"
    aims: ClassVar = LASTING


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Every update comes so many times, the last time after it was acknowledged. At-least-once delivery."""

    name: ClassVar = "duplicates"
    aims: ClassVar = OF_A_CHAT
    copies: int = 2

    def __post_init__(self) -> None:
        if not 2 <= self.copies <= 100:
            raise bad_request("copies must be 2 to 100")


@dataclass(frozen=True, slots=True)
class Reordering:
    """Updates come in another order, within a batch and across batches."""

    name: ClassVar = "reordering"
    aims: ClassVar = COUNTED | {"seed"}
    own_order: bool = False
    """What one person does stays in its order, as in Telegram's own queues."""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A broken update comes before the next one; without a shape each shape has its turn."""

    name: ClassVar = "malformed"
    aims: ClassVar = OF_A_CHAT
    shape: str = ""

    def __post_init__(self) -> None:
        if self.shape and self.shape not in set(Shape):
            raise bad_request(f"shape must be one of: {', '.join(Shape)}")


@dataclass(frozen=True, slots=True)
class SlowDownload:
    """A file arrives in small pieces, in real time."""

    name: ClassVar = "slow_download"
    aims: ClassVar = OF_A_CHAT
    seconds: float = 10


@dataclass(frozen=True, slots=True)
class FailingDownload:
    """A file does not arrive as getFile promised it."""

    name: ClassVar = "failing_download"
    aims: ClassVar = OF_A_CHAT
    way: str = DownloadFault.NOT_FOUND

    def __post_init__(self) -> None:
        if self.way not in set(DownloadFault):
            raise bad_request(f"way must be one of: {', '.join(DownloadFault)}")


@dataclass(frozen=True, slots=True)
class TooBig:
    """getFile refuses a file as larger than a bot may fetch."""

    name: ClassVar = "too_big"
    aims: ClassVar = OF_A_CHAT


Trouble = (
    LostResponse
    | Delay
    | Error
    | Reset
    | TooManyRequests
    | Outage
    | Duplicates
    | Reordering
    | Malformed
    | SlowDownload
    | FailingDownload
    | TooBig
)
KINDS: dict[str, type[Trouble]] = {kind.name: kind for kind in get_args(Trouble)}
PLAYED_REFUSALS = {TooManyRequests.name, TooBig.name}
"""Troubles that answer with a 4xx though nothing is wrong with the request."""
_PLAIN: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
}


def read(given: Mapping[str, Any]) -> Trouble:
    """The trouble that is named in `trouble`, with its own fields; raises Refusal."""
    kind = KINDS.get(str(given.get("trouble")))
    if kind is None:
        raise bad_request(f"trouble must be one of: {', '.join(KINDS)}")
    own = {field.name: field for field in fields(kind)}
    for name in given:
        if name != "trouble" and name not in own and name not in kind.aims:
            raise bad_request(f"{kind.name} has no {name}")
    exact = {name: given[name] for name in own if name in given}
    for name, value in exact.items():
        if type(value) not in _PLAIN[str(own[name].type)]:
            raise bad_request(f"{name} must be {own[name].type}")
        if name in {"seconds", "retry_after"} and not 0 < value <= LONGEST:
            raise bad_request(f"{name} must be above 0 and at most {LONGEST}")
    return kind(**exact)
