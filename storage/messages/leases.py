"""What only one process may do at a time, and which one does it. Leases, as for leader election."""

from datetime import datetime

from sqlalchemy import delete, or_
from sqlmodel import Field, SQLModel, col

from storage.access import Session, UtcDateTime, changed, insert_into
from storage.declarations import about_processes


class Lease(SQLModel, table=True):
    """A process may do something until a moment, and again if it says so before then."""

    __tablename__ = "lease"

    name: str = Field(primary_key=True)
    """What it is that only one may do."""
    holder: str
    until: datetime = Field(sa_type=UtcDateTime)


about_processes(Lease)


async def hold(session: Session, name: str, holder: str, now: datetime, until: datetime) -> bool:
    """Take what is free or over, or renew what is ours; False when somebody else holds it."""
    statement = insert_into(session, Lease).values(name=name, holder=holder, until=until)
    done = await session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"holder": holder, "until": until},
            where=or_(col(Lease.holder) == holder, col(Lease.until) <= now),
        )
    )
    return changed(done) > 0


async def let_go(session: Session, name: str, holder: str) -> None:
    """Whoever waits may have it now."""
    await session.execute(
        delete(Lease)
        .where(col(Lease.name) == name, col(Lease.holder) == holder)
        .execution_options(synchronize_session=False)
    )
