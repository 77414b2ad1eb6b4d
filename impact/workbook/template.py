"""The workbook, written: prefilled with the draft, the quarter before beside it, and what may be chosen in lists."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.models import OrganisationType, SizeClass
from impact.edits import NO_LINE, key_of
from impact.forms.headcounts import shown_category
from impact.models import Group, Involvement, Section, StudentCategory
from impact.models.codebook import MAX_COUNT
from impact.returning import names_of
from impact.submission import MAX_ROWS, FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine
from impact.workbook import instructions, layout, meta, words
from impact.workbook.source import Source

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST_ROW = 4
"""Of the data, counted from 0: above it stand keys, title, a remark and the headers."""
_KEYS, _TITLE, _REMARK, _HEADERS = range(FIRST_ROW)
_SPARE_ROWS = 2_000
"""Rows below the filled ones that have lists to choose from."""
STARTS_A_FORMULA = ("=", "+", "-", "@")
ROWS_MAY = {
    "insert_rows": True, "delete_rows": True, "sort": True, "autofilter": True, "format_cells": True,
    "format_columns": True, "format_rows": True,
}  # fmt: skip


def written(source: Source) -> bytes:
    """The `.xlsx` in the language of the reader."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": f"{source.hip.name} {source.quarter.pk}", "company": ""})
    _Template(book, source).write()
    book.close()
    return stream.getvalue()


def file_name(source: Source) -> str:
    return f"{source.hip.slug}-{source.quarter.pk}.xlsx"


