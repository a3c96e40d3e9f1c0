"""How Vietnamese addresses a person: by standing, age and trade, and never twice the wrong way."""

from __future__ import annotations

from dataclasses import dataclass

from locales.text import Text, either, plain


@dataclass(frozen=True, slots=True)
class FormOfAddress:
    """One way to address somebody."""

    key: str
    label: Text
    """As a button offers it."""
    words: Text
    """What people type for it, with commas between."""
    running: str
    """As it stands inside a Vietnamese sentence."""


def _form(key: str, running: str, english: str, *typed: str) -> FormOfAddress:
    words = ", ".join((running, key.replace("_", " "), *typed))
    return FormOfAddress(
        key=key,
        label=either(vi=running[:1].upper() + running[1:], en=english),
        words=either(vi=words, en=words),
        running=running,
    )


ADDRESSES = (
    _form("thay", "thầy", "Thầy (a male teacher)", "thầy giáo", "thay giao"),
    _form("co", "cô", "Cô (a female teacher)", "cô giáo", "co giao"),
    _form("anh", "anh", "Anh (a man)", "a"),
    _form("chi", "chị", "Chị (a woman)", "c", "chi gai"),
    _form("ong", "ông", "Ông (an older man)", "bác trai"),
    _form("ba", "bà", "Bà (an older woman)", "bác gái"),
    _form("dong_chi", "đồng chí", "Đồng chí (a comrade)", "đ/c", "đc", "dc"),
    _form("quy_vi", "Quý vị", "Quý vị (anybody)", "quý khách"),
)

_BY_KEY = {one.key: one for one in ADDRESSES}


def called(key: str, name: str, *, first: bool = False) -> Text:
    """Somebody as others speak of them: “cô Lan” in Vietnamese, “Lan” elsewhere and where nobody was asked.

    `first` is for the beginning of a sentence or a line.
    """
    if not name or key not in _BY_KEY or key == "quy_vi":
        return plain(name)
    form = running(key)
    return either(vi=f"{form[:1].upper() + form[1:] if first else form} {name}", en=name)


def running(key: str) -> str:
    """The form of address inside a sentence; somebody who was never asked is “Quý vị”."""
    return _BY_KEY.get(key, _BY_KEY["quy_vi"]).running
