"""Everything that is wrong with a workbook, said at once and each in its cell."""

import datetime
import io

import openpyxl
import pytest
from django.utils import translation

from consortia.errors import Refused
from consortia.models import Role
from impact import content, reporting
from impact.workbook import marking, reading, source
from tests import factories
from tests.impact.workbook.filling import Book, address, compared, downloaded, errors_of
from tests.impact.workbook.office import converted, needs_office
from tests.impact.workbook.test_round_trip import BODY, exact

pytestmark = pytest.mark.django_db


@pytest.fixture
def coordinator(programme):
    actor = factories.user(Role.COORDINATOR, "scale")
    companies = [
        {"kvkNumber": f"{number:08}", "name": f"Bedrijf {number}", "organisationType": "company",
         "sizeClass": "small", "actionLine": "innovation", "involvement": "project"}
        for number in range(1, 31)
    ]  # fmt: skip
    lines, problems = content.read(exact({**BODY, "participations": [*BODY["participations"], *companies]}))
    assert problems == []
    reporting.fill(actor=actor, consortium="scale", quarter="2025Q1", lines=lines, base=reporting.ANY)
    return actor


BSN = "111222333"
LINES = ("ecosystems", "talent", "lifelong-learning", "innovation", "infrastructure")


def plant(book: Book) -> dict[str, set[str]]:
    """Fifty errors: by address the codes that are to be reported there."""
    expected: dict[str, set[str]] = {}

    def put(cell, value, *codes):
        cell.value = value
        expected.setdefault(address(cell), set()).update(codes)

    numbers = [
        ("1.100", "ambiguous"), ("1,100", "ambiguous"), ("12,7", "ambiguous"), ("veel", "not-a-number"),
        (12.7, "not-whole"), (-3, "out-of-range"), (2_000_000_000, "out-of-range"), ("=1+1", "formula"),
        (datetime.date(2025, 2, 3), "date"), (True, "boolean"), ("#N/A", "error-value"), ("€ 5", "ambiguous"),
        ("-4", "ambiguous"), (f"{'9' * 16}", "ambiguous"), ("12 stuks", "not-a-number"),
    ]  # fmt: skip
    places = [(key, line) for key in ("research-projects", "curricula", "trainings") for line in LINES]
    for (value, code), (key, line) in zip(numbers, places, strict=True):
        put(book.figure(key, line), value, code)  # 15
    put(book.figure("training-completions/numerator", "innovation"), 9, "x")
    put(book.figure("training-completions/denominator", "innovation"), 4)
    expected.pop(address(book.figure("training-completions/denominator", "innovation")))
    expected[address(book.figure("training-completions/numerator", "innovation"))] = {"out-of-range"}
    put(book.figure("training-completions/numerator", "ecosystems"), 9)
    expected.pop(address(book.figure("training-completions/numerator", "ecosystems")))
    expected[address(book.figure("training-completions/denominator", "ecosystems"))] = {"required"}
    put(book.figure("cofinancing-cash", "-"), 10.123, "too-precise")
    put(book.figure("cofinancing-cash", "talent"), 5, "not-asked")
    put(book.figure("assignments", "-"), 5, "not-asked")  # 20
    first = book.row("participations", "00000001", 2)

    def organisation(number, column):
        return book.cell("participations", first + number, column)

    for number, (column, value, code) in enumerate(
        [
            ("kvkNumber", "123", "malformed"), ("kvkNumber", BSN, "bsn"), ("kvkNumber", None, "required"),
            ("kvkNumber", 123456782, "bsn"), ("kvkNumber", 1234567, "malformed"),
            ("kvkNumber", "12.34.56.78", "malformed"),
            ("institutionCode", "PW25", "malformed"), ("name", "Jan " + BSN, "bsn"), ("name", "x" * 201, "too-long"),
            ("name", "=A1", "formula"), ("name", datetime.date(2025, 1, 1), "date"),
            ("organisationType", "bank", "unknown"),
            ("organisationType", None, "required"), ("postcode", "12345", "malformed"),
            ("postcode", "0123 AB", "malformed"),
            ("sizeClass", "enorm", "unknown"), ("line:innovation", "sponsor", "unknown"),
            ("line:innovation", "project; sponsor", "unknown"), ("line:innovation", True, "boolean"),
        ]
    ):  # fmt: skip
        put(organisation(number, column), value, code)  # 39
    put(organisation(19, "line:innovation"), None)
    expected.pop(address(organisation(19, "line:innovation")))
    expected[address(organisation(19, "line:ecosystems"))] = {"required"}
    organisation(20, "kvkNumber").value = "00000022"
    expected[address(organisation(21, "line:innovation"))] = {"duplicate"}  # 41
    put(book.cell("unidentifiedCompanies", "talent", "count"), "drie", "not-a-number")
    put(book.cell("unidentifiedCompanies", "ecosystems", "count"), 0.5, "not-whole")
    rows = {key: book.sheet("headcounts").max_row + 1 + number for number, key in enumerate("abcdefg")}

    def headcount(row, **values):
        full = {"group": "studenten", "category": "mbo", "actionLine": "innovation", "institutionCode": None,
                "headcount": 5, "firstTime": 5, **values}  # fmt: skip
        for column, value in full.items():
            book.cell("headcounts", rows[row], column).value = value

    headcount("a", group="leerlingen")
    headcount("b", category="universiteit")
    headcount("c", actionLine="onbekend", category="hbo")
    headcount("d", institutionCode="XX", category="wo")
    headcount("e", headcount=4, category="ad")
    headcount("f", firstTime=None, category="vo")
    headcount("g", group="werknemers", category=BSN)
    for row, column, code in [
        ("a", "group", "unknown"), ("b", "category", "unknown"), ("c", "actionLine", "unknown"),
        ("d", "institutionCode", "malformed"), ("e", "firstTime", "out-of-range"), ("f", "firstTime", "required"),
        ("g", "category", "bsn"),
    ]:  # fmt: skip
        expected[address(book.cell("headcounts", rows[row], column))] = {code}  # 50
    return expected


