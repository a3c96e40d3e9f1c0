"""Whether words still arrive anywhere: somebody with two phones is lost only when both are."""

from datetime import datetime

from storage.access import Session
from storage.messages import outbox
from storage.people import people


async def lost_at(
    session: Session, person_id: str, channel: str, address: str, now: datetime
) -> bool:
    """Nobody is there any more, at an address on a channel; True when that makes the person unreachable."""
    kind = people.kind_of(channel)
    for other_kind, other in await people.addresses_of(session, person_id):
        if (other_kind, other) != (kind, address) and not await outbox.turned_away(
            session, other_kind, other
        ):
            return False
    return await people.unreachable(session, person_id, now)
