"""What is to be known of a kind of report, so that everything else is written once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from locales import Text
from storage.help.reports import Reported


def nothing_else(_reported: Reported) -> Sequence[Text]:
    return ()


@dataclass(frozen=True, slots=True)
class ReportKind:
    """How the figures of one kind of report are told."""

    name: str
    """As it is stored, see `storage.help.reports.declare`."""
    what: Callable[[Reported], Text]
    """In a few words, as in “45 chiếc chăn bông”."""
    receipt: Callable[[Reported], Sequence[Text]]
    """What its sender reads on the receipt."""
    figures: Callable[[Reported], Sequence[Text]]
    """What whoever checks it reads; the first line also names the site."""
    in_my_reports: Callable[[Reported], Text] | None = None
    """What its sender reads in the list of their reports; None for the same as `what`."""
