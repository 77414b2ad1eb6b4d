"""What a step would do to every figure and goal, before it is taken: the same reckoning, on a supposed ledger.

A step that is previewed and then taken, with nothing in between, changes exactly this.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from impact import leaves, progress, rollups
from impact.coverage import Participants
from impact.ledger import Counting, Link, State
from impact.measures import Number
from impact.models import QuarterlyReport, ReportVersion
from impact.models.codebook import DISTINCT_RULES
from impact.progress import Progress
from impact.rollups import Cell, Dimensions, Selection

MEASURES = ("value", "new", "trailingYear", "cumulative", "low", "high")
"""By their names in the API, in the order in which they are shown."""


Reckon = Callable[[Selection, State, Dimensions], list[Cell]]
"""How the cells of the state afterwards are had: computed, or where they may be kept `snapshots.of_supposed`."""


@dataclass(frozen=True)
class Change:
    """A cell that becomes another: its measures, its bounds, its coverage or its status."""

    before: Cell
    after: Cell

    @property
    def measures(self) -> dict[str, tuple[Number | None, Number | None]]:
        """The measures that change, by name: old and new."""
        old, new = measures_of(self.before), measures_of(self.after)
        return {name: (old[name], new[name]) for name in MEASURES if old[name] != new[name]}


@dataclass(frozen=True)
class GoalChange:
    """A goal whose latest figure, or anything else of its progress, becomes another."""

    before: Progress
    after: Progress


@dataclass(frozen=True)
class Effect:
    """Everything that changes; cells in the order HIP, action line, indicator, quarter."""

    cells: tuple[Change, ...]
    goals: tuple[GoalChange, ...]

    def __bool__(self) -> bool:
        return bool(self.cells or self.goals)


def measures_of(cell: Cell) -> dict[str, Number | None]:
    return {
        "value": cell.measures.value,
        "new": cell.measures.new,
        "trailingYear": cell.measures.trailing_year,
        "cumulative": cell.measures.cumulative,
        "low": cell.low,
        "high": cell.high,
    }


def between(
    before: State,
    after: State,
    dimensions: Dimensions,
    *,
    consortia: Sequence[int | None] | None = None,
    indicators: Sequence[int] | None = None,
    quarters: Sequence[int] | None = None,
    reckon: Reckon = rollups.exact,
) -> Effect:
    """What differs between two states; of these HIPs (None is the programme), indicators and quarters, else of all.

    Whoever asks for some knows that nothing else of the programme changes.
    """
    selection = Selection(consortia=consortia, indicators=indicators, quarters=quarters)
    old = {cell.key: cell for cell in rollups.exact(selection, before, dimensions)}
    new = {cell.key: cell for cell in reckon(selection, after, dimensions)}
    # What was not asked for stays as it is, so goals need no other count of the state afterwards.
    of_goals = rollups.exact(progress.selection(before), before, dimensions)
    goals = _pairs(
        progress.of_cells(of_goals, before, dimensions),
        progress.of_cells([new.get(cell.key, cell) for cell in of_goals], after, dimensions),
    )
    return Effect(
        cells=tuple(Change(old[key], cell) for key, cell in new.items() if key in old and old[key] != cell),
        goals=tuple(goal for goal in goals if goal.before != goal.after),
    )


def of_version(
    report: QuarterlyReport,
    version: ReportVersion,
    state: State,
    dimensions: Dimensions,
    *,
    reckon: Reckon = rollups.exact,
) -> Effect:
    """What changes once this version counts for its report, instead of what counts now."""
    supposed = accepting([(report, version)], state)
    # No measure looks ahead: older quarters stay as they are.
    quarters = [quarter for quarter in dimensions.quarters if quarter >= report.quarter.index]
    # Of other HIPs nothing changes but the status, where a quarter becomes final or provisional.
    same_status = _final(state, dimensions) == _final(supposed, dimensions)
    consortia = [None, report.consortium_id] if same_status else None
    return between(state, supposed, dimensions, consortia=consortia, quarters=quarters, reckon=reckon)


def accepting(versions: Iterable[tuple[QuarterlyReport, ReportVersion]], state: State) -> State:
    """The state in which these versions count for their reports, instead of what counts now."""
    new = [
        Counting(state.seq, report.consortium_id, report.quarter.index, version.pk, version.number)
        for report, version in versions
    ]
    replaced = {(row.consortium_id, row.quarter) for row in new}
    others = [row for row in state.counting if (row.consortium_id, row.quarter) not in replaced]
    return state.suppose(counting=(*others, *new))


def on_goals(
    before: State, after: State, dimensions: Dimensions, *, reckon: Reckon = rollups.exact
) -> list[GoalChange]:
    """Every goal as it stands in both states, whether or not it changes."""
    new = progress.of_cells(reckon(progress.selection(after), after, dimensions), after, dimensions)
    return _pairs(progress.read(None, dimensions, state=before), new)


def _pairs(before: Iterable[Progress], after: Iterable[Progress]) -> list[GoalChange]:
    old = {row.goal.pk: row for row in before}
    return [GoalChange(old[row.goal.pk], row) for row in after if row.goal.pk in old]


def _final(state: State, dimensions: Dimensions) -> set[int]:
    participants = Participants.of(state, dimensions.quarters.values())
    return {quarter for quarter in dimensions.quarters if participants.is_final(state, quarter)}


def of_links(links: Mapping[UUID, Link], state: State, dimensions: Dimensions) -> Effect:
    """What changes once these links stand, instead of those that stand now."""
    # Nothing but a count of different organisations looks at links.
    indicators = [pk for pk in state.definitions if leaves.has_rule(state, pk, DISTINCT_RULES)]
    return between(state, state.suppose(links=links), dimensions, indicators=indicators)
