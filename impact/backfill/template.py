"""The backfill workbook, written row by row without keeping it in memory: prefilled with what each report has."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any, BinaryIO

import xlsxwriter
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import clock, notation
from consortia.models import OrganisationType, SizeClass
from impact.backfill import layout, meta
from impact.backfill.source import Source
from impact.edits import NO_LINE
from impact.forms.headcounts import shown_category
from impact.models import Group, Involvement, Section
from impact.models.codebook import MAX_COUNT
from impact.standing import Standing
from impact.submission import HeadcountLine, Line, ParticipationLine, UnidentifiedLine
from impact.workbook import instructions, words
from impact.workbook import layout as one
from impact.workbook import meta as signed
from impact.workbook.template import FIRST_ROW, STARTS_A_FORMULA, numbers_of, styles

_WIDTHS = {
    layout.HIP: 24.0, layout.QUARTER: 11.0, layout.INDICATOR: 44.0, layout.ABOUT: 34.0, layout.TEXT: 90.0,
    "kvkNumber": 12.0, "institutionCode": 12.0, "name": 34.0, "postcode": 11.0, "sizeClass": 12.0, "category": 18.0,
}  # fmt: skip
_NUMBERS = ("headcount", "firstTime")


def write(source: Source, stream: BinaryIO) -> None:
    """The `.xlsx` in the language of the reader."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties({"title": _("Backfill"), "company": ""})
    _Template(book, source).write()
    book.close()


def file_name(source: Source) -> str:
    hips = source.hips[0].slug if len(source.hips) == 1 else f"{len(source.hips)}-hips"
    periods = sorted({source.quarters[0].pk, source.quarters[-1].pk})
    return f"{_('backfill')}-{hips}-{'-'.join(periods)}.xlsx"


