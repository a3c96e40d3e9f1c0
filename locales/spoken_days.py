"""What people in Vietnam may mean by the words and digits with which they name a day."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Literal, TypeAlias

from locales.folding import clean, fold, plain_digits

Preference: TypeAlias = Literal["past", "future"]
Days: TypeAlias = tuple[date, ...] | None
"""One day that is meant, several that may be, or () for a day nobody can tell; None for no day."""

_NAMED = {
    -3: ("hom kiaf", "bua kiaf"),
    -2: ("hom kia", "bua kia", "the day before yesterday", "day before yesterday"),
    -1: ("hom qua", "bua qua", "ngay hom qua", "ngay qua", "qua", "yesterday"),
    0: ("hom nay", "bua nay", "ngay hom nay", "ngay nay", "nay", "today"),
    1: ("ngay mai", "hom mai", "bua mai", "mai", "tomorrow"),
    2: ("ngay kia", "ngay mot", "mot", "the day after tomorrow", "day after tomorrow"),
}
_DISTANCE = {name: days for days, names in _NAMED.items() for name in names}

_ONES = ("mot", "hai", "ba", "bon", "nam", "sau", "bay", "tam", "chin")
_TENS = {"": 0, "muoi ": 10, "hai muoi ": 20, "ba muoi ": 30}
_SPOKEN = {ten + one: n + value for ten, n in _TENS.items() for value, one in enumerate(_ONES, 1)}
_SPOKEN |= {ten.strip(): n for ten, n in _TENS.items() if ten}
_SPOKEN |= {"muoi lam": 15, "hai muoi lam": 25, "hai lam": 25, "hai muoi tu": 24}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)} | {"tu": 4}

_WEEKDAYS = (
    "hai 2 mon",
    "ba 3 tue",
    "tu 4 wed",
    "nam 5 thu",
    "sau 6 fri",
    "bay 7 sat",
    "cn chu sun",
)
_WEEKDAY = {name: place for place, names in enumerate(_WEEKDAYS) for name in names.split()}
_WEEKS = {
    "truoc": -1,
    "roi": -1,
    "qua": -1,
    "vua roi": -1,
    "vua qua": -1,
    "nay": 0,
    "sau": 1,
    "toi": 1,
}

_WEEKDAY_SAID = (
    r"(?:(?:thu ?|t)(?P<numbered>hai|ba|tu|nam|sau|bay|[2-7])"
    r"|(?P<named>chu nhat|cn|(?:mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?))"
)
_NUMBER = r"(?:\d{1,2}|[a-z]+(?: [a-z]+){0,2}?)"
_INTRODUCED = r"(?:ngay |hom )?(?:mung |mong )?"
_ENGLISH_MONTH = "(?:" + "|".join(_MONTHS) + ")[a-z]*"


def possible_days(text: str, today: date, prefer: Preference) -> Days:
    typed = plain_digits(clean(text)).lower()
    # Without its mark “hôm kìa”, three days ago, would be the day after it.
    typed = re.sub(r"\bkìa\b", "kiaf", typed)
    # Next month and June differ by their marks alone.
    typed = typed.replace("tháng sau", "thang toi")
    typed = re.sub(r"\b(tháng|thang) sáu\b", "thang 6", typed)
    said = _TIME.sub(" ", fold(typed))
    said = " ".join(re.sub(r"[,()]", " ", said).split()).strip(" .!")
    return _possible(_AFTER.sub("", _BEFORE.sub("", said)), today, prefer)


_TIME = re.compile(r"\b(?:luc )?\d{1,2}(?::\d{2}| ?(?:h|g|gio)(?: ?\d{2}\b(?! ?[/.-]))?)(?![a-z])")
_BEFORE = re.compile(
    r"^(?:(?:da|vang|thua|thay|co|vao|luc|buoi|sang|trua|chieu|toi|dem|la|on|the(?! day))\b ?)+"
)
_AFTER = re.compile(r"(?: (?:a|ah|nhe|nha|luc|sang|trua|chieu))+$")


def _possible(said: str, today: date, prefer: Preference) -> Days:
    if said in _DISTANCE:
        return (today + timedelta(days=_DISTANCE[said]),)
    for pattern, read in _WAYS:
        if found := pattern.fullmatch(said):
            return read(found, today, prefer)
    return None


def _date(found: re.Match[str], today: date, prefer: Preference) -> Days:
    said = found.groupdict()
    day, month = _number(said["day"]), _month(said["month"])
    if day is None or month is None:
        return None
    if said.get("year"):
        year = int(said["year"])
        return _one(_valid(year if year > 99 else 2000 + year, month, day))
    near = (_valid(today.year + step, month, day) for step in (-1, 0, 1))
    return _one(_nearest(near, today, prefer))


def _day_of_month(found: re.Match[str], today: date, prefer: Preference) -> Days:
    day = _number(found["day"])
    if day is None:
        return None
    months = {"nay": (0,), "truoc": (-1,), "roi": (-1,), "qua": (-1,), "sau": (1,), "toi": (1,)}
    steps = months.get(found["when"] or "", (-2, -1, 0, 1, 2))
    days = [_valid(*_months_on(today, step), day) for step in steps]
    return _one(days[0] if len(days) == 1 else _nearest(days, today, prefer))


def _distance(found: re.Match[str], today: date, _prefer: Preference) -> Days:
    count = _number(found["count"])
    ahead = found["ahead"] or found["side"] in {"nua", "toi", "sau"}
    if count is None or not (ahead or found["side"]):
        return None
    days = count * (7 if found["what"].startswith(("tuan", "week")) else 1)
    return (today + timedelta(days=days if ahead else -days),)


def _weekday(found: re.Match[str], today: date, prefer: Preference) -> Days:
    monday = today - timedelta(days=today.weekday())
    place = _place(found)
    if found["week"]:
        return (monday + timedelta(days=place + 7 * _WEEKS[found["week"]]),)
    if found["last"]:
        prefer = "past"
    days = [monday + timedelta(days=place + 7 * step) for step in (-1, 0, 1)]
    return (
        min((one for one in days if _fits(one, today, prefer)), key=lambda one: abs(one - today)),
    )


def _weekday_and_date(found: re.Match[str], today: date, prefer: Preference) -> Days:
    days = _possible(found["rest"], today, prefer)
    if days and any(one.weekday() != _place(found) for one in days):
        return ()
    return days


def _unclear(found: re.Match[str], today: date, prefer: Preference) -> Days:
    """A lone number may be a day of the month; other words name no single day."""
    return ()


def _place(found: re.Match[str]) -> int:
    return _WEEKDAY[found["numbered"] or found["named"].split()[0][:3]]


def _number(said: str) -> int | None:
    return int(said) if said.isdecimal() else _SPOKEN.get(said)


def _month(said: str) -> int | None:
    return _number(said) or _MONTH_NUMBERS.get(said[:3])


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _months_on(today: date, step: int) -> tuple[int, int]:
    years, month = divmod(today.month - 1 + step, 12)
    return today.year + years, month + 1


def _fits(day: date, today: date, prefer: Preference) -> bool:
    return day <= today if prefer == "past" else day >= today


def _nearest(days: Iterable[date | None], today: date, prefer: Preference) -> date | None:
    known = sorted((day for day in days if day), key=lambda day: abs(day - today))
    wanted = [day for day in known if _fits(day, today, prefer)]
    if not wanted:
        return None
    nearest_at_all, nearest = abs(known[0] - today).days, abs(wanted[0] - today).days
    return known[0] if nearest_at_all <= 31 and nearest > 300 else wanted[0]


def _one(day: date | None) -> Days:
    return None if day is None else (day,)


_Way: TypeAlias = Callable[[re.Match[str], date, Preference], Days]
_WAYS: tuple[tuple[re.Pattern[str], _Way], ...] = (
    (re.compile(r".*thang sau(?: \d{4})?"), _unclear),
    (
        re.compile(
            rf"{_INTRODUCED}(?P<day>\d{{1,2}}) ?([/.-]) ?(?P<month>\d{{1,2}})"
            r"(?: ?\2 ?(?P<year>\d{4}|\d{2}))?"
        ),
        _date,
    ),
    (re.compile(r"(?P<year>\d{4})([/.-])(?P<month>\d{1,2})\2(?P<day>\d{1,2})"), _date),
    (
        re.compile(
            rf"{_INTRODUCED}(?P<day>{_NUMBER}) ?(?:thang(?! (?:nay|truoc|roi|qua|toi)\b)|[/.-]) ?(?P<month>{_NUMBER})"
            r"(?: ?(?:nam|[/.-])? ?(?P<year>\d{4}))?"
        ),
        _date,
    ),
    (
        re.compile(
            rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?P<month>{_ENGLISH_MONTH})(?: (?P<year>\d{{4}}))?"
        ),
        _date,
    ),
    (
        re.compile(
            rf"(?P<month>{_ENGLISH_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: (?P<year>\d{{4}}))?"
        ),
        _date,
    ),
    (
        re.compile(
            rf"(?:{_WEEKDAY_SAID})(?: tuan (?P<week>{'|'.join(_WEEKS)})|(?P<last> roi| vua roi| vua qua))?"
        ),
        _weekday,
    ),
    (re.compile(rf"{_WEEKDAY_SAID} (?P<rest>.*\d.*)"), _weekday_and_date),
    (
        re.compile(
            rf"(?P<ahead>sau |in )?(?P<count>{_NUMBER}) (?P<what>ngay|hom|days?|tuan|weeks?)"
            r"(?: (?P<side>truoc|nua|toi|sau|ago))?"
        ),
        _distance,
    ),
    (
        re.compile(
            rf"(?:ngay |hom |(?=m[uo]ng ))(?:mung |mong )?(?P<day>{_NUMBER})"
            r"(?: thang (?P<when>nay|truoc|roi|qua|sau|toi))?"
        ),
        _day_of_month,
    ),
    (re.compile(r"\d{1,2}|hom (?:truoc|no)|(?:tuan|thang) \w+|.*\d ?[/.-] ?\d.*\d.*"), _unclear),
)
"""The ways to name a day; the first that fits is taken."""
