"""When each chat app was last heard, so that also a new process knows for how long nobody listened. A heartbeat."""

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Field, SQLModel, col, select

from storage.access import Session, UtcDateTime
from storage.prepared import put_into


class SignOfLife(SQLModel, table=True):
    """The last moment at which a chat app gave us what people did."""

    __tablename__ = "sign_of_life"

    channel: str = Field(primary_key=True)
    heard_at: datetime = Field(sa_type=UtcDateTime)


_HEARD = put_into(SQLModel.metadata.tables["sign_of_life"], "heard_at")


async def last(session: Session, channel: str, *, hold: bool = False) -> datetime | None:
    """When the chat app was last heard, as far as is written down; empty before the first time.

    With `hold` nobody else writes down another moment before this transaction ends.
    """
    wanted = select(SignOfLife.heard_at).where(col(SignOfLife.channel) == channel)
    found = await session.execute(wanted.with_for_update() if hold else wanted)
    return found.scalar_one_or_none()


async def heard(session: Session, channel: str, now: datetime) -> None:
    """The chat app has been heard at this moment."""
    await _HEARD.change_each(session, [{"channel": channel, "heard_at": now}])


async def forget(session: Session, channel: str) -> None:
    """As if the chat app were heard for the first time."""
    await session.execute(
        delete(SignOfLife)
        .where(col(SignOfLife.channel) == channel)
        .execution_options(synchronize_session=False)
    )
