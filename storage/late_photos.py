"""Photos that join a report after it was sent, each with what is declared about the children in it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, SQLModel, col, select, update

from storage import history, photos
from storage.database import Session, UtcDateTime
from storage.photos import Photo


class PhotoDeclaration(SQLModel, table=True):
    """What whoever sent photos after their report declared about the children in them.

    The report's own declaration covers the photos that it was sent with and no later one. Where this row says no,
    either a child can be recognised or nobody has said yet: the photo is shown to nobody, and the history tells which.
    """

    __tablename__ = "photo_declaration"

    photo_id: str = Field(foreign_key="photo.id", primary_key=True)
    no_child_declared: bool
    declared_by: str = Field(foreign_key="person.id")
    declared_at: datetime = Field(sa_type=UtcDateTime)


async def add(
    session: Session,
    photo_ids: Sequence[str],
    confirmation_id: str,
    *,
    no_child_declared: bool,
    by: str,
    now: datetime,
) -> Sequence[str]:
    """Photos join a report that was sent before, each with its own declaration; those that are new in it."""
    attached = await photos.attach(session, photo_ids, confirmation_id)
    for photo_id in attached:
        session.add(
            PhotoDeclaration(
                photo_id=photo_id,
                no_child_declared=no_child_declared,
                declared_by=by,
                declared_at=now,
            )
        )
    # Whoever asks next how many there are must see these.
    await session.flush()
    history.note(
        session,
        "confirmation.add_photos",
        confirmation_id,
        by=by,
        now=now,
        after={"photos": len(attached), "no_child_declared": no_child_declared},
    )
    return attached


async def of_album(session: Session, photo: Photo) -> Sequence[str]:
    """The photos of this one's album that joined the same report after it was sent."""
    found = await session.execute(
        select(Photo.id)
        .join(PhotoDeclaration, col(PhotoDeclaration.photo_id) == col(Photo.id))
        .where(col(Photo.channel) == photo.channel, col(Photo.chat) == photo.chat)
        .where(col(Photo.album) == photo.album, col(Photo.person_id) == photo.person_id)
        .where(col(Photo.confirmation_id) == photo.confirmation_id)
    )
    return found.scalars().all()


async def declare(
    session: Session, photo: Photo, *, no_child_declared: bool, by: str, now: datetime
) -> None:
    """Once for all late photos of an album."""
    late = await of_album(session, photo)
    await session.execute(
        update(PhotoDeclaration)
        .where(col(PhotoDeclaration.photo_id).in_(list(late)))
        .values(no_child_declared=no_child_declared, declared_by=by, declared_at=now)
        .execution_options(synchronize_session=False)
    )
    history.note(
        session,
        "confirmation.declare_photos",
        photo.confirmation_id or "",
        by=by,
        now=now,
        after={"declared": len(late), "no_child_declared": no_child_declared},
    )
