"""One sheet of a filled workbook: which row and column is which, and cells read as numbers and words.

What is wrong is collected, with the address of its cell, and reading goes on: everything is reported at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils import formats
from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused
from impact.spreadsheet import Cell, Kind, Row, Sheet, Spreadsheet, as_date, letters
from impact.submission import MAX_ROWS
from impact.workbook import layout, meta, words
from impact.workbook.words import Words

_HEADER_WITHIN = 200
"""Rows in which the keys and the headers are looked for."""
_DIGITS = re.compile(r"[0-9]{1,15}")
_LOOKS_LIKE_A_NUMBER = re.compile(r"[-+−–]?[€\s]*[0-9][0-9.,\s]*(,-)?")
_FIRST_SERIAL, _LAST_SERIAL = 43_831, 51_500
"""1 January 2020 to 30 December 2040: a number in between may be a date that lost its format."""


@dataclass
class Findings:
    """What is wrong and what is doubtful, each with its cell."""

    problems: list[Problem] = field(default_factory=list)
    doubts: list[Problem] = field(default_factory=list)

    def refuse(self, address: str, code: str, detail: str) -> None:
        self.problems.append(Problem(address, code, detail))

    def doubt(self, address: str, code: str, detail: str) -> None:
        self.doubts.append(Problem(address, code, detail))


@dataclass
class Table:
    """The rows of a sheet below its headers, with its columns by key."""

    name: str
    columns: dict[str, int]
    rows: list[Row]
    headers: Row

    def at(self, row: Row, key: str) -> Cell:
        return row.at(self.columns[key])

    def key_of(self, row: Row) -> str:
        """What stands in the hidden column of a row."""
        return row.at(0).text

    def filled(self, row: Row, keys: Iterable[str]) -> list[Cell]:
        return [cell for key in keys if not (cell := self.at(row, key)).is_blank]


def tables(
    book: Spreadsheet,
    needed: dict[str, list[str]],
    labels: Mapping[str, str],
    findings: Findings,
    *,
    most_rows: int = MAX_ROWS,
) -> dict[str, Table]:
    """The sheets that are read, known by the mark in their first cell, whatever they are called or where they stand.

    `needed`: by sheet the columns that must be there; `labels`: what stood above them (`meta.header`). A sheet whose
    columns cannot be told apart is not read any further.
    """
    found: dict[str, Table] = {}
    unclear = set()
    for sheet in book.sheets:
        read = _table(sheet, most_rows)
        if read is None or read[0] not in needed:
            continue
        kind, table = read
        if kind in found:
            findings.refuse(sheet.name, "twice", _("This sheet is in the workbook twice. Take one of them out."))
            continue
        found[kind] = table
        _examine(sheet, table, findings)
        if not _is_headed(kind, table, needed[kind], labels, findings):
            unclear.add(kind)
    names = words.sheet_names()
    for kind in needed:
        if kind not in found and kind != words.PROPOSALS:
            detail = _("The sheet %(name)s is missing, or its hidden first row is.") % {"name": names[kind]}
            findings.refuse(names[kind], "sheet-missing", detail)
    return {kind: table for kind, table in found.items() if kind not in unclear}


def _table(sheet: Sheet, most_rows: int) -> tuple[str, Table] | None:
    rows = sheet.rows()
    kind = ""
    columns: dict[str, int] = {}
    for row in rows:
        mark = row.at(0).text
        if mark.startswith(meta.MARK):
            kind = mark.removeprefix(meta.MARK)
            columns = {}
            for number, cell in sorted(row.cells.items()):
                if number and cell.text:
                    columns.setdefault(cell.text, number)
        elif kind and mark == meta.DATA:
            return kind, Table(sheet.name, columns, list(_limited(rows, most_rows)), row)
        if row.number > _HEADER_WITHIN:
            break
    return None


def _limited(rows: Iterator[Row], most: int) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > most:
            detail = _("At most %(number)d rows.") % {"number": most}
            raise Refused([Problem(f"{row.sheet}!A{row.number}", "too-many-rows", detail)])
        yield row


def _is_headed(kind: str, table: Table, needed: list[str], labels: Mapping[str, str], findings: Findings) -> bool:
    """Whether each column is there, below its own header: the keys are hidden, and stay where they are in a swap."""
    before = len(findings.problems)
    for key in needed:
        label = labels.get(meta.header(kind, key), key.removeprefix(layout.LINE))
        if key not in table.columns:
            detail = _("The column %(name)s is missing. Download a new workbook.") % {"name": label}
            findings.refuse(table.name, "column-missing", detail)
            continue
        header = table.at(table.headers, key)
        if header.text != label.strip():
            detail = _("Here should stand “%(label)s”: columns were moved apart from their headers, or changed places.")
            findings.refuse(header.address, "label-moved", detail % {"label": label})
    return len(findings.problems) == before


def _examine(sheet: Sheet, table: Table, findings: Findings) -> None:
    for merged in sheet.merged:
        first = merged.partition(":")[0]
        number = int(re.sub(r"[^0-9]", "", first) or 0)
        if number > table.headers.number:
            detail = _("Merged cells cannot be read. Split them, and fill in each.")
            findings.refuse(f"{table.name}!{first}", "merged", detail)
    known = {0, *table.columns.values()}
    beside = sorted({column for row in table.rows for column in row.cells if column not in known})
    for column in beside:
        detail = _("What stands in this column is not read.")
        findings.doubt(f"{table.name}!{letters(column)}{table.headers.number}", "not-read", detail)


# --- one cell


def number(cell: Cell, findings: Findings, *, is_count: bool = True) -> Decimal | None:
    """The number in a cell; None where it is blank, or where it cannot be read and a problem says so."""
    match cell.kind:
        case Kind.BLANK:
            return None
        case Kind.NUMBER:
            found: Decimal = cell.value
            if is_count and _FIRST_SERIAL <= found <= _LAST_SERIAL:
                _doubt_date(cell, found, findings)
            return found
        case Kind.TEXT:
            return _number_in_text(cell, findings, is_count=is_count)
    _refuse_kind(cell, findings)
    return None


def _number_in_text(cell: Cell, findings: Findings, *, is_count: bool) -> Decimal | None:
    """Digits alone can mean one thing only, as where a cell is set to text; everything else could mean two."""
    if _DIGITS.fullmatch(cell.text):
        return Decimal(cell.text)
    if _LOOKS_LIKE_A_NUMBER.fullmatch(cell.text):
        detail = (
            _("This is text, and can mean two numbers. Type it as a number, without points: 1100.")
            if is_count
            else _("This is text, and can mean two amounts. Type it as a number, without € or points: 1100.50.")
        )
        findings.refuse(cell.address, "ambiguous", detail)
    else:
        findings.refuse(cell.address, "not-a-number", _("This is not a number. Type it in digits: 1100."))
    return None


def _doubt_date(cell: Cell, found: Decimal, findings: Findings) -> None:
    day = as_date(found)
    if day is not None and found == found.to_integral_value():
        detail = _("Is this a number? As a date it would be %(date)s.") % {"date": _written(day)}
        findings.doubt(cell.address, "date-like", detail)


def _written(day: date) -> str:
    return formats.date_format(day, "j F Y")


def text(cell: Cell, findings: Findings) -> str:
    """The words in a cell, or the digits of a number, without white space around them."""
    if cell.kind in (Kind.BLANK, Kind.TEXT, Kind.NUMBER):
        return cell.text
    _refuse_kind(cell, findings)
    return ""


def choice(cell: Cell, known: Words, shown: Iterable[str], findings: Findings) -> str | None:
    """What the word in a cell stands for; empty where it is blank, None where a problem says what may stand there."""
    word = text(cell, findings)
    if not word:
        return "" if cell.is_blank else None
    value = known.value(word)
    if value is None:
        detail = _("Choose one of: %(choices)s.") % {"choices": ", ".join(shown)}
        findings.refuse(cell.address, "unknown", detail)
    return value


def _refuse_kind(cell: Cell, findings: Findings) -> None:
    match cell.kind:
        case Kind.FORMULA:
            findings.refuse(cell.address, "formula", _("A formula stands here. Type what comes out of it."))
        case Kind.DATE:
            detail = _("A date stands here. Type what is asked, and set the cell to a number or text.")
            if cell.value is not None:
                day = _written(cell.value)
                serial = (cell.value - date(1899, 12, 30)).days
                detail = _("A date stands here (%(date)s). If %(number)d was meant, set the cell to a number.") % {
                    "date": day,
                    "number": serial,
                }
            findings.refuse(cell.address, "date", detail)
        case Kind.BOOLEAN:
            findings.refuse(cell.address, "boolean", _("TRUE or FALSE stands here. Type what is asked."))
        case _ if str(cell.value)[:1] not in "#N":
            # No number that a spreadsheet program can show; of those it writes its own words.
            findings.refuse(cell.address, "out-of-range", _("This number is too large, or too small, to be read."))
        case _:
            findings.refuse(
                cell.address, "error-value", _("This cell holds an error (%(error)s).") % {"error": cell.value}
            )
