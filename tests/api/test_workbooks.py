"""The workbook over the API: the same file, the same errors, the same three-way difference."""

from typing import Any

import pytest

from consortia.models import Scope
from impact.workbook.template import CONTENT_TYPE
from tests import factories
from tests.api.conftest import DRAFT, REPORT, Caller, caller, parsed, put, refused
from tests.impact.workbook.filling import Book, address

pytestmark = pytest.mark.django_db

WORKBOOK, WORKBOOKS = f"{REPORT}/workbook", f"{REPORT}/workbooks"


def multipart(*data: bytes | None, **fields: str | list[str]) -> tuple[bytes, str]:
    parts = [
        f'--grens\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, given in fields.items()
        for value in ([given] if isinstance(given, str) else given)
    ]
    for each in filter(None, data):
        head = '--grens\r\nContent-Disposition: form-data; name="file"; filename="boek.xlsx"\r\n'
        parts.append(f"{head}Content-Type: {CONTENT_TYPE}\r\n\r\n".encode() + each + b"\r\n")
    return b"".join(parts) + b"--grens--\r\n", "multipart/form-data; boundary=grens"


def upload(who: Caller, *data: bytes | None, **fields: str | list[str]) -> Any:
    body, content_type = multipart(*data, **fields)
    return who.send("POST", WORKBOOKS, body, content_type)


def book_of(who: Caller) -> Book:
    response = who.get(WORKBOOK)
    assert response.status_code == 200, response.content
    return Book(response.content)


def value_of(who: Caller, number: int = 0) -> Any:
    return parsed(who.get(REPORT))["content"]["figures"][number]["value"]


def test_the_workbook_is_a_file_and_never_the_one_of_before(coordinator: Caller) -> None:
    put(coordinator)

    response = coordinator.get(WORKBOOK, Accept=CONTENT_TYPE)

    assert response.status_code == 200
    assert response["Content-Type"] == CONTENT_TYPE
    assert response["Content-Disposition"] == 'attachment; filename="scale-2025Q1.xlsx"'
    # What stands beside the draft in it may be another by now, while the report is the same.
    tag = coordinator.get(REPORT)["ETag"]
    assert response["ETag"] != tag
    assert coordinator.get(WORKBOOK, If_None_Match=tag).status_code == 200
    assert coordinator.get(WORKBOOK, Accept="text/csv").status_code == 406


def test_the_language_is_that_of_the_caller(coordinator: Caller) -> None:
    english = Book(coordinator.get(WORKBOOK, Accept_Language="en").content)
    dutch = Book(coordinator.get(WORKBOOK).content)

    assert english.sheet("figures").title == "Figures"
    assert dutch.sheet("figures").title == "Cijfers"


def test_an_unchanged_workbook_changes_nothing(coordinator: Caller) -> None:
    put(coordinator)
    data = book_of(coordinator).data
    tag = coordinator.get(REPORT)["ETag"]

    answer = parsed(upload(coordinator, data, apply="true"))

    assert answer == {"errors": [], "warnings": [], "changes": [], "applied": True}
    assert coordinator.get(REPORT)["ETag"] == tag


def test_without_apply_it_is_only_judged(coordinator: Caller) -> None:
    put(coordinator)
    book = book_of(coordinator)
    book.figure("assignments", "innovation").value = 14

    judged = parsed(upload(coordinator, book.data))
    before = value_of(coordinator)
    applied = parsed(upload(coordinator, book.data, apply="true"))

    row = {"indicator": "assignments", "actionLine": "innovation"}
    assert judged["changes"] == [
        {
            "pointer": "/figures/assignments/innovation",
            "base": {**row, "value": 12},
            "draft": {**row, "value": 12},
            "workbook": {**row, "value": 14},
            "conflict": False,
        }
    ]
    assert (judged["applied"], before) == (False, 12)
    assert (applied["applied"], value_of(coordinator)) == (True, 14)


def test_errors_have_their_cells_and_keep_it_from_being_applied(coordinator: Caller) -> None:
    put(coordinator)
    book = book_of(coordinator)
    one, two = book.figure("assignments", "innovation"), book.figure("curricula", "talent")
    one.value, two.value = "1.100", 12.7

    answer = parsed(upload(coordinator, book.data, apply="true"))

    assert [(each["cell"], each["code"]) for each in answer["errors"]] == [
        (address(one), "ambiguous"),
        (address(two), "not-whole"),
    ]
    assert (answer["applied"], value_of(coordinator)) == (False, 12)


