"""What people type in place of pressing: every button says it, and here the button is found again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto
from functools import cache

from conversations.kit import words
from conversations.kit.links import to_any_of
from conversations.kit.screens import Button, Screen, without_number
from locales import Reader, Text, languages, render
from storage.messages.drafts import StoredDraft
from storage.messages.shown import Shown


class Elsewhere(Enum):
    """The open question stands in another chat of the person."""

    OPEN = auto()


def to_type(button: Button, reader: Reader) -> str:
    """The number or the words that stand for a button, as its reader is told them; empty for a link."""
    if isinstance(button.typed, str):
        return button.typed
    return render(button.typed, reader).split(",")[0].strip()


def _buttons_of(screen: Screen) -> list[Button]:
    return [button for row in screen.rows for button in row]


def by_number(said: str, screen: Screen) -> Button | None:
    plain = words.plainly(said)
    return next(
        (one for one in _buttons_of(screen) if _is_number(one) and one.typed == plain), None
    )


def by_words(said: str, screen: Screen) -> Button | None:
    """The button that tells of these words; spaces do not matter, as codes are typed with and without."""
    typed = _squeezed(said)
    if not typed:
        return None
    named = (one for one in _buttons_of(screen) if isinstance(one.typed, Text))
    return next((one for one in named if typed in _all_words(one.typed)), None)


def on_open_card(said: str, screen: Screen) -> Button | None:
    """The button of the open question that was typed: its number, its words, or all that it says."""
    return by_number(said, screen) or by_words(said, screen) or _by_whole_label(said, screen)


def _by_whole_label(said: str, screen: Screen) -> Button | None:
    buttons = (one for one in _buttons_of(screen) if words.names(said, without_number(one.label)))
    return next(buttons, None)


def by_label(said: str, screen: Screen) -> Button | None:
    """The one button whose label holds every word, or its beginning."""
    found = [one for one in _buttons_of(screen) if words.appears_in(said, one.label)]
    return found[0] if len(found) == 1 else None


def in_detail(said: str, screen: Screen) -> bool:
    """Whether the words belong to one of the numbered lines, which tell more than their buttons can hold."""
    lines = (line.text for line in screen.lines if without_number(line.text) != line.text)
    return any(words.appears_in(said, line) for line in lines)


def on_a_card(
    said: str, shown: Sequence[Shown], live: StoredDraft | None
) -> str | Elsewhere | None:
    """The action of the button that was typed on one of the cards in this chat; None for no card.

    Words may be meant for any card that was told, but first for the open question, and for the newest answer that
    offers them; where several that came unasked tell of them, it is asked which. A number, or what a button says,
    is meant for the newest answer that has numbers. Where that is not the open question, since the person
    has another phone, nothing typed here answers the question before it was shown here.
    """
    newest = _newest_answer(shown)
    is_open = bool(newest and live and live.still_asks(newest.draft, newest.revision))
    if newest is not None and is_open and by_words(said, newest):
        return None
    named = [
        (button, one.answers)
        for one in shown
        if not one.body["draft"] and (button := by_words(said, Screen.from_json(one.body)))
    ]
    if named:
        button, is_answer = named[0]
        told = [one for one, answers in named if not answers]
        return button.action if is_answer else to_any_of([one.action for one in told])
    if newest is None:
        return None
    if not newest.draft and (button := by_number(said, newest) or by_label(said, newest)):
        return button.action
    return None if live is None or is_open else Elsewhere.OPEN


def _newest_answer(shown: Sequence[Shown]) -> Screen | None:
    """The newest that a number may be meant for; the others are not even read, since a chat has many."""
    answers = (Screen.from_json(one.body) for one in shown if one.answers)
    return next((card for card in answers if card.draft or _has_numbers(card)), None)


def _has_numbers(screen: Screen) -> bool:
    return any(_is_number(button) for button in _buttons_of(screen))


def _is_number(button: Button) -> bool:
    return isinstance(button.typed, str) and button.typed.isdecimal()


def _all_words(typed: Text | str) -> Collection[str]:
    # What holds a code is not kept: there is no end of them.
    holds_a_code = isinstance(typed, str) or bool(typed.arguments)
    return _squeezed_words(typed) if holds_a_code else _kept_words(typed)


@cache
def _kept_words(typed: Text) -> Collection[str]:
    return _squeezed_words(typed)


def _squeezed_words(typed: Text | str) -> Collection[str]:
    told = (render(typed, Reader(language=language)) for language in {*languages(), "en"})
    return {_squeezed(one) for line in told for one in line.split(",")}


def _squeezed(said: str) -> str:
    return words.plainly(said).replace(" ", "")
