"""Photos that people sent: promised in their message, then fetched, or missing in plain sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, func, or_
from sqlmodel import Field, SQLModel, col, select, update

from storage import history
from storage.database import Json, Session, UtcDateTime, changed, insert_into


class PhotoState(StrEnum):
    """Whether the bytes of a photo are here."""

    PROMISED = "promised"
    STORED = "stored"
    MISSING = "missing"


class Photo(SQLModel, table=True):
    """One photo of one message."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "message"),
        CheckConstraint("state IN ('promised', 'stored', 'missing')", name="state"),
        Index("ix_photo_state_next_try_at", "state", "next_try_at"),
        Index("ix_photo_confirmation_id", "confirmation_id"),
        Index("ix_photo_file_unique_id", "file_unique_id"),
    )

    id: str = Field(primary_key=True)
    channel: str
    chat: str
    message: str
    file_id: str
    file_unique_id: str
    """The same for the same file, across chats and time."""
    person_id: str = Field(foreign_key="person.id")
    draft_id: str | None = None
    """The draft it came with; drafts come and go, so this is no reference."""
    confirmation_id: str | None = Field(default=None, foreign_key="confirmation.id")
    forwarded: bool = False
    sent_at: datetime = Field(sa_type=UtcDateTime)
    state: str = PhotoState.PROMISED
    tries: int = 0
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    original_key: str | None = None
    public_key: str | None = None
    sha256: str | None = None
    size: int | None = None
    """In bytes."""
    width: int | None = None
    height: int | None = None
    difference_hash: str | None = None
    """64 bits as 16 hexadecimal digits; nearly alike for photos that look alike."""
    why_missing: dict[str, Any] | None = Field(default=None, sa_type=Json)


@dataclass(frozen=True, slots=True)
class PhotoCounts:
    """How many photos of a report are in each state."""

    promised: int = 0
    stored: int = 0
    missing: int = 0

    @property
    def alive(self) -> int:
        return self.promised + self.stored


async def promise(
    session: Session,
    *,
    photo_id: str,
    channel: str,
    chat: str,
    message: str,
    file_id: str,
    file_unique_id: str,
    person_id: str,
    draft_id: str,
    forwarded: bool,
    sent_at: datetime,
    now: datetime,
) -> str:
    """Remember to fetch a photo; its id, the same as before when the message is known already."""
    done = await session.execute(
        insert_into(session, Photo)
        .values(
            id=photo_id,
            channel=channel,
            chat=chat,
            message=message,
            file_id=file_id,
            file_unique_id=file_unique_id,
            person_id=person_id,
            draft_id=draft_id,
            forwarded=forwarded,
            sent_at=sent_at,
            state=PhotoState.PROMISED,
            tries=0,
            next_try_at=now,
        )
        .on_conflict_do_nothing(index_elements=["channel", "chat", "message"])
    )
    if changed(done):
        return photo_id
    known = await session.execute(
        select(Photo.id)
        .where(col(Photo.channel) == channel, col(Photo.chat) == chat)
        .where(col(Photo.message) == message)
    )
    return str(known.scalar_one())


async def attach(session: Session, photo_ids: Sequence[str], confirmation_id: str) -> int:
    """How many photos belong to a report from now on; a photo of another report stays there."""
    if not photo_ids:
        return 0
    done = await session.execute(
        update(Photo)
        .where(col(Photo.id).in_(list(photo_ids)), col(Photo.confirmation_id).is_(None))
        .values(confirmation_id=confirmation_id)
        .execution_options(synchronize_session=False)
    )
    return changed(done)


async def counts(session: Session, confirmation_ids: Sequence[str]) -> dict[str, PhotoCounts]:
    """How many photos each report has, by state; the same picture counts once."""
    if not confirmation_ids:
        return {}
    found = await session.execute(
        select(Photo.confirmation_id, Photo.state, func.count(col(Photo.file_unique_id).distinct()))
        .where(col(Photo.confirmation_id).in_(list(confirmation_ids)))
        .group_by(col(Photo.confirmation_id), col(Photo.state))
    )
    counted: dict[str, dict[str, int]] = {}
    for confirmation_id, state, number in found:
        counted.setdefault(str(confirmation_id), {})[state] = number
    return {key: PhotoCounts(**values) for key, values in counted.items()}


async def due(session: Session, now: datetime, limit: int, lease: timedelta) -> list[Photo]:
    """Photos to be fetched now, nobody else's until the lease is over."""
    found = await session.execute(
        select(Photo)
        .where(col(Photo.state) == PhotoState.PROMISED)
        .where(or_(col(Photo.next_try_at).is_(None), col(Photo.next_try_at) <= now))
        .order_by(col(Photo.next_try_at), col(Photo.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = list(found.scalars())
    for photo in claimed:
        photo.next_try_at = now + lease
        photo.tries += 1
    return claimed


async def stored(
    session: Session,
    photo_id: str,
    *,
    original_key: str,
    public_key: str,
    sha256: str,
    size: int,
    width: int,
    height: int,
    difference_hash: str,
) -> None:
    """The bytes are here."""
    await session.execute(
        update(Photo)
        .where(col(Photo.id) == photo_id)
        .values(
            state=PhotoState.STORED,
            original_key=original_key,
            public_key=public_key,
            sha256=sha256,
            size=size,
            width=width,
            height=height,
            difference_hash=difference_hash,
            next_try_at=None,
        )
        .execution_options(synchronize_session=False)
    )


async def failed(
    session: Session, photo_id: str, *, next_try_at: datetime | None, why: dict[str, Any] | None
) -> None:
    """Not fetched: tried again at a moment, or missing for good with a reason (a Text as JSON)."""
    state = PhotoState.PROMISED if next_try_at else PhotoState.MISSING
    await session.execute(
        update(Photo)
        .where(col(Photo.id) == photo_id)
        .values(state=state, next_try_at=next_try_at, why_missing=why)
        .execution_options(synchronize_session=False)
    )


class PhotoDeclaration(SQLModel, table=True):
    """What whoever sent photos after their report declared about the children in them."""

    __tablename__ = "photo_declaration"

    photo_id: str = Field(foreign_key="photo.id", primary_key=True)
    no_child_declared: bool
    declared_by: str = Field(foreign_key="person.id")
    declared_at: datetime = Field(sa_type=UtcDateTime)


async def add_later(
    session: Session,
    photo_ids: Sequence[str],
    confirmation_id: str,
    *,
    no_child_declared: bool,
    by: str,
    now: datetime,
) -> None:
    """Photos join a report that was sent before, each with its own declaration."""
    attached = await attach(session, photo_ids, confirmation_id)
    for photo_id in photo_ids:
        session.add(
            PhotoDeclaration(
                photo_id=photo_id,
                no_child_declared=no_child_declared,
                declared_by=by,
                declared_at=now,
            )
        )
    history.note(
        session,
        "confirmation.add_photos",
        confirmation_id,
        by=by,
        now=now,
        after={"photos": attached, "no_child_declared": no_child_declared},
    )
