"""Spells of trouble: which requests, chats and updates each trouble meets, how often and how long. Fault injection."""

from __future__ import annotations

import asyncio
import itertools
import math
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

from bot.practice import faults
from bot.practice.clock import PracticeClock
from bot.practice.faults import TooManyRequests, Trouble
from bot.practice.refusals import Refusal, bad_request
from bot.practice.specification import BY_NAME

T = TypeVar("T", bound=Trouble)
LONGEST = 366 * 24 * 3600
"""Seconds that a spell may last on the practice clock."""


@dataclass(eq=False)
class InjectedFault(Generic[T]):
    """One trouble for a while."""

    number: int
    trouble: T
    methods: frozenset[str]
    """Empty is every method but getUpdates."""
    chat: int | None
    left: int | None
    """How many times it will still strike; None is without end."""
    until: datetime | None
    chance: float
    random: random.Random
    struck: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    """How many answers or downloads it holds back at this moment."""

    def meets(self, method: str, chats: frozenset[int]) -> bool:
        """Whether it strikes this request, file or update; chance decides last."""
        if self.left == 0 or (self.chat is not None and self.chat not in chats):
            return False
        if method not in self.methods if self.methods else method == "getUpdates":
            return False
        return self.chance >= 1 or self.random.random() < self.chance

    def is_over(self, now: datetime) -> bool:
        spent = self.left == 0 and not self.under_way
        return spent or self.ended.is_set() or (self.until is not None and now >= self.until)

    def shown(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "trouble": self.trouble.name,
            **asdict(self.trouble),
            "methods": sorted(self.methods),
            "chat_id": self.chat,
            "left": self.left,
            "until": self.until.isoformat() if self.until else None,
            "chance": self.chance,
            "struck": self.struck,
        }


class FaultInjection:
    """All troubles that are set at this moment, and what they did."""

    def __init__(self, clock: PracticeClock) -> None:
        self.clock = clock
        self.done: list[dict[str, Any]] = []
        """Every strike, in order."""
        self._injected: list[InjectedFault[Any]] = []
        self._numbers = itertools.count(1)
        self._told: list[Callable[[], None]] = []
        clock.when_moved(self._lapse)

    def when_changed(self, told: Callable[[], None]) -> None:
        """To be called whenever a trouble begins, strikes or ends on command."""
        self._told.append(told)

    def begin(self, given: Mapping[str, Any]) -> InjectedFault[Any]:
        """A trouble as the interface names it, from now on; raises Refusal."""
        injected = _spell(next(self._numbers), given, self.clock.now())
        self._injected.append(injected)
        self._tell()
        return injected

    def end(self, number: int) -> InjectedFault[Any]:
        """Raises Refusal when there is none with this number."""
        for injected in self.standing():
            if injected.number == number:
                self._end([injected])
                return injected
        raise Refusal("there is no such trouble", 404)

    def end_all(self) -> None:
        self._end(self.standing())

    def standing(self) -> list[InjectedFault[Any]]:
        now = self.clock.now()
        self._injected = [injected for injected in self._injected if not injected.is_over(now)]
        return list(self._injected)

    def of(self, kind: type[T]) -> InjectedFault[T] | None:
        """One that stands, without counting it as a strike."""
        return next(
            (injected for injected in self.standing() if isinstance(injected.trouble, kind)), None
        )

    def strike(
        self,
        kind: type[T],
        method: str = "",
        chats: frozenset[int] = frozenset(),
        fits: Callable[[T], bool] = lambda _trouble: True,
    ) -> InjectedFault[T] | None:
        """The first that meets this; it has struck then."""
        for injected in self.standing():
            trouble = injected.trouble
            if isinstance(trouble, kind) and fits(trouble) and injected.meets(method, chats):
                self._strikes(injected, method, chats)
                return cast("InjectedFault[T]", injected)
        return None

    @contextmanager
    def holding(self, injected: InjectedFault[Any]) -> Iterator[None]:
        """While it holds something back it stands and can be ended, though it be its last time."""
        injected.under_way += 1
        if injected not in self._injected:
            self._injected.append(injected)
        try:
            yield
        finally:
            injected.under_way -= 1
            self._tell()

    async def wait(self, injected: InjectedFault[Any], seconds: float) -> None:
        """Wait in real time, until the spell ends at the latest."""
        ends = self.clock.seconds_until(injected.until) if injected.until else None
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds if ends is None else min(seconds, ends)):
                await injected.ended.wait()

    def _strikes(self, injected: InjectedFault[Any], method: str, chats: frozenset[int]) -> None:
        injected.struck += 1
        if injected.left is not None:
            injected.left -= 1
        self.done.append(
            {
                "number": injected.number,
                "trouble": injected.trouble.name,
                "method": method,
                "chat_ids": sorted(chats),
                "at": self.clock.now().isoformat(),
            }
        )
        self._tell()

    def _lapse(self) -> None:
        now = self.clock.now()
        for injected in self._injected:
            if injected.is_over(now):
                injected.ended.set()

    def _end(self, ended: list[InjectedFault[Any]]) -> None:
        for injected in ended:
            injected.ended.set()
        self._tell()

    def _tell(self) -> None:
        for told in self._told:
            told()


@dataclass
class Meeting:
    """One request on its way, and the troubles it meets."""

    injection: FaultInjection
    method: str
    chats: frozenset[int] = frozenset()
    struck: list[str] = field(default_factory=list)

    def strike(
        self, kind: type[T], fits: Callable[[T], bool] = lambda _trouble: True
    ) -> InjectedFault[T] | None:
        injected = self.injection.strike(kind, self.method, self.chats, fits)
        if injected is not None:
            self.struck.append(kind.name)
        return injected

    def seconds_left(self, injected: InjectedFault[Any]) -> int:
        """Whole seconds until the practice clock ends the spell, as a bot is told them."""
        assert injected.until is not None  # noqa: S101  (given to every spell of this kind)
        return max(1, math.ceil((injected.until - self.injection.clock.now()).total_seconds()))


def _spell(number: int, given: Mapping[str, Any], now: datetime) -> InjectedFault[Any]:
    trouble = faults.read(given)
    lasts = _amount(given, "lasts", LONGEST)
    if isinstance(trouble, TooManyRequests):
        lasts = trouble.retry_after
    times = _amount(given, "times", 1_000_000)
    chance = given.get("chance", 1)
    if type(chance) not in {int, float} or not 0 < chance <= 1:
        raise bad_request("chance must be above 0 and at most 1")
    return InjectedFault(
        number,
        trouble,
        _methods(given.get("methods", [])),
        _whole(given, "chat_id"),
        None if times is None else int(times),
        None if lasts is None else now + timedelta(seconds=lasts),
        chance,
        random.Random(_whole(given, "seed") or 0),  # noqa: S311  (chance that can be repeated)
    )


def _methods(named: Any) -> frozenset[str]:
    if not isinstance(named, list) or not all(str(one).lower() in BY_NAME for one in named):
        raise bad_request("methods must be a list of methods that are practised here")
    return frozenset(BY_NAME[str(one).lower()] for one in named)


def _whole(given: Mapping[str, Any], name: str) -> int | None:
    value = given.get(name)
    if value is None or type(value) is int:
        return value
    raise bad_request(f"{name} must be a whole number")


def _amount(given: Mapping[str, Any], name: str, most: int) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    whole = name == "times"
    if type(value) not in ({int} if whole else {int, float}) or not 0 < value <= most:
        raise bad_request(f"{name} must be a number above 0 and at most {most}")
    return float(value)