def test_fifty_planted_errors_are_all_reported_in_one_pass_each_at_its_cell(coordinator):
    book = Book(downloaded(coordinator))
    expected = plant(book)

    found = compared(coordinator, book.data)

    assert len(expected) == 50
    assert {place: set(codes) for place, codes in errors_of(found).items()} == expected
    assert len(found.errors) == 50


def test_the_marked_workbook_has_each_message_at_its_cell(coordinator):
    book = Book(downloaded(coordinator))
    expected = plant(book)
    data = book.data
    found = compared(coordinator, data)

    marked = openpyxl.load_workbook(io.BytesIO(marking.marked(data, found.errors)))

    commented = {
        f"{sheet.title}!{cell.coordinate}" for sheet in marked for row in sheet for cell in row if cell.comment
    }
    assert commented == set(expected)
    assert marked.worksheets[0].max_row == 51
    assert marked["_meta"].sheet_state == "veryHidden"


def test_the_marked_workbook_can_be_corrected_and_uploaded_again(coordinator):
    book = Book(downloaded(coordinator))
    book.figure("assignments", "talent").value = "1.100"
    data = book.data
    again = Book(marking.marked(data, compared(coordinator, data).errors))
    again.figure("assignments", "talent").value = 1100

    found = compared(coordinator, again.data)

    assert [change.key for change in found.changes] == ["/figures/assignments/talent"]
    assert found.errors == ()


@needs_office
def test_the_marked_workbook_opens_in_libreoffice(coordinator, tmp_path):
    book = Book(downloaded(coordinator))
    plant(book)
    data = book.data
    path = tmp_path / "gemarkeerd.xlsx"
    path.write_bytes(marking.marked(data, compared(coordinator, data).errors))

    assert converted(path, "pdf", tmp_path).read_bytes().startswith(b"%PDF")
    again = openpyxl.load_workbook(converted(path, "xlsx", tmp_path))

    assert sum(1 for sheet in again for row in sheet for cell in row if cell.comment) == 50


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1100, None), ("1100", None), ("0", None), (0, None), (12.0, None), ("1.100", "ambiguous"),
        ("1,100", "ambiguous"), (12.7, "not-whole"), ("12,7", "ambiguous"), (-1, "out-of-range"),
        ("\u00a01100 ", None), ("   ", None), (1e300, "out-of-range"), ("#N/A", "error-value"),
    ],
)  # fmt: skip
def test_what_a_cell_for_a_count_may_hold(coordinator, value, code):
    book = Book(downloaded(coordinator))
    cell = book.figure("curricula", "talent")
    cell.value = value

    found = compared(coordinator, book.data)

    assert errors_of(found) == ({address(cell): [code]} if code else {})


