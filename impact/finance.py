"""What HIPs spent and raised per calendar year, against what they planned. Reads only.

The figures are those of `rollups`, the plan is that of `budgets`. Source: docs/semantics.md, "Money".
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from consortia import clock
from consortia.models import Programme
from impact import budgets, rollups
from impact.budgets import Plan
from impact.coverage import Participants
from impact.ledger import State
from impact.models import Kind, Rule
from impact.models.codebook import EURO, PARTS_OF_COFINANCING
from impact.rollups import Cell, Dimensions, Selection

THRESHOLD = Decimal("0.25")
"""A deviation above this share of the plan asks for a change request to RVO."""
COSTS = "project-costs"
CASH, IN_KIND = PARTS_OF_COFINANCING
COFINANCING = "cofinancing"

_Key = tuple[int | None, int, int]


@dataclass(frozen=True)
class Amount:
    """One HIP, or the programme (None), one calendar year and one item. Amounts in euro."""

    consortium_id: int | None
    year: int
    indicator_id: int
    realised: Decimal | None
    """The sum of the quarters of the year that were reported; None where none was."""
    reported: int
    expected: int
    """HIP-quarters: of the quarters of the year that have ended."""
    is_year_over: bool
    planned: Decimal | None
    """None: not known; for the programme also where it is not known for every HIP that is expected."""
    planned_for: int
    to_plan_for: int
    """HIPs: for how many of those that are expected in the year there is a plan."""

    @property
    def is_complete(self) -> bool:
        """Whether the year is over and every quarter that was expected has been reported."""
        return self.is_year_over and self.reported >= self.expected

    @property
    def difference(self) -> Decimal | None:
        if self.realised is None or self.planned is None:
            return None
        return self.realised - self.planned

    @property
    def deviation(self) -> Decimal | None:
        """The difference as a share of the plan; None where it is not known, or nothing was planned."""
        if self.difference is None or not self.planned:
            return None
        return self.difference / self.planned

    @property
    def is_flagged(self) -> bool:
        """More than a quarter above the plan; or, once the year is complete, more than a quarter below it."""
        if self.difference is None or self.planned is None:
            return False
        most = THRESHOLD * self.planned
        return self.difference > most or (self.is_complete and self.difference < -most)


@dataclass(frozen=True)
class Finance:
    """The money of the HIPs that were asked for, as of a state and a plan."""

    state: State
    plan: Plan
    years: tuple[int, ...]
    items: tuple[int, ...]
    """Indicators in euro, in the order of the codebook; entered ones and the sum of co-financing."""
    quarters: Mapping[int, tuple[int, ...]]
    """By year the quarters of the programme in it."""
    amounts: Mapping[_Key, Amount]
    cells: Mapping[tuple[int | None, int, int], Cell]
    """By HIP, item and quarter: what a year is the sum of."""

    def of(self, consortium: int | None, year: int, indicator: int) -> Amount:
        return self.amounts[consortium, year, indicator]

    def total(self, consortium: int | None, indicator: int) -> Decimal | None:
        """Over all years; None where nothing was reported."""
        known = [
            amount.realised
            for (hip, _year, item), amount in self.amounts.items()
            if (hip, item) == (consortium, indicator) and amount.realised is not None
        ]
        return sum(known, Decimal(0)) if known else None

    def planned_total(self, consortium: int | None, indicator: int) -> Decimal | None:
        """Over all years; None unless every year has a plan."""
        planned = [self.amounts[consortium, year, indicator].planned for year in self.years]
        return None if None in planned else sum((each for each in planned if each is not None), Decimal(0))

    def coverage(self, consortium: int | None, indicator: int) -> tuple[int, int]:
        """HIP-quarters reported and expected, over all years."""
        rows = [self.amounts[consortium, year, indicator] for year in self.years]
        return sum(row.reported for row in rows), sum(row.expected for row in rows)


def read(
    user: Any,
    state: State,
    dimensions: Dimensions,
    *,
    consortia: Collection[int],
    plan: Plan | None = None,
    today: date | None = None,
) -> Finance:
    """The amounts of these HIPs, and of the programme as a whole, per calendar year and item.

    `today`: which quarters have ended by then. As many queries for all HIPs as for one.
    """
    plan = plan or budgets.read()
    today = today or clock.today()
    quarters: dict[int, list[int]] = {}
    for index, quarter in dimensions.quarters.items():
        quarters.setdefault(quarter.start_date.year, []).append(index)
    items = items_of(state, dimensions)
    members: list[int | None] = [None, *(pk for pk in dimensions.consortia if pk in consortia)]
    selection = Selection(consortia=members, action_lines=[None], indicators=items, has_bounds=False)
    cells = {
        (cell.consortium_id, cell.indicator_id, cell.quarter): cell
        for cell in rollups.read(selection, user, dimensions, state=state)
    }
    ended = {index for index, quarter in dimensions.quarters.items() if quarter.end_date < today}
    expected = Participants.of(state, dimensions.quarters.values()).expected
    parts = [pk for pk in items if dimensions.indicators[pk].code in PARTS_OF_COFINANCING]
    amounts = {}
    for year, of_year in quarters.items():
        hips = frozenset[int]().union(*(expected[index] for index in of_year))
        for indicator in items:
            wanted = parts if _is_sum(state, indicator) else [indicator]
            for consortium in members:
                plans = [
                    _planned(plan, hip, year, wanted)
                    for hip in (sorted(hips) if consortium is None else [consortium] if consortium in hips else [])
                ]
                known = [each for each in plans if each is not None]
                found = [cells[consortium, indicator, index] for index in of_year]
                reported = [cell.measures.value for cell in found if cell.measures.value is not None]
                counted = [cell.coverage for cell in found if cell.coverage and cell.quarter in ended]
                amounts[consortium, year, indicator] = Amount(
                    consortium_id=consortium,
                    year=year,
                    indicator_id=indicator,
                    realised=sum((Decimal(each) for each in reported), Decimal(0)) if reported else None,
                    reported=sum(each.reported for each in counted),
                    expected=sum(each.expected for each in counted),
                    is_year_over=all(index in ended for index in of_year),
                    planned=sum(known, Decimal(0)) if known and len(known) == len(plans) else None,
                    planned_for=len(known),
                    to_plan_for=len(plans),
                )
    return Finance(
        state=state,
        plan=plan,
        years=tuple(sorted(quarters)),
        items=tuple(items),
        quarters={year: tuple(of_year) for year, of_year in quarters.items()},
        amounts=amounts,
        cells=cells,
    )


def items_of(state: State, dimensions: Dimensions) -> list[int]:
    """What is counted in euro: what HIPs enter, and the sum of co-financing."""
    entered = set(budgets.items(state))
    return [pk for pk in dimensions.indicators if pk in entered or _is_sum(state, pk)]


def _is_sum(state: State, indicator: int) -> bool:
    known = state.definitions.get(indicator, ())
    return bool(known) and (known[-1][1].rule, known[-1][1].unit, known[-1][1].kind) == (
        Rule.COFINANCING,
        EURO,
        Kind.FLOW,
    )


def _planned(plan: Plan, consortium: int, year: int, wanted: Collection[int]) -> Decimal | None:
    """The plan of a HIP; of a sum only where each of its parts has one."""
    parts = [plan.amounts.get((consortium, year, indicator)) for indicator in wanted]
    return None if None in parts or not parts else sum((each for each in parts if each is not None), Decimal(0))


def grant_of(costs: Decimal | None) -> Decimal | None:
    """The part of realised costs that the grant covers, by the share of the programme; not what RVO will decide."""
    programme = Programme.objects.first()
    if programme is None or costs is None:
        return None
    return (costs * programme.grant_share).quantize(Decimal("0.01"))
