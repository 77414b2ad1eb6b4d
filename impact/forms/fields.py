"""One field of the quarterly form, as it was typed and with what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from consortia.errors import Problem
from impact import dutch_numbers
from impact.dutch_numbers import NotANumber


@dataclass
class Field:
    """`name` is the name in the posted form and the id on the page; `text` is shown exactly as it was typed."""

    name: str
    label: str
    text: str = ""
    previous: Decimal | None = None
    """What counted in the quarter before."""
    choices: Sequence[tuple[str, Any]] = ()
    errors: list[str] = field(default_factory=list)
    is_fixed: bool = False
    """The reviewer did not return it: it stays as it was handed in."""
    remarks: list[str] = field(default_factory=list)
    """What the reviewer says of it."""

    @property
    def is_readonly(self) -> bool:
        """What was typed in a fixed field all the same has to be put right there."""
        return self.is_fixed and not self.errors

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    @property
    def described_by(self) -> str:
        """Ids of the previous value, the remark and the error, for screen readers."""
        parts = [f"{self.name}.previous"] if self.previous is not None else []
        parts += [f"{self.name}.remark"] if self.remarks else []
        parts += [f"{self.name}.error"] if self.errors else []
        return " ".join(parts)

    @property
    def written(self) -> Decimal | None:
        """The stored number again, for pages that only show it."""
        try:
            return None if self.is_blank else dutch_numbers.read_amount(self.text)
        except NotANumber:
            return None

    @property
    def chosen(self) -> str:
        """The words of the choice."""
        return next((str(label) for value, label in self.choices if value == self.text), self.text)

    def refuse(self, detail: str) -> None:
        """Show a problem here, once."""
        if detail not in self.errors:
            self.errors.append(detail)


class Places:
    """Which field repairs which pointer: the origins that a section gave to its lines."""

    def __init__(self) -> None:
        self._fields: dict[str, Mapping[str, Field]] = {}

    def add(self, origin: str, members: Mapping[str, Field]) -> None:
        """Fields by member; the member "" is for problems of the row as a whole."""
        self._fields[origin] = members

    def find(self, pointer: str) -> Field | None:
        if pointer in self._fields:
            return self._of_row(pointer, "")
        origin, _slash, member = pointer.rpartition("/")
        return self._of_row(origin, member) if origin in self._fields else None

    def _of_row(self, origin: str, member: str) -> Field | None:
        members = self._fields[origin]
        return members.get(member) or members.get("") or next(iter(members.values()), None)

    def show(self, problems: Iterable[Problem]) -> list[Problem]:
        """Put every problem at its field; gives back those that belong to no field here."""
        elsewhere = []
        for problem in problems:
            place = self.find(problem.pointer)
            if place is None:
                elsewhere.append(problem)
            else:
                place.refuse(in_words(problem, place.choices))
        return elsewhere


def in_words(problem: Problem, choices: Sequence[tuple[str, Any]]) -> str:
    """What is wrong, where a choice is none of these with the words that a form has for them instead of their codes."""
    if problem.code != "unknown" or not choices:
        return str(problem.detail)
    return _("Choose one of: %(choices)s.") % {"choices": ", ".join(str(label) for _value, label in choices)}


def read_number(place: Field, pointer: str, read: Callable[[str], Decimal], problems: list[Problem]) -> Decimal | None:
    """The number in a field; None where it is blank, or where it cannot be read and a problem says so."""
    if place.is_blank:
        return None
    try:
        return read(place.text)
    except NotANumber as error:
        problems.append(Problem(pointer, "not-a-number", str(error)))
        return None
