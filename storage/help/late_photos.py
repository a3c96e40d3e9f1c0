"""What is declared about the children in each photo of a report, also of those that join it after it was sent."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlmodel import Field, SQLModel, col

from storage import history
from storage.access import Session, UtcDateTime, changed
from storage.help import photos
from storage.help.photos import Photo
from storage.help.promised_files import FileState


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


_DECLARED = (
    select(
        col(Photo.id), col(PhotoDeclaration.no_child_declared), col(PhotoDeclaration.declared_by)
    )
    .join(PhotoDeclaration, col(PhotoDeclaration.photo_id) == col(Photo.id))
    .where(col(Photo.report_id) == bindparam("report_id"))
    .where(col(Photo.state) != FileState.MISSING)
    .order_by(col(Photo.sent_at), col(Photo.id))
)


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


async def declare_anew(
    session: Session,
    photo_ids: Sequence[str],
    report_id: str,
    no_child_declared: bool,
    *,
    by: str,
    now: datetime,
) -> None:
    """Something else than before is said of photos that a report has already, or something for the first time."""
    if not photo_ids:
        return
    await session.flush()
    of_report = select(col(Photo.id)).where(
        col(Photo.report_id) == report_id, col(Photo.id).in_(list(photo_ids))
    )
    await session.execute(
        update(PhotoDeclaration)
        .where(col(PhotoDeclaration.photo_id).in_(of_report))
        .where(
            or_(
                col(PhotoDeclaration.declared_by).is_(None),
                col(PhotoDeclaration.no_child_declared) != no_child_declared,
            )
        )
        .values(no_child_declared=no_child_declared, declared_by=by, declared_at=now)
        .execution_options(synchronize_session="fetch")
    )


async def take_back(session: Session, photo_ids: Sequence[str], report_id: str) -> Sequence[str]:
    """These photos are of this report no more, and nothing is said of them; those that were."""
    if not photo_ids:
        return []
    taken = await photos.detach(session, photo_ids, report_id)
    await session.execute(
        delete(PhotoDeclaration)
        .where(col(PhotoDeclaration.photo_id).in_(list(taken)))
        .execution_options(synchronize_session="fetch")
    )
    return taken


async def declared_of(session: Session, report_id: str) -> tuple[list[str], bool | None]:
    """The photos of a report that are here or under way, in their order, and what is declared of all of them.

    None where nothing is, or not the same of each.
    """
    found = (await session.execute(_DECLARED, {"report_id": report_id})).all()
    said = {(no_child if by is not None else None) for _photo, no_child, by in found}
    return [photo for photo, _no_child, _by in found], said.pop() if len(said) == 1 else None


async def undeclared(session: Session, report_ids: Sequence[str]) -> dict[str, int]:
    """How many photos of each report nobody has said anything about; reports without any are left out."""
    if not report_ids:
        return {}
    found = await session.execute(
        select(col(Photo.report_id), func.count())
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
    of_report = select(col(Photo.id)).where(col(Photo.report_id) == report_id)
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
