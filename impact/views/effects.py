"""What a step would change, as the pages show it before it is taken: every figure and goal, old and new.

`templates/impact/_effect.html` writes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock
from consortia.models import ActionLine, Consortium
from consortia.templatetags import portal
from impact import effects, snapshots, vintages
from impact.effects import Change, Effect, GoalChange, measures_of
from impact.ledger import State
from impact.measures import Number
from impact.models import Goal, Indicator, Kind, Quarter, ReportVersion
from impact.models.codebook import EURO
from impact.progress import Progress
from impact.rollups import Cell, Dimensions
from impact.views.desk import Desk
from impact.views.figures import SHARE

STATUS, PERIOD = "status", "period"
_IN_UNITS = ("value", "trailingYear", "cumulative")
COLUMNS: dict[str, Promise] = {
    "value": gettext_lazy("This quarter"),
    "numerator": gettext_lazy("Numerator"),
    "denominator": gettext_lazy("Denominator"),
    "new": gettext_lazy("New"),
    "trailingYear": gettext_lazy("Four quarters"),
    "cumulative": gettext_lazy("Since the start"),
    "low": gettext_lazy("At least"),
    "high": gettext_lazy("At most"),
    "reported": gettext_lazy("HIPs that reported"),
    "expected": gettext_lazy("HIPs expected"),
    "trailingYearReported": gettext_lazy("Reports in four quarters"),
    "trailingYearExpected": gettext_lazy("Reports expected in four quarters"),
    STATUS: gettext_lazy("Status"),
}
MAIN = ("value", "new", "trailingYear", "cumulative")
"""What has a column of its own; the rest of a row stands together in the last one."""
GOAL_COLUMNS: dict[str, Promise] = {
    PERIOD: gettext_lazy("Newest quarter"),
    "latest": gettext_lazy("Latest figure"),
    "shareOfGrowth": gettext_lazy("Of the growth that was agreed"),
    "shareOfTarget": gettext_lazy("Of the target"),
    "shareOfOriginalGrowth": gettext_lazy("Of the growth that was agreed at first"),
    "shareOfOriginalTarget": gettext_lazy("Of the original target"),
    "neededPerQuarter": gettext_lazy("Needed per quarter"),
    "atCurrentPace": gettext_lazy("At the current pace"),
}
MAIN_OF_GOALS = ("latest", "shareOfGrowth", "shareOfTarget")
_FINER = 3
"""Decimals of a percentage that reads the same in one: one company among tens of thousands moves the third."""


@dataclass(frozen=True)
class Side:
    """One side of a change: as it is written, and the exact value where it is a number."""

    text: str
    value: Number | None = None


@dataclass(frozen=True)
class Pair:
    """Old and new, under the name that the API has for it."""

    name: str
    before: Side
    after: Side

    @property
    def label(self) -> Promise:
        return COLUMNS[self.name] if self.name in COLUMNS else GOAL_COLUMNS[self.name]


@dataclass(frozen=True)
class Row:
    """An indicator in one quarter, or in a run of quarters that all change alike; `cells` go with the columns."""

    indicator: Indicator
    action_line: ActionLine | None
    first: Quarter
    last: Quarter
    pairs: Mapping[str, Pair]
    cells: tuple[Pair | None, ...] = ()
    others: tuple[Pair, ...] = ()
    """What has no column of its own."""


@dataclass(frozen=True)
class Table:
    """All that changes in one HIP, or (None) in the programme; only columns in which something does."""

    consortium: Consortium | None
    columns: tuple[Promise, ...]
    rows: tuple[Row, ...]

    @property
    def has_others(self) -> bool:
        return any(row.others for row in self.rows)


@dataclass(frozen=True)
class GoalRow:
    """A goal that changes; without cells only in quarters before the newest, or in what is not shown here."""

    goal: Goal
    pairs: Mapping[str, Pair]
    cells: tuple[Pair | None, ...] = ()
    others: tuple[Pair, ...] = ()


@dataclass(frozen=True)
class OwnRow:
    """A figure of the report's own quarter: of the HIP and of the programme, as far as it changes."""

    indicator: Indicator
    hip: Pair | None
    programme: Pair | None


@dataclass(frozen=True)
class Differs:
    """A number of the version that counts, and what it becomes; of all action lines, or of one."""

    indicator: Indicator
    action_line: ActionLine | None
    pair: Pair


