"""The reference data: complete, true to what is publicly known, and never in the way of the office."""

from collections import Counter
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.forms.models import model_to_dict

from consortia import clock
from consortia.models import ActionLine, Consortium, Organisation, OrganisationType, Partner, PartnerRole, Programme
from impact import ledger, programme, quarters, reference
from impact.models import (
    EntryKind,
    Goal,
    Indicator,
    IndicatorDefinition,
    Kind,
    LedgerEntry,
    Measure,
    Quarter,
    QuarterlyReport,
    Source,
)
from tests import factories

pytestmark = pytest.mark.django_db

EURO_INDICATORS = {"cofinancing-cash", "cofinancing-in-kind", "cofinancing", "project-costs"}
CODEBOOK = {
    "companies": ("unique", "companies", "derived"),
    "companies-sme": ("unique", "companies", "derived"),
    "partners": ("unique", "organisations", "derived"),
    "students": ("flow", "persons", "derived"),
    "student-participations": ("flow", "participations", "derived"),
    "teachers": ("flow", "persons", "derived"),
    "employees": ("flow", "persons", "derived"),
    "jobseekers": ("flow", "persons", "derived"),
    "assignments": ("flow", "assignments", "entered"),
    "research-projects": ("flow", "projects", "entered"),
    "curricula": ("flow", "programmes", "entered"),
    "trainings": ("flow", "courses", "entered"),
    "training-completions": ("ratio", "completed / enrolled", "entered"),
    "learning-communities": ("stock", "communities", "entered"),
    "learning-environments": ("stock", "locations", "entered"),
    "cofinancing-cash": ("flow", "euro", "entered"),
    "cofinancing-in-kind": ("flow", "euro", "entered"),
    "cofinancing": ("flow", "euro", "derived"),
    "project-costs": ("flow", "euro", "entered"),
}


@pytest.fixture(autouse=True)
def loaded(db: None) -> int:
    return reference.load()


def everything() -> dict[str, list[dict[str, Any]]]:
    return {
        model._meta.label: [{"pk": row.pk, **model_to_dict(row)} for row in model._default_manager.order_by("pk")]
        for label in ("consortia", "impact")
        for model in apps.get_app_config(label).get_models()
    }


def test_loading_again_changes_nothing():
    before = everything()

    assert reference.load() == 0
    assert everything() == before


def test_loading_again_leaves_what_the_office_edited():
    manager = factories.user("manager")
    Consortium.objects.filter(number=9).update(name="Een echte naam", slug="een-echte-naam", is_placeholder=False)
    Indicator.objects.filter(code="assignments").update(name_nl="Opdrachten", is_proposal=False)
    Partner.objects.filter(consortium__slug="scale").delete()
    programme.set_participation(
        actor=manager,
        consortium=Consortium.objects.get(number=10),
        start_date=date(2023, 9, 1),
        end_date=date(2025, 12, 31),
        reason="eerder klaar",
    )
    programme.revise_goal(
        actor=manager,
        goal=Goal.objects.get(code="teachers"),
        baseline_value=Decimal(900),
        baseline_date=date(2023, 9, 30),
        target_value=Decimal(2700),
        target_date=date(2027, 9, 30),
        decision="nulmeting vastgesteld",
        reason="nulmeting bekend",
        decided_on=date(2024, 6, 1),
    )
    before = everything()

    assert reference.load() == 0
    assert everything() == before


def test_loading_again_makes_what_is_missing():
    QuarterlyReport.objects.filter(quarter="2024Q2").delete()

    assert reference.load() == 15


def test_the_command_says_what_it_did():
    output = StringIO()
    call_command("load_programme", stdout=output)

    assert output.getvalue() == "reference data: nothing was missing\n"


def test_the_programme_has_its_money_and_its_years():
    row = Programme.objects.get()

    assert row.grant_eur == 123_000_000
    assert row.grant_share == Decimal("0.42")
    assert row.cofinancing_eur == 97_000_000
    assert (row.start_date, row.end_date) == (date(2023, 9, 1), date(2027, 9, 30))
    assert not row.is_demo


def test_the_action_lines_stand_in_their_official_order():
    assert list(ActionLine.objects.values_list("code", "name_nl", "short_nl")) == [
        ("ecosystems", "versterking van ketens en ecosystemen", "ketens"),
        ("talent", "talentontwikkeling van aankomende en huidige werknemers", "talent"),
        ("lifelong-learning", "een leven lang leren voor werknemers en werkzoekenden", "LLO"),
        ("innovation", "innovatie van de beroepspraktijk", "innovatie"),
        ("infrastructure", "een contextrijke infrastructuur", "infra"),
    ]


def test_the_fifteen_hips_stand_in_their_order():
    assert list(Consortium.objects.values_list("number", "slug", "is_placeholder")) == [
        (1, "scale", False),
        (2, "it-verband-zuid-holland", False),
        (3, "greenport-horti-campus", False),
        (4, "people", False),
        (5, "groene-transitie", False),
        (6, "digital-industry-boost", False),
        (7, "greenchain-nh", False),
        (8, "snel", False),
        *((number, f"hip-{number:02}", True) for number in range(9, 16)),
    ]
    assert Consortium.objects.get(number=9).name == "HIP 9, naam volgt"


