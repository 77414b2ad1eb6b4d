"""A workbook that goes out and comes back: nothing changes by itself, and what was changed is all that changes."""

import subprocess
from pathlib import Path

import openpyxl
import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.errors import Refused, Stale
from consortia.models import Role
from impact import content, drafts, edits, reporting
from impact.models import DraftChange
from impact.standing import standing
from impact.workbook import comparison
from tests import factories
from tests.impact import strategies
from tests.impact.workbook.filling import Book, compared, downloaded, errors_of
from tests.impact.workbook.office import converted, needs_office

pytestmark = pytest.mark.django_db

BODY = {
    "figures": [
        {"indicator": "assignments", "actionLine": "innovation", "value": 12},
        {"indicator": "training-completions", "actionLine": "talent", "numerator": 4, "denominator": 9},
        {"indicator": "cofinancing-cash", "value": 12500.25},
    ],
    "participations": [
        {"kvkNumber": "00001234", "name": "=Voorbeeld BV", "organisationType": "company", "postcode": "3311 AB",
         "sizeClass": "small", "actionLine": "innovation", "involvement": "project"},
        {"kvkNumber": "00001234", "name": "=Voorbeeld BV", "organisationType": "company", "postcode": "3311 AB",
         "sizeClass": "small", "actionLine": "innovation", "involvement": "network"},
        {"kvkNumber": "00005678", "name": "Tweede BV", "organisationType": "company", "sizeClass": "unknown",
         "actionLine": "talent", "involvement": "training"},
        {"institutionCode": "25PW", "name": "College", "organisationType": "school", "actionLine": "talent",
         "involvement": "teaching"},
    ],
    "unidentifiedCompanies": [{"actionLine": "innovation", "count": 3}],
    "headcounts": [
        {"group": "students", "category": "other", "actionLine": "talent", "institutionCode": "25PW",
         "headcount": 120, "firstTime": 80},
        {"group": "employees", "category": "Overig; =1+1", "actionLine": "talent", "headcount": 7, "firstTime": 0},
    ],
}  # fmt: skip


@pytest.fixture
def coordinator(programme):
    return factories.user(Role.COORDINATOR, "scale")


@pytest.fixture
def colleague(programme):
    return factories.user(Role.CONTRIBUTOR, "scale")


def filled(actor, body=BODY):
    lines, problems = content.read(exact(body))
    assert problems == []
    reporting.fill(actor=actor, consortium="scale", quarter="2025Q1", lines=lines, base=reporting.ANY)


def exact(body):
    """As a body comes in over the API: numbers keep their digits."""
    from decimal import Decimal

    return {
        section: [
            {key: Decimal(str(value)) if isinstance(value, float) else value for key, value in row.items()}
            for row in rows
        ]
        for section, rows in body.items()
    }


def take_over(actor, found, **options):
    return comparison.take_over(
        actor=actor, consortium="scale", quarter="2025Q1", comparison=found, **options
    )  # fmt: skip


def draft_rows(actor):
    version = standing(actor, "scale", "2025Q1").version
    return {key: edits.row(line) for key, line in edits.keyed(drafts.lines_of(version)).items()}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_unchanged_workbook_changes_nothing_whatever_the_language_of_writer_and_reader(coordinator, language):
    filled(coordinator)
    with translation.override(language):
        data = downloaded(coordinator)
    before = DraftChange.objects.count()

    found = compared(coordinator, data)
    take_over(coordinator, found)

    assert (found.errors, found.changes, found.warnings) == ((), [], ())
    assert DraftChange.objects.count() == before


def test_a_report_that_nobody_began_has_an_empty_workbook(coordinator):
    found = compared(coordinator, downloaded(coordinator))

    assert (found.errors, found.changes) == ((), [])


def test_what_was_changed_is_all_that_changes(coordinator):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    book.figure("curricula", "talent").value = 0
    book.figure("cofinancing-cash", "-").value = 0.1 + 0.2
    book.organisation("00005678", "line:talent").value = "training; Netwerk"
    sheet = book.sheet("participations")
    sheet.delete_rows(book.row("participations", "00001234", 2))
    before = draft_rows(coordinator)

    found = compared(coordinator, book.data)
    take_over(coordinator, found)

    after = draft_rows(coordinator)
    assert found.errors == ()
    assert {key for key in before | after if before.get(key) != after.get(key)} == {
        "/figures/assignments/innovation",
        "/figures/curricula/talent",
        "/figures/cofinancing-cash/-",
        "/participations/00005678/talent/network",
        "/participations/00001234/innovation/project",
        "/participations/00001234/innovation/network",
    }
    assert str(after["/figures/cofinancing-cash/-"]["value"]) == "0.3"
    assert after["/figures/curricula/talent"]["value"] == 0


def test_rows_may_be_sorted_moved_and_put_in_between(coordinator):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.sheet("participations").move_range("A6:L6", rows=20)
    book.sheet("participations").insert_rows(2, 3)
    book.sheet("figures").insert_rows(6, 2)
    book.sheet("headcounts").move_range("A5:I5", rows=9)
    book.book.move_sheet(book.sheet("figures"), 2)
    book.sheet("unidentifiedCompanies").title = "Anders"

    found = compared(coordinator, book.data)

    assert (found.errors, found.changes) == ((), [])


def test_what_a_colleague_changed_stays_where_the_workbook_left_it_alone(coordinator, colleague):
    filled(coordinator)
    data = downloaded(coordinator)
    filled(colleague, {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]})

    found = compared(coordinator, data)
    take_over(coordinator, found)

    assert found.changes == []
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 99


