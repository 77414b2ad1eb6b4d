"""Overlaps and dynamics over REST."""

import csv
import io
from typing import Any

import pytest

from impact import ledger
from tests import factories
from tests.api.conftest import Caller, parsed, refused
from tests.factories import company, figure

pytestmark = pytest.mark.django_db

A, B, C, Q1, Q2 = "scale", "people", "snel", "2025Q1", "2025Q2"


@pytest.fixture
def shared(programme: Any) -> None:
    factories.reported(A, Q1, *[company(number) for number in range(1, 11)])
    factories.reported(B, Q1, *[company(number) for number in range(8, 16)])


def value(who: Caller, one: str, other: str, **asked: Any) -> Any:
    query = {"indicator": "companies", "period": Q1, "measure": "value", "consortium": one, "otherConsortium": other}
    (row,) = who.rows("overlaps", {**query, **asked})
    return row["value"]


def test_an_overlap_has_exactly_these_keys(anonymous: Caller, shared: None) -> None:
    query = {"consortium": A, "otherConsortium": B, "indicator": "companies", "period": Q1, "measure": "value"}

    assert anonymous.rows("overlaps", query) == [
        {
            "consortium": A,
            "otherConsortium": B,
            "period": Q1,
            "indicator": "companies",
            "measure": "value",
            "value": 3,
            "seq": ledger.newest(),
        }
    ]


def test_a_hip_with_itself_is_its_own_number_as_in_the_roll_ups(anonymous: Caller, shared: None) -> None:
    factories.reported(A, Q2, company(1), company(99))
    for measure in ("value", "trailingYear", "cumulative"):
        (cell,) = anonymous.rows(
            "roll-ups", {"consortium": A, "actionLine": "none", "indicator": "companies", "period": Q2}
        )
        assert value(anonymous, A, A, period=Q2, measure=measure) == cell[measure]


def test_what_is_not_reported_is_null_and_what_is_shared_by_nobody_zero(anonymous: Caller, shared: None) -> None:
    factories.reported(C, Q1, figure("assignments", 1))

    assert value(anonymous, A, C) == 0
    assert value(anonymous, A, "hip-09") is None


def test_an_overlap_as_of_before_stays_what_it_was(anonymous: Caller, shared: None) -> None:
    before = ledger.newest()
    factories.reported(C, Q1, company(1))

    assert value(anonymous, A, C) == 1
    assert value(anonymous, A, C, asOf=before) is None


def test_every_pair_comes_in_pages_that_belong_together(anonymous: Caller, shared: None) -> None:
    query = {"indicator": "companies", "period": [Q1, Q2], "measure": ["value", "cumulative"]}
    whole = anonymous.rows("overlaps", {**query, "pageSize": 5000})
    assert len(whole) == 15 * 15 * 4

    found: list[Any] = []
    answer = parsed(anonymous.get("overlaps", {**query, "pageSize": 333}))
    factories.reported(C, Q1, company(1))
    while True:
        found += answer["results"]
        if answer["next"] is None:
            break
        answer = parsed(anonymous.get(answer["next"].removeprefix("http://testserver")))

    assert found == whole


def test_dynamics_have_exactly_these_keys(anonymous: Caller, shared: None) -> None:
    factories.reported(A, Q2, company(1), company(2), company(20))
    query = {"consortium": "none", "actionLine": "none", "indicator": "companies", "period": Q2}

    assert anonymous.rows("dynamics", query) == [
        {
            "consortium": None,
            "actionLine": None,
            "indicator": "companies",
            "period": Q2,
            "present": 3,
            "new": 1,
            "stayed": 2,
            "returning": 0,
            "lost": 5,
            "unknown": 8,
            "reported": 1,
            "expected": 15,
            "status": "provisional",
            "seq": ledger.newest(),
            "break": False,
        }
    ]


def test_dynamics_count_by_hip_and_line(anonymous: Caller, shared: None) -> None:
    factories.reported(A, Q2, company(1, action_line="talent"), company(2))
    rows = anonymous.rows("dynamics", {"consortium": A, "indicator": "companies", "period": Q2})
    by_line = {row["actionLine"]: (row["present"], row["new"], row["stayed"], row["lost"]) for row in rows}

    assert by_line[None] == (2, 0, 2, 8)
    assert by_line["talent"] == (1, 1, 0, 0)
    assert by_line["innovation"] == (1, 0, 1, 9)
    assert by_line["infrastructure"] == (0, 0, 0, 0)


def test_dynamics_come_in_pages_that_belong_together(anonymous: Caller, shared: None) -> None:
    query = {"indicator": ["companies", "partners"], "periodFrom": Q1, "periodTo": Q2}
    whole = anonymous.rows("dynamics", {**query, "pageSize": 5000})
    assert len(whole) == 16 * 6 * 2 * 2

    found: list[Any] = []
    answer = parsed(anonymous.get("dynamics", {**query, "pageSize": 50}))
    while True:
        found += answer["results"]
        if answer["next"] is None:
            break
        answer = parsed(anonymous.get(answer["next"].removeprefix("http://testserver")))

    assert found == whole


@pytest.mark.parametrize("address", ["overlaps", "dynamics"])
def test_an_answer_is_tagged_and_comes_in_every_format(anonymous: Caller, shared: None, address: str) -> None:
    query = {"indicator": "companies", "period": Q1, "consortium": A}
    answer = anonymous.get(address, query)
    again = anonymous.get(address, query, If_None_Match=answer["ETag"])
    table = anonymous.get(address, query, Accept="text/csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(table.streaming_content).decode())))

    assert again.status_code == 304
    assert len(lines) == len(parsed(answer)["results"])
    factories.reported(C, Q1, company(1))
    assert anonymous.get(address, query, If_None_Match=answer["ETag"]).status_code == 200


@pytest.mark.parametrize(
    ("address", "query", "expected"),
    [
        ("overlaps", "consortium=none", [("consortium", "unknown")]),
        ("overlaps", "otherConsortium=x&measure=new", [("otherConsortium", "unknown"), ("measure", "unknown")]),
        ("overlaps", "indicator=assignments", [("indicator", "unknown")]),
        ("overlaps", "actionLine=talent&period=x", [("actionLine", "unknown-key"), ("period", "unknown")]),
        ("overlaps", "asOf=999999", [("asOf", "future")]),
        ("dynamics", "indicator=students&measure=value", [("measure", "unknown-key"), ("indicator", "unknown")]),
        ("dynamics", "consortium=x", [("consortium", "unknown")]),
    ],
)
def test_what_is_not_known_is_refused_at_its_key(
    anonymous: Caller, address: str, query: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(refused(anonymous.get(address, query))) == sorted(expected)
