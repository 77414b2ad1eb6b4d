"""Roll-ups as a cube in JSON-stat 2.0."""

from itertools import product
from math import prod
from typing import Any

import pytest

from impact.api.json_stat import MEASURES
from tests import factories
from tests.api.conftest import Caller, parsed
from tests.factories import company, figure, headcount

pytestmark = pytest.mark.django_db

TYPE = "application/json-stat+json"
ASKED = (
    "consortium=none&consortium=scale&actionLine=none&actionLine=talent&indicator=students&indicator=companies"
    "&indicator=training-completions&period=2025Q1&period=2025Q2"
)


@pytest.fixture
def reported(programme: Any) -> None:
    factories.reported("scale", "2025Q1", company(1), figure("assignments", 12), headcount(20, 8))
    factories.reported("snel", "2025Q1", company(1), company(2))


def cube(who: Caller, query: str, **headers: str) -> Any:
    response = who.get("roll-ups", query, Accept=TYPE, **headers)
    assert response.status_code == 200
    assert response["Content-Type"] == TYPE
    return parsed(response)


def cells(dataset: Any) -> dict[tuple[str, ...], tuple[Any, str]]:
    """By its members in the order of the dimensions: a value and its status; read as the standard says."""
    members = [dataset["dimension"][name]["category"]["index"] for name in dataset["id"]]
    pairs = zip(dataset["value"], dataset["status"], strict=True)
    return dict(zip(product(*members), pairs, strict=True))


@pytest.mark.parametrize("query", [ASKED, "consortium=none", "period=2025Q1"])
def test_the_cube_has_every_value_of_the_rows(reported: None, anonymous: Caller, reader: Caller, query: str) -> None:
    for who in (anonymous, reader):
        dataset = cube(who, query)
        assert (dataset["version"], dataset["class"]) == ("2.0", "dataset")
        assert len(dataset["value"]) == len(dataset["status"]) == prod(dataset["size"])
        found = cells(dataset)
        rows = who.rows("roll-ups", f"{query}&pageSize=5000")
        assert len(rows) * len(MEASURES) == len(found) or len(rows) == 5000
        for row in rows:
            place = (row["consortium"] or "none", row["actionLine"] or "none", row["indicator"], row["period"])
            for measure in MEASURES:
                value, status = found[(*place, measure)]
                assert value == row[measure]
                assert (status == "w") == row["withheld"]
                if not row["withheld"]:
                    assert status == ("m" if value is None else row["status"][0])


def test_every_member_has_a_name_in_the_language_that_is_asked_for(reported: None, anonymous: Caller) -> None:
    dutch, english = cube(anonymous, ASKED), cube(anonymous, ASKED, Accept_Language="en")

    for dataset in (dutch, english):
        assert dataset["id"] == ["consortium", "actionLine", "indicator", "period", "measure"]
        assert dataset["size"] == [2, 2, 3, 2, 12]
        assert dataset["role"] == {"time": ["period"], "metric": ["indicator", "measure"]}
        for name in dataset["id"]:
            category = dataset["dimension"][name]["category"]
            assert set(category["index"]) == set(category["label"])
            assert all(category["label"].values())
        assert set(dataset["dimension"]["indicator"]["category"]["unit"]) == {
            "students",
            "companies",
            "training-completions",
        }
        assert dataset["link"]["license"][0]["href"] == "https://creativecommons.org/licenses/by/4.0/"
    labels = [each["dimension"]["period"]["category"]["label"]["2025Q1"] for each in (dutch, english)]
    assert labels == ["2025\N{NO-BREAK SPACE}K1", "2025\N{NO-BREAK SPACE}Q1"]


def test_other_lists_have_no_cube(reported: None, anonymous: Caller) -> None:
    assert anonymous.get("figures", Accept=TYPE).status_code == 406


def test_a_cube_without_members_is_a_cube(reported: None, anonymous: Caller) -> None:
    dataset = cube(anonymous, "period=2025Q1&periodFrom=2025Q2")

    assert (dataset["size"][3], dataset["value"], dataset["status"]) == (0, [], [])
