"""Workbooks (`.xlsx`) to take away: rows as they come, straight to a file on disk, so that memory stays flat.

Cells have types: numbers and dates are such, text is never a formula or a link. What a sheet is of, with which filters
and as of when, stands on a last sheet. Workbooks to fill in are `impact.workbook`'s.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from consortia import clock

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 1_000_000
"""A sheet has 1,048,576."""
_HEADER_HEIGHT = 31
"""Two lines of a label."""
_LONGEST_TEXT = 32_767
_LONGEST_NAME = 31
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")
_WIDTHS = {"text": 24, "number": 12, "euro": 16, "share": 11, "day": 12, "moment": 17}
EURO, SHARE = "euro", "share"
_OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "remove_timezone": True,
}  # fmt: skip
_BASE = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {},
    "wrapped": {"text_wrap": True},
    "number": {"num_format": "#,##0"},
    "decimal": {"num_format": "#,##0.00"},
    "euro": {"num_format": '"€" #,##0.00;[Red]-"€" #,##0.00'},
    "share": {"num_format": "0.0%"},
    "day": {"num_format": "dd-mm-yyyy", "align": "left"},
    "moment": {"num_format": "dd-mm-yyyy hh:mm", "align": "left"},
    "header": {"bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "bottom": 1},
    "title": {"bold": True, "font_size": 14},
    "label": {"font_color": "#51585B"},
    "total_text": {"bold": True, "top": 1},
    "total_number": {"bold": True, "top": 1, "num_format": "#,##0"},
    "total_decimal": {"bold": True, "top": 1, "num_format": "#,##0.00"},
    "total_euro": {"bold": True, "top": 1, "num_format": '"€" #,##0.00;[Red]-"€" #,##0.00'},
    "total_share": {"bold": True, "top": 1, "num_format": "0.0%"},
}


@dataclass(frozen=True)
class Column:
    """A column; `unit` is `euro`, `share`, or empty for numbers, dates and texts as they are."""

    label: str
    unit: str = ""
    width: int = 0
    """In characters; 0 for what fits most of its kind."""


@dataclass(frozen=True)
class Amount:
    """A number in a column of numbers of several units."""

    value: Decimal
    unit: str


@dataclass(frozen=True)
class Sheet:
    """A sheet; its rows are read once, while it is written."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[object]]
    title: str = ""
    preface: Sequence[str] = ()
    """Said above the table."""
    remarks: Sequence[str] = ()
    """Said below it."""
    totals: int = 0
    """So many of the last rows are of everything together; only where the rows are a list."""


About = Sequence[tuple[str, object]]


def written(
    sheets: Iterable[Sheet],
    *,
    about: About,
    about_title: str = "",
    title: str,
    created: datetime,
    in_memory: bool = False,
) -> IO[bytes]:
    """The workbook, in a file that is gone once it is closed.

    Written in memory the same input gives the same bytes on every machine; else the rows of a sheet are gone from
    memory once they are written.

    Cells: int, Decimal and `Amount` are numbers, dates are dates, moments are in Amsterdam time, yes and no are words,
    None is an empty cell, and anything else is text.
    """
    stream = tempfile.TemporaryFile()  # noqa: SIM115 - whoever reads it closes it
    book = xlsxwriter.Workbook(stream, {**_OPTIONS, "in_memory" if in_memory else "constant_memory": True})
    made = created.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    book.set_properties({"title": title, "created": made})
    writer = _Writer(book)
    for sheet in sheets:
        writer.write(sheet)
    writer.write_about(about, about_title or _("About"))
    book.close()
    stream.seek(0)
    return stream


def sheet_name(name: str, taken: Iterable[str] = ()) -> str:
    """A name that a sheet may have, and that no other has."""
    plain = _NOT_IN_A_NAME.sub(" ", name).strip("' ")[:_LONGEST_NAME] or "1"
    others, number, found = {each.casefold() for each in taken}, 1, plain
    while found.casefold() in others:
        number += 1
        found = f"{plain[: _LONGEST_NAME - len(str(number)) - 1]} {number}"
    return found


