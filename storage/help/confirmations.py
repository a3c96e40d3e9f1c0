"""What a site says it received of a delivery: the figures of one kind of report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, select
from sqlmodel import Field, SQLModel, col

from locales import _
from locales.dates import local_day
from storage.access import Session
from storage.declarations import append_only, kept_in_history
from storage.help import reports
from storage.help.deliveries import Delivery, HandOver, arrived, expected, hold
from storage.help.reports import Figures, Report, Reported, ReportVersion
from storage.help.submissions import NewVersion
from storage.limits import HIGHEST_COUNT
from storage.prepared import Records, among
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


_ARRIVALS = Records(
    select(Confirmation, Delivery, Item, HandOver)
    .select_from(Confirmation)
    .join(ReportVersion, col(ReportVersion.id) == col(Confirmation.version_id))
    .join(Report, col(Report.id) == col(ReportVersion.report_id))
    .join(Delivery, col(Delivery.id) == col(Report.delivery_id))
    .join(Item, col(Item.code) == col(Delivery.item_code))
    .outerjoin(HandOver, col(HandOver.delivery_id) == col(Delivery.id))
    .where(among(col(Confirmation.version_id), "version_ids"))
)


async def arrivals(session: Session, version_ids: Sequence[str]) -> dict[str, ConfirmedDelivery]:
    """What these versions say, by the version's id."""
    found = await _ARRIVALS.all(session, version_ids=list(version_ids))
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


def nothing_has_come(figures: Figures) -> bool:
    return isinstance(figures, ConfirmedDelivery) and figures.confirmation.outcome == Outcome.NONE


KIND = reports.declare("confirmation", arrivals, may_be_followed=nothing_has_come)


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
    expected: int | None = None
    """How many were sent as far as its writer knows; None where that does not matter."""

    def version(self) -> NewVersion:
        """The same as a report of its delivery. Nobody else confirms or cancels that until the transaction ends."""
        return NewVersion(
            KIND,
            self.by_site_code,
            figures=self._row,
            told={
                "delivery": self.delivery_id,
                "outcome": self.outcome,
                "received": self.received,
                "damaged": self.damaged,
            },
            delivery_id=self.delivery_id,
            check=self._check,
            also=self._arrived,
        )

    async def _arrived(self, session: Session) -> None:
        await arrived(session, self.delivery_id, came=self.outcome != Outcome.NONE)

    def _row(self, version_id: str) -> Confirmation:
        return Confirmation(
            version_id=version_id,
            outcome=self.outcome,
            received=self.received,
            damaged=self.damaged,
            reason=self.reason,
            received_on=self.received_on,
        )

    async def _check(self, session: Session, now: datetime) -> None:
        await hold(session, self.delivery_id)
        found = await expected(session, self.delivery_id)
        if found is None:
            raise Refused(_("This delivery was cancelled, so it is not waiting any more."))
        if self.received_on is not None and self.received_on > local_day(now):
            raise Refused(_("{day} is still to come.").format(day=self.received_on))
        if self.expected is not None and self.expected != found.sent:
            raise Misunderstood(
                _("By the records {sent} were sent by now. Please look at it again.").format(
                    sent=found.sent
                )
            )


async def latest_of(session: Session, delivery_id: str) -> Reported | None:
    """What was said last of a delivery."""
    return await reports.of_subject(session, KIND, delivery_id=delivery_id)
