"""What may be claimed of words and photos, as the records tell it: earlier photos, earlier cards, and the subjects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conversations.kit.claims import Strength
from conversations.kit.context import Context
from conversations.kit.conversation import Subject
from conversations.kit.draft import Draft
from conversations.kit.events import Said, SentPhoto
from conversations.kit.screens import Screen
from conversations.lobby import hearing
from conversations.lobby.hearing import (
    NOBODY,
    BeginsByReply,
    Claimed,
    JoinsReport,
    KeptAside,
    OpenQuestion,
    Resumes,
)
from storage.help import photos
from storage.messages import drafts
from storage.messages.drafts import DraftState
from storage.messages.shown import shown_as


@dataclass(frozen=True, slots=True)
class Written:
    """What is being written."""

    conversation: str
    draft: Draft


async def replied_to(
    context: Context, event: Said | SentPhoto, live: drafts.StoredDraft | None
) -> list[Claimed]:
    """A reply belongs to what the message was about: its draft, or what it told of."""
    if not event.replies_to:
        return []
    body = await shown_as(context.session, context.channel, context.chat, event.replies_to)
    if body is None:
        return []
    card = Screen.from_json(body)
    if not card.draft:
        if not card.reply_begins or not isinstance(event, Said):
            return []
        return [Claimed(Strength.REPLIED, BeginsByReply(card.reply_begins))]
    if live is not None and live.id == card.draft:
        return [Claimed(Strength.REPLIED, OpenQuestion())]
    begun = await drafts.of_person(context.session, card.draft, context.person.id)
    if begun is None or begun.state != DraftState.PARKED:
        return []
    return [Claimed(Strength.REPLIED, Resumes(begun.id))]


async def by_photo(
    context: Context,
    event: SentPhoto,
    live: drafts.StoredDraft | None,
    *,
    asks_for_photos: bool,
) -> list[Claimed]:
    """What the earlier photos of its album and the open question claim of a photo."""
    claims = [NOBODY]
    if event.album:
        claims += await _with_its_album(context, event)
    if live is not None:
        strength = Strength.OPEN if asks_for_photos else Strength.OPEN_ALTHOUGH
        claims.append(Claimed(strength, OpenQuestion()))
    return claims


async def _with_its_album(context: Context, event: SentPhoto) -> list[Claimed]:
    """The rest of an album goes where its first photos went, whatever is being written now."""
    first = await photos.of_album(
        context.session, context.channel, context.chat, event.album, context.person.id
    )
    if first is None:
        return []
    if first.report_id is not None:
        return [Claimed(Strength.REPLIED, JoinsReport(first.report_id))]
    begun = await drafts.of_person(context.session, first.draft_id or "", context.person.id)
    if begun is None or begun.state not in {DraftState.PARKED, DraftState.DROPPED}:
        return []
    return [Claimed(Strength.REPLIED, KeptAside(begun.id))]


async def by_subjects(
    context: Context,
    subjects: Sequence[Subject],
    event: Said | SentPhoto,
    written: Written | None,
    others: Sequence[Claimed],
) -> list[Claimed]:
    """What the subjects claim, asked only where that may still matter beside what others claim."""
    said = event.text if isinstance(event, Said) else event.caption
    claims: list[Claimed] = []
    if said and hearing.may_be_higher(others, Strength.IDENTIFIED):
        claims += await _of_words(
            context, subjects, said, written, with_photo=isinstance(event, SentPhoto)
        )
    if isinstance(event, SentPhoto) and hearing.may_be_higher([*others, *claims], Strength.WANTED):
        claims += await _of_photo(context, subjects)
    return claims


async def _of_photo(context: Context, subjects: Sequence[Subject]) -> list[Claimed]:
    """What each subject would make of a photo without a word."""
    found = []
    for one in subjects:
        if one.hears.photos is not None and one.open_to(context):
            claims = await one.hears.photos(context)
            found += [hearing.of_subject(one.name, claim) for claim in claims]
    return found


async def _of_words(
    context: Context,
    subjects: Sequence[Subject],
    said: str,
    written: Written | None,
    *,
    with_photo: bool,
) -> list[Claimed]:
    """What each subject would make of words."""
    found = []
    for one in subjects:
        if one.hears.words is None or not one.open_to(context):
            continue
        live = None
        if written is not None:
            live = written.draft if written.conversation == one.name else Draft()
        claims = await one.hears.words(context, said, with_photo=with_photo, live=live)
        found += [hearing.of_subject(one.name, claim) for claim in claims]
    return found
