from datetime import UTC, date, datetime, timedelta
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.dates import DoubtfulDay, local_day, read_day

MONDAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))

UNDERSTOOD = {
    "hôm nay": date(2026, 11, 23),
    "hom nay": date(2026, 11, 23),
    "sáng nay": date(2026, 11, 23),
    "Hôm qua": date(2026, 11, 22),
    "tối qua": date(2026, 11, 22),
    "hôm kia": date(2026, 11, 21),
    "hom kia": date(2026, 11, 21),
    "hôm kìa": date(2026, 11, 20),
    "mai": date(2026, 11, 24),
    "ngày mốt": date(2026, 11, 25),
    "today": date(2026, 11, 23),
    "Yesterday": date(2026, 11, 22),
    "3 ngày trước": date(2026, 11, 20),
    "3 days ago": date(2026, 11, 20),
    "hai tuần trước": date(2026, 11, 9),
    "3 ngày nữa": date(2026, 11, 26),
    "5/11": date(2026, 11, 5),
    "05-11": date(2026, 11, 5),
    "5.11": date(2026, 11, 5),
    "5 / 11": date(2026, 11, 5),
    "\uff15/\uff11\uff11": date(2026, 11, 5),
    "dạ ngày 5/11 ạ": date(2026, 11, 5),
    "8h sáng 5/11": date(2026, 11, 5),
    "5/11 lúc 8:30": date(2026, 11, 5),
    "5 tháng 11": date(2026, 11, 5),
    "mùng 5 tháng mười một": date(2026, 11, 5),
    "ngày mười lăm tháng ba": date(2026, 3, 15),
    "5/11/2026": date(2026, 11, 5),
    "5/11/26": date(2026, 11, 5),
    "2026-11-05": date(2026, 11, 5),
    "ngày 05 tháng 01 năm 2026": date(2026, 1, 5),
    "5 Nov": date(2026, 11, 5),
    "Nov 5, 2026": date(2026, 11, 5),
    "ngày 5": date(2026, 11, 5),
    "ngày 31": date(2026, 10, 31),
    "ngày 5 tháng trước": date(2026, 10, 5),
    "ngày 5 tháng sau": date(2026, 12, 5),
    "ngày 5 tháng sáu": date(2026, 6, 5),
    "thứ 2": date(2026, 11, 23),
    "thứ hai tuần trước": date(2026, 11, 16),
    "thu 2 tuan truoc": date(2026, 11, 16),
    "thứ sáu vừa rồi": date(2026, 11, 20),
    "thứ sáu tuần sau": date(2026, 12, 4),
    "chủ nhật": date(2026, 11, 22),
    "CN": date(2026, 11, 22),
    "t7": date(2026, 11, 21),
    "Wednesday": date(2026, 11, 18),
    "thứ 2 ngày 16/11": date(2026, 11, 16),
}


@pytest.mark.parametrize(("typed", "day"), UNDERSTOOD.items())
def test_a_day_is_read_as_people_name_it(typed: str, day: date) -> None:
    assert read_day(typed, MONDAY) == day
    assert read_day(normalize("NFD", typed), MONDAY) == day


@pytest.mark.parametrize(
    "typed",
    ["5", "tuần trước", "5/11 - 6/11", "5-6/11", "thứ 3 ngày 16/11", "ngay 5 thang sau"],
)
def test_what_may_be_two_days_is_asked_again(typed: str) -> None:
    assert isinstance(read_day(typed, MONDAY), DoubtfulDay)


@pytest.mark.parametrize("typed", ["", "abc", "31/11", "30/2", "11/25", "0/1", "29/2/2026", "bà"])
def test_a_day_that_does_not_exist_is_not_read(typed: str) -> None:
    assert read_day(typed, MONDAY) is None


def test_in_january_a_day_of_december_was_last_year() -> None:
    assert read_day("5/12", date(2027, 1, 3)) == date(2026, 12, 5)


def test_in_december_a_day_planned_for_january_is_next_year() -> None:
    assert read_day("3/1", date(2026, 12, 30), prefer="future") == date(2027, 1, 3)


def test_a_plan_for_sunday_is_for_the_coming_one() -> None:
    assert read_day("chủ nhật", MONDAY, prefer="future") == date(2026, 11, 29)
    assert read_day("ngày 5", MONDAY, prefer="future") == date(2026, 12, 5)


def test_a_day_just_ahead_is_not_taken_for_one_a_year_ago() -> None:
    assert read_day("24/11", MONDAY) == date(2026, 11, 24)


@given(DAYS, DAYS)
def test_every_day_we_write_is_read_back(day: date, today: date) -> None:
    assert read_day(f"{day:%d/%m/%Y}", today) == day
    assert read_day(f"ngày {day.day:02} tháng {day.month:02} năm {day.year}", today) == day


@given(DAYS, st.integers(0, 299))
def test_a_day_without_its_year_lies_behind_us(today: date, back: int) -> None:
    day = today - timedelta(days=back)
    if (day.month, day.day) != (2, 29):
        assert read_day(f"{day.day}/{day.month}", today) == day


@given(st.text(), DAYS)
def test_nothing_that_can_be_typed_breaks_the_reading(typed: str, today: date) -> None:
    assert isinstance(read_day(typed, today), date | DoubtfulDay | None)


def test_the_day_begins_at_midnight_in_vietnam() -> None:
    assert local_day(datetime(2026, 11, 22, 17, 0, tzinfo=UTC)) == MONDAY
    assert local_day(datetime(2026, 11, 22, 16, 59, tzinfo=UTC)) == date(2026, 11, 22)
