import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from locales.folding import fold
from locales.numbers import Doubtful, read_number
from tests.locales.speaking import say_number

UNDERSTOOD = {
    "45": 45,
    "45 em": 45,
    "45 cai": 45,
    " 45\n": 45,
    "45.": 45,
    "0": 0,
    "007": 7,
    "1.200": 1200,
    "8,500": 8500,
    "1.200.000": 1_200_000,
    "1 200 000": 1_200_000,
    "1.200,00": 1200,
    "8k": 8000,
    "8,5k": 8500,
    "8k5": 8500,
    "45K": 45_000,
    "1tr2": 1_200_000,
    "1tr25": 1_250_000,
    "1tr250": 1_250_000,
    "1tr200k": 1_200_000,
    "1,2 triệu": 1_200_000,
    "1.2 triệu": 1_200_000,
    "0,5 triệu": 500_000,
    "12 nghìn 500": 12_500,
    "1 trăm 20": 120,
    "3 chục": 30,
    "nửa tỷ": 500_000_000,
    "nua trieu": 500_000,
    "1 tỷ 200 triệu": 1_200_000_000,
    "2 triệu rưỡi": 2_500_000,
    "trăm rưỡi": 150,
    "trăm hai": 120,
    "một nghìn hai": 1200,
    "một nghìn hai trăm": 1200,
    "hai vạn rưỡi": 25_000,
    "một nghìn tỷ": 1_000_000_000_000,
    "bốn chục": 40,
    "hai mươi lăm": 25,
    "hai lăm": 25,
    "hăm lăm": 25,
    "hai mốt": 21,
    "ba tư": 34,
    "mot tram hai muoi": 120,
    "hai muoi lam em": 25,
    "một trăm lẻ năm": 105,
    "nam muoi": 50,
    "mười bốn": 14,
    "ba em": 3,
    "năm suất": 5,
    "Dạ có 45 em ạ": 45,
    "Số lượng: 45": 45,
    "8.500 đồng": 8500,
    "45.000đ": 45_000,
    "45 (bốn mươi lăm)": 45,
    "45 em, không thiếu": 45,
    "không": 0,
    "không có em nào": 0,
    "-5": -5,
    "\u22125": -5,
    "âm 5": -5,
    "\uff14\uff15": 45,
    "٤٥": 45,
    "๔๕": 45,
    "4️⃣5️⃣": 45,
    "4\u200b5": 45,
}

ASKED_AGAIN = {
    "8.5": (),
    "12.34": (),
    "0.5": (),
    "1.2.3": (),
    "0,500": (),
    "3 hoac 4": (3, 4),
    "3 hoặc 4": (3, 4),
    "40-45": (40, 45),
    "40–45": (40, 45),
    "5/11": (5, 11),
    "2 x 45": (2, 45),
    "1 200": (1, 200),
    "45?": (45,),
    "45%": (45,),
    "45+": (45,),
    "khoảng 45": (45,),
    "gần 45": (45,),
    "thêm 5": (5,),
    "5 thiếu": (5,),
    "5 cai thieu": (5,),
    "5 cái chưa nhận": (5,),
    "60 không đủ": (60,),
    "5 missing": (5,),
    "2 million": (2,),
    "3 thousand dong": (3,),
    "lớp 5": (5,),
    "5A": (5,),
    "T5": (5,),
    "m²": (2,),
    "45 k": (45,),
    "năm rưỡi": (5,),
    "năm nay": (5,),
    "ba Hoa": (3,),
    "một số": (1,),
    "hai ba em": (2, 3),
    "năm mười": (5, 10),
    "hai mưới lăm": (2,),
    "vài chục": (10,),
    "một triệu hai trăm": (1_000_200, 1_200_000),
    "1 triệu 200": (1_000_200, 1_200_000),
    "1.200 triệu": (1_200_000, 1_200_000_000),
    "45 em, 40 suất": (40, 45),
    "0912345678": (),
    "9" * 4000: (),
}

NO_NUMBER = (
    "",
    " ",
    "abc",
    "bà",
    "Bà Hoa",
    "tư",
    "thứ tư",
    "nửa",
    "không biết",
    "tám\u0323",
    "😀",
    "-",
)


@pytest.mark.parametrize(("typed", "number"), UNDERSTOOD.items())
def test_a_number_is_read_as_people_type_it(typed: str, number: int) -> None:
    assert read_number(typed) == number
    assert read_number(unicodedata.normalize("NFD", typed)) == number
    assert read_number(typed.upper()) == number


@pytest.mark.parametrize(("typed", "candidates"), ASKED_AGAIN.items())
def test_what_may_be_two_numbers_is_asked_again(typed: str, candidates: tuple[int, ...]) -> None:
    assert read_number(typed) == Doubtful(candidates)


@pytest.mark.parametrize("typed", NO_NUMBER)
def test_what_is_no_number_is_not_taken_for_one(typed: str) -> None:
    assert read_number(typed) is None


@given(st.integers(0, 10**9))
@example(1_000_200)
@example(1_000_000_005)
@example(10**9)
def test_every_number_that_is_said_is_understood(number: int) -> None:
    said = say_number(number)
    assert read_number(said) == number
    assert read_number(unicodedata.normalize("NFD", said)) == number
    assert read_number(f"{said} suất") == number


@given(st.integers(0, 10**9))
def test_nobody_needs_diacritics_to_say_a_number(number: int) -> None:
    assert read_number(fold(say_number(number))) == number


@given(st.integers(0, 10**12))
def test_every_number_we_write_is_read_back(number: int) -> None:
    english = f"{number:,}"
    assert read_number(str(number)) == number
    assert read_number(english) == number
    assert read_number(english.replace(",", ".")) == number


@given(st.text())
def test_nothing_that_can_be_typed_breaks_the_reading(typed: str) -> None:
    assert isinstance(read_number(typed), int | Doubtful | None)


@given(
    st.lists(
        st.sampled_from(
            [
                "hai",
                "mươi",
                "muoi",
                "trăm",
                "k",
                "tr",
                "1",
                "200",
                "1.2",
                "rưỡi",
                "linh",
                "nửa",
                "năm",
                ",",
                "-",
                "tỷ",
                "lăm",
                "không",
            ]
        ),
        max_size=8,
    )
)
def test_no_heap_of_numerals_breaks_the_reading(typed: list[str]) -> None:
    for glue in (" ", ""):
        assert isinstance(read_number(glue.join(typed)), int | Doubtful | None)
