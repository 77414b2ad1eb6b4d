"""Figures over the quarters as a picture with its table: what the explorer and the comparison show and give away."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.errors import Refused
from consortia.models import ActionLine, Consortium
from impact import ledger, series_chart
from impact.forms import picturing
from impact.models import Indicator, Measure, Quarter, Vintage
from impact.rollups import Selection
from impact.series_chart import Series, SeriesChart
from impact.views import courses, figures
from impact.views.figures import EVERYTHING, Reader, Shown

_LONGEST_SHORT_NAME = 30


@dataclass(frozen=True)
class Column:
    """One course: of the programme or a HIP, in all action lines or one."""

    consortium: Consortium | None
    action_line: ActionLine | None
    name: str
    short: str
    letter: str = ""

    @property
    def key(self) -> tuple[int | None, int | None]:
        return self.consortium.pk if self.consortium else None, self.action_line.pk if self.action_line else None


@dataclass(frozen=True)
class Row:
    """One quarter of a table."""

    quarter: Quarter
    cells: tuple[Shown, ...]

    @property
    def is_final(self) -> bool:
        return self.cells[0].cell.is_final

    @property
    def is_anew(self) -> bool:
        return self.cells[0].is_anew


@dataclass(frozen=True)
class Panel:
    """One indicator in a measure: its courses, quarter by quarter."""

    indicator: Indicator
    measure: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def cells(self) -> Iterator[Shown]:
        for place in range(len(self.columns)):
            for row in self.rows:
                yield row.cells[place]

    @property
    def newest_first(self) -> tuple[Row, ...]:
        return self.rows[::-1]

    @property
    def by_column(self) -> list[tuple[Column, tuple[Shown, ...]]]:
        """Each course with its cells, newest first."""
        return [
            (column, tuple(row.cells[place] for row in self.newest_first)) for place, column in enumerate(self.columns)
        ]

    @property
    def is_by_line(self) -> bool:
        return len({column.action_line for column in self.columns}) > 1

    @property
    def coverage(self) -> tuple[str, str]:
        """How many HIPs reported what the measure looks at, and how many should have: their names in the API."""
        if self.measure == Measure.TRAILING_YEAR and not self.is_stock:
            return "trailingYearReported", "trailingYearExpected"
        return "reported", "expected"

    @property
    def is_stock(self) -> bool:
        return bool(self.rows) and self.rows[-1].cells[0].is_stock

    @property
    def unit(self) -> str:
        return figures.unit_word(self.rows[-1].cells[0].cell.unit) if self.rows else ""

    @property
    def notation(self) -> str:
        return self.rows[-1].cells[0].notation if self.rows else ""

    @property
    def is_withheld(self) -> bool:
        return any(shown.cell.withheld for row in self.rows for shown in row.cells)

    @property
    def is_reported(self) -> bool:
        return any(shown.measure(self.measure) is not None for row in self.rows for shown in row.cells)

    @property
    def breaks(self) -> list[figures.Break]:
        return figures.breaks_in((shown for row in self.rows for shown in row.cells), self.measure)

    @property
    def span(self) -> str:
        """Over which quarters a figure goes, in words."""
        if self.is_stock:
            return _("on the last day of each quarter")
        return {
            Measure.VALUE.value: _("in each quarter"),
            Measure.TRAILING_YEAR.value: _("in the four quarters up to each quarter"),
            Measure.CUMULATIVE.value: _("since the start"),
        }[self.measure]

    @property
    def title(self) -> str:
        return f"{self.indicator.name}, {self.span}"

    @property
    def description(self) -> str:
        """Where every course stands, for who cannot see the picture."""
        return "; ".join(self._said)

    @cached_property
    def _said(self) -> list[str]:
        said = []
        for place, column in enumerate(self.columns):
            last = next(
                (row for row in reversed(self.rows) if row.cells[place].measure(self.measure) is not None), None
            )
            if last is None:
                absent = any(row.cells[place].cell.withheld for row in self.rows)
                said.append(f"{column.name}: {_('not public') if absent else _('not reported')}")
                continue
            value = self.write(Decimal(last.cells[place].measure(self.measure) or 0))
            quarter = notation.quarter(last.quarter.pk, language=_language())
            said.append(f"{column.name}: {value} ({quarter})")
        return said

    def write(self, value: Decimal) -> str:
        return figures.write(value, self.notation, language=_language())

    @cached_property
    def series(self) -> list[Series]:
        scale = (self.rows[-1].cells[0].kind, self.rows[-1].cells[0].cell.unit) if self.rows else ("", "")
        return [
            Series(
                column.name,
                column.short,
                tuple(
                    courses.reading_of(
                        row.cells[place],
                        self.measure,
                        _language(),
                        is_apart=(row.cells[place].kind, row.cells[place].cell.unit) != scale,
                    )
                    for row in self.rows
                ),
            )
            for place, column in enumerate(self.columns)
        ]

    def chart(self, form: str) -> SeriesChart:
        """All courses in one drawing."""
        return series_chart.series_chart(
            code=self.indicator.code,
            title=self.title,
            description=self.description,
            series=self.series,
            write=self.write,
            form=form,
        )

    def small_charts(self, form: str) -> list[SeriesChart]:
        """A small drawing for every course, all on one scale."""
        top = series_chart.top_of(self.series)
        return [
            series_chart.series_chart(
                code=f"{self.indicator.code}-{place}",
                title=each.name,
                description=f"{self.title}. {said}",
                series=[each],
                write=self.write,
                form=form,
                sizes=["xs"],
                top=top,
            )
            for place, (each, said) in enumerate(zip(self.series, self._said, strict=True))
        ]


@dataclass(frozen=True)
class Picture:
    """What an address asks for, read."""

    request: HttpRequest
    reader: Reader
    form: picturing.PictureForm
    panels: tuple[Panel, ...]

    @property
    def shape(self) -> str:
        return str(self.form.cleaned_data[picturing.FORM])

    @property
    def query(self) -> str:
        return urlencode(self.form.pairs)

    def address(self, more: Sequence[tuple[str, str]] = (), *, for_ever: bool = False) -> str:
        """The whole address of this picture, or of one of its files."""
        pairs = [*(self.form.pairs_for_ever if for_ever else self.form.pairs), *more]
        return self.request.build_absolute_uri(f"{self.request.path}?{urlencode(pairs)}")

    @property
    def has_small_pictures(self) -> bool:
        return picturing.BESIDE in self.form.fields

    @property
    def broken_from(self) -> list[str]:
        """The quarters from which another definition of what is drawn holds."""
        later = {row.quarter for panel in self.panels for row in panel.rows[1:] if row.is_anew}
        return [notation.quarter(each.pk, language=_language()) for each in sorted(later, key=lambda row: row.index)]

    @property
    def title(self) -> str:
        return "; ".join(panel.title for panel in self.panels)

    @property
    def description(self) -> str:
        return ". ".join(panel.description for panel in self.panels)

    @property
    def is_fixed(self) -> bool:
        return self.reader.as_of is not None


@dataclass(frozen=True)
class Moment:
    """As of which ledger entry the address asks: that of a vintage, or one that is named; else the newest."""

    reader: Reader
    vintage: Vintage | None
    vintages: tuple[Vintage, ...]
    wrong: Mapping[str, str]
    seq: str = ""
    """The number of the entry, where the address names a time: with it the address says the same for ever."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Moment":
        vintages = tuple(Vintage.objects.order_by("-pk"))
        vintage = next((row for row in vintages if row.code == request.GET.get(picturing.EDITION)), None)
        if vintage is not None:
            return cls(Reader(request.user, vintage.entry_id), vintage, vintages, {})
        text = request.GET.get(picturing.MOMENT, "").strip()
        if not text:
            return cls(Reader(request.user), None, vintages, {})
        if re.fullmatch(r"[0-9]{1,18}", text):
            reader = Reader(request.user, int(text))
            if int(text) <= reader.seq:
                return cls(reader, None, vintages, {})
            return cls(reader, None, vintages, {picturing.MOMENT: _("The ledger has not come that far yet.")})
        try:
            seq = ledger.parse_as_of(text)
        except Refused as refused:
            wrong = {picturing.MOMENT: str(refused.problems[0].detail)}
            return cls(Reader(request.user), None, vintages, wrong)
        return cls(Reader(request.user, seq), None, vintages, {}, str(seq))


