"""The shapes of charts: where things stand, not how they look."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest

from impact import charts


def reading(value, *, planned=None, provisional=False, label="2026 K1"):
    return charts.Reading(
        label=label,
        value=None if value is None else Decimal(value),
        planned=None if planned is None else Decimal(planned),
        provisional=provisional,
    )


def goal(readings, *, baseline=10_000, target=30_000):
    return charts.goal_chart(
        code="companies",
        title="12.431 bedrijven doen mee",
        description="",
        readings=readings,
        baseline=None if baseline is None else Decimal(baseline),
        target=None if target is None else Decimal(target),
        write=lambda value: f"{value:.0f}",
    )


def numbers(text):
    return [float(part) for part in text.replace(",", " ").split()]


def test_a_quarter_without_a_report_breaks_the_line():
    drawing = goal([reading(1), reading(2), reading(None), reading(3), reading(4)]).drawings[0]

    assert [len(line.split()) for line in drawing.lines] == [2, 2]


def test_zero_is_drawn_and_missing_is_not():
    drawing = goal([reading(0), reading(None)]).drawings[0]

    assert [spot.value for spot in drawing.spots] == ["0"]


def test_a_new_definition_is_a_gap_with_an_upright_line_and_its_quarter_in_words():
    readings = [reading(1, label="2025 K4"), reading(2), reading(3, label="2026 K2"), reading(4)]
    anew = [*readings[:2], replace(readings[2], is_anew=True), readings[3]]

    chart = goal(anew)

    assert chart.broken_from == ["2026 K2"]
    for drawing in chart.drawings:
        assert [len(line.split()) for line in drawing.lines] == [2, 2]
        (edge,) = drawing.breaks
        assert float(drawing.spots[1].x) < float(edge.line.x) < float(drawing.spots[2].x)
        assert edge.line.x == edge.line.x2
        assert edge.label is not None
        assert edge.label.text == "2026 K2"
    assert goal(readings).drawings[0].breaks == ()


def test_the_words_at_new_definitions_do_not_run_into_each_other_nor_out_of_the_drawing():
    readings = [replace(reading(1), is_anew=number in (1, 2, 9)) for number in range(10)]

    for drawing in goal(readings).drawings:
        said = [edge for edge in drawing.breaks if edge.label]
        assert len(drawing.breaks) == 3
        spans = []
        for edge in said:
            start = float(edge.label.x) - (130 if edge.label.anchor == "end" else 0)
            spans.append((start, start + 130))
        assert all(start >= 0 and end <= float(drawing.width) for start, end in spans)
        assert all(one[1] <= two[0] or two[1] <= one[0] for one, two in combinations(spans, 2))


def test_a_definition_that_the_first_quarter_already_has_breaks_nothing():
    chart = goal([replace(reading(1), is_anew=True), reading(2)])

    assert (chart.broken_from, chart.drawings[0].breaks, len(chart.drawings[0].lines)) == ([], (), 1)


def test_a_reported_quarter_between_gaps_has_a_spot_and_no_line():
    drawing = goal([reading(None), reading(3), reading(None)]).drawings[0]

    assert (len(drawing.spots), drawing.lines) == (1, ())


def test_only_reported_provisional_quarters_are_hatched():
    drawing = goal([reading(1), reading(2, provisional=True), reading(None, provisional=True)]).drawings[0]

    assert len(drawing.hatched) == 1
    assert [spot.provisional for spot in drawing.spots] == [False, True]


def test_more_stands_higher():
    drawing = goal([reading(100), reading(20_000)]).drawings[0]

    low, high = drawing.spots
    assert float(high.y) < float(low.y)


def test_a_value_equal_to_the_target_stands_on_its_line():
    drawing = goal([reading(30_000)]).drawings[0]

    assert drawing.spots[0].y == drawing.target.y


@pytest.mark.parametrize(("baseline", "target"), [(None, 30_000), (10_000, None), (None, None)])
def test_an_unknown_baseline_or_target_is_left_out(baseline, target):
    drawing = goal([reading(5)], baseline=baseline, target=target).drawings[0]

    assert (drawing.baseline is None, drawing.target is None) == (baseline is None, target is None)


def test_nothing_reported_leaves_plan_and_target():
    drawing = goal([reading(None, planned=10_000), reading(None, planned=30_000)]).drawings[0]

    assert drawing.spots == ()
    assert drawing.latest_label is None
    assert len(drawing.plan.split()) == 2


def test_a_chart_without_quarters_does_not_fail():
    assert goal([]).drawings[0].quarters == ()


def test_the_plan_is_broken_where_it_does_not_reach():
    drawing = goal([reading(1), reading(2, planned=10), reading(3, planned=20)]).drawings[0]

    assert len(drawing.plan.split()) == 2


def test_everything_stays_within_the_drawing():
    quarters = [reading(count * 2_500, planned=count * 1_250 + 10_000, provisional=count > 14) for count in range(17)]

    for drawing in goal(quarters).drawings:
        xs = [float(spot.x) for spot in drawing.spots] + numbers(drawing.plan)[::2]
        ys = [float(spot.y) for spot in drawing.spots] + numbers(drawing.plan)[1::2]
        assert 0 <= min(xs) <= max(xs) <= float(drawing.width)
        assert 0 <= min(ys) <= max(ys) <= float(drawing.height)


def test_the_newest_value_is_named_beside_its_point():
    drawing = goal([reading(10_000, planned=10_000), reading(12_431, planned=20_000), reading(None, planned=30_000)])

    assert [item.latest_label.text for item in drawing.drawings] == ["12431"] * 3


@pytest.mark.parametrize(
    ("top", "marks"),
    [
        ("30000", [0, 10_000, 20_000, 30_000]),
        ("97000000", [0, 25_000_000, 50_000_000, 75_000_000, 100_000_000]),
        ("1", ["0", "0.25", "0.5", "0.75", "1"]),
        ("0", [0, 1]),
    ],
)
def test_a_scale_has_few_round_marks(top, marks):
    assert list(charts.scale(top=Decimal(top))) == [Decimal(mark) for mark in marks]


def test_a_scale_reaches_below_zero_for_negative_values():
    assert charts.scale(top=Decimal(10), bottom=Decimal(-3))[0] <= -3


def test_coverage_has_one_block_for_every_expected_hip():
    blocks = charts.coverage(reported=13, expected=15).blocks

    assert [filled for _, filled in blocks] == [True] * 13 + [False] * 2


def test_coverage_of_no_expected_hips_is_empty():
    assert charts.coverage(reported=0, expected=0).width == "0"


@pytest.mark.parametrize(("part", "filled"), [("0.5", "50"), ("1.05", "100"), ("-0.05", "0"), (None, "0")])
def test_a_share_is_drawn_within_its_bar(part, filled):
    assert charts.share(part=None if part is None else Decimal(part), width=100).filled == filled


def test_a_sparkline_breaks_where_nothing_was_reported():
    line = charts.sparkline(values=[Decimal(1), Decimal(2), None, Decimal(4)])

    assert len(line.lines) == 1
    assert line.last is not None


def test_a_sparkline_breaks_where_another_definition_begins():
    course = charts.sparkline(values=[Decimal(value) for value in (1, 2, 3, 4)], anew=[0, 2])

    assert [len(line.split()) for line in course.lines] == [2, 2]
    assert len(course.breaks) == 1


def test_a_sparkline_of_nothing_draws_nothing():
    line = charts.sparkline(values=[None, None])

    assert (line.lines, line.last) == ((), None)


def test_an_unchanging_sparkline_runs_through_the_middle():
    line = charts.sparkline(values=[Decimal(5), Decimal(5)], height=24)

    assert line.last.y == "12"


def test_no_coordinate_carries_a_comma_of_a_language():
    drawing = goal([reading(1_234), reading(5_678)]).drawings[0]

    assert all("," not in spot.x + spot.y for spot in drawing.spots)
