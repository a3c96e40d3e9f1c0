"""Leaving words for people who did not ask just now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from conversations.kit.screens import Page, Screen
from locales import _
from storage import care, outbox, people
from storage.database import Session
from storage.outbox import Kind, Message, Placement, Policy, Urgency


async def tell(
    session: Session,
    channel: str,
    person_ids: Sequence[str],
    screen: Screen,
    now: datetime,
    *,
    card: str = "",
    placement: Placement = Placement.BELOW,
    silent: bool = False,
    policy: Policy = Policy.PROMPT,
) -> None:
    """Put a screen into the outbox for each person, at each of their addresses on this kind of channel."""
    kind = channel.partition(":")[0]
    for person, address in await people.reached_by(session, person_ids, kind):
        outbox.tell(
            session,
            Message(
                channel=channel,
                chat=address,
                person_id=person.id,
                kind=Kind.SCREEN,
                policy=policy,
                urgency=Urgency.BULK,
                silent=silent,
                card=card,
                placement=placement,
                body=screen.to_json(),
                reader={"language": person.language, "address": person.address},
                created_at=now,
            ),
        )


async def went_silent(session: Session, channel: str, person_id: str, now: datetime) -> None:
    """Somebody cannot be reached any more: whoever looks after them is told, once."""
    if not await people.unreachable(session, person_id, now):
        return
    person = await session.get(people.Person, person_id)
    officers = await care.above(session, person_id, now)
    if person is None or not officers:
        return
    page = Page().add(_("{name} cannot be reached here any more.").format(name=person.name))
    page.add(_("Please get in touch in another way; what is due there may be late."))
    await tell(session, channel, [one.id for one in officers], page.screen(), now)
