"""A filled workbook, read as the rows of a draft, each with the cell that it comes from.

Syntax only: what is wrong with a row is judged by `impact.submission.check`, and comes back to its cell by `Places`.
Source: docs/semantics.md, "Input".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from consortia.errors import Problem
from impact import spreadsheet
from impact.edits import NO_LINE, key_of, keyed
from impact.forms.questions import Questions
from impact.models import Group, Section, StudentCategory
from impact.spreadsheet import Cell, Row
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine
from impact.workbook import cells, layout, meta, reading_organisations, words
from impact.workbook.cells import Findings, Table
from impact.workbook.meta import Meta
from impact.workbook.words import Words


class Places:
    """Which cell repairs what: by origin of a row, its members and their cells."""

    def __init__(self) -> None:
        self._cells: dict[str, Mapping[str, str]] = {}

    def add(self, origin: str, members: Mapping[str, str]) -> None:
        self._cells.setdefault(origin, members)

    def of(self, origin: str) -> set[str]:
        """The cells of a row."""
        return {origin, *self._cells.get(origin, {}).values()}

    def find(self, pointer: str) -> str:
        """The address for a pointer that begins with an origin; empty for one that does not."""
        if pointer in self._cells:
            return pointer
        origin, _slash, member = pointer.rpartition("/")
        members = self._cells.get(origin)
        return "" if members is None else members.get(member, origin)


@dataclass
class Reading:
    """What a workbook says."""

    about: Meta
    lines: list[Line] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """Proposed organisations that do not take part any more, by number or code."""
    findings: Findings = field(default_factory=Findings)
    places: Places = field(default_factory=Places)
    sheets: dict[str, str] = field(default_factory=dict)
    """By section the name of its sheet."""
    empty: dict[str, str] = field(default_factory=dict)
    """By key of a row that the workbook does not have the cell in which it would stand, where there is one."""
    listed: dict[str, tuple[str, int, Mapping[str, int]]] = field(default_factory=dict)
    """By number and by code the row in which an organisation stands, and the columns of its sheet: for the same."""

    @property
    def problems(self) -> list[Problem]:
        return self.findings.problems

    def address(self, pointer: str) -> str:
        """Where a pointer of the check is repaired: a cell, a sheet, or nowhere in this workbook."""
        found = self.places.find(pointer)
        if found or not pointer.startswith("/"):
            return found or pointer
        by_key = keyed(self.lines)
        key, member = pointer, ""
        while key:
            if key in by_key:
                return self.places.find(f"{by_key[key].origin}/{member}")
            key, _slash, member = key.rpartition("/")
        return self._of_no_row(pointer) or self.sheets.get(pointer.split("/")[1], "")

    def _of_no_row(self, pointer: str) -> str:
        """The cell in which a row that is not there would stand."""
        parts = pointer.split("/")
        if parts[1] != "participations" or len(parts) < 4 or parts[2] not in self.listed:
            return self.empty.get(pointer, "")
        sheet, row, columns = self.listed[parts[2]]
        return f"{sheet}!{spreadsheet.letters(columns[f'{layout.LINE}{parts[3]}'])}{row}"


def read(data: bytes, *, consortium: str, quarter: str, questions: Questions) -> Reading:
    """The rows of a workbook and everything that is wrong with its cells.

    Raises:
        Refused: the file cannot be read, or is no workbook of this report.
    """
    book = spreadsheet.opened(data)
    about = meta.read(book, consortium=consortium, quarter=quarter)
    reading = Reading(about)
    organisations = layout.organisation_columns(questions)
    needed = {
        Section.FIGURES.value: [layout.LABEL, *layout.figure_columns(questions)],
        Section.PARTICIPATIONS.value: organisations,
        Section.UNIDENTIFIED.value: [layout.LABEL, layout.COUNT],
        Section.HEADCOUNTS.value: list(layout.HEADCOUNTS),
        words.PROPOSALS: [layout.TAKES_PART, *organisations],
    }
    tables = cells.tables(book, needed, about.labels, reading.findings)
    reading.sheets = {kind: table.name for kind, table in tables.items()}
    if Section.FIGURES in tables:
        _read_figures(tables[Section.FIGURES], questions, reading)
    if Section.PARTICIPATIONS in tables:
        reading_organisations.read(tables[Section.PARTICIPATIONS], questions, reading)
    if words.PROPOSALS in tables:
        reading_organisations.read_proposals(tables[words.PROPOSALS], questions, reading)
    if Section.UNIDENTIFIED in tables:
        _read_unidentified(tables[Section.UNIDENTIFIED], questions, reading)
    if Section.HEADCOUNTS in tables:
        _read_headcounts(tables[Section.HEADCOUNTS], questions, reading)
    reading.findings.doubts = without_known(reading)
    return reading


def without_known(reading: Reading) -> list[Problem]:
    """A number that stood in the draft already needs no question whether it is a date."""
    base = keyed(reading.about.base)
    known = {
        address
        for key, line in keyed(reading.lines).items()
        if key in base and replace(base[key], origin=line.origin) == line
        for address in reading.places.of(line.origin)
    }
    return [each for each in reading.findings.doubts if each.code != "date-like" or each.pointer not in known]


# --- sheets with fixed rows


def _fixed_rows(table: Table, keys: Sequence[str], columns: Sequence[str], reading: Reading) -> dict[str, Row]:
    """The rows by their hidden key, each there once and beside its own label."""
    findings = reading.findings
    found: dict[str, Row] = {}
    for row in table.rows:
        key, label = table.key_of(row), table.at(row, layout.LABEL)
        filled = table.filled(row, columns)
        if key not in keys:
            if filled:
                detail = _("This row is not one of the workbook: nothing can be added here.")
                findings.refuse(filled[0].address, "row-unknown", detail)
        elif key in found:
            findings.refuse(label.address, "duplicate", _("This row is already there, above."))
        else:
            found[key] = row
            expected = reading.about.labels.get(key, "")
            if label.text != expected.strip():
                detail = _(
                    "Here should stand “%(label)s”: labels and numbers were moved apart. Put them together again."
                )
                findings.refuse(label.address, "label-moved", detail % {"label": expected})
    for key in keys:
        if key not in found:
            detail = _("The row “%(label)s” is missing.") % {"label": reading.about.labels.get(key, key)}
            findings.refuse(table.name, "row-missing", detail)
    return found


def _read_figures(table: Table, questions: Questions, reading: Reading) -> None:
    columns = layout.figure_columns(questions)
    # What was asked when the workbook was made may have changed since: its own rows are looked for.
    asked_rows = layout.figure_rows(questions)
    rows = _fixed_rows(table, [key for key, _label, _asked in asked_rows], columns, reading)
    for asked in questions.figures:
        parts = ("numerator", "denominator") if asked.is_ratio else ("value",)
        code = asked.indicator.code
        keys = [f"{code}/{part}" for part in parts] if asked.is_ratio else [code]
        if any(key not in rows for key in keys):
            continue
        for column in columns:
            places = [table.at(rows[key], column) for key in keys]
            if (column == NO_LINE) == asked.definition.by_action_line:
                refuse_closed(places, reading, by_action_line=asked.definition.by_action_line)
                continue
            key = key_of(FigureLine(origin="", indicator=code, action_line=None if column == NO_LINE else column))
            reading.empty[key] = places[0].address
            line = figure(code, column, dict(zip(parts, places, strict=True)), reading, is_count=not asked.is_euro)
            if line is not None:
                reading.lines.append(line)


def refuse_closed(places: Sequence[Cell], reading: Reading, *, by_action_line: bool) -> None:
    """What was typed in a grey cell; the message says where it is asked instead."""
    detail = (
        _("This indicator is asked for each action line, not here. Fill it in there, and empty this cell.")
        if by_action_line
        else _("This indicator is asked once for the HIP as a whole, not here. Fill it in there, and empty this cell.")
    )
    for cell in places:
        if not cell.is_blank:
            reading.findings.refuse(cell.address, "not-asked", detail)


def figure(
    code: str, column: str, places: Mapping[str, Cell], reading: Reading, *, is_count: bool
) -> FigureLine | None:
    if all(cell.is_blank for cell in places.values()):
        return None
    findings = reading.findings
    before = len(findings.problems)
    numbers = {part: cells.number(cell, findings, is_count=is_count) for part, cell in places.items()}
    if len(findings.problems) > before:
        for cell in places.values():
            if cell.is_blank:
                findings.refuse(cell.address, "required", _("This number is missing."))
        return None
    origin = next(iter(places.values())).address
    reading.places.add(origin, {part: cell.address for part, cell in places.items()})
    line = None if column == NO_LINE else column
    return FigureLine(origin=origin, indicator=code, action_line=line, **numbers)


def _read_unidentified(table: Table, questions: Questions, reading: Reading) -> None:
    rows = _fixed_rows(table, [line.code for line in questions.action_lines], [layout.COUNT], reading)
    for code, row in rows.items():
        cell = table.at(row, layout.COUNT)
        reading.empty[key_of(UnidentifiedLine(origin="", action_line=code, count=Decimal(0)))] = cell.address
        count = cells.number(cell, reading.findings)
        if count is not None:
            reading.places.add(cell.address, {})
            reading.lines.append(UnidentifiedLine(origin=cell.address, action_line=code, count=count))


# --- head counts


def _read_headcounts(table: Table, questions: Questions, reading: Reading) -> None:
    lines = words.of_action_lines(questions)
    for row in table.rows:
        line = headcount(table, row, questions, lines, reading)
        if line is not None:
            reading.lines.append(line)


def headcount(table: Table, row: Row, questions: Questions, lines: Words, reading: Reading) -> HeadcountLine | None:
    """One row of people; None where it says nothing, or cannot be read. `lines`: the words for the action lines."""
    at = {key: table.at(row, key) for key in layout.HEADCOUNTS}
    if at["headcount"].is_blank and at["firstTime"].is_blank:
        # A row of last quarter that stands ready, or an empty one: not reported.
        reading.empty.setdefault(_key_of_blank(at, lines), at["headcount"].address)
        return None
    findings = reading.findings
    origin = at["group"].address
    reading.places.add(origin, {key: cell.address for key, cell in at.items()})
    before = len(findings.problems)
    group = cells.choice(at["group"], words.of_choices(Group), words.labels(Group).values(), findings)
    action_line = cells.choice(at["actionLine"], lines, [line.short for line in questions.action_lines], findings)
    category = cells.text(at["category"], findings)
    if group == Group.STUDENTS:
        category = words.of_choices(StudentCategory).value(category) or category
    institution = cells.text(at["institutionCode"], findings).upper()
    numbers = {key: cells.number(at[key], findings) for key in ("headcount", "firstTime")}
    for key, number in numbers.items():
        if number is None and at[key].is_blank:
            findings.refuse(at[key].address, "required", _("This number is missing."))
    if len(findings.problems) > before and (group is None or action_line is None):
        return None
    # With a problem nothing is stored; what else is wrong with the row is to be said as well.
    known = next((number for number in numbers.values() if number is not None), Decimal(0))
    return HeadcountLine(
        origin=origin,
        group=group or "",
        category=category,
        action_line=action_line or "",
        institution_code=institution,
        headcount=known if numbers["headcount"] is None else numbers["headcount"],
        first_time=Decimal(0) if numbers["firstTime"] is None else numbers["firstTime"],
    )


def _key_of_blank(at: Mapping[str, Cell], lines: Words) -> str:
    """The key of the row that would stand here with numbers; of no row where its words are not known."""
    groups, categories = words.of_choices(Group), words.of_choices(StudentCategory)
    group = groups.value(at["group"].text) or ""
    category = at["category"].text.strip()
    return key_of(
        HeadcountLine(
            origin="",
            group=group,
            category=(categories.value(category) or category) if group == Group.STUDENTS else category,
            action_line=lines.value(at["actionLine"].text) or "",
            institution_code=at["institutionCode"].text.strip().upper(),
            headcount=Decimal(0),
            first_time=Decimal(0),
        )
    )
