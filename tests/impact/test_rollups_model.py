"""The counting engine against brute force: random programmes, every cell, every measure."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.models import Role
from impact import content, ledger, materialise, reporting, rollups
from impact import programme as office
from impact.models import Indicator, Quarter
from impact.rollups import Cell, Dimensions, Selection
from tests import factories
from tests.impact.brute_force import Body, Counts, Definition, Reckoning, World
from tests.impact.strategies import LINES, bodies

pytestmark = pytest.mark.django_db

HIPS = ("scale", "people", "snel")
QUARTERS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2")
FIRST = 2
"""The index of 2024Q1: the programme's first quarter is 2023Q3."""


@contextmanager
def rolled_back() -> Iterator[None]:
    """Every example starts from the same database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def lines_of(body: Body) -> list:
    lines, problems = content.read(json.loads(json.dumps(body), parse_float=Decimal, parse_int=Decimal))
    assert not problems
    return lines


class Office:
    """Runs commands on the portal and keeps the model world beside it."""

    def __init__(self) -> None:
        self.reviewer = factories.user(Role.REVIEWER)
        self.manager = factories.user(Role.MANAGER)
        self.coordinators = {hip: factories.user(Role.COORDINATOR, hip) for hip in HIPS}
        self.dimensions = Dimensions.read()
        definitions = {
            row.indicator.code: [Definition(0, row.kind, row.by_action_line)]
            for row in Indicator.objects.get(code="companies").definitions.model.objects.select_related("indicator")
        }
        slugs = [row.slug for row in self.dimensions.consortia.values()]
        self.world = World(
            hips=slugs,
            lines=list(LINES),
            last_days={index: row.end_date for index, row in self.dimensions.quarters.items()},
            definitions=definitions,
            takes_part={slug: (date(2023, 9, 1), date(2027, 9, 30)) for slug in slugs},
        )

    def accept(self, hip: str, quarter: str, body: Body) -> None:
        where = {"consortium": hip, "quarter": quarter}
        if (hip, self.index(quarter)) in self.world.counting:
            reporting.correct(actor=self.coordinators[hip], reason="beter geteld", **where)
        reporting.fill(actor=self.coordinators[hip], lines=lines_of(body), base=reporting.ANY, **where)
        warnings = reporting.judge(actor=self.coordinators[hip], lines=lines_of(body), **where).warnings
        version = reporting.submit(
            actor=self.coordinators[hip], explanations={each.pointer: "klopt" for each in warnings}, **where
        )
        reporting.review(actor=self.reviewer, decision="accept", content_hash=version.content_hash, **where)
        self.world.counting[hip, self.index(quarter)] = Counts(body)

    def withdraw(self, hip: str, quarter: str) -> None:
        reporting.withdraw(actor=self.manager, consortium=hip, quarter=quarter, reason="dubbel")
        del self.world.counting[hip, self.index(quarter)]

    def close(self, quarter: str) -> None:
        office.close_quarter(actor=self.manager, quarter=Quarter.objects.get(pk=quarter), reason="klaar")
        self.world.closed.add(self.index(quarter))

    def index(self, quarter: str) -> int:
        return FIRST + QUARTERS.index(quarter)

    def expected_cell(self, cell: Cell, reckoning: Reckoning) -> dict:
        hip = self.dimensions.consortia[cell.consortium_id].slug if cell.consortium_id else None
        line = self.dimensions.action_lines[cell.action_line_id].code if cell.action_line_id else None
        return reckoning.cell(hip, line, self.dimensions.indicators[cell.indicator_id].code, cell.quarter)


def as_dict(cell: Cell) -> dict:
    assert cell.coverage is not None
    return {
        "value": cell.measures.value,
        "new": cell.measures.new,
        "trailingYear": cell.measures.trailing_year,
        "cumulative": cell.measures.cumulative,
        "numerator": cell.measures.numerator,
        "denominator": cell.measures.denominator,
        "low": cell.low,
        "high": cell.high,
        "reported": cell.coverage.reported,
        "expected": cell.coverage.expected,
        "trailingYearReported": cell.coverage.trailing_year_reported,
        "trailingYearExpected": cell.coverage.trailing_year_expected,
        "status": "final" if cell.is_final else "provisional",
        "break": cell.is_break,
    }


def selection(dimensions: Dimensions) -> Selection:
    """The programme and the HIPs that report, over all quarters but the idle ones at the end."""
    hips = [pk for pk, row in dimensions.consortia.items() if row.slug in HIPS]
    return Selection(consortia=[None, *hips], quarters=range(FIRST, FIRST + len(QUARTERS) + 4))


steps = st.one_of(
    st.tuples(st.just("accept"), st.sampled_from(HIPS), st.sampled_from(QUARTERS), bodies()),
    st.tuples(st.just("accept"), st.sampled_from(HIPS), st.sampled_from(QUARTERS), bodies()),
    st.tuples(st.just("accept"), st.sampled_from(HIPS), st.sampled_from(QUARTERS), bodies()),
    st.tuples(st.just("withdraw"), st.integers(0, 20)),
    st.tuples(st.just("close"), st.sampled_from(QUARTERS)),
)


def play(office_: Office, script: list) -> None:
    for step in script:
        match step:
            case ("accept", hip, quarter, body):
                never_reported = (hip, office_.index(quarter)) not in office_.world.counting
                if not (never_reported and office_.index(quarter) in office_.world.closed):
                    office_.accept(hip, quarter, body)
            case ("withdraw", number):
                counting = sorted(office_.world.counting)
                if counting:
                    hip, index = counting[number % len(counting)]
                    office_.withdraw(hip, QUARTERS[index - FIRST])
            case ("close", quarter):
                if office_.index(quarter) not in office_.world.closed:
                    office_.close(quarter)


def check_every_cell(cells: list[Cell], office_: Office) -> None:
    reckoning = office_.world.reckon()
    for cell in cells:
        assert as_dict(cell) == office_.expected_cell(cell, reckoning), cell


def compare(script: list) -> None:
    with rolled_back():
        office_ = Office()
        half = len(script) // 2
        play(office_, script[:half])
        earlier = ledger.newest()
        was = rollups.compute(selection(office_.dimensions), ledger.resolve(earlier), office_.dimensions)
        check_every_cell(was, office_)
        play(office_, script[half:])
        now = rollups.compute(selection(office_.dimensions), ledger.resolve(), office_.dimensions)
        check_every_cell(now, office_)
        again = rollups.compute(selection(office_.dimensions), ledger.resolve(earlier), office_.dimensions)
        assert again == was
        materialise.roll_up()
        stored = rollups.read(selection(office_.dimensions), office_.manager, office_.dimensions)
        assert stored == now
        assert materialise.verify() == (ledger.newest(), [])
        check_narrow_questions(now, office_)


def check_narrow_questions(cells: list[Cell], office_: Office) -> None:
    """A question for one scope gets the same answer as that scope in the whole."""
    some_hip = next(pk for pk, row in office_.dimensions.consortia.items() if row.slug == HIPS[0])
    some_line = next(iter(office_.dimensions.action_lines))
    quarters = range(FIRST, FIRST + len(QUARTERS))
    for hip in (None, some_hip):
        for line in (None, some_line):
            narrow = Selection(consortia=[hip], action_lines=[line], quarters=quarters)
            assert rollups.compute(narrow, ledger.resolve(), office_.dimensions) == [
                cell
                for cell in cells
                if (cell.consortium_id, cell.action_line_id) == (hip, line) and cell.quarter in quarters
            ]


@settings(max_examples=3, suppress_health_check=list(HealthCheck))
@given(script=st.lists(steps, min_size=3, max_size=9))
def test_every_cell_equals_brute_force_now_and_as_of_before(programme, script):
    compare(script)
