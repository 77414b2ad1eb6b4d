"""The reader's own workbook, handed back with every wrong cell marked and the messages beside them.

The only place that reads a workbook with openpyxl, which keeps what is in it: after everything that could harm was
looked for, and with defusedxml, which openpyxl then uses.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from consortia.errors import Problem
from impact import spreadsheet

_CELL = re.compile(r"(.+)!([A-Z]{1,3}[1-9][0-9]{0,6})")
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f]")


def marked(data: bytes, problems: Sequence[Problem]) -> bytes:
    """The workbook with a colour and a comment at each problem, and a sheet in front that lists them.

    Raises:
        Refused: it is no workbook that may be opened.
    """
    spreadsheet.opened(data)
    # Loading it takes a while and few requests need it.
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill
    from openpyxl.writer.excel import save_workbook

    book: Any = openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
    fill = PatternFill(start_color="FFF4B6AE", end_color="FFF4B6AE", fill_type="solid")
    for address, details in _by_cell(problems).items():
        cell = _cell(book, address)
        if cell is None:
            continue
        cell.fill = fill
        comment = Comment(_UNREADABLE.sub("", "\n".join(details)), "Portal")
        comment.width, comment.height = 320, 60 + 40 * len(details)
        cell.comment = comment
    _write_list(book, problems)
    stream = io.BytesIO()
    save_workbook(book, stream)
    return stream.getvalue()


def _by_cell(problems: Sequence[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(problem.pointer, []).append(str(problem.detail))
    return found


def _cell(book: Any, address: str) -> Any:
    """The cell; None for a problem of a whole sheet, or of a cell that is covered by a merged one."""
    match = _CELL.fullmatch(address)
    if match is None or match[1] not in book.sheetnames:
        return None
    sheet = book[match[1]]
    if not hasattr(sheet, "cell"):
        return None
    cell = sheet[match[2]]
    return cell if hasattr(cell, "comment") and type(cell).__name__ != "MergedCell" else None


def _write_list(book: Any, problems: Sequence[Problem]) -> None:
    title = _("To correct")
    while title in book.sheetnames:
        del book[title]
    sheet = book.create_sheet(title, 0)
    sheet.append([_("Cell"), _("What is wrong")])
    for problem in problems:
        sheet.append([problem.pointer, _UNREADABLE.sub("", str(problem.detail))])
        place = sheet.cell(sheet.max_row, 1)
        if _cell(book, problem.pointer) is not None:
            name, _mark, coordinate = problem.pointer.rpartition("!")
            quoted = name.replace("'", "''")
            place.hyperlink = f"#'{quoted}'!{coordinate}"
        for each in sheet[sheet.max_row]:
            each.data_type = "s"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 110
    book.active = 0
    for each in book.worksheets:
        each.sheet_view.tabSelected = each is sheet
