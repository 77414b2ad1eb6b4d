"""From the rows of a list to lines of a draft: what each row says, and what is wrong with it. Pure.

Nothing is guessed. A KVK number of fewer than eight digits has probably lost its zeros to a spreadsheet; they are put
back only where the reader asked for that. Spaces and dots in a number mean nothing, nor does the word KVK before it.
What a row leaves open is completed from the list that is there already, else from the register, else from an earlier
row of the same organisation. Source: docs/semantics.md, "Input" and "Organisations".
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.utils.translation import gettext as _

from consortia import identifiers
from consortia.errors import Problem
from consortia.models import SizeClass
from impact import submission
from impact.organisation_list_cells import CellReader, Refusal, unknown
from impact.organisation_list_columns import COLUMN_LABELS, Column, Vocabulary, Words
from impact.organisation_list_table import TOLD_EVERY, Row, Table
from impact.submission import MAX_ROWS, Known, Line, ParticipationLine, organisation_keys

_SEVERAL = re.compile(r"\s*[,;/|+&]\s*")
_AND = re.compile(r"\s+(?:en|and)\s+")
_TYPED = ("/name", "/postcode", "/institutionCode")
"""What of a line only the check judges; the rest of a refused row is refused already."""
_MEMBERS = {
    "kvkNumber": Column.KVK,
    "institutionCode": Column.CODE,
    "name": Column.NAME,
    "organisationType": Column.TYPE,
    "postcode": Column.POSTCODE,
    "sizeClass": Column.SIZE,
    "actionLine": Column.ACTION_LINE,
    "involvement": Column.INVOLVEMENT,
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a list is to be read: what its reader confirmed."""

    heading_row: int = 0
    """0: none; the first row is an organisation."""
    columns: Mapping[Column, int]
    """Counted from 0."""
    action_line: str = ""
    """Of rows that do not say it; so are the next two."""
    involvement: str = ""
    organisation_type: str = ""
    completes_zeros: bool = False


@dataclass
class Reading:
    """What a list says: lines with the row that each came from, and rows that cannot be taken over."""

    rows: int = 0
    """That hold something."""
    lines: list[ParticipationLine] = field(default_factory=list)
    partial: list[ParticipationLine] = field(default_factory=list)
    """What could be read of refused rows, so that the rest of what is wrong with them is said as well."""
    row_of: dict[str, Row] = field(default_factory=dict)
    """By the origin of its lines."""
    refusals: list[Refusal] = field(default_factory=list)
    completed: int = 0
    """Numbers that got their zeros back."""

    @property
    def refused_rows(self) -> set[int]:
        return {each.row for each in self.refusals}


@dataclass
class Outcome:
    """What taking a list over would do to a draft."""

    added: list[ParticipationLine] = field(default_factory=list)
    new_organisations: int = 0
    known_organisations: int = 0
    """Organisations of the list that the draft has already."""
    unchanged: int = 0
    """Lines that the draft has already."""
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    """The address of a line that was there before in the file, and of the earlier one."""
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def refused_rows(self) -> set[int]:
        return {each.row for each in self.refusals}


