"""Files as officers send them: CSV with commas or semicolons, or a workbook of Excel, as lines of cells."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeAlias

from locales import _
from locales.folding import clean
from storage.refusals import Misunderstood

_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
"""What Excel writes into the first line to say how it separates the cells."""

_SEALED = bytes.fromhex("d0cf11e0a1b11ae1")
"""How files begin that Excel encrypted, and those from before 2007."""

Line: TypeAlias = tuple[int, list[str]]
"""The number that the file shows for it, and its cells."""


def read_lines(path: Path) -> list[Line]:
    """Raises Misunderstood when the file cannot be read."""
    lines: Iterable[Line]
    lines = _workbook(path) if path.suffix.lower() in {".xlsx", ".xlsm"} else _csv(path)
    try:
        return list(lines)
    except csv.Error as error:
        raise _unreadable(path, str(error)) from None


def _unreadable(path: Path, why: str) -> Misunderstood:
    return Misunderstood(
        _("{file}: the file cannot be read ({why}).").format(file=path.name, why=why)
    )


def _csv(path: Path) -> Iterator[Line]:
    try:
        content = path.read_bytes()
        # “Unicode Text” of Excel is UTF-16, and says so in its first two bytes.
        wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise Misunderstood(
            _("{file}: the file is not in UTF-8. In Excel, save it as “CSV UTF-8”.").format(
                file=path.name
            )
        ) from None
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from None
    first, _end, rest = text.partition("\n")
    named = _SEPARATOR.fullmatch(first.strip("\r "))
    if named:
        text = rest
    delimiter = named[1] if named else max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    skipped = 1 if named else 0
    before = skipped
    for cells in reader:
        # A cell may hold line ends, so a row is known by the line on which it begins.
        yield before + 1, [clean(cell) for cell in cells]
        before = skipped + reader.line_num


def _workbook(path: Path) -> list[Line]:
    # Only here: it is large, and a bot that runs reads no workbooks.
    from openpyxl import load_workbook

    try:
        with path.open("rb") as file:
            sealed = file.read(len(_SEALED)) == _SEALED
        if sealed:
            raise Misunderstood(
                _(
                    "{file}: the file has a password, or is of an old Excel. "
                    "Please save it as .xlsx without a password."
                ).format(file=path.name)
            )
        book = load_workbook(path, read_only=True, data_only=True)
        try:
            rows = book.worksheets[0].iter_rows(values_only=True)
            return [
                (number, [_written(cell) for cell in row]) for number, row in enumerate(rows, 1)
            ]
        finally:
            book.close()
    except Misunderstood:
        raise
    # A broken workbook lets out whatever the parsers of zip and XML, and the reader above them, happen to raise.
    except Exception as error:
        raise _unreadable(path, type(error).__name__) from None


def _written(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return clean(str(cell))
