import pytest

from locales import Reader, render
from locales.addresses import ADDRESSES, called
from locales.folding import fold


def meant(typed: str) -> list[str]:
    return [
        one.key
        for one in ADDRESSES
        if fold(typed) in {fold(word) for word in render(one.words, Reader()).split(",")}
    ]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("Thầy", "thay"),
        ("co", "co"),
        ("cô giáo", "co"),
        ("a", "anh"),
        ("Chị", "chi"),
        ("ông", "ong"),
        ("BÀ", "ba"),
        ("đ/c", "dong_chi"),
        ("dong chi", "dong_chi"),
        ("quý vị", "quy_vi"),
    ],
)
def test_people_type_how_they_are_addressed(typed: str, key: str) -> None:
    assert meant(typed) == [key]


@pytest.mark.parametrize("typed", ["", "bạn", "Lan"])
def test_other_words_are_no_form_of_address(typed: str) -> None:
    assert meant(typed) == []


def test_a_button_offers_what_the_sentences_will_say() -> None:
    for one in ADDRESSES:
        shown = render(one.label, Reader())
        assert shown.lower() == one.running.lower()
        assert meant(shown) == [one.key]


def test_nobody_is_called_friend() -> None:
    # In Vietnamese a stranger who is older, or teaches, takes that word as a slight.
    assert "bạn" not in {one.running for one in ADDRESSES}


def test_others_speak_of_a_person_as_respectfully_as_one_speaks_to_them() -> None:
    lan, hoa = called("co", "Lan"), called("quy_vi", "Hoa")
    assert render(lan, Reader()) == "cô Lan"
    assert render(called("co", "Lan", first=True), Reader()) == "Cô Lan"
    assert render(lan, Reader("en")) == "Lan"
    assert render(hoa, Reader()) == render(called("", "Hoa"), Reader()) == "Hoa"