@dataclass(frozen=True)
class EffectShown:
    """Totals first: the programme and the goals, then the HIPs, then both by action line."""

    programme: Table | None
    goals: tuple[GoalRow, ...]
    goal_columns: tuple[Promise, ...]
    hips: tuple[Table, ...]
    by_line: tuple[Table, ...]
    figures: int
    """How many figures change: measures, bounds, coverage or status of cells, each counted once."""

    def __bool__(self) -> bool:
        return bool(self.figures or self.goals)

    @property
    def goals_have_others(self) -> bool:
        return any(row.others for row in self.goals)


def ended(effect: Effect, dimensions: Dimensions) -> Effect:
    """Without the quarters that have not ended: nobody has reported those, and no page shows them."""
    cells = [each for each in effect.cells if dimensions.quarters[each.after.quarter].end_date < clock.today()]
    return replace(effect, cells=tuple(cells))


def shown(effect: Effect, dimensions: Dimensions, state: State) -> EffectShown:
    """An effect in the reader's language; `state` is the one that it starts from."""
    totals = _tables([each for each in effect.cells if each.after.action_line_id is None], dimensions, state)
    goals = [_goal_row(each, state) for each in effect.goals]
    names = _names_in(goals, MAIN_OF_GOALS)
    return EffectShown(
        programme=next((table for table in totals if table.consortium is None), None),
        goals=tuple(
            replace(
                row,
                cells=_cells(row.pairs, names),
                others=_others(row.pairs, MAIN_OF_GOALS),
            )
            for row in goals
        ),
        goal_columns=tuple(GOAL_COLUMNS[name] for name in names),
        hips=tuple(table for table in totals if table.consortium is not None),
        by_line=_tables([each for each in effect.cells if each.after.action_line_id is not None], dimensions, state),
        figures=len(effect.cells),
    )


def preview_of(desk: Desk, version: ReportVersion, dimensions: Dimensions) -> dict[str, Any]:
    """What accepting a version would change: the figures of its own quarter, all totals and goals, and the vintages."""
    whole = effects.of_version(desk.report, version, desk.state, dimensions, reckon=snapshots.of_supposed)
    effect = ended(whole, dimensions)
    own = [change for change in effect.cells if change.after.quarter == desk.quarter.index]
    totals = tuple(change for change in effect.cells if change.after.action_line_id is None)
    return {
        "effect": shown(replace(effect, cells=totals), dimensions, desk.state),
        "effect_count": len(effect.cells),
        "own_rows": _own_rows(own, desk, dimensions),
        "differs": _differs(own, desk, dimensions) if desk.standing.counting else (),
        "contradicted": vintages.contradicted(whole.cells, dimensions),
    }


def _own_rows(changes: Iterable[Change], desk: Desk, dimensions: Dimensions) -> tuple[OwnRow, ...]:
    pairs: dict[int, dict[int | None, Pair]] = {}
    for change in changes:
        cell = change.after
        pair = _row(change, dimensions, desk.state).pairs.get("value")
        if pair is not None and cell.action_line_id is None and cell.consortium_id in (None, desk.hip.pk):
            pairs.setdefault(cell.indicator_id, {})[cell.consortium_id] = pair
    return tuple(
        OwnRow(indicator, pairs[pk].get(desk.hip.pk), pairs[pk].get(None))
        for pk, indicator in dimensions.indicators.items()
        if pk in pairs
    )


def _differs(changes: Iterable[Change], desk: Desk, dimensions: Dimensions) -> tuple[Differs, ...]:
    """By indicator, the total before its action lines."""
    rows = [_row(change, dimensions, desk.state) for change in changes if change.after.consortium_id == desk.hip.pk]
    order = {pk: place for place, pk in enumerate(dimensions.indicators)}
    return tuple(
        Differs(row.indicator, row.action_line, row.pairs[name])
        for row in sorted(rows, key=lambda row: order[row.indicator.pk])
        for name in ("value", "numerator", "denominator", "low", "high")
        if name in row.pairs
    )


def _tables(changes: Iterable[Change], dimensions: Dimensions, state: State) -> tuple[Table, ...]:
    tables = []
    for hip, of_hip in groupby(changes, key=lambda change: change.after.consortium_id):
        rows = _runs([_row(change, dimensions, state) for change in of_hip])
        names = _names_in(rows, MAIN)
        table = Table(
            consortium=None if hip is None else dimensions.consortia[hip],
            columns=tuple(COLUMNS[name] for name in names),
            rows=tuple(replace(row, cells=_cells(row.pairs, names), others=_others(row.pairs, MAIN)) for row in rows),
        )
        tables.append(table)
    return tuple(tables)


