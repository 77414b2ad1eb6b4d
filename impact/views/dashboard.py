"""The front page: where the programme stands, in one number and then in more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import exports
from consortia.models import ActionLine, Consortium
from impact import charts, progress
from impact.charts import Coverage, Share, Sparkline
from impact.models import Indicator, Vintage
from impact.rollups import Selection
from impact.views import figure_lists, figures
from impact.views.figures import COMPANIES, SME, YEAR, Key, Reader, Shown
from impact.views.goals import GoalShown

PER_LINE = (COMPANIES, SME, "partners")
"""What the table of action lines shows, as far as the codebook has it: all three rest on the same reports."""


@dataclass(frozen=True)
class SmeShare:
    """Which part of the companies is micro, small or medium."""

    part: Shown
    whole: Shown
    bar: Share

    @property
    def is_uneven(self) -> bool:
        """Whether the two look at other quarters, because a definition has changed."""
        return self.part.looks_from(YEAR) != self.whole.looks_from(YEAR)


@dataclass(frozen=True)
class HipRow:
    """One HIP in the table: its companies, and whether it has reported the quarter."""

    consortium: Consortium
    companies: Shown | None
    sme: Shown | None
    course: Sparkline


@dataclass(frozen=True)
class LineRow:
    """One action line, or (None) all together."""

    action_line: ActionLine | None
    cells: tuple[Shown | None, ...]


@require_safe
@cache_control(private=True, no_cache=True)
def dashboard(request: HttpRequest) -> HttpResponseBase:
    """Progress of the programme towards its goals, with what it is made of."""
    reader = Reader(request.user)
    goals = [
        GoalShown.of(row, reader)
        for row in progress.read(reader.user, reader.dimensions, state=reader.state)
        if row.goal.indicator_id in reader.state.definitions
    ]
    headline = next((goal for goal in goals if goal.progress.goal.indicator.code == COMPANIES), None)
    latest = headline.progress.latest if headline else None
    quarter = latest.quarter if latest else reader.latest
    if exports.is_asked(request):
        lines, hips = ({}, {}) if quarter is None else _cells(reader, quarter)
        shown = [*lines.values(), *(each for key, each in hips.items() if key[3] == quarter)]
        return figure_lists.cells(request, reader, shown, name="progress", title=_("Progress"))
    context: dict[str, object] = {
        "headline": headline,
        "other_goals": [goal for goal in goals if goal is not headline],
        "seq": reader.seq,
        "recorded_at": reader.recorded_at,
        "newest_vintage": Vintage.objects.order_by("-pk").first(),
    }
    if quarter is not None:
        context |= _parts(reader, quarter)
    return render(request, "impact/dashboard.html", context)


def _columns(reader: Reader) -> list[Indicator]:
    return [indicator for code in PER_LINE if (indicator := reader.indicator(code))]


def _cells(reader: Reader, quarter: int) -> tuple[dict[Key, Shown], dict[Key, Shown]]:
    """The programme by action line in one quarter, and the HIPs in every quarter."""
    columns = _columns(reader)
    lines = reader.shown(Selection(consortia=[None], indicators=[row.pk for row in columns], quarters=[quarter]))
    of_hips = [row for row in columns if row.code in {COMPANIES, SME}]
    hips = reader.shown(Selection(action_lines=[None], indicators=[row.pk for row in of_hips], quarters=reader.ended))
    return lines, hips


def _parts(reader: Reader, quarter: int) -> dict[str, object]:
    """What the headline is made of, in one quarter: SMEs, action lines, HIPs."""
    columns, (lines, hips) = _columns(reader), _cells(reader, quarter)
    companies = reader.indicator(COMPANIES)
    whole = lines.get((None, None, companies.pk, quarter)) if companies else None
    return {
        "quarter": reader.dimensions.quarters[quarter],
        "companies": whole,
        "coverage": _coverage(whole),
        "sme": _sme(reader, lines, quarter),
        "line_columns": columns,
        "line_rows": _line_rows(reader, columns, lines, quarter),
        "line_breaks": figures.breaks_in(lines.values(), YEAR),
        "hip_rows": _hip_rows(reader, hips, quarter),
        "hip_breaks": figures.breaks_in((shown for key, shown in hips.items() if key[3] == quarter), "value", YEAR),
        "course_breaks": [reader.dimensions.quarters[index] for index in _anew(hips.values())],
    }


def _anew(cells: Iterable[Shown]) -> list[int]:
    """Where the courses of companies are broken by another definition."""
    found = {shown.quarter.index for shown in cells if shown.is_anew and shown.indicator.code == COMPANIES}
    return sorted(found - {0})


def _coverage(companies: Shown | None) -> Coverage | None:
    coverage = companies.cell.coverage if companies else None
    return charts.coverage(reported=coverage.reported, expected=coverage.expected) if coverage else None


def _sme(reader: Reader, cells: dict[Key, Shown], quarter: int) -> SmeShare | None:
    companies, sme = reader.indicator(COMPANIES), reader.indicator(SME)
    if companies is None or sme is None:
        return None
    whole, part = cells[None, None, companies.pk, quarter], cells[None, None, sme.pk, quarter]
    share = figures.share_of(part, whole, YEAR)
    return SmeShare(part, whole, charts.share(part=None if share is None else Decimal(share)))


def _line_rows(reader: Reader, columns: Sequence[Indicator], cells: dict[Key, Shown], quarter: int) -> list[LineRow]:
    return [
        LineRow(line, tuple(cells.get((None, line.pk if line else None, row.pk, quarter)) for row in columns))
        for line in (*reader.dimensions.action_lines.values(), None)
    ]


def _hip_rows(reader: Reader, cells: dict[Key, Shown], quarter: int) -> list[HipRow]:
    companies, sme = reader.indicator(COMPANIES), reader.indicator(SME)
    if companies is None:
        return []
    rows = []
    for consortium in reader.dimensions.consortia.values():
        whole = cells.get((consortium.pk, None, companies.pk, quarter))
        part = cells.get((consortium.pk, None, sme.pk, quarter)) if sme else None
        course = [cells.get((consortium.pk, None, companies.pk, each)) for each in reader.ended if each <= quarter]
        rows.append(HipRow(consortium, whole, part, _sparkline(course)))
    return rows


def _sparkline(course: Sequence[Shown | None]) -> Sparkline:
    values = [None if shown is None else shown.measure(YEAR) for shown in course]
    last = next((shown for shown in reversed(course) if shown is not None), None)
    return charts.sparkline(
        values=[None if value is None else Decimal(value) for value in values],
        provisional=last is not None and not last.cell.is_final,
        anew=[index for index, shown in enumerate(course) if shown is not None and shown.is_anew],
    )
