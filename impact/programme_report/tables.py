"""The figures of the report: of the programme, by action line and by HIP, and how each is counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consortia import clock
from consortia.models import ActionLine, Consortium
from consortia.templatetags import portal
from impact import rollups
from impact.measures import Number
from impact.models import Indicator, Kind, Quarter
from impact.models.codebook import EURO
from impact.programme_report import cells, goals
from impact.programme_report.cells import Cell
from impact.punctuality import MARK_LABELS
from impact.snapshots import Snapshot
from impact.timeliness import Timeliness
from impact.views import figures
from impact.views.figures import COMPANIES, SHARE, SME, YEAR, Key, Reader, Shown, unit_word

IN_HIPS = (COMPANIES, "students", "assignments", "cofinancing")
"""What of a HIP stands on paper; the workbook has all of it."""
_CUMULATIVE = "cumulative"


@dataclass(frozen=True)
class Figures:
    """Every cell of one quarter, as one audience may see it."""

    reader: Reader
    quarter: Quarter
    shown: Mapping[Key, Shown]

    @classmethod
    def of(cls, reader: Reader, quarter: Quarter, snapshot: Snapshot) -> "Figures":
        exact = snapshot.of_quarter(quarter.index)
        seen = exact if rollups.sees_everything(reader.user) else rollups.public(exact, reader.state)
        return cls(reader, quarter, reader.shown_of(seen))

    def at(self, hip: Consortium | None, line: ActionLine | None, indicator: Indicator) -> Shown | None:
        return self.shown.get((hip.pk if hip else None, line.pk if line else None, indicator.pk, self.quarter.index))

    @property
    def indicators(self) -> list[Indicator]:
        """Those that mean something in the quarter."""
        state = self.reader.state
        return [
            row
            for pk, row in self.reader.dimensions.indicators.items()
            if pk in state.definitions and state.definition(pk, self.quarter.index)
        ]

    @property
    def hips(self) -> list[Consortium]:
        """Those that are known by then, in their fixed order."""
        known = {key[0] for key in self.shown}
        return [row for pk, row in self.reader.dimensions.consortia.items() if pk in known]

    @property
    def year(self) -> str:
        start, last = figures.year_until(self.quarter, self.reader.first)
        return _("%(first)s to %(last)s") % {"first": portal.quarter(start.id), "last": portal.quarter(last.id)}

    def sme_share(self, hip: Consortium | None) -> Number | None:
        return self._share(hip, SME, hip, COMPANIES)

    def share_of_companies(self, hip: Consortium) -> Number | None:
        return self._share(hip, COMPANIES, None, COMPANIES)

    def _share(self, hip: Consortium | None, part: str, of: Consortium | None, whole: str) -> Number | None:
        first, second = self.reader.indicator(part), self.reader.indicator(whole)
        if first is None or second is None:
            return None
        return figures.share_of(self.at(hip, None, first), self.at(of, None, second), YEAR)

    def breaks(self, *measures: str, hips: Iterable[Consortium | None] = (None,)) -> list[str]:
        within = {hip.pk if hip else None for hip in hips}
        found = figures.breaks_in((shown for key, shown in self.shown.items() if key[0] in within), *measures)
        return [
            _("* %(indicator)s: new definition from %(quarter)s; older quarters are left out.")
            % {"indicator": row.indicator.name, "quarter": portal.quarter(row.quarter.pk)}
            for row in found
        ]


def programme(found: Figures) -> dict[str, Any]:
    """Every indicator, of the whole programme."""
    columns = [
        cells.column(_("Indicator"), 32),
        cells.column(_("This quarter"), 15, is_number=True),
        cells.column(_("Four quarters"), 16, is_number=True),
        cells.column(_("Since the start"), 17, is_number=True),
        cells.column(_("HIPs that reported"), 12, is_number=True),
        cells.column(_("Of how many"), 9, is_number=True),
    ]
    rows = []
    for indicator in found.indicators:
        shown = found.at(None, None, indicator)
        rows.append(
            [
                indicator.name,
                *(cells.measure(shown, name) for name in ("value", YEAR, _CUMULATIVE, "reported", "expected")),
            ]
        )
    paragraphs = [
        _("The figures for %(quarter)s; four quarters are %(year)s.")
        % {"quarter": portal.quarter(found.quarter.pk), "year": found.year},
        goals.persons(),
        _bounds(found),
    ]
    table = cells.table("", columns, rows, remarks=found.breaks("value", YEAR, _CUMULATIVE))
    return cells.section(_("Programme"), _("All indicators of the programme"), table, paragraphs=paragraphs)


def _bounds(found: Figures) -> str:
    companies = found.reader.indicator(COMPANIES)
    shown = found.at(None, None, companies) if companies else None
    if shown is None or not shown.is_bounded:
        return ""
    return _(
        "Of companies without a KVK number only the number is known: with those, %(low)s to %(high)s companies took "
        "part this quarter. The figure itself counts those that are known by their number."
    ) % {"low": portal.number(shown.cell.low), "high": portal.number(shown.cell.high)}


def action_lines(found: Figures) -> dict[str, Any]:
    """Every indicator that is counted by action line, over four quarters."""
    lines = list(found.reader.dimensions.action_lines.values())
    columns = [
        cells.column(_("Indicator"), 26),
        *(cells.column(line.short, 12, is_number=True) for line in lines),
        cells.column(_("All lines"), 13, is_number=True),
    ]
    rows = [
        [row.name, *(cells.measure(found.at(None, line, row), YEAR)
                                                  for line in (*lines, None))]
        for row in found.indicators if _is_by_line(found, row)
    ]  # fmt: skip
    paragraphs = [
        _("Over four quarters (%(year)s). Lines overlap, they do not add up: who takes part in two lines counts in "
          "both, and in the total once.") % {"year": found.year},
    ]  # fmt: skip
    if stocks := _stocks(found):
        paragraphs.append(
            _("These are a state, and of the newest quarter alone: %(names)s.") % {"names": ", ".join(stocks)}
        )
    if not found.reader.user.is_authenticated:
        paragraphs.append(_("Persons by action line are not public."))
    names = cells.table(
        _("The action lines"),
        [cells.column(_("Short"), 20), cells.column(_("Action line"), 80)],
        [[line.short, line.name] for line in lines],
    )
    table = cells.table("", columns, rows, remarks=found.breaks(YEAR))
    return cells.section(_("Action lines"), _("By action line"), table, names, paragraphs=paragraphs)


def _is_by_line(found: Figures, indicator: Indicator) -> bool:
    in_force = found.reader.state.definition(indicator.pk, found.quarter.index)
    return in_force is not None and in_force[1].by_action_line


def _stocks(found: Figures) -> list[str]:
    shown = [(row, found.at(None, None, row)) for row in found.indicators]
    return [row.name for row, cell in shown if cell is not None and cell.is_stock]


def hips(found: Figures, timely: Mapping[tuple[int, int], Timeliness]) -> dict[str, Any]:
    """One row a HIP; `timely` says when its report of the quarter came in, where that is told."""
    chosen = [row for row in found.indicators if row.code in IN_HIPS]
    columns = [
        cells.column(_("HIP"), 30),
        cells.column(_("Report of the quarter"), 16),
        *(cells.column(row.name, 14, is_number=True) for row in chosen),
        cells.column(_("Of all companies"), 11, is_number=True),
        cells.column(_("SMEs among the companies"), 11, is_number=True),
    ]
    rows: list[list[Cell]] = [
        [
            hip.name,
            _standing(found, timely.get((hip.pk, found.quarter.index)), hip),
            *(_of_hip(found, hip, row) for row in chosen),
            cells.number(found.share_of_companies(hip), SHARE),
            cells.number(found.sme_share(hip), SHARE),
        ]
        for hip in found.hips
    ]
    total: list[Cell] = [
        _("The programme"),
        "",
        *(_of_hip(found, None, row) for row in chosen),
        "",
        cells.number(found.sme_share(None), SHARE),
    ]
    remarks = found.breaks(YEAR, hips=found.hips)
    paragraphs = [
        _("Over four quarters (%(year)s); euros since the start. A company in two HIPs counts in both and in the "
          "programme once, so the shares of the HIPs add up to more than a hundred.") % {"year": found.year},
        goals.persons(),
    ]  # fmt: skip
    table = cells.table("", columns, [*rows, total], totals=1, remarks=remarks)
    return cells.section(_("HIPs"), _("By HIP"), table, paragraphs=paragraphs)


def _standing(found: Figures, timely: Timeliness | None, hip: Consortium) -> str:
    """The day on which it was first handed in, and whether that was in time; else whether it counts."""
    if timely is not None and timely.handed_in_at is not None:
        day = timezone.localtime(timely.handed_in_at, clock.AMSTERDAM)
        return f"{date_format(day, 'j M Y')}, {MARK_LABELS[timely.mark]}"
    counts = any(
        row.consortium_id == hip.pk and row.quarter == found.quarter.index for row in found.reader.state.counting
    )
    return _("reported") if counts else _("not reported")


def _of_hip(found: Figures, hip: Consortium | None, indicator: Indicator) -> Cell:
    """Persons and companies over a year, euros since the start and without cents."""
    shown = found.at(hip, None, indicator)
    if shown is not None and shown.notation == EURO:
        return cells.measure(shown, _CUMULATIVE, decimals=0)
    return cells.measure(shown, YEAR)


def everything(found: Figures) -> dict[str, Any]:
    """Every figure of every HIP and of the programme, all lines and each: for the workbook."""
    measures = ("value", "new", YEAR, _CUMULATIVE, "low", "high", "reported", "expected")
    labels = (
        _("This quarter"), _("New"), _("Four quarters"), _("Since the start"), _("At least"), _("At most"),
        _("HIPs that reported"), _("HIPs expected"),
    )  # fmt: skip
    columns = [
        cells.column(_("HIP"), 30),
        cells.column(_("Action line"), 24),
        cells.column(_("Indicator"), 30),
        cells.column(_("Unit"), 16),
        *(cells.column(label, 14, is_number=True) for label in labels),
    ]
    lines = (None, *found.reader.dimensions.action_lines.values())
    rows = [
        [
            hip.name if hip else _("The programme"),
            line.name if line else _("all action lines"),
            row.name,
            unit_word(shown.cell.unit),
            *(cells.raw(shown, name) for name in measures),
        ]
        for hip in (None, *found.hips)
        for line in lines
        for row in found.indicators
        if (line is None or _is_by_line(found, row)) and (shown := found.at(hip, line, row)) is not None
    ]
    table = cells.table("", columns, rows)
    return cells.section(_("All figures"), _("All figures of the quarter"), table, where=cells.ONLY_WORKBOOK)


def definitions(found: Figures) -> dict[str, Any]:
    """What each indicator means in the quarter."""
    columns = [
        cells.column(_("Indicator"), 22),
        cells.column(_("Unit"), 14),
        cells.column(_("Counts as"), 20),
        cells.column(_("Meaning"), 44),
    ]
    rows: list[list[Cell]] = []
    proposal = _("proposal")
    for row in found.indicators:
        in_force = found.reader.state.definition(row.pk, found.quarter.index)
        assert in_force is not None, "only indicators that mean something are listed"
        definition = in_force[1]
        name = f"{row.name} ({proposal})" if row.is_proposal else row.name
        rows.append([name, unit_word(definition.unit), str(Kind(definition.kind).label), definition.meaning])
    return cells.section(_("Definitions"), _("How is counted"), cells.table("", columns, rows), paragraphs=footnotes())


def footnotes() -> list[str]:
    return [
        _("A dash means that nothing was reported; a zero was reported as zero."),
        _("Provisional means: the quarter is not closed yet, or a report of the last four quarters is still missing."),
        goals.persons(),
        _("Different organisations are counted by their number: one that takes part in several HIPs, lines or quarters "
          "counts once. Therefore such figures do not add up."),
        _("A star marks a figure that is cut off by a changed definition: only quarters with the newest definition "
          "are in it."),
        _("The SME share is indicative: it goes by the number of people that work at a company, as reported."),
    ]  # fmt: skip
