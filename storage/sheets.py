"""Tables as officers make them: CSV with commas or semicolons, or a workbook of Excel."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

from locales import Text, _
from locales.folding import clean, fold
from locales.numbers import read_number
from storage.refusals import Misunderstood


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, its cells by the folded names of their columns."""

    file: str
    line: int
    cells: dict[str, str]

    def error(self, why: Text) -> Text:
        return _("{file}, line {line}: {why}").format(file=self.file, line=self.line, why=why)

    def text(self, column: str) -> str:
        """Raises Misunderstood when the cell is empty."""
        found = self.cells.get(column, "")
        if not found:
            raise Misunderstood(_("“{column}” is empty.").format(column=column))
        return found

    def optional(self, column: str) -> str:
        return self.cells.get(column, "")

    def number(self, column: str) -> int:
        """Raises Misunderstood when the cell holds no whole number, or one that can be read in two ways."""
        typed = self.text(column)
        number = read_number(typed)
        if not isinstance(number, int):
            raise Misunderstood(
                _("“{typed}” in “{column}” is not a whole number, such as 60.").format(
                    typed=typed, column=column
                )
            )
        return number

    def day(self, column: str) -> date:
        """Raises Misunderstood when the cell holds no day."""
        typed = self.text(column)
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                # A day has no time and so no time zone.
                return datetime.strptime(typed, form).date()  # noqa: DTZ007
            except ValueError:
                continue
        raise Misunderstood(
            _("“{typed}” in “{column}” is not a day, such as 20/11/2026.").format(
                typed=typed, column=column
            )
        )

    def optional_day(self, column: str) -> date | None:
        return self.day(column) if self.optional(column) else None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole table."""

    file: str
    columns: frozenset[str]
    rows: Sequence[Row]


def read_sheet(path: Path) -> Sheet:
    """Raises Misunderstood when the file cannot be read as a table."""
    lines = _workbook(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else _csv(path)
    try:
        filled = [(number, cells) for number, cells in lines if any(cells)]
    except csv.Error as error:
        raise _unreadable(path, str(error)) from None
    if not filled:
        raise Misunderstood(_("{file}: the file is empty.").format(file=path.name))
    header = [column_name(cell) for cell in filled[0][1]]
    rows = [
        Row(path.name, number, dict(zip(header, cells, strict=False)))
        for number, cells in filled[1:]
        # The templates begin their examples like this, so that nobody loads an example.
        if not cells[0].startswith("#")
    ]
    return Sheet(path.name, frozenset(header), rows)


def column_name(cell: str) -> str:
    return " ".join(fold(cell).replace("_", " ").replace("*", " ").split())


def _unreadable(path: Path, why: str) -> Misunderstood:
    return Misunderstood(
        _("{file}: the file cannot be read ({why}).").format(file=path.name, why=why)
    )


def _csv(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Misunderstood(
            _("{file}: the file is not in UTF-8. In Excel, save it as “CSV UTF-8”.").format(
                file=path.name
            )
        ) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from None
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    for cells in reader:
        # A cell may hold line ends, so a row is known by the line on which it begins.
        yield before + 1, [clean(cell) for cell in cells]
        before = reader.line_num


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
        raise _unreadable(path, type(error).__name__) from None
    try:
        for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
            yield number, [_written(cell) for cell in cells]
    finally:
        book.close()


def _written(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return clean(str(cell))


def one_of(row: Row, column: str, choices: Mapping[str, str]) -> str:
    """The choice that a cell names, in whichever of its words; raises Misunderstood."""
    typed = row.text(column)
    found = choices.get(column_name(typed))
    if found is None:
        raise Misunderstood(
            _("“{typed}” in “{column}” is not one of: {choices}.").format(
                typed=typed, column=column, choices=", ".join(choices)
            )
        )
    return found