def test_stale_rows_are_refused_one_by_one_and_the_others_taken_over_only_if_so_chosen(coordinator, colleague):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    book.figure("curricula", "talent").value = 5
    filled(colleague, {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]})

    found = compared(coordinator, book.data)
    with pytest.raises(Stale):
        take_over(coordinator, found)
    left = take_over(coordinator, found, leave_conflicts=True, seen=found.seen)

    assert [change.key for change in found.conflicts] == ["/figures/assignments/innovation"]
    assert [each.key for each in left] == ["/figures/assignments/innovation"]
    after = draft_rows(coordinator)
    assert after["/figures/assignments/innovation"]["value"] == 99
    assert after["/figures/curricula/talent"]["value"] == 5


def test_conflicts_that_came_after_the_preview_are_not_left_unseen(coordinator, colleague):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    found = compared(coordinator, book.data)
    filled(colleague, {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]})

    with pytest.raises(Stale):
        take_over(coordinator, found, leave_conflicts=True, seen=found.seen)

    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 99


NINETY_NINE = {**BODY, "figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 99}]}


@pytest.mark.parametrize("most_logged", [500, 0])
def test_what_only_the_same_person_changed_since_gets_what_the_newer_workbook_says(
    coordinator, monkeypatch, most_logged
):
    monkeypatch.setattr(reporting, "MOST_LOGGED", most_logged)
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 13
    take_over(coordinator, compared(coordinator, book.data))
    book.figure("assignments", "innovation").value = 14

    found = compared(coordinator, book.data)
    take_over(coordinator, found)

    assert [(change.key, change.is_own, change.is_conflict) for change in found.changes] == [
        ("/figures/assignments/innovation", True, False)
    ]
    change = found.changes[0]
    assert [each.value for each in (change.base, change.draft, change.workbook)] == [12, 13, 14]
    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 14


@pytest.mark.parametrize("most_logged", [500, 0])
def test_a_row_that_both_changed_since_is_a_conflict_whoever_was_last(coordinator, colleague, monkeypatch, most_logged):
    monkeypatch.setattr(reporting, "MOST_LOGGED", most_logged)
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    filled(colleague, NINETY_NINE)
    filled(coordinator, {**BODY, "figures": [{**NINETY_NINE["figures"][0], "value": 98}]})

    found = compared(coordinator, book.data)

    assert [change.key for change in found.conflicts] == ["/figures/assignments/innovation"]
    assert not any(change.is_own for change in found.conflicts)


def test_what_a_colleague_did_to_other_rows_makes_the_own_ones_no_conflict(coordinator, colleague):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    without = {**BODY, "unidentifiedCompanies": []}
    filled(colleague, without)
    filled(coordinator, {**without, "figures": [{**BODY["figures"][0], "value": 13}, *BODY["figures"][1:]]})

    found = compared(coordinator, book.data)

    assert [(change.key, change.is_own) for change in found.changes] == [("/figures/assignments/innovation", True)]


def test_a_workbook_with_errors_changes_nothing(coordinator):
    filled(coordinator)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 14
    book.figure("curricula", "talent").value = "1.100"
    found = compared(coordinator, book.data)

    with pytest.raises(Refused):
        take_over(coordinator, found)

    assert draft_rows(coordinator)["/figures/assignments/innovation"]["value"] == 12
    assert len(errors_of(found)) == 1


AWKWARD = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1, max_size=30
).map(lambda text: text.strip() or "x")  # fmt: skip
NAMES = st.one_of(
    st.sampled_from(["=1+1", "+31 6", "-", "@x", "_x0041_", "O'Neill & <Zn>", "0012", "  x", "1.100", "é" * 190]),
    AWKWARD,
)


@st.composite
def awkward(draw):
    """Drafts with facts that differ between rows of one organisation, several ways in one line, and odd texts."""
    body = draw(strategies.bodies())
    for row in body["participations"]:
        row["name"] = draw(NAMES).strip()
        row["postcode"] = draw(st.sampled_from(["", "3311 AB"]))
    for number, row in enumerate(body["headcounts"]):
        if row["group"] == "students":
            row["category"] = draw(st.sampled_from(["", "mbo", "other"]))
        else:
            row["category"] = draw(st.one_of(st.just(""), NAMES)).strip()[:60]
        row["institutionCode"] = f"{number + 10}AB" if draw(st.booleans()) else ""
    return body


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=awkward(), language=st.sampled_from(["nl", "en"]))
def test_written_and_read_again_is_the_same_draft(coordinator, body, language):
    try:
        filled(coordinator, body)
    except Refused:
        return  # A random name may look like a citizen service number.

    with translation.override(language):
        data = downloaded(coordinator)
    found = compared(coordinator, data)

    version = standing(coordinator, "scale", "2025Q1").version
    assert found.errors == ()
    assert found.changes == []
    assert content.digest(found.reading.lines) == content.digest(drafts.lines_of(version))


@needs_office
def test_a_workbook_that_libreoffice_saved_again_changes_nothing(coordinator, tmp_path: Path):
    filled(coordinator)
    original = tmp_path / "scale-2025Q1.xlsx"
    original.write_bytes(downloaded(coordinator))

    again = converted(original, "xlsx", tmp_path)

    found = compared(coordinator, again.read_bytes())
    assert (found.errors, found.changes) == ((), [])
    assert openpyxl.load_workbook(again)["_meta"].sheet_state != "visible"


def test_libreoffice_is_there_where_it_has_to_be():
    """So that the skipping of the tests above cannot go unseen."""
    import os

    from tests.impact.workbook.office import SOFFICE

    if os.environ.get("REQUIRE_BROWSER") == "1":
        assert SOFFICE is not None
    if SOFFICE is not None:
        assert subprocess.run([SOFFICE, "--version"], capture_output=True, check=True).stdout