def styles(book: Any) -> dict[str, Any]:
    """How cells look, by name; added to a workbook of xlsxwriter."""
    base = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
    field = {**base, "locked": False, "bg_color": "#FFFBE6", "border": 1, "border_color": "#C9C2A5"}
    # What a reviewer did not return: it stays as it was handed in.
    fixed = {**field, "locked": True, "bg_color": "#E3E5E8"}
    grey = {**base, "font_color": "#5F6368", "bg_color": "#F1F3F4"}
    formats: dict[str, dict[str, Any]] = {
        "title": {**base, "bold": True, "font_size": 14},
        "remark": {**base, "font_color": "#444444"},
        "wrapped": {**base, "text_wrap": True},
        "header": {**base, "bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "bottom": 1},
        "label": {**base, "text_wrap": True},
        "count": {**field, "num_format": "#,##0"},
        "euro": {**field, "num_format": "#,##0.00"},
        "text": {**field, "num_format": "@"},
        "quoted": {**field, "num_format": "@", "quote_prefix": True},
        "closed": {**grey, "bg_color": "#D9D9D9"},
        "fixed_count": {**fixed, "num_format": "#,##0"},
        "fixed_euro": {**fixed, "num_format": "#,##0.00"},
        "fixed_text": {**fixed, "num_format": "@"},
        "was": {**grey, "num_format": "#,##0"},
        "was_euro": {**grey, "num_format": "#,##0.00"},
        "was_text": grey,
    }
    return {name: book.add_format(each) for name, each in formats.items()}


class _Template:
    def __init__(self, book: Any, source: Source) -> None:
        self.book = book
        self.source = source
        self.questions = source.questions
        self.names = words.sheet_names()
        self.labels = words.column_labels()
        self.lists: dict[str, str] = {}
        self.headers: dict[str, str] = {}
        self.rows_below = FIRST_ROW + len(source.lines) + _SPARE_ROWS
        self.formats = styles(book)

    def write(self) -> None:
        sheets = {name: self.book.add_worksheet(label) for name, label in self.names.items() if self._has(name)}
        self._write_lists()
        instructions.write(sheets[words.INSTRUCTIONS], self.source, self.formats, self.names)
        labels = self._write_figures(sheets[Section.FIGURES])
        self._write_organisations(sheets[Section.PARTICIPATIONS])
        labels |= self._write_unidentified(sheets[Section.UNIDENTIFIED])
        self._write_headcounts(sheets[Section.HEADCOUNTS])
        if words.PROPOSALS in sheets:
            self._write_proposals(sheets[words.PROPOSALS])
        self._write_meta(labels | self.headers)
        sheets[words.INSTRUCTIONS].activate()

    def _has(self, name: str) -> bool:
        return name != words.NOTES and (name != words.PROPOSALS or bool(self.source.proposed))

    # --- what sheets share

    def _begin(
        self, sheet: Any, name: str, columns: Sequence[tuple[str, str, float]], remark: str, *, free_rows: bool = False
    ) -> None:
        """Keys in a hidden row and column, the title, and the headers; `columns` are keys, labels and widths."""
        sheet.write_string(_KEYS, 0, f"{meta.MARK}{name}")
        sheet.set_row(_KEYS, None, None, {"hidden": True})
        for row in (_TITLE, _REMARK):
            sheet.set_row(row, None, self.formats["label"])
        sheet.set_row(_HEADERS, 34, self.formats["label"])
        sheet.set_column(0, 0, 2, None, {"hidden": True})
        title = f"{self.names[name]} – {self.source.hip.name} – {self._quarter}"
        sheet.write_string(_TITLE, 1, title, self.formats["title"])
        sheet.write_string(_REMARK, 1, self._remark(remark), self.formats["remark"])
        sheet.write_string(_HEADERS, 0, meta.DATA)
        for number, (key, label, width) in enumerate(columns, start=1):
            sheet.write_string(_KEYS, number, key)
            sheet.write_string(_HEADERS, number, label, self.formats["header"])
            self.headers[meta.header(name, key)] = label
            sheet.set_column(number, number, width, self.formats["text"] if free_rows else None)
        sheet.freeze_panes(FIRST_ROW, 2)
        sheet.protect("", ROWS_MAY if free_rows else {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADERS)

    def _remark(self, remark: str) -> str:
        if self.source.kept is None:
            return remark
        return _("Only what is yellow may change: the reviewer returned that. Grey stays as it was handed in.")

    def _is_open(self, line: Line) -> bool:
        return self.source.kept is None or self.source.kept.is_open(line)

    def _kind(self, kind: str, line: Line) -> str:
        return kind if self._is_open(line) else f"fixed_{kind}"

    def _say(self, sheet: Any, row: int, column: int, places: Iterable[str]) -> None:
        """Put what the reviewer says at a cell."""
        said = [text for place in places for text in self.source.remarks.get(place, ())]
        if said:
            note = "\n".join([_("Reviewer:"), *said])
            sheet.write_comment(row, column, note, {"author": "Portal", "width": 260, "height": 40 + 20 * len(said)})

    @property
    def _quarter(self) -> str:
        return notation.quarter(self.source.quarter.pk, language=get_language() or notation.DUTCH)

    def _string(self, sheet: Any, row: int, column: int, text: str, format_name: str = "text") -> None:
        if not text:
            if format_name == "fixed_text":
                sheet.write_blank(row, column, None, self.formats[format_name])
            return
        if text.startswith(STARTS_A_FORMULA) and format_name == "text":
            format_name = "quoted"
        sheet.write_string(row, column, text, self.formats[format_name])

    def _number(self, sheet: Any, row: int, column: int, number: Decimal | None, format_name: str) -> None:
        if number is None:
            sheet.write_blank(row, column, None, self.formats[format_name])
        else:
            sheet.write_number(row, column, float(number), self.formats[format_name])

    def _allow(self, sheet: Any, rows: tuple[int, int], column: int, *, is_euro: bool = False) -> None:
        """Only numbers of the right kind; Excel says it at once, and reading says it again."""
        sheet.data_validation(
            rows[0], column, rows[1], column,
            {
                "validate": "decimal" if is_euro else "integer",
                "criteria": "between", "minimum": 0, "maximum": MAX_COUNT,
                "error_title": _("Not possible here"),
                "error_message": _("An amount from 0, with at most two decimals.")
                if is_euro
                else _("A whole number from 0. Empty is not reported, 0 is none."),
            },
        )  # fmt: skip

    def _choose(self, sheet: Any, column: int, listed: str, *, several: bool = False) -> None:
        options: dict[str, Any] = {"validate": "list", "source": self.lists[listed]}
        if several:
            # A cell may hold several words, which no list knows: a warning, and what was typed stays.
            options |= {
                "error_type": "information",
                "input_title": _("How it takes part"),
                "input_message": _("Choose one, or type several with a semicolon between them."),
            }
        sheet.data_validation(FIRST_ROW, column, self.rows_below, column, options)

    # --- the sheets

    def _write_lists(self) -> None:
        sheet = self.book.add_worksheet(meta.LISTS)
        sheet.hide()
        lists = {
            "organisationType": words.labels(OrganisationType).values(),
            "sizeClass": words.labels(SizeClass).values(),
            "involvement": words.labels(Involvement).values(),
            "group": words.labels(Group).values(),
            "category": [str(label) for label in StudentCategory.labels],
            "actionLine": [line.short for line in self.questions.action_lines],
            "takesPart": [words.yes(), words.no()],
        }
        for column, (name, values) in enumerate(lists.items()):
            texts = list(values)
            sheet.write_column(0, column, texts)
            letter = chr(ord("A") + column)
            self.lists[name] = f"={meta.LISTS}!${letter}$1:${letter}${len(texts)}"

    def _write_figures(self, sheet: Any) -> dict[str, str]:
        lines = [(line.code, line.short) for line in self.questions.action_lines] + [(NO_LINE, _("HIP as a whole"))]
        columns = [(layout.LABEL, _("Indicator"), 44.0)]
        columns += [(code, label, 15.0) for code, label in lines]
        columns += [
            (f"{layout.WAS}{code}", _("%(name)s, last quarter") % {"name": label}, 15.0) for code, label in lines
        ]
        remark = _("Fill in the yellow cells. Empty is not reported, 0 is none. Grey: the quarter before.")
        self._begin(sheet, Section.FIGURES, columns, remark)
        now, before = numbers_of(self.source.lines), numbers_of(self.source.previous)
        rows = layout.figure_rows(self.questions)
        for number, (key, label, asked) in enumerate(rows, start=FIRST_ROW):
            sheet.write_string(number, 0, key)
            sheet.write_string(number, 1, label, self.formats["label"])
            for place, (code, _label) in enumerate(lines, start=2):
                if (code != NO_LINE) != asked.definition.by_action_line:
                    sheet.write_blank(number, place, None, self.formats["closed"])
                    continue
                line = FigureLine(
                    origin="", indicator=asked.indicator.code, action_line=None if code == NO_LINE else code
                )
                kind = self._kind("euro" if asked.is_euro else "count", line)
                self._number(sheet, number, place, now.get((key, code)), kind)
                self._say(sheet, number, place, [key_of(line)])
                self._allow(sheet, (number, number), place, is_euro=asked.is_euro)
                was = before.get((key, code))
                self._number(sheet, number, place + len(lines), was, "was_euro" if asked.is_euro else "was")
        return {key: label for key, label, _asked in rows}

    def _organisation_columns(self) -> list[tuple[str, str, float]]:
        widths = dict(zip(layout.FACTS, (12.0, 12.0, 34.0, 14.0, 11.0, 12.0), strict=True))
        columns = [(key, self.labels[key], widths[key]) for key in layout.FACTS]
        return columns + [(f"{layout.LINE}{line.code}", line.short, 20.0) for line in self.questions.action_lines]

    def _write_organisations(self, sheet: Any) -> None:
        remark = _(
            "One row an organisation; in each action line how it takes part, several with a semicolon between them. "
            "An organisation that does not take part any more: take its row out."
        )
        columns = self._organisation_columns()
        self._begin(sheet, Section.PARTICIPATIONS, columns, remark, free_rows=True)
        lines = [line for line in self.source.lines if isinstance(line, ParticipationLine)]
        self._fill_organisations(sheet, layout.by_organisation(lines), first_column=1)
        self._choose_in_organisations(sheet, first_column=1)
        sheet.autofilter(_HEADERS, 1, max(FIRST_ROW, FIRST_ROW + len(lines)), len(columns))

    def _fill_organisations(
        self, sheet: Any, rows: Iterable[tuple[tuple[str, ...], list[ParticipationLine]]], *, first_column: int
    ) -> None:
        types, sizes, ways = (words.labels(each) for each in (OrganisationType, SizeClass, Involvement))
        lines = [line.code for line in self.questions.action_lines]
        for number, (facts, of_row) in enumerate(rows, start=FIRST_ROW):
            kvk_number, code, name, organisation_type, postcode, size = facts
            size_word, type_word = sizes.get(size, size), types.get(organisation_type, organisation_type)
            texts = [kvk_number, code, name, type_word, postcode, size_word]
            kinds = ["text" if all(map(self._is_open, of_row)) else "fixed_text"] * len(texts)
            for line in lines:
                taking_part = [each for each in of_row if each.action_line == line]
                texts.append(words.SEPARATOR.join(ways[each.involvement] for each in taking_part))
                kinds.append("text" if self._is_open_in(of_row[0], line, taking_part) else "fixed_text")
            for column, (text, kind) in enumerate(zip(texts, kinds, strict=True), start=first_column):
                self._string(sheet, number, column, text, kind)
            names = dict.fromkeys(name for each in of_row for name in sorted(names_of(each)) if name.count("/") > 1)
            self._say(sheet, number, first_column + 2, names)

    def _is_open_in(self, row: ParticipationLine, line: str, taking_part: Sequence[ParticipationLine]) -> bool:
        """Whether anything of an organisation may change in an action line, also where it did not take part."""
        if self.source.kept is None or any(map(self._is_open, taking_part)):
            return True
        return any(
            self._is_open(replace(row, action_line=line, involvement=involvement)) for involvement in Involvement.values
        )

    def _choose_in_organisations(self, sheet: Any, *, first_column: int) -> None:
        columns = layout.organisation_columns(self.questions)
        for column, key in enumerate(columns, start=first_column):
            if key in ("organisationType", "sizeClass"):
                self._choose(sheet, column, key)
            elif key.startswith(layout.LINE):
                self._choose(sheet, column, "involvement", several=True)

    def _write_proposals(self, sheet: Any) -> None:
        remark = _(
            "These organisations took part before, or were at an event. yes: it takes part; no: it does not; empty: "
            "it stays a proposal."
        )
        columns = [(layout.TAKES_PART, self.labels[layout.TAKES_PART], 12.0), *self._organisation_columns()]
        self._begin(sheet, words.PROPOSALS, columns, remark, free_rows=True)
        rows = [(layout.facts_of(each.lines[0]), list(each.lines)) for each in self.source.proposed]
        self._fill_organisations(sheet, rows, first_column=2)
        self._choose(sheet, 1, "takesPart")
        self._choose_in_organisations(sheet, first_column=2)

    def _write_unidentified(self, sheet: Any) -> dict[str, str]:
        columns = [(layout.LABEL, self.labels["actionLine"], 34.0), (layout.COUNT, self.labels["count"], 18.0)]
        columns.append((f"{layout.WAS}{layout.COUNT}", _("Last quarter"), 14.0))
        remark = _("Companies that took part and whose KVK number is not known, in each action line.")
        self._begin(sheet, Section.UNIDENTIFIED, columns, remark)
        now, before = (
            {line.action_line: line.count for line in lines if isinstance(line, UnidentifiedLine)}
            for lines in (self.source.lines, self.source.previous)
        )
        for number, line in enumerate(self.questions.action_lines, start=FIRST_ROW):
            sheet.write_string(number, 0, line.code)
            sheet.write_string(number, 1, line.short, self.formats["label"])
            counted = UnidentifiedLine(origin="", action_line=line.code, count=Decimal(0))
            self._number(sheet, number, 2, now.get(line.code), self._kind("count", counted))
            self._say(sheet, number, 2, [key_of(counted)])
            self._number(sheet, number, 3, before.get(line.code), "was")
        last = FIRST_ROW + len(self.questions.action_lines) - 1
        self._allow(sheet, (FIRST_ROW, last), 2)
        return {line.code: line.short for line in self.questions.action_lines}

    def _write_headcounts(self, sheet: Any) -> None:
        widths = dict(zip(layout.HEADCOUNTS, (16.0, 18.0, 22.0, 16.0, 14.0, 20.0), strict=True))
        columns = [(key, self.labels[key], widths[key]) for key in layout.HEADCOUNTS]
        columns += [
            (f"{layout.WAS}{key}", _("%(name)s, last quarter") % {"name": self.labels[key]}, 16.0)
            for key in layout.HEADCOUNTS[-2:]
        ]
        remark = _("Head counts, never names. Rows of last quarter stand ready; without numbers they do not count.")
        self._begin(sheet, Section.HEADCOUNTS, columns, remark, free_rows=True)
        # Numbers of a column that may hold text would come back as text.
        for column, width in ((5, 14), (6, 20)):
            sheet.set_column(column, column, width, self.formats["count"])
        now, before = _headcounts(self.source.lines), _headcounts(self.source.previous)
        names = {line.code: line.short for line in self.questions.action_lines}
        groups = words.labels(Group)
        # What stands ready never makes it longer than what is read.
        for number, key in enumerate(islice({**now, **before}, MAX_ROWS), start=FIRST_ROW):
            line = now.get(key) or before[key]
            texts = [groups.get(line.group, line.group), shown_category(line)]
            texts += [names.get(line.action_line, line.action_line), line.institution_code]
            kind = self._kind("count", line)
            for column, text in enumerate(texts, start=1):
                self._string(sheet, number, column, text, "text" if self.source.kept is None else "fixed_text")
            current, was = now.get(key), before.get(key)
            self._number(sheet, number, 5, current.headcount if current else None, kind)
            self._number(sheet, number, 6, current.first_time if current else None, kind)
            self._say(sheet, number, 5, [key_of(line)])
            if was is not None:
                self._number(sheet, number, 7, was.headcount, "was")
                self._number(sheet, number, 8, was.first_time, "was")
        for column, listed in ((1, "group"), (3, "actionLine")):
            self._choose(sheet, column, listed)
        self._allow(sheet, (FIRST_ROW, self.rows_below), 5)
        self._allow(sheet, (FIRST_ROW, self.rows_below), 6)

    def _write_meta(self, labels: Mapping[str, str]) -> None:
        sheet = self.book.add_worksheet(meta.SHEET)
        sheet.very_hidden()
        held = self.source.standing
        about = meta.Meta(
            consortium=self.source.hip.slug,
            quarter=self.source.quarter.pk,
            tag=held.tag,
            base=self.source.lines,
            labels=labels,
            language=get_language() or notation.DUTCH,
        )
        sheet.write_string(0, 0, f"{meta.MARK}meta")
        for number, chunk in enumerate(about.chunks(), start=1):
            sheet.write_string(number, 0, chunk)


def numbers_of(lines: Iterable[Line]) -> dict[tuple[str, str], Decimal]:
    """By key of the row and action line."""
    found: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        if isinstance(line, FigureLine):
            place = line.action_line or NO_LINE
            numbers = {
                line.indicator: line.value,
                f"{line.indicator}/numerator": line.numerator,
                f"{line.indicator}/denominator": line.denominator,
            }
            found |= {(key, place): number for key, number in numbers.items() if number is not None}
    return found


def _headcounts(lines: Iterable[Line]) -> dict[tuple[str, str, str, str], HeadcountLine]:
    return {
        (line.group, line.category, line.action_line, line.institution_code): line
        for line in lines
        if isinstance(line, HeadcountLine)
    }
