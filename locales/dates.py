"""Days as people in Vietnam say and write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from locales.spoken_days import Preference, possible_days

IN_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def local_day(now: datetime) -> date:
    """The day it is in Vietnam at this moment."""
    return now.astimezone(IN_VIETNAM).date()


@dataclass(frozen=True, slots=True)
class DoubtfulDay:
    """Something that may be one of several days, so that its writer must be asked."""

    candidates: tuple[date, ...] = ()


def read_day(text: str, today: date, prefer: Preference = "past") -> date | DoubtfulDay | None:
    """The day somebody typed, day before month; Doubtful when unclear, None when it is no day.

    `prefer` says where the day lies when its year, month or week was left out. A day that would
    then be almost a year away is taken from the other side, if it is only some days off there.
    """
    days = possible_days(text, today, prefer)
    if days is None:
        return None
    return days[0] if len(days) == 1 else DoubtfulDay(days)
