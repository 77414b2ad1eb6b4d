from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from impact.measures import Measures, Pooled, Window, bounds, mask, of_series
from impact.models.codebook import Kind


def test_a_ratio_pools_its_numbers_and_never_averages_shares():
    series = {0: Pooled(8, 10, 1) + Pooled(100, 400, 1)}

    measures = of_series(Kind.RATIO, series, Window(0))

    assert measures.value == Decimal("0.263415")
    assert (measures.numerator, measures.denominator) == (108, 410)


def test_a_pooled_denominator_of_zero_gives_no_share_though_it_was_reported():
    measures = of_series(Kind.RATIO, {0: Pooled(0, 0, 1)}, Window(0))

    assert measures.value is None
    assert (measures.numerator, measures.denominator) == (0, 0)


def test_zero_is_a_number_and_missing_is_not():
    assert of_series(Kind.FLOW, {0: Pooled(0, None, 1)}, Window(0)).value == 0
    assert of_series(Kind.FLOW, {}, Window(0)) == Measures()


def test_a_stock_does_not_add_up_over_quarters_and_is_not_carried_forward():
    series = {0: Pooled(3, None, 1), 1: Pooled(5, None, 1)}

    assert of_series(Kind.STOCK, series, Window(1)) == Measures(value=5, trailing_year=5, cumulative=5)
    assert of_series(Kind.STOCK, series, Window(2)) == Measures()


def test_a_flow_keeps_its_year_and_total_in_a_quarter_without_a_report():
    series = {0: Pooled(3, None, 1), 1: Pooled(5, None, 1)}

    assert of_series(Kind.FLOW, series, Window(4)) == Measures(value=None, trailing_year=5, cumulative=8)
    assert of_series(Kind.FLOW, series, Window(6)) == Measures(value=None, trailing_year=None, cumulative=8)


def test_a_newer_definition_starts_its_year_and_total_anew():
    series = {quarter: Pooled(1, None, 1) for quarter in range(6)}

    assert of_series(Kind.FLOW, series, Window(5, since=4)) == Measures(value=1, trailing_year=2, cumulative=2)


def test_companies_without_a_number_give_bounds():
    assert bounds(150, {1: 100, 2: 80}, {1: {7: 20}, 2: {7: 10}}) == (150, 180)
    assert bounds(150, {1: 100, 2: 80}, {1: {7: 70}, 2: {7: 10}}) == (170, 230)
    assert bounds(150, {1: 100, 2: 80}, {}) == (150, 150)


@given(st.sets(st.integers(0, 61)))
def test_a_mask_holds_exactly_its_quarters(quarters):
    assert {bit for bit in range(62) if mask(quarters) >> bit & 1} == quarters
