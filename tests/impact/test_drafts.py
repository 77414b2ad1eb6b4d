"""What a draft is checked against, and what acceptance does to the register."""

import pytest

from consortia.models import Organisation, Programme
from impact import drafts, ledger
from impact import programme as office
from impact.models import Indicator, Participation, QuarterlyReport
from tests import factories


@pytest.fixture
def redefined(programme: Programme) -> None:
    """Assignments are counted in another unit from 2024Q2 on, which was decided twice."""
    for unit in ("hours", "days"):
        define("assignments", "2024Q2", unit)


def define(code: str, period: str, unit: str) -> None:
    office.define_indicator(
        actor=None,
        indicator=Indicator.objects.get(code=code),
        from_quarter=factories.quarter(period),
        kind="flow",
        unit=unit,
        source="entered",
        meaning_nl="anders",
        meaning_en="different",
    )


@pytest.mark.parametrize(("period", "unit"), [("2024Q1", "assignments"), ("2024Q2", "days"), ("2025Q1", "days")])
def test_a_draft_is_checked_against_the_codebook_of_its_quarter(redefined: None, period: str, unit: str):
    report = QuarterlyReport.objects.get(consortium__slug="scale", quarter=period)
    state = ledger.resolve()
    expected = {}
    for indicator in Indicator.objects.all():
        in_force = state.definition(indicator.pk, report.quarter.index)
        assert in_force is not None
        definition = in_force[1]
        expected[indicator.code] = (definition.kind, definition.unit, definition.source, definition.by_action_line)

    known = drafts.known(report, [])

    assert {
        code: (row.kind, row.unit, row.source, row.by_action_line) for code, row in known.definitions.items()
    } == expected
    assert known.definitions["assignments"].unit == unit


def test_a_draft_is_compared_with_what_counts_in_the_quarter_before(programme: Programme):
    parts = (factories.figure("assignments", 40), factories.company(1), factories.company(2))
    factories.reported("scale", "2024Q1", *parts)
    factories.reported("scale", "2024Q2", factories.figure("assignments", 50), upto="submitted")

    after_counting, after_submitted = (
        drafts.known(QuarterlyReport.objects.get(consortium__slug="scale", quarter=period), [])
        for period in ("2024Q2", "2024Q3")
    )

    assert after_counting.past.figures == {1: {("assignments", "innovation"): 40}}
    assert list(after_counting.past.organisations.values()) == [
        "Testbedrijf 00000001 BV",
        "Testbedrijf 00000002 BV",
    ]
    assert after_submitted.past.figures == {2: {("assignments", "innovation"): 40}}
    assert after_submitted.past.organisations == {}


def test_acceptance_lists_the_organisations_and_completes_what_the_register_lacks(programme: Programme):
    factories.OrganisationFactory(kvk_number="00000001", name="", postcode="", size_class="unknown", is_listed=False)
    row = factories.company(1, name="Testbedrijf Een BV", postcode="3311 AB", size_class="medium")

    factories.reported("scale", "2024Q1", row, upto="submitted")
    assert not Organisation.objects.get(kvk_number="00000001").is_listed

    factories.reported("people", "2024Q1", row)
    found = Organisation.objects.get(kvk_number="00000001")
    assert (found.name, found.postcode, found.size_class, found.is_listed) == (
        "Testbedrijf Een BV",
        "3311 AB",
        "medium",
        True,
    )


def test_acceptance_leaves_what_the_register_says(programme: Programme):
    corrected = factories.OrganisationFactory(kvk_number="00000001", name="Zoals het kantoor het schrijft")

    factories.reported("scale", "2024Q1", factories.company(1, name="zoals de hip het schrijft", size_class="large"))

    corrected.refresh_from_db()
    assert (corrected.name, corrected.size_class) == ("Zoals het kantoor het schrijft", "small")
    assert Participation.objects.get().name == "zoals de hip het schrijft"


def test_of_several_rows_of_an_organisation_the_first_completes_the_register(programme: Programme):
    rows = [
        factories.company(1, name=name, action_line=line)
        for name, line in (("Eerste BV", "innovation"), ("Tweede BV", "talent"))
    ]
    factories.OrganisationFactory(kvk_number="00000001", name="", is_listed=False)

    factories.reported("scale", "2024Q1", *rows)

    assert Organisation.objects.get(kvk_number="00000001").name == "Eerste BV"
