"""Where the programme stands: every goal against its path, from the programme's roll-up cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from consortia import clock
from impact import ledger, quarters, rollups
from impact.ledger import State
from impact.measures import QUARTERS_IN_A_YEAR, Number
from impact.models import Goal, GoalRevision, Measure
from impact.rollups import Cell, Dimensions, Selection
from impact.trajectory import Path


@dataclass(frozen=True)
class Point:
    """The goal's measure in one quarter; coverage in HIPs, for a trailing year in HIP-quarters."""

    quarter: int
    period: str
    value: Number | None
    planned: Number | None
    reported: int
    expected: int
    is_final: bool
    is_break: bool
    is_anew: bool
    """Whether another definition holds from this very quarter on."""


@dataclass(frozen=True)
class Progress:
    """One goal. The shares and paces are those of `latest`; None where something is not known yet.

    Where the definition has changed, shares and what is needed compare a figure by the newest definition with a goal
    that may have been set under an older one: `broken_from` says so. A pace needs two figures by one definition.
    """

    goal: Goal
    original: GoalRevision
    current: GoalRevision
    series: tuple[Point, ...]
    latest: Point | None
    latest_final: Point | None
    share_of_growth: Number | None
    share_of_target: Number | None
    share_of_original_growth: Number | None
    share_of_original_target: Number | None
    needed_per_quarter: Number | None
    at_current_pace: Number | None
    pace_from: Number | None
    """The figure of a year before that the pace starts from; None where there is no pace."""
    broken_from: int | None
    """The quarter from which the definition of `latest` holds, where another one held before."""
    is_pace_broken: bool
    """Whether the definition has changed in the quarters that a pace would look at."""


def path_of(revision: GoalRevision) -> Path:
    return Path(
        baseline=revision.baseline_value,
        target=revision.target_value,
        start=quarters.completed_by(revision.baseline_date),
        end=quarters.completed_by(revision.target_date),
        milestones={
            quarters.parse(milestone.quarter_id).ordinal: milestone.value for milestone in revision.milestones.all()
        },
    )


def read(user: Any, dimensions: Dimensions, *, state: State | None = None) -> list[Progress]:
    """All goals that are set, in their order; as of now without a state."""
    resolved = state or ledger.resolve()
    return of_cells(rollups.read(selection(resolved), user, dimensions, state=resolved), resolved, dimensions)


def selection(state: State) -> Selection:
    """The cells that the goals are reckoned from: of the programme over all lines, which nobody is withheld."""
    indicators = {revisions[-1].goal.indicator_id for revisions in state.revisions.values()}
    return Selection(consortia=[None], action_lines=[None], indicators=sorted(indicators), has_bounds=False)


def of_cells(cells: Sequence[Cell], state: State, dimensions: Dimensions) -> list[Progress]:
    """All goals that are set as of the state, from its cells of the programme over all lines."""
    goals = sorted((revisions[-1].goal for revisions in state.revisions.values()), key=lambda goal: goal.order)
    return [
        _progress(
            goal,
            state.revisions[goal.pk],
            [cell for cell in cells if cell.indicator_id == goal.indicator_id],
            state,
            dimensions,
        )
        for goal in goals
    ]


def _progress(
    goal: Goal, revisions: Sequence[GoalRevision], cells: Sequence[Cell], state: State, dimensions: Dimensions
) -> Progress:
    original, current = revisions[0], revisions[-1]
    path = path_of(current)
    series = tuple(_point(goal, cell, path, state, dimensions) for cell in cells)
    # Of the quarter itself, also for a trailing year: else the latest would run on where nobody reported.
    reported = {cell.quarter for cell in cells if cell.coverage and cell.coverage.reported}
    ended = [
        point
        for point in series
        if point.quarter in reported and dimensions.quarters[point.quarter].end_date < clock.today()
    ]
    final = [point for point in ended if point.is_final]
    latest = ended[-1] if ended else None
    known = latest is not None and latest.value is not None
    value = latest.value if latest is not None and latest.value is not None else 0
    at = quarters.parse(latest.period).ordinal if latest is not None else 0
    # A year back, and where that figure is over a year itself, to the first quarter of it.
    looks_back = 2 * QUARTERS_IN_A_YEAR - 1 if goal.measure == Measure.TRAILING_YEAR else QUARTERS_IN_A_YEAR
    is_pace_broken = latest is not None and not state.compares(
        goal.indicator_id, latest.quarter, latest.quarter - looks_back
    )
    by_ordinal = {quarters.parse(point.period).ordinal: point.value for point in series if point.value is not None}
    return Progress(
        goal=goal,
        original=original,
        current=current,
        series=series,
        latest=latest,
        latest_final=final[-1] if final else None,
        share_of_growth=path.share_of_growth(value) if known else None,
        share_of_target=path.share_of_target(value) if known else None,
        share_of_original_growth=path_of(original).share_of_growth(value) if known else None,
        share_of_original_target=path_of(original).share_of_target(value) if known else None,
        needed_per_quarter=path.needed_per_quarter(at, value) if known else None,
        at_current_pace=path.at_current_pace(at, by_ordinal) if known and not is_pace_broken else None,
        pace_from=path.a_year_before(at, by_ordinal) if known and not is_pace_broken else None,
        broken_from=None if latest is None else state.break_in(goal.indicator_id, latest.quarter),
        is_pace_broken=is_pace_broken,
    )


def _point(goal: Goal, cell: Cell, path: Path, state: State, dimensions: Dimensions) -> Point:
    assert cell.coverage is not None, "the programme over all lines is never withheld"
    quarter = dimensions.quarters[cell.quarter]
    over_a_year = goal.measure == Measure.TRAILING_YEAR
    value = {
        Measure.VALUE: cell.measures.value,
        Measure.TRAILING_YEAR: cell.measures.trailing_year,
        Measure.CUMULATIVE: cell.measures.cumulative,
    }[Measure(goal.measure)]
    coverage = cell.coverage
    return Point(
        quarter=cell.quarter,
        period=quarter.pk,
        value=value,
        planned=path.planned(quarters.parse(quarter.pk).ordinal),
        reported=coverage.trailing_year_reported if over_a_year else coverage.reported,
        expected=coverage.trailing_year_expected if over_a_year else coverage.expected,
        is_final=cell.is_final,
        is_break=cell.is_break,
        is_anew=state.break_in(goal.indicator_id, cell.quarter) == cell.quarter,
    )
