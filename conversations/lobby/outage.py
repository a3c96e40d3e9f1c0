"""After an outage those whose press may have been lost see their open card again, and are asked to press once more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.kit.screens import Line, Screen
from locales import _
from storage.database import Session
from storage.messages import drafts, inbox, outbox
from storage.messages.drafts import StoredDraft
from storage.messages.outbox import MessageKind, NewMessage, Urgency
from storage.messages.shown import lately_shown
from storage.people import people
from storage.people.people import Person

RECENTLY = timedelta(hours=24)
"""Whoever was shown a card before that has most likely put the phone away, and pressed nothing."""
AT_ONCE = 500
"""People asked about in one statement."""


async def show_open_cards_again(
    session: Session, channel: str, back_since: datetime, now: datetime
) -> int:
    """Leave the open card to each person of whom it is the newest thing they see; how many that are.

    Whoever was heard from at `back_since` or later, when nothing was lost any more, is answered anyway.
    """
    cards: list[NewMessage] = []
    found = await drafts.live_since(session, now - RECENTLY)
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        cards += await _open_cards(session, channel, some, back_since, now)
    for card in cards:
        outbox.tell(session, card)
    return len(cards)


async def _open_cards(
    session: Session,
    channel: str,
    found: Sequence[StoredDraft],
    back_since: datetime,
    now: datetime,
) -> list[NewMessage]:
    of_person = {draft.person_id: draft for draft in found}
    kind = people.kind_of(channel)
    reached = await people.reached_by(session, list(of_person), {kind})
    addresses = [address for _person, _kind, address in reached]
    heard = await inbox.heard_from(session, channel, addresses, back_since)
    newest = await lately_shown(session, {(channel, one) for one in addresses}, 1)
    return [
        _again(channel, address, person, of_person[person.id], now)
        for person, _kind, address in reached
        if address not in heard
        and any(
            one.body["draft"] == of_person[person.id].id
            for one in newest.get((channel, address), [])
        )
    ]


def _again(
    channel: str, address: str, person: Person, draft: StoredDraft, now: datetime
) -> NewMessage:
    """The card as it was shown last; it stands below, and the earlier one loses its buttons."""
    note = _(
        "The connection was interrupted just now. If a button was pressed meanwhile, please press it again."
    )
    return NewMessage(
        channel=channel,
        chat=address,
        person_id=person.id,
        kind=MessageKind.SCREEN,
        urgency=Urgency.BULK,
        silent=True,
        card=f"draft:{draft.id}",
        body=Screen.from_json(draft.screen).with_lines_before(Line(note)).to_json(),
        reader=person.reader.to_json(),
        created_at=now,
    )
