"""The section *Cijfers*: indicators against action lines, and the amounts of the HIP as a whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from consortia.errors import Problem
from consortia.models import ActionLine
from impact import dutch_numbers
from impact.dutch_numbers import NotANumber
from impact.edits import NO_LINE
from impact.forms.fields import Field, Places, read_number
from impact.forms.questions import AskedFigure, Questions
from impact.submission import FigureLine, Line

_Key = tuple[str, str | None]
PARTS = ("value", "numerator", "denominator")


@dataclass(frozen=True)
class Total:
    """Over the action lines; for a share its two numbers. None where nothing is filled in."""

    value: Decimal | None = None
    denominator: Decimal | None = None

    @property
    def share(self) -> Decimal | None:
        return self.value / self.denominator if self.value is not None and self.denominator else None


@dataclass(frozen=True)
class Cell:
    """One indicator in one action line (None: the HIP as a whole): one field, or two for a share."""

    key: _Key
    parts: dict[str, Field]
    """By member of the draft: `value`, or `numerator` and `denominator`."""

    @property
    def name(self) -> str:
        return cell_name(*self.key)

    @property
    def fields(self) -> list[Field]:
        return list(self.parts.values())

    @property
    def is_fixed(self) -> bool:
        return any(place.is_fixed for place in self.parts.values())


@dataclass(frozen=True)
class Row:
    asked: AskedFigure
    cells: list[Cell]
    previous: Total
    total: Total


def cell_name(indicator: str, action_line: str | None) -> str:
    """The name of what is saved as one: a figure, of a share both its numbers."""
    return ".".join(("figure", indicator, action_line or "hip"))


def field_name(indicator: str, action_line: str | None, part: str) -> str:
    """The name and id of a field, the target of links from the list of problems."""
    return f"{cell_name(indicator, action_line)}.{part}"


class FiguresForm:
    """Empty is not reported and zero is zero."""

    section = "figures"

    def __init__(self, questions: Questions, texts: Mapping[str, str], previous: Iterable[Line] = ()) -> None:
        self.places = Places()
        self._cells: dict[_Key, Cell] = {}
        self._asked: dict[_Key, AskedFigure] = {}
        before = _numbers(previous)
        self.rows = [self._row(asked, questions, texts, before) for asked in questions.figures]

    @classmethod
    def of_lines(cls, questions: Questions, lines: Iterable[Line], previous: Iterable[Line] = ()) -> "FiguresForm":
        texts = {field_name(*key): dutch_numbers.write(number) for key, number in _numbers(lines).items()}
        return cls(questions, texts, previous)

    @property
    def by_line(self) -> list[Row]:
        return [row for row in self.rows if row.asked.definition.by_action_line]

    @property
    def of_hip(self) -> list[Row]:
        return [row for row in self.rows if not row.asked.definition.by_action_line]

    def read(self) -> tuple[list[Line], list[Problem]]:
        """The figures that are filled in, and what cannot be read as a number."""
        lines: list[Line] = []
        problems: list[Problem] = []
        for key, cell in self._cells.items():
            asked = self._asked[key]
            origin = f"/figures/{key[0]}/{key[1] or 'hip'}"
            self.places.add(origin, cell.parts)
            if key[1] is None:
                # A problem of a row that is not there has its key.
                self.places.add(f"/figures/{key[0]}/{NO_LINE}", cell.parts)
            if all(each.is_blank for each in cell.fields):
                continue
            read = dutch_numbers.read_amount if asked.is_euro else dutch_numbers.read_count
            before = len(problems)
            numbers = {
                part: read_number(place, f"{origin}/{part}", read, problems) for part, place in cell.parts.items()
            }
            if len(problems) == before:
                lines.append(FigureLine(origin=origin, indicator=key[0], action_line=key[1], **numbers))
                continue
            problems += [
                Problem(f"{origin}/{part}", "required", _("This number is missing."))
                for part, place in cell.parts.items()
                if place.is_blank
            ]
        return lines, problems

    def _row(
        self,
        asked: AskedFigure,
        questions: Questions,
        texts: Mapping[str, str],
        before: Mapping[tuple[str, str | None, str], Decimal],
    ) -> Row:
        lines: Iterable[ActionLine | None] = questions.action_lines if asked.definition.by_action_line else (None,)
        cells = []
        for line in lines:
            key = (asked.indicator.code, line.code if line else None)
            parts = {}
            for part in ("numerator", "denominator") if asked.is_ratio else ("value",):
                name = field_name(*key, part)
                parts[part] = Field(
                    name=name,
                    label=_label(asked, line, part),
                    text=texts.get(name, ""),
                    previous=before.get((*key, part)),
                )
            cell = Cell(key, parts)
            self._cells[key] = cell
            self._asked[key] = asked
            cells.append(cell)
        typed = [{part: _readable(place, asked) for part, place in cell.parts.items()} for cell in cells]
        earlier = [{part: place.previous for part, place in cell.parts.items()} for cell in cells]
        return Row(asked, cells, previous=_total(earlier), total=_total(typed))


def _label(asked: AskedFigure, line: ActionLine | None, part: str) -> str:
    words = [asked.indicator.name]
    if line is not None:
        words.append(line.short)
    if part != "value":
        words.append(_("completed") if part == "numerator" else _("enrolled"))
    return ", ".join(words)


def _numbers(lines: Iterable[Line]) -> dict[tuple[str, str | None, str], Decimal]:
    numbers = {}
    for line in lines:
        if isinstance(line, FigureLine):
            for part in PARTS:
                number = getattr(line, part)
                if number is not None:
                    numbers[line.indicator, line.action_line, part] = number
    return numbers


def _readable(place: Field, asked: AskedFigure) -> Decimal | None:
    try:
        return (dutch_numbers.read_amount if asked.is_euro else dutch_numbers.read_count)(place.text)
    except NotANumber:
        return None


def _total(numbers: list[dict[str, Decimal | None]]) -> Total:
    def summed(*parts: str) -> Decimal | None:
        known = [each[part] for each in numbers for part in parts if part in each]
        found = [number for number in known if number is not None]
        return sum(found, Decimal(0)) if found else None

    return Total(summed("value", "numerator"), summed("denominator"))
