"""What the pages of an uploaded list share: which column is what, and how far reading it is."""

import re
from collections.abc import Collection
from typing import Any

from django.http import JsonResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from consortia.errors import Problem
from impact import uploads
from impact.models import Upload, UploadState
from impact.organisation_list_columns import COLUMN_LABELS, Column
from impact.spreadsheet import letters

_COLUMN = "column."
_COLUMN_NUMBER = re.compile(r"[0-9]{1,4}")
_SHOWN_ROWS = 5


def progress(found: Upload) -> JsonResponse:
    """How far reading is, for the page that waits."""
    return JsonResponse(
        {
            "isReady": found.state not in uploads.BUSY,
            "done": found.done_rows,
            "total": found.total_rows,
            "text": far(found),
        },
        headers={"Cache-Control": "no-store"},
    )


def far(found: Upload) -> str:
    language = get_language() or notation.DUTCH
    numbers = {
        "done": notation.number(found.done_rows, language=language),
        "total": notation.number(found.total_rows or 0, language=language),
    }
    if found.state == UploadState.WAITING:
        return _("The list waits for its turn.")
    if not found.total_rows:
        return _("The file is being opened.")
    if found.done_rows >= found.total_rows:
        return _("All %(total)s rows were read; they are now compared with the list that is there.") % numbers
    return _("%(done)s of %(total)s rows read.") % numbers


def columns_of(sheet: dict[str, Any], chosen: dict[str, int] | None, texts: Any) -> list[dict[str, Any]]:
    """Each column with its heading, its first rows, and what it seems to be or was said to be."""
    heading = sheet["heading_row"]
    width = max(len(cells) for _number, cells in sheet["top"])
    rows = [cells for number, cells in sheet["top"] if number > heading][:_SHOWN_ROWS]
    headings: list[str] = next((cells for number, cells in sheet["top"] if number == heading), [])
    meant = {number: column for column, (number, _sure) in sheet["recognised"].items()}
    sure = dict(sheet["recognised"].values())
    if chosen is not None:
        meant = {number: column for column, number in chosen.items()}
    return [
        {
            "name": f"{_COLUMN}{number}",
            "letters": letters(number),
            "heading": headings[number] if number < len(headings) else "",
            "rows": [cells[number] if number < len(cells) else "" for cells in rows],
            "meaning": texts.get(f"{_COLUMN}{number}", "") if texts else meant.get(number, ""),
            "is_unsure": texts is None and chosen is None and sure.get(number) is False,
        }
        for number in range(width)
    ]


def columns_typed(given: Any, known: Collection[Column]) -> tuple[dict[str, int], list[Problem]]:
    """Which column was said to be what, and what is said of two."""
    columns: dict[str, int] = {}
    problems = []
    for name, meaning in given.dict().items():
        number = name.removeprefix(_COLUMN)
        if not name.startswith(_COLUMN) or not meaning or not _COLUMN_NUMBER.fullmatch(number):
            continue
        if meaning in columns and meaning in known:
            detail = _("Two columns are “%(name)s”: %(one)s and %(other)s. Choose one.") % {
                "name": COLUMN_LABELS[Column(meaning)],
                "one": letters(columns[meaning]),
                "other": letters(int(number)),
            }
            problems.append(Problem("/columns", "duplicate", detail))
        columns[str(meaning)] = int(number)
    return columns, problems
