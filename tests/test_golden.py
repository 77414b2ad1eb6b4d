"""The golden programme gives the same numbers on every surface: engine, stored rows, API and public page."""

import json
import re
from decimal import Decimal

import pytest

from consortia.models import Role
from impact import ledger, materialise, progress, rollups
from impact.rollups import Dimensions, Selection
from tests import factories, golden
from tests.golden import CELLS, KEYS, Q1, Q2, Q3

pytestmark = pytest.mark.django_db


@pytest.fixture
def played(programme):
    return golden.play()


def by_key(cells, dimensions):
    def code(members, pk, attribute):
        return None if pk is None else getattr(members[pk], attribute)

    return {
        (
            code(dimensions.consortia, cell.consortium_id, "slug"),
            code(dimensions.action_lines, cell.action_line_id, "code"),
            code(dimensions.indicators, cell.indicator_id, "code"),
            dimensions.quarters[cell.quarter].pk,
        ): (
            cell.measures.value, cell.measures.new, cell.measures.trailing_year, cell.measures.cumulative,
            cell.low, cell.high,
            cell.coverage.reported, cell.coverage.expected,
            cell.coverage.trailing_year_reported, cell.coverage.trailing_year_expected,
            "final" if cell.is_final else "provisional",
        )
        for cell in cells
    }  # fmt: skip


def test_the_engine_gives_the_numbers_worked_out_by_hand(played):
    dimensions = Dimensions.read()

    found = by_key(rollups.compute(Selection(), ledger.resolve(), dimensions), dimensions)

    assert {key: found[key] for key in CELLS} == CELLS


def test_the_stored_roll_ups_are_the_same(played):
    materialise.roll_up()
    dimensions = Dimensions.read()

    found = by_key(rollups.read(Selection(), factories.user(Role.READER), dimensions), dimensions)

    assert {key: found[key] for key in CELLS} == CELLS


def answer(client, path, **query):
    response = client.get(f"/api/v1/{path}", query)
    assert response.status_code == 200, response.content
    return json.loads(response.content, parse_float=Decimal)["results"]


def test_the_api_says_the_same(played, client):
    rows = answer(client, "roll-ups", pageSize=5000, period=[Q1, Q2, Q3, "2025Q4"], consortium=[
        "none", golden.A, golden.B, golden.C, golden.D
    ])  # fmt: skip
    found = {
        (row["consortium"], row["actionLine"], row["indicator"], row["period"]): tuple(row[key] for key in KEYS)
        for row in rows
    }

    assert {key: found[key] for key in CELLS} == CELLS


def test_a_ratio_shows_its_two_numbers(played, client):
    (row,) = answer(
        client, "roll-ups", consortium="none", actionLine="none", indicator="training-completions", period=Q1
    )

    assert (row["numerator"], row["denominator"], row["value"]) == (108, 410, Decimal("0.263415"))


def test_earlier_numbers_stay_what_they_were(played, client):
    where = {"consortium": "none", "actionLine": "none", "indicator": "assignments", "period": Q3}

    assert answer(client, "roll-ups", asOf=played.before_the_correction, **where)[0]["value"] == 20
    assert answer(client, "roll-ups", asOf=played.before_the_withdrawal, **where)[0]["value"] == 10
    assert answer(client, "roll-ups", asOf=played.before_the_withdrawal, **where)[0]["reported"] == 2
    companies = {**where, "indicator": "companies"}
    assert answer(client, "roll-ups", asOf=played.before_the_withdrawal, **companies)[0]["reported"] == 3
    assert answer(client, "roll-ups", asOf=played.now, **companies)[0]["reported"] == 2


def test_the_goal_is_measured_over_a_trailing_year(played, client):
    (goal,) = [row for row in answer(client, "progress") if row["goal"] == "companies"]
    point = {row["period"]: row for row in goal["series"]}

    assert [point[period]["value"] for period in (Q1, Q2, Q3)] == [5, 8, 8]
    assert goal["latest"]["period"] == Q3
    assert (goal["latest"]["value"], goal["latest"]["planned"]) == (8, 20_000)
    assert (goal["latest"]["reported"], goal["latest"]["expected"]) == (9, 11)
    assert goal["latestFinal"]["period"] == Q2
    assert goal["shareOfGrowth"] == Decimal("-0.4996")
    assert goal["shareOfTarget"] == Decimal("0.000267")
    assert goal["neededPerQuarter"] == 3749
    assert goal["atCurrentPace"] is None
    assert progress.read(None, Dimensions.read())[0].latest.value == 8


def test_the_public_page_shows_the_same_number(played, client):
    page = client.get("/").content.decode()

    shown = re.search(
        r'<[^>]*data-indicator="companies"[^>]*data-period="2025Q3"[^>]*data-measure="trailingYear"[^>]*>', page
    )
    assert shown
    assert 'data-value="8"' in shown[0]


def test_leaves_add_up_to_the_totals(played, client):
    rows = answer(client, "figures", indicator="assignments")

    assert sum(row["value"] for row in rows) == 28
    assert [row["value"] for row in answer(client, "figures", indicator="cofinancing-cash")] == [Decimal("1000.5")]
