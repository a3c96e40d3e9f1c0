from __future__ import annotations

from storage.help.receipts import LETTERS, display, new_code, read_code


def test_a_code_is_read_however_it_is_typed():
    code = new_code()
    shown = display(code)
    assert shown.startswith("AB-")
    for typed in (code, shown, shown.lower(), shown.replace("-", " "), f" {code[:3]} {code[3:]} "):
        assert read_code(typed) == code


def test_every_single_wrong_character_is_noticed():
    code = new_code()
    for place, right in enumerate(code):
        for wrong in set(LETTERS) - {right}:
            assert read_code(code[:place] + wrong + code[place + 1 :]) is None


def test_every_swap_of_neighbours_is_noticed():
    for _each in range(200):
        code = new_code()
        for place in range(len(code) - 1):
            swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
            assert swapped == code or read_code(swapped) is None


def test_what_is_no_code_is_not_taken_for_one():
    for typed in ("", "AB", "60", "AB-0000-000", new_code() + "2", new_code()[:-1]):
        assert read_code(typed) is None
