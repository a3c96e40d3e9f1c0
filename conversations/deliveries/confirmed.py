"""How a confirmed delivery is told: on its receipt, to whoever checks it, and in the list of one's reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conversations.deliveries.wording import WHY_MISSING, line_of
from conversations.kit import ReportKind
from conversations.kit.wording import counted
from locales import Text, _
from storage.help import confirmations
from storage.help.confirmations import ConfirmedDelivery, Outcome
from storage.help.reports import Reported


def arrival(reported: Reported) -> ConfirmedDelivery:
    if not isinstance(reported.figures, ConfirmedDelivery):
        raise TypeError(type(reported.figures))
    return reported.figures


def what(reported: Reported) -> Text:
    said = arrival(reported)
    return counted(said.confirmation.received, said.item)


def in_my_reports(reported: Reported) -> Text:
    said = arrival(reported)
    if said.confirmation.outcome == Outcome.NONE:
        return _("{what}: nothing came").format(what=counted(said.sent, said.item))
    return what(reported)


def on_the_receipt(reported: Reported) -> Sequence[Text]:
    said = arrival(reported)
    lines = [
        line_of(counted(said.sent, said.item), reported.site, said.handed_on or said.delivery.day)
    ]
    if said.confirmation.received:
        lines.append(_("Received: {counted}").format(counted=what(reported)))
    else:
        lines.append(_("Nothing has come; when it does, please confirm it here."))
    if said.confirmation.damaged:
        lines.append(_("Damaged: {count}").format(count=said.confirmation.damaged))
    return lines


def figures(reported: Reported) -> Sequence[Text]:
    said, confirmation = arrival(reported), arrival(reported).confirmation
    if confirmation.outcome == Outcome.NONE:
        told = _("nothing has come of {what}").format(what=counted(said.sent, said.item))
    else:
        told = _("{what} of {sent}").format(what=what(reported), sent=said.sent)
    lines = [_("{site}: {what}").format(site=reported.site.name, what=told)]
    if confirmation.damaged:
        lines.append(_("⚠️ Damaged: {count}").format(count=confirmation.damaged))
    if confirmation.received_on is not None:
        lines.append(_("Received on {day}").format(day=confirmation.received_on))
    if confirmation.reason:
        known = (one.label for one in WHY_MISSING if one.key == confirmation.reason)
        reason = next(known, confirmation.reason)
        lines.append(_("Reason: {reason}").format(reason=reason))
    return lines


def answers(reported: Reported) -> Mapping[str, Any]:
    """What its site would answer to say the same again."""
    said, confirmation = arrival(reported), arrival(reported).confirmation
    told: dict[str, Any] = {"delivery": said.delivery.id, "outcome": confirmation.outcome}
    if confirmation.outcome == Outcome.ALL and confirmation.received != said.sent:
        # By the records something else was sent since.
        told["outcome"] = Outcome.PART
    if told["outcome"] == Outcome.PART:
        told |= {"received": confirmation.received, "damaged": confirmation.damaged}
    if confirmation.reason:
        told["reason"] = confirmation.reason
    if confirmation.received_on is not None:
        told["day"] = confirmation.received_on.isoformat()
    return told


CONFIRMED = ReportKind(
    confirmations.KIND,
    made_by="confirm_delivery",
    what=what,
    receipt=on_the_receipt,
    figures=figures,
    answers=answers,
    subject=("delivery",),
    in_my_reports=in_my_reports,
    faster=_("{name} has confirmed this delivery already, at {moment}, with the code {code}."),
)
