import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales import Reader, Text, _, either, join, n_, p_, plain, render
from locales.text import Argument

ENGLISH = Reader(language="en")
TEACHER = Reader(language="vi", address="co")
DRAFT = Reader(language="xx")
"""Somebody whose language nobody has begun to translate into."""


NO_ZONE = datetime.fromisoformat("2026-01-01T00:00")
SOONEST, LATEST = datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2100-01-01")


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    SMALL = 3


def kept(text: Text) -> Text:
    return Text.from_json(json.loads(json.dumps(text.to_json())))


def test_a_name_with_braces_stays_as_it_was_typed() -> None:
    for name in ("{you}", "{name}", "{0}", "{{", "%s", "<b>&amp;", "\\g<0>", "{note.__class__}"):
        shown = render(_("Hallo {name}: {note}").format(name=name, note="{name}"), ENGLISH)
        assert shown == f"Hallo {name}: {{name}}"
        assert render(plain(name), TEACHER) == name
        assert render(name, TEACHER) == name
        assert render(either(vi=name, en=name), TEACHER) == name
        assert render(join(" {you} ", [name, plain(name)]), TEACHER) == f"{name} {{you}} {name}"


def test_each_reader_is_addressed_in_their_own_way() -> None:
    greeting = _("Xxx {you}. {You}, xxx")
    assert render(greeting, TEACHER) == "Xxx cô. Cô, xxx"
    assert render(greeting, Reader(address="dong_chi")) == "Xxx đồng chí. Đồng chí, xxx"
    assert render(greeting, Reader()) == "Xxx Quý vị. Quý vị, xxx"
    assert render(greeting, Reader(address="no such form")) == "Xxx Quý vị. Quý vị, xxx"
    assert render(greeting, ENGLISH) == "Xxx you. You, xxx"


def test_numbers_and_days_are_written_as_the_reader_writes_them() -> None:
    text = _("{count} {part} {day} {time}").format(
        count=1_234_567,
        part=Decimal("1234.50"),
        day=date(2026, 1, 5),
        time=datetime(2026, 1, 5, 17, 30, tzinfo=UTC),
    )
    assert render(text, TEACHER) == "1.234.567 1.234,50 05/01/2026 00:30 06/01/2026"
    assert render(text, ENGLISH) == "1,234,567 1,234.50 05/01/2026 00:30 06/01/2026"
    assert render(_("{count}").format(count=-8500), TEACHER) == "-8.500"
    assert render(_("{sum}").format(sum=Decimal("1E+7")), TEACHER) == "10.000.000"


def test_a_sentence_inside_another_is_read_by_the_same_reader() -> None:
    inner = _("xxx {you} {n}").format(n=1000)
    assert render(_("({inner})").format(inner=inner), TEACHER) == "(xxx cô 1.000)"
    assert render(_("({inner})").format(inner=inner), ENGLISH) == "(xxx you 1,000)"


def test_a_count_chooses_the_form_of_the_sentence() -> None:
    assert render(n_("{count} xxx", "{count} xxxs", 1), ENGLISH) == "1 xxx"
    assert render(n_("{count} xxx", "{count} xxxs", 0), ENGLISH) == "0 xxxs"
    assert render(n_("{count} xxx", "{count} xxxs", 1200), ENGLISH) == "1,200 xxxs"
    assert render(n_("{count} xxx", "{count} xxxs", 1), DRAFT) == "1 xxx"


def test_a_name_from_the_records_is_shown_in_the_readers_language() -> None:
    name = either(vi="chăn bông", en="quilt")
    assert [render(name, reader) for reader in (TEACHER, ENGLISH, DRAFT)] == [
        "chăn bông",
        "quilt",
        "quilt",
    ]
    assert render(either(vi="chăn bông", en=""), ENGLISH) == "chăn bông"


def test_texts_stand_one_after_another() -> None:
    assert render(join(", ", [_("xxx"), "b", plain("c")]), ENGLISH) == "xxx, b, c"
    assert render(join(_(" xxx "), [str(number) for number in range(12)]), ENGLISH) == " xxx ".join(
        map(str, range(12))
    )
    assert render(join(", ", []), ENGLISH) == ""


def test_what_was_forgotten_is_seen_and_breaks_nothing() -> None:
    assert render(_("xxx {name}"), TEACHER) == "xxx {name}"
    assert render(_(""), TEACHER) == ""
    assert render(p_("xxx", ""), TEACHER) == ""


@pytest.mark.parametrize("value", [1.5, True, None, b"x", [1], object(), timedelta(1), NO_ZONE])
def test_what_no_language_can_show_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="name"):
        _("{name}").format(name=value)  # type: ignore[arg-type]


def test_a_text_can_be_compared_and_kept_in_a_set() -> None:
    one = _("{a} {b}").format(a=1, b="x")
    assert one == _("{a} {b}").format(b="x").format(a=1)
    assert len({one, _("{a} {b}").format(b="x", a=1), p_("c", "{a} {b}"), plain("{a} {b}")}) == 3


ARGUMENTS: st.SearchStrategy[Argument] = st.recursive(
    st.one_of(
        st.text(),
        st.integers(),
        st.decimals(allow_nan=False, allow_infinity=False),
        st.dates(),
        st.datetimes(
            timezones=st.sampled_from([UTC, timezone(timedelta(hours=7))]),
            min_value=SOONEST,
            max_value=LATEST,
        ),
        st.sampled_from([Colour.RED, Size.SMALL]),
    ),
    lambda inner: st.one_of(
        st.builds(lambda one, other: _("{one} {other}").format(one=one, other=other), inner, inner),
        st.builds(lambda one: p_("xxx", "{one}").format(one=one), inner),
        st.builds(lambda count: n_("{count} x", "{count} xs", count), st.integers()),
        st.builds(lambda vi, en: either(vi=vi, en=en), st.text(), st.text()),
        st.builds(plain, st.text()),
        st.lists(inner.filter(lambda one: isinstance(one, str | Text))).map(
            lambda all: join(", ", all)
        ),  # type: ignore[arg-type]
    ),
    max_leaves=8,
)


@given(ARGUMENTS)
def test_a_text_comes_back_from_the_records_as_it_went_in(value: Argument) -> None:
    text = _("({value})").format(value=value)
    again = kept(text)
    assert again == text
    assert hash(again) == hash(text)
    for reader in (TEACHER, ENGLISH, DRAFT):
        assert render(again, reader) == render(text, reader)


@given(st.text())
def test_no_persons_words_are_ever_taken_for_a_template(words: str) -> None:
    assert render(_("«{words}»").format(words=words), TEACHER) == f"«{words}»"
