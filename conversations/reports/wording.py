"""How a report is put into words, whatever it is of."""

from __future__ import annotations

from conversations.deliveries.wording import WHY_MISSING
from conversations.kit import words
from conversations.kit.links import STAYS, opens
from conversations.kit.screens import Button
from conversations.kit.wording import counted
from locales import Text, _, n_
from storage.help.confirmations import Sent
from storage.help.receipts import display


def show_all() -> Button:
    """An officer's way from a card that counts the waiting reports to all of them."""
    return Button(_("Show all"), STAYS + opens("waiting_reports"), typed=words.SHOW_ALL)


def what_was_reported(sent: Sent) -> Text:
    """A report in a few words, with its receipt code."""
    return _("{what} ({code})").format(
        what=counted(sent.confirmation.received, sent.item),
        code=display(sent.confirmation.code),
    )


def photos_of(sent: Sent, not_fetched: Text) -> list[Text]:
    """The photos of a report: those that are here, on their way, lost (in the reader's own words), and still wanted."""
    counts = sent.photos
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
    if sent.wants_photos:
        lines.append(_("⚠️ Photos are still missing."))
    return lines


def reason_of(sent: Sent) -> Text | str:
    """Why something is missing or damaged, as it is read."""
    known = (one.label for one in WHY_MISSING if one.key == sent.confirmation.reason)
    return next(known, sent.confirmation.reason)
