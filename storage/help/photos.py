"""Photos that people sent: promised in their message, then fetched, or missing in plain sight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Index,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy import select as columns_of
from sqlalchemy.orm import aliased
from sqlmodel import Field, col, select, update

from storage.access import Json, Session, UtcDateTime, changed, insert_into
from storage.declarations import Comparison, count, names_files, proof
from storage.help.promised_files import STORED, Awaited, FileState, PromisedFile
from storage.prepared import Prepared, among


class Photo(PromisedFile, table=True):
    """One photo of one message."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("channel", "chat", "message"),
        CheckConstraint("state IN ('promised', 'stored', 'missing')", name="state"),
        # What is here is much, and never looked for by its state.
        Index(
            "ix_photo_not_here",
            "state",
            "next_try_at",
            sqlite_where=text("state <> 'stored'"),
            postgresql_where=text("state <> 'stored'"),
        ),
        Index(
            "ix_photo_album",
            "chat",
            "album",
            sqlite_where=text("album <> ''"),
            postgresql_where=text("album <> ''"),
        ),
        Index("ix_photo_report_id", "report_id"),
        Index("ix_photo_file_unique_id", "file_unique_id"),
    )

    report_id: str | None = Field(default=None, foreign_key="report.id")
    forwarded: bool = False
    as_file: bool = False
    """Sent as a file: not made smaller by the chat app, and with all that the camera wrote into it."""
    album: str = ""
    """The channel's name for the album it is part of; empty for a photo sent alone."""
    decodings: int = 0
    """How often opening it was begun and not brought to an end, mostly since it ended whoever did that."""
    original_key: str | None = None
    public_key: str | None = None
    size: int | None = None
    """In bytes."""
    width: int | None = None
    height: int | None = None
    difference_hash: str | None = None
    """64 bits as 16 hexadecimal digits; nearly alike for photos that look alike."""
    told: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """What the file says of when, where and with what it was taken. Private: for an audit, never for a donor."""


names_files(Photo, "original_key", "public_key", state="state", stored=FileState.STORED)


@proof
async def _photos_are_where_they_belong(session: Session) -> list[Comparison]:
    stored, promised = (
        col(Photo.state) == FileState.STORED,
        col(Photo.state) == FileState.PROMISED,
    )
    here = and_(
        col(Photo.original_key).is_not(None),
        col(Photo.public_key).is_not(None),
        col(Photo.sha256).is_not(None),
    )
    return [
        Comparison(
            "photos stored that have a file and a public copy",
            await count(session, Photo, stored),
            await count(session, Photo, stored, here),
        ),
        Comparison(
            "photos promised that have a next try",
            await count(session, Photo, promised),
            await count(session, Photo, promised, col(Photo.next_try_at).is_not(None)),
        ),
    ]


ANY_NUMBER = 1_000_000
AWAITED = Awaited(Photo)
NOT_HERE = col(Photo.state) != STORED
"""Of photos: those that are awaited or missing."""
_DUE = AWAITED.due_by_now.where(col(Photo.decodings) <= bindparam("most"))
_RECALL = (
    update(Photo)
    .where(*AWAITED.promised)
    .where(or_(col(Photo.next_try_at) > bindparam("now"), col(Photo.decodings) > 0))
    .values(
        next_try_at=case(
            (col(Photo.decodings) > 0, bindparam("behind", type_=UtcDateTime)),
            else_=bindparam("now", type_=UtcDateTime),
        )
    )
    .execution_options(synchronize_session=False)
)
_OF_ALBUM = (
    select(Photo)
    .where(col(Photo.channel) == bindparam("channel"), col(Photo.chat) == bindparam("chat"))
    .where(col(Photo.album) == bindparam("album"), col(Photo.album) != literal_column("''"))
    .where(col(Photo.person_id) == bindparam("person"))
    .order_by(col(Photo.report_id).is_(None), col(Photo.id))
    .limit(1)
)
_COUNTS = Prepared(
    columns_of(
        col(Photo.report_id), col(Photo.state), func.count(col(Photo.file_unique_id).distinct())
    )
    .where(among(col(Photo.report_id), "reports"))
    .group_by(col(Photo.report_id), col(Photo.state))
)


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
    as_file: bool = False,
    album: str = "",
) -> str:
    """Remember to fetch a photo; its id, the same as before when the message or, in the same draft, the picture is
    known already. Idempotent. A picture that is missing does not count as known: whoever sends it again means to
    help."""
    if draft_id and (before := await _same_picture(session, file_unique_id, draft_id)) is not None:
        return before
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
            as_file=as_file,
            album=album,
            sent_at=sent_at,
            state=FileState.PROMISED,
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


