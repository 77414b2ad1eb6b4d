"""Cells, columns and tables of the report as plain data: what both files are made of, and what is kept.

A number travels as it is and as it is written; so the workbook has numbers, and the PDF needs no language.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.templatetags import portal
from impact.measures import Number
from impact.models.codebook import EURO
from impact.templatetags.figures import exact
from impact.views.figures import SHARE, Shown

Cell = Mapping[str, Any] | str
IN_UNITS = ("value", "trailingYear", "cumulative")
BOTH, ONLY_WORKBOOK = "both", "workbook"


def number(value: Number | None, unit: str = "", *, mark: str = "", decimals: int | None = None) -> Cell:
    """A number in the notation of its unit (`euro`, `share`, else plain); nothing reported is a dash, and no number."""
    if value is None:
        return f"–{mark}"
    if unit == EURO:
        written = portal.euro(round(Decimal(value)) if decimals == 0 else value)
    elif unit == SHARE:
        written = portal.percentage(value)
    else:
        written = portal.number(value, decimals)
    return {"number": exact(value), "unit": unit, "text": f"{written}{mark}"}


def measure(shown: Shown | None, name: str, *, decimals: int | None = None) -> Cell:
    """A measure of a cell; marked where a changed definition cuts it off."""
    if shown is None:
        return "–"
    if shown.cell.withheld:
        return _("not public")
    if shown.has_no_denominator(name):
        return _("n/a")
    mark = "*" if shown.is_cut(name) else ""
    return number(shown.measure(name), shown.notation if name in IN_UNITS else "", mark=mark, decimals=decimals)


def raw(shown: Shown, name: str) -> Cell:
    """As `measure`, for the workbook alone: not written in words."""
    value = None if shown.cell.withheld else shown.measure(name)
    if value is None:
        return measure(shown, name)
    return {"number": exact(value), "unit": shown.notation if name in IN_UNITS else ""}


def column(label: str, width: int, *, is_number: bool = False) -> dict[str, Any]:
    """`width` is the share of the page."""
    return {"label": label, "width": width, "is_number": is_number}


def table(
    title: str,
    columns: Sequence[Mapping[str, Any]],
    rows: Iterable[Sequence[Cell]],
    *,
    totals: int = 0,
    remarks: Iterable[str] = (),
) -> dict[str, Any]:
    """A table, of which the last `totals` rows are of everything together."""
    written = [list(row) for row in rows]
    first_total = len(written) - totals
    return {
        "title": title,
        "columns": list(columns),
        "rows": [{"cells": row, "is_total": place >= first_total} for place, row in enumerate(written)],
        "remarks": [remark for remark in remarks if remark],
    }


def section(
    sheet: str, title: str, *tables: Mapping[str, Any], paragraphs: Iterable[str] = (), where: str = BOTH
) -> dict[str, Any]:
    """A part of the report; `sheet` is its name in the workbook."""
    return {
        "sheet": sheet,
        "title": title,
        "paragraphs": [paragraph for paragraph in paragraphs if paragraph],
        "tables": list(tables),
        "where": where,
    }


def language() -> str:
    return (get_language() or notation.DUTCH)[:2]
