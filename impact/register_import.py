"""From the rows of an export of the trade register to what would change in the register of organisations. Pure.

Only what the register lists already is looked at: an organisation that no HIP has reported is not added, and what only
a draft names stays bare. A blank cell says nothing. Nothing is guessed: an SBI code in a number cell may have lost its
first zero, so it is taken only where that cannot be. Source: docs/semantics.md, "Input".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from consortia import identifiers, sectors
from consortia.models import Organisation
from impact import register_data
from impact.organisation_list_cells import CellReader, Refusal, masked
from impact.organisation_list_columns import Column, provinces, sizes
from impact.organisation_list_table import TOLD_EVERY, Row, Table, text_of
from impact.register_data import Difference, Value

_LONGEST_SBI = 5
_COLUMNS = {
    "name": Column.NAME,
    "postcode": Column.POSTCODE,
    "place": Column.PLACE,
    "municipality": Column.MUNICIPALITY,
    "province": Column.PROVINCE,
    "size_class": Column.SIZE,
    "sbi_code": Column.SBI,
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How an export is to be read: what the office confirmed."""

    heading_row: int = 0
    """0: none; the first row is an organisation."""
    columns: Mapping[Column, int]
    """Counted from 0."""
    province_year: int = 0
    """Of which the codes of the provinces are; so is the edition of the SBI codes."""
    sbi_version: str = ""
    completes_zeros: bool = False


@dataclass(frozen=True)
class Said:
    """What a row says of the organisation with a number."""

    row: int
    address: str
    values: Mapping[str, Value]


@dataclass
class Reading:
    """What an export says, by KVK number, and the rows that cannot be taken over."""

    rows: int = 0
    """That hold something."""
    said: dict[str, Said] = field(default_factory=dict)
    repeated: int = 0
    """Rows that say the same as an earlier one of the same number."""
    refusals: list[Refusal] = field(default_factory=list)
    completed: int = 0
    """Numbers that got their zeros back."""

    @property
    def refused_rows(self) -> set[int]:
        return {each.row for each in self.refusals}


@dataclass
class Outcome:
    """What taking an export over would do to the register."""

    changed: list[tuple[Organisation, list[Difference]]] = field(default_factory=list)
    """In the order of the file."""
    unchanged: int = 0
    unknown: list[tuple[str, str]] = field(default_factory=list)
    """Number and address of what the register does not list: left out."""

    @property
    def digest(self) -> str:
        return register_data.digest((str(row.pk), found) for row, found in self.changed)


def read(table: Table, choice: Choice, *, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Reading:
    """What the rows below the headings say, each by itself; `tell` hears how far it is."""
    reading = Reading()
    words = _Words()
    for number, row in enumerate(table.rows, start=1):
        if number % TOLD_EVERY == 0:
            tell(number, len(table.rows))
        if row.number <= choice.heading_row or all(row.cell(column) == "" for column in choice.columns.values()):
            continue
        reading.rows += 1
        _RowReader(table, row, choice, words).into(reading)
    return reading


class _Words:
    def __init__(self) -> None:
        self.sizes, self.provinces = sizes(), provinces()


class _RowReader(CellReader):
    def __init__(self, table: Table, row: Row, choice: Choice, words: _Words) -> None:
        super().__init__(table, row, choice.columns, completes_zeros=choice.completes_zeros)
        self.choice, self.words = choice, words

    def into(self, reading: Reading) -> None:
        number, values = self._read()
        reading.completed += self.completed
        if not self.is_refused:
            earlier = reading.said.get(number)
            if earlier is None:
                reading.said[number] = Said(self.row.number, self.address(None), values)
            elif earlier.values == values:
                reading.repeated += 1
            else:
                detail = _("%(address)s says something else of the same number.") % {"address": earlier.address}
                self.refuse(None, detail)
        reading.refusals += self.refusals

    def _read(self) -> tuple[str, dict[str, Value]]:
        if self.row.number in self.table.merged:
            self.refuse(None, _("Cells of this row are merged, so it cannot be said which row they belong to."))
            return "", {}
        number = self.kvk_number()
        if not identifiers.is_kvk_number(number) and not self.is_refused:
            self.refuse(Column.KVK, _("There is no KVK number."))
        province = self.known(Column.PROVINCE, self.text(Column.PROVINCE), self.words.provinces)
        code = self._sbi_code()
        values: dict[str, Value] = {
            "name": self.text(Column.NAME),
            "postcode": self._postcode(),
            "place": self.text(Column.PLACE),
            "municipality": self.text(Column.MUNICIPALITY),
            "province": province,
            "province_year": self.choice.province_year if province else 0,
            "size_class": self.size_class(self.words.sizes),
            "sbi_code": code,
            "sbi_version": self.choice.sbi_version if code else "",
        }
        for problem in register_data.wrong_in(values):
            self.refuse(_COLUMNS.get(problem.pointer.removeprefix("/"), Column.KVK), str(problem.detail))
        return number, values

    def _postcode(self) -> str:
        text = self.text(Column.POSTCODE).upper()
        postcode = identifiers.normal_postcode(text)
        if text and postcode is None:
            self.refuse(Column.POSTCODE, _("A postcode looks like 1234 AB."))
        return postcode or ""

    def _sbi_code(self) -> str:
        cell = self.cell(Column.SBI)
        text = text_of(cell)
        if not text:
            return ""
        if not isinstance(cell, str) and len(text) < _LONGEST_SBI:
            detail = _("This is a number, which may have lost a zero in front. Type the SBI code as text.")
            self.refuse(Column.SBI, detail)
            return ""
        code = sectors.normal_code(text)
        if code is None:
            detail = _("“%(text)s” is no SBI code: that has two to five digits, such as 6201 or 62.01.")
            self.refuse(Column.SBI, detail % {"text": masked(text)[:60]})
        return code or ""


def settle(reading: Reading, register: Mapping[str, Organisation]) -> Outcome:
    """What the rows would change in the listed organisations, by their numbers."""
    outcome = Outcome()
    for number, said in reading.said.items():
        row = register.get(number)
        if row is None:
            outcome.unknown.append((number, said.address))
            continue
        found = register_data.differences(row, said.values)
        if found:
            outcome.changed.append((row, found))
        else:
            outcome.unchanged += 1
    return outcome
