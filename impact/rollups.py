"""Every figure that is shown anywhere: leaves and roll-up cells as a function of the ledger up to a `seq`.

Pages, API, exports and the stored roll-ups call these and nothing else. Source: docs/semantics.md.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

from django.db.models import Q

from consortia import access
from consortia.access import Permission
from consortia.models import ActionLine, Consortium, User
from impact import distinct, leaves, ledger
from impact.coverage import Coverage, Participants
from impact.leaves import Leaf
from impact.ledger import State
from impact.measures import NOT_REPORTED, NOTHING, Measures, Pooled, Window, bounds, of_series, plain
from impact.models import Indicator, IndicatorDefinition, Quarter, RollUp, Rule, UnidentifiedCount
from impact.models.codebook import DISTINCT_RULES, PERSON_RULES


@dataclass(frozen=True)
class Dimensions:
    """The members of the reference data in their order, read once."""

    consortia: dict[int, Consortium]
    action_lines: dict[int, ActionLine]
    indicators: dict[int, Indicator]
    quarters: dict[int, Quarter]
    """By index; the others by id."""

    @classmethod
    def read(cls) -> "Dimensions":
        return cls(
            consortia={row.pk: row for row in Consortium.objects.order_by("number")},
            action_lines={row.pk: row for row in ActionLine.objects.order_by("order")},
            indicators={row.pk: row for row in Indicator.objects.order_by("order")},
            quarters={row.index: row for row in Quarter.objects.order_by("index")},
        )


@dataclass(frozen=True)
class Selection:
    """Which cells are asked for; None stands for every member.

    Among `consortia` the member None is the programme, among `action_lines` all lines together.
    """

    consortia: Sequence[int | None] | None = None
    action_lines: Sequence[int | None] | None = None
    indicators: Sequence[int] | None = None
    quarters: Sequence[int] | None = None
    has_bounds: bool = True
    """Whether `low` and `high` are wanted: the programme's need a count of every HIP apart."""


CellKey = tuple[int | None, int | None, int, int]
"""HIP, action line, indicator, quarter."""


@dataclass(frozen=True)
class Cell:
    """One roll-up: HIP or programme × action line or all × indicator × quarter."""

    consortium_id: int | None
    action_line_id: int | None
    indicator_id: int
    quarter: int
    unit: str
    is_final: bool
    is_break: bool
    """The trailing year and the cumulative leave out quarters with an older definition."""
    measures: Measures = NOT_REPORTED
    coverage: Coverage | None = None
    low: int | None = None
    high: int | None = None
    withheld: bool = False

    @property
    def key(self) -> CellKey:
        return self.consortium_id, self.action_line_id, self.indicator_id, self.quarter

    def hidden(self) -> "Cell":
        return replace(self, measures=NOT_REPORTED, coverage=None, low=None, high=None, withheld=True)


def sees_everything(user: Any) -> bool:
    """Whether exact figures are shown: to everybody who has an account with a role.

    Source: docs/semantics.md, "Disclosure".
    """
    return isinstance(user, User) and access.allows_somewhere(user, Permission.SEE_COUNTING)


def read(selection: Selection, user: Any, dimensions: Dimensions, *, state: State | None = None) -> list[Cell]:
    """The cells that are asked for, every combination, as `user` may see them.

    As of now without a state. From the stored roll-ups where those are of the same seq, else computed.
    """
    state = state or ledger.resolve()
    cells = exact(selection, state, dimensions)
    return cells if sees_everything(user) else public(cells, state)


def exact(selection: Selection, state: State, dimensions: Dimensions) -> list[Cell]:
    """The cells with nothing withheld: what everything is reckoned with, and nobody is shown as it is."""
    cells = _stored(selection, state, dimensions)
    return compute(selection, state, dimensions) if cells is None else cells


def public(cells: Iterable[Cell], state: State) -> list[Cell]:
    """The cells as everybody may see them: persons by action line are withheld."""
    return [
        cell.hidden()
        if cell.action_line_id is not None and leaves.has_rule(state, cell.indicator_id, PERSON_RULES)
        else cell
        for cell in cells
    ]


