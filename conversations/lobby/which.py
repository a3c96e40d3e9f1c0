"""Where several things may be meant alike, it is asked which; what was sent is kept meanwhile. Disambiguation."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from conversations.kit import (
    Choice,
    Context,
    Conversation,
    Draft,
    FormState,
    Onward,
    Option,
    Photos,
    Refused,
)
from conversations.kit.claims import Claim, Meant
from conversations.kit.conversation import Subject
from locales import _

KEY = 6
"""Bytes by which one of a few things is known in a button."""


async def claims_of_photo(
    context: Context, subjects: Sequence[Subject]
) -> list[tuple[Subject, Claim]]:
    """What each subject would make of a photo without a word."""
    found = []
    for one in subjects:
        if one.hears.photos is not None and one.open_to(context):
            found += [(one, claim) for claim in await one.hears.photos(context)]
    return found


async def claims_of_words(
    context: Context,
    subjects: Sequence[Subject],
    said: str,
    *,
    with_photo: bool = False,
    written: str | None = None,
    live: Draft | None = None,
) -> list[tuple[Subject, Claim]]:
    """What each subject would make of words; `written` names the conversation of what is being written."""
    found = []
    for one in subjects:
        if one.hears.words is None or not one.open_to(context):
            continue
        so_far = None
        if written is not None:
            so_far = live if written == one.name and live is not None else Draft()
        claims = await one.hears.words(context, said, with_photo=with_photo, live=so_far)
        found += [(one, claim) for claim in claims]
    return found


def highest(found: Sequence[tuple[Subject, Claim]]) -> list[tuple[Subject, Claim]]:
    """Those among which it must be asked."""
    most = max((claim.strength for _subject, claim in found), default=None)
    return [(one, claim) for one, claim in found if claim.strength == most and claim.meant]


def key_of(subject: Subject, meant: Meant) -> str:
    """The same thing has the same key for as long as it may be meant."""
    told = [subject.name, *(f"{name}={meant.draft.value(name)}" for name in meant.draft.answers)]
    return hashlib.blake2s("|".join(told).encode(), digest_size=KEY).hexdigest()


def never(_state: FormState) -> bool:
    return False


def questions(subjects: Sequence[Subject]) -> tuple[Conversation, Conversation]:
    """What is asked about photos, and about words, that these subjects claim alike."""
    return _place_photos(subjects), _which_is_meant(subjects)


def _place_photos(subjects: Sequence[Subject]) -> Conversation:
    async def found(state: FormState) -> list[tuple[str, Subject, Meant]]:
        claims = highest(await claims_of_photo(state.context, subjects))
        # What was reported before comes first, since its photos are late.
        claims.sort(key=lambda one: isinstance(one[0], Conversation) and one[0].report is not None)
        return [(key_of(one, claim.meant[0]), one, claim.meant[0]) for one, claim in claims]

    async def what_it_may_show(state: FormState) -> Sequence[Option]:
        return [Option(key, one.label, detail=one.detail) for key, _one, one in await found(state)]

    async def lead_on(state: FormState) -> Onward:
        photos = state.before.get("photos", [])
        for key, subject, meant in await found(state):
            if key == state.answers["what"]:
                return Onward(subject.name, meant.draft, photos)
        raise Refused(_("Nothing waits for photos here."))

    return Conversation(
        "place_photos",
        _("Photos"),
        steps=(
            Choice("what", _("Photos"), _("What do these photos show?"), options=what_it_may_show),
            # They have come already; whatever comes beside the question is kept with them.
            Photos("photos", _("Photos"), _("Please send photos of the goods."), when=never),
        ),
        finish=lead_on,
    )


def _which_is_meant(subjects: Sequence[Subject]) -> Conversation:
    async def found(state: FormState) -> list[tuple[str, Subject, Claim]]:
        claims = highest(await claims_of_words(state.context, subjects, state.opened_with))
        return [(key_of(one, claim.meant[0]), one, claim) for one, claim in claims]

    async def what_it_may_tell(state: FormState) -> Sequence[Option]:
        return [
            Option(key, claim.meant[0].label or one.title, detail=claim.meant[0].detail)
            for key, one, claim in await found(state)
        ]

    async def lead_on(state: FormState) -> Onward:
        photos = state.before.get("photos", [])
        for key, subject, claim in await found(state):
            if key == state.answers["what"]:
                first, *others = (one.draft for one in claim.meant)
                return Onward(subject.name, first, photos, others)
        raise Refused(_("Nothing of that kind waits any more."))

    return Conversation(
        "which_is_meant",
        _("What was written"),
        steps=(
            Choice("what", _("Meant"), _("What is this about?"), options=what_it_may_tell),
            Photos("photos", _("Photos"), _("Please send photos of the goods."), when=never),
        ),
        finish=lead_on,
    )
