"""The HIPs on the map: which of them work in which province, and what those achieve.

A figure is always of a HIP, never of a province: a HIP works beyond one, and organisations are not counted by place.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import exports
from consortia.exports import Columns
from consortia.models import Consortium
from consortia.models.organisations import Province
from consortia.spreadsheets import Column
from impact import regions
from impact.models import Indicator
from impact.regions import Outline
from impact.rollups import Selection
from impact.views import figure_lists, figures
from impact.views.figures import COMPANIES, YEAR, Reader, Shown
from impact.views.lists import cell_of, known

_STEPS = 5


@dataclass(frozen=True)
class HipRow:
    """A HIP with its companies in the newest four quarters."""

    consortium: Consortium
    companies: Shown | None


@dataclass(frozen=True)
class ProvinceRow:
    """A province: its HIPs, and how it stands on the map."""

    province: Province
    slug: str
    hips: tuple[HipRow, ...]
    outline: Outline

    @property
    def step(self) -> int:
        """How dark it is: a step for each HIP, up to five."""
        return min(len(self.hips), _STEPS)


@dataclass(frozen=True)
class IndicatorRow:
    indicator: Indicator
    unit: str
    cells: tuple[Shown, ...]


@require_safe
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """The map with the table beside it."""
    reader = Reader(request.user)
    hips = _hips(reader)
    rows = [_row(province, hips) for province in Province]
    elsewhere = [hip for hip in hips if not regions.provinces_of(hip.consortium)]
    if exports.is_asked(request):
        return _as_list(request, reader, rows, elsewhere)
    context = {
        "rows": rows,
        "elsewhere": [hip for hip in elsewhere if hip.consortium.regions],
        "without": [hip for hip in elsewhere if not hip.consortium.regions],
        "view_box": regions.outlines().view_box,
        **_known(reader),
    }
    return render(request, "impact/regions.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def province(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The HIPs of one province beside each other, with every indicator."""
    found = regions.by_slug(slug)
    if found is None:
        raise Http404("no such province")
    reader = Reader(request.user)
    hips = [row for row in reader.dimensions.consortia.values() if found in regions.provinces_of(row)]
    rows = _indicators(reader, hips)
    if exports.is_asked(request):
        cells = [shown for row in rows for shown in row.cells]
        return figure_lists.cells(request, reader, cells, name=f"figures-{slug}", title=str(found.label))
    chosen = [("naast", "hips"), ("indicator", COMPANIES), ("maat", YEAR), *(("hip", row.slug) for row in hips)]
    context = {
        "province": found,
        "hips": hips,
        "rows": rows,
        "breaks": figures.breaks_in((shown for row in rows for shown in row.cells), YEAR),
        "compare": f"{reverse('impact:compare')}?{urlencode([*chosen, ('vorm', 'lijn')])}" if len(hips) > 1 else "",
        "others": [(each, regions.slug_of(each)) for each in Province if each != found],
        **_known(reader),
    }
    return render(request, "impact/province.html", context)


def _known(reader: Reader) -> dict[str, object]:
    return {
        "quarter": None if reader.latest is None else reader.dimensions.quarters[reader.latest],
        "seq": reader.seq,
        "recorded_at": reader.recorded_at,
    }


def _hips(reader: Reader) -> list[HipRow]:
    companies = reader.indicator(COMPANIES)
    cells = {}
    if companies is not None and reader.latest is not None:
        found = reader.shown(
            Selection(
                consortia=list(reader.dimensions.consortia),
                action_lines=[None],
                indicators=[companies.pk],
                quarters=[reader.latest],
                has_bounds=False,
            )
        )
        cells = {key[0]: shown for key, shown in found.items()}
    return [HipRow(row, cells.get(pk)) for pk, row in reader.dimensions.consortia.items()]


def _row(province: Province, hips: list[HipRow]) -> ProvinceRow:
    own = tuple(hip for hip in hips if province in regions.provinces_of(hip.consortium))
    return ProvinceRow(province, regions.slug_of(province), own, regions.outlines().outlines[province])


def _indicators(reader: Reader, hips: list[Consortium]) -> list[IndicatorRow]:
    if reader.latest is None or not hips:
        return []
    latest = reader.latest
    cells = reader.shown(
        Selection(consortia=[hip.pk for hip in hips], action_lines=[None], quarters=[latest], has_bounds=False)
    )
    rows = []
    for pk, indicator in reader.dimensions.indicators.items():
        if pk in reader.state.definitions:
            own = tuple(cells[hip.pk, None, pk, latest] for hip in hips)
            rows.append(IndicatorRow(indicator, figures.unit_word(own[0].cell.unit), own))
    return rows


def _as_list(request: HttpRequest, reader: Reader, rows: list[ProvinceRow], elsewhere: list[HipRow]) -> FileResponse:
    columns: Columns = [_("Province"), Column(_("HIP"), width=40), Column(_("Regions"), width=40),
                        _("Companies, four quarters")]  # fmt: skip
    pairs = [(str(row.province.label), hip) for row in rows for hip in row.hips]
    listed = [
        [name, hip.consortium.name, ", ".join(hip.consortium.regions), cell_of(hip.companies, YEAR)]
        for name, hip in [*pairs, *((_("names no province"), hip) for hip in elsewhere)]
    ]
    return exports.answer(
        request, name="regions", title=_("HIPs by province"), columns=columns, rows=listed, about=known(reader)
    )
