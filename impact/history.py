"""What a HIP said in the four quarters before, row by row; the fourth is the same quarter last year. Reads only."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from impact import edits
from impact.ledger import State
from impact.models import Figure, Headcount, Quarter, ReportVersion, Section, UnidentifiedCount
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine

QUARTERS = 4


@dataclass(frozen=True)
class Past:
    """One earlier quarter: its rows of the section by key, None where the reader knows of no report."""

    quarter: Quarter
    rows: Mapping[str, Line] | None
    is_year_ago: bool


def of(*, consortium: int, quarter: Quarter, state: State, section: str, sees_everything: bool) -> list[Past]:
    """The quarters before, newest first: what counts there, else for whoever may see it the newest version.

    As many queries for a full history as for an empty one.
    """
    first = quarter.index - QUARTERS
    earlier = Quarter.objects.filter(index__range=(first, quarter.index - 1)).order_by("-index")
    counting = {row.quarter: row.version_id for row in state.counting if row.consortium_id == consortium}
    versions = ReportVersion.objects.filter(
        report__consortium=consortium, report__quarter__index__range=(first, quarter.index - 1)
    )
    shown: dict[int, int] = {}
    for pk, index in versions.order_by("-number").values_list("pk", "report__quarter__index"):
        if pk == counting.get(index) or (index not in counting and sees_everything):
            shown.setdefault(index, pk)
    rows = _rows(section, list(shown.values()))
    return [
        Past(
            quarter=each,
            rows=rows.get(shown[each.index], {}) if each.index in shown else None,
            is_year_ago=each.index == first,
        )
        for each in earlier
    ]


def _rows(section: str, versions: list[int]) -> dict[int, dict[str, Line]]:
    """By version the rows of a section by key."""
    found: dict[int, dict[str, Line]] = {}
    for version, line in _lines(section, versions):
        found.setdefault(version, {})[edits.key_of(line)] = line
    return found


def _lines(section: str, versions: list[int]) -> list[tuple[int, Line]]:
    if section == Section.FIGURES:
        figures = Figure.objects.filter(version__in=versions).values_list(
            "version_id", "indicator__code", "action_line__code", "value", "numerator", "denominator"
        )
        return [
            (
                version,
                FigureLine(
                    origin="",
                    indicator=indicator,
                    action_line=line,
                    value=value,
                    numerator=_decimal(numerator),
                    denominator=_decimal(denominator),
                ),
            )
            for version, indicator, line, value, numerator, denominator in figures
        ]
    if section == Section.UNIDENTIFIED:
        counts = UnidentifiedCount.objects.filter(version__in=versions)
        return [
            (version, UnidentifiedLine(origin="", action_line=line, count=Decimal(count)))
            for version, line, count in counts.values_list("version_id", "action_line__code", "count")
        ]
    if section == Section.HEADCOUNTS:
        persons = Headcount.objects.filter(version__in=versions).values_list(
            "version_id", "group", "category", "action_line__code", "institution_code", "headcount", "first_time"
        )
        return [
            (
                version,
                HeadcountLine(
                    origin="",
                    group=group,
                    category=category,
                    action_line=line,
                    institution_code=code,
                    headcount=Decimal(headcount),
                    first_time=Decimal(first_time),
                ),
            )
            for version, group, category, line, code, headcount, first_time in persons
        ]
    return []


def _decimal(number: Any) -> Decimal | None:
    return None if number is None else Decimal(number)
