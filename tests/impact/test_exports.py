"""What leaves the portal as CSV: harmless in a spreadsheet, and for a vintage exactly what its hash is made of."""

import csv
import io

import pytest
from django.test import Client

from consortia import csv_cells
from consortia.models import Role
from impact import ledger, rollups, vintages
from impact.models import Vintage
from impact.rollups import Dimensions, Selection
from impact.rows import figure, roll_up
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def vintage() -> Vintage:
    factories.reported("scale", "2025Q1", factories.figure("assignments", 12), factories.company(1))
    return vintages.publish(actor=factories.user(Role.MANAGER), code="eerste")


def _table(name: str, code: str) -> list[list[str]]:
    response = Client().get(f"/edities/{code}/{name}.csv")
    text = b"".join(response.streaming_content).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_no_cell_of_a_vintage_needs_a_mark_and_its_hash_is_not_made_of_csv(vintage: Vintage) -> None:
    state, dimensions = ledger.resolve(vintage.entry_id), Dimensions.read()
    cells = rollups.compute(Selection(), state, dimensions)
    leaves = rollups.compute_leaves(Selection(), state, dimensions)
    rows = [
        *([row[name] for name in vintages.FIGURE_FIELDS] for row in (figure(leaf, dimensions) for leaf in leaves)),
        *([row[name] for name in vintages.ROLL_UP_FIELDS] for row in (roll_up(cell, dimensions) for cell in cells)),
    ]

    assert len(rows) > 100
    assert not [value for row in rows for value in row if csv_cells.cell(value).startswith("'")]
    assert vintages.verify(vintage) == []


@pytest.mark.parametrize(
    ("name", "columns"), [("figures", vintages.FIGURE_FIELDS), ("roll-ups", vintages.ROLL_UP_FIELDS)]
)
def test_the_files_of_a_vintage_hold_codes_and_numbers_as_they_are(
    vintage: Vintage, name: str, columns: tuple[str, ...]
) -> None:
    heading, *rows = _table(name, vintage.code)

    assert heading == list(columns)
    assert rows
    assert not [cell for row in rows for cell in row if cell.startswith(("'", "=", "+", "@"))]
