"""A receipt code opens its report; words that only look like one are taken as what they say."""

from __future__ import annotations

import pytest
from sqlmodel import update

from storage.help import reports
from storage.help.receipts import display, is_marked, read_code
from storage.help.reports import Report
from storage.people import people
from storage.people.people import Role
from tests.cast import LUNG_VAI, NA_TENH
from tests.talking import HOA, LAN, Talk

LIKE_A_CODE = ["hang gay", "chan ket", "hang sua", "xe ra het", "da can ra"]


async def at_the_note(talk: Talk) -> None:
    await talk.opened(LAN, "xacnhan")
    for words in ("1", "du", "hom nay", "gui sau"):
        asked = await talk.said(LAN, words)
    assert "ghi chú" in asked.text


async def sent(talk: Talk) -> str:
    """The code of a report of cô Lan's."""
    await at_the_note(talk)
    for words in ("khong", "gui"):
        await talk.said(LAN, words)
    async with talk.database.reading() as session:
        [made] = await reports.sent_by(session, f"person-{LAN}", [NA_TENH], 10)
    return made.report.code


@pytest.mark.parametrize("words", LIKE_A_CODE)
async def test_an_answer_that_reads_like_a_code_is_an_answer(quick_talk: Talk, words: str) -> None:
    assert read_code(words), "its last letter would check the others"
    await at_the_note(quick_talk)
    review = await quick_talk.said(LAN, words)
    assert f"Ghi chú: {words}" in review.text


@pytest.mark.parametrize("words", LIKE_A_CODE)
async def test_out_of_the_blue_such_words_are_no_code_either(quick_talk: Talk, words: str) -> None:
    shown = await quick_talk.said(LAN, words)
    assert "Không tìm thấy báo cáo" not in shown.text


async def test_a_code_of_a_report_is_one_whatever_is_being_written(talk: Talk) -> None:
    code = await sent(talk)
    await talk.opened(LAN, "xacnhan")
    for words in ("du", "hom nay", "gui sau"):
        asked = await talk.said(LAN, words)
    assert "ghi chú" in asked.text
    shown = await talk.said(LAN, display(code).lower().replace("-", " "))
    assert "60 chiếc chăn bông" in shown.text
    assert "Việc đang làm vẫn được giữ" in shown.text


CODE_WITH_A_GARMENT = "U7AM5AQ"
"""In it stands “am”, as áo ấm is typed without marks, between numbers."""


@pytest.mark.parametrize("typed", ["AB-U7AM-5AQ", "ab u7am 5aq", "u7am-5aq"])
@pytest.mark.parametrize("writing", [False, True])
async def test_a_code_in_which_goods_and_numbers_can_be_read_is_a_code(
    quick_talk: Talk, typed: str, *, writing: bool
) -> None:
    await sent(quick_talk)
    async with quick_talk.database.writing() as session:
        await session.execute(update(Report).values(code=CODE_WITH_A_GARMENT))
    if writing:
        await quick_talk.opened(LAN, "ngonngu")
    shown = await quick_talk.said(LAN, typed)
    assert "60 chiếc chăn bông" in shown.text


async def test_a_code_of_no_report_is_told_to_be_none_where_nothing_is_written(
    quick_talk: Talk,
) -> None:
    assert "Không tìm thấy báo cáo" in (await quick_talk.said(LAN, "AB-2222-222")).text
    await at_the_note(quick_talk)
    review = await quick_talk.said(LAN, "AB-2222-222")
    assert "Ghi chú: AB-2222-222" in review.text


async def test_nobody_learns_which_codes_of_others_there_are(quick_talk: Talk) -> None:
    """A report that they may not see is answered as one that is not there, at home and at a question."""
    code = display(await sent(quick_talk))
    async with quick_talk.database.writing() as session:
        now, hoa = quick_talk.clock.now, f"person-{HOA}"
        people.grant(session, hoa, Role.SITE, by=None, now=now, site_code=LUNG_VAI)
    unknown = await quick_talk.said(HOA, "AB-2222-222")
    assert "Không tìm thấy báo cáo" in unknown.text
    assert (await quick_talk.said(HOA, code)).text == unknown.text
    asked = await quick_talk.opened(HOA, "ngonngu")
    for typed in ("AB-2222-222", code):
        answered = await quick_talk.said(HOA, typed)
        assert answered.lines[-1] == asked.lines[-1]
        assert "Câu trả lời chưa khớp" in answered.text


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("AB-HANG-GAY", True),
        ("ab hang gay", True),
        ("hang-gay", True),
        ("2345 678", True),
        ("hang gay", False),
        ("abhangk", False),
    ],
)
def test_a_code_is_told_from_words_by_its_mark(typed: str, marked: bool) -> None:
    assert is_marked(typed) is marked
