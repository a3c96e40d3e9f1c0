"""Who hears what: each claims what was said, by how specific that is, and the highest claim has it.

Intent resolution by scored claims. Pure: what is shown, what is being written and what the subjects claim is handed in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from conversations.kit import typed, words
from conversations.kit.claims import Claim, Meant, Strength
from conversations.kit.links import HOME, opens
from conversations.kit.screens import Screen
from locales import Text, join
from storage.messages.drafts import StoredDraft
from storage.messages.shown import Shown

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
class BeginsByReply:
    """A conversation begins with it, about what a message told of."""

    begins: str
    """As `Screen.reply_begins` tells it."""


@dataclass(frozen=True, slots=True)
class Opens:
    """A view shows something."""

    payload: str
    """Empty for all that it has."""


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
    | BeginsByReply
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
    """The highest claim; among alike ones the lobby's, and of one subject all together."""
    highest = max((one.strength for one in claims), default=Strength.NOBODY)
    best = [one for one in claims if one.strength == highest]
    of_lobby = next((one for one in best if not one.by), None if best else NOBODY)
    if of_lobby is not None:
        return of_lobby
    alike = [one for one in best if not isinstance(one.then, Refuses)]
    if len({one.by for one in alike}) > 1:
        return Tie(tuple(alike))
    return _together(alike) if alike else _all_refuse(best)


def _together(alike: Sequence[Claimed]) -> Claimed:
    """Several things of the same subject: its own first question, or what a view shows of all, tells them apart."""
    if all(one.then == alike[0].then for one in alike):
        return alike[0]
    opens = any(isinstance(one.then, Opens) for one in alike)
    return replace(alike[0], then=Opens("") if opens else Begins((Meant(),)))


def _all_refuse(refusing: Sequence[Claimed]) -> Claimed:
    """Each tells why, and the same reason once."""
    why, *more = dict.fromkeys(one.then.why for one in refusing if isinstance(one.then, Refuses))
    return replace(refusing[0], then=Refuses(join("\n", [why, *more]) if more else why))


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
