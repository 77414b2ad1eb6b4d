"""The first sheet of a workbook: what it is for and how it is filled in."""

from collections.abc import Mapping
from typing import Any

from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import clock, notation
from impact.models import Section
from impact.workbook import words
from impact.workbook.source import Source


def write(sheet: Any, source: Source, styles: Mapping[str, Any], names: Mapping[str, str]) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 92)
    quarter = notation.quarter(source.quarter.pk, language=get_language() or notation.DUTCH)
    sheet.write_string(0, 0, _("Report of the quarter"), styles["title"])
    facts = [
        (_("HIP"), source.hip.name),
        (_("Quarter"), quarter),
        (_("Hand in by"), formats.date_format(source.due_date) if source.due_date else ""),
        (_("Made on"), formats.date_format(timezone.localtime(clock.now()), "SHORT_DATETIME_FORMAT")),
    ]
    for number, (label, text) in enumerate(facts, start=2):
        sheet.write_string(number, 0, label, styles["header"])
        sheet.write_string(number, 1, text, styles["wrapped"])
    row = len(facts) + 3
    for number, step in enumerate(_steps(names), start=1):
        sheet.write_string(row, 0, _("Step %(number)d") % {"number": number}, styles["header"])
        sheet.write_string(row, 1, step, styles["wrapped"])
        row += 1
    row += 1
    kept = [
        ("fixed_text", _("Grey with a border: fixed, for the reviewer did not return it. Ask the programme office."))
    ]
    for style, meaning in (
        *(kept if source.kept is not None else ()),
        ("text", _("Yellow: to fill in.")),
        ("was_text", _("Light grey: the quarter before, to compare.")),
        ("closed", _("Dark grey: not asked here.")),
    ):
        sheet.write_blank(row, 0, None, styles[style])
        sheet.write_string(row, 1, meaning, styles["wrapped"])
        row += 1
    row += 1
    sheet.write_string(row, 0, _("Good to know"), styles["header"])
    for rule in rules():
        sheet.write_string(row, 1, rule, styles["wrapped"])
        row += 1
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _steps(names: Mapping[str, str]) -> list[str]:
    return [
        _("Fill in the sheets %(figures)s, %(organisations)s, %(unidentified)s and %(headcounts)s.")
        % {
            "figures": names[Section.FIGURES],
            "organisations": names[Section.PARTICIPATIONS],
            "unidentified": names[Section.UNIDENTIFIED],
            "headcounts": names[Section.HEADCOUNTS],
        },
        _("Is there a sheet %(proposals)s? Say there which organisations take part again.")
        % {"proposals": names[words.PROPOSALS]},
        _("Save the workbook as .xlsx, and upload it in the portal, where you downloaded it."),
        _("You see what changes before anything is taken over. What colleagues changed meanwhile stays as it is."),
    ]


def rules() -> list[str]:
    return [
        _("Empty is not reported. 0 is a number: there was nothing."),
        _("Type numbers, no formulas, no dates and no text such as 1.100."),
        _("Rows may be sorted, moved and added in the lists. The hidden row and column keep everything in its place."),
        _("Never enter citizen service numbers (BSN) or names of persons."),
    ]
