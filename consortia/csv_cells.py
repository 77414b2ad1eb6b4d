"""CSV that a spreadsheet can open without running anything: the one place where cells of an export are written."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

_AT_A_TIME = 500
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as it stands in CSV: numbers as they are, also below zero; text never as a formula.

    A spreadsheet runs a text that begins like a formula; an apostrophe before it says that it is text (OWASP, "CSV
    injection"). What is not known is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def written(rows: Iterable[Sequence[object]], *, delimiter: str = ",") -> Iterator[bytes]:
    """Rows as lines in UTF-8, some hundreds at a time."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell(value) for value in row])
        if number % _AT_A_TIME == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
