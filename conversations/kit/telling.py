"""Leaving words for people who did not ask just now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.kit.screens import Page, Screen
from locales import _
from storage.database import Session
from storage.messages import outbox
from storage.messages.outbox import MessageKind, NewMessage, Placement, Policy, Urgency
from storage.people import areas, people, reachability


async def tell(
    session: Session,
    channels: Sequence[str],
    person_ids: Sequence[str],
    screen: Screen,
    now: datetime,
    *,
    card: str = "",
    placement: Placement = Placement.BELOW,
    silent: bool = False,
    policy: Policy = Policy.PROMPT,
) -> None:
    """Put a screen into the outbox for each person, at each of their addresses on these channels.

    At all of them, not only where they wrote last: told twice is better than told on the phone that lies at home.
    """
    by_kind = {people.kind_of(channel): channel for channel in channels}
    for person, kind, address in await people.reached_by(session, person_ids, by_kind):
        outbox.tell(
            session,
            NewMessage(
                channel=by_kind[kind],
                chat=address,
                person_id=person.id,
                kind=MessageKind.SCREEN,
                policy=policy,
                urgency=Urgency.BULK,
                silent=silent,
                card=card,
                placement=placement,
                body=screen.to_json(),
                reader=person.reader.to_json(),
                created_at=now,
            ),
        )


async def went_silent(
    session: Session,
    channels: Sequence[str],
    person_id: str,
    channel: str,
    chat: str,
    now: datetime,
) -> None:
    """Nobody is there any more in a chat: when that was the person's last, whoever looks after them is told, once."""
    if not await reachability.lost_at(session, person_id, channel, chat, now):
        return
    person = await session.get(people.Person, person_id)
    officers = await areas.above(session, person_id, now)
    if person is None or not officers:
        return
    page = Page().add(_("{name} cannot be reached here any more.").format(name=person.called_first))
    page.add(_("Please get in touch in another way; what is due there may be late."))
    await tell(session, channels, [one.id for one in officers], page.screen(), now)
