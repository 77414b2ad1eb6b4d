"""An uploaded spreadsheet, opened with distrust, as cells with a kind, an exact value and an address.

Syntax only: what a cell means is for whoever asked for the file. One reading of the XML gives values, formulas, dates
and merged cells alike, so that no two parsers can see different things in one file. Rows come one by one, as they are
read. What is wrong with a file is raised as `Refused`, with the address of a cell (`Cijfers!C12`) where there is one.

    book = spreadsheet.opened(data)
    sheet = book.sheets[0]
    for row in sheet.rows():
        number = row.at(0)  # column A; a blank cell where nothing stands
        if number.kind is Kind.TEXT: ...
    if sheet.merged: ...

Defined meanings: outer white space, no-break spaces included, is no part of a text; a number is the decimal that a
spreadsheet program shows of it, 15 digits (0.1 + 0.2 is 0.3); a text of nothing is blank. Hidden rows and columns are
read like others. Source: docs/semantics.md, "Input".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Context, Decimal, DecimalException
from enum import StrEnum
from typing import Any, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused
from impact import spreadsheet_package as package
from impact.spreadsheet_package import MAX_BYTES, MAX_UNPACKED, Package

MAX_ROWS = 60_000
"""In one sheet, of those that hold something."""
MAX_COLUMNS = 1_000
_CHUNK = 1 << 16
_SHOWN = Context(prec=15)
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,9})?")
"""As spreadsheet programs write them: a decimal would also take other digits and underscores."""
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")

__all__ = ["MAX_BYTES", "MAX_COLUMNS", "MAX_ROWS", "Cell", "Kind", "Row", "Sheet", "Spreadsheet", "letters", "opened"]


class Kind(StrEnum):
    BLANK = "blank"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    FORMULA = "formula"
    ERROR = "error"


class Cell(NamedTuple):
    """`value`: str of a text and an error, Decimal of a number, date of a date, bool of a boolean, else None."""

    sheet: str
    row: int
    """As shown: the first is 1."""
    column: int
    """The first, A, is 0."""
    kind: Kind = Kind.BLANK
    value: Any = None

    @property
    def address(self) -> str:
        """`Cijfers!C12`."""
        return f"{self.sheet}!{letters(self.column)}{self.row}"

    @property
    def is_blank(self) -> bool:
        return self.kind is Kind.BLANK

    @property
    def text(self) -> str:
        """The text of a text cell; of a number its digits; else nothing."""
        if self.kind is Kind.NUMBER:
            return f"{self.value:f}"
        return self.value if self.kind is Kind.TEXT else ""


class Row(NamedTuple):
    """A row that holds something; only the cells that are not blank are kept."""

    sheet: str
    number: int
    cells: dict[int, Cell]

    def at(self, column: int) -> Cell:
        return self.cells.get(column) or Cell(self.sheet, self.number, column)


@dataclass
class Sheet:
    name: str
    is_hidden: bool
    _package: Package = field(repr=False)
    _part: str = field(repr=False)
    _most_rows: int = field(default=MAX_ROWS, repr=False)
    _merged: tuple[str, ...] | None = field(default=None, repr=False)

    def rows(self) -> Iterator[Row]:
        """The rows that hold something, from the top; read anew each time.

        Raises:
            Refused: no XML, a document type, rows out of order, or more than the portal takes.
        """
        reader = _Reader(self.name, self._package, self._most_rows)
        for chunk in self._package.chunks(self._part, _CHUNK):
            reader.feed(chunk)
            yield from reader.taken()
        reader.feed(b"", last=True)
        yield from reader.taken()
        self._merged = tuple(reader.merged)

    def about_rows(self) -> int:
        """Roughly how many rows there are, without reading them: to show how far reading is."""
        return sum(chunk.count(b"<row ") for chunk in self._package.chunks(self._part, _CHUNK))

    @property
    def merged(self) -> tuple[str, ...]:
        """The ranges of merged cells, such as `A3:B4`; at hand once the rows were read to the end."""
        if self._merged is None:
            for _row in self.rows():
                pass
        return self._merged or ()


@dataclass(frozen=True)
class Spreadsheet:
    sheets: tuple[Sheet, ...]

    def sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


def opened(
    data: bytes, *, largest: int = MAX_BYTES, unpacked: int = MAX_UNPACKED, most_rows: int = MAX_ROWS
) -> Spreadsheet:
    """The sheets of an `.xlsx`, known by its content and not by its name; no cell has been read yet.

    Raises:
        Refused: too large, no workbook, an older or another kind of spreadsheet, encrypted, with macros or external
            links, packed so that it would fill the memory, or damaged.
    """
    packed = package.opened(data, largest=largest, unpacked=unpacked)
    return Spreadsheet(tuple(Sheet(each.name, each.is_hidden, packed, each.part, most_rows) for each in packed.sheets))


def letters(column: int) -> str:
    """The name of a column: 0 is A, 27 is AB."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Reader:
    """The rows of one sheet, out of the events of the parser."""

    def __init__(self, sheet: str, packed: Package, most_rows: int) -> None:
        self.sheet = sheet
        self._most_rows = most_rows
        self.merged: list[str] = []
        self._package = packed
        self._rows: list[Row] = []
        self._number_of_rows = 0
        self._row = 0
        self._cells: dict[int, Cell] = {}
        self._column = -1
        self._type = self._style = ""
        self._is_formula = False
        self._is_text = self._is_sound = False
        self._text: list[str] = []
        self._columns: dict[str, int] = {}
        self._parser = package.parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, ValueError, IndexError, OverflowError) as error:
            raise package.damaged() from error

    def taken(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "c":
            self._place(attributes.get("r", ""))
            self._type = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._is_formula = False
            self._text = []
        elif name in ("v", "t"):
            # How a text sounds (rPh), which some programs keep beside it, is no part of it.
            self._is_text = not self._is_sound
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            number = int(attributes.get("r", self._row + 1))
            if number <= self._row:
                raise package.damaged()
            self._row, self._column, self._cells = number, -1, {}
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", "").replace("$", ""))
        elif name == "rPh":
            self._is_sound = True

    def _place(self, reference: str) -> None:
        """Where the cell stands; without a reference it follows the one before it."""
        before = self._column
        if reference:
            match = _REFERENCE.fullmatch(reference)
            if match is None or int(match[2]) != self._row:
                raise package.damaged()
            column = self._columns.get(match[1])
            if column is None:
                column = 0
                for letter in match[1]:
                    column = column * 26 + ord(letter) - 64
                column -= 1
                self._columns[match[1]] = column
            self._column = column
        else:
            self._column += 1
        if self._column <= before:
            raise package.damaged()

    def _characters(self, text: str) -> None:
        if self._is_text:
            self._text.append(text)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("v", "t"):
            self._is_text = False
        elif name == "rPh":
            self._is_sound = False
        elif name == "c":
            kind, value = self._read()
            if kind is not Kind.BLANK:
                if self._column >= MAX_COLUMNS:
                    raise self._too_many("too-many-columns", _("At most %(number)d columns.") % {"number": MAX_COLUMNS})
                self._cells[self._column] = Cell(self.sheet, self._row, self._column, kind, value)
        elif name == "row" and self._cells:
            self._number_of_rows += 1
            if self._number_of_rows > self._most_rows:
                raise self._too_many("too-many-rows", _("At most %(number)d rows.") % {"number": self._most_rows})
            self._rows.append(Row(self.sheet, self._row, self._cells))

    def _read(self) -> tuple[Kind, Any]:
        text = "".join(self._text)
        if self._is_formula:
            return Kind.FORMULA, None
        match self._type:
            case "s":
                return _words(self._package.texts[int(text)]) if text else (Kind.BLANK, None)
            case "str" | "inlineStr":
                return _words(package.unescaped(text))
            case "b":
                return Kind.BOOLEAN, text.strip() == "1"
            case "e":
                return Kind.ERROR, text.strip()
            case "d":
                return Kind.DATE, date.fromisoformat(text.strip()[:10])
        if not text.strip():
            return Kind.BLANK, None
        return self._number(text.strip())

    def _number(self, text: str) -> tuple[Kind, Any]:
        if _NUMBER.fullmatch(text) is None:
            return Kind.ERROR, text
        try:
            number = _SHOWN.create_decimal(text)
        except DecimalException:
            return Kind.ERROR, text
        # Exponents without end would make a number of a million digits where somebody writes it out.
        if abs(number.adjusted()) > 30:
            return Kind.ERROR, text
        if self._style in self._package.date_styles:
            return Kind.DATE, as_date(number, since_1904=self._package.since_1904)
        return Kind.NUMBER, number

    def _too_many(self, code: str, detail: str) -> Refused:
        return Refused([Problem(f"{self.sheet}!{letters(self._column)}{self._row}", code, detail)])


def _words(text: str) -> tuple[Kind, Any]:
    text = text.strip()
    return (Kind.TEXT, text) if text else (Kind.BLANK, None)


def as_date(number: Decimal, *, since_1904: bool = False) -> date | None:
    """The day that a serial number stands for; None outside the calendar."""
    start = date(1904, 1, 1) if since_1904 else date(1899, 12, 30)
    try:
        return start + timedelta(days=int(number))
    except OverflowError:
        return None