def test_a_number_that_may_be_a_date_is_doubted_and_named(coordinator):
    book = Book(downloaded(coordinator))
    cell = book.figure("curricula", "talent")
    cell.value = 45_691

    found = compared(coordinator, book.data)

    doubt = next(each for each in found.warnings if each.code == "date-like")
    assert (doubt.pointer, found.errors) == (address(cell), ())
    assert "2025" in doubt.detail


def test_amounts_may_have_cents_and_are_no_dates(coordinator):
    book = Book(downloaded(coordinator))
    book.figure("cofinancing-cash", "-").value = 45_691.5

    found = compared(coordinator, book.data)

    assert (found.errors, [each.code for each in found.warnings]) == ((), [])
    assert str(found.changes[0].workbook.value) == "45691.5"


def test_merged_cells_among_the_rows_are_refused_and_above_them_not(coordinator):
    book = Book(downloaded(coordinator))
    sheet = book.sheet("headcounts")
    sheet.merge_cells("B2:F2")
    sheet.merge_cells("B6:C6")

    found = compared(coordinator, book.data)

    assert errors_of(found)[f"{sheet.title}!B6"] == ["merged"]
    assert f"{sheet.title}!B2" not in errors_of(found)


def test_a_label_that_was_moved_from_its_number_is_refused(coordinator):
    book = Book(downloaded(coordinator))
    sheet = book.sheet("figures")
    row, other = book.row("figures", "assignments"), book.row("figures", "curricula")
    sheet.cell(row, 2).value, sheet.cell(other, 2).value = sheet.cell(other, 2).value, sheet.cell(row, 2).value

    assert set(errors_of(compared(coordinator, book.data))) == {f"{sheet.title}!B{row}", f"{sheet.title}!B{other}"}


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize(
    ("mark", "one", "two"),
    [
        ("figures", "talent", "innovation"),
        ("figures", "innovation", "was:innovation"),
        ("participations", "line:talent", "line:innovation"),
        ("participations", "name", "postcode"),
        ("headcounts", "headcount", "firstTime"),
    ],
)
def test_columns_that_changed_places_below_their_hidden_keys_are_refused(coordinator, mark, one, two, language):
    with translation.override(language):
        book = Book(downloaded(coordinator))
    sheet = book.sheet(mark)
    places = [book.column(mark, key) for key in (one, two)]
    for row in range(2, sheet.max_row + 1):
        left, right = (sheet.cell(row, column) for column in places)
        left.value, right.value = right.value, left.value

    found = compared(coordinator, book.data)

    headers = {address(sheet.cell(4, column)) for column, key in zip(places, (one, two), strict=True) if ":" not in key
               or key.startswith("line:")}  # fmt: skip
    assert set(errors_of(found)) == headers
    assert {each.code for each in found.errors} == {"label-moved"}
    assert found.changes == []


def test_columns_that_changed_places_with_their_keys_are_read_as_they_are(coordinator):
    book = Book(downloaded(coordinator))
    sheet = book.sheet("figures")
    for row in range(1, sheet.max_row + 1):
        left, right = sheet.cell(row, 3), sheet.cell(row, 4)
        left.value, right.value = right.value, left.value

    found = compared(coordinator, book.data)

    assert (found.errors, found.changes) == ((), [])


def test_what_is_typed_in_a_grey_cell_is_told_where_it_is_asked(coordinator):
    book = Book(downloaded(coordinator))
    whole, line = book.figure("assignments", "-"), book.figure("cofinancing-cash", "talent")
    whole.value, line.value = 3, 12.5

    with translation.override("en"):
        found = compared(coordinator, book.data)

    details = {each.pointer: str(each.detail) for each in found.errors}
    assert details[address(whole)].startswith("This indicator is asked for each action line, not here.")
    assert details[address(line)].startswith("This indicator is asked once for the HIP as a whole, not here.")