def read_leaves(selection: Selection, user: Any, dimensions: Dimensions, *, state: State | None = None) -> list[Leaf]:
    """The reported numbers that count, as `user` may see them: by HIP, quarter, indicator, action line."""
    state = state or ledger.resolve()
    if sees_everything(user):
        return compute_leaves(selection, state, dimensions)
    whole = compute_leaves(replace(selection, action_lines=None), state, dimensions)
    return [
        leaf
        for leaf in public_leaves(whole, state, dimensions)
        if selection.action_lines is None or leaf.action_line_id in selection.action_lines
    ]


def public_leaves(found: Iterable[Leaf], state: State, dimensions: Dimensions) -> list[Leaf]:
    """The leaves, over all action lines, as everybody may see them.

    Of persons every line has a row as soon as one has: where there is one, it would be the total of the HIP.
    """
    public: dict[tuple[int, int, int, int | None], Leaf] = {}
    for leaf in found:
        is_of_persons = leaves.has_rule(state, leaf.indicator_id, PERSON_RULES)
        for line in dimensions.action_lines if is_of_persons else [leaf.action_line_id]:
            key = leaf.consortium_id, leaf.quarter, leaf.indicator_id, line
            public[key] = replace(leaf, action_line_id=line).hidden() if is_of_persons else leaf
    return list(public.values())


def compute_leaves(selection: Selection, state: State, dimensions: Dimensions) -> list[Leaf]:
    """The leaves in their order, exact."""
    indicators = selection.indicators if selection.indicators is not None else list(state.definitions)
    places = {pk: place for place, pk in enumerate(dimensions.consortia)}
    lines = {pk: place for place, pk in enumerate(dimensions.action_lines)}
    rows = {pk: place for place, pk in enumerate(dimensions.indicators)}
    found = [
        leaf
        for leaf in leaves.of_state(state, indicators)
        if (selection.consortia is None or leaf.consortium_id in selection.consortia)
        and (selection.action_lines is None or leaf.action_line_id in selection.action_lines)
        and (selection.quarters is None or leaf.quarter in selection.quarters)
    ]
    found.sort(
        key=lambda leaf: (
            places[leaf.consortium_id],
            leaf.quarter,
            rows[leaf.indicator_id],
            -1 if leaf.action_line_id is None else lines[leaf.action_line_id],
        )
    )
    return found


# --- computing


@dataclass(frozen=True)
class Asked:
    """A selection with every "all" written out, as far as the state knows the members."""

    consortia: list[int | None]
    action_lines: list[int | None]
    indicators: list[int]
    quarters: list[int]
    has_bounds: bool


def spell_out(selection: Selection, state: State, dimensions: Dimensions) -> Asked:
    known = {row.consortium_id for row in state.counting} | set(state.takes_part) | set(selection.consortia or ())
    consortia: list[int | None] = [None, *(pk for pk in dimensions.consortia if pk in known)]
    lines: list[int | None] = [None, *dimensions.action_lines]
    indicators = [pk for pk in dimensions.indicators if pk in state.definitions]
    return Asked(
        [pk for pk in consortia if selection.consortia is None or pk in selection.consortia],
        [pk for pk in lines if selection.action_lines is None or pk in selection.action_lines],
        [pk for pk in indicators if selection.indicators is None or pk in selection.indicators],
        [pk for pk in dimensions.quarters if selection.quarters is None or pk in selection.quarters],
        selection.has_bounds,
    )


def compute(selection: Selection, state: State, dimensions: Dimensions) -> list[Cell]:
    """The cells from the ledger alone, in the order HIP, action line, indicator, quarter."""
    asked = spell_out(selection, state, dimensions)
    engine = _Engine(asked, state, Participants.of(state, dimensions.quarters.values()))
    return [
        engine.cell((consortium, line), indicator, quarter)
        for consortium in asked.consortia
        for line in asked.action_lines
        for indicator in asked.indicators
        for quarter in asked.quarters
    ]


@dataclass(frozen=True)
class _Frame:
    """What every cell of an indicator in a quarter has in common."""

    definition: IndicatorDefinition
    window: Window
    is_break: bool


_NO_SERIES: dict[int, Pooled] = {}


