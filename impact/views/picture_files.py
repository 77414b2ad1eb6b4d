"""What can be taken away of a picture: the drawing (SVG, PNG), its numbers (CSV, workbook), and the way to embed it.

The drawing is on paper white, with its source, its moment and, where the data is made up, with that as well.
"""

import hashlib
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from consortia import clock, csv_cells, exports
from consortia.exports import FORMAT, XLSX, Columns
from consortia.spreadsheets import Column as SheetColumn
from consortia.templatetags import portal
from impact import documents, rollups, series_chart
from impact.series_chart import Drawing, Key
from impact.templatetags.figures import exact
from impact.views.figures import EVERYTHING, Shown, unit_word
from impact.views.lists import cell_of, known
from impact.views.pictures import Panel, Picture

SVG, PNG, CSV = "svg", "png", "csv"
KINDS = (CSV, XLSX, SVG, PNG)
_SECONDS = {True: 24 * 60 * 60, False: 600}
"""How long a drawing may be kept: of figures as they were known once, and of those as they are known now."""
_WIDTH, _EDGE = 1148, 24
_GAP = 25
_PER_LINE = {"title": 78, "small": 34, "foot": 140}
_CSV = [
    "consortium", "actionLine", "indicator", "period", "measure", "value", "reported", "expected", "status", "unit",
    "withheld", "break", "asOf",
]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of text in a drawing."""

    x: int
    y: int
    text: str


@dataclass(frozen=True)
class Placed:
    """A drawing, and where it stands in a larger one."""

    drawing: Drawing
    x: int
    y: int
    title: tuple[Line, ...] = ()


@dataclass(frozen=True)
class PlacedKey:
    key: Key
    x: int
    y: int


@dataclass(frozen=True)
class Sheet:
    """A whole drawing: title, pictures, names and foot."""

    title: str
    description: str
    height: int
    heading: tuple[Line, ...]
    pictures: tuple[Placed, ...]
    keys: tuple[PlacedKey, ...]
    foot: tuple[Line, ...]
    demo: Line
    """Written only where it is so."""
    width: int = _WIDTH

    def written(self, request: HttpRequest) -> str:
        return render_to_string("impact/picture.svg", {"sheet": self}, request)


@dataclass(frozen=True)
class Files:
    """The addresses of the files of a picture, and how to embed it."""

    csv: str
    xlsx: str
    svg: str
    png: str
    permalink: str
    for_ever: str
    embed: str

    @classmethod
    def of(cls, picture: Picture) -> "Files":
        def file(kind: str) -> str:
            return picture.address([(FORMAT, kind)])

        image = picture.address([(FORMAT, SVG)])
        embed = format_html(
            '<a href="{}"><img src="{}" alt="{}" width="{}" loading="lazy"></a>',
            picture.address(),
            image,
            f"{picture.title}. {picture.description}",
            _WIDTH,
        )
        return cls(
            file(CSV), file(XLSX), file(SVG), file(PNG), picture.address(), picture.address(for_ever=True), embed
        )


def answer(picture: Picture, kind: str, *, name: str) -> HttpResponseBase:
    """The file of this kind."""
    if kind == CSV:
        return _as_csv(picture, name)
    if kind == XLSX:
        return _as_xlsx(picture, name)
    return _as_drawing(picture, kind, name)


# --- the numbers


def _as_csv(picture: Picture, name: str) -> StreamingHttpResponse:
    rows: Iterator[Sequence[object]] = (
        _machine_row(panel, shown, picture.reader.seq) for panel in picture.panels for shown in panel.cells
    )
    response = StreamingHttpResponse(
        csv_cells.written(_with_header(rows)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}-{picture.reader.seq}.csv"'},
    )
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _with_header(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    yield _CSV
    yield from rows


def _machine_row(panel: Panel, shown: Shown, seq: int) -> list[object]:
    reported, expected = panel.coverage
    return [
        shown.consortium.slug if shown.consortium else EVERYTHING,
        shown.action_line.code if shown.action_line else EVERYTHING,
        shown.indicator.code,
        shown.quarter.pk,
        panel.measure,
        # A number that is written as one keeps its sign; text that begins like a formula does not stand here.
        exact(shown.measure(panel.measure)) or None,
        shown.measure(reported),
        shown.measure(expected),
        "final" if shown.cell.is_final else "provisional",
        shown.cell.unit,
        shown.cell.withheld,
        shown.cell.is_break,
        seq,
    ]


def _as_xlsx(picture: Picture, name: str) -> FileResponse:
    columns: Columns = [
        SheetColumn(_("HIP"), width=40), SheetColumn(_("Action line"), width=34), SheetColumn(_("Indicator"), width=34),
        _("Unit"), _("Quarter"), SheetColumn(_("Over which quarters"), width=34), _("Figure"), _("HIPs that reported"),
        _("HIPs expected"), _("Status"), _("New definition from"),
    ]  # fmt: skip

    def rows() -> Iterator[Sequence[object]]:
        for panel in picture.panels:
            reported, expected = panel.coverage
            for shown in panel.cells:
                yield [
                    shown.consortium.name if shown.consortium else _("The programme"),
                    shown.action_line.name if shown.action_line else _("all action lines"),
                    shown.indicator.name,
                    unit_word(shown.cell.unit),
                    portal.quarter(shown.quarter.pk),
                    panel.span,
                    cell_of(shown, panel.measure),
                    shown.measure(reported),
                    shown.measure(expected),
                    portal.state_word("final" if shown.cell.is_final else "provisional"),
                    portal.quarter(shown.broken_from.pk) if shown.is_cut(panel.measure) and shown.broken_from else None,
                ]

    about: Mapping[str, object] = known(picture.reader)
    return exports.answer(picture.request, name=name, title=picture.title, columns=columns, rows=rows(), about=about)


# --- the drawing


def _as_drawing(picture: Picture, kind: str, name: str) -> HttpResponseBase:
    sheet = sheet_of(picture)
    svg = sheet.written(picture.request)
    tag = tag_of(svg)
    if kind == SVG:
        response = HttpResponse(svg, content_type="image/svg+xml; charset=utf-8")
    else:
        made = as_png(svg, tag, width=sheet.width, height=sheet.height, seconds=_SECONDS[False])
        response = HttpResponse(made, content_type="image/png")
    response.headers["Content-Disposition"] = f'inline; filename="{name}-{picture.reader.seq}.{kind}"'
    etag = f'"{tag}-{kind}"'
    response.headers["ETag"] = etag
    if rollups.sees_everything(picture.reader.user):
        patch_cache_control(response, private=True, no_cache=True)
    else:
        patch_cache_control(response, public=True, max_age=_SECONDS[picture.is_fixed])
    return get_conditional_response(picture.request, etag=etag, response=response) or response


def tag_of(svg: str) -> str:
    return hashlib.sha256(svg.encode()).hexdigest()[:32]


def as_png(svg: str, tag: str, *, width: int, height: int, seconds: int, scale: int = 2) -> bytes:
    """A drawing as pixels, kept for a while by its tag: making it takes a moment."""
    made: Any = cache.get_or_set(
        f"picture:{tag}", lambda: documents.png(svg, width=width, height=height, scale=scale), seconds
    )
    return bytes(made)


def sheet_of(picture: Picture) -> Sheet:
    """The picture as a drawing of its own: one panel at full width, several courses of each as small ones."""
    if picture.has_small_pictures:
        return _sheet_of_small(picture)
    panel = picture.panels[0]
    chart = panel.chart(picture.shape)
    drawing = chart.of_size("l")
    names = [column.name for column in panel.columns]
    heading = _wrapped(f"{panel.title}: {names[0]}" if len(names) == 1 else panel.title, _PER_LINE["title"], y=46)
    top = heading[-1].y + 16
    keys, bottom = _keys(chart.keys, top + int(drawing.height) + 20)
    return _finished(picture, heading, [Placed(drawing, _EDGE, top)], keys, bottom)


def _sheet_of_small(picture: Picture) -> Sheet:
    """For every indicator its title and rows of small drawings, each with its name above it."""
    width, height = series_chart.SIZES["xs"]
    across = (_WIDTH - 2 * _EDGE) // (width + _GAP)
    placed: list[Placed] = []
    y, heading = 46, list[Line]()
    for panel in picture.panels:
        lines = _wrapped(panel.title, _PER_LINE["title"], y=y)
        heading += lines
        top = lines[-1].y + 32
        charts = panel.small_charts(picture.shape)
        for place, chart in enumerate(charts):
            x = _EDGE + place % across * (width + _GAP)
            at = top + place // across * (height + 58)
            name = [Line(x, at + number * 18, text) for number, text in enumerate(_short(chart.title))]
            placed.append(Placed(chart.drawings[0], x, at + 22, tuple(name)))
        y = top + (len(charts) + across - 1) // across * (height + 58) + 24
    return _finished(picture, heading, placed, [], y - 40)


def _short(name: str) -> list[str]:
    return textwrap.wrap(name, _PER_LINE["small"], max_lines=2, placeholder="…")


def _keys(keys: Sequence[Key], top: int) -> tuple[list[PlacedKey], int]:
    """In two columns, read down."""
    half = (len(keys) + 1) // 2
    placed = [
        PlacedKey(key, _EDGE + place // half * (_WIDTH - 2 * _EDGE) // 2, top + place % half * 22)
        for place, key in enumerate(keys)
    ]
    return placed, top + half * 22


def _finished(
    picture: Picture, heading: Sequence[Line], pictures: Sequence[Placed], keys: Sequence[PlacedKey], bottom: int
) -> Sheet:
    foot = _wrapped(_source(picture), _PER_LINE["foot"], y=bottom + 22, step=20)
    last = foot[-1].y + 26
    return Sheet(
        title=picture.title,
        description=picture.description,
        height=last + _EDGE,
        heading=tuple(heading),
        pictures=tuple(pictures),
        keys=tuple(keys),
        foot=tuple(foot),
        demo=Line(_EDGE, last, _("Demonstration data: all figures are made up.")),
    )


def _source(picture: Picture) -> str:
    moment = picture.reader.recorded_at
    said = [_("Hatched and hollow: provisional. A gap: nothing was reported.")]
    said += [
        _("Upright line: new definition from %(quarter)s; figures before and after it say different things.")
        % {"quarter": quarter}
        for quarter in picture.broken_from
    ]
    if any(panel.is_withheld for panel in picture.panels):
        said.append(_("Persons by action line are not public."))
    if moment is not None:
        day = date_format(moment.astimezone(clock.AMSTERDAM), "j F Y")
        said.append(
            _("As known on %(date)s, after entry %(number)d of the ledger.")
            % {"date": day, "number": picture.reader.seq}
        )
    host = picture.request.get_host()
    return " ".join([*said, _("Source: %(host)s, CC BY 4.0.") % {"host": host}])


def _wrapped(text: str, width: int, *, y: int, step: int = 30) -> list[Line]:
    lines = textwrap.wrap(text, width, break_long_words=True) or [""]
    return [Line(_EDGE, y + place * step, line) for place, line in enumerate(lines)]
