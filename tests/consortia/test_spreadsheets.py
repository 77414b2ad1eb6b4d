"""Workbooks to take away: typed cells, safe texts, and memory that does not grow with the rows."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.utils.translation import override

from consortia import spreadsheets
from consortia.spreadsheets import EURO, SHARE, Amount, Column, Sheet

MOMENT = datetime(2026, 7, 1, 10, 30, tzinfo=UTC)


def _book(*sheets: Sheet, **given: Any) -> Any:
    with spreadsheets.written(sheets, about=[("Wat", "een lijst")], title="Lijst", created=MOMENT, **given) as stream:
        return openpyxl.load_workbook(io.BytesIO(stream.read()))


def test_cells_have_the_type_of_what_is_in_them() -> None:
    row = [
        12,
        Decimal("12500.25"),
        Decimal("0.5"),
        date(2026, 6, 30),
        MOMENT,
        True,
        None,
        "tekst",
        Amount(Decimal(3), EURO),
    ]
    columns = [*(Column(str(number)) for number in range(1, 10))]
    columns[1], columns[2] = Column("2", EURO), Column("3", SHARE)

    with override("en"):
        cells = next(iter(_book(Sheet("Lijst", columns, [row]))["Lijst"].iter_rows(min_row=2)))

    assert [cell.value for cell in cells] == [
        12, 12500.25, 0.5, datetime(2026, 6, 30), datetime(2026, 7, 1, 12, 30), "yes", None, "tekst", 3,
    ]  # fmt: skip
    assert [cells[at].number_format for at in (0, 2, 3, 4)] == ["#,##0", "0.0%", "dd-mm-yyyy", "dd-mm-yyyy hh:mm"]
    assert all("€" in cells[at].number_format for at in (1, 8))


@pytest.mark.parametrize(
    "text", ["=1+1", "+31 6", "-1", "@SUM(A1)", "https://example.org", "00001234", "{=A1}", "\t=2"]
)
def test_text_is_text_and_never_a_formula_a_link_or_a_number(text: str) -> None:
    cell = _book(Sheet("Lijst", [Column("a")], [[text]]))["Lijst"]["A2"]

    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_the_head_stays_in_sight_and_filters_and_the_last_sheet_says_what_it_is() -> None:
    book = _book(Sheet("Lijst", [Column("a"), Column("b")], [[1, 2], [3, 4]]))

    assert book["Lijst"].freeze_panes == "B2"
    assert book["Lijst"].auto_filter.ref == "A1:B3"
    assert [cell.value for cell in book.worksheets[-1][3]] == ["Wat", "een lijst"]


def test_totals_are_apart_and_remarks_below() -> None:
    sheet = Sheet("Lijst", [Column("a"), Column("b")], [["x", 1], ["samen", 1]], title="T", preface=["p"],
                  remarks=["r"], totals=1)  # fmt: skip

    found = _book(sheet)["Lijst"]

    assert [row[0].value for row in found.iter_rows()] == ["T", "p", None, "a", "x", "samen", None, "r"]
    assert (found["B6"].font.bold, found["B5"].font.bold) == (True, False)
    assert found.auto_filter.ref == "A4:B5"


def test_names_of_sheets_are_short_and_differ() -> None:
    long = "Organisaties die in [meer] HIP's: samen/apart"

    first = spreadsheets.sheet_name(long)

    assert len(first) <= 31
    assert not set(first) & set("[]:*?/\\")
    assert spreadsheets.sheet_name(long, [first]) != first
    assert spreadsheets.sheet_name("'") == "1"


def test_written_in_memory_the_same_gives_the_same_bytes() -> None:
    def made() -> bytes:
        rows = [[number, f"naam {number}", Decimal("1.5")] for number in range(50)]
        sheet = Sheet("Lijst", [Column("a"), Column("b"), Column("c", EURO)], rows)
        with spreadsheets.written([sheet], about=[], title="x", created=MOMENT, in_memory=True) as stream:
            return stream.read()

    assert made() == made()


def test_memory_does_not_grow_with_the_rows() -> None:
    def rows(number: int) -> Iterator[list[object]]:
        for place in range(number):
            yield [place, f"Organisatie {place}", f"{place:08}", Decimal(place) / 7, MOMENT]

    def peak(number: int) -> int:
        tracemalloc.start()
        sheet = Sheet("Lijst", [Column(each) for each in "abcde"], rows(number))
        spreadsheets.written([sheet], about=[], title="x", created=MOMENT).close()
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    few, many = peak(300), peak(3_000)

    assert many < few + 400_000