def panels_of(
    reader: Reader,
    *,
    indicators: Sequence[str],
    measure: str,
    hips: Sequence[str],
    lines: Sequence[str],
    quarters: Sequence[int],
) -> tuple[Panel, ...]:
    """A panel for each indicator with a course for every HIP in every line; all read at once."""
    dimensions = reader.dimensions
    found = [row for row in dimensions.indicators.values() if row.code in indicators]
    columns = _columns(_chosen(dimensions.consortia, "slug", hips), _chosen(dimensions.action_lines, "code", lines))
    cells = reader.shown(
        Selection(
            consortia=[column.key[0] for column in columns],
            action_lines=[column.key[1] for column in columns],
            indicators=[row.pk for row in found],
            quarters=list(quarters),
            has_bounds=False,
        )
    )
    return tuple(
        Panel(
            indicator=row,
            measure=measure,
            columns=columns,
            rows=tuple(
                Row(dimensions.quarters[place], tuple(cells[*column.key, row.pk, place] for column in columns))
                for place in quarters
            ),
        )
        for row in found
    )


def _chosen(members: Mapping[int, Any], attribute: str, codes: Sequence[str]) -> list[Any]:
    whole = [None] if EVERYTHING in codes else []
    return [*whole, *(row for row in members.values() if getattr(row, attribute) in codes)]


def _columns(hips: Sequence[Consortium | None], lines: Sequence[ActionLine | None]) -> tuple[Column, ...]:
    """Each is named by what tells it from the others."""
    pairs = [(hip, line) for hip in hips for line in lines]
    columns = []
    for place, (hip, line) in enumerate(pairs):
        parts, shorts = [], []
        if len(hips) > 1 or len(lines) == 1 or hip is not None:
            parts.append(hip.name if hip else _("The programme"))
            shorts.append(hip.name.split(" – ")[0] if hip else _("Programme"))
        if len(lines) > 1 or line is not None:
            parts.append(line.name if line else _("all action lines together"))
            shorts.append(line.short if line else _("all lines"))
        name = ", ".join(parts)
        letter = series_chart.LETTERS[place] if len(pairs) > 1 else ""
        short = ", ".join(shorts if len(hips) > 1 or len(shorts) == 1 else shorts[1:])
        columns.append(Column(hip, line, name[:1].upper() + name[1:], short[:_LONGEST_SHORT_NAME], letter))
    return tuple(columns)


def _language() -> str:
    return get_language() or notation.DUTCH
