"""A filled backfill workbook, read as the rows of each report in it, each with the cell that it comes from.

Syntax only, as `impact.workbook.reading`, whose cells and rows these are. What is wrong with a row of a report stands
with that report; what belongs to none stands with the workbook.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.errors import Problem
from consortia.models import Consortium
from impact import content, ledger, spreadsheet
from impact.backfill import layout, meta
from impact.edits import NO_LINE
from impact.forms.questions import AskedFigure, Questions
from impact.models import Quarter, Section
from impact.spreadsheet import Cell, Row
from impact.submission import UnidentifiedLine
from impact.uploads import LARGEST_BACKFILL
from impact.workbook import cells, reading, reading_organisations, words
from impact.workbook import layout as one
from impact.workbook.cells import Findings, Table
from impact.workbook.reading import Reading
from impact.workbook.words import Words

Report = tuple[str, str]
"""A HIP by its slug, and a quarter."""
Tell = Callable[[int, int], None]


@dataclass
class Backfill:
    """What a workbook says, report by report."""

    reports: dict[Report, Reading] = field(default_factory=dict)
    """HIP by HIP, the oldest quarter first."""
    notes: dict[Report, dict[str, str]] = field(default_factory=dict)
    """By section or indicator its explanation; under nothing the remark with which the report is handed in."""
    findings: Findings = field(default_factory=Findings)
    """What belongs to no report."""
    asked: Mapping[str, Questions] = field(default_factory=dict)


def read(data: bytes, *, tell: Tell = lambda _done, _all: None) -> Backfill:
    """The rows of a workbook, and everything that is wrong with its cells; `tell` hears how far it is.

    Raises:
        Refused: the file cannot be read, or is no backfill workbook of this portal.
    """
    book = spreadsheet.opened(data, largest=LARGEST_BACKFILL, unpacked=layout.UNPACKED, most_rows=layout.MOST_ROWS + 10)
    head = meta.read(book)
    state = ledger.resolve()
    quarters = {row.pk: row for row in Quarter.objects.filter(pk__in={period for _hip, period in head.reports})}
    asked = {period: Questions.of(row, state) for period, row in quarters.items()}
    found = Backfill(asked=asked)
    for report in head.reports:
        if report[1] in asked:
            found.reports[report] = Reading(head.about(report))
            found.notes[report] = {}
    if not found.reports:
        raise meta.nothing_in_it()
    _Reader(found, head, quarters, tell).read(book)
    return found


class _Reader:
    def __init__(self, found: Backfill, head: meta.Head, quarters: Mapping[str, Quarter], tell: Tell) -> None:
        self.found, self.head, self.tell = found, head, tell
        self.findings = found.findings
        self.questions = next(iter(found.asked.values()))
        names = {row.slug: [row.name] for row in Consortium.objects.all()}
        self.hips = Words({slug: [*names.get(slug, []), name] for slug, name in head.hips.items()})
        self.quarters = layout.words_of_quarters(quarters.values())
        self.shown_hips = list(head.hips.values())
        self.shown_quarters = [
            notation.quarter(period, language=get_language() or notation.DUTCH) for period in quarters
        ]
        self.action_lines = words.of_action_lines(self.questions)
        self.present: dict[Report, dict[str, str]] = {report: {} for report in found.reports}
        """By report the sections that it has rows in, with the names of their sheets."""

    def read(self, book: spreadsheet.Spreadsheet) -> None:
        needed = layout.columns(self.questions)
        tables = cells.tables(book, needed, self.head.labels, self.findings, most_rows=layout.MOST_ROWS)
        steps: dict[str, Any] = {
            Section.FIGURES: self._figures,
            Section.PARTICIPATIONS: self._organisations,
            Section.UNIDENTIFIED: self._unidentified,
            Section.HEADCOUNTS: self._headcounts,
            words.NOTES: self._notes,
        }
        self.total = sum(len(table.rows) for table in tables.values())
        self.done = 0
        names = {name: table.name for name, table in tables.items()}
        for name, step in steps.items():
            if name in tables:
                step(tables.pop(name), needed[name])
        for report, one_reading in self.found.reports.items():
            self._complete(report, one_reading, names)

    def _complete(self, report: Report, found: Reading, names: Mapping[str, str]) -> None:
        """A sheet without any row of a report says nothing of it: there the report stays as it is."""
        found.sheets = self.present[report]
        for section in content.SECTIONS:
            if section in found.sheets:
                continue
            left = [line for line in found.about.base if content.section_of(line) == section]
            found.lines += left
            if left and section in names and found.sheets:
                detail = _("There is no row of this quarter of this HIP on this sheet: here it stays as it is.")
                found.findings.doubt(names[section], "left-alone", detail)
        found.findings.doubts = reading.without_known(found)

    # --- which report a row is of

    def _rows(self, table: Table, columns: Sequence[str]) -> Iterator[tuple[Row, Report]]:
        """The rows that say something, each with its report; a row that says it of no report has its problem."""
        for row in table.rows:
            self.done += 1
            if self.done % 1_000 == 0:
                self.tell(self.done, self.total)
            report = self._report(table, row, is_filled=bool(table.filled(row, columns)))
            if report is not None:
                yield row, report

    def _report(self, table: Table, row: Row, *, is_filled: bool) -> Report | None:
        at_hip, at_quarter = table.at(row, layout.HIP), table.at(row, layout.QUARTER)
        hip = self._which(at_hip, self.hips, self.shown_hips, is_filled=is_filled)
        quarter = self._which(at_quarter, self.quarters, self.shown_quarters, is_filled=is_filled)
        if not hip or not quarter:
            return None
        return hip, quarter

    def _which(self, cell: Cell, known: Words, shown: Sequence[str], *, is_filled: bool) -> str | None:
        """What stands in one of the first two columns; what is wrong with it matters where the row says something."""
        if cell.is_blank:
            if is_filled:
                self.findings.refuse(cell.address, "required", _("Say which HIP and which quarter this is about."))
            return None
        if not is_filled:
            return known.value(cell.text)
        return cells.choice(cell, known, shown, self.findings)

    # --- the sheets

    def _figures(self, table: Table, columns: Sequence[str]) -> None:
        codes = layout.columns_of_numbers(self.questions)
        names = layout.words_of_figures(self.found.asked)
        rows_asked = layout.figure_rows(self.found.asked)
        rows: dict[Report, dict[str, Row]] = {}
        for row, report in self._rows(table, codes):
            self.present[report][Section.FIGURES] = table.name
            if not table.filled(row, codes):
                continue
            findings, cell = self.found.reports[report].findings, table.at(row, layout.INDICATOR)
            key = names.value(cells.text(cell, findings))
            if key is None:
                findings.refuse(cell.address, "unknown", _("Choose the indicator from the list."))
            elif key not in rows_asked[report[1]]:
                findings.refuse(cell.address, "not-asked", _("This is not asked in this quarter. Empty this row."))
            elif key in rows.setdefault(report, {}):
                findings.refuse(cell.address, "duplicate", _("This row is already there, above."))
            else:
                rows[report][key] = row
        for report, by_key in rows.items():
            indicators = {asked.indicator.code: asked for asked in rows_asked[report[1]].values()}
            for code, asked in indicators.items():
                self._figure(table, code, asked, by_key, self.found.reports[report])

    def _figure(self, table: Table, code: str, asked: AskedFigure, rows: Mapping[str, Row], found: Reading) -> None:
        """The numbers of one indicator, of a share from its two rows."""
        parts = {"numerator": f"{code}/numerator", "denominator": f"{code}/denominator"}
        keys = parts if asked.is_ratio else {"value": code}
        there = {part: rows[key] for part, key in keys.items() if key in rows}
        for column in layout.columns_of_numbers(self.questions) if there else ():
            places = {part: table.at(row, column) for part, row in there.items()}
            if (column == NO_LINE) == asked.definition.by_action_line:
                reading.refuse_closed(list(places.values()), found, by_action_line=asked.definition.by_action_line)
                continue
            before = len(found.findings.problems)
            line = reading.figure(code, column, places, found, is_count=not asked.is_euro)
            if line is None:
                continue
            if len(places) < len(keys) and len(found.findings.problems) == before:
                detail = _("The other number of this share is missing: it has a row of its own.")
                found.findings.refuse(line.origin, "required", detail)
                continue
            found.lines.append(line)

    def _organisations(self, table: Table, columns: Sequence[str]) -> None:
        columns = [key for key in columns if key not in layout.WHICH]
        for row, report in self._rows(table, columns):
            if table.filled(row, columns):
                self.present[report][Section.PARTICIPATIONS] = table.name
                found = self.found.reports[report]
                found.lines += reading_organisations.organisation(table, row, self.questions, found)

    def _unidentified(self, table: Table, columns: Sequence[str]) -> None:
        columns = [key for key in columns if key not in layout.WHICH]
        for row, report in self._rows(table, columns):
            self.present[report][Section.UNIDENTIFIED] = table.name
            found = self.found.reports[report]
            for key in columns:
                cell = table.at(row, key)
                count = cells.number(cell, found.findings)
                if count is not None:
                    found.places.add(cell.address, {})
                    code = key.removeprefix(one.LINE)
                    found.lines.append(UnidentifiedLine(origin=cell.address, action_line=code, count=count))

    def _headcounts(self, table: Table, columns: Sequence[str]) -> None:
        columns = [key for key in columns if key not in layout.WHICH]
        for row, report in self._rows(table, columns):
            if table.filled(row, columns):
                self.present[report][Section.HEADCOUNTS] = table.name
                found = self.found.reports[report]
                line = reading.headcount(table, row, self.questions, self.action_lines, found)
                if line is not None:
                    found.lines.append(line)

    def _notes(self, table: Table, columns: Sequence[str]) -> None:
        subjects = layout.words_of_subjects(self.found.asked)
        for row, report in self._rows(table, [layout.TEXT]):
            findings, notes = self.found.reports[report].findings, self.found.notes[report]
            text = cells.text(table.at(row, layout.TEXT), findings)
            if not text:
                continue
            cell = table.at(row, layout.ABOUT)
            about = subjects.value(cells.text(cell, findings)) if not cell.is_blank else ""
            if about is None:
                findings.refuse(cell.address, "unknown", _("Choose a sheet or an indicator from the list."))
            elif about in notes:
                findings.refuse(cell.address, "duplicate", _("This row is already there, above."))
            else:
                notes[about] = text


def problems(found: Backfill) -> Iterator[Problem]:
    """What is wrong with the cells, of the workbook and of every report in it."""
    yield from found.findings.problems
    for each in found.reports.values():
        yield from each.problems