class _Writer:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._names: list[str] = []
        self._formats = {name: book.add_format({**_BASE, **each}) for name, each in _FORMATS.items()}

    def _add(self, name: str) -> Any:
        self._names.append(sheet_name(name, self._names))
        sheet = self._book.add_worksheet(self._names[-1])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def write(self, given: Sheet) -> None:
        sheet = self._add(given.name)
        for place, column in enumerate(given.columns):
            sheet.set_column(place, place, column.width or _width(column), self._formats["text"])
        at = 0
        for text, style in [*([(given.title, "title")] if given.title else []), *((t, "text") for t in given.preface)]:
            sheet.write_string(at, 0, text[:_LONGEST_TEXT], self._formats[style])
            at += 1
        header = at + 1 if at else 0
        sheet.set_row(header, _HEADER_HEIGHT)
        for place, column in enumerate(given.columns):
            sheet.write_string(header, place, column.label, self._formats["header"])
        if header == 0:
            sheet.repeat_rows(0)
        sheet.freeze_panes(header + 1, 1)
        last = self._write_rows(sheet, given, header)
        if given.columns:
            sheet.autofilter(header, 0, max(last - given.totals, header), len(given.columns) - 1)
        for number, text in enumerate(given.remarks):
            sheet.write_string(last + 2 + number, 0, text[:_LONGEST_TEXT], self._formats["text"])

    def _write_rows(self, sheet: Any, given: Sheet, header: int) -> int:
        """The number of the last row that was written."""
        first_total = len(list(given.rows)) - given.totals if given.totals else MOST_ROWS
        at = header
        for number, row in enumerate(_limited(given.rows)):
            at += 1
            for place, value in enumerate(row):
                unit = given.columns[place].unit
                self._write_cell(sheet, at, place, value, unit, "total_" if number >= first_total else "")
        return at

    def _write_cell(self, sheet: Any, row: int, place: int, value: object, unit: str, style: str) -> None:
        if value is None or value == "":
            return
        if isinstance(value, Amount):
            unit, value = value.unit, value.value
        if isinstance(value, bool):
            sheet.write_string(row, place, _("yes") if value else _("no"), self._formats[f"{style}text"])
        elif isinstance(value, (int, Decimal)):
            sheet.write_number(row, place, value, self._formats[style + _number_format(value, unit)])
        elif isinstance(value, datetime):
            local = timezone.localtime(value, clock.AMSTERDAM).replace(tzinfo=None, microsecond=0)
            sheet.write_datetime(row, place, local, self._formats["moment"])
        elif isinstance(value, date):
            sheet.write_datetime(row, place, value, self._formats["day"])
        else:
            # A space that does not break is another character for whoever filters or searches.
            text = str(value).replace("\N{NO-BREAK SPACE}", " ")[:_LONGEST_TEXT]
            sheet.write_string(row, place, text, self._formats[f"{style}text"])

    def write_about(self, about: About, title: str) -> None:
        sheet = self._add(title)
        sheet.set_column(0, 0, 28, self._formats["label"])
        sheet.set_column(1, 1, 90, self._formats["wrapped"])
        sheet.write_string(0, 0, title, self._formats["title"])
        for number, (label, value) in enumerate(about, start=2):
            sheet.write_string(number, 0, label, self._formats["label"])
            if isinstance(value, (int, Decimal, date)) and not isinstance(value, bool):
                self._write_cell(sheet, number, 1, value, "", "")
            elif value not in (None, ""):
                sheet.write_string(number, 1, str(value)[:_LONGEST_TEXT], self._formats["wrapped"])


def _limited(rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            return
        yield row


def _number_format(value: int | Decimal, unit: str) -> str:
    if unit in (EURO, SHARE):
        return unit
    return "number" if value == int(value) else "decimal"


def _width(column: Column) -> int:
    kind = column.unit or "text"
    return max(_WIDTHS[kind], min(len(column.label) + 2, 40))
