"""What people have begun to say and not yet finished. Stored form state."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Index,
    Integer,
    bindparam,
    distinct,
    func,
    literal_column,
    text,
)
from sqlalchemy import select as columns_of
from sqlmodel import Field, SQLModel, col, select, update

from storage.access import Json, Session, UtcDateTime
from storage.declarations import Comparison, count, number, proof
from storage.prepared import Prepared, among


class DraftState(StrEnum):
    """Where a draft stands: at most one of a person's is live."""

    LIVE = "live"
    PARKED = "parked"
    DROPPED = "dropped"
    FINISHED = "finished"


class StoredDraft(SQLModel, table=True):
    """The answers that a person has given so far in one conversation, as they are kept."""

    __tablename__ = "draft"
    __table_args__ = (
        CheckConstraint("state IN ('live', 'parked', 'dropped', 'finished')", name="state"),
        Index(
            "uq_draft_live_person_id",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
        Index("ix_draft_person_id_state", "person_id", "state"),
    )

    id: str = Field(primary_key=True)
    person_id: str = Field(foreign_key="person.id")
    conversation: str
    answers: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """By the name of its question, each answer with all that belongs to it."""
    opened_with: str = ""
    """The words with which it began without being asked for."""
    editing: str = ""
    """The question that is open because its answer is to be changed."""
    reopened: dict[str, Any] | None = Field(default=None, sa_type=Json)
    """The question that somebody else asks to be answered anew, and why: `{"step": name, "why": words}`."""
    corrects: str | None = Field(default=None, foreign_key="report.id")
    """The report of which this is to become another version."""
    corrects_version: int | None = None
    """The number of the version that it is to follow."""
    corrects_photos: list[str] | None = Field(default=None, sa_type=Json)
    """The photos that the report had then."""
    page: int = 0
    """Which page of a long list is open."""
    revision: int = 0
    asks: str = ""
    """The question that is open."""
    asked_since: int = 0
    """The revision at which the present question was first asked; older buttons are stale."""
    screen: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    """What the person was last shown: shown again when an old button is pressed; empty where it was for once only."""
    state: str = DraftState.LIVE
    opened_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)

    def still_asks(self, draft_id: str, revision: int) -> bool:
        """Whether a card with this draft and revision shows the question that is open. Optimistic locking."""
        return draft_id == self.id and revision >= self.asked_since


@proof
async def _one_draft_a_person_is_open(session: Session) -> list[Comparison]:
    live = col(StoredDraft.state) == DraftState.LIVE
    people = select(func.count(distinct(col(StoredDraft.person_id)))).where(live)
    return [
        Comparison(
            "drafts that are open, one a person",
            await number(session, people),
            await count(session, StoredDraft, live),
        )
    ]


