"""Reference data as a workbook: what comes out goes back in, every difference shows first, and it is all or nothing."""

import io
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from consortia import partners
from consortia.models import Consortium, Partnership, Role
from impact.models import Quarter
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]


@pytest.fixture
def office(client):
    client.force_login(factories.user(Role.MANAGER))
    return client


def address(code):
    return reverse("reference-file", args=[code])


def downloaded(office, code):
    answer = office.get(address(code), {"formaat": "xlsx"})
    return openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def cell_of(sheet, row, label):
    """The cell under a header, in the row whose first cell is `row`."""
    header = next(cells for cells in sheet.iter_rows() if any(cell.value == label for cell in cells))
    column = next(cell.column for cell in header if cell.value == label)
    found = next(cells for cells in sheet.iter_rows() if str(cells[0].value) == str(row))
    return sheet.cell(found[0].row, column)


def uploaded(office, code, workbook):
    kept = io.BytesIO()
    workbook.save(kept)
    kept.seek(0)
    kept.name = "gegevens.xlsx"
    return office.post(address(code), {"file": kept})


def apply(office, code, preview):
    return office.post(address(code), {"kept": preview.context["kept"], "seen": preview.context["seen"]})


@pytest.mark.parametrize(
    "code", ["hips", "partnerships", "partners", "people", "action-lines", "indicators", "goals", "quarters"]
)
def test_what_was_downloaded_changes_nothing(office, code):
    pps = Partnership.objects.create(consortium=Consortium.objects.get(number=1), name="PPS Een")
    partners.add_partner(
        actor=None, consortium=pps.consortium, partnership=pps, organisation=factories.OrganisationFactory(),
        start_date=date(2024, 1, 1), level="contract",
    )  # fmt: skip

    preview = uploaded(office, code, downloaded(office, code))

    assert [row.problems for row in preview.context["refused"]] == []
    assert preview.context["changed"] == []
    assert preview.context["unchanged"] > 0


def test_every_difference_shows_before_it_is_stored(office):
    workbook = downloaded(office, "hips")
    cell_of(workbook.worksheets[0], 9, "Naam").value = "Maakindustrie Oost"

    preview = uploaded(office, "hips", workbook)

    assert [row.differences for row in preview.context["changed"]] == [
        [("Naam", "HIP 9, naam volgt", "Maakindustrie Oost")]
    ]
    assert Consortium.objects.get(number=9).name == "HIP 9, naam volgt"
    apply(office, "hips", preview)
    assert Consortium.objects.get(number=9).name == "Maakindustrie Oost"


def test_one_mistake_refuses_the_whole_file_with_its_address(office):
    workbook = downloaded(office, "quarters")
    sheet = workbook.worksheets[0]
    good, bad = (cell_of(sheet, quarter, "Uiterste datum") for quarter in ("2026Q4", "2027Q1"))
    good.value, bad.value = "2027-02-15", "2026-01-01"

    preview = uploaded(office, "quarters", workbook)
    apply(office, "quarters", preview)

    assert [where for row in preview.context["refused"] for where, _what in row.problems] == [
        f"{sheet.title}!{bad.coordinate}"
    ]
    assert str(Quarter.objects.get(pk="2026Q4").due_date) != "2027-02-15"


def test_a_preview_that_holds_no_longer_is_shown_again(office):
    workbook = downloaded(office, "hips")
    cell_of(workbook.worksheets[0], 9, "Naam").value = "Maakindustrie Oost"
    preview = uploaded(office, "hips", workbook)
    Consortium.objects.filter(number=9).update(name="Ondertussen anders")

    again = apply(office, "hips", preview)

    assert again.status_code == 200
    assert Consortium.objects.get(number=9).name == "Ondertussen anders"


def test_only_the_office_comes_here(client):
    client.force_login(factories.user(Role.REVIEWER))

    assert client.get(address("hips")).status_code in (302, 403)
