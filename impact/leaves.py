"""The reported numbers that count: what was entered, and the head counts of a group in an action line.

They add up to every flow, stock and ratio. Organisations are counted in `distinct`.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Sum

from impact.ledger import Counting, State
from impact.measures import Number, plain
from impact.models import Figure, Group, Headcount, IndicatorDefinition, Rule, Source
from impact.models.codebook import PERSON_RULES

FIRST_TIME, HEADCOUNT = "first", "all"
HEADCOUNTS: dict[str, tuple[str, str]] = {
    Rule.FIRST_TIME_STUDENTS: (Group.STUDENTS, FIRST_TIME),
    Rule.HEADCOUNT_STUDENTS: (Group.STUDENTS, HEADCOUNT),
    Rule.FIRST_TIME_TEACHERS: (Group.TEACHERS, FIRST_TIME),
    Rule.FIRST_TIME_EMPLOYEES: (Group.EMPLOYEES, FIRST_TIME),
    Rule.FIRST_TIME_JOBSEEKERS: (Group.JOBSEEKERS, FIRST_TIME),
}
"""By rule: the group of persons, and which of its two numbers is counted."""


@dataclass(frozen=True)
class Leaf:
    """A number of one HIP, quarter and indicator, in one action line where the indicator has lines."""

    consortium_id: int
    quarter: int
    action_line_id: int | None
    indicator_id: int
    unit: str
    version_number: int
    seq: int
    value: Number | None = None
    numerator: int | None = None
    denominator: int | None = None
    withheld: bool = False

    def hidden(self) -> "Leaf":
        return replace(self, value=None, numerator=None, denominator=None, withheld=True)


def has_rule(state: State, indicator_id: int, rules: Collection[str]) -> bool:
    """Whether any definition of the indicator is derived in one of these ways."""
    return any(definition.rule in rules for _since, definition in state.definitions.get(indicator_id, ()))


def of_state(state: State, indicators: Collection[int]) -> list[Leaf]:
    """All leaves of these indicators that count as of the state, in no particular order."""
    return [*_entered(state, indicators), *_persons(state, indicators)]


def of_cofinancing(state: State, indicators: Collection[int]) -> Iterator[Leaf]:
    """For indicators derived as co-financing: each part, cash and in kind, as a leaf of the sum."""
    sums = [pk for pk in indicators if has_rule(state, pk, {Rule.COFINANCING})]
    if not sums:
        return
    for leaf in _entered(state, state.parts_of_cofinancing):
        for pk in sums:
            in_force = state.definition(pk, leaf.quarter)
            if in_force is not None and in_force[1].rule == Rule.COFINANCING:
                yield replace(leaf, indicator_id=pk)


def _by_version(state: State) -> dict[int, Counting]:
    return {row.version_id: row for row in state.counting}


def _entered(state: State, indicators: Collection[int]) -> Iterator[Leaf]:
    entered = [pk for pk in indicators if _is_ever_entered(state, pk)]
    if not entered:
        return
    counting = _by_version(state)
    rows = Figure.objects.filter(version__in=counting, indicator__in=entered).order_by()
    for version, line, indicator, value, numerator, denominator in rows.values_list(
        "version_id", "action_line_id", "indicator_id", "value", "numerator", "denominator"
    ):
        in_force = state.definition(indicator, counting[version].quarter)
        if in_force is None or in_force[1].source != Source.ENTERED:
            continue
        yield _leaf(counting[version], line, in_force[1], plain(value), numerator, denominator)


def _is_ever_entered(state: State, indicator_id: int) -> bool:
    return any(definition.source == Source.ENTERED for _since, definition in state.definitions.get(indicator_id, ()))


def _persons(state: State, indicators: Collection[int]) -> Iterator[Leaf]:
    wanted = [pk for pk in indicators if has_rule(state, pk, PERSON_RULES)]
    if not wanted:
        return
    counting = _by_version(state)
    rows: Any = (
        Headcount.objects.filter(version__in=counting)
        .order_by()
        .values_list("version_id", "action_line_id", "group")
        .annotate(first=Sum("first_time"), all=Sum("headcount"))
    )
    for version, line, group, first_time, headcount in rows:
        sums = {FIRST_TIME: int(first_time), HEADCOUNT: int(headcount)}
        for indicator in wanted:
            in_force = state.definition(indicator, counting[version].quarter)
            if in_force is None or in_force[1].rule not in PERSON_RULES:
                continue
            of_group, which = HEADCOUNTS[in_force[1].rule]
            if of_group == group:
                yield _leaf(counting[version], line, in_force[1], sums[which])


def _leaf(
    counting: Counting,
    line: int | None,
    definition: IndicatorDefinition,
    value: Number | None,
    numerator: int | None = None,
    denominator: int | None = None,
) -> Leaf:
    return Leaf(
        consortium_id=counting.consortium_id,
        quarter=counting.quarter,
        action_line_id=line,
        indicator_id=definition.indicator_id,
        unit=definition.unit,
        version_number=counting.version_number,
        seq=counting.seq,
        value=value,
        numerator=numerator,
        denominator=denominator,
    )
