"""A workbook with several reports that goes out and comes back: the identity, but for what was changed in it."""

import io
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.errors import NotPermitted, Refused
from consortia.models import Role
from impact import content, drafts, edits, reporting
from impact.backfill import layout, source
from impact.models import DraftChange, ReportVersion
from impact.standing import standing
from tests import factories
from tests.impact.backfill.filling import Book, changes_of, downloaded, looked, taken_over
from tests.impact.workbook.office import converted, needs_office
from tests.impact.workbook.test_round_trip import BODY, awkward, exact

pytestmark = pytest.mark.django_db

HIPS, QUARTERS = ["scale", "people"], ["2024Q4", "2025Q1"]


@pytest.fixture
def manager(programme):
    return factories.user(Role.MANAGER)


def filled(actor, hip, quarter, body=BODY):
    lines, problems = content.read(exact(body))
    assert problems == []
    reporting.fill(actor=actor, consortium=hip, quarter=quarter, lines=lines, base=reporting.ANY)


def draft_rows(actor, hip, quarter):
    version = standing(actor, hip, quarter).version
    return {key: edits.row(line) for key, line in edits.keyed(drafts.lines_of(version) if version else []).items()}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_unchanged_workbook_changes_nothing_whatever_the_language_of_writer_and_reader(manager, language):
    filled(manager, "scale", "2025Q1")
    filled(manager, "people", "2024Q4", {**BODY, "figures": []})
    factories.reported("people", "2025Q1")
    with translation.override(language):
        data = downloaded(manager, HIPS, QUARTERS)
    before = DraftChange.objects.count(), ReportVersion.objects.count()

    outlook = looked(manager, data)
    taken_over(manager, data, outlook)

    assert (outlook.errors, outlook.warnings, changes_of(outlook)) == ([], [], {})
    assert len(outlook.reports) == 4
    assert (DraftChange.objects.count(), ReportVersion.objects.count()) == before


def test_what_was_changed_is_all_that_changes_in_each_report(manager):
    filled(manager, "scale", "2025Q1")
    book = Book(downloaded(manager, HIPS, QUARTERS))
    figure = book.rows("figures", "scale", "2025Q1")[0]
    indicator = book.at("figures", figure, "indicator").value
    asked = source.of(manager, HIPS, QUARTERS).questions.figures[0].indicator
    assert indicator == asked.name
    book.figure("people", "2024Q4", indicator, "talent").value = 7
    row = book.rows("participations", "scale", "2025Q1", kvkNumber="00005678")[0]
    book.at("participations", row, "line:talent").value = "training; Netwerk"
    book.sheet("participations").delete_rows(book.rows("participations", "scale", "2025Q1", kvkNumber="00001234")[0])
    book.add(
        "participations", "people", "2025Q1", kvkNumber="00000042", name="Nieuw BV", organisationType="bedrijf",
        line_innovation="project",
    )  # fmt: skip
    book.cell("unidentifiedCompanies", "people", "2025Q1", "line:talent").value = 0
    before = draft_rows(manager, "scale", "2025Q1")

    outlook = looked(manager, book.data)
    taken_over(manager, book.data, outlook)

    after = draft_rows(manager, "scale", "2025Q1")
    assert outlook.errors == []
    assert changes_of(outlook) == {("scale", "2025Q1"): 3, ("people", "2024Q4"): 1, ("people", "2025Q1"): 2}
    assert {key for key in before | after if before.get(key) != after.get(key)} == {
        "/participations/00005678/talent/network",
        "/participations/00001234/innovation/project",
        "/participations/00001234/innovation/network",
    }
    assert list(draft_rows(manager, "people", "2024Q4")) == [f"/figures/{asked.code}/talent"]
    assert set(draft_rows(manager, "people", "2025Q1")) == {
        "/participations/00000042/innovation/project",
        "/unidentifiedCompanies/talent",
    }
    assert standing(manager, "scale", "2024Q4").version is None


