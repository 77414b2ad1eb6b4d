"""The overlap explorer: which organisations connect which HIPs, and who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import exports
from consortia.models import Consortium
from consortia.templatetags import portal
from impact import charts, overlap
from impact.charts import Share
from impact.forms.overlap import SpanForm, WantedForm, of_indicators
from impact.measures import mask, share
from impact.models import Indicator, Measure, Quarter
from impact.models.codebook import DISTINCT_RULES
from impact.overlap import Members, Overlaps, Span, Wanted
from impact.rollups import Selection
from impact.views import figures, lists
from impact.views.figures import COMPANIES, YEAR, Reader, Shown

KEPT_FOR = 24 * 60 * 60
STEPS = 5
"""Of shade: from a share of nearly nothing to the largest that is shown."""
MOST_NEIGHBOURS = 5


def step_of(part: Decimal | None, largest: Decimal) -> int:
    """How dark a share is shown, beside the largest one; 0 for none at all."""
    if not part:
        return 0
    return int((part / largest * STEPS).to_integral_value(ROUND_CEILING))


def indicators_of(reader: Reader) -> list[Indicator]:
    """Those that count different organisations."""
    return [
        row
        for pk, row in reader.dimensions.indicators.items()
        if any(definition.rule in DISTINCT_RULES for _since, definition in reader.state.definitions.get(pk, ()))
    ]


def counted(reader: Reader, span: Span | None) -> Overlaps:
    """The overlaps over a span, kept by the ledger entry that they follow from."""
    # The time as well: a database that was put back can come by the same seq again.
    moment = reader.recorded_at and reader.recorded_at.isoformat()
    key = f"overlap:2:{reader.seq}:{moment}:{span and (span.rule, mask(span.quarters))}".replace(" ", "")
    # Plain values only: what an older release has kept can still be read.
    known = cache.get(key)
    if known is not None:
        reported, sets = known
        return Overlaps(frozenset(reported), {frozenset(hips): number for hips, number in sets})
    found = overlap.count(reader.state, [span])[0]
    cache.set(key, (sorted(found.reported), [(sorted(hips), n) for hips, n in found.sets.items()]), KEPT_FOR)
    return found


@dataclass(frozen=True)
class View:
    """An indicator over a window: what is chosen, what it is called, and what was counted."""

    reader: Reader
    indicator: Indicator
    quarter: Quarter
    measure: str
    overlaps: Overlaps
    span: Span | None
    programme: Shown

    @classmethod
    def of(cls, reader: Reader, indicator: Indicator, quarter: int, measure: str) -> "View":
        span = overlap.span_of(reader.state, indicator.pk, quarter, measure)
        cells = reader.shown(
            Selection(consortia=[None], action_lines=[None], indicators=[indicator.pk], quarters=[quarter])
        )
        return cls(
            reader=reader,
            indicator=indicator,
            quarter=reader.dimensions.quarters[quarter],
            measure=measure,
            overlaps=counted(reader, span),
            span=span,
            programme=cells[None, None, indicator.pk, quarter],
        )

    @property
    def unit(self) -> str:
        return figures.unit_word(self.programme.cell.unit)

    @property
    def window(self) -> str:
        """Which quarters it is about, in words."""
        last = portal.quarter(self.quarter.pk)
        match self.measure:
            case Measure.TRAILING_YEAR:
                start, _end = figures.year_until(self.quarter, self.reader.first)
                return _("the four quarters %(first)s to %(last)s") % {"first": portal.quarter(start.id), "last": last}
            case Measure.CUMULATIVE:
                return _("from the start up to and including %(last)s") % {"last": last}
        return last

    @property
    def reported(self) -> int:
        """HIPs that reported anything in the window: of any other the overlap is not known."""
        return len(self.overlaps.reported)

    def query(self, **wanted: str | int) -> str:
        return urlencode(
            {"indicator": self.indicator.code, "period": self.quarter.pk, "measure": self.measure, **wanted}
        )

    def address(self, **wanted: str | int) -> str:
        """The page with the organisations."""
        return f"{reverse('impact:overlap_organisations')}?{self.query(**wanted)}"


@dataclass(frozen=True)
class MatrixCell:
    """What the HIP of the row shares with that of the column."""

    other: Consortium
    value: int | None
    step: int
    share: Decimal | None
    is_own: bool
    address: str


@dataclass(frozen=True)
class MatrixRow:
    consortium: Consortium
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True)
class InSoMany:
    """How many organisations are in exactly so many HIPs, and in so many or more."""

    hips: int
    number: int
    share: Decimal | None
    bar: Share
    or_more: int | None
    address: str

    @property
    def exactly(self) -> str:
        """Where it stands how the exact number follows from the others."""
        return f"{self.address}#sum"


def matrix(view: View) -> list[MatrixRow]:
    known = set(view.reader.state.takes_part) | view.overlaps.reported
    hips = [row for pk, row in view.reader.dimensions.consortia.items() if pk in known]
    largest = largest_share(view)
    return [MatrixRow(row, tuple(_cell(view, row, other, largest) for other in hips)) for row in hips]


def largest_share(view: View) -> Decimal:
    """The largest part of any HIP that another HIP lists as well."""
    hips = view.overlaps.reported
    return max((_share(view, hip, other) or Decimal(0) for hip in hips for other in hips - {hip}), default=Decimal(0))


def _share(view: View, hip: int, other: int) -> Decimal | None:
    value, own = view.overlaps.between(hip, other), view.overlaps.between(hip, hip)
    return None if value is None or not own else share(value, own)


def _cell(view: View, row: Consortium, other: Consortium, largest: Decimal) -> MatrixCell:
    is_own = row == other
    part = None if is_own else _share(view, row.pk, other.pk)
    names = {"hip": row.slug} if is_own else {"hip": row.slug, "other": other.slug}
    value = view.overlaps.between(row.pk, other.pk)
    return MatrixCell(other, value, step_of(part, largest), part, is_own, view.address(**names))


def in_so_many(view: View) -> list[InSoMany]:
    total = view.overlaps.total or 0
    rows = []
    for size, number in view.overlaps.in_exactly().items():
        part = share(number, total)
        or_more = view.overlaps.number_of(Wanted(at_least=size))
        bar = charts.share(part=part, width=240)
        rows.append(InSoMany(size, number, part, bar, or_more, view.address(least=size)))
    return rows


@require_safe
@cache_control(private=True, no_cache=True)
def overlaps(request: HttpRequest) -> HttpResponseBase:
    """Every pair of HIPs, and in how many HIPs organisations take part."""
    reader = Reader(request.user)
    form, view = _chosen(reader, SpanForm, request.GET)
    context: dict[str, object] = {
        "choice": form,
        "view": view,
        "seq": reader.seq,
        "recorded_at": reader.recorded_at,
    }
    if view is not None and exports.is_asked(request):
        return lists.overlaps(request, view, matrix(view), in_so_many(view))
    if view is not None:
        largest = largest_share(view)
        context |= {
            "shared": view.overlaps.number_of(Wanted(at_least=2)),
            "shared_address": view.address(least=2),
            "rows": matrix(view),
            "key": [(step, largest * step / STEPS) for step in range(1, STEPS + 1)] if largest else [],
            "sizes": in_so_many(view),
            "as_data": f"/api/v1/overlaps?{view.query()}",
        }
    return render(request, "impact/overlap.html", context)


def _chosen(reader: Reader, form_class: type[SpanForm], given: Mapping[str, str]) -> tuple[SpanForm, View | None]:
    """The form, and what it asks for; None before anything is reported."""
    indicators = {row.code: row for row in indicators_of(reader)}
    periods = {reader.dimensions.quarters[index].pk: index for index in reversed(reader.ended)}
    latest = None if reader.latest is None else reader.dimensions.quarters[reader.latest].pk
    first = COMPANIES if COMPANIES in indicators else next(iter(indicators), "")
    form = form_class(
        given,
        defaults={"period": latest or "", "measure": YEAR, "indicator": first},
        choices={
            "period": [(period, portal.quarter(period)) for period in periods],
            "indicator": of_indicators(indicators.values()),
        },
    )
    if latest is None or not indicators:
        return form, None
    quarter, indicator = periods[form.value("period")], indicators[form.value("indicator")]
    return form, View.of(reader, indicator, quarter, form.value("measure"))


# --- who they are


@dataclass(frozen=True)
class Named:
    """An organisation in the list, and the HIPs that the reader sees it in."""

    id: UUID
    name: str
    identifier: str
    hips: tuple[Consortium, ...]


@dataclass(frozen=True)
class Listed:
    """A page of organisations, with what it leaves out."""

    members: Members
    rows: tuple[Named, ...]

    @classmethod
    def of(cls, reader: Reader, members: Members) -> "Listed":
        consortia = reader.dimensions.consortia
        rows = tuple(
            Named(
                each.organisation_id,
                each.name,
                each.identifier,
                tuple(row for pk, row in consortia.items() if pk in each.hips),
            )
            for each in members.page
        )
        return cls(members, rows)


@require_safe
@cache_control(private=True, no_cache=True)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """The organisations of one HIP, of two HIPs, or in at least so many: by name for who may see them."""
    reader = Reader(request.user)
    form, view = _chosen(reader, WantedForm, request.GET)
    if view is None or form.errors:
        raise Http404("nothing of that kind is counted")
    hip, other = form.cleaned_data["hip"], form.cleaned_data["other"]
    chosen = [row for row in (hip, other) if row is not None]
    wanted = Wanted(frozenset(row.pk for row in chosen), form.cleaned_data["least"] or 1)
    if exports.is_asked(request):
        return lists.overlap_organisations(request, view, chosen, wanted)
    found = overlap.members(
        reader.state, view.span, wanted, reader.user, overlaps=view.overlaps, after=form.cleaned_data["after"]
    )
    context = {
        "view": view,
        "hips": chosen,
        "pair": _pair(view, chosen) if len(chosen) == 2 else None,
        "exactly": _exactly(view, wanted),
        "at_least": wanted.at_least,
        "listed": Listed.of(reader, found),
        "own": _own(view, chosen, wanted),
        "sees": overlap.sees_in(reader.user),
        "is_continued": form.cleaned_data["after"] is not None,
        "seq": reader.seq,
        "recorded_at": reader.recorded_at,
        "whole": _whole(view, chosen, wanted),
        "back": f"{reverse('impact:overlap')}?{request.GET.urlencode()}",
    }
    return render(request, "impact/overlap_organisations.html", context)


def _whole(view: View, chosen: list[Consortium], wanted: Wanted) -> Shown | None:
    """The roll-up cell that the number is, where it is one."""
    if wanted.at_least > 1 or len(chosen) > 1:
        return None
    if not chosen:
        return view.programme
    hip, indicator, quarter = chosen[0].pk, view.indicator.pk, view.quarter.index
    selection = Selection(consortia=[hip], action_lines=[None], indicators=[indicator], quarters=[quarter])
    return view.reader.shown(selection)[hip, None, indicator, quarter]


@dataclass(frozen=True)
class Pair:
    """The sum of two HIPs: what they have together is what each has, less what both have."""

    parts: tuple[Shown, Shown]
    both: int
    total: int

    @property
    def added_up(self) -> int:
        return self.total + self.both

    @property
    def minus(self) -> int:
        return -self.both


def _pair(view: View, hips: list[Consortium]) -> Pair | None:
    one, other = (row.pk for row in hips)
    both = view.overlaps.between(one, other)
    numbers = [view.overlaps.between(pk, pk) for pk in (one, other)]
    if both is None or None in numbers:
        return None
    indicator, quarter = view.indicator.pk, view.quarter.index
    cells = view.reader.shown(
        Selection(consortia=[one, other], action_lines=[None], indicators=[indicator], quarters=[quarter])
    )
    first, second = (cells[pk, None, indicator, quarter] for pk in (one, other))
    return Pair((first, second), both, sum(number or 0 for number in numbers) - both)


@dataclass(frozen=True)
class Exactly:
    """In exactly so many HIPs: those in so many or more, less those in more."""

    hips: int
    or_more: int
    more: int
    more_address: str

    @property
    def number(self) -> int:
        return self.or_more - self.more

    @property
    def minus(self) -> int:
        return -self.more


def _exactly(view: View, wanted: Wanted) -> Exactly | None:
    """Of a list by the number of HIPs alone."""
    or_more = view.overlaps.number_of(Wanted(at_least=wanted.at_least))
    if wanted.hips or or_more is None:
        return None
    beyond = wanted.at_least + 1
    more = view.overlaps.number_of(Wanted(at_least=beyond)) or 0
    return Exactly(wanted.at_least, or_more, more, view.address(least=beyond) if more else "")


def _own(view: View, chosen: list[Consortium], wanted: Wanted) -> list[tuple[Consortium, str]]:
    """The reader's own HIPs in a list that cannot be named: their own lists do not say who is shared."""
    seen = overlap.sees_in(view.reader.user)
    if seen is None or (len(wanted.hips) < 2 and wanted.at_least < 2) or (wanted.hips and wanted.hips <= seen):
        return []
    among = chosen or view.reader.dimensions.consortia.values()
    return [(row, view.address(hip=row.slug)) for row in among if row.pk in seen]


# --- beside one HIP


@dataclass(frozen=True)
class Neighbours:
    """With which other HIPs one HIP shares most companies, over four quarters."""

    rows: tuple[tuple[Consortium, int, str], ...]
    more: str


def neighbours(reader: Reader, consortium: Consortium) -> Neighbours | None:
    """None where the HIP shares nothing that is known."""
    companies = reader.indicator(COMPANIES)
    if companies is None or reader.latest is None:
        return None
    view = View.of(reader, companies, reader.latest, YEAR)
    shared: list[tuple[Any, int]] = [
        (row, number)
        for row in reader.dimensions.consortia.values()
        if row != consortium and (number := view.overlaps.between(consortium.pk, row.pk))
    ]
    shared.sort(key=lambda pair: -pair[1])
    rows = tuple(
        (row, number, view.address(hip=consortium.slug, other=row.slug)) for row, number in shared[:MOST_NEIGHBOURS]
    )
    return Neighbours(rows, f"{reverse('impact:overlap')}#{consortium.slug}") if rows else None
