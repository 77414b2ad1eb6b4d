"""Lineage over REST: one cell and measure, and what it is made of."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia.models import Organisation
from impact import ledger, materialise, reporting
from tests import factories
from tests.api.conftest import Caller, parsed, refused, without_role
from tests.factories import company, figure, headcount, school, unidentified

pytestmark = pytest.mark.django_db

CELL = {
    "consortium", "actionLine", "indicator", "period", "measure", "value", "numerator", "denominator", "absence",
    "unit", "status", "withheld", "break", "periods", "definition", "versions", "notReported", "overlaps", "bounds",
    "total", "named", "notNamed", "rowsNotShown", "results", "next", "seq",
}  # fmt: skip


def ask(who: Caller, indicator: str = "companies", period: str = "2025Q1", **asked: Any) -> Any:
    response = who.get("lineage", {"indicator": indicator, "period": period, **asked})
    assert response.status_code == 200, response.content
    return parsed(response)


def followed(who: Caller, body: Any) -> list[Any]:
    rows = list(body["results"])
    while body["next"]:
        body = parsed(who.get(body["next"].removeprefix("http://testserver")))
        rows += body["results"]
    return rows


def test_a_number_of_companies_comes_with_its_versions_and_organisations(reviewer: Caller) -> None:
    version = factories.reported("scale", "2025Q1", company(1), company(1, action_line="talent"), company(2))
    factories.reported("people", "2025Q1", company(2))

    found = ask(reviewer)

    assert found.keys() == CELL
    assert (found["consortium"], found["actionLine"], found["measure"]) == (None, None, "value")
    assert (found["value"], found["total"], found["named"], found["notNamed"]) == (2, 2, 2, 0)
    assert found["rowsNotShown"] == 0
    assert (found["absence"], found["withheld"], found["unit"]) == (None, False, "companies")
    assert found["periods"] == ["2025Q1"]
    assert found["seq"] == ledger.newest()
    assert found["definition"]["from"] == "2023Q3"
    assert (found["definition"]["kind"], found["definition"]["derivedFrom"]) == ("unique", "companies")
    first = found["versions"][0]
    assert first["contentHash"] == version.content_hash
    assert (first["consortium"], first["period"], first["version"], first["value"]) == ("scale", "2025Q1", 1, 2)
    assert first["submittedBy"] == str(version.submitted_by)
    assert first["acceptedBy"] == str(version.reviewed_by)
    assert first["submittedAt"].endswith("Z") and first["acceptedAt"].endswith("Z")
    assert (first["isCorrection"], first["correctionReason"]) == (False, None)
    assert len(found["notReported"]) == 13
    hips = found["overlaps"][0]
    assert hips == {
        "by": "consortium", "parts": [{"key": "scale", "count": 2}, {"key": "people", "count": 1}], "sum": 3,
        "repeated": 1, "shared": 1, "count": 2,
    }  # fmt: skip
    one = found["results"][0]
    assert (one["kind"], one["value"], one["links"]) == ("organisation", 1, [])
    assert one["organisation"] == {
        "id": str(Organisation.objects.get(kvk_number="00000001").pk), "name": "Testbedrijf 00000001 BV",
        "kvkNumber": "00000001", "institutionCode": None,
    }  # fmt: skip
    assert [row["pointer"] for row in one["rows"]] == ["/participations/0", "/participations/1"]
    assert one["rows"][1] == {
        "consortium": "scale", "period": "2025Q1", "version": 1, "pointer": "/participations/1",
        "actionLine": "talent", "involvement": "project", "organisation": one["organisation"]["id"],
        "name": "Testbedrijf 00000001 BV", "kvkNumber": "00000001", "institutionCode": None,
        "organisationType": "company", "sizeClass": "small",
    }  # fmt: skip


def test_sums_and_shares_come_with_their_rows(coordinator: Caller) -> None:
    factories.reported(
        "scale", "2025Q1", figure("assignments", 5), figure("assignments", 7, action_line="talent"),
        figure("training-completions", action_line="talent", numerator=8, denominator=10),
        figure("cofinancing-cash", "100.25", action_line=None), figure("cofinancing-in-kind", 50, action_line=None),
        headcount(9, 5, category="mbo", institution_code="25PW"),
    )  # fmt: skip
    factories.reported("people", "2025Q1", figure("training-completions", numerator=100, denominator=400))

    rows = ask(coordinator, "assignments")["results"]
    assert [(row["value"], row["pointer"], row["actionLine"]) for row in rows] == [
        (5, "/figures/0", "innovation"), (7, "/figures/1", "talent")
    ]  # fmt: skip
    ratio = ask(coordinator, "training-completions", measure="trailingYear")
    assert (ratio["value"], ratio["numerator"], ratio["denominator"]) == (Decimal("0.263415"), 108, 410)
    assert [(row["numerator"], row["denominator"], row["pointer"]) for row in ratio["results"]] == [
        (8, 10, "/figures/2"), (100, 400, None)
    ]  # fmt: skip
    assert ask(coordinator, "training-completions", measure="denominator")["value"] == 410
    money = ask(coordinator, "cofinancing")
    assert (money["value"], sum(row["value"] for row in money["results"])) == (Decimal("150.25"), Decimal("150.25"))
    assert {row["indicator"] for row in money["results"]} == {"cofinancing-cash", "cofinancing-in-kind"}
    (persons,) = ask(coordinator, "students")["results"]
    assert (persons["kind"], persons["value"], persons["headcount"], persons["counted"]) == (
        "headcount", 5, 9, "firstTime"
    )  # fmt: skip
    assert (persons["group"], persons["category"], persons["institutionCode"]) == ("students", "mbo", "25PW")


def test_bounds_say_which_counts_make_them(anonymous: Caller, manager: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1), unidentified(3), unidentified(2, action_line="talent"))

    bounds = ask(manager, measure="high")["bounds"]
    assert {key: bounds[key] for key in ("identified", "low", "high")} == {"identified": 1, "low": 4, "high": 6}
    assert bounds["consortia"] == [{"consortium": "scale", "identified": 1, "largest": 3, "sum": 5}]
    assert [row["pointer"] for row in bounds["unidentified"]] == [
        "/unidentifiedCompanies/0", "/unidentifiedCompanies/1"
    ]  # fmt: skip
    public = ask(anonymous, measure="low")
    assert (public["value"], public["named"], public["notNamed"]) == (4, 0, 1)
    assert {row["pointer"] for row in public["bounds"]["unidentified"]} == {None}


def test_nobody_without_a_role_sees_names_of_organisations_or_people(
    anonymous: Caller, stranger: Caller, reader: Caller
) -> None:
    version = factories.reported("scale", "2025Q1", company(1), school(), headcount(9, 5, institution_code="25PW"))
    secrets = [str(version.submitted_by), str(version.reviewed_by), version.content_hash, "Testbedrijf", "25PW"]

    for who in (anonymous, without_role(), stranger):
        for indicator in ("companies", "partners", "students"):
            response = who.get("lineage", {"indicator": indicator, "period": "2025Q1"})
            assert not [secret for secret in secrets if secret in response.content.decode()]
        found = ask(who, "partners")
        assert (found["value"], found["named"], found["notNamed"], found["results"]) == (2, 0, 2, [])
        assert [part["value"] for part in found["versions"]] == [2]
    seen = reader.get("lineage", {"indicator": "partners", "period": "2025Q1"}).content.decode()
    assert "Testbedrijf" in seen and version.content_hash in seen
    assert str(version.submitted_by) not in seen


def test_persons_by_action_line_are_withheld(anonymous: Caller, stranger: Caller) -> None:
    factories.reported("scale", "2025Q1", headcount(9, 5), headcount(4, 3, action_line="innovation"))

    for asked in ({"actionLine": "talent"}, {"actionLine": "talent", "consortium": "scale", "measure": "cumulative"}):
        found = ask(anonymous, "students", **asked)
        assert (found["withheld"], found["absence"], found["value"], found["total"]) == (True, "withheld", None, 0)
        assert (found["versions"], found["results"], found["notReported"]) == ([], [], [])
    found = ask(anonymous, "students")
    assert [(row["kind"], row["value"], row["actionLine"]) for row in found["results"]] == [("total", 8, None)]
    lines = ask(stranger, "students")["results"]
    assert sorted((row["kind"], row["value"], row["actionLine"]) for row in lines) == [
        ("total", 3, "innovation"), ("total", 5, "talent")
    ]  # fmt: skip


def test_a_correction_is_told_with_its_reason_to_who_may_know(anonymous: Caller, manager: Caller) -> None:
    assert manager.user is not None
    factories.reported("scale", "2025Q1", figure("assignments", 5))
    reporting.correct(actor=manager.user, consortium="scale", quarter="2025Q1", reason="dubbel geteld")
    factories.reported("scale", "2025Q1", figure("assignments", 4))

    (part,) = ask(manager, "assignments")["versions"]
    assert (part["version"], part["isCorrection"], part["correctionReason"]) == (2, True, "dubbel geteld")
    (part,) = ask(anonymous, "assignments")["versions"]
    assert (part["version"], part["isCorrection"], part["correctionReason"]) == (2, True, None)


def test_as_of_an_earlier_moment_it_is_the_lineage_of_then(reviewer: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1))
    before = ledger.newest()
    then = ask(reviewer)
    factories.reported("people", "2025Q1", company(2))

    assert ask(reviewer)["value"] == 2
    assert ask(reviewer, asOf=before) == then


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [("indicator", "required"), ("period", "required")]),
        ("indicator=nothing&period=2099Q1", [("indicator", "unknown"), ("period", "unknown")]),
        ("indicator=companies&indicator=partners&period=2025Q1", [("indicator", "given-twice")]),
        ("indicator=companies&period=2025Q1&consortium=x&actionLine=y&measure=z",
         [("actionLine", "unknown"), ("consortium", "unknown"), ("measure", "unknown")]),
        ("indicator=companies&period=2025Q1&measure=reported", [("measure", "unknown")]),
        ("indicator=companies&period=2025Q1&asOf=999999999", [("asOf", "future")]),
        ("indicator=companies&period=2025Q1&periodFrom=2025Q1", [("periodFrom", "unknown-key")]),
        ("indicator=companies&period=2025Q1&pageSize=0", [("pageSize", "out-of-range")]),
        ("indicator=companies&period=2025Q1&pageToken=x", [("pageToken", "unknown")]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_question_is_said_at_its_place(
    anonymous: Caller, query: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(refused(anonymous.get("lineage", query))) == expected


def test_none_is_the_programme_and_all_lines(anonymous: Caller) -> None:
    factories.reported("scale", "2025Q1", company(1))

    assert ask(anonymous, consortium="none", actionLine="none", measure="value") == ask(anonymous)
    assert ask(anonymous, consortium="scale", actionLine="talent")["value"] == 0


def test_pages_hold_every_record_once_at_one_moment(reviewer: Caller) -> None:
    factories.reported("scale", "2025Q1", *(company(number) for number in range(1, 12)))
    whole = ask(reviewer)
    first = ask(reviewer, pageSize=3)
    factories.reported("people", "2025Q1", company(99))

    assert followed(reviewer, first) == whole["results"]
    assert len(whole["results"]) == 11
    assert first["total"] == 11


def test_the_tag_differs_for_who_is_shown_something_else(
    anonymous: Caller, reader: Caller, coordinator: Caller, stranger: Caller, manager: Caller
) -> None:
    factories.reported("scale", "2025Q1", company(1))
    query = {"indicator": "companies", "period": "2025Q1"}
    tags = {who.get("lineage", query)["ETag"] for who in (anonymous, reader, coordinator, stranger, manager)}
    assert len(tags) == 5
    tag = reader.get("lineage", query)["ETag"]
    assert reader.get("lineage", query, If_None_Match=tag).status_code == 304
    assert anonymous.get("lineage", query, If_None_Match=tag).status_code == 200
    Organisation.objects.filter(kvk_number="00000001").update(name="Anders BV")
    assert reader.get("lineage", query, If_None_Match=tag).status_code == 200


def test_stored_and_computed_figures_have_the_same_lineage(manager: Caller) -> None:
    factories.reported("scale", "2025Q1")
    before = [ask(manager, indicator) for indicator in ("companies", "assignments", "students", "cofinancing")]
    materialise.roll_up()

    assert [ask(manager, indicator) for indicator in ("companies", "assignments", "students", "cofinancing")] == before


def test_the_number_of_queries_does_not_grow_with_the_rows(reviewer: Caller) -> None:
    counts = []
    for hip, number in (("scale", 2), ("people", 40)):
        factories.reported(hip, "2025Q1", *(company(each) for each in range(1, number)))
        with CaptureQueriesContext(connection) as queries:
            ask(reviewer)
        counts.append(len(queries))
    assert counts[1] <= counts[0]