def test_rows_may_be_sorted_over_reports_and_moved(manager):
    filled(manager, "scale", "2025Q1")
    filled(manager, "people", "2024Q4", {**BODY, "unidentifiedCompanies": []})
    book = Book(downloaded(manager, HIPS, QUARTERS))
    for mark in ("figures", "participations", "unidentifiedCompanies", "headcounts"):
        sheet = book.sheet(mark)
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
        for number, values in enumerate(reversed(rows), start=5):
            for column, value in enumerate(values, start=1):
                sheet.cell(number, column).value = value
                # Else it would become a formula.
                if value == "=Voorbeeld BV":
                    sheet.cell(number, column).data_type = "s"
        sheet.title = f"Blad {mark[:5]}"
        sheet.insert_rows(2, 3)

    outlook = looked(manager, book.data)

    assert (outlook.errors, changes_of(outlook)) == ([], {})


def test_a_report_without_rows_on_a_sheet_stays_there_as_it_is_and_the_office_is_told(manager):
    filled(manager, "scale", "2025Q1")
    book = Book(downloaded(manager, HIPS, QUARTERS))
    sheet = book.sheet("participations")
    sheet.delete_rows(5, sheet.max_row)

    outlook = looked(manager, book.data)

    assert (outlook.errors, changes_of(outlook)) == ([], {})
    assert [where for where, _detail in outlook.warnings] == [sheet.title]


def test_a_workbook_without_any_row_of_a_report_says_nothing_of_it(manager):
    filled(manager, "scale", "2025Q1")
    book = Book(downloaded(manager, HIPS, QUARTERS))
    for mark in ("figures", "participations", "unidentifiedCompanies", "headcounts", "notes"):
        for row in reversed(book.rows(mark, "scale", "2025Q1")):
            book.sheet(mark).delete_rows(row)

    outlook = looked(manager, book.data)

    assert (outlook.errors, outlook.warnings, changes_of(outlook)) == ([], [], {})


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.dictionaries(st.tuples(st.sampled_from(HIPS), st.sampled_from(QUARTERS)), awkward(), max_size=4),
    language=st.sampled_from(["nl", "en"]),
)
def test_every_small_world_written_and_read_again_is_the_same(manager, world, language):
    for (hip, quarter), body in world.items():
        try:
            filled(manager, hip, quarter, body)
        except Refused:
            return  # A random name may look like a citizen service number.

    with translation.override(language):
        data = downloaded(manager, HIPS, QUARTERS)
    outlook = looked(manager, data)

    assert outlook.errors == []
    assert changes_of(outlook) == {}
    assert not any(each["conflict_count"] for each in outlook.reports)


@needs_office
def test_a_workbook_that_libreoffice_saved_again_changes_nothing(manager, tmp_path: Path):
    filled(manager, "scale", "2025Q1")
    filled(manager, "people", "2024Q4")
    original = tmp_path / "inhaal.xlsx"
    original.write_bytes(downloaded(manager, HIPS, QUARTERS))

    again = converted(original, "xlsx", tmp_path)

    outlook = looked(manager, again.read_bytes())
    assert (outlook.errors, changes_of(outlook)) == ([], {})
    assert openpyxl.load_workbook(again)["_meta"].sheet_state != "visible"


def test_only_who_may_fill_in_for_every_hip_gets_one(programme):
    for actor in (factories.user(Role.COORDINATOR, "scale"), factories.user(Role.REVIEWER)):
        with pytest.raises(NotPermitted):
            source.of(actor, ["scale"], ["2025Q1"])


def test_nothing_chosen_unknown_ones_and_too_much_are_refused_at_once(manager, monkeypatch):
    with pytest.raises(Refused) as none:
        source.of(manager, [], [])
    with pytest.raises(Refused) as unknown:
        source.of(manager, ["niemand"], ["1999Q1"])
    monkeypatch.setattr(layout, "MOST_REPORTS", 3)
    with pytest.raises(Refused) as many:
        source.of(manager, HIPS, QUARTERS)

    assert [each.code for each in none.value.problems] == ["required", "required"]
    assert [each.code for each in unknown.value.problems] == ["unknown", "unknown"]
    assert [each.code for each in many.value.problems] == ["too-many"]


def test_it_is_written_without_keeping_it_in_memory(manager, monkeypatch):
    opened = []
    import xlsxwriter

    real = xlsxwriter.Workbook
    monkeypatch.setattr(xlsxwriter, "Workbook", lambda stream, options: opened.append(options) or real(stream, options))

    assert io.BytesIO(downloaded(manager, ["scale"], ["2025Q1"])).getbuffer().nbytes > 5_000
    assert opened[0]["constant_memory"] is True
