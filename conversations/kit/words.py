"""Words that people type in place of a button, in any of our languages, with or without diacritics."""

from __future__ import annotations

from functools import cache, lru_cache

from locales import Reader, Text, languages, p_, render
from locales.folding import clean, fold, marks

# Each is a list of words with commas between them; a translator adds what people really type.
BACK = p_("words", "back, go back, previous")
CANCEL = p_("words", "cancel, stop, quit")
EDIT = p_("words", "edit, change, correct")
MORE = p_("words", "more, next page")
EARLIER = p_("words", "earlier, page before")
KEEP = p_("words", "keep, as before, same")
DONE = p_("words", "done, finished, that is all")
TAKE_BACK = p_("words", "take back, take the last photo back, wrong photo")
NOTHING = p_("words", "none, nothing, no, skip")
LATER = p_("words", "later, no photo yet")
HELP = p_("words", "help, how, what can I do")
HOME = p_("words", "home, menu, start")
SHOW_ALL = p_("words", "show all")
GO_ON = p_("words", "go on, continue")
PUT_AWAY = p_("words", "put away, put it away")
HALF_DONE = p_("words", "unfinished, half done")
UNDO = p_("words", "undo, restore")
GREETING = p_("words", "hello, hi, good morning, thanks, thank you")
SEND = p_("words", "send, confirm, yes, ok")
POLITE = p_("words", "please, kindly")
AGAIN = p_("words", "again, type again")
CORRECT = p_("words", "correct it, correct the report")


@cache
def _readers() -> tuple[Reader, ...]:
    return tuple(Reader(language=language) for language in {*languages(), "en"})


@cache
def spoken(words: Text) -> frozenset[str]:
    """All that counts as these words, plainly."""
    found = {plainly(word) for reader in _readers() for word in render(words, reader).split(",")}
    return frozenset(found - {""})


@lru_cache(maxsize=8192)
def plainly(text: str) -> str:
    """Folded, without what stands around the words: a number, a dot, a mark, an emoji."""
    kept = "".join(letter if letter.isalnum() else " " for letter in fold(text))
    # Nothing that is compared is this long, and a number of thousands of digits cannot be read at all.
    return " ".join(kept.split())[:1000]


def means(said: str, words: Text) -> bool:
    """True when somebody who typed `said` meant one of the words, whatever politeness stands around them.

    Whoever types no marks is understood without them; whoever types some means just those.
    """
    return _is_one_of(said, words) or _is_one_of(_without_politeness(said), words)


def _is_one_of(said: str, words: Text) -> bool:
    plain = plainly(said)
    return plain in spoken(words) and may_be_spelt(said, spellings(words)[plain])


@lru_cache(maxsize=8192)
def _without_politeness(said: str) -> str:
    left = _letters(said)
    while len(left) > 1 and plainly(left[0]) in spoken(POLITE):
        left = left[1:]
    while len(left) > 1 and plainly(left[-1]) in spoken(POLITE):
        left = left[:-1]
    return " ".join(left)


def may_be_spelt(said: str, spellings: frozenset[str]) -> bool:
    """Whether words typed with marks have those of one of the spellings; without any they may be each of them."""
    typed = marks(" ".join(_letters(said)))
    if not any(typed):
        return True
    return any(typed == marks(one) or not any(marks(one)) for one in spellings)


@cache
def spellings(words: Text) -> dict[str, frozenset[str]]:
    """By plain words, how they are spelt with their marks."""
    found: dict[str, set[str]] = {}
    for reader in _readers():
        for word in render(words, reader).split(","):
            found.setdefault(plainly(word), set()).add(" ".join(_letters(word)))
    return {plain: frozenset(spelt) for plain, spelt in found.items()}


def _letters(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in clean(text)[:1000]).split()


def names(said: str, label: Text | str) -> bool:
    """True when somebody typed what a button says."""
    if isinstance(label, str):
        return plainly(said) == plainly(label)
    return any(plainly(said) == plainly(render(label, reader)) for reader in _readers())


def appears_in(said: str, label: Text | str) -> bool:
    """True when every typed word begins a word of what the button says."""
    wanted = plainly(said).split()
    if not wanted:
        return False
    shown = (
        [plainly(label)]
        if isinstance(label, str)
        else [plainly(render(label, reader)) for reader in _readers()]
    )
    return any(
        all(any(word.startswith(part) for word in line.split()) for part in wanted)
        for line in shown
    )


def asks_to_edit(said: str, label: Text) -> bool:
    """True when somebody typed a word for changing, followed by what they want to change."""
    plain = plainly(said)
    return any(
        plain.startswith(start + " ") and names(plain[len(start) :], label)
        for start in spoken(EDIT)
    )
