"""What somebody's words about a delivery answer, once it is known how many were sent. Slot filling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conversations.understanding.deliveries import ToldArrival
from conversations.understanding.matching import Candidate
from storage.help.confirmations import Outcome

A_SENTENCE = 3
"""So many words that are neither goods nor places are something to be noted."""


def answers_in(report: ToldArrival, meant: Candidate, words: str) -> Mapping[str, Any]:
    """Answers of `confirm_delivery` by step; where the words contradict one another, nothing is taken from them."""
    found: dict[str, Any] = {}
    received = _received(report, meant.sent)
    outcome = _outcome(report, received, meant.sent)
    if outcome is not None:
        found["outcome"] = outcome
    if outcome == Outcome.PART and received is not None:
        found["received"] = received
    if outcome == Outcome.PART and report.damaged is not None:
        found["damaged"] = report.damaged
    if report.reason:
        found["reason"] = report.reason
    if len(report.names - meant.goods - meant.place) >= A_SENTENCE:
        found["note"] = words
    return found


def _received(report: ToldArrival, sent: int) -> int | None:
    """How many came, as counted or as left over; None when unknown or when the numbers do not agree."""
    agreed = set()
    if report.received is not None:
        agreed.add(report.received)
    if report.missing is not None and report.missing <= sent:
        agreed.add(sent - report.missing)
    if report.extra is not None:
        agreed.add(sent + report.extra)
    if report.everything:
        agreed.add(sent)
    return agreed.pop() if len(agreed) == 1 else None


def _outcome(report: ToldArrival, received: int | None, sent: int) -> Outcome | None:
    if report.nothing and report.everything:
        return None
    if report.nothing and report.received is None:
        return Outcome.NONE
    if received == 0:
        return Outcome.NONE
    if report.damaged:
        return Outcome.PART
    if received is None:
        said_apart = report.incomplete and not report.everything
        return Outcome.PART if said_apart else None
    return Outcome.ALL if received == sent else Outcome.PART