def test_stale_rows_are_refused_or_skipped_as_asked(coordinator: Caller) -> None:
    put(coordinator)
    book = book_of(coordinator)
    book.figure("assignments", "innovation").value = 14
    book.cell("unidentifiedCompanies", "innovation", "count").value = 8
    theirs = [{**DRAFT["figures"][0], "value": 99}, *DRAFT["figures"][1:]]
    colleague = caller("contributor", "scale")
    put(colleague, {**DRAFT, "figures": theirs})

    refusing = parsed(upload(coordinator, book.data, apply="true"))
    judged = parsed(upload(coordinator, book.data, stale="skip"))
    skipping = parsed(upload(coordinator, book.data, apply="true", stale="skip"))

    assert refusing["applied"] is False
    (error,) = refusing["errors"]
    assert (error["cell"], error["code"]) == (address(book.figure("assignments", "innovation")), "stale")
    assert str(colleague.user) in error["detail"]
    assert "/figures/assignments/innovation" in error["detail"]
    assert (judged["errors"], skipping["errors"]) == ([], [])
    assert {each["pointer"]: each["conflict"] for each in refusing["changes"]} == {
        "/figures/assignments/innovation": True,
        "/unidentifiedCompanies/innovation": False,
    }
    assert skipping["applied"] is True
    content = parsed(coordinator.get(REPORT))["content"]
    assert content["figures"][0]["value"] == 99
    assert content["unidentifiedCompanies"][0]["count"] == 8


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"geen werkboek", "not-a-workbook"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(50), "old-format"),
        (b"PK\x03\x04" + bytes(50), "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem(coordinator: Caller, data: bytes, code: str) -> None:
    assert refused(upload(coordinator, data)) == [("", code)]


def test_a_workbook_of_another_report_is_a_problem(coordinator: Caller) -> None:
    other = coordinator.get("reports/scale/2025Q2/workbook").content

    assert refused(upload(coordinator, other)) == [("", "other-report")]


def test_what_is_missing_or_not_known_is_said_at_once(coordinator: Caller) -> None:
    response = upload(coordinator, None, apply="ja", stale="weg", haast="1")

    assert sorted(refused(response)) == [
        ("/apply", "unknown"), ("/file", "required"), ("/haast", "unknown-key"), ("/stale", "unknown"),
    ]  # fmt: skip
    refused(coordinator.post(WORKBOOKS, {}), 415)


def test_a_part_that_is_given_twice_is_a_problem_unless_it_says_the_same(coordinator: Caller) -> None:
    data = book_of(coordinator).data

    twice = upload(coordinator, data, data, apply=["false", "true"], stale=["skip", "skip"])
    same = upload(coordinator, data, apply=["false", "false"])

    assert sorted(refused(twice)) == [("/apply", "duplicate"), ("/file", "duplicate")]
    assert same.status_code == 200


def test_proposals_that_are_answered_with_no_are_changes_until_they_are_gone(coordinator: Caller) -> None:
    factories.reported("scale", "2025Q1", *(factories.company(number) for number in (1, 2)))
    book = Book(coordinator.get("reports/scale/2025Q2/workbook").content)
    row = book.row("proposals", "00000002", book.column("proposals", "kvkNumber"))
    book.cell("proposals", row, "takesPart").value = "no"
    body, content_type = multipart(book.data, apply="true")

    answers = [parsed(coordinator.send("POST", "reports/scale/2025Q2/workbooks", body, content_type)) for _ in "12"]

    no = {"pointer": "/proposals/00000002", "base": None, "draft": None, "workbook": None, "conflict": False}
    assert [each["changes"] for each in answers] == [[no], []]
    again = Book(coordinator.get("reports/scale/2025Q2/workbook").content)
    assert [sheet["A1"].value for sheet in again.book].count("ptvt:proposals") == 1
    with pytest.raises(StopIteration):
        again.row("proposals", "00000002", again.column("proposals", "kvkNumber"))


def test_visibility_and_permission_come_before_state_and_file(
    coordinator: Caller, stranger: Caller, reviewer: Caller, anonymous: Caller
) -> None:
    factories.reported("scale", "2025Q1", upto="submitted")

    for who, status in ((anonymous, 401), (stranger, 404), (reviewer, 403), (coordinator, 409)):
        refused(upload(who, b"x"), status)
    for who, status in ((anonymous, 401), (stranger, 404), (reviewer, 403)):
        refused(who.get(WORKBOOK), status)
    read_only = caller("coordinator", "scale", scopes=[Scope.READ])
    assert read_only.get(WORKBOOK).status_code == 200
    refused(upload(read_only, b"x"), 403)
