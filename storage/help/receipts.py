"""The code on a receipt: short enough to read out on a bad line, with a last character that checks the others.

A check digit, modulo 31.
"""

import secrets

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters that nobody confuses; the number is prime, so that every swap of neighbours shows."""
LENGTH = 7


def new_code() -> str:
    """Six characters of chance and one that checks them."""
    chosen = "".join(secrets.choice(LETTERS) for _place in range(LENGTH - 1))
    return chosen + check_character(chosen)


def check_character(first: str) -> str:
    """Makes the sum of all characters, each times its place from 1, a multiple of 31."""
    total = sum(place * LETTERS.index(letter) for place, letter in enumerate(first, start=1))
    # The last place is 7, and 9 is its inverse modulo 31.
    return LETTERS[-total * 9 % 31]


def display(code: str) -> str:
    """As it is shown: AB-XXXX-XXX, where AB stands for the name of the system."""
    return f"AB-{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """The code that somebody typed, whatever the case, spaces and dashes; None when it does not check.

    One phrase of seven letters in 31 checks too, such as “hang gay”: see `is_marked`.
    """
    kept = "".join(letter for letter in typed.upper() if letter.isalnum())
    code = kept.removeprefix("AB") if len(kept) == LENGTH + 2 else kept
    if len(code) != LENGTH or any(letter not in LETTERS for letter in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def is_marked(typed: str) -> bool:
    """Whether what reads as a code has a sign of one: its AB, a dash or a digit, as words have not."""
    return is_in_full(typed) or "-" in typed or any(letter.isdecimal() for letter in typed)


def is_in_full(typed: str) -> bool:
    """Whether what reads as a code has its AB, so that it can hardly be anything else."""
    return sum(letter.isalnum() for letter in typed) > LENGTH