class _Template:
    def __init__(self, book: Any, source: Source) -> None:
        self.book = book
        self.source = source
        self.language = get_language() or notation.DUTCH
        self.names = words.sheet_names()
        self.labels = words.column_labels()
        self.formats = styles(book)
        self.lines = source.questions.action_lines
        self.ways, self.types, self.sizes = (words.labels(each) for each in (Involvement, OrganisationType, SizeClass))
        self.groups = words.labels(Group)
        self.columns = layout.columns(source.questions)
        self.headers: dict[str, str] = {}
        self.rows: dict[str, int] = {}
        """By sheet the next row to write."""
        self.sheets: dict[str, Any] = {}

    def write(self) -> None:
        order = (words.INSTRUCTIONS, *self.columns)
        self.sheets = {name: self.book.add_worksheet(self.names[name]) for name in order}
        self._write_instructions(self.sheets[words.INSTRUCTIONS])
        lists = self._write_lists()
        for name, keys in self.columns.items():
            self._begin(name, keys, lists)
        hidden = self.book.add_worksheet(signed.SHEET)
        hidden.very_hidden()
        hidden.write_string(0, 0, f"{signed.MARK}meta")
        hidden.write_row(1, 0, [layout.HEAD, *meta.head(self.source, self.headers, self.language)])
        for number, (held, lines) in enumerate(self.source.reports(), start=2):
            self._write_report(held, lines)
            hidden.write_row(number, 0, [meta.name_of(held), *meta.chunks(held, lines, self.language)])
        for name, keys in self.columns.items():
            self.sheets[name].autofilter(FIRST_ROW - 1, 1, max(FIRST_ROW, self.rows[name] - 1), len(keys))
        self.sheets[words.INSTRUCTIONS].activate()

    # --- what sheets share

    def _begin(self, name: str, keys: Sequence[str], lists: Mapping[str, str]) -> None:
        """Keys in a hidden row and column, the title, and the headers: from the top, for nothing is kept."""
        sheet = self.sheets[name]
        labels = [self._label(key) for key in keys]
        sheet.set_column(0, 0, 2, None, {"hidden": True})
        for number, key in enumerate(keys, start=1):
            sheet.set_column(number, number, _WIDTHS.get(key, 16.0), self.formats[self._format(name, key)])
            self._allow(sheet, number, key, lists, is_number=self._format(name, key) != "text")
        sheet.set_row(0, None, None, {"hidden": True})
        sheet.write_row(0, 0, [f"{signed.MARK}{name}", *keys])
        sheet.set_row(1, None, self.formats["label"])
        sheet.write_string(1, 1, f"{self.names[name]} – {_('Backfill')}", self.formats["title"])
        sheet.set_row(2, None, self.formats["label"])
        sheet.write_string(2, 1, _remarks()[name], self.formats["remark"])
        sheet.set_row(3, 34, self.formats["label"])
        sheet.write_string(3, 0, signed.DATA)
        for number, (key, label) in enumerate(zip(keys, labels, strict=True), start=1):
            sheet.write_string(3, number, label, self.formats["header"])
            self.headers[signed.header(name, key)] = label
        sheet.freeze_panes(FIRST_ROW, 3)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(FIRST_ROW - 1)
        self.rows[name] = FIRST_ROW

    def _label(self, key: str) -> str:
        if key == NO_LINE:
            return _("HIP as a whole")
        code = key.removeprefix(one.LINE)
        line = next((line for line in self.lines if line.code == code), None)
        return line.short if line else self.labels[key]

    def _format(self, name: str, key: str) -> str:
        codes = {NO_LINE, *(line.code for line in self.lines)}
        if key in _NUMBERS or (name == Section.UNIDENTIFIED and key.startswith(one.LINE)):
            return "count"
        return "count" if name == Section.FIGURES and key in codes else "text"

    def _allow(self, sheet: Any, column: int, key: str, lists: Mapping[str, str], *, is_number: bool) -> None:
        last = FIRST_ROW + layout.MOST_ROWS - 1
        options: dict[str, Any] = {}
        if is_number:
            options = {
                "validate": "decimal", "criteria": "between", "minimum": 0, "maximum": MAX_COUNT,
                "error_title": _("Not possible here"),
                "error_message": _("A number from 0. Empty is not reported, 0 is none."),
            }  # fmt: skip
        elif key.startswith(one.LINE):
            options = {
                "validate": "list", "source": lists["involvement"], "error_type": "information",
                "input_title": _("How it takes part"),
                "input_message": _("Choose one, or type several with a semicolon between them."),
            }  # fmt: skip
        elif key in lists:
            options = {"validate": "list", "source": lists[key]}
        if options:
            sheet.data_validation(FIRST_ROW, column, last, column, options)

    def _write_lists(self) -> dict[str, str]:
        sheet = self.book.add_worksheet(signed.LISTS)
        sheet.hide()
        labels = [label for each in self.source.asked.values() for _key, label, _asked in one.figure_rows(each)]
        lists = {
            layout.HIP: [hip.name for hip in self.source.hips],
            layout.QUARTER: [self._quarter(row.pk) for row in self.source.quarters],
            layout.INDICATOR: list(dict.fromkeys(labels)),
            layout.ABOUT: layout.subjects(self.source.asked),
            "organisationType": list(self.types.values()),
            "sizeClass": list(self.sizes.values()),
            "involvement": list(self.ways.values()),
            "group": list(self.groups.values()),
            "actionLine": [line.short for line in self.lines],
        }
        for number, texts in enumerate(zip_longest(*lists.values(), fillvalue="")):
            sheet.write_row(number, 0, texts)
        return {
            name: f"={signed.LISTS}!${letter}$1:${letter}${max(1, len(texts))}"
            for letter, (name, texts) in zip("ABCDEFGHI", lists.items(), strict=True)
        }

    def _quarter(self, period: str) -> str:
        return notation.quarter(period, language=self.language)

    def _row(self, name: str, held: Standing, values: Sequence[Any], numbers: str = "count") -> None:
        """The next row of a sheet: texts, numbers, None for an empty cell and False for one that is not asked."""
        sheet, row = self.sheets[name], self.rows[name]
        self.rows[name] += 1
        report = held.report
        for column, value in enumerate((report.consortium.name, self._quarter(report.quarter_id), *values), start=1):
            if isinstance(value, Decimal):
                sheet.write_number(row, column, float(value), self.formats[numbers])
            elif isinstance(value, str) and value:
                quoted = "quoted" if value.startswith(STARTS_A_FORMULA) else "text"
                sheet.write_string(row, column, value, self.formats[quoted])
            elif value is False:
                sheet.write_blank(row, column, None, self.formats["closed"])

    # --- the rows of one report

    def _write_report(self, held: Standing, lines: Sequence[Line]) -> None:
        self._write_figures(held, lines)
        self._write_organisations(held, lines)
        counts = {line.action_line: line.count for line in lines if isinstance(line, UnidentifiedLine)}
        self._row(Section.UNIDENTIFIED, held, [counts.get(line.code) for line in self.lines])
        names = {line.code: line.short for line in self.lines}
        for line in lines:
            if isinstance(line, HeadcountLine):
                texts = [self.groups.get(line.group, line.group), shown_category(line)]
                texts += [names.get(line.action_line, line.action_line), line.institution_code]
                self._row(Section.HEADCOUNTS, held, [*texts, line.headcount, line.first_time])
        self._row(words.NOTES, held, [])

    def _write_figures(self, held: Standing, lines: Sequence[Line]) -> None:
        now = numbers_of(lines)
        for key, label, asked in one.figure_rows(self.source.asked[held.report.quarter_id]):
            values: list[Any] = [
                now.get((key, place)) if (place != NO_LINE) == asked.definition.by_action_line else False
                for place in layout.columns_of_numbers(self.source.questions)
            ]
            self._row(Section.FIGURES, held, [label, *values], "euro" if asked.is_euro else "count")

    def _write_organisations(self, held: Standing, lines: Sequence[Line]) -> None:
        listed = [line for line in lines if isinstance(line, ParticipationLine)]
        for facts, of_row in one.by_organisation(listed):
            number, code, name, organisation_type, postcode, size = facts
            type_word, size_word = self.types.get(organisation_type, organisation_type), self.sizes.get(size, size)
            in_lines = [
                words.SEPARATOR.join(self.ways[each.involvement] for each in of_row if each.action_line == line.code)
                for line in self.lines
            ]
            self._row(Section.PARTICIPATIONS, held, [number, code, name, type_word, postcode, size_word, *in_lines])

    # --- the first sheet

    def _write_instructions(self, sheet: Any) -> None:
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 92)
        periods = [self._quarter(row.pk) for row in self.source.quarters]
        made = formats.date_format(timezone.localtime(clock.now()), "SHORT_DATETIME_FORMAT")
        rows = [
            (_("Backfill"), "", "title"),
            ("", "", "wrapped"),
            (_("HIPs"), ", ".join(hip.name for hip in self.source.hips), "header"),
            (_("Quarters"), ", ".join(periods), "header"),
            (_("Made on"), made, "header"),
            ("", "", "wrapped"),
            *((_("Step %(number)d") % {"number": place}, text, "header") for place, text in enumerate(_steps(), 1)),
            ("", "", "wrapped"),
            *((_("Good to know") if not place else "", text, "header") for place, text in enumerate(_rules())),
        ]
        for number, (label, text, style) in enumerate(rows):
            if label:
                sheet.write_string(number, 0, label, self.formats[style])
            if text:
                sheet.write_string(number, 1, text, self.formats["wrapped"])
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)