class _Engine:
    """Everything that the cells of one selection need, read in a handful of queries."""

    def __init__(self, asked: Asked, state: State, participants: Participants) -> None:
        self._state = state
        self._has_bounds = asked.has_bounds
        self._series = pooled_series(state, asked.indicators)
        self._organisations = _organisations(state, asked)
        self._unidentified = _unidentified(state, set(asked.quarters)) if asked.has_bounds else {}
        self._final = {quarter: participants.is_final(state, quarter) for quarter in asked.quarters}
        # The same come back for every HIP, indicator or action line.
        self._frame = cache(self._frame_of)
        self._expected_over = cache(participants.expected_over)
        self._reported_over = cache(participants.reported_over)

    def _frame_of(self, indicator: int, quarter: int) -> _Frame:
        first = self._state.definitions[indicator][0][1]
        since, definition = self._state.definition(indicator, quarter) or (quarter + 1, first)
        is_break = self._state.break_in(indicator, quarter) is not None
        return _Frame(definition, Window(quarter, since), is_break)

    def cell(self, scope: distinct.Scope, indicator: int, quarter: int) -> Cell:
        frame = self._frame(indicator, quarter)
        definition, window = frame.definition, frame.window
        low = high = None
        reported_over: Callable[[range], int]
        if definition.rule in DISTINCT_RULES:
            # A HIP with a counting version has reported its organisations: an empty list is zero.
            reported_over = partial(self._reported_over, scope[0])
            found = self._organisations.get((indicator, scope, quarter), distinct.NONE)
            measures = _of_organisations(found, reported_over, window)
            if self._has_bounds and definition.rule == Rule.COMPANIES and measures.value is not None:
                low, high = self._bounds(scope, indicator, quarter, int(measures.value))
        else:
            series = self._series.get((*scope, indicator), _NO_SERIES)
            reported_over = partial(_reported_in_series, series)
            measures = of_series(definition.kind, series, window) if series else NOT_REPORTED
        return Cell(
            consortium_id=scope[0],
            action_line_id=scope[1],
            indicator_id=indicator,
            quarter=quarter,
            unit=definition.unit,
            is_final=self._final[quarter],
            is_break=frame.is_break,
            measures=measures,
            coverage=Coverage(
                reported=reported_over(window.now),
                expected=self._expected_over(scope[0], range(quarter, quarter + 1)),
                trailing_year_reported=reported_over(window.year),
                trailing_year_expected=self._expected_over(scope[0], window.year),
            ),
            low=low,
            high=high,
        )

    def _bounds(self, scope: distinct.Scope, indicator: int, quarter: int, identified: int) -> tuple[int, int]:
        consortium, line = scope
        selected = {
            hip: {at: count for at, count in lines.items() if line is None or at == line}
            for hip, lines in self._unidentified.get(quarter, {}).items()
            if consortium is None or hip == consortium
        }
        of_hips = {
            hip: self._organisations.get((indicator, (hip, line), quarter), distinct.NONE).value for hip in selected
        }
        return bounds(identified, of_hips, selected)


def _of_organisations(found: distinct.Distinct, reported_over: Callable[[range], int], window: Window) -> Measures:
    now = reported_over(window.now)
    return Measures(
        value=found.value if now else None,
        new=found.new if now else None,
        trailing_year=found.trailing_year if reported_over(window.year) else None,
        cumulative=found.cumulative if reported_over(window.ever) else None,
    )


def _reported_in_series(series: dict[int, Pooled], quarters: range) -> int:
    if not series:
        return 0
    return sum(series[quarter].reported for quarter in quarters if quarter in series)


PooledSeries = dict[tuple[int | None, int | None, int], dict[int, Pooled]]
"""(HIP or None, action line or None, indicator) → quarter → what was reported."""


