"""Tables as officers fill them in: a first line that names the columns, and what each line below it says."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from locales import Text, _
from locales.dates import local_day
from locales.folding import fold
from locales.numbers import read_number
from storage import history
from storage.access import Session
from storage.files.sheet_files import read_lines
from storage.limits import HIGHEST_COUNT, LONGEST_CODE
from storage.refusals import Misunderstood

FIRST_YEAR = 1945
YEARS_AHEAD = 20
"""Days further away than these are slips of the hand."""
LONGEST = 1000
"""Characters of a cell; no message could show more of several."""
CODE = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_CODE}}}")


@dataclass(slots=True)
class Loading:
    """One go of loading: on whose behalf, when, and what is wrong so far."""

    by: str | None
    now: datetime
    errors: list[Text] = field(default_factory=list)
    unstored_sites: set[str] = field(default_factory=set)
    """Sites of a file in which something is wrong: lines that refer to them are not blamed for it."""
    plans_are_broken: bool = False

    @property
    def today(self) -> date:
        return local_day(self.now)

    def note(
        self,
        session: Session,
        action: str,
        subject: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any],
    ) -> None:
        """Write down what was loaded, in the name of whoever loads."""
        history.note(session, action, subject, by=self.by, now=self.now, before=before, after=after)


@dataclass(slots=True)
class Row:
    """One line of a table, its cells by the folded names of their columns.

    Reading notes what is wrong with a cell and goes on with a stand-in, so that whoever wrote the line hears
    everything at once. A line with anything in `wrong` is never taken.
    """

    file: str
    line: int
    cells: Mapping[str, str]
    titles: Mapping[str, str]
    """The columns as they are written in the file."""
    today: date
    wrong: dict[str, Text] = field(default_factory=dict)
    """The first thing that is wrong with each cell, by column."""

    def blame(self, column: str, why: Text) -> None:
        """What follows from a cell that was wrong before is not told as well."""
        self.wrong.setdefault(column, why)

    def errors(self) -> list[Text]:
        """In the order of the columns; where the cells are not under theirs, only that."""
        order = ["", *self.titles]
        told = [""] if "" in self.wrong else sorted(self.wrong, key=order.index)
        return [
            _("{file}, line {line}: {why}").format(
                file=self.file, line=str(self.line), why=self.wrong[column]
            )
            for column in told
        ]

    def optional(self, column: str, longest: int = LONGEST) -> str:
        found = self.cells.get(column, "")
        if len(found) > longest:
            self.blame(
                column,
                _("“{column}” has {count} characters; {most} are the most.").format(
                    column=self.title(column), count=len(found), most=longest
                ),
            )
        return found

    def text(self, column: str, longest: int = LONGEST) -> str:
        """What the cell says, which may not be nothing."""
        found = self.optional(column, longest)
        if not found:
            self.blame(column, _("“{column}” is empty.").format(column=self.title(column)))
        return found

    def code(self, column: str) -> str:
        """A short name for programs: buttons carry it."""
        typed = self.text(column)
        if not CODE.fullmatch(typed):
            self.blame(
                column,
                _(
                    "“{typed}” in “{column}” is not a code: it has at most {most} of A-Z, a-z, 0-9 and . _ -"
                ).format(typed=typed, column=self.title(column), most=LONGEST_CODE),
            )
        return typed

    def number(self, column: str, least: int = 0) -> int:
        """A whole number that can be read in one way only, from `least` to what the store holds."""
        typed = self.text(column)
        number = read_number(typed)
        if isinstance(number, int):
            if not least <= number <= HIGHEST_COUNT:
                self.blame(
                    column,
                    _("“{typed}” in “{column}” is not a number from {least} to {most}.").format(
                        typed=typed, column=self.title(column), least=least, most=HIGHEST_COUNT
                    ),
                )
            return number
        self.blame(
            column,
            _("“{typed}” in “{column}” is not a whole number, such as 60.").format(
                typed=typed, column=self.title(column)
            ),
        )
        return 0

    def day(self, column: str) -> date:
        """A day of a year that somebody alive may mean."""
        typed = self.text(column)
        found = _day(typed)
        if found is None:
            self.blame(
                column,
                _("“{typed}” in “{column}” is not a day, such as 20/11/2026.").format(
                    typed=typed, column=self.title(column)
                ),
            )
            return date.min
        self.expect_year(column, found.year)
        return found

    def optional_day(self, column: str) -> date | None:
        return self.day(column) if self.optional(column) else None

    def expect_year(self, column: str, year: int) -> None:
        last = self.today.year + YEARS_AHEAD
        if not FIRST_YEAR <= year <= last:
            self.blame(
                column,
                _("The year {year} in “{column}” is not between {first} and {last}.").format(
                    year=str(year),
                    column=self.title(column),
                    first=str(FIRST_YEAR),
                    last=str(last),
                ),
            )

    def one_of(self, column: str, choices: Mapping[str, str], shown: Iterable[str]) -> str:
        """The choice that the cell names, in whichever of its words; `shown` tells them to people."""
        typed = self.text(column)
        found = choices.get(column_name(typed))
        if found is None:
            self.blame(
                column,
                _("“{typed}” in “{column}” is not one of: {choices}.").format(
                    typed=typed, column=self.title(column), choices=", ".join(shown)
                ),
            )
        return found or ""

    def title(self, column: str) -> str:
        return self.titles.get(column, column)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole table."""

    file: str
    columns: Mapping[str, str]
    """The columns as they are written, by their folded names."""
    rows: Sequence[Row]


def read_sheet(path: Path, today: date) -> Sheet:
    """Raises Misunderstood when the file cannot be read as a table."""
    filled = [(number, cells) for number, cells in read_lines(path) if any(cells)]
    if not filled:
        raise Misunderstood(_("{file}: the file is empty.").format(file=path.name))
    titles = filled[0][1]
    columns = _columns(path.name, titles)
    header = [column_name(title) for title in titles]
    rows = [
        _row(Row(path.name, number, {}, columns, today), header, cells)
        for number, cells in filled[1:]
        # The templates begin their examples like this, so that nobody loads an example.
        if not cells[0].startswith("#")
    ]
    return Sheet(path.name, columns, rows)


def _columns(file: str, titles: Sequence[str]) -> dict[str, str]:
    """Raises Misunderstood when two columns have one name."""
    columns: dict[str, str] = {}
    for title in filter(None, titles):
        name = column_name(title)
        if name in columns:
            raise Misunderstood(
                _("{file}: the column “{column}” is there twice.").format(file=file, column=title)
            )
        columns[name] = title.strip(" *")
    return columns


def _row(row: Row, header: Sequence[str], cells: Sequence[str]) -> Row:
    """The row with its cells; one that stands under no title belongs somewhere else."""
    named = list(zip_longest(header, cells, fillvalue=""))
    row.cells = {name: cell for name, cell in named if name}
    if lost := [cell for name, cell in named if cell and not name]:
        row.blame(
            "",
            _(
                "“{cells}” stands under no column. Please put quotes around a text that holds commas."
            ).format(cells=" ".join(lost)),
        )
    return row


def column_name(cell: str) -> str:
    return " ".join(fold(cell).replace("_", " ").replace("*", " ").split())


def _day(typed: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            # A day has no time and so no time zone.
            return datetime.strptime(typed, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None
