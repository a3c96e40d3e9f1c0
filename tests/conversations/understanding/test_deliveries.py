"""What people write under a photo, or instead of one, when nobody asked them a question."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.arrivals import answers_in
from conversations.understanding.deliveries import read_report, reports_in
from conversations.understanding.matching import Candidate, matching, words_in
from storage.help.confirmations import Outcome

BLANKETS = Candidate(
    "blankets", 60, words_in("chăn bông", "quilts"), words_in("Điểm trường Nà Tềnh")
)
SCARVES = Candidate(
    "scarves", 30, words_in("khăn ấm", "warm scarves"), words_in("Điểm trường Nà Tềnh")
)
FAR_BLANKETS = Candidate(
    "far", 45, words_in("chăn bông", "quilts"), words_in("Điểm trường Lũng Vài")
)
ALL_GOODS = BLANKETS.goods | SCARVES.goods | words_in("ủng", "boots", "áo phao", "padded jackets")


@pytest.mark.parametrize(
    ("written", "answers"),
    [
        ("đủ", {"outcome": "all"}),
        ("Đủ ạ", {"outcome": "all"}),
        ("du chan", {"outcome": "all"}),
        ("nhận đủ 60 chăn", {"outcome": "all"}),
        ("60/60", {"outcome": "all"}),
        ("khong thieu", {"outcome": "all"}),
        ("du chan ngay 18/11", {"outcome": "all"}),
        ("complete, 60 quilts", {"outcome": "all"}),
        ("45/60 chăn", {"outcome": "part", "received": 45}),
        ("nhan 45 cai chan thieu 15", {"outcome": "part", "received": 45}),
        ("thiếu 15", {"outcome": "part", "received": 45}),
        ("nhan 45 cai, con lai 15 cai chua ve", {"outcome": "part", "received": 45}),
        ("bốn mươi lăm cái chăn", {"outcome": "part", "received": 45}),
        ("bon muoi lam chan thoi", {"outcome": "part", "received": 45}),
        ("45 trên tổng số 60", {"outcome": "part", "received": 45}),
        ("nhận 65 chăn", {"outcome": "part", "received": 65}),
        ("đủ nhưng hỏng 2 cái", {"outcome": "part", "received": 60, "damaged": 2}),
        ("nhận 45, rách 3", {"outcome": "part", "received": 45, "damaged": 3}),
        ("45 chăn, không hỏng", {"outcome": "part", "received": 45, "damaged": 0}),
        ("2 cái bị ướt", {"outcome": "part", "damaged": 2}),
        ("chưa đủ", {"outcome": "part"}),
        ("chưa nhận đủ", {"outcome": "part"}),
        ("chua nhan duoc du", {"outcome": "part"}),
        ("chăn chưa về đủ, mới nhận 45 cái", {"outcome": "part", "received": 45}),
        ("thừa 5 cái", {"outcome": "part", "received": 65}),
        ("dư 5 cái chăn", {"outcome": "part", "received": 65}),
        ("dư", {"outcome": "part"}),
        ("chưa nhận được chăn", {"outcome": "none"}),
        ("khong nhan duoc gi", {"outcome": "none"}),
        ("thieu 60", {"outcome": "none"}),
        ("thieu 15 cai vi duong lay", {"outcome": "part", "received": 45, "reason": "duong lay"}),
        (
            "Nhận 45 chăn\nthiếu 15\nvì đường lầy, xe không vào được.",
            {"outcome": "part", "received": 45, "reason": "đường lầy, xe không vào được"},
        ),
        (
            "đủ 60 chăn, bà con trong bản giúp khuân vác",
            {"outcome": "all", "note": "đủ 60 chăn, bà con trong bản giúp khuân vác"},
        ),
    ],
)
def test_what_was_written_is_read_as_answers(written: str, answers: dict[str, Any]) -> None:
    report = read_report(written, {60})
    assert report is not None
    assert dict(answers_in(report, BLANKETS, written)) == answers


def test_what_came_of_one_thing_and_not_of_another_is_asked() -> None:
    report = read_report("chăn chưa về, khăn đủ", {60})
    assert report is not None
    assert answers_in(report, BLANKETS, "") == {}


@pytest.mark.parametrize("written", ["đủ 58", "nhận 45 thiếu 10", "thiếu 70", "nhận đủ 45/60"])
def test_numbers_that_contradict_one_another_are_asked(written: str) -> None:
    report = read_report(written, {60})
    assert report is not None
    assert "received" not in answers_in(report, BLANKETS, written)
    assert answers_in(report, BLANKETS, written).get("outcome") in {None, Outcome.PART}


@pytest.mark.parametrize(
    "written",
    [
        "",
        "xin chào",
        "ảnh lớp 5A",
        "18/11",
        "Cho tôi hỏi khi nào có chăn?",
        "🌱",
        "x" * 2000,
        "/start",
    ],
)
def test_other_words_are_no_report(written: str) -> None:
    assert read_report(written, {60}) is None


def test_ten_of_eleven_is_a_day_unless_eleven_were_sent() -> None:
    assert read_report("10/11 chăn", {60}) is None
    report = read_report("10/11 chăn", {11})
    assert report is not None
    assert (report.received, report.out_of) == (10, 11)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("45 chăn", ["blankets", "far"]),
        ("45/60 chăn", ["blankets"]),
        ("du khan", ["scarves"]),
        ("45 chăn Lũng Vài", ["far"]),
        ("nhan 30 thieu 15", ["far"]),
        ("đủ", ["blankets", "scarves", "far"]),
        ("du 40 doi ung", []),
    ],
)
def test_a_delivery_is_found_by_goods_place_and_number(written: str, meant: list[str]) -> None:
    report = read_report(written, {60, 30, 45})
    assert report is not None
    found = matching(report, [BLANKETS, SCARVES, FAR_BLANKETS], ALL_GOODS)
    assert [one.key for one in found] == meant


def test_lines_about_different_goods_are_different_reports() -> None:
    found = reports_in("Chăn: đủ 60 cái\nkhăn thiếu 2 cái", {60, 30})
    assert [line for line, _report in found] == ["Chăn: đủ 60 cái", "khăn thiếu 2 cái"]


@pytest.mark.parametrize(
    "written",
    [
        "nhan 45 chan, thieu 15\nkhan am du",
        "Chăn bông đủ\nkhăn ấm chưa về",
        "khăn đủ rồi ạ\n60 chăn",
        "chăn thiếu\nkhăn đủ",
    ],
)
def test_a_line_without_a_number_is_a_report_of_the_goods_that_it_names(written: str) -> None:
    found = reports_in(written, {60, 30}, BLANKETS.goods | SCARVES.goods)
    assert [line for line, _report in found] == written.split("\n")


@pytest.mark.parametrize(
    "written",
    [
        "nhan 45 chan\nhang ve du roi",
        "nhận 45 chăn\nchăn thiếu nhiều",
        "chăn đủ\nchăn ấm lắm",
        "nhận đủ chăn\nvì đường lầy, xe không vào được",
        "chào anh\nkhăn đủ",
    ],
)
def test_a_line_about_the_same_goods_or_none_belongs_to_the_others(written: str) -> None:
    found = reports_in(written, {60, 30}, BLANKETS.goods | SCARVES.goods)
    assert [line for line, _report in found] == [written]


def test_lines_about_the_same_goods_are_one_report() -> None:
    found = reports_in("Nhận 45 chăn\nthiếu 15 chăn", {60})
    assert len(found) == 1


@given(st.text(max_size=200), st.sets(st.integers(0, 100), max_size=3))
def test_nothing_that_can_be_written_is_too_much(written: str, totals: set[int]) -> None:
    for words, report in reports_in(written, totals):
        answers_in(report, BLANKETS, words)
