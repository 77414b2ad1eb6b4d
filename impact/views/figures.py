"""Figures as the pages show them: roll-up cells with the names under which the API gives them, all of one moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from consortia import clock, notation
from consortia.models import ActionLine, Consortium
from impact import ledger, quarters, rollups
from impact.measures import QUARTERS_IN_A_YEAR, Number, share
from impact.models import Indicator, Kind, LedgerEntry, Measure, Quarter
from impact.models.codebook import EURO, PERSON_RULES
from impact.quarters import CalendarQuarter
from impact.rollups import Cell, Dimensions, Selection

SHARE = "share"
YEAR = Measure.TRAILING_YEAR.value
_MEASURES = ("value", "new", YEAR, Measure.CUMULATIVE.value)
COMPANIES, SME = "companies", "companies-sme"
EVERYTHING = "none"
"""As the API's filters say it: the whole programme, or all action lines together."""

UNITS: dict[str, Promise] = {
    "companies": _("companies"),
    "organisations": _("organisations"),
    "persons": _("persons"),
    "participations": _("participations"),
    "assignments": _("assignments"),
    "projects": _("projects"),
    "programmes": _("programmes"),
    "courses": _("courses"),
    "completed / enrolled": _("completed / enrolled"),
    "communities": _("communities"),
    "locations": _("locations"),
    "euro": _("euro"),
}


def unit_word(unit: str) -> str:
    """The unit in the reader's language; one that the office has added stays as it was entered."""
    return str(UNITS.get(unit, unit))


@dataclass(frozen=True)
class Shown:
    """A cell, and who, what and when it is about."""

    cell: Cell
    consortium: Consortium | None
    action_line: ActionLine | None
    indicator: Indicator
    quarter: Quarter
    notation: str
    """`euro`, `share`, or empty for a plain number; what the `measure` filter takes."""
    as_of: int | None = None
    """The seq that was asked for; None where the page shows what is known now."""
    since: int = 0
    """The quarter from which the definition in force holds."""
    broken_from: Quarter | None = None
    """The same, where another definition held before."""
    kind: str = ""

    @property
    def is_stock(self) -> bool:
        return self.kind == Kind.STOCK

    @property
    def is_anew(self) -> bool:
        """Whether another definition holds from this very quarter on."""
        return self.broken_from is not None and self.broken_from.index == self.quarter.index

    def looks_from(self, measure: str) -> int:
        """The first quarter that a measure looks at, as far as the definition goes back."""
        if measure == "cumulative" and not self.is_stock:
            return self.since
        if measure == YEAR and not self.is_stock:
            return max(self.since, self.quarter.index - QUARTERS_IN_A_YEAR + 1)
        return self.quarter.index

    def is_cut(self, measure: str) -> bool:
        """Whether the measure would say something else, or not begin here, had the definition not changed."""
        if self.broken_from is None or self.cell.withheld or measure not in _MEASURES:
            return False
        if self.is_anew:
            return True
        if measure == YEAR:
            return not self.is_stock and self.since > self.quarter.index - QUARTERS_IN_A_YEAR + 1
        return measure in ("new", "cumulative") and not self.is_stock

    def measure(self, name: str) -> Number | None:
        """A measure by its name in the API; None also where it is withheld."""
        measures, coverage = self.cell.measures, self.cell.coverage
        match name:
            case "value":
                return measures.value
            case "new":
                return measures.new
            case "trailingYear":
                return measures.trailing_year
            case "cumulative":
                return measures.cumulative
            case "low":
                return self.cell.low
            case "high":
                return self.cell.high
            case "numerator":
                return measures.numerator
            case "denominator":
                return measures.denominator
        if coverage is None:
            return None
        return {
            "reported": coverage.reported,
            "expected": coverage.expected,
            "trailingYearReported": coverage.trailing_year_reported,
            "trailingYearExpected": coverage.trailing_year_expected,
        }[name]

    def has_no_denominator(self, name: str) -> bool:
        """Whether a share is missing though it was reported: it is a share of nothing."""
        if self.notation != SHARE or self.measure(name) is not None:
            return False
        return bool(self.measure("reported" if name == "value" else "trailingYearReported"))

    @property
    def is_bounded(self) -> bool:
        """Whether companies without a KVK number leave a range rather than one value."""
        return self.cell.high is not None and self.cell.high != self.cell.measures.value


Key = tuple[int | None, int | None, int, int]
"""HIP or None, action line or None, indicator, quarter."""


