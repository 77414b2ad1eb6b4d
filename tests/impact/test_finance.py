"""Money: what was planned, what was realised, and from where on a deviation is flagged."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consortia.errors import NotPermitted, Refused
from consortia.models import Consortium
from impact import budgets, finance, ledger, reporting
from impact.finance import CASH, COFINANCING, COSTS, IN_KIND, Amount
from impact.models import BudgetLine, Indicator
from impact.rollups import Dimensions
from tests import factories
from tests.factories import figure

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("programme")]

HIP, OTHER = "scale", "people"


def indicator(code):
    return Indicator.objects.get(code=code)


def hip(slug=HIP):
    return Consortium.objects.get(slug=slug)


def money(period, slug=HIP, **amounts):
    codes = {"costs": COSTS, "cash": CASH, "in_kind": IN_KIND}
    lines = [figure(codes[name], value, action_line=None) for name, value in amounts.items()]
    # Without any line the factory hands in figures of its own.
    return factories.reported(slug, period, *(lines or [figure("assignments", 1)]))


def plan(actor, code, amount, *, year=2024, slug=HIP, source="Beschikking 12 maart 2024"):
    return budgets.plan(
        actor=actor, consortium=hip(slug), year=year, indicator=indicator(code), amount=amount, source=source
    )


def read(user, **options):
    dimensions = Dimensions.read()
    return finance.read(user, ledger.resolve(), dimensions, consortia=dimensions.consortia, **options)


def of(found, code, *, slug=HIP, year=2024):
    return found.of(slug and hip(slug).pk, year, indicator(code).pk)


@pytest.fixture
def manager():
    return factories.user("manager")


def test_a_year_is_the_sum_of_its_quarters_and_says_how_many_of_them_are_in(manager):
    money("2024Q1", costs=100, cash="10.50")
    money("2024Q3", costs=50, in_kind=7)
    money("2023Q4", costs=1)

    costs, cofinancing = of(read(manager), COSTS), of(read(manager), COFINANCING)

    assert (costs.realised, costs.reported, costs.expected, costs.is_complete) == (150, 2, 4, False)
    assert cofinancing.realised == Decimal("17.50")
    assert of(read(manager), COSTS, year=2025).realised is None
    assert of(read(manager), COSTS, slug=None).expected == 60


def test_the_plan_that_was_set_last_holds_and_the_one_before_stays(manager):
    first = plan(manager, COSTS, Decimal(100))
    plan(manager, COSTS, Decimal(200), source="Wijziging")

    assert of(read(manager), COSTS).planned == 200
    assert of(read(manager, plan=budgets.read(first.pk)), COSTS).planned == 100
    plan(manager, COSTS, None, source="Ingetrokken")
    assert of(read(manager), COSTS).planned is None


def test_a_plan_that_is_not_known_is_not_zero(manager):
    money("2024Q1", costs=100)
    found = of(read(manager), COSTS)

    assert (found.planned, found.deviation, found.is_flagged) == (None, None, False)


def test_the_plan_of_a_sum_is_known_once_each_part_is(manager):
    plan(manager, CASH, Decimal(100))
    assert of(read(manager), COFINANCING).planned is None
    plan(manager, IN_KIND, Decimal(0))
    assert of(read(manager), COFINANCING).planned == 100


def test_the_programme_has_a_plan_once_every_hip_has_one(manager):
    for row in Consortium.objects.exclude(slug=OTHER):
        plan(manager, COSTS, Decimal(10), slug=row.slug)
    missing = of(read(manager), COSTS, slug=None)
    plan(manager, COSTS, Decimal(10), slug=OTHER)

    assert (missing.planned, missing.planned_for, missing.to_plan_for) == (None, 14, 15)
    assert of(read(manager), COSTS, slug=None).planned == 150


def _amount(realised, planned, *, complete=True):
    return Amount(
        consortium_id=1, year=2024, indicator_id=1, realised=Decimal(realised), reported=4 if complete else 3,
        expected=4, is_year_over=True, planned=None if planned is None else Decimal(planned), planned_for=1,
        to_plan_for=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("realised", "planned", "complete", "deviation", "flagged"),
    [
        (125, 100, True, "0.25", False),
        ("125.01", 100, True, "0.2501", True),
        (75, 100, True, "-0.25", False),
        ("74.99", 100, True, "-0.2501", True),
        # Less than planned says nothing while a quarter is still to come; more than planned does.
        (10, 100, False, "-0.9", False),
        (126, 100, False, "0.26", True),
        (1, 0, True, None, True),
        (0, 0, True, None, False),
    ],
)
def test_a_deviation_of_more_than_a_quarter_is_flagged_both_ways(realised, planned, complete, deviation, flagged):
    found = _amount(realised, planned, complete=complete)

    assert (found.deviation, found.is_flagged) == (deviation and Decimal(deviation), flagged)


def test_a_withdrawn_report_takes_its_money_with_it_and_the_past_keeps_it(manager):
    money("2024Q1", costs=100)
    before = ledger.newest()
    reporting.withdraw(actor=manager, consortium=HIP, quarter="2024Q1", reason="dubbel")
    dimensions = Dimensions.read()
    past = finance.read(manager, ledger.resolve(before), dimensions, consortia=dimensions.consortia)

    assert of(read(manager), COSTS).realised is None
    assert of(past, COSTS).realised == 100


def test_the_grant_is_its_share_of_the_costs():
    assert finance.grant_of(Decimal("1000.10")) == Decimal("420.04")
    assert finance.grant_of(None) is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"year": 2022}, "/year"),
        ({"amount": Decimal(-1)}, "/amount"),
        ({"amount": Decimal("0.001")}, "/amount"),
        ({"source": " "}, "/source"),
        ({"code": "companies"}, "/indicator"),
        ({"code": COFINANCING}, "/indicator"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_place(manager, change, pointer):
    given = {"code": COSTS, "amount": Decimal(1), "year": 2024, "source": "x", **change}

    with pytest.raises(Refused) as refusal:
        plan(manager, given.pop("code"), given.pop("amount"), **given)

    assert [problem.pointer for problem in refusal.value.problems] == [pointer]


def test_the_office_alone_sets_plans():
    for role in ("reviewer", "reader"):
        with pytest.raises(NotPermitted):
            plan(factories.user(role), COSTS, Decimal(1))
    with pytest.raises(NotPermitted):
        plan(factories.user("coordinator", HIP), COSTS, Decimal(1))


def test_a_budget_line_stays_as_it_was_written_and_is_about_euros(manager):
    plan(manager, COSTS, Decimal(1))
    columns = "consortium_id, year, indicator_id, amount, source, is_demo, set_by_id, set_at"
    line = f"INSERT INTO impact_budgetline ({columns}) VALUES (%s, %s, %s, %s, %s, false, %s, now())"

    def refused(sql, *parameters, error=IntegrityError):
        with pytest.raises(error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, parameters)

    refused(line, hip().pk, 2024, indicator("companies").pk, 1, "x", manager.pk)
    refused(line, hip().pk, 2024, indicator(COSTS).pk, -1, "x", manager.pk)
    refused(line, hip().pk, 2024, indicator(COSTS).pk, 1, "", manager.pk)
    refused(line, hip().pk, 1999, indicator(COSTS).pk, 1, "x", manager.pk)
    refused("UPDATE impact_budgetline SET amount = 2", error=ProgrammingError)
    refused("DELETE FROM impact_budgetline", error=ProgrammingError)
    assert BudgetLine.objects.get().amount == 1


_MONEY = st.one_of(st.none(), st.decimals(0, 1_000_000, places=2))
_WORLD = st.dictionaries(
    st.tuples(st.sampled_from([HIP, OTHER]), st.sampled_from(["2023Q4", "2024Q1", "2024Q4"])),
    st.fixed_dictionaries({"costs": _MONEY, "cash": _MONEY, "in_kind": _MONEY}),
    max_size=4,
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(world=_WORLD)
def test_sums_are_those_of_a_loop_over_what_was_handed_in(manager, world):
    with transaction.atomic():
        for (slug, period), amounts in world.items():
            money(period, slug, **{name: value for name, value in amounts.items() if value is not None})
        found = read(manager)
        for slugs in ([HIP], [OTHER], [HIP, OTHER]):
            for year in (2023, 2024, 2025):
                for code, names in ((COSTS, ["costs"]), (CASH, ["cash"]), (COFINANCING, ["cash", "in_kind"])):
                    handed_in = [
                        [amounts[name] for name in names if amounts[name] is not None]
                        for (slug, period), amounts in world.items()
                        if slug in slugs and period.startswith(str(year))
                    ]
                    reported = [values for values in handed_in if values]
                    expected = sum(sum(values) for values in reported) if reported else None
                    amount = of(found, code, slug=slugs[0] if len(slugs) == 1 else None, year=year)
                    assert (amount.realised, amount.reported) == (expected, len(reported))
        transaction.set_rollback(True)


def test_all_hips_take_as_many_queries_as_one(manager, django_assert_max_num_queries):
    money("2024Q1", costs=100)
    state, dimensions = ledger.resolve(), Dimensions.read()
    finance.read(manager, state, dimensions, consortia=[hip().pk])
    with django_assert_max_num_queries(20) as few:
        finance.read(manager, state, dimensions, consortia=[hip().pk])
    for slug in (OTHER, "snel"):
        money("2024Q2", slug, costs=1)
        plan(manager, COSTS, Decimal(1), slug=slug)

    with django_assert_max_num_queries(len(few)):
        finance.read(manager, state, dimensions, consortia=list(dimensions.consortia))
