"""A backfill workbook as the office has it open: rows found by HIP, quarter and what they are about."""

import io
from typing import Any

import openpyxl

from consortia import notation
from consortia.models import Consortium
from impact.backfill import plan, source, template, work
from impact.backfill.plan import Outlook
from impact.models import Upload

FIRST_ROW = 5


class Book:
    def __init__(self, data: bytes) -> None:
        self.book: Any = openpyxl.load_workbook(io.BytesIO(data))

    def sheet(self, mark: str) -> Any:
        return next(sheet for sheet in self.book if sheet["A1"].value == f"ptvt:{mark}")

    def column(self, mark: str, key: str) -> int:
        return next(cell.column for cell in self.sheet(mark)[1] if cell.value == key)

    def rows(self, mark: str, hip: str, quarter: str, **said: str) -> list[int]:
        """The rows of one report that say this, in other columns by their key."""
        sheet = self.sheet(mark)
        wanted = {"consortium": name_of(hip), "quarter": notation.quarter(quarter, language="nl"), **said}
        return [
            row
            for row in range(FIRST_ROW, sheet.max_row + 1)
            if all(sheet.cell(row, self.column(mark, key)).value == value for key, value in wanted.items())
        ]

    def cell(self, mark: str, hip: str, quarter: str, column: str, **said: str) -> Any:
        return self.sheet(mark).cell(self.rows(mark, hip, quarter, **said)[0], self.column(mark, column))

    def figure(self, hip: str, quarter: str, indicator: str, line: str) -> Any:
        """By the words that stand in the row."""
        return self.cell("figures", hip, quarter, line, indicator=indicator)

    def add(self, mark: str, hip: str, quarter: str, **said: Any) -> int:
        """A row below the others; gives its number."""
        sheet = self.sheet(mark)
        row = sheet.max_row + 1
        values = {"consortium": name_of(hip), "quarter": notation.quarter(quarter, language="nl"), **said}
        for key, value in values.items():
            sheet.cell(row, self.column(mark, key.replace("line_", "line:"))).value = value
        return row

    def at(self, mark: str, row: int, column: str) -> Any:
        return self.sheet(mark).cell(row, self.column(mark, column))

    @property
    def data(self) -> bytes:
        stream = io.BytesIO()
        self.book.save(stream)
        return stream.getvalue()


def name_of(hip: str) -> str:
    return Consortium.objects.get(slug=hip).name


def address(cell: Any) -> str:
    return f"{cell.parent.title}!{cell.coordinate}"


def downloaded(actor: Any, hips: list[str], quarters: list[str]) -> bytes:
    stream = io.BytesIO()
    template.write(source.of(actor, hips, quarters), stream)
    return stream.getvalue()


def looked(actor: Any, data: bytes) -> Outlook:
    return plan.look(actor=actor, data=data, tell=lambda _done, _all: None)


def taken_over(actor: Any, data: bytes, outlook: Outlook | None = None) -> plan.Taken:
    outlook = outlook or looked(actor, data)
    seen = {(each["hip"], each["quarter"]): each["tag"] for each in outlook.reports}
    return plan.take_over(actor=actor, data=data, seen=seen, tell=lambda _done, _all: None)


def handed_in(actor: Any, taken: plan.Taken) -> list[plan.HandedIn]:
    return plan.hand_in(actor=actor, reports=taken.drafted, notes=taken.notes, tell=lambda _done, _all: None)


def uploaded(actor: Any, data: bytes) -> Upload:
    """Handed in and looked at."""
    upload = work.receive(actor=actor, name="inhaal.xlsx", data=data)
    return worked_on(upload)


def worked_on(upload: Upload) -> Upload:
    work.run(upload.pk)
    upload.refresh_from_db()
    return upload


def changes_of(outlook: Outlook) -> dict[tuple[str, str], int]:
    return {
        (each["hip"], each["quarter"]): number
        for each in outlook.reports
        if (number := each["added"] + each["changed"] + each["removed"])
    }