def _remarks() -> dict[str, str]:
    return {
        Section.FIGURES: _("One row an indicator of one quarter of one HIP. Empty is not reported, 0 is none."),
        Section.PARTICIPATIONS: _(
            "One row an organisation in one quarter of one HIP; in each action line how it takes part, several with a "
            "semicolon between them."
        ),
        Section.UNIDENTIFIED: _("Companies that took part and whose KVK number is not known, in each action line."),
        Section.HEADCOUNTS: _("Head counts, never names: one row a group, category, action line and institution."),
        words.NOTES: _(
            "What explains an unusual number: say about which indicator or sheet. Without that it is the remark with "
            "which the report is handed in."
        ),
    }


def _steps() -> list[str]:
    return [
        _("Fill in the sheets, or paste in them. Every row says which HIP and which quarter it is about."),
        _("Save the workbook as .xlsx, and upload it in the portal, where you downloaded it."),
        _("You see report by report what changes and what is wrong. Nothing is taken over before you confirm it."),
        _("What is taken over is a draft. Handing in is a step of its own, and somebody else reviews it."),
    ]


def _rules() -> list[str]:
    return [
        *instructions.rules(),
        _("A quarter of a HIP that has no row on a sheet is left there as it is."),
        _("What is submitted or accepted stays as it is: a correction is made in the report itself."),
    ]
