"""How much there is of what somebody should look at, asked in a few questions whatever the size of the store."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, text
from sqlmodel import col, select

from storage.access import Session
from storage.help import photos
from storage.help.photos import Photo
from storage.help.promised_files import FileState
from storage.messages import inbox, outbox
from storage.messages.holds import FAILING, Hold
from storage.messages.inbox import Sender
from storage.messages.outbox import Message, MessageState, Urgency

NOT_SENT = (
    MessageState.PENDING,
    MessageState.SENDING,
    MessageState.UNCERTAIN,
    MessageState.FAILED,
)
"""What was sent or dropped is over, and too much to be counted every few seconds."""


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """One look at the store."""

    people_waiting: int
    waiting_since: datetime | None
    dead_letters: int
    outbox: dict[tuple[str, str], int]
    """Messages that are not sent, by state and urgency; every pair is there."""
    uncertain_since: datetime | None
    photos: dict[str, int]
    """Those that are not here, by state; every such state is there."""
    promised_since: datetime | None
    silent_chats: int
    size: int
    """Bytes."""


_WAITING = select(func.count(), func.min(col(Sender.waiting_since))).where(
    col(Sender.waiting_since).is_not(None)
)
# A channel that fails as a whole asked for nothing; its moment is past, unless clocks differ.
_SILENT = select(func.count(col(Hold.chat))).where(
    col(Hold.until) > bindparam("now"), col(Hold.chat) != FAILING
)
_MESSAGES = (
    select(Message.state, Message.urgency, func.count())
    .where(outbox.unsent(col(Message.state)))
    .group_by(col(Message.state), col(Message.urgency))
)
_PHOTOS = select(col(Photo.state), func.count()).where(photos.NOT_HERE).group_by(col(Photo.state))


async def figures(session: Session, now: datetime) -> StoreFigures:
    """A handful of questions, none of which walks over what is over.

    Those about updates, messages and photos have an index of what is not over under them; silences are few, and the
    size is what the store itself knows.
    """
    people_waiting, waiting_since = (await session.execute(_WAITING)).one()
    by_state, promised_since = await _photos(session)
    silent = await session.execute(_SILENT, {"now": now})
    return StoreFigures(
        people_waiting=people_waiting,
        waiting_since=waiting_since,
        dead_letters=await inbox.count_dead_letters(session),
        outbox=await _not_sent(session),
        uncertain_since=await outbox.oldest_uncertain(session, now),
        photos=by_state,
        promised_since=promised_since,
        silent_chats=silent.scalar_one(),
        size=await _size(session),
    )


async def _not_sent(session: Session) -> dict[tuple[str, str], int]:
    found = await session.execute(_MESSAGES)
    counted = {(str(state), str(urgency)): 0 for state in NOT_SENT for urgency in Urgency}
    counted.update(((state, urgency), number) for state, urgency, number in found)
    return counted


async def _photos(session: Session) -> tuple[dict[str, int], datetime | None]:
    found = await session.execute(_PHOTOS)
    counted = {str(state): 0 for state in FileState if state != FileState.STORED}
    counted.update((state, number) for state, number in found)
    return counted, await photos.AWAITED.oldest(session)


async def _size(session: Session) -> int:
    if session.get_bind().dialect.name == "sqlite":
        asked = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    else:
        asked = "SELECT pg_database_size(current_database())"
    return int((await session.execute(text(asked))).scalar_one())
