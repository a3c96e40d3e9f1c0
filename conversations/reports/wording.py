"""How a report is put into words, whatever it is of: its photos, its state, what was unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from locales import Text, _, n_
from storage.help.reports import Reported, ReportState
from storage.help.reviews import ReportReview

STATES: Mapping[str, Text] = {
    ReportState.WAITING: _("State: waiting to be checked"),
    ReportState.VERIFIED: _("State: checked and found right"),
    ReportState.RETURNED: _("State: returned for a correction"),
}


def photos_of(reported: Reported, not_fetched: Text) -> list[Text]:
    """The photos of a report: those that are here, on their way, lost (in the reader's own words), and still wanted."""
    counts = reported.photos
    lines = []
    if counts.stored:
        lines.append(n_("{count} photo", "{count} photos", counts.stored))
    if counts.promised:
        lines.append(
            n_(
                "{count} photo is still being fetched.",
                "{count} photos are still being fetched.",
                counts.promised,
            )
        )
    if counts.missing:
        lines.append(not_fetched)
    if reported.wants_photos:
        lines.append(_("⚠️ Photos are still missing."))
    return lines


def unusual_in(reported: Reported) -> list[Text]:
    """What was unusual in the newest version, each with the reason that was given."""
    unusual = _("⚠️ Unusual, with the reason: {reason}")
    lines = [unusual.format(reason=reason) for reason in reported.flags.values()]
    if reported.version.note:
        lines.append(_("Note: {note}").format(note=reported.version.note))
    return lines


def state_of(reported: Reported, reviews: Sequence[ReportReview] = ()) -> list[Text]:
    """How far it has come; where it was returned, why, by the newest of its reviews."""
    lines = [STATES[reported.report.state]]
    if reported.report.state == ReportState.RETURNED and reviews:
        lines.append(_("Reason: {reason}").format(reason=reviews[0].reason))
    return lines


def not_fetched_of_ones_own(count: int) -> Text:
    return n_(
        "⚠️ {count} photo could not be fetched.", "⚠️ {count} photos could not be fetched.", count
    )


def not_fetched_of_others(count: int) -> Text:
    return n_(
        "⚠️ {count} photo could not be fetched, and its sender was told.",
        "⚠️ {count} photos could not be fetched, and their sender was told.",
        count,
    )
