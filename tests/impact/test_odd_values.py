"""The odd values of a whole quarter, through the reports, the ledger and the read functions."""

from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from consortia import clock
from consortia.models import ActionLine, Consortium, Organisation, Role, User
from impact import cockpit, effects, ledger, list_weights, odd_values, rollups
from impact.ledger import Counting
from impact.models import (
    EntryKind,
    Figure,
    Indicator,
    Participation,
    Quarter,
    QuarterlyReport,
    ReportVersion,
    VersionStatus,
)
from impact.odd_values import OddValue
from impact.rollups import Dimensions, Selection
from tests import factories
from tests.factories import company, figure
from tests.impact import odd_quarter
from tests.impact.odd_quarter import Planted, Report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

PERIODS = ("2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2")
PERIOD = PERIODS[-1]
FIRST_SCREEN = 24
SEED = 2026


class _Filing:
    """Puts reports straight into the tables: a hundred and twenty of them through the commands take minutes."""

    def __init__(self) -> None:
        self.coordinator, self.reviewer = factories.user(Role.MANAGER), factories.user(Role.REVIEWER)
        self.lines = dict(ActionLine.objects.values_list("code", "pk"))
        self.indicators = dict(Indicator.objects.values_list("code", "pk"))
        self.organisations: dict[int, Organisation] = {}

    def know(self, numbers: set[int]) -> None:
        rows = [
            Organisation(kvk_number=f"{number:08}", name=f"Bedrijf {number}", organisation_type="company")
            for number in sorted(numbers)
        ]
        self.organisations = {int(row.kvk_number): row for row in Organisation.objects.bulk_create(rows)}

    def put(self, hip: Consortium, period: str, report: Report, *, accept: bool) -> None:
        row, _is_new = QuarterlyReport.objects.get_or_create(consortium=hip, quarter_id=period)
        digest = sha256(f"{hip.pk}/{period}".encode()).hexdigest()
        version = ReportVersion.objects.create(report=row, number=1, opened_by=self.coordinator, content_hash=digest)
        figures = [
            Figure(
                version=version,
                indicator_id=self.indicators[code],
                action_line_id=self.lines.get(line or ""),
                value=value,
            )
            for (code, line), value in report.numbers.items()
        ]
        figures += [
            Figure(
                version=version,
                indicator_id=self.indicators[code],
                action_line_id=self.lines[line or ""],
                numerator=int(part),
                denominator=int(whole),
            )
            for (code, line), (part, whole) in report.shares.items()
        ]
        participations = [
            Participation(
                version=version,
                organisation=self.organisations[number],
                kvk_number=f"{number:08}",
                organisation_type="company",
                size_class="small",
                action_line_id=self.lines[line],
                involvement="project",
            )
            for line, numbers in report.companies.items()
            for number in numbers
        ]
        for rows in (figures, participations):
            for position, each in enumerate(rows):
                each.position = position
            type(rows[0]).objects.bulk_create(rows)
        version.status = VersionStatus.SUBMITTED
        version.submitted_by, version.submitted_at = self.coordinator, clock.now()
        version.save()
        if accept:
            version.status = VersionStatus.ACCEPTED
            version.reviewed_by, version.reviewed_at, version.reviewed_hash = self.reviewer, clock.now(), digest
            version.save(update_fields=["status", "reviewed_by", "reviewed_at", "reviewed_hash"])
            ledger.append(kind=EntryKind.COUNTS, actor=self.reviewer, report=row, version=version)


@pytest.fixture
def planted() -> list[Planted]:
    """Fifteen HIPs that handed in eight quarters, the last of which waits for a reviewer and has the mistakes."""
    hips = list(Consortium.objects.order_by("number"))
    reports, mistakes = odd_quarter.quarter(SEED)
    filing = _Filing()
    filing.know(
        {number for of_hip in reports for each in of_hip for numbers in each.companies.values() for number in numbers}
    )
    for hip, of_hip in zip(hips, reports, strict=True):
        for period, report in zip(PERIODS, of_hip, strict=True):
            filing.put(hip, period, report, accept=period != PERIOD)
    return mistakes


def _cockpit(reader: User | None = None) -> cockpit.Cockpit:
    reader = reader or factories.user(Role.REVIEWER)
    return cockpit.of_quarter(reader, Quarter.objects.get(pk=PERIOD), ledger.resolve(), Dimensions.read())


def _cell(odd: OddValue, dimensions: Dimensions) -> tuple[int, str, str | None]:
    at = odd.oddity.at
    line = None if at.line is None else dimensions.action_lines[at.line].code
    return dimensions.consortia[at.hip].number - 1, dimensions.indicators[at.indicator].code, line


def test_all_twelve_planted_mistakes_stand_on_the_first_screen_of_the_quarter(planted: list[Planted]) -> None:
    dimensions = Dimensions.read()

    shown = _cockpit().odd[:FIRST_SCREEN]

    cells = {_cell(odd, dimensions) for odd in shown}
    expected = [{(each.hip, *cell) for cell in each.cells} for each in planted]
    assert [each.kind for each, places in zip(planted, expected, strict=True) if not places & cells] == []
    assert len(planted) == 12
    assert len([cell for cell in cells if not any(cell in places for places in expected)]) <= 12
    assert [odd.weight for odd in shown] == sorted((odd.weight for odd in shown), reverse=True)


