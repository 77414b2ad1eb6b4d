"""Cells of the grid: what was typed in one place as edits of its row, and a row as the texts of its cell again.

A cell is what is saved as one: a figure (for a share its two numbers), a count of companies without a KVK number, or a
row of head counts. The texts are read by the forms of the sections, so that grid and form can never disagree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from consortia.errors import Problem
from impact import dutch_numbers, edits
from impact.edits import Edit
from impact.forms import figures, headcounts, unidentified
from impact.forms.fields import Field, Places
from impact.forms.figures import FiguresForm
from impact.forms.headcounts import HeadcountsForm
from impact.forms.questions import Questions
from impact.forms.unidentified import UnidentifiedForm
from impact.submission import FigureLine, HeadcountLine, Line, ParticipationLine, UnidentifiedLine

Texts = Mapping[str, str]
_FORMS: dict[str, type[FiguresForm | UnidentifiedForm | HeadcountsForm]] = {
    FiguresForm.section: FiguresForm,
    UnidentifiedForm.section: UnidentifiedForm,
    HeadcountsForm.section: HeadcountsForm,
}
SECTIONS = tuple(_FORMS)
COUNT = "count"
"""The only part of a cell that holds one count."""


@dataclass(frozen=True)
class Cell:
    """`name` is the cell's own in its page; `base` are the texts as last seen stored, `text` those wanted, by part."""

    name: str
    base: Texts
    text: Texts


@dataclass
class Reading:
    """A cell as edits, or with what cannot be read in it, by part ("" for the cell as a whole)."""

    cell: Cell
    origin: str
    edits: list[Edit] = field(default_factory=list)
    errors: dict[str, list[str]] = field(default_factory=dict)
    is_incomplete: bool = False
    """A number is still missing, and nothing else is wrong."""

    @property
    def line(self) -> Line | None:
        return next((edit.line for edit in self.edits if edit.line is not None), None)

    def refuse(self, part: str, detail: str) -> None:
        details = self.errors.setdefault(part, [])
        if detail not in details:
            details.append(detail)


def read(section: str, questions: Questions, cells: Sequence[Cell]) -> list[Reading]:
    """Every cell by itself: what is wrong with one does not touch the others."""
    wanted, problems, places = _lines(section, questions, cells, [cell.text for cell in cells])
    before, unreadable, _places = _lines(section, questions, cells, [cell.base for cell in cells])
    readings = []
    for number, cell in enumerate(cells):
        origin = _origin(section, cell, number)
        reading = Reading(cell, origin)
        readings.append(reading)
        # The form knows every place that it asks for; rows of head counts make their own.
        if section != HeadcountsForm.section and places.find(origin) is None:
            reading.refuse("", _("This is not asked any more. Load the page again."))
        elif origin in unreadable:
            reading.refuse("", _("This page is too old to save from. Load it again; what you typed is kept."))
        elif origin in problems:
            reading.is_incomplete = all(problem.code == "required" for problem in problems[origin])
            show(reading, places, problems[origin])
        else:
            reading.edits = _edits(before.get(origin), wanted.get(origin))
    _refuse_twice(readings)
    return readings


def _lines(
    section: str, questions: Questions, cells: Sequence[Cell], sides: Sequence[Texts]
) -> tuple[dict[str, Line], dict[str, list[Problem]], Places]:
    """By origin the lines that the form of the section reads, and the problems that it has."""
    texts = {headcounts.ROWS: str(len(cells))}
    for number, (cell, side) in enumerate(zip(cells, sides, strict=True)):
        texts |= {_field_name(section, cell, number, part): text for part, text in side.items()}
    form = _FORMS[section](questions, texts)
    lines, problems = form.read()
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.pointer.rpartition("/")[0], []).append(problem)
    return {line.origin: line for line in lines}, found, form.places


def show(reading: Reading, places: Places, problems: Iterable[Problem]) -> None:
    """Put problems at the part of the cell that repairs them."""
    for problem in problems:
        place = places.find(problem.pointer)
        reading.refuse(_part_of(place), str(problem.detail))


def part_of(pointer: str, reading: Reading) -> str:
    """The part of a cell that a pointer of the check means."""
    member = pointer.removeprefix(reading.origin).strip("/")
    if member in headcounts.MEMBERS:
        return HeadcountsForm.part_of(member)
    return member if member in reading.cell.text else ""


def _part_of(place: Field | None) -> str:
    if place is None:
        return ""
    last = place.name.rpartition(".")[2]
    return COUNT if place.name.startswith("unidentified.") else last


def _field_name(section: str, cell: Cell, number: int, part: str) -> str:
    if section == HeadcountsForm.section:
        return headcounts.field_name(number, part)
    return cell.name if section == UnidentifiedForm.section else f"{cell.name}.{part}"


def _origin(section: str, cell: Cell, number: int) -> str:
    if section == HeadcountsForm.section:
        return f"/headcounts/row-{number}"
    first = "figures" if section == FiguresForm.section else "unidentifiedCompanies"
    return "/".join(["", first, *cell.name.split(".")[1:]])


def _edits(before: Line | None, wanted: Line | None) -> list[Edit]:
    """One edit, or two where a row became another one (another group, another line)."""
    if wanted is None:
        return [] if before is None else [Edit(edits.key_of(before), before, None)]
    key = edits.key_of(wanted)
    if before is None or edits.key_of(before) == key:
        return [Edit(key, before, wanted)]
    return [Edit(edits.key_of(before), before, None), Edit(key, None, wanted)]


def _refuse_twice(readings: Sequence[Reading]) -> None:
    """Two cells that want the same row: the later one is refused."""
    taken: set[str] = set()
    for reading in readings:
        keys = {edit.key for edit in reading.edits if edit.line is not None}
        if keys & taken:
            reading.edits = []
            reading.refuse("", _("This row is already there, above."))
        taken |= keys


def together(readings: Iterable[Reading]) -> list[Edit]:
    """The edits of several cells: where one gives up a row that another takes, that is one change of the row."""
    found: dict[str, Edit] = {}
    for reading in readings:
        for edit in reading.edits:
            other = found.get(edit.key)
            if other is None:
                found[edit.key] = edit
            elif edit.line is None:
                found[edit.key] = replace(other, base=edit.base)
            else:
                found[edit.key] = replace(edit, base=other.base)
    return list(found.values())


def name_of(line: Line) -> str:
    """The name of the cell that shows a row; of head counts the key."""
    match line:
        case FigureLine():
            return figures.cell_name(line.indicator, line.action_line)
        case UnidentifiedLine():
            return unidentified.field_name(line.action_line)
        case _:
            return edits.key_of(line)


def texts_of(line: Line | None) -> dict[str, str]:
    """A row as the texts of its cell; nothing where there is no row."""
    match line:
        case FigureLine():
            numbers: dict[str, Any] = {part: getattr(line, part) for part in figures.PARTS}
            return {part: dutch_numbers.write(number) for part, number in numbers.items() if number is not None}
        case UnidentifiedLine():
            return {COUNT: dutch_numbers.write(line.count)}
        case HeadcountLine():
            return headcounts.texts_of(line)
        case ParticipationLine() | None:
            return {}


def name_of_key(key: str) -> str:
    """The name of the cell for the key of a row that is not there any more."""
    _empty, first, *rest = key.split("/")
    if first == "figures":
        return figures.cell_name(rest[0], None if rest[1] == edits.NO_LINE else rest[1])
    return unidentified.field_name(rest[0]) if first == "unidentifiedCompanies" else key
