"""What is to be known of a kind of report, so that everything else is written once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from locales import Text, _
from storage.help.reports import Reported


def nothing_else(_reported: Reported) -> Sequence[Text]:
    return ()


@dataclass(frozen=True, slots=True)
class ReportKind:
    """How the figures of one kind of report are told."""

    name: str
    """As it is stored, see `storage.help.reports.declare`."""
    made_by: str
    """The conversation that makes it, by its name; a correction opens it again."""
    what: Callable[[Reported], Text]
    """In a few words, as in “45 chiếc chăn bông”."""
    receipt: Callable[[Reported], Sequence[Text]]
    """What its sender reads on the receipt."""
    figures: Callable[[Reported], Sequence[Text]]
    """What whoever checks it reads; the first line also names the site."""
    answers: Callable[[Reported], Mapping[str, Any]]
    """By question, the answers that its figures and its subject come from, but for photos and note."""
    subject: tuple[str, ...] = ()
    """The questions that ask what it is of, which a correction does not change."""
    in_my_reports: Callable[[Reported], Text] | None = None
    """What its sender reads in the list of their reports; None for the same as `what`."""
    faster: Text = field(
        default_factory=lambda: _(
            "{name} has reported this already, at {moment}, with the code {code}."
        )
    )
    """To whoever comes too late; `{name}` is a colleague."""
