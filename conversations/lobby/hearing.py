"""Who hears what: each claims what was said, by how specific that is, and the highest claim has it.

Intent resolution by scored claims. Pure: what is shown, what is being written and what the subjects claim is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from conversations.kit import typed, words
from conversations.kit.claims import Claim, Meant, Strength
from conversations.kit.links import HOME, opens
from conversations.kit.screens import Screen
from locales import Text
from storage.messages.drafts import StoredDraft
from storage.messages.outbox import Shown

HELP = "help"


@dataclass(frozen=True, slots=True)
class Way:
    """It leads where a button of a card leads."""

    action: str


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """What is being written hears it."""

    action: str = ""
    """The button of its card that was typed; empty where the words themselves are meant."""


@dataclass(frozen=True, slots=True)
class ShownElsewhere:
    """The open question stands in another chat of the person, and is shown here before anything answers it."""


@dataclass(frozen=True, slots=True)
class Begins:
    """A subject begins with it."""

    meant: tuple[Meant, ...]


@dataclass(frozen=True, slots=True)
class BeginsAbout:
    """A conversation begins with it, about what a message told of."""

    about: str
    """As `Screen.about` tells it."""


@dataclass(frozen=True, slots=True)
class Opens:
    """A view shows something."""

    payload: str


@dataclass(frozen=True, slots=True)
class Refuses:
    """It is meant for a subject where nothing of the kind waits."""

    why: Text


@dataclass(frozen=True, slots=True)
class Resumes:
    """It is meant for something that was set aside."""

    draft_id: str


@dataclass(frozen=True, slots=True)
class JoinsReport:
    """The rest of an album follows its first photos into a report."""

    report_id: str


@dataclass(frozen=True, slots=True)
class KeptAside:
    """The rest of an album follows its first photos into a draft that is not open."""

    draft_id: str


@dataclass(frozen=True, slots=True)
class Home:
    """Nobody else has it: home finds what it can."""


Then: TypeAlias = (
    Way
    | OpenQuestion
    | ShownElsewhere
    | Begins
    | BeginsAbout
    | Opens
    | Refuses
    | Resumes
    | JoinsReport
    | KeptAside
    | Home
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Somebody's claim, and what happens when it is the highest."""

    strength: Strength
    then: Then
    by: str = ""
    """The name of the conversation or view; empty for the lobby itself."""


NOBODY = Claimed(Strength.NOBODY, Home())


@dataclass(frozen=True, slots=True)
class Tie:
    """Several subjects claim it alike, so that it must be asked which is meant."""

    claims: tuple[Claimed, ...]


def decide(claims: Sequence[Claimed]) -> Claimed | Tie:
    """The highest claim; of one subject several alike are one, which then asks by itself."""
    highest = max((one.strength for one in claims), default=Strength.NOBODY)
    best = [one for one in claims if one.strength == highest]
    if not best:
        return NOBODY
    if len({one.by for one in best}) > 1:
        return Tie(tuple(best))
    if len(best) == 1 or not best[0].by:
        return best[0]
    # More than one thing of the same subject: its own first question tells them apart.
    return Claimed(highest, Begins((Meant(),)), best[0].by)


def may_be_higher(claims: Sequence[Claimed], than: Strength) -> bool:
    """Whether claims of this strength still matter beside these."""
    return all(one.strength <= than for one in claims)


def by_words(
    said: str,
    *,
    commands: Collection[str],
    shown: Sequence[Shown],
    live: StoredDraft | None,
) -> list[Claimed]:
    """What the lobby, the cards in the chat and the open question claim of words.

    `commands` are those without their slash that this person may use; of what is being written it is no command.
    """
    claims = [NOBODY, *_ways(said, commands)]
    meant = typed.on_a_card(said, shown, live)
    if isinstance(meant, str):
        claims.append(Claimed(Strength.ON_A_CARD, Way(meant)))
    elif meant is typed.Elsewhere.OPEN:
        claims.append(Claimed(Strength.ON_A_CARD, ShownElsewhere()))
    if live is not None:
        claims.append(_open_question(said, live))
    return claims


def _ways(said: str, commands: Collection[str]) -> list[Claimed]:
    if words.means(said, words.HOME):
        return [Claimed(Strength.WAY, Way(HOME))]
    if words.means(said, words.HELP):
        return [Claimed(Strength.WAY, Way(HELP))]
    command = words.plainly(said)
    return [Claimed(Strength.WAY, Way(opens(command)))] if command in commands else []


def _open_question(said: str, live: StoredDraft) -> Claimed:
    card = Screen.from_json(live.screen) if live.screen else Screen()
    button = typed.on_open_card(said, card)
    if button is not None:
        return Claimed(Strength.PRESSED, OpenQuestion(button.action))
    on_it = typed.by_label(said, card) is not None or typed.in_detail(said, card)
    return Claimed(Strength.SHOWN if on_it else Strength.OPEN, OpenQuestion())


def of_subject(name: str, claim: Claim) -> Claimed:
    """What a subject claims, as a claim among all."""
    then: Then = Begins(claim.meant)
    if claim.refused is not None:
        then = Refuses(claim.refused)
    elif claim.opens:
        then = Opens(claim.opens)
    return Claimed(claim.strength, then, name)
