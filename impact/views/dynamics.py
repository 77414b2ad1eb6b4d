"""Organisations that are new, stayed, returned or left per quarter, and what becomes of those that begin together."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import exports, notation
from consortia.models import ActionLine, Consortium
from impact import bars
from impact.bars import ABOVE, BELOW, BarChart
from impact.dynamics import Cohort, Dynamics, Movement
from impact.forms.overlap import ScopeForm, of_indicators
from impact.models import Indicator, Quarter
from impact.rollups import Selection
from impact.views import figures, lists
from impact.views.figures import COMPANIES, EVERYTHING, Reader, Shown
from impact.views.overlap import indicators_of, step_of

WORDS = {
    "stayed": pgettext_lazy("organisations", "stayed"),
    "returning": pgettext_lazy("organisations", "returned"),
    "new": pgettext_lazy("organisations", "new"),
    "lost": pgettext_lazy("organisations", "left"),
    "unknown": pgettext_lazy("organisations", "not known"),
}


@dataclass(frozen=True)
class QuarterRow:
    """A quarter of the course: what happened, and the roll-up cell that it belongs to."""

    quarter: Quarter
    movement: Movement
    shown: Shown
    is_restart: bool
    """A changed definition begins here."""


@dataclass(frozen=True)
class CohortCell:
    """How many of a cohort take part in a later quarter; nothing before it began or where nobody reported."""

    number: int | None
    share: Decimal | None
    step: int


@dataclass(frozen=True)
class CohortRow:
    quarter: Quarter
    size: int
    is_first: bool
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True)
class Course:
    """What is chosen, and its quarters so far."""

    reader: Reader
    consortium: Consortium | None
    action_line: ActionLine | None
    indicator: Indicator
    rows: tuple[QuarterRow, ...]
    cohorts: tuple[CohortRow, ...]
    cohort_quarters: tuple[QuarterRow, ...]

    @property
    def latest(self) -> QuarterRow | None:
        """The newest quarter that anybody of it reported."""
        return next((row for row in reversed(self.rows) if row.movement.present is not None), None)

    @property
    def before(self) -> QuarterRow | None:
        """The quarter before the newest, where the two can be compared."""
        latest = self.latest
        if latest is None or latest.movement.lost is None:
            return None
        return next((row for row in self.rows if row.quarter.index == latest.quarter.index - 1), None)

    @property
    def query(self) -> str:
        """What is chosen, as the API takes it."""
        return urlencode(
            {
                "consortium": self.consortium.slug if self.consortium else EVERYTHING,
                "actionLine": self.action_line.code if self.action_line else EVERYTHING,
                "indicator": self.indicator.code,
            }
        )

    @property
    def unit(self) -> str:
        return figures.unit_word((self.latest or self.rows[-1]).shown.cell.unit)

    @property
    def key(self) -> list[tuple[str, Any]]:
        """The parts of the bars that there are, and what they are."""
        return [(name, word) for name, word in WORDS.items() if any(getattr(row.movement, name) for row in self.rows)]

    @property
    def chart(self) -> BarChart:
        language = get_language() or notation.DUTCH
        quarters = [
            bars.Quarter(
                label=notation.quarter(row.quarter.pk, language=language),
                parts={name: getattr(row.movement, name) for name in (*ABOVE, *BELOW)},
                provisional=not row.shown.cell.is_final,
            )
            for row in self.rows
        ]
        return bars.bar_chart(
            title=_("New, stayed, returned and left per quarter"),
            description=_("The table below has the same figures."),
            quarters=quarters,
            write=lambda value: notation.number(value, language=language),
        )


@require_safe
@cache_control(private=True, no_cache=True)
def dynamics(request: HttpRequest) -> HttpResponseBase:
    """The course of the programme or a HIP, in all lines or one, with its cohorts."""
    reader = Reader(request.user)
    form, course = _chosen(reader, request.GET)
    if course is not None and exports.is_asked(request):
        return lists.dynamics(request, course)
    context = {
        "choice": form,
        "course": course,
        "as_data": course and f"/api/v1/dynamics?{course.query}",
        "seq": reader.seq,
        "recorded_at": reader.recorded_at,
    }
    return render(request, "impact/dynamics.html", context)


def _chosen(reader: Reader, given: Mapping[str, str]) -> tuple[ScopeForm, Course | None]:
    indicators = {row.code: row for row in indicators_of(reader)}
    first = COMPANIES if COMPANIES in indicators else next(iter(indicators), "")
    choices = {"indicator": of_indicators(indicators.values())}
    form = ScopeForm(given, defaults={"indicator": first}, choices=choices)
    if reader.latest is None or not indicators:
        return form, None
    hip, line = form.value("hip") or None, form.value("line") or None
    return form, _course(reader, hip, line, indicators[form.value("indicator")], reader.latest)


def _course(
    reader: Reader, hip: Consortium | None, line: ActionLine | None, indicator: Indicator, latest: int
) -> Course:
    scope = (hip.pk if hip else None, line.pk if line else None)
    quarters = [index for index in reader.ended if index <= latest]
    counted = Dynamics(reader.state, reader.dimensions.quarters.values(), [scope], [indicator.pk])
    cells = reader.shown(
        Selection(consortia=[scope[0]], action_lines=[scope[1]], indicators=[indicator.pk], quarters=quarters)
    )
    rows = [
        QuarterRow(
            quarter=reader.dimensions.quarters[index],
            movement=counted.movement(scope, indicator.pk, index),
            shown=cells[*scope, indicator.pk, index],
            is_restart=_begins_anew(reader, indicator, index),
        )
        for index in quarters
    ]
    cohorts = counted.retention(scope, indicator.pk, latest)
    later = [row for row in rows if any(row.quarter.index in each.present for each in cohorts)]
    return Course(
        reader=reader,
        consortium=hip,
        action_line=line,
        indicator=indicator,
        rows=tuple(rows),
        cohorts=tuple(_cohort(reader, each, later) for each in cohorts if each.size or each.is_first),
        cohort_quarters=tuple(later),
    )


def _begins_anew(reader: Reader, indicator: Indicator, quarter: int) -> bool:
    definitions = reader.state.definitions[indicator.pk]
    return any(since == quarter for since, _definition in definitions[1:])


def _cohort(reader: Reader, cohort: Cohort, later: list[QuarterRow]) -> CohortRow:
    cells = []
    for row in later:
        number = cohort.present.get(row.quarter.index)
        part = None if number is None else cohort.share(row.quarter.index)
        cells.append(CohortCell(number, part, step_of(part, largest=Decimal(1))))
    return CohortRow(reader.dimensions.quarters[cohort.quarter], cohort.size, cohort.is_first, tuple(cells))
