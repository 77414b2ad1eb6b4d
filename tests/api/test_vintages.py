"""Vintages over REST, what changed between two of them, and what a report would change."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia import tokens
from consortia.models import Role
from impact import ledger, reporting, vintages
from impact.models import Vintage
from tests import factories
from tests.api.conftest import BASE, CORRECTIONS, REPORT, Caller, caller, parsed, put, refused
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db

VINTAGES = "vintages"
EFFECT = f"{REPORT}/effect"


@pytest.fixture
def accepted(programme: Any) -> Any:
    return factories.reported("scale", "2025Q1", figure("assignments", 12), company(1), headcount(20, 8))


# --- publishing and reading


def test_a_manager_publishes_and_everybody_reads(manager: Caller, anonymous: Caller, accepted: Any) -> None:
    done = manager.post(VINTAGES, {"id": "najaar", "name": "Najaar", "note": "Voor het ministerie"})

    assert done.status_code == 201
    assert done["Location"] == f"http://testserver{BASE}/vintages/najaar"
    row = Vintage.objects.get()
    expected = {
        "id": "najaar",
        "name": "Najaar",
        "note": "Voor het ministerie",
        "seq": ledger.newest(),
        "lastPeriod": row.last_quarter_id,
        "form": 2,
        "sha256": row.sha256,
        "sha256Full": row.sha256_full,
    }
    body, shown = parsed(done), parsed(anonymous.get("vintages/najaar"))
    assert {key: body[key] for key in expected} == {key: shown[key] for key in expected} == expected
    assert (body["publishedBy"], body["salt"]) == (str(manager.user), row.salt)
    assert (shown["publishedBy"], shown["salt"]) == (None, None)
    asked = f"asOf={row.entry_id}&periodTo={row.last_quarter_id}"
    assert shown["links"] == {
        "figures": f"http://testserver{BASE}/figures?{asked}",
        "rollUps": f"http://testserver{BASE}/roll-ups?{asked}",
        "dataPackage": f"http://testserver{BASE}/vintages/najaar/data-package",
    }
    assert anonymous.get(shown["links"]["figures"].removeprefix("http://testserver")).status_code == 200
    assert anonymous.rows(VINTAGES) == [shown]


@pytest.mark.parametrize("body", [None, {}, {"seq": 3}])
def test_everything_in_the_body_may_be_left_out(manager: Caller, accepted: Any, body: Any) -> None:
    done = manager.post(VINTAGES, body)

    assert done.status_code == 201
    assert parsed(done)["seq"] == (3 if body else ledger.newest())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"code": "x"}, [("/code", "unknown-key")]),
        ({"id": 1, "seq": "3"}, [("/id", "not-text"), ("/seq", "malformed")]),
        ({"seq": 1.5}, [("/seq", "malformed")]),
        ({"seq": True}, [("/seq", "malformed")]),
        ({"seq": None}, [("/seq", "malformed")]),
        ({"seq": 1e300}, [("/seq", "malformed")]),
        ({"seq": 0}, [("/seq", "out-of-range")]),
        ({"seq": 999_999}, [("/seq", "future")]),
        ({"id": "a/b"}, [("/id", "malformed")]),
        ({"id": "nu"}, [("/id", "reserved")]),
        ({"name": "a\u0000b"}, [("/name", "unreadable")]),
        ([], [("", "not-an-object")]),
    ],
)
def test_what_cannot_be_published_is_refused(manager: Caller, accepted: Any, body: Any, expected: Any) -> None:
    assert refused(manager.post(VINTAGES, body)) == expected
    assert not Vintage.objects.exists()


def test_a_code_that_is_taken_is_a_conflict(manager: Caller, accepted: Any) -> None:
    manager.post(VINTAGES, {"id": "a"})

    refused(manager.post(VINTAGES, {"id": "a"}), 409)


def test_who_may_not_publish(manager: Caller, reviewer: Caller, anonymous: Caller, accepted: Any) -> None:
    refused(anonymous.post(VINTAGES), 401)
    refused(reviewer.post(VINTAGES, {"seq": "wrong"}), 403)
    refused(Caller(tokens.issue(user=manager.user, scopes=["read"])[1]).post(VINTAGES), 403)
    refused(anonymous.get("vintages/nothing"), 404)


def test_the_newest_comes_first_in_pages(manager: Caller, anonymous: Caller, accepted: Any) -> None:
    for code in "abcde":
        vintages.publish(actor=manager.user, code=code)

    first = parsed(anonymous.get(VINTAGES, {"pageSize": 3}))
    second = parsed(anonymous.get(first["next"].removeprefix("http://testserver")))
    assert [row["id"] for row in first["results"]] == ["e", "d", "c"]
    assert [row["id"] for row in second["results"]] == ["b", "a"]
    assert second["next"] is None


def test_the_list_takes_as_many_queries_for_many_as_for_few(manager: Caller, reader: Caller, accepted: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            reader.rows(VINTAGES)
        return len(captured)

    vintages.publish(actor=manager.user)
    queries()  # The first use of a token is written down.
    few = queries()
    for _ in range(4):
        vintages.publish(actor=caller(Role.MANAGER).user)
    assert queries() == few


# --- comparing


@pytest.fixture
def corrected(manager: Caller, accepted: Any) -> int:
    """Two vintages with a correction in between; its seq."""
    vintages.publish(actor=manager.user, code="voor")
    coordinator = factories.user(Role.COORDINATOR, "scale")
    reporting.correct(actor=coordinator, consortium="scale", quarter="2025Q1", reason="geheim", code="duplicate")
    factories.reported(
        "scale", "2025Q1", figure("assignments", 10), company(1), headcount(30, 9), coordinator=coordinator
    )
    vintages.publish(actor=manager.user, code="na")
    return ledger.newest()


def test_what_changed_is_told_old_and_new_with_its_entry(corrected: int, anonymous: Caller) -> None:
    body = parsed(anonymous.get("vintage-comparisons", {"from": "voor", "to": "na"}))

    found = {(row["consortium"], row["actionLine"], row["indicator"], row["period"]): row for row in body["results"]}
    row = found[None, None, "assignments", "2025Q1"]
    assert (row["before"]["value"], row["after"]["value"]) == (12, 10)
    assert row["changed"] == ["cumulative", "trailingYear", "value"]
    assert row["entries"] == [corrected]
    assert [entry["seq"] for entry in body["entries"]] == [corrected]
    assert "reason" not in body["entries"][0]
    assert "actor" not in body["entries"][0]
    assert (None, None, "students", "2025Q1") in found
    assert (None, "talent", "students", "2025Q1") not in found


def test_with_a_token_what_is_withheld_is_compared_too(corrected: int, reader: Caller) -> None:
    rows = reader.rows("vintage-comparisons", {"from": "voor"})

    (row,) = [
        row for row in rows
        if (row["consortium"], row["actionLine"], row["indicator"], row["period"])
        == ("scale", "talent", "students", "2025Q1")
    ]  # fmt: skip
    assert (row["before"]["value"], row["after"]["value"]) == (8, 9)


def test_a_comparison_comes_in_pages_that_hold_together(corrected: int, reader: Caller, accepted: Any) -> None:
    whole = reader.rows("vintage-comparisons", {"from": "voor"})
    page = parsed(reader.get("vintage-comparisons", {"from": "voor", "pageSize": 7}))
    factories.reported("people", "2025Q1", company(1))
    rows = list(page["results"])
    while page["next"]:
        page = parsed(reader.get(page["next"].removeprefix("http://testserver")))
        rows += page["results"]

    assert rows == whole


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [("from", "required")]),
        ({"from": "nothing"}, [("from", "unknown")]),
        ({"from": "voor", "to": "x"}, [("to", "unknown")]),
        ({"from": ["voor", "na"]}, [("from", "given-twice")]),
        ({"from": "voor", "since": "na"}, [("since", "unknown-key")]),
    ],
)
def test_a_comparison_that_cannot_be_is_refused(corrected: int, anonymous: Caller, query: Any, expected: Any) -> None:
    assert refused(anonymous.get("vintage-comparisons", query)) == expected


# --- what a report would change


def test_the_effect_of_an_open_version_is_told(
    manager: Caller, coordinator: Caller, reader: Caller, stranger: Caller, anonymous: Caller, accepted: Any
) -> None:
    vintages.publish(actor=manager.user, code="voor")
    refused(coordinator.get(EFFECT), 409)
    refused(reader.get(EFFECT), 403)
    refused(stranger.get(EFFECT), 404)
    refused(anonymous.get(EFFECT), 401)
    coordinator.post(CORRECTIONS, {"reason": "telfout"})
    put(coordinator, {"figures": [{"indicator": "assignments", "actionLine": "innovation", "value": 10}],
                      "participations": [], "unidentifiedCompanies": [], "headcounts": []})  # fmt: skip

    body = parsed(coordinator.get(EFFECT))

    found = {(row["consortium"], row["actionLine"], row["indicator"], row["period"]): row for row in body["cells"]}
    row = found["scale", None, "assignments", "2025Q1"]
    assert (row["before"]["value"], row["after"]["value"]) == (12, 10)
    companies = found[None, None, "companies", "2025Q1"]
    assert (companies["before"]["value"], companies["after"]["value"]) == (1, 0)
    assert {row["consortium"] for row in body["cells"]} == {None, "scale"}
    assert any(goal["indicator"] == "companies" for goal in body["goals"])
    assert body["vintages"] == ["voor"]
    assert body["seq"] == ledger.newest()


# --- corrections with a code


@pytest.mark.parametrize("code", ["counting-error", "other", "own-code-9", "", "x" * 30])
def test_a_correction_keeps_its_code(coordinator: Caller, accepted: Any, code: str) -> None:
    opened = coordinator.post(CORRECTIONS, {"reason": "telfout", "code": code})

    assert opened.status_code == 201
    assert parsed(opened)["correctionCode"] == code


@pytest.mark.parametrize("code", ["Telfout", "a b", "x" * 31, "é", "a_b"])
def test_a_code_that_is_none_is_refused(coordinator: Caller, accepted: Any, code: str) -> None:
    assert refused(coordinator.post(CORRECTIONS, {"reason": "", "code": code})) == [
        ("/reason", "required"),
        ("/code", "malformed"),
    ]