async def _same_picture(session: Session, file_unique_id: str, draft_id: str) -> str | None:
    found = await session.execute(
        select(Photo.id)
        .where(col(Photo.file_unique_id) == file_unique_id, col(Photo.draft_id) == draft_id)
        .where(col(Photo.state) != FileState.MISSING)
        .limit(1)
    )
    return found.scalar_one_or_none()


async def attach(session: Session, photo_ids: Sequence[str], report_id: str) -> Sequence[str]:
    """The photos that are new in a report; a photo of another report stays there, and a picture that it has already
    does not join it again."""
    if not photo_ids:
        return []
    other = aliased(Photo)
    there = exists().where(
        col(other.report_id) == report_id,
        col(other.file_unique_id) == col(Photo.file_unique_id),
        col(other.state) != FileState.MISSING,
    )
    attached = await session.execute(
        update(Photo)
        .where(col(Photo.id).in_(list(photo_ids)), col(Photo.report_id).is_(None), ~there)
        .values(report_id=report_id)
        .returning(col(Photo.id))
        .execution_options(synchronize_session=False)
    )
    return attached.scalars().all()


async def detach(session: Session, photo_ids: Sequence[str], report_id: str) -> Sequence[str]:
    """Photos that somebody has taken back are in their report no more; those that were in it."""
    detached = await session.execute(
        update(Photo)
        .where(col(Photo.id).in_(list(photo_ids)), col(Photo.report_id) == report_id)
        .values(report_id=None)
        .returning(col(Photo.id))
        .execution_options(synchronize_session=False)
    )
    return detached.scalars().all()


async def of_album(
    session: Session, channel: str, chat: str, album: str, person_id: str
) -> Photo | None:
    """A photo of an album that came before, rather one that is in a report."""
    values = {"channel": channel, "chat": chat, "album": album, "person": person_id}
    return (await session.execute(_OF_ALBUM, values)).scalar_one_or_none()


async def counts(session: Session, report_ids: Sequence[str]) -> dict[str, PhotoCounts]:
    """How many photos each report has, by state; the same picture counts once."""
    if not report_ids:
        return {}
    found = await _COUNTS.rows(session, reports=list(report_ids))
    counted: dict[str, dict[str, int]] = {}
    for report_id, state, number in found:
        counted.setdefault(str(report_id), {})[state] = number
    return {key: PhotoCounts(**values) for key, values in counted.items()}


async def due(
    session: Session, now: datetime, limit: int, lease: timedelta, *, suspects: bool = True
) -> list[Photo]:
    """Photos to be fetched now, nobody else's until the lease is over; of those that could not be opened at the first
    try at most one, or none, so that the others never wait for them."""
    found = await session.execute(
        _DUE, {"now": now, "most": ANY_NUMBER if suspects else 0, "limit": limit}
    )
    claimed: list[Photo] = []
    for photo in found.scalars():
        if photo.decodings and any(one.decodings for one in claimed):
            continue
        claimed.append(AWAITED.lease(photo, now + lease))
    return claimed


async def recall(session: Session, now: datetime, behind: timedelta) -> None:
    """Whatever rests or was being fetched is due now: nobody else is there who could be fetching it. What could not be
    opened comes behind all others, since it may have ended the last process."""
    await session.execute(_RECALL, {"now": now, "behind": now + behind})


async def begin_decoding(session: Session, photo_id: str, until: datetime) -> bool:
    """Count a try to open it, which is to be committed before the try, and lease it anew; False when somebody else
    has stored it or given it up. Against poison messages."""
    return await AWAITED.changes(
        session, photo_id, decodings=col(Photo.decodings) + 1, next_try_at=until
    )


async def let_go(session: Session, photo_id: str, now: datetime, decodings: int) -> None:
    """Somebody else may take it up at once, and what was begun with it does not count."""
    await AWAITED.changes(session, photo_id, next_try_at=now, decodings=decodings)
