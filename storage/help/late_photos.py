"""Photos that join a report after it was sent, each with what is declared about the children in it."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, SQLModel, col, func, select, update

from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.help import photos
from storage.help.photos import Photo


class PhotoDeclaration(SQLModel, table=True):
    """What whoever sent a photo after their report declared about the children in it.

    The report's own declaration covers the photos that it was sent with and no later one: until somebody says
    otherwise, a child may be recognised in a late photo, and it is shown to nobody.
    """

    __tablename__ = "photo_declaration"

    photo_id: str = Field(foreign_key="photo.id", primary_key=True)
    no_child_declared: bool
    declared_by: str | None = Field(default=None, foreign_key="person.id")
    """Empty until somebody has said."""
    declared_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


async def add(
    session: Session,
    photo_ids: Sequence[str],
    confirmation_id: str,
    *,
    no_child_declared: bool | None,
    by: str,
    now: datetime,
) -> Sequence[str]:
    """Photos join a report that was sent before; those that are new in it.

    `no_child_declared` is None where nobody has said yet, as for the rest of an album that came too late.
    """
    attached = await photos.attach(session, photo_ids, confirmation_id)
    said = no_child_declared is not None
    for photo_id in attached:
        session.add(
            PhotoDeclaration(
                photo_id=photo_id,
                no_child_declared=bool(no_child_declared),
                declared_by=by if said else None,
                declared_at=now if said else None,
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


async def undeclared(session: Session, confirmation_ids: Sequence[str]) -> dict[str, int]:
    """How many photos of each report nobody has said anything about; reports without any are left out."""
    if not confirmation_ids:
        return {}
    found = await session.execute(
        select(Photo.confirmation_id, func.count())
        .join(PhotoDeclaration, col(PhotoDeclaration.photo_id) == col(Photo.id))
        .where(col(Photo.confirmation_id).in_(list(confirmation_ids)))
        .where(col(PhotoDeclaration.declared_by).is_(None))
        .group_by(col(Photo.confirmation_id))
    )
    return {str(confirmation_id): number for confirmation_id, number in found}


async def declare(
    session: Session, confirmation_id: str, *, no_child_declared: bool, by: str, now: datetime
) -> int:
    """Once for all photos of a report that nobody has said anything about; how many these are."""
    of_report = select(Photo.id).where(col(Photo.confirmation_id) == confirmation_id)
    done = await session.execute(
        update(PhotoDeclaration)
        .where(col(PhotoDeclaration.photo_id).in_(of_report))
        .where(col(PhotoDeclaration.declared_by).is_(None))
        .values(no_child_declared=no_child_declared, declared_by=by, declared_at=now)
        .execution_options(synchronize_session=False)
    )
    history.note(
        session,
        "confirmation.declare_photos",
        confirmation_id,
        by=by,
        now=now,
        after={"declared": changed(done), "no_child_declared": no_child_declared},
    )
    return changed(done)
