"""Days as people in Vietnam say and write them."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

IN_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def local_day(now: datetime) -> date:
    """The day it is in Vietnam at this moment."""
    return now.astimezone(IN_VIETNAM).date()


def local_midnight(day: date) -> datetime:
    """The moment a day begins in Vietnam."""
    return datetime.combine(day, time(), IN_VIETNAM)


def long_date(day: date) -> str:
    """The day as official papers write it."""
    return f"ngày {day.day:02} tháng {day.month:02} năm {day.year}"
