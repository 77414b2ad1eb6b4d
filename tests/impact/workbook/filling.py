"""A workbook as a person has it open: cells found by what they are about, and changed."""

import io
from typing import Any

import openpyxl

from impact import spreadsheet
from impact.models import QuarterlyReport
from impact.standing import standing
from impact.workbook import comparison, source, template
from impact.workbook.comparison import Comparison


class Book:
    """A downloaded workbook in the hands of a person."""

    def __init__(self, data: bytes) -> None:
        self.book: Any = openpyxl.load_workbook(io.BytesIO(data))

    def sheet(self, mark: str) -> Any:
        return next(sheet for sheet in self.book if sheet["A1"].value == f"ptvt:{mark}")

    def column(self, mark: str, key: str) -> int:
        sheet = self.sheet(mark)
        return next(cell.column for cell in sheet[1] if cell.value == key)

    def row(self, mark: str, key: str, column: int = 1) -> int:
        """The row that has this in its hidden column, or in another one."""
        sheet = self.sheet(mark)
        return next(row for row in range(5, sheet.max_row + 1) if sheet.cell(row, column).value == key)

    def cell(self, mark: str, row: str | int, column: str) -> Any:
        number = self.row(mark, row) if isinstance(row, str) else row
        return self.sheet(mark).cell(number, self.column(mark, column))

    def figure(self, key: str, line: str) -> Any:
        return self.cell("figures", key, line)

    def organisation(self, number: str, column: str) -> Any:
        row = self.row("participations", number, self.column("participations", "kvkNumber"))
        return self.cell("participations", row, column)

    @property
    def data(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def address(cell: Any) -> str:
    return f"{cell.parent.title}!{cell.coordinate}"


def downloaded(actor: Any, consortium: str = "scale", quarter: str = "2025Q1") -> bytes:
    return template.written(source.of(actor, consortium, quarter))


def compared(actor: Any, data: bytes, consortium: str = "scale", quarter: str = "2025Q1") -> Comparison:
    held = standing(actor, consortium, quarter)
    return comparison.compare(
        actor=actor, held=held, questions=source.of(actor, consortium, quarter).questions, data=data
    )


def errors_of(found: Comparison) -> dict[str, list[str]]:
    """The codes by address."""
    by_address: dict[str, list[str]] = {}
    for each in found.errors:
        by_address.setdefault(each.pointer, []).append(each.code)
    return by_address


def cells_of(data: bytes, sheet: str) -> dict[str, Any]:
    """What stands in a sheet, by address."""
    found = spreadsheet.opened(data).sheet(sheet)
    assert found is not None
    return {cell.address: cell.value for row in found.rows() for cell in row.cells.values()}


def stored(consortium: str = "scale", quarter: str = "2025Q1") -> QuarterlyReport:
    return QuarterlyReport.objects.get(consortium__slug=consortium, quarter=quarter)