def pooled_series(state: State, indicators: list[int]) -> PooledSeries:
    """Leaves pooled into every scope. A HIP has reported for a scope where it has at least one row in it."""
    rows = [*leaves.of_state(state, indicators), *leaves.of_cofinancing(state, indicators)]
    of_hips: PooledSeries = defaultdict(dict)
    for leaf in rows:
        total = leaf.value if leaf.value is not None else leaf.numerator or 0
        for line in {leaf.action_line_id, None}:
            series = of_hips[leaf.consortium_id, line, leaf.indicator_id]
            known = series.get(leaf.quarter, NOTHING)
            denominator = known.denominator
            if leaf.denominator is not None:
                denominator = leaf.denominator + (denominator or 0)
            series[leaf.quarter] = Pooled(known.total + total, denominator, reported=1)
    programme: PooledSeries = defaultdict(dict)
    for (_hip, line, indicator), series in of_hips.items():
        for quarter, pooled in series.items():
            known = programme[None, line, indicator].get(quarter, NOTHING)
            programme[None, line, indicator][quarter] = known + pooled
    return {**of_hips, **programme}


def _organisations(state: State, asked: Asked) -> dict[tuple[int, distinct.Scope, int], distinct.Distinct]:
    wanted = []
    for indicator in asked.indicators:
        for quarter in asked.quarters:
            in_force = state.definition(indicator, quarter)
            if in_force is not None and in_force[1].rule in DISTINCT_RULES:
                wanted.append(distinct.Asked(indicator, in_force[1].rule, Window(quarter, in_force[0])))
    per_hip = {consortium is not None for consortium in asked.consortia}
    if asked.has_bounds and any(row.rule == Rule.COMPANIES for row in wanted):
        per_hip.add(True)  # The bounds of the programme look at each HIP.
    per_line = {line is not None for line in asked.action_lines}
    shapes = {(hip, line) for hip in per_hip for line in per_line}
    return distinct.count(state, wanted, shapes)


def _unidentified(state: State, quarters: set[int]) -> dict[int, dict[int, dict[int, int]]]:
    """Companies without a KVK number: quarter → HIP → action line → count."""
    counting = {row.version_id: row for row in state.counting if row.quarter in quarters}
    rows = UnidentifiedCount.objects.filter(version__in=counting).order_by()
    counts: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    for version, line, count in rows.values_list("version_id", "action_line_id", "count"):
        counts[counting[version].quarter][counting[version].consortium_id][line] = count
    return counts


# --- reading what is stored


def _stored(selection: Selection, state: State, dimensions: Dimensions) -> list[Cell] | None:
    """The stored cells; None where they are not of this seq, or were swapped while we read."""
    if state.is_supposed:
        return None
    asked = spell_out(selection, state, dimensions)
    rows = RollUp.objects.filter(
        _one_of("consortium", asked.consortia) & _one_of("action_line", asked.action_lines),
        seq=state.seq,
        indicator__in=asked.indicators,
        quarter__index__in=asked.quarters,
    )
    found = {
        (cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter): cell
        for cell in stored_cells(rows, state)
    }
    keys = [
        (consortium, line, indicator, quarter)
        for consortium in asked.consortia
        for line in asked.action_lines
        for indicator in asked.indicators
        for quarter in asked.quarters
    ]
    return [found[key] for key in keys] if all(key in found for key in keys) else None


def _one_of(field: str, members: Sequence[int | None]) -> Q:
    within = Q(**{f"{field}__in": [pk for pk in members if pk is not None]})
    return within | Q(**{f"{field}__isnull": True}) if None in members else within


def stored_cells(rows: Any, state: State) -> list[Cell]:
    """Stored rows as cells; units come from the definitions of the state."""

    def unit(indicator: int, quarter: int) -> str:
        in_force: tuple[int, IndicatorDefinition] = (
            state.definition(indicator, quarter) or state.definitions[indicator][0]
        )
        return in_force[1].unit

    return [
        Cell(
            consortium_id=row.consortium_id,
            action_line_id=row.action_line_id,
            indicator_id=row.indicator_id,
            quarter=row.quarter.index,
            unit=unit(row.indicator_id, row.quarter.index),
            is_final=row.is_final,
            is_break=row.is_break,
            measures=Measures(
                plain(row.value),
                row.new,
                plain(row.trailing_year),
                plain(row.cumulative),
                row.numerator,
                row.denominator,
            ),
            coverage=Coverage(row.reported, row.expected, row.trailing_year_reported, row.trailing_year_expected),
            low=row.low,
            high=row.high,
        )
        for row in rows.select_related("quarter")
    ]
