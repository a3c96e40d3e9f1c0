"""What is declared about the children in each photo of a report, also of those that join it after it was sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, SQLModel, col, func, select, update

from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.help import photos
from storage.help.photos import Photo


class PhotoDeclaration(SQLModel, table=True):
    """What the sender of a photo declared about the children in it.

    Until somebody says otherwise, a child may be recognised in a photo, and it is shown to nobody.
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
    report_id: str,
    *,
    no_child_declared: bool | None,
    by: str,
    now: datetime,
) -> Sequence[str]:
    """Photos join a report that was sent before; those that are new in it.

    `no_child_declared` is None where nobody has said yet, as for the rest of an album that came too late.
    """
    attached = await photos.attach(session, photo_ids, report_id)
    declare_each(session, attached, no_child_declared=no_child_declared, by=by, now=now)
    # Whoever asks next how many there are must see these.
    await session.flush()
    history.note(
        session,
        "report.add_photos",
        report_id,
        by=by,
        now=now,
        after={"photos": len(attached), "no_child_declared": no_child_declared},
    )
    return attached


def declare_each(
    session: Session,
    photo_ids: Sequence[str],
    *,
    no_child_declared: bool | None,
    by: str,
    now: datetime,
) -> None:
    """What is said of photos as they join a report; None where nobody has said yet."""
    said = no_child_declared is not None
    for photo_id in photo_ids:
        session.add(
            PhotoDeclaration(
                photo_id=photo_id,
                no_child_declared=bool(no_child_declared),
                declared_by=by if said else None,
                declared_at=now if said else None,
            )
        )


async def undeclared(session: Session, report_ids: Sequence[str]) -> dict[str, int]:
    """How many photos of each report nobody has said anything about; reports without any are left out."""
    if not report_ids:
        return {}
    found = await session.execute(
        select(Photo.report_id, func.count())
        .join(PhotoDeclaration, col(PhotoDeclaration.photo_id) == col(Photo.id))
        .where(col(Photo.report_id).in_(list(report_ids)))
        .where(col(PhotoDeclaration.declared_by).is_(None))
        .group_by(col(Photo.report_id))
    )
    return {str(report_id): number for report_id, number in found}


async def declare(
    session: Session, report_id: str, *, no_child_declared: bool, by: str, now: datetime
) -> int:
    """Once for all photos of a report that nobody has said anything about; how many these are."""
    of_report = select(Photo.id).where(col(Photo.report_id) == report_id)
    done = await session.execute(
        update(PhotoDeclaration)
        .where(col(PhotoDeclaration.photo_id).in_(of_report))
        .where(col(PhotoDeclaration.declared_by).is_(None))
        .values(no_child_declared=no_child_declared, declared_by=by, declared_at=now)
        .execution_options(synchronize_session=False)
    )
    history.note(
        session,
        "report.declare_photos",
        report_id,
        by=by,
        now=now,
        after={"declared": changed(done), "no_child_declared": no_child_declared},
    )
    return changed(done)
