"""What a backfill workbook knows of itself: which reports are in it, and the rows that each was made from, signed.

In the hidden sheet each report has a row, signed by itself as in the workbook of one quarter, so that reading and
writing never hold more than one of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consortia.errors import Refused
from impact.backfill import layout
from impact.backfill.source import Source
from impact.spreadsheet import Spreadsheet
from impact.standing import Standing
from impact.submission import Line
from impact.workbook import meta
from impact.workbook.meta import Meta

FORM = 1
"""Raised when older workbooks can no longer be read."""
_SALT = "impact.backfill"


@dataclass(frozen=True)
class Head:
    labels: Mapping[str, str]
    """What stands above each column, by `impact.workbook.meta.header`."""
    hips: Mapping[str, str]
    """By slug what the HIPs were called when the workbook was made."""
    reports: Mapping[tuple[str, str], Sequence[str]]
    """By HIP and quarter the signed pieces of what it was made from."""

    def about(self, report: tuple[str, str]) -> Meta:
        """
        Raises:
            Refused: the hidden sheet was tampered with.
        """
        found = meta.parsed("".join(self.reports[report]))
        if (found.consortium, found.quarter) != report:
            raise meta.refused("tampered", _("The hidden sheet of this workbook was changed. Download a new one."))
        return found


def head(source: Source, labels: Mapping[str, str], language: str) -> list[str]:
    payload = {
        "form": FORM,
        "labels": dict(labels),
        "hips": {hip.slug: hip.name for hip in source.hips},
        "quarters": [row.pk for row in source.quarters],
        "language": language,
    }
    return meta.chunked(meta.signed(payload, salt=_SALT))


def name_of(held: Standing) -> str:
    return f"{held.report.consortium.slug}/{held.report.quarter_id}"


def chunks(held: Standing, lines: Sequence[Line], language: str) -> list[str]:
    about = meta.of(
        lines,
        consortium=held.report.consortium.slug,
        quarter=held.report.quarter_id,
        tag=held.tag,
        labels={},
        language=language,
    )
    return about.chunks()


def read(book: Spreadsheet) -> Head:
    """
    Raises:
        Refused: no backfill workbook of this portal, tampered with, or of an older form.
    """
    sheet = book.sheet(meta.SHEET)
    rows = {
        row.at(0).text: [cell.text for column, cell in sorted(row.cells.items()) if column]
        for row in (sheet.rows() if sheet else ())
    }
    if layout.HEAD not in rows:
        detail = _("This is no backfill workbook of this portal, or it lost its hidden sheet. Download a new one.")
        raise meta.refused("no-meta", detail)
    payload = meta.unsigned("".join(rows[layout.HEAD]), salt=_SALT)
    if payload.get("form") != FORM:
        raise meta.refused("older-form", _("This workbook is of an older form. Download a new one."))
    reports = {
        (hip, quarter): rows.get(f"{hip}/{quarter}", []) for hip in payload["hips"] for quarter in payload["quarters"]
    }
    return Head(payload["labels"], payload["hips"], reports)


def nothing_in_it() -> Refused:
    return meta.refused("no-meta", _("This workbook holds no report that the portal knows. Download a new one."))
