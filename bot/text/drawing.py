"""How a screen looks on a phone that only knows text: lines, and below them what can be typed."""

from __future__ import annotations

from collections.abc import Sequence

from conversations.kit import words
from conversations.kit.screens import Button, Line, Screen, Style
from conversations.kit.typed import to_type
from locales import Reader, p_, render
from locales.folding import clean

LONGEST = 2000
"""Characters in one message."""


def draw(
    screen: Screen, reader: Reader, links: Sequence[str] = (), *, longest: int = LONGEST
) -> list[str]:
    """The messages that hold all of a screen, in their order; `links` lead to its pictures and its document.

    Nothing is left out: what is too long for one message becomes several, split between lines. The question
    and what can be typed come last, together in one message wherever they fit into one.
    """
    above, question, below = _parts(screen)
    told = [_words(line, reader) for line in above] + list(links)
    asked = [_words(line, reader) for line in question + below]
    offers = _offers(screen, told + asked, reader)
    if _length(asked + offers) > longest:
        # What stands below a question, as the answers in a review, then comes before it.
        told += [_words(line, reader) for line in below]
        asked = [_words(line, reader) for line in question]
    return _packed(told, asked + offers, longest)


def _offers(screen: Screen, lines: Sequence[str], reader: Reader) -> list[str]:
    """What can be typed; what stands above with its number, and with more to it, is not told again."""
    offers = [offer(button, reader) for row in screen.rows for button in row]
    return [one for one in offers if not any(_tells(line, one) for line in lines)]


def _tells(line: str, offered: str) -> bool:
    """Whether a line begins with all that a button has room for, and goes on."""
    begun = offered.removesuffix("…")
    return line.startswith(begun) and line != begun


def offer(button: Button, reader: Reader) -> str:
    """What a button says, and what to type for it: `1. Đủ`, `gõ: lùi`, `Xác nhận (gõ: nhận hàng)`."""
    label = " ".join(render(button.label, reader).split())
    if button.url:
        return f"{label}: {button.url}"
    typed = to_type(button, reader)
    if label.startswith(f"{typed}."):
        return label
    told = p_("text phone", "type: {typed}").format(typed=typed)
    if words.plainly(label) == words.plainly(typed):
        return render(told, reader)
    return render(p_("text phone", "{label} ({told})").format(label=label, told=told), reader)


def _parts(screen: Screen) -> tuple[list[Line], list[Line], list[Line]]:
    """What stands above the question, the question, and what stands below it."""
    lines = list(screen.lines)
    titles = [place for place, line in enumerate(lines) if line.style is Style.TITLE]
    if not titles or not screen.rows:
        return lines, [], []
    asked = titles[-1]
    return lines[:asked], lines[asked : asked + 1], lines[asked + 1 :]


def _words(line: Line, reader: Reader) -> str:
    return clean(render(line.text, reader))


def _length(lines: Sequence[str]) -> int:
    return len("\n".join(lines))


def _packed(before: Sequence[str], last: Sequence[str], longest: int) -> list[str]:
    """As few messages as hold the lines, the last of them together if they can be."""
    if _length([*before, *last]) <= longest:
        return _said([[*before, *last]])
    messages: list[list[str]] = [[]]
    for line in _short(before, longest):
        if messages[-1] and _length([*messages[-1], line]) > longest:
            messages.append([])
        messages[-1].append(line)
    if _length([*messages[-1], *last]) <= longest:
        messages[-1] += last
    elif _length(last) <= longest:
        messages.append(list(last))
    else:
        for line in _short(last, longest):
            if _length([*messages[-1], line]) > longest:
                messages.append([])
            messages[-1].append(line)
    return _said(messages)


def _said(messages: Sequence[Sequence[str]]) -> list[str]:
    texts = ["\n".join(lines).strip("\n") for lines in messages]
    # A gateway takes no empty message, and there is always something to be told.
    return [text for text in texts if text.strip()] or ["…"]


def _short(lines: Sequence[str], longest: int) -> list[str]:
    """Lines that fit into a message: a longer one, as a note may be, goes on in the next line between words."""
    short = []
    for line in lines:
        rest = line
        while len(rest) > longest:
            space = max(rest.rfind(" ", 0, longest), rest.rfind("\n", 0, longest))
            end = space if space > longest // 2 else longest
            short.append(rest[:end])
            rest = rest[end:].lstrip()
        short.append(rest)
    return short