def test_grants_and_costs_are_known_where_a_source_gives_them():
    known = Consortium.objects.filter(grant_eur__isnull=False)

    assert {row.slug: (row.grant_eur, row.grant_is_maximum, row.total_cost_eur) for row in known} == {
        "scale": (9_000_000, False, 21_500_000),
        "it-verband-zuid-holland": (7_100_000, False, 17_000_000),
        "greenport-horti-campus": (9_000_000, True, None),
        "groene-transitie": (9_000_000, False, None),
        "greenchain-nh": (8_400_000, False, 20_000_000),
    }
    assert not Consortium.objects.filter(grant_eur__isnull=True, total_cost_eur__isnull=False).exists()


def test_lead_partners_are_named_without_invented_numbers():
    leads = Partner.objects.filter(role=PartnerRole.LEAD).select_related("organisation", "consortium")

    assert {row.consortium.slug: row.organisation.name for row in leads} == {
        "scale": "Da Vinci College",
        "it-verband-zuid-holland": "WE-IT",
        "groene-transitie": "Centre of Expertise Water Technology (CEW)",
        "greenchain-nh": "Greenport Noord-Holland Noord",
        "snel": "CHILL",
    }
    assert all(organisation.identifier == "" for organisation in Organisation.objects.all())
    assert Organisation.objects.get(organisation_type=OrganisationType.SCHOOL).name == "Da Vinci College"
    assert Organisation.objects.listed().count() == 5


def test_every_named_hip_has_its_regions_themes_and_source():
    for row in Consortium.objects.filter(is_placeholder=False):
        assert row.regions
        assert row.themes.exists()
        assert row.source


def test_all_fifteen_take_part_during_the_whole_programme():
    takes_part = ledger.resolve().takes_part

    assert len(takes_part) == 15
    assert set(takes_part.values()) == {(date(2023, 9, 1), date(2027, 9, 30))}


def test_the_quarters_run_from_the_third_of_2023_to_the_third_of_2027():
    rows = list(Quarter.objects.all())

    assert [row.pk for row in rows] == [
        each.id for each in quarters.between(*map(quarters.parse, ("2023Q3", "2027Q3")))
    ]
    assert [row.index for row in rows] == list(range(17))
    assert rows[0].due_date == date(2023, 10, 30)


def test_every_ended_quarter_is_open_for_every_hip():
    ended = Quarter.objects.filter(end_date__lt=clock.today()).values_list("pk", flat=True)

    assert Counter(QuarterlyReport.objects.values_list("quarter", flat=True)) == dict.fromkeys(ended, 15)
    assert ledger.closed_quarters() == set()


def test_the_codebook_has_its_nineteen_indicators_in_order():
    state = ledger.resolve()
    found = {}
    for row in Indicator.objects.all():
        since, definition = state.definition(row.pk, 0) or (None, None)
        assert since == 0
        assert definition is not None
        found[row.code] = (definition.kind, definition.unit, definition.source)

    assert found == CODEBOOK
    assert list(found) == list(CODEBOOK)
    assert all(Indicator.objects.values_list("is_proposal", flat=True))


def test_an_indicator_is_derived_by_a_rule_or_asked_for_and_never_both():
    for definition in IndicatorDefinition.objects.select_related("indicator"):
        derived = definition.source == Source.DERIVED
        assert bool(definition.rule) == derived
        assert bool(definition.indicator.question_nl) != derived
        assert bool(definition.indicator.question_en) != derived
        assert definition.meaning_nl
        assert definition.meaning_en


def test_only_amounts_of_money_have_no_action_line():
    without = IndicatorDefinition.objects.filter(by_action_line=False)

    assert set(without.values_list("indicator__code", flat=True)) == EURO_INDICATORS
    assert set(without.values_list("unit", flat=True)) == {"euro"}
    assert set(without.values_list("kind", flat=True)) == {Kind.FLOW}


def test_the_goals_start_with_what_is_known():
    found = {
        row.code: (
            row.indicator.code,
            row.measure,
            row.revisions.get().baseline_value,
            row.revisions.get().target_value,
        )
        for row in Goal.objects.select_related("indicator")
    }

    assert found == {
        "companies": ("companies", Measure.TRAILING_YEAR, 10_000, 30_000),
        "students": ("students", Measure.TRAILING_YEAR, 42_000, 152_000),
        "cofinancing": ("cofinancing", Measure.CUMULATIVE, 0, 97_000_000),
        "teachers": ("teachers", Measure.TRAILING_YEAR, None, None),
        "employees": ("employees", Measure.TRAILING_YEAR, None, None),
    }
    for goal in Goal.objects.all():
        revision = goal.revisions.get()
        assert (revision.baseline_date, revision.target_date) == (date(2023, 9, 30), date(2027, 9, 30))
        assert revision.baseline_method_nl
        assert revision.baseline_method_en
        assert revision.baseline_source


def test_all_of_it_is_in_the_ledger_without_an_actor():
    kinds = Counter(LedgerEntry.objects.values_list("kind", flat=True))

    assert kinds == {EntryKind.PARTICIPATION: 15, EntryKind.DEFINITION: 19, EntryKind.GOAL: 5}
    assert not LedgerEntry.objects.filter(actor__isnull=False).exists()


def test_a_report_can_be_taken_through_all_its_steps():
    version = factories.reported("scale", "2024Q1")

    assert version.status == "accepted"
    assert ledger.resolve().counting[0].version_id == version.pk