def _row(change: Change, dimensions: Dimensions, state: State) -> Row:
    cell, quarter = change.after, dimensions.quarters[change.after.quarter]
    before, after = _written(change.before, state), _written(cell, state)
    return Row(
        indicator=dimensions.indicators[cell.indicator_id],
        action_line=None if cell.action_line_id is None else dimensions.action_lines[cell.action_line_id],
        first=quarter,
        last=quarter,
        pairs={name: Pair(name, before[name], after[name]) for name in COLUMNS if before[name] != after[name]},
    )


def _runs(rows: Iterable[Row]) -> list[Row]:
    """Quarters after each other in which the same becomes the same, as one row."""
    found: list[Row] = []
    for row in rows:
        previous = found[-1] if found else None
        if (
            previous is not None
            and (previous.indicator, previous.action_line) == (row.indicator, row.action_line)
            and previous.last.index + 1 == row.first.index
            and previous.pairs == row.pairs
        ):
            found[-1] = replace(previous, last=row.last)
        else:
            found.append(row)
    return found


def _written(cell: Cell, state: State) -> dict[str, Side]:
    in_force = state.definition(cell.indicator_id, cell.quarter)
    is_share = in_force is not None and in_force[1].kind == Kind.RATIO
    notation = SHARE if is_share else EURO if cell.unit == EURO else ""
    measures, coverage = cell.measures, cell.coverage
    assert coverage is not None, "whoever takes a step sees exact figures"
    numbers: dict[str, Number | None] = {
        **measures_of(cell),
        "numerator": measures.numerator,
        "denominator": measures.denominator,
        "reported": coverage.reported,
        "expected": coverage.expected,
        "trailingYearReported": coverage.trailing_year_reported,
        "trailingYearExpected": coverage.trailing_year_expected,
    }
    sides = {
        name: Side(portal.measure(value, notation if name in _IN_UNITS else ""), value)
        for name, value in numbers.items()
    }
    if is_share and coverage.reported and measures.value is None:
        sides["value"] = Side(_("n/a"))
    return sides | {STATUS: Side(portal.state_word("final" if cell.is_final else "provisional"))}


def _goal_row(change: GoalChange, state: State) -> GoalRow:
    goal = change.after.goal
    notation = EURO if state.definitions[goal.indicator_id][-1][1].unit == EURO else ""
    before, after = _written_goal(change.before, notation), _written_goal(change.after, notation)
    finer = [_written_goal(each, notation, decimals=_FINER) for each in (change.before, change.after)]
    pairs = {}
    for name in GOAL_COLUMNS:
        # Where the goal was never revised its original share says the same twice.
        is_twice = "Original" in name and change.after.original == change.after.current
        if before[name] != after[name] and not is_twice:
            sides = finer if before[name].text == after[name].text else (before, after)
            pairs[name] = Pair(name, sides[0][name], sides[1][name])
    return GoalRow(goal, pairs)


def _written_goal(progress: Progress, notation: str, *, decimals: int = 1) -> dict[str, Side]:
    latest = progress.latest

    def amount(value: Number | None) -> Side:
        shortened = None if value is None else round(Decimal(value), 1)
        return Side(portal.euro(value) if notation == EURO else portal.number(shortened), value)

    def share(value: Number | None) -> Side:
        return Side(portal.percentage(value, decimals), value)

    return {
        PERIOD: Side(portal.quarter(latest.period) if latest else portal.not_reported()),
        "latest": Side(portal.measure(latest.value if latest else None, notation), latest.value if latest else None),
        "shareOfGrowth": share(progress.share_of_growth),
        "shareOfTarget": share(progress.share_of_target),
        "shareOfOriginalGrowth": share(progress.share_of_original_growth),
        "shareOfOriginalTarget": share(progress.share_of_original_target),
        "neededPerQuarter": amount(progress.needed_per_quarter),
        "atCurrentPace": amount(progress.at_current_pace),
    }


def _names_in(rows: Iterable[Any], columns: Iterable[str]) -> list[str]:
    changed = {name for row in rows for name in row.pairs}
    return [name for name in columns if name in changed]


def _cells(pairs: Mapping[str, Pair], names: Iterable[str]) -> tuple[Pair | None, ...]:
    return tuple(pairs.get(name) for name in names)


def _others(pairs: Mapping[str, Pair], main: Sequence[str]) -> tuple[Pair, ...]:
    return tuple(pair for name, pair in pairs.items() if name not in main)
