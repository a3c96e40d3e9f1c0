"""What a site says it received of a delivery: the figures of one kind of report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, bindparam, select
from sqlmodel import Field, SQLModel, col

from locales import Text, _
from locales.dates import local_day
from storage.access import Session
from storage.declarations import append_only, kept_in_history
from storage.help import reports
from storage.help.deliveries import Delivery, HandOver, arrived, expected, hold
from storage.help.receipts import display
from storage.help.reports import NewVersion, Report, Reported, ReportedAlready, ReportVersion
from storage.limits import HIGHEST_COUNT
from storage.people.people import Person
from storage.programme.plans import Item
from storage.refusals import Misunderstood, Refused


class Outcome(StrEnum):
    """Whether a delivery came."""

    ALL = "all"
    PART = "part"
    NONE = "none"


class Confirmation(SQLModel, table=True):
    """What one version of a report says of a delivery."""

    __tablename__ = "confirmation"
    __table_args__ = (
        CheckConstraint("outcome IN ('all', 'part', 'none')", name="outcome"),
        CheckConstraint(f"received BETWEEN 0 AND {HIGHEST_COUNT}", name="received"),
        CheckConstraint("damaged >= 0 AND damaged <= received", name="damaged"),
        CheckConstraint("outcome <> 'none' OR received = 0", name="nothing_received"),
    )

    version_id: str = Field(foreign_key="report_version.id", primary_key=True)
    outcome: str
    received: int
    damaged: int
    reason: str = ""
    """Why something is missing or damaged: a key of the conversation, or the site's own words."""
    received_on: date | None = None


append_only(Confirmation)
kept_in_history("confirmations", Confirmation, "confirmation.record")


@dataclass(frozen=True, slots=True)
class ConfirmedDelivery:
    """What a version says of a delivery, and what the records say of it."""

    confirmation: Confirmation
    delivery: Delivery
    item: Item
    sent: int
    """How many were handed over; where nothing was, how many are planned."""
    handed_on: date | None

    @property
    def least_photos(self) -> int:
        return self.item.least_photos if self.confirmation.received else 0


_ARRIVALS = (
    select(Confirmation, Delivery, Item, HandOver)
    .join(ReportVersion, col(ReportVersion.id) == col(Confirmation.version_id))
    .join(Report, col(Report.id) == col(ReportVersion.report_id))
    .join(Delivery, col(Delivery.id) == col(Report.delivery_id))
    .join(Item, col(Item.code) == col(Delivery.item_code))
    .outerjoin(HandOver, col(HandOver.delivery_id) == col(Delivery.id))
    .where(col(Confirmation.version_id).in_(bindparam("version_ids", expanding=True)))
)


async def arrivals(session: Session, version_ids: Sequence[str]) -> dict[str, ConfirmedDelivery]:
    """What these versions say, by the version's id."""
    found = await session.execute(_ARRIVALS, {"version_ids": list(version_ids)})
    return {
        said.version_id: ConfirmedDelivery(
            said,
            delivery,
            item,
            handed.quantity if handed else delivery.quantity,
            handed.handed_on if handed else None,
        )
        for said, delivery, item, handed in found
    }


KIND = reports.declare("confirmation", arrivals)


@dataclass(frozen=True, slots=True)
class NewConfirmation:
    """What a site wants to say about a delivery."""

    delivery_id: str
    outcome: Outcome
    received: int
    damaged: int
    by_site_code: str
    reason: str = ""
    received_on: date | None = None
    no_child_declared: bool = False
    note: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    photo_ids: Sequence[str] = ()
    expected: int | None = None
    """How many were sent as far as its writer knows; None where that does not matter."""
    draft_id: str | None = None
    corrects: int = 0
    """The number of the version that was returned to its writer, or that they correct; 0 for neither."""
    change_reason: str = ""


async def record(
    session: Session, new: NewConfirmation, *, by: str, message_at: datetime, now: datetime
) -> Reported:
    """What a site says of a delivery that waits, or says anew in place of an earlier version.

    Raises Refused when somebody confirmed before or it cannot be true, and Misunderstood when the records have
    changed since its writer saw them. “Nothing has come” may be followed by what came later, as the next version.
    """
    await hold(session, new.delivery_id)
    found = await expected(session, new.delivery_id)
    if found is None:
        raise Refused(_("This delivery was cancelled, so it is not waiting any more."))
    if new.received_on is not None and new.received_on > local_day(now):
        raise Refused(_("{day} is still to come.").format(day=new.received_on))
    if new.expected is not None and new.expected != found.sent:
        raise Misunderstood(
            _("By the records {sent} were sent by now. Please look at it again.").format(
                sent=found.sent
            )
        )
    before = await latest_of(session, new.delivery_id)
    follows = new.corrects
    if before is not None and not new.corrects:
        if outcome_of(before) != Outcome.NONE:
            raise Refused(await who_confirmed(session, before))
        follows = before.version.version
    try:
        made = await reports.submit(
            session,
            _version(new, follows),
            by=by,
            message_at=message_at,
            now=now,
            figures=lambda version_id: Confirmation(
                version_id=version_id,
                outcome=new.outcome,
                received=new.received,
                damaged=new.damaged,
                reason=new.reason,
                received_on=new.received_on,
            ),
            told={
                "delivery": new.delivery_id,
                "outcome": new.outcome,
                "received": new.received,
                "damaged": new.damaged,
            },
        )
    except ReportedAlready:
        raise Refused(_("This delivery has been confirmed already.")) from None
    await arrived(session, new.delivery_id, came=new.outcome != Outcome.NONE)
    return made


def _version(new: NewConfirmation, follows: int) -> NewVersion:
    return NewVersion(
        kind=KIND,
        site_code=new.by_site_code,
        delivery_id=new.delivery_id,
        note=new.note,
        flags=new.flags,
        photo_ids=new.photo_ids,
        no_child_declared=new.no_child_declared,
        draft_id=new.draft_id,
        follows=follows,
        change_reason=new.change_reason,
    )


def outcome_of(reported: Reported) -> Outcome | None:
    """Whether the delivery came, as was said last; None for what is reported of something else."""
    said = reported.figures
    return Outcome(said.confirmation.outcome) if isinstance(said, ConfirmedDelivery) else None


async def who_confirmed(session: Session, first: Reported) -> Text:
    who = await session.get(Person, first.version.submitted_by)
    return _(
        "{name} has confirmed this delivery already, at {moment}, with the code {code}."
    ).format(
        name=who.called_first if who else "",
        moment=first.version.submitted_at,
        code=display(first.report.code),
    )


async def latest_of(session: Session, delivery_id: str) -> Reported | None:
    """What was said last of a delivery."""
    return await reports.of_subject(session, KIND, delivery_id=delivery_id)
