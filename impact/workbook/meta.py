"""What a workbook knows of itself: for which report it was made, and the rows that it was made from, signed.

It stands in a sheet that people do not see. The signature says that nobody changed it: what a row was when the
workbook was made decides whether somebody else changed it since.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from consortia.errors import Problem, Refused
from impact import content
from impact.spreadsheet import Spreadsheet
from impact.submission import Line

SHEET = "_meta"
LISTS = "_lists"
MARK = "ptvt:"
"""Begins the first cell of every sheet that is read; after it stands which one it is."""
DATA = "#"
"""Stands in the first column beside the headers: below it are the rows."""
FORM = 2
"""Raised when older workbooks can no longer be read."""
_SALT = "impact.workbook"
_CHUNK = 30_000


def header(sheet: str, key: str) -> str:
    """Names the header of a column among the labels."""
    return f"{sheet}!{key}"


@dataclass(frozen=True)
class Meta:
    consortium: str
    quarter: str
    tag: str
    """Of the report when the workbook was made."""
    base: tuple[Line, ...]
    labels: Mapping[str, str]
    """By key of a fixed row what stands beside it, by `header` of a column what stands above it: a label that moved
    away from its key is found by it."""
    language: str = "nl"

    @property
    def revision(self) -> int:
        """Of the report when the workbook was made."""
        return int(self.tag.strip('"').rpartition("-")[2])

    def chunks(self) -> list[str]:
        """Signed, in pieces that fit in a cell."""
        rows = {section: [_plain(row) for row in each] for section, each in content.write(self.base).items()}
        payload = {
            "form": FORM,
            "consortium": self.consortium,
            "quarter": self.quarter,
            "tag": self.tag,
            "language": self.language,
            "content": rows,
            "labels": dict(self.labels),
        }
        return chunked(signed(payload, salt=_SALT))


def read(book: Spreadsheet, *, consortium: str, quarter: str) -> Meta:
    """What the workbook knows of itself.

    Raises:
        Refused: it is not from this portal, was tampered with, is of an older form, or of another HIP or quarter.
    """
    sheet = book.sheet(SHEET)
    pieces = [row.at(0).text for row in sheet.rows()][1:] if sheet else []
    if not pieces:
        detail = _("This workbook was not made by this portal, or lost its hidden sheet. Download a new one.")
        raise refused("no-meta", detail)
    about = parsed("".join(pieces))
    if (about.consortium, about.quarter) != (consortium, quarter):
        detail = _("This workbook is of another report: %(consortium)s, %(quarter)s.")
        raise refused("other-report", detail % {"consortium": about.consortium, "quarter": about.quarter})
    return about


def parsed(text: str) -> Meta:
    """What `Meta.chunks` wrote.

    Raises:
        Refused: it was tampered with, or is of an older form.
    """
    payload = unsigned(text, salt=_SALT)
    if payload.get("form") != FORM:
        raise refused("older-form", _("This workbook is of an older form. Download a new one."))
    rows = {section: [_exact(row) for row in each] for section, each in payload["content"].items()}
    lines, problems = content.read(rows)
    assert not problems, "what was signed was written by this portal"
    return Meta(
        payload["consortium"], payload["quarter"], payload["tag"], tuple(lines), payload["labels"], payload["language"]
    )


def signed(payload: Mapping[str, Any], *, salt: str) -> str:
    """Without underscores, for spreadsheets read `_x0041_` as a letter."""
    return signing.dumps(payload, salt=salt, compress=True).replace("_", "~")


def unsigned(text: str, *, salt: str) -> Any:
    """
    Raises:
        Refused: it was not signed so by this portal.
    """
    try:
        return signing.loads(text.replace("~", "_"), salt=salt)
    except signing.BadSignature as error:
        raise refused("tampered", _("The hidden sheet of this workbook was changed. Download a new one.")) from error


def refused(code: str, detail: str) -> Refused:
    return Refused([Problem("", code, detail)])


def chunked(text: str) -> list[str]:
    return [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: {"decimal": str(value)} if isinstance(value, Decimal) else value for key, value in row.items()}


def _exact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: Decimal(value["decimal"]) if isinstance(value, dict) else value for key, value in row.items()}


def of(base: Iterable[Line], **members: Any) -> Meta:
    return Meta(base=tuple(base), **members)