def test_every_number_and_effect_is_what_the_read_functions_say(planted: list[Planted]) -> None:
    dimensions, state, found = Dimensions.read(), ledger.resolve(), _cockpit()
    index = _index(dimensions)
    supposed = effects.accepting(found.handed, state)
    asked = Selection(quarters=[index - 4, index - 1, index], has_bounds=False)
    cells = {cell.key: cell.measures.value for cell in rollups.compute(asked, supposed, dimensions)}

    for odd in found.odd:
        at, series = odd.oddity.at, odd.oddity.series
        for ago, value in ((0, series.value), (1, series.ago(1)), (4, series.ago(4))):
            rolled = cells[at.hip, at.line, at.indicator, index - ago]
            assert _rounded(value) == _rounded(rolled)
        if odd.place == "participations":
            otherwise = _with_last_quarters_list(odd.hip_id, index, state, supposed)
            asked = Selection(
                consortia=[None],
                action_lines=[at.line],
                indicators=[at.indicator],
                quarters=[index],
                has_bounds=False,
            )
            (instead,) = rollups.compute(asked, otherwise, dimensions)
            assert odd.effect == cells[None, at.line, at.indicator, index] - instead.measures.value
    assert len([odd for odd in found.odd if odd.place == "participations"]) >= 2


def _with_last_quarters_list(hip: int, index: int, state: ledger.State, supposed: ledger.State) -> ledger.State:
    before = next(row for row in state.counting if (row.consortium_id, row.quarter) == (hip, index - 1))
    others = [row for row in supposed.counting if (row.consortium_id, row.quarter) != (hip, index)]
    return supposed.suppose(counting=(*others, replace(before, quarter=index)))


def _rounded(value: object) -> Decimal | None:
    return None if value is None else round(Decimal(str(value)), 6)


def _index(dimensions: Dimensions) -> int:
    return next(index for index, row in dimensions.quarters.items() if row.pk == PERIOD)


def _of(state: ledger.State, quarter: int) -> list[Counting]:
    return [row for row in state.counting if row.quarter == quarter]


def test_linked_companies_are_one_in_the_weight_of_a_list() -> None:
    factories.reported("scale", "2025Q1", company(1), company(2))
    factories.reported("people", "2025Q1", company(2))
    factories.reported("scale", "2025Q2", company(3), company(4), upto="submitted")
    factories.reported("people", "2025Q2", company(2))
    quarter = Quarter.objects.get(pk="2025Q2")
    handed = cockpit.of_quarter(factories.user(Role.REVIEWER), quarter, ledger.resolve(), Dimensions.read()).handed
    now = effects.accepting(handed, ledger.resolve())
    hip = Consortium.objects.get(slug="scale").pk
    three, four = (Organisation.objects.get(kvk_number=f"{number:08}").pk for number in (3, 4))

    def weight(roots: dict) -> int:
        return list_weights.weights(_of(now, quarter.index), _of(now, quarter.index - 1), roots)[
            "companies", (hip, None)
        ][0]

    # Of the list of before, 1 would be new to the programme; 2 is listed by another HIP.
    assert weight({}) == 2 - 1
    assert weight({three: four}) == 1 - 1


def test_what_a_hip_explained_stands_beside_its_odd_value() -> None:
    for period in PERIODS[-5:-1]:
        factories.reported("scale", period, figure("assignments", 20), company(1))
    factories.reported("scale", PERIOD, figure("assignments", 400), company(1), upto="submitted")

    (odd,) = _cockpit().odd

    assert (odd.place, odd.effect, odd.explanation) == ("/figures/assignments/innovation", 380, "Zo was het.")


def test_an_accepted_report_is_looked_at_too_and_a_draft_is_not() -> None:
    for period in PERIODS[-5:-1]:
        for hip in ("scale", "people"):
            factories.reported(hip, period, figure("assignments", 20), company(1))
    factories.reported("scale", PERIOD, figure("assignments", 400), company(1))
    factories.reported("people", PERIOD, figure("assignments", 400), company(1), upto="draft")

    assert [odd.report.consortium.slug for odd in _cockpit().odd] == ["scale"]


def test_a_number_by_another_definition_is_no_past() -> None:
    for period in PERIODS[-5:-1]:
        factories.reported("scale", period, figure("assignments", 20), company(1))
    factories.reported("scale", PERIOD, figure("assignments", 400), company(1), upto="submitted")
    index, dimensions, state = _index(Dimensions.read()), Dimensions.read(), ledger.resolve()
    assignments = next(pk for pk, row in dimensions.indicators.items() if row.code == "assignments")
    handed = _cockpit().handed
    anew = state.suppose(
        definitions={
            **state.definitions,
            assignments: (*state.definitions[assignments], (index, state.definitions[assignments][0][1])),
        }
    )

    assert odd_values.of_quarter(index, handed, anew, dimensions) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_reports() -> None:
    reader = factories.user(Role.REVIEWER)

    def queries(*hips: str) -> int:
        for hip in hips:
            factories.reported(hip, PERIODS[-2], figure("assignments", 20), company(1))
            factories.reported(hip, PERIOD, figure("assignments", 400), upto="submitted")
        with CaptureQueriesContext(connection) as captured:
            _cockpit(User.objects.get(pk=reader.pk))
        return len(captured)

    assert queries("scale") == queries("people", "snel")
