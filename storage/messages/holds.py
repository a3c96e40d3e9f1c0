"""Who asked for silence, and which channels fail as a whole. Backpressure, and the state of circuit breakers."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, SQLModel, col, select

from storage.access import Session, UtcDateTime, insert_into

FAILING = "failing"
"""In the place of a chat: no chat has such an address."""


class Hold(SQLModel, table=True):
    """A chat, or a whole channel (chat `*`), that asked for silence until a moment.

    For `FAILING` it is a channel that fails as a whole since that moment, until it is opened again.
    """

    __tablename__ = "outbox_hold"

    channel: str = Field(primary_key=True)
    chat: str = Field(primary_key=True)
    until: datetime = Field(sa_type=UtcDateTime)


async def hold(session: Session, channel: str, chat: str, until: datetime) -> None:
    """Keep a chat, or with `*` the whole channel, silent until then; never shortens a silence."""
    statement = insert_into(session, Hold).values(channel=channel, chat=chat, until=until)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["channel", "chat"],
            set_={"until": until},
            where=col(Hold.until) < until,
        )
    )


async def shut(session: Session, channel: str, now: datetime) -> None:
    """From now on nobody takes up messages for this channel as usual. Its circuit is open."""
    statement = insert_into(session, Hold).values(channel=channel, chat=FAILING, until=now)
    await session.execute(statement.on_conflict_do_nothing(index_elements=["channel", "chat"]))


async def open_again(session: Session, channel: str) -> None:
    """A message has arrived on a channel that failed as a whole. Its circuit is closed."""
    await session.execute(
        delete(Hold)
        .where(col(Hold.channel) == channel, col(Hold.chat) == FAILING)
        .execution_options(synchronize_session=False)
    )


async def all_shut(session: Session) -> dict[str, datetime]:
    """The channels that fail as a whole, and since when."""
    found = await session.execute(select(Hold.channel, Hold.until).where(col(Hold.chat) == FAILING))
    return {row.channel: row.until for row in found}
