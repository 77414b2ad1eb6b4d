"""Exports as CSV: no cell of them runs in a spreadsheet, and every number stays a number."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consortia import csv_cells

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("text", ["=1+1", "+31", "-5 mensen", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text):
    assert csv_cells.cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (-5, "-5"), (Decimal("-12.50"), "-12.50"), (Decimal("1E+3"), "1000"), (0, "0"), (None, ""), (True, "true"),
        (False, "false"), ("", ""), ("a=b", "a=b"), ("Bakkerij 't Hoekje", "Bakkerij 't Hoekje"),
    ],
)  # fmt: skip
def test_numbers_and_ordinary_texts_stay_as_they_are(value, written):
    assert csv_cells.cell(value) == written


@given(st.lists(st.lists(st.text() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False), min_size=2)))
def test_no_cell_of_a_table_that_is_text_begins_like_a_formula(rows):
    text = b"".join(csv_cells.written([[str(each) for each in row] for row in rows])).decode()

    # Surrogates cannot be stored, and so never come this far; everything else comes back as it was, or after a mark.
    found = list(csv.reader(io.StringIO(text, newline="")))
    assert not any(each.startswith(("=", "+", "-", "@", "\t", "\r")) for row in found for each in row)


def test_a_long_table_comes_in_parts_and_is_whole():
    parts = list(csv_cells.written([number, f"naam {number}"] for number in range(1_200)))

    assert len(parts) == 3
    assert len(b"".join(parts).splitlines()) == 1_200


def test_nobody_else_writes_csv_for_people():
    """What `materialise` writes goes to PostgreSQL and nowhere else."""
    apps = ("consortia", "impact", "events", "ptvt_portal")
    found = {
        str(path.relative_to(ROOT))
        for app in apps
        for path in (ROOT / app).rglob("*.py")
        if "csv.writer(" in path.read_text() or "csv.DictWriter(" in path.read_text()
    }

    assert found == {"consortia/csv_cells.py", "impact/materialise.py"}
