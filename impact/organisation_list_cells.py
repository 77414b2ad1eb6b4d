"""The cells of one row of a list: text, numbers and known words, each refused at its own address. Pure.

Nothing is guessed: what is odd is refused, and a suggestion is only said. Source: docs/semantics.md, "Input".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from consortia import identifiers
from impact.organisation_list_columns import Column, Words, size_of
from impact.organisation_list_table import Cell, Odd, Row, Table, text_of

_DATES = range(36_526, 55_153)
"""Days from 2000 to 2050 as a spreadsheet numbers them: such a number is more likely a day than what it stands for."""
_KVK_WORD = re.compile(r"(?i)^k\.?v\.?k\.?[ -]?(?:nummer|nr|no|number)?[.:# ]*")
_GROUPED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{2}(?:\.[0-9]{2}){3}")
_DECIMAL = re.compile(r"([0-9]+)\.0{1,2}")


@dataclass(frozen=True)
class Refusal:
    """One thing that is wrong with a row, and the cell where it can be repaired."""

    row: int
    address: str
    detail: str


class CellReader:
    """Reads the cells of a row, and keeps what is wrong with them."""

    def __init__(self, table: Table, row: Row, columns: Mapping[Column, int], *, completes_zeros: bool = False) -> None:
        self.table, self.row, self.columns, self.completes_zeros = table, row, columns, completes_zeros
        self.refusals: list[Refusal] = []
        self.completed = 0
        """Numbers that got their zeros back."""

    @property
    def is_refused(self) -> bool:
        return bool(self.refusals)

    def address(self, column: Column | None) -> str:
        """Of the cell in the column; without it of what names the organisation."""
        columns = self.columns
        if column not in columns:
            column = next((each for each in (Column.KVK, Column.CODE, Column.NAME) if each in columns), None)
        return self.table.address(self.row.number, columns[column] if column else 0)

    def refuse(self, column: Column | None, detail: str) -> None:
        self.refusals.append(Refusal(self.row.number, self.address(column), detail))

    def cell(self, column: Column) -> Cell:
        """The cell in the column; what can mean nothing there is refused and read as empty."""
        if column not in self.columns:
            return ""
        cell = self.row.cell(self.columns[column])
        if not isinstance(cell, Odd):
            return cell
        self.refuse(
            column,
            {
                Odd.FORMULA: _("This is a formula. Paste it as a value."),
                Odd.DATE: _("This is a date, made by the spreadsheet program. Type it again as text."),
                Odd.BOOLEAN: _("This is true or false. Type what is meant."),
                Odd.ERROR: _("This is an error of the spreadsheet program."),
            }[cell],
        )
        return ""

    def text(self, column: Column) -> str:
        return text_of(self.cell(column))

    def kvk_number(self) -> str:
        cell = self.cell(Column.KVK)
        if isinstance(cell, Decimal):
            self.refuse(Column.KVK, _("A KVK number has exactly eight digits."))
            return ""
        if isinstance(cell, str) and identifiers.is_kvk_number(cell):
            return cell
        text = _KVK_WORD.sub("", text_of(cell).removeprefix("'"))
        compact = _without_points(text.replace(" ", "").upper())
        if not compact or identifiers.is_kvk_number(compact) or identifiers.is_institution_code(compact):
            return compact
        if not compact.isascii() or not compact.isdigit():
            self.refuse(Column.KVK, _not_a_number(compact))
            return ""
        if len(compact) > 8:
            self.refuse(Column.KVK, _too_long(compact))
            return ""
        if int(compact) in _DATES and len(compact) == 5:
            self.refuse(Column.KVK, _("This number has five digits and is probably a date. A KVK number has eight."))
            return ""
        if self.completes_zeros:
            self.completed += 1
            return compact.zfill(8)
        self.refuse(
            Column.KVK,
            _("%(number)s has fewer than eight digits. Is %(completed)s meant? Then have the zeros completed.")
            % {"number": compact, "completed": compact.zfill(8)},
        )
        return ""

    def known(self, column: Column, text: str, words: Words) -> str:
        """The value that a word stands for; empty where there is none."""
        value = words.value(text) if text else ""
        if value is None:
            self.refuse(column, unknown(text, words))
        return value or ""

    def size_class(self, sizes: Words) -> str:
        """The class; where a row does not say it but has a number of employees, the class of that number."""
        columns = self.columns
        if Column.EMPLOYEES not in columns or (Column.SIZE in columns and self.row.cell(columns[Column.SIZE]) != ""):
            text = self.text(Column.SIZE)
            if text.casefold() in ("mkb", "sme"):
                self.refuse(Column.SIZE, _("This can be micro, small or medium. Say which, or leave the column out."))
                return ""
            return self.known(Column.SIZE, text, sizes)
        text = self.text(Column.EMPLOYEES)
        if not text:
            return ""
        if text.isascii() and text.isdigit() and len(text) <= 7:
            return size_of(int(text))
        value = sizes.value(text)
        if value is None:
            self.refuse(Column.EMPLOYEES, _("This must be a whole number, such as 12."))
        return value or ""


def _without_points(text: str) -> str:
    """Digits without points that group them (12.345.678, 12.34.56.78), or that made a decimal of them (1234567.0)."""
    if _GROUPED.fullmatch(text):
        return text.replace(".", "")
    match = _DECIMAL.fullmatch(text)
    return match[1] if match else text


def _not_a_number(text: str) -> str:
    if re.fullmatch(r"[0-9]+(,[0-9]+)?E\+?[0-9]+", text):
        return _(
            "The spreadsheet program shortened this number (1,2E+07), so that digits are lost. Type it again as text."
        )
    return _("A KVK number has exactly eight digits.")


def _too_long(digits: str) -> str:
    if len(digits) == 12:
        return _("This is the number of a branch (twelve digits). The KVK number of the company has eight.")
    if identifiers.holds_bsn(digits):
        return _("A citizen service number (BSN) must not be entered here.")
    return _("A KVK number has exactly eight digits.")


def unknown(text: str, words: Words) -> str:
    suggestion = words.suggestion(text)
    shown = masked(text)[:60]
    if suggestion:
        return _("“%(text)s” is not known here. Is “%(suggestion)s” meant?") % {
            "text": shown, "suggestion": suggestion,
        }  # fmt: skip
    return _("“%(text)s” is not known here.") % {"text": shown}


def masked(text: str) -> str:
    """The text to show again; never a citizen service number."""
    return "…" if identifiers.holds_bsn(text) else text


def shown(cell: Cell) -> str:
    """A cell to show or to hand back."""
    return masked(text_of(cell))
