"""What people have begun to say and not yet finished."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, distinct, func, text
from sqlmodel import Field, SQLModel, col, select, update

from storage.access import Json, Session, UtcDateTime
from storage.declarations import Comparison, count, number, proof


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
        """Whether a card with this draft and revision shows the question that is open."""
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


async def live_of(session: Session, person_ids: Sequence[str]) -> dict[str, StoredDraft]:
    """The live draft of each person who has one, held until the transaction ends.

    Left out are those that somebody else holds, see `held_by_others`.
    """
    found = await session.execute(
        select(StoredDraft)
        .where(col(StoredDraft.person_id).in_(list(person_ids)))
        .where(col(StoredDraft.state) == DraftState.LIVE)
        .order_by(col(StoredDraft.id))
        .with_for_update(skip_locked=True)
    )
    return {draft.person_id: draft for draft in found.scalars()}


async def live_since(session: Session, moment: datetime) -> list[StoredDraft]:
    """Live drafts in which something was shown after a moment."""
    found = await session.execute(
        select(StoredDraft)
        .where(col(StoredDraft.state) == DraftState.LIVE, col(StoredDraft.updated_at) > moment)
        .order_by(col(StoredDraft.id))
    )
    return list(found.scalars())


async def held_by_others(
    session: Session, person_ids: Sequence[str], ours: Mapping[str, StoredDraft]
) -> frozenset[str]:
    """Of these persons, those who are just being answered on another phone; `ours` are the drafts that we hold."""
    found = await session.execute(
        select(col(StoredDraft.person_id))
        .where(col(StoredDraft.person_id).in_(list(person_ids)))
        .where(col(StoredDraft.state) == DraftState.LIVE)
        .where(col(StoredDraft.id).not_in([draft.id for draft in ours.values()]))
    )
    return frozenset(found.scalars())


async def park_live_of(session: Session, person_id: str, now: datetime) -> None:
    """What a person is writing waits until they take it up again."""
    await session.execute(
        update(StoredDraft)
        .where(col(StoredDraft.person_id) == person_id, col(StoredDraft.state) == DraftState.LIVE)
        .values(state=DraftState.PARKED, updated_at=now)
        .execution_options(synchronize_session="fetch")
    )


async def parked_of(
    session: Session, person_id: str, among: Collection[str], limit: int = 10
) -> list[StoredDraft]:
    """What a person set aside in one of these conversations to finish later, newest first."""
    found = await session.execute(
        select(StoredDraft)
        .where(col(StoredDraft.person_id) == person_id)
        .where(col(StoredDraft.state) == DraftState.PARKED)
        .where(col(StoredDraft.conversation).in_(sorted(among)))
        .order_by(col(StoredDraft.updated_at).desc())
        .limit(limit)
    )
    return list(found.scalars())


async def get(session: Session, draft_id: str) -> StoredDraft | None:
    """The draft, whosever it is."""
    return await session.get(StoredDraft, draft_id)


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
    begun = (
        select(col(StoredDraft.id))
        .where(
            col(StoredDraft.person_id) == person_id, col(StoredDraft.conversation) == conversation
        )
        .where(col(StoredDraft.state).in_([DraftState.LIVE, DraftState.PARKED]))
        .where(col(StoredDraft.id) != but)
        .order_by(col(StoredDraft.id))
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(StoredDraft)
        .where(col(StoredDraft.id).in_((await session.execute(begun)).scalars().all()))
        .values(state=DraftState.DROPPED, updated_at=now)
        .execution_options(synchronize_session="fetch")
    )