# Written out and not handed over, so that the index of what is being written is used.
_IS_LIVE = col(StoredDraft.state) == literal_column(f"'{DraftState.LIVE}'")
_THESE_PEOPLE = among(col(StoredDraft.person_id), "people")
_LIVE_OF = (
    select(StoredDraft)
    .where(_THESE_PEOPLE, _IS_LIVE)
    .order_by(col(StoredDraft.id))
    .with_for_update(skip_locked=True)
)
_LIVE_SINCE = select(StoredDraft).where(_IS_LIVE, col(StoredDraft.updated_at) > bindparam("moment"))
_HELD_BY_OTHERS = Prepared(
    columns_of(col(StoredDraft.person_id)).where(
        _THESE_PEOPLE, _IS_LIVE, ~among(col(StoredDraft.id), "ours")
    )
)
_PARK = (
    update(StoredDraft)
    .where(col(StoredDraft.person_id) == bindparam("person"), _IS_LIVE)
    .values(state=DraftState.PARKED, updated_at=bindparam("now"))
    .execution_options(synchronize_session="fetch")
)
_PARKED_OF = (
    select(StoredDraft)
    .where(col(StoredDraft.person_id) == bindparam("person"))
    .where(col(StoredDraft.state) == DraftState.PARKED)
    .where(among(col(StoredDraft.conversation), "named"))
    .order_by(col(StoredDraft.updated_at).desc())
    .limit(bindparam("most", type_=Integer))
)
_CORRECTING = (
    select(StoredDraft)
    .where(col(StoredDraft.person_id) == bindparam("person"))
    .where(col(StoredDraft.state).in_([DraftState.LIVE, DraftState.PARKED]))
    .where(col(StoredDraft.corrects) == bindparam("report"))
    .where(col(StoredDraft.corrects_version) == bindparam("number"))
    .order_by(col(StoredDraft.id))
    .limit(1)
)
_BEGUN = (
    select(col(StoredDraft.id))
    .where(col(StoredDraft.person_id) == bindparam("person"))
    .where(col(StoredDraft.conversation) == bindparam("named"))
    .where(col(StoredDraft.state).in_([DraftState.LIVE, DraftState.PARKED]))
    .where(col(StoredDraft.id) != bindparam("but"))
    .order_by(col(StoredDraft.id))
    .with_for_update(skip_locked=True)
)
_DROP = (
    update(StoredDraft)
    .where(among(col(StoredDraft.id), "drafts"))
    .values(state=DraftState.DROPPED, updated_at=bindparam("now"))
    .execution_options(synchronize_session="fetch")
)


async def live_of(session: Session, person_ids: Sequence[str]) -> dict[str, StoredDraft]:
    """The live draft of each person who has one, held until the transaction ends.

    Left out are those that somebody else holds, see `held_by_others`.
    """
    found = await session.execute(_LIVE_OF, {"people": list(person_ids)})
    return {draft.person_id: draft for draft in found.scalars()}


async def live_since(session: Session, moment: datetime) -> list[StoredDraft]:
    """Live drafts in which something was shown after a moment."""
    found = await session.execute(_LIVE_SINCE, {"moment": moment})
    # Sorted here: asked for in order, SQLite walks over all drafts in that order.
    return sorted(found.scalars(), key=lambda draft: draft.id)


async def held_by_others(
    session: Session, person_ids: Sequence[str], ours: Mapping[str, StoredDraft]
) -> frozenset[str]:
    """Of these persons, those who are just being answered on another phone; `ours` are the drafts that we hold."""
    held = [draft.id for draft in ours.values()]
    return frozenset(await _HELD_BY_OTHERS.column(session, people=list(person_ids), ours=held))


async def park_live_of(session: Session, person_id: str, now: datetime) -> None:
    """What a person is writing waits until they take it up again."""
    await session.execute(_PARK, {"person": person_id, "now": now})


async def parked_of(
    session: Session, person_id: str, conversations: Collection[str], limit: int = 10
) -> list[StoredDraft]:
    """What a person set aside in one of these conversations to finish later, newest first."""
    values = {"person": person_id, "named": sorted(conversations), "most": limit}
    found = await session.execute(_PARKED_OF, values)
    return list(found.scalars())


async def correcting(
    session: Session, person_id: str, report_id: str, version: int
) -> StoredDraft | None:
    """In which a person has begun to correct that version of a report, and is not done with it."""
    values = {"person": person_id, "report": report_id, "number": version}
    return (await session.execute(_CORRECTING, values)).scalar_one_or_none()


async def of_person(session: Session, draft_id: str, person_id: str) -> StoredDraft | None:
    """The draft, if it is this person's own."""
    found = await session.get(StoredDraft, draft_id)
    return found if found is not None and found.person_id == person_id else None


async def drop(
    session: Session, person_id: str, conversation: str, now: datetime, *, but: str = ""
) -> None:
    """What a person has begun in this conversation is put away for good, except the draft `but`.

    A draft on which somebody works just now is left alone.
    """
    # Drafts that this transaction has changed must not be brought back when they are written.
    await session.flush()
    values = {"person": person_id, "named": conversation, "but": but}
    begun = (await session.execute(_BEGUN, values)).scalars().all()
    await session.execute(_DROP, {"drafts": begun, "now": now})