def test_messages_name_an_amount_a_day_and_a_citizen_service_number_as_what_they_are(coordinator):
    book = Book(downloaded(coordinator))
    amount, day = book.figure("cofinancing-cash", "-"), book.figure("curricula", "talent")
    number = book.organisation("00000001", "kvkNumber")
    amount.value, day.value, number.value = "€ 12,50", datetime.date(2022, 1, 1), BSN

    with translation.override("en"):
        found = compared(coordinator, book.data)

    details = {each.pointer: str(each.detail) for each in found.errors}
    assert "1100.50" in details[address(amount)]
    assert "(1 January 2022)" in details[address(day)]
    assert details[address(number)] == "A citizen service number (BSN) must not be entered here."


def test_the_rows_of_a_sheet_that_is_missing_are_no_changes(coordinator):
    book = Book(downloaded(coordinator))
    del book.book[book.sheet("headcounts").title]
    book.sheet("participations").delete_cols(book.column("participations", "postcode"))
    book.figure("assignments", "innovation").value = 14

    found = compared(coordinator, book.data)

    assert {each.code for each in found.errors} == {"sheet-missing", "column-missing"}
    assert [change.key for change in found.changes] == ["/figures/assignments/innovation"]


def test_rows_and_columns_and_sheets_that_are_missing_are_named(coordinator):
    book = Book(downloaded(coordinator))
    figures, people = book.sheet("figures").title, book.sheet("headcounts").title
    book.sheet("figures").delete_rows(book.row("figures", "curricula"))
    book.sheet("participations").delete_cols(book.column("participations", "postcode"))
    listed = book.sheet("participations").title
    del book.book[people]

    found = errors_of(compared(coordinator, book.data))

    assert found == {figures: ["row-missing"], listed: ["column-missing"], people: ["sheet-missing"]}


def test_a_row_added_where_rows_are_fixed_and_a_row_copied_are_refused(coordinator):
    book = Book(downloaded(coordinator))
    sheet = book.sheet("unidentifiedCompanies")
    row = book.row("unidentifiedCompanies", "talent")
    for column in (1, 2):
        sheet.cell(20, column).value = sheet.cell(row, column).value
    sheet.cell(21, 3).value = 4

    found = errors_of(compared(coordinator, book.data))

    assert found == {f"{sheet.title}!B20": ["duplicate"], f"{sheet.title}!C21": ["row-unknown"]}


def test_what_stands_beside_the_columns_is_said_to_be_not_read(coordinator):
    book = Book(downloaded(coordinator))
    book.sheet("participations")["Z7"].value = "mijn notitie"

    found = compared(coordinator, book.data)

    assert [(each.code, each.pointer.partition("!")[2]) for each in found.warnings] == [("not-read", "Z4")]
    assert found.errors == ()


@pytest.mark.parametrize("change", ["hip", "quarter", "tampered", "cut", "gone", "other"])
def test_a_workbook_of_another_report_or_with_a_changed_hidden_sheet_is_refused(coordinator, change):
    data = downloaded(coordinator)
    where = {"consortium": "scale", "quarter": "2025Q1"}
    if change == "hip":
        where["consortium"] = "people"
    elif change == "quarter":
        where["quarter"] = "2025Q2"
    else:
        book = Book(data)
        hidden = book.book["_meta"]
        signed = hidden["A2"].value
        if change == "tampered":
            hidden["A2"].value = signed[:50] + ("a" if signed[50] != "a" else "b") + signed[51:]
        elif change == "cut":
            hidden["A2"].value = signed[:-5]
        else:
            del book.book["_meta"]
            if change == "other":
                book.book.create_sheet("_meta")
        data = book.data
    questions = source.of(coordinator, "scale", "2025Q1").questions

    with pytest.raises(Refused) as caught:
        reading.read(data, **where, questions=questions)

    codes = {"hip": "other-report", "quarter": "other-report", "tampered": "tampered", "cut": "tampered"}
    assert caught.value.problems[0].code == codes.get(change, "no-meta")


def test_an_error_that_the_draft_had_already_elsewhere_does_not_stand_in_the_way(coordinator):
    from impact.models import Participation

    Participation.objects.filter(kvk_number="00000001").update(name="Jan " + BSN)
    book = Book(downloaded(coordinator))
    book.figure("assignments", "innovation").value = 13

    found = compared(coordinator, book.data)

    assert found.errors == ()
    assert [change.key for change in found.changes] == ["/figures/assignments/innovation"]
