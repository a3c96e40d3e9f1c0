from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.folding import clean, fold, storable


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["Hoa", "Hoá", "Hóa", "HÓA", " hoa ", "Hoa\u200b", "Hoa\u00a0"])
def test_one_commune_is_found_however_its_name_is_typed(typed: str, form: str) -> None:
    """T44"""
    assert fold(normalize(form, typed)) == "hoa"


@pytest.mark.parametrize(
    "typed", ["Đà Nẵng", "đà nẵng", "\u00d0à Nẵng", "\u00d0\u00e0  N\u1eb5ng", "DA NANG"]
)
def test_a_barred_d_is_a_d(typed: str) -> None:
    """T44"""
    assert fold(typed) == "da nang"


def test_letters_arrive_composed_in_single_kinds_of_space() -> None:
    assert (
        clean("Ca\u0301m\u00a0o\u031bn\u200b\ufeff \u202etha\u0302\u0300y\u202c") == "Cám ơn thầy"
    )
    assert clean("\u00d0iểm trường") == "Điểm trường"
    assert clean("một\r\nhai\u2028ba") == "một\nhai\nba"
    assert clean("một\x00hai\x07") == "mộthai"


def test_a_family_of_emoji_stays_together() -> None:
    family = "👨\u200d👩\u200d👧"
    assert clean(family) == family
    assert clean("❤\ufe0f\u200d🔥") == "❤\ufe0f\u200d🔥"
    assert clean("👩🏽\u200d🏫") == "👩🏽\u200d🏫"
    assert clean("tr\u200dường") == "trường"


@given(st.text())
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)
    assert fold(fold(typed)) == fold(typed)
    assert fold(clean(typed)) == fold(typed)
    clean(typed).encode()


def test_what_no_store_keeps_is_left_out_wherever_it_stands():
    sent = {"type\x00": "application/pdf\x00", "sizes": [{"id": "a\ud800b"}, 7, None], "at": 1.5}
    kept = {"type": "application/pdf", "sizes": [{"id": "ab"}, 7, None], "at": 1.5}
    assert storable(sent) == kept
