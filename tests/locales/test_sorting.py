from unicodedata import normalize

from hypothesis import given
from hypothesis import strategies as st

from locales.sorting import name_key, sort_key


def test_communes_stand_in_the_order_of_the_vietnamese_alphabet() -> None:
    communes = [
        "An Lạc",
        "Ân Thi",
        "Ba Bể",
        "Cô Ba",
        "Cốc Pàng",
        "Dân Chủ",
        "Đại Sơn",
        "Êa",
        "Ơn",
        "Ước",
        "Yên Thổ",
    ]
    assert sorted(set(communes), key=sort_key) == communes


def test_tones_follow_one_another_as_in_the_dictionary() -> None:
    tones = ["ma", "mà", "mả", "mã", "má", "mạ", "mang", "mắc", "mây"]
    assert sorted(set(tones), key=sort_key) == tones


def test_a_name_is_compared_syllable_by_syllable() -> None:
    assert sorted(["Hà Giang", "Ha Long", "Hà An", "Hạ Lang"], key=sort_key) == [
        "Ha Long",
        "Hà An",
        "Hà Giang",
        "Hạ Lang",
    ]


def test_the_tenth_site_stands_behind_the_second() -> None:
    assert sorted(["Điểm 10", "Điểm 2"], key=sort_key) == ["Điểm 2", "Điểm 10"]


def test_people_stand_by_their_given_name() -> None:
    people = [
        "Nông Văn An",
        "Lý Thị Ánh",
        "Hoàng Văn Bình",
        "Nguyễn Đức",
        "Bế Thị Lan",
        "Đàm Thị Lan",
    ]
    assert sorted(set(people), key=name_key) == people


@given(st.text(), st.text())
def test_any_two_texts_can_be_put_in_order(one: str, other: str) -> None:
    assert (sort_key(one) < sort_key(other)) + (sort_key(other) < sort_key(one)) <= 1
    assert sort_key(normalize("NFD", one)) == sort_key(one)
    name_key(one)
