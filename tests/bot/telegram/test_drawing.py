"""What people wrote is shown as they wrote it, and every screen fits into Telegram."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.practice.markup import parse
from bot.telegram.drawing import Undrawable, albums, cut, draw, name_of_file, sound, toast
from conversations.kit.screens import Button, Line, Screen, Style
from locales import Reader

READER = Reader()
HARD_TEXT = st.text(
    st.sampled_from("<b>&\"'ạẤđe\u0301\u0323\u200d👩🏽\u200d🏫🇻🇳\u202eمرحب\u0627\n \ud83d\x00")
    | st.characters(),
    max_size=300,
)


def shown(text: str) -> str:
    """What a phone shows of the HTML."""
    return html.unescape(re.sub(r"</?(?:b|i|code|blockquote)>", "", text))


def screen_of(*texts: str, style: Style = Style.PLAIN) -> Screen:
    return Screen(tuple(Line(text, style) for text in texts))


@pytest.mark.parametrize(
    "text",
    [
        "<b>&",
        "Tom & \"Jerry\" 'x'",
        "&lt;b&gt;",
        "</blockquote>",
        "👩🏽‍🏫",
        "مرحبا \u202eabc",
        "Ho\u0301a",
    ],
)
@pytest.mark.parametrize("style", list(Style))
def test_what_a_person_wrote_is_shown_literally(text: str, style: Style):
    """T33"""
    assert shown(draw(screen_of(text, style=style), READER).text) == text


def test_styles_become_tags_and_following_quotes_become_one():
    screen = Screen(
        (
            Line("Tên", Style.TITLE),
            Line("một", Style.QUOTE),
            Line("hai", Style.QUOTE),
            Line(""),
            Line("AB-1234", Style.CODE),
            Line("nhỏ", Style.SMALL),
        )
    )
    assert draw(screen, READER).text == (
        "<b>Tên</b>\n<blockquote>một\nhai</blockquote>\n\n<code>AB-1234</code>\n<i>nhỏ</i>"
    )


def test_a_text_of_4096_brackets_fits_as_it_is():
    """T33"""
    text = "<b>&" * 1024
    assert shown(draw(screen_of(text), READER).text) == text


def test_when_there_is_too_much_the_question_stays():
    """T33"""
    drawn = shown(draw(screen_of("Tiêu đề", "rất dài " * 1000, "Đúng chưa?"), READER).text)
    assert len(drawn) <= 4096
    assert drawn.startswith("Tiêu đề\nrất dài")
    assert drawn.endswith("…\nĐúng chưa?")


def test_many_lines_are_cut_in_the_middle():
    drawn = shown(draw(screen_of(*(f"dòng {number}" for number in range(900))), READER).text)
    assert 3900 < len(drawn) <= 4096
    assert drawn.startswith("dòng 0\n")
    assert drawn.endswith("\ndòng 899")
    assert drawn.count("…") == 1


def test_it_is_known_what_fits_below_a_picture():
    assert draw(screen_of("<" * 1000, "a" * 23), READER).fits_a_caption
    assert not draw(screen_of("a" * 1025), READER).fits_a_caption


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(1, [1]), (2, [2]), (10, [10]), (11, [5, 6]), (20, [10, 10]), (30, [10] * 3)],
)
def test_no_picture_of_several_is_left_alone(count: int, sizes: list[int]):
    pictures = [bytes([place]) for place in range(count)]
    assert [len(group) for group in albums(pictures)] == sizes
    assert [one for group in albums(pictures) for one in group] == pictures


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("Báo cáo tháng 11.xlsx", "Báo cáo tháng 11.xlsx"),
        ("Báo cáo 20/11.pdf", "Báo cáo 20-11.pdf"),
        ("a" * 200 + ".pdf", "a" * 115 + "….pdf"),
        ("hai\ndòng", "hai dòng"),
        ("", "file"),
    ],
)
def test_a_document_keeps_its_name(given: str, shown: str):
    assert name_of_file(given) == shown


def test_an_empty_screen_is_still_a_message():
    assert draw(screen_of("  ", ""), READER).text == "…"


def test_what_is_seen_as_one_character_is_not_cut_in_two():
    """T33"""
    assert cut("abe\u0301\u0323", 4) == "ab…"
    assert cut("a👩🏽\u200d🏫bc", 4) == "a…"
    assert cut("a🇻🇳bc", 3) == "a…"
    assert cut("🇱🇦🇻🇳🇻🇳b", 4) == "🇱🇦…"
    assert cut("🇱🇦🇻🇳🇻🇳b", 5) == "🇱🇦🇻🇳…"
    assert cut("abc", 3) == "abc"


@given(st.lists(st.tuples(HARD_TEXT, st.sampled_from(Style)), max_size=20), st.integers(1, 30))
def test_any_words_make_a_message_that_telegram_takes(lines: list[tuple[str, Style]], times: int):
    """T33"""
    screen = Screen(tuple(Line(text * times, style) for text, style in lines))
    drawn = draw(screen, READER).text
    drawn.encode()
    text, _entities = parse(drawn)
    assert text == shown(drawn)
    assert 0 < len(text) <= 4096
    assert not re.search(r"&(?!(?:lt|gt|amp);)", drawn)
    open_tags: list[str] = []
    for closing, tag in re.findall(r"<(/?)(\w+)>", drawn):
        if closing:
            assert open_tags.pop() == tag
        else:
            open_tags.append(tag)
    assert open_tags == []
    assert not re.search(r"<(?!/?(?:b|i|code|blockquote)>)", drawn)


@given(HARD_TEXT.filter(lambda text: text.strip() != ""))
def test_whole_characters_come_out_as_they_went_in(text: str):
    """T33"""
    drawn = draw(screen_of("?", text), READER).text
    assert shown(drawn) == "?\n" + sound(text)


def test_buttons_carry_their_draft_and_revision():
    screen = Screen(
        (Line("?"),), ((Button("Có", "yes"), Button("Trang", "", "https://example.org")),)
    )
    keyboard = draw(screen.of_draft("0abc234defgh5678", 12), READER).keyboard
    assert keyboard is not None
    assert keyboard.inline_keyboard[0][0].callback_data == "0abc234defgh5678.12.yes"
    assert keyboard.inline_keyboard[0][1].url == "https://example.org"


def test_buttons_without_a_draft_carry_the_action_alone():
    keyboard = draw(Screen((Line("?"),), ((Button("Trợ giúp", "open:help"),),)), READER).keyboard
    assert keyboard is not None
    assert keyboard.inline_keyboard[0][0].callback_data == "..open:help"


@pytest.mark.parametrize("action", ["", "a" * 63, "ệ" * 30])
def test_a_button_that_telegram_would_refuse_is_our_mistake(action: str):
    with pytest.raises(Undrawable):
        draw(Screen((Line("?"),), ((Button("x", action),),)), READER)


def test_long_labels_end_with_a_whole_word():
    keyboard = draw(Screen((Line("?"),), ((Button("chăn bông " * 12, "x"),),)), READER).keyboard
    assert keyboard is not None
    label = keyboard.inline_keyboard[0][0].text
    assert len(label) <= 64
    assert label.endswith(("chăn…", "bông…"))


def test_a_row_too_wide_for_a_phone_is_broken():
    row = tuple(Button(str(number), f"n:{number}") for number in range(10))
    keyboard = draw(Screen((Line("?"),), (row,)), READER).keyboard
    assert keyboard is not None
    assert [len(one) for one in keyboard.inline_keyboard] == [8, 2]


def test_more_than_a_hundred_buttons_are_our_mistake():
    rows = tuple((Button(str(number), f"n:{number}"),) for number in range(101))
    with pytest.raises(Undrawable):
        draw(Screen((Line("?"),), rows), READER)


def test_a_toast_is_short():
    assert len(toast("a" * 300)) == 200
