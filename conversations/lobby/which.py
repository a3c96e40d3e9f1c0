"""Where several things may be meant alike, it is asked which; what was sent is kept meanwhile. Disambiguation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conversations.kit import (
    About,
    Choice,
    Conversation,
    Draft,
    FormState,
    Onward,
    Option,
    Photos,
    Refused,
    Screen,
    View,
)
from conversations.kit.claims import Meant
from conversations.kit.conversation import Subject, by_every_name
from conversations.kit.events import Event, Said, SentPhoto
from conversations.lobby import gathering, hearing
from conversations.lobby.hearing import Begins, Claimed, Opens, Tie
from locales import Text, _, plain

WHICH = "which_is_meant"
DECIDED = "decided"
"""The name under which a draft keeps what was claimed alike; it is no question."""
LONGEST_SHOWN = 120
"""Letters of what was written, above the question."""


def words_of(event: Event) -> str:
    """What was said, or written under a photo."""
    if isinstance(event, Said):
        return event.text
    return event.caption if isinstance(event, SentPhoto) else ""


def asking(tie: Tie, event: Event) -> Draft:
    """The draft of the question which of these is meant: exactly what was decided, with the words that came."""
    said = words_of(event)
    decided = {"said": said, "claims": [_kept(one) for one in tie.claims]}
    return replace(Draft.knowing(**{DECIDED: decided}), opened_with=said)


def _kept(one: Claimed) -> dict[str, Any]:
    """A claim as plain values."""
    if isinstance(one.then, Opens):
        return {"by": one.by, "opens": one.then.payload}
    begins = one.then.meant if isinstance(one.then, Begins) else ()
    return {"by": one.by, "begins": [meant.to_json() for meant in begins]}


@dataclass(frozen=True, slots=True)
class Interpretation:
    """One of the things that may be meant."""

    key: str
    subject: Subject
    meant: tuple[Meant, ...] = ()
    opens: str = ""

    @property
    def option(self) -> Option:
        first = self.meant[0] if self.meant else Meant()
        return Option(self.key, first.label or self.subject.title, detail=first.detail)

    @property
    def reports_anew(self) -> bool:
        return isinstance(self.subject, Conversation) and self.subject.report is not None


def which_is_meant(subjects: Sequence[Subject]) -> Conversation:
    """What is asked about words and photos that several of these subjects claim alike."""
    by_name = {one.name: one for one in subjects} | by_every_name(subjects)

    async def interpretations(state: FormState) -> list[Interpretation]:
        decided = state.answers.get(DECIDED) or await _decided_now(state, subjects)
        found = []
        for place, kept in enumerate(decided["claims"]):
            subject = by_name.get(kept["by"])
            if subject is not None and subject.open_to(state.context):
                meant = tuple(Meant.from_json(one) for one in kept.get("begins", ()))
                found.append(Interpretation(str(place), subject, meant, kept.get("opens", "")))
        # What is there already comes first: photos are late more often than early.
        return sorted(found, key=lambda one: one.reports_anew)

    async def what_it_may_be(state: FormState) -> Sequence[Option]:
        return [one.option for one in await interpretations(state)]

    async def lead_on(state: FormState) -> Screen | Onward:
        for one in await interpretations(state):
            if one.key != state.answers["what"]:
                continue
            if isinstance(one.subject, View):
                return await one.subject.show(state.context, one.opens)
            first, *others = (meant.draft for meant in one.meant)
            photos = state.before.get("photos", [])
            return Onward(one.subject.name, _with_all_words(first, state), photos, others)
        raise Refused(_("Nothing of that kind waits any more."))

    return Conversation(
        WHICH,
        _("Choosing what is meant"),
        formerly=("place_photos",),
        about=About(headline=what_came, in_short=words_or_photos),
        steps=(
            Choice("what", _("Meant"), what_is_asked, options=what_it_may_be),
            # They have come already; whatever comes beside the question is kept with them.
            Photos("photos", _("Photos"), _("Please send photos of the goods."), when=never),
        ),
        finish=lead_on,
    )


async def _decided_now(state: FormState, subjects: Sequence[Subject]) -> Mapping[str, Any]:
    """What is claimed alike now, for a draft from before that was kept with the question."""
    said = state.opened_with
    event = Said(said) if said else SentPhoto("", "")
    claims = await gathering.by_subjects(state.context, subjects, event, None, ())
    tie = hearing.decide(claims)
    alike = tie.claims if isinstance(tie, Tie) else claims
    return {"said": said, "claims": [_kept(one) for one in alike]}


def _with_all_words(draft: Draft, state: FormState) -> Draft:
    """What begins, with words that no claim is of, and those that came under further photos."""
    decided = state.answers.get(DECIDED) or {"said": ""}
    said = state.opened_with
    more = said.removeprefix(decided["said"]).strip() if draft.opened_with else said
    return replace(draft, opened_with=f"{draft.opened_with}\n{more}".strip())


def never(_state: FormState) -> bool:
    return False


def _shows_photos(state: FormState) -> bool:
    return bool(state.before.get("photos")) or not state.opened_with


def what_is_asked(state: FormState) -> Text:
    return _("What do these photos show?") if _shows_photos(state) else _("What is this about?")


def words_or_photos(state: FormState) -> Text:
    return _("Photos") if _shows_photos(state) else _("What was written")


def what_came(state: FormState) -> Text:
    """The words as they were written stand above the question, also those under photos."""
    if not state.opened_with:
        return words_or_photos(state)
    words = " ".join(state.opened_with.split())
    shown = words if len(words) <= LONGEST_SHOWN else words[:LONGEST_SHOWN].rstrip() + "…"
    return _("“{words}”").format(words=plain(shown))
