"""A reported number and a roll-up cell as the rows in which everybody outside gets them.

The API answers with these, and the hashes of a vintage are made of them: by the same functions, so that the two cannot
grow apart. Keys may be added; what is there keeps its name and its meaning.
"""

from typing import Any

from impact.leaves import Leaf
from impact.measures import plain
from impact.rollups import Cell, Dimensions


def figure(leaf: Leaf, dimensions: Dimensions) -> dict[str, Any]:
    line = leaf.action_line_id
    return {
        "consortium": dimensions.consortia[leaf.consortium_id].slug,
        "period": dimensions.quarters[leaf.quarter].pk,
        "actionLine": None if line is None else dimensions.action_lines[line].code,
        "indicator": dimensions.indicators[leaf.indicator_id].code,
        "value": plain(leaf.value),
        "numerator": leaf.numerator,
        "denominator": leaf.denominator,
        "unit": leaf.unit,
        "version": leaf.version_number,
        "seq": leaf.seq,
        "withheld": leaf.withheld,
    }


def roll_up(cell: Cell, dimensions: Dimensions) -> dict[str, Any]:
    hip, line, measures, coverage = cell.consortium_id, cell.action_line_id, cell.measures, cell.coverage
    return {
        "consortium": None if hip is None else dimensions.consortia[hip].slug,
        "actionLine": None if line is None else dimensions.action_lines[line].code,
        "indicator": dimensions.indicators[cell.indicator_id].code,
        "period": dimensions.quarters[cell.quarter].pk,
        "value": plain(measures.value),
        "new": measures.new,
        "trailingYear": plain(measures.trailing_year),
        "cumulative": plain(measures.cumulative),
        "low": cell.low,
        "high": cell.high,
        "numerator": measures.numerator,
        "denominator": measures.denominator,
        "reported": coverage and coverage.reported,
        "expected": coverage and coverage.expected,
        "trailingYearReported": coverage and coverage.trailing_year_reported,
        "trailingYearExpected": coverage and coverage.trailing_year_expected,
        "status": "final" if cell.is_final else "provisional",
        "unit": cell.unit,
        "withheld": cell.withheld,
        "break": cell.is_break,
    }


_PLACE = ("consortium", "actionLine", "indicator", "period")


def change(before: Cell, after: Cell, dimensions: Dimensions) -> dict[str, Any]:
    """A cell that becomes another: where it is, and both sides with the keys of a roll-up."""
    old, new = roll_up(before, dimensions), roll_up(after, dimensions)
    return {key: new[key] for key in _PLACE} | {
        "before": {key: value for key, value in old.items() if key not in (*_PLACE, "withheld")},
        "after": {key: value for key, value in new.items() if key not in (*_PLACE, "withheld")},
    }
