"""A list that somebody kept in a spreadsheet: rows of cells, each with its address. Pure.

A text file is read as a spreadsheet would show it: a record is a row, also where a quoted cell holds a line break, so
that `C12` is where the reader finds it. Source: docs/semantics.md, "Input".
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import islice

from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused
from impact import spreadsheet
from impact.spreadsheet import Kind, Sheet, letters
from impact.submission import MAX_ROWS

MOST_COLUMNS = 100
LONGEST_CELL = 32_767
"""What a cell of a spreadsheet can hold."""
_DELIMITERS = (";", ",", "\t", "|")
_SAMPLE = 30
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"))
"""What comes along from web pages and cannot be seen: no width, or a direction of writing."""
_GUARDED = ("=", "+", "-", "@")


class Odd(Enum):
    """What a cell can hold beside text and numbers; none of it can be meant in a list of organisations."""

    FORMULA = "formula"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"


Cell = str | int | Decimal | Odd


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    """As the spreadsheet counts, from 1."""
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """The cell in a column, counted from 0; empty where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        return not any(not isinstance(cell, str) or cell for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """One sheet, or the whole of a text file, whose name is empty."""

    name: str
    rows: Sequence[Row]
    """Those that hold something."""
    merged: frozenset[int] = frozenset()
    """The numbers of rows with cells that are merged."""

    def address(self, row: int, column: int) -> str:
        """`Blad1!C12`, or `C12` in a text file."""
        cell = f"{letters(column)}{row}"
        return f"{self.name}!{cell}" if self.name else cell

    @property
    def width(self) -> int:
        return max((len(row.cells) for row in self.rows), default=0)


def clean(text: str) -> str:
    """The text without what cannot be seen: spaces around it, several in a row, no-break ones, no-width ones."""
    return " ".join(text.translate(_INVISIBLE).split())


def text_of(cell: Cell) -> str:
    """The cell as it is shown to its reader."""
    if isinstance(cell, Odd):
        return f"({cell.value})"
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def tables(data: bytes, *, most: int | None = None) -> list[Table]:
    """The sheets of a workbook that can be seen, or the one table of a text file; at most so many rows of each.

    Raises:
        Refused: neither, or one that the portal does not open.
    """
    if not _is_packed(data):
        whole = of_csv(data)
        return [Table("", whole.rows[:most])]
    sheets = [sheet for sheet in spreadsheet.opened(data).sheets if not sheet.is_hidden]
    return [table_of(sheet.name, _cells(islice(sheet.rows(), most))) for sheet in sheets]


def table(data: bytes, name: str, *, tell: Callable[[int, int], None] = lambda _done, _total: None) -> Table:
    """The whole table of that name; `tell` hears how many rows of a workbook were read, of about how many.

    A text file is there at once.

    Raises:
        Refused: as for `tables`, or there is no such sheet.
    """
    if not _is_packed(data):
        return of_csv(data)
    sheet = spreadsheet.opened(data).sheet(name)
    if sheet is None:
        raise _refused("unknown", _("There is no such sheet in this file."))
    rows = table_of(name, _cells(_telling(sheet, tell))).rows
    return Table(name, rows, frozenset(_rows_of(sheet.merged)))


_PACKED = (b"PK", b"\xd0\xcf\x11\xe0")
"""How a workbook begins, and an old or encrypted one; what cannot be opened `spreadsheet` says."""
TOLD_EVERY = 500


def _is_packed(data: bytes) -> bool:
    return data.startswith(_PACKED)


def _telling(sheet: Sheet, tell: Callable[[int, int], None]) -> Iterator[spreadsheet.Row]:
    total = sheet.about_rows()
    for number, row in enumerate(sheet.rows(), start=1):
        if number % TOLD_EVERY == 0:
            tell(number, max(total, number))
        yield row


def _cells(rows: Iterable[spreadsheet.Row]) -> Iterator[tuple[int, Sequence[Cell]]]:
    for row in rows:
        cells: list[Cell] = [""] * (max(row.cells, default=-1) + 1)
        for column, cell in row.cells.items():
            cells[column] = _cell(cell)
        yield row.number, cells


def _cell(cell: spreadsheet.Cell) -> Cell:
    match cell.kind:
        case Kind.NUMBER:
            whole = int(cell.value)
            return whole if whole == cell.value else Decimal(cell.value)
        case Kind.TEXT:
            return str(cell.value)
        case Kind.BLANK:
            return ""
    return Odd(cell.kind.value)


def _rows_of(ranges: Iterable[str]) -> Iterator[int]:
    for each in ranges:
        first, last = ([int(digits) for digits in re.findall(r"[0-9]+", each)] * 2)[:2]
        yield from range(first, min(last, first + MAX_ROWS) + 1)


def table_of(name: str, rows: Iterator[tuple[int, Sequence[Cell]]]) -> Table:
    """The table of numbered rows, without those that are blank.

    Raises:
        Refused: too many rows or columns, or a cell that is too long.
    """
    kept: list[Row] = []
    for number, cells in rows:
        tidied = [clean(cell) if isinstance(cell, str) else cell for cell in cells]
        while tidied and tidied[-1] == "":
            tidied.pop()
        if not tidied:
            continue
        if len(tidied) > MOST_COLUMNS:
            raise _refused("too-many", _("A list has at most %(number)d columns.") % {"number": MOST_COLUMNS})
        # One row more than the limit may be the one with the headings.
        if len(kept) > MAX_ROWS:
            raise _refused("too-many", _("A list has at most %(number)d rows.") % {"number": MAX_ROWS})
        kept.append(Row(number, tuple(tidied)))
    return Table(name, kept)


# --- text files


def of_csv(data: bytes) -> Table:
    """The rows of a text file, whatever program wrote it.

    Raises:
        Refused: it is no text, or no table.
    """
    text = _decoded(data)
    if "\x00" in text:
        raise _refused("unreadable", _("This file is no text: it holds characters that no spreadsheet writes."))
    first, _newline, rest = text.partition("\n")
    told = first.strip().lower()
    # Excel writes down which delimiter it used, and does not show that line as a row.
    if len(told) == 5 and told.startswith("sep="):
        return _parsed(rest, first.strip()[-1])
    if told == "sep=":
        return _parsed(rest, "\t")
    return _parsed(text, _delimiter(text))


def _decoded(data: bytes) -> str:
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if marked else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused("unreadable", _("The characters of this file cannot be read. Save it as CSV UTF-8."))


def _delimiter(text: str) -> str:
    """The one that makes the same number of columns in the most rows of the beginning."""

    def columns(delimiter: str) -> int:
        width, often = _width(text, delimiter)
        return (width - 1) * often

    return max(_DELIMITERS, key=columns)


def _width(text: str, delimiter: str) -> tuple[int, int]:
    """The number of columns that most rows of the beginning have, and how many do."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    widths: Counter[int] = Counter()
    try:
        for row in reader:
            widths[len(row)] += bool(row)
            if widths.total() == _SAMPLE:
                break
    except csv.Error:
        return 1, 0
    return widths.most_common(1)[0] if widths else (1, 0)


def _parsed(text: str, delimiter: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, _often = _width(text, delimiter)
    line = 1

    def rows() -> Iterator[tuple[int, Sequence[Cell]]]:
        nonlocal line
        for number, cells in enumerate(reader, start=1):
            if any(len(cell) > LONGEST_CELL for cell in cells) or _ran_together(cells, delimiter, width):
                raise _unclosed(line)
            line = reader.line_num + 1
            yield number, [_typed(cell) for cell in cells]

    try:
        return table_of("", rows())
    except csv.Error as error:
        raise _unclosed(line) from error


def _ran_together(cells: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether one cell holds other rows: a stray quotation mark opened it, and the next stray one closed it."""
    for cell in cells:
        if "\n" in cell or "\r" in cell:
            within = cell.count(delimiter)
            if within and (within >= width - 1 or len(cells) != width):
                return True
    return False


def _typed(text: str) -> Cell:
    """In a text file everything is text; but a spreadsheet would run what begins with `=`."""
    stripped = text.strip()
    if stripped.startswith("=") and len(stripped) > 1:
        return Odd.FORMULA
    # Programs that make exports safe put an apostrophe before such a text, as this portal does.
    if stripped.startswith("'") and stripped[1:2] in _GUARDED:
        return stripped[1:]
    return text


def _unclosed(line: int) -> Refused:
    detail = _(
        "In line %(number)d a quotation mark is not closed, or stands in the middle of a cell: rows would run "
        "together. Take it out, or save the list as a workbook (.xlsx)."
    )
    return _refused("unreadable", detail % {"number": line})


def _refused(code: str, detail: str) -> Refused:
    return Refused([Problem("/file", code, detail)])