class Reader:
    """All that one page reads: as of the newest seq when it began, or of the seq that is asked for."""

    def __init__(self, user: Any, as_of: int | None = None) -> None:
        self.user = user
        self.as_of = as_of
        entries = LedgerEntry.objects.all() if as_of is None else LedgerEntry.objects.filter(seq__lte=as_of)
        newest = entries.order_by("-seq").values_list("seq", "recorded_at").first()
        self.seq: int = newest[0] if newest else 0
        self.recorded_at: datetime | None = newest[1] if newest else None
        self.dimensions = Dimensions.read()
        self.state = ledger.resolve(self.seq)

    @cached_property
    def ended(self) -> list[int]:
        """The quarters that have ended, oldest first."""
        return [index for index, quarter in self.dimensions.quarters.items() if quarter.end_date < clock.today()]

    @cached_property
    def first(self) -> Quarter:
        return self.dimensions.quarters[min(self.dimensions.quarters)]

    @cached_property
    def latest(self) -> int | None:
        """The newest ended quarter for which any report counts."""
        counting = {row.quarter for row in self.state.counting}
        return max(counting.intersection(self.ended), default=None)

    def indicator(self, code: str) -> Indicator | None:
        """By its code; None where the codebook does not have it, or does not say yet what it means."""
        return next(
            (
                row
                for row in self.dimensions.indicators.values()
                if row.code == code and row.pk in self.state.definitions
            ),
            None,
        )

    def is_about_persons(self, indicator: Indicator) -> bool:
        return any(definition.rule in PERSON_RULES for _since, definition in self.state.definitions[indicator.pk])

    def has_reported(self, consortium: Consortium) -> bool:
        """Whether any report of the HIP counts, for whichever quarter that has ended."""
        return any(row.consortium_id == consortium.pk and row.quarter in self.ended for row in self.state.counting)

    def shown(self, selection: Selection) -> dict[Key, Shown]:
        return self.shown_of(rollups.read(selection, self.user, self.dimensions, state=self.state))

    def shown_of(self, cells: Iterable[Cell]) -> dict[Key, Shown]:
        """Cells that were read as this reader may see them."""
        return {
            (cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter): self._shown(cell)
            for cell in cells
        }

    def _shown(self, cell: Cell) -> Shown:
        dimensions, indicator = self.dimensions, cell.indicator_id
        since, definition = self.state.definition(indicator, cell.quarter) or self.state.definitions[indicator][0]
        return Shown(
            cell=cell,
            consortium=None if cell.consortium_id is None else dimensions.consortia[cell.consortium_id],
            action_line=None if cell.action_line_id is None else dimensions.action_lines[cell.action_line_id],
            indicator=dimensions.indicators[cell.indicator_id],
            quarter=dimensions.quarters[cell.quarter],
            notation=SHARE if definition.kind == Kind.RATIO else EURO if cell.unit == EURO else "",
            as_of=self.as_of,
            since=since,
            broken_from=dimensions.quarters[since] if cell.is_break else None,
            kind=definition.kind,
        )


def why_address(
    *, consortium: str, line: str, indicator: str, period: str, measure: str, as_of: int | None = None
) -> str:
    """The page that says why a number is what it is; codes as the API takes them."""
    asked = {
        "hip": "" if consortium == EVERYTHING else consortium,
        "actielijn": "" if line == EVERYTHING else line,
        "indicator": indicator,
        "kwartaal": period,
        "maat": "" if measure == "value" else measure,
        "peilmoment": "" if as_of is None else str(as_of),
    }
    return f"{reverse('impact:lineage')}?{urlencode({key: value for key, value in asked.items() if value})}"


def why_of(shown: Shown, measure: str) -> str:
    """As `why_address`, for a measure of a cell."""
    return why_address(
        consortium=shown.consortium.slug if shown.consortium else EVERYTHING,
        line=shown.action_line.code if shown.action_line else EVERYTHING,
        indicator=shown.indicator.code,
        period=shown.quarter.pk,
        measure=measure,
        as_of=shown.as_of,
    )


def why_goal(goal: str, number: str, as_of: int | None = None) -> str:
    """The page that works out a number that follows from the latest figure of a goal."""
    asked = {"doel": goal, "maat": number, "peilmoment": "" if as_of is None else str(as_of)}
    return f"{reverse('impact:lineage')}?{urlencode({key: value for key, value in asked.items() if value})}"


def why_share(part: Shown, measure: str) -> str:
    """The page that works out which part of the companies the number is."""
    return f"{why_of(part, measure)}&{urlencode({'deelvan': COMPANIES})}"


def share_of(part: Shown | None, whole: Shown | None, measure: str) -> Number | None:
    """What part of the whole it is; None where one of the two is not known, or there is nothing to share.

    None, too, where a changed definition makes one of them look at other quarters than the other.
    """
    if part and whole and part.looks_from(measure) != whole.looks_from(measure):
        return None
    numerator = part.measure(measure) if part else None
    denominator = whole.measure(measure) if whole else None
    return None if numerator is None or denominator is None else share(numerator, denominator)


@dataclass(frozen=True)
class Break:
    """From this quarter on the indicator means something else than before."""

    indicator: Indicator
    quarter: Quarter


def breaks_in(cells: Iterable[Shown | None], *measures: str) -> list[Break]:
    """What the marks in a table of these measures stand for, each once."""
    found = {
        (shown.indicator.pk, shown.broken_from.pk): Break(shown.indicator, shown.broken_from)
        for shown in cells
        if shown is not None and shown.broken_from is not None and any(shown.is_cut(name) for name in measures)
    }
    return list(found.values())


def year_until(quarter: Quarter, first: Quarter) -> tuple[CalendarQuarter, CalendarQuarter]:
    """The first and the last quarter of a trailing year; at the beginning it is as long as the programme is."""
    last = quarters.parse(quarter.pk)
    start = max(last.ordinal - QUARTERS_IN_A_YEAR + 1, quarters.parse(first.pk).ordinal)
    return quarters.from_ordinal(start), last


def school_years(quarter: Quarter, first: Quarter) -> list[str]:
    """The school years that a trailing year lies in: one or two."""
    start, last = year_until(quarter, first)
    return sorted({start.school_year, last.school_year})


def write(value: Number, unit: str, *, language: str) -> str:
    """A value as a chart writes it: short."""
    if unit == EURO:
        return notation.euro_millions(value, language=language)
    if unit == SHARE:
        return notation.percentage(value, language=language)
    return notation.number(value, language=language)


def newest(indexes: Iterable[int], count: int) -> list[int]:
    """The last few quarters, newest first."""
    return sorted(indexes, reverse=True)[:count]
