"""The HIPs: who they are, where, and what they achieve."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import clock, exports
from consortia.models import ActionLine, Consortium, Partner, PartnerRole
from impact import rollups
from impact.charts import GoalChart
from impact.models import Indicator, Kind
from impact.rollups import Selection
from impact.views import courses, figure_lists, figures, lists, overlap
from impact.views.figures import COMPANIES, YEAR, Key, Reader, Shown

QUARTERS_SHOWN = 4


@dataclass(frozen=True)
class Card:
    """One HIP in the list."""

    consortium: Consortium
    lead: Partner | None
    companies: Shown | None


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator of a HIP: the newest quarter and those before it."""

    indicator: Indicator
    unit: str
    is_stock: bool
    latest: Shown
    quarters: tuple[Shown, ...]


@dataclass(frozen=True)
class LineRow:
    """An indicator by action line, and all lines together."""

    label: Indicator | ActionLine | None
    cells: tuple[Shown, ...]


@require_safe
@cache_control(private=True, no_cache=True)
def hips(request: HttpRequest) -> HttpResponseBase:
    """All HIPs, in their fixed order."""
    reader = Reader(request.user)
    companies = _companies(reader)
    cards = [
        Card(
            consortium=consortium,
            lead=next(iter(consortium.leads), None),  # type: ignore[attr-defined]
            companies=companies.get(consortium.pk),
        )
        for consortium in Consortium.objects.prefetch_related("themes", _leads(clock.today()))
    ]
    if exports.is_asked(request):
        return lists.hips(request, reader, cards)
    quarter = None if reader.latest is None else reader.dimensions.quarters[reader.latest]
    return render(request, "impact/hips.html", {"cards": cards, "quarter": quarter})


def _companies(reader: Reader) -> dict[int | None, Shown]:
    """By HIP, in the newest quarter."""
    companies = reader.indicator(COMPANIES)
    if companies is None or reader.latest is None:
        return {}
    cells = reader.shown(Selection(action_lines=[None], indicators=[companies.pk], quarters=[reader.latest]))
    return {consortium: shown for (consortium, *_rest), shown in cells.items()}


def _leads(day: date) -> Prefetch:
    return Prefetch(
        "partners", queryset=Partner.objects.leading_on(day).select_related("organisation"), to_attr="leads"
    )


@require_safe
@cache_control(private=True, no_cache=True)
def hip(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One HIP and its figures of the newest quarters."""
    consortium = Consortium.objects.prefetch_related("themes", "partnerships").filter(slug=slug).first()
    if consortium is None:
        raise Http404("no such HIP")
    reader = Reader(request.user)
    has_figures = reader.latest is not None and reader.has_reported(consortium)
    if exports.is_asked(request):
        shown = _cells(reader, consortium, reader.latest) if has_figures and reader.latest is not None else {}
        return figure_lists.cells(
            request, reader, shown.values(), name=f"figures-{consortium.slug}", title=consortium.name
        )
    leads = Partner.objects.filter(consortium=consortium, role=PartnerRole.LEAD).select_related("organisation")
    context = {
        "hip": consortium,
        "leads": sorted(leads, key=lambda lead: lead.start_date or date.min, reverse=True),
        "today": clock.today(),
        "takes_part": reader.state.takes_part.get(consortium.pk),
        "recorded_at": reader.recorded_at,
        "seq": reader.seq,
    }
    if has_figures and reader.latest is not None:
        context |= _figures(reader, consortium, reader.latest)
    return render(request, "impact/hip.html", context)


def _shown_quarters(reader: Reader, latest: int) -> list[int]:
    return figures.newest((index for index in reader.ended if index <= latest), QUARTERS_SHOWN)


def _cells(reader: Reader, consortium: Consortium, latest: int) -> dict[Key, Shown]:
    return reader.shown(Selection(consortia=[consortium.pk], quarters=_shown_quarters(reader, latest)))


def _figures(reader: Reader, consortium: Consortium, latest: int) -> dict[str, object]:
    shown, cells = _shown_quarters(reader, latest), _cells(reader, consortium, latest)
    indicators = [row for pk, row in reader.dimensions.indicators.items() if pk in reader.state.definitions]
    rows = [_indicator_row(reader, consortium, indicator, cells, shown) for indicator in indicators]
    companies = reader.indicator(COMPANIES)
    counting = {row.quarter for row in reader.state.counting if row.consortium_id == consortium.pk}
    # A table of dashes would say nothing: where the newest quarter is not in yet, the lines are of the one before.
    by_line = next((index for index in shown if index in counting), shown[0])
    context: dict[str, object] = {
        "quarter": reader.dimensions.quarters[shown[0]],
        "quarters": [reader.dimensions.quarters[index] for index in shown],
        "first_quarter_of_year": figures.year_until(reader.dimensions.quarters[shown[0]], reader.first)[0].id,
        "rows": rows,
        "breaks": figures.breaks_in((cell for row in rows for cell in row.quarters), "value", YEAR, "cumulative"),
        "action_lines": list(reader.dimensions.action_lines.values()),
        "by_line": _by_line(reader, consortium, indicators, cells, by_line),
        "quarter_by_line": reader.dimensions.quarters[by_line],
        "sees_persons_by_line": rollups.sees_everything(reader.user),
        "neighbours": overlap.neighbours(reader, consortium),
    }
    if companies is not None:
        own = {index: cells[consortium.pk, None, companies.pk, index] for index in shown}
        context |= {
            "companies": own[shown[0]],
            "reported": [(reader.dimensions.quarters[index], own[index]) for index in shown],
            "companies_by_line": [
                LineRow(line, (cells[consortium.pk, line.pk if line else None, companies.pk, shown[0]],))
                for line in (*reader.dimensions.action_lines.values(), None)
            ],
            "chart": _chart(reader, consortium, companies),
        }
    return context


def _indicator_row(
    reader: Reader, consortium: Consortium, indicator: Indicator, cells: dict[Key, Shown], shown: Sequence[int]
) -> IndicatorRow:
    own = tuple(cells[consortium.pk, None, indicator.pk, index] for index in shown)
    definition = (reader.state.definition(indicator.pk, shown[0]) or reader.state.definitions[indicator.pk][0])[1]
    return IndicatorRow(
        indicator=indicator,
        unit=figures.unit_word(definition.unit),
        is_stock=definition.kind == Kind.STOCK,
        latest=own[0],
        quarters=own,
    )


def _by_line(
    reader: Reader, consortium: Consortium, indicators: Sequence[Indicator], cells: dict[Key, Shown], quarter: int
) -> list[LineRow]:
    """A quarter by action line; without what may not be shown by line, and what has no lines."""
    rows = []
    for indicator in indicators:
        in_force = reader.state.definition(indicator.pk, quarter)
        own = tuple(
            cells[consortium.pk, line, indicator.pk, quarter] for line in (*reader.dimensions.action_lines, None)
        )
        if in_force is not None and in_force[1].by_action_line and not own[0].cell.withheld:
            rows.append(LineRow(indicator, own))
    return rows


def _chart(reader: Reader, consortium: Consortium, companies: Indicator) -> GoalChart:
    cells = reader.shown(
        Selection(consortia=[consortium.pk], action_lines=[None], indicators=[companies.pk], quarters=reader.ended)
    )
    course = [cells[consortium.pk, None, companies.pk, index] for index in reader.ended]
    title = _("Companies in the four quarters up to each quarter")
    return courses.course_of(course, YEAR, title=title, code=consortium.slug)