def read(
    table: Table, choice: Choice, vocabulary: Vocabulary, *, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> Reading:
    """What the rows below the headings say, each by itself; `tell` hears how far it is."""
    reading = Reading()
    for number, row in enumerate(table.rows, start=1):
        if number % TOLD_EVERY == 0:
            tell(number, len(table.rows))
        if row.number <= choice.heading_row:
            continue
        if all(row.cell(column) == "" for column in choice.columns.values()):
            continue
        reading.rows += 1
        reader = _RowReader(table, choice, vocabulary, row, reading)
        reader.read()
        reading.refusals += reader.refusals
        reading.completed += reader.completed
    return reading


class _RowReader(CellReader):
    def __init__(self, table: Table, choice: Choice, vocabulary: Vocabulary, row: Row, reading: Reading) -> None:
        super().__init__(table, row, choice.columns, completes_zeros=choice.completes_zeros)
        self.choice, self.words, self.reading = choice, vocabulary, reading

    def read(self) -> None:
        if self.row.number in self.table.merged:
            self.refuse(None, _("Cells of this row are merged, so it cannot be said which row they belong to."))
            return
        number, code = self.kvk_number(), self.text(Column.CODE).upper()
        if not number and not code and not self.is_refused:
            self.refuse(
                None,
                _("There is no KVK number or institution code. Organisations without one are counted elsewhere."),
            )
        line = ParticipationLine(
            origin=self.address(None),
            kvk_number="" if identifiers.is_institution_code(number) else number,
            institution_code=number if identifiers.is_institution_code(number) else code,
            name=self.text(Column.NAME),
            organisation_type=self.known(Column.TYPE, self.text(Column.TYPE), self.words.types),
            postcode=self.text(Column.POSTCODE).upper(),
            size_class=self.size_class(self.words.sizes),
        )
        action_lines = self._several(Column.ACTION_LINE, self.words.action_lines) or [self.choice.action_line]
        involvements = self._several(Column.INVOLVEMENT, self.words.involvements) or [self.choice.involvement]
        self.reading.row_of[line.origin] = self.row
        if self.is_refused:
            self.reading.partial.append(line)
            return
        self.reading.lines += [
            replace(line, action_line=action_line, involvement=involvement)
            for action_line in action_lines
            for involvement in involvements
        ]

    def _several(self, column: Column, words: Words) -> list[str]:
        """The values of a cell that may name more than one; nothing where it is empty."""
        text = self.text(column)
        if not text:
            return []
        found = []
        for named in [text] if words.value(text) else filter(None, _SEVERAL.split(text)):
            for part in [named] if words.value(named) else _AND.split(named):
                value = words.value(part)
                if value is None:
                    self.refuse(column, unknown(part, words))
                else:
                    found.append(value)
        return list(dict.fromkeys(found))


# --- into a draft


@dataclass(frozen=True)
class Registered:
    """What the register says of an organisation, where a row is silent."""

    name: str
    organisation_type: str
    postcode: str
    size_class: str


def settle(
    reading: Reading,
    table: Table,
    choice: Choice,
    *,
    stored: Sequence[Line],
    known: Known,
    register: Mapping[UUID, Registered],
    fixed: Callable[[Sequence[Line]], Sequence[Problem]] = lambda _lines: (),
) -> Outcome:
    """What the lines add to the stored ones; rows that `submission.check` or `fixed` refuses are left out whole."""
    outcome = Outcome(refusals=list(reading.refusals))
    there = [line for line in stored if isinstance(line, ParticipationLine)]
    keys = organisation_keys([*there, *reading.lines], known.organisations)
    first: dict[UUID | str, ParticipationLine] = {}
    for line, key in zip(there, keys, strict=False):
        first.setdefault(key, line)
    in_draft = set(first)
    seen = {(key, line.action_line, line.involvement): "" for line, key in zip(there, keys, strict=False)}
    fresh: list[tuple[ParticipationLine, UUID | str]] = []
    for line, key in zip(reading.lines, keys[len(there) :], strict=True):
        place = (key, line.action_line, line.involvement)
        if place in seen:
            if seen[place]:
                outcome.duplicates.append((line.origin, seen[place]))
            else:
                outcome.unchanged += 1
            continue
        seen[place] = line.origin
        registered = register.get(key) if isinstance(key, UUID) else None
        whole = _completed(line, choice, first.get(key), registered, is_listed=key in in_draft)
        first.setdefault(key, whole)
        fresh.append((whole, key))
    room = max(0, MAX_ROWS - len(there))
    verdict = submission.check([*there, *(line for line, _key in fresh[:room])], known)
    partly = submission.check(reading.partial, known).errors
    typed = [each for each in partly if each.pointer.endswith(_TYPED) and each.code != "other-organisation"]
    kept = fixed([line for line, _key in fresh])
    outcome.refusals += _refusals([*verdict.errors, *typed, *kept], reading, table, choice)
    if len(there) + len(fresh) > MAX_ROWS:
        detail = _("With these there would be more than %(number)d rows.") % {"number": MAX_ROWS}
        outcome.refusals += [
            Refusal(reading.row_of[line.origin].number, line.origin, detail) for line, _key in fresh[room:]
        ]
    refused = outcome.refused_rows
    good = [(line, key) for line, key in fresh if reading.row_of[line.origin].number not in refused]
    outcome.added = [line for line, _key in good]
    outcome.new_organisations = len({key for _line, key in good} - in_draft)
    outcome.known_organisations = len(set(keys[len(there) :]) & in_draft)
    outcome.refusals.sort(key=lambda refusal: refusal.row)
    return outcome


def _completed(
    line: ParticipationLine,
    choice: Choice,
    before: ParticipationLine | None,
    registered: Registered | None,
    *,
    is_listed: bool,
) -> ParticipationLine:
    """The line with what it leaves open; an organisation that the draft lists stays as it is described there."""
    if before is not None and is_listed:
        return replace(before, origin=line.origin, action_line=line.action_line, involvement=line.involvement)
    others: list[ParticipationLine | Registered] = [each for each in (registered, before) if each is not None]

    def open_one(name: str) -> str:
        return next((text for each in (line, *others) if (text := str(getattr(each, name)))), "")

    return replace(
        line,
        kvk_number=line.kvk_number or (before.kvk_number if before else ""),
        institution_code=line.institution_code or (before.institution_code if before else ""),
        name=open_one("name"),
        organisation_type=open_one("organisation_type") or choice.organisation_type,
        postcode=open_one("postcode"),
        size_class=open_one("size_class") or SizeClass.UNKNOWN,
    )


def _refusals(problems: Iterable[Problem], reading: Reading, table: Table, choice: Choice) -> list[Refusal]:
    """Problems of the check at the cells that they came from; those of rows that were there already are not ours."""
    found = []
    for problem in problems:
        origin, _slash, member = problem.pointer.rpartition("/")
        if origin not in reading.row_of:
            origin, member = problem.pointer, ""
        row = reading.row_of.get(origin)
        if row is None:
            continue
        meant = _MEMBERS.get(member)
        column = choice.columns.get(meant) if meant else None
        if meant is Column.SIZE and column is None:
            column = choice.columns.get(Column.EMPLOYEES)
        address = origin if column is None else table.address(row.number, column)
        # What no column of the file says has no cell: the name of the column says what it is about.
        detail = f"{COLUMN_LABELS[meant]}: {problem.detail}" if meant and column is None else str(problem.detail)
        found.append(Refusal(row.number, address, detail))
    return found
