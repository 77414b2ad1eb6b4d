"""The section *Deelnemers*: persons as counts, a row for each group, category, action line and institution."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from consortia.errors import Problem
from impact import dutch_numbers, edits
from impact.forms.fields import Field, Places, read_number
from impact.forms.questions import Questions
from impact.models import Group, StudentCategory
from impact.submission import HeadcountLine, Line

ROWS = "headcount.rows"
"""The hidden field that says how many rows the page has."""
BLANK_ROWS = 3
MOST_ROWS = 2_000
_MANY_ROWS = 50
PARTS = ("group", "category", "action_line", "institution_code", "headcount", "first_time")
_KEY = "key"
MEMBERS = ("group", "category", "actionLine", "institutionCode", "headcount", "firstTime")


@dataclass(frozen=True)
class Row:
    parts: dict[str, Field]
    removal: str
    """Name of the tick that takes the row out."""
    is_removed: bool
    previous: HeadcountLine | None
    """The same row in the quarter before."""
    key_name: str
    key: str
    """The key under which it is stored, and the field that carries it; empty for a row that is not stored yet."""

    @property
    def is_blank(self) -> bool:
        return all(place.is_blank for place in self.parts.values())

    @property
    def is_fixed(self) -> bool:
        """Whether nothing of the row may change, so that it stays."""
        return all(place.is_fixed for place in self.parts.values())

    @property
    def errors(self) -> list[str]:
        return [error for place in self.parts.values() for error in place.errors]

    @property
    def label(self) -> str:
        """What the row counts, in words."""
        places = (self.parts[part] for part in PARTS[:4])
        return ", ".join(place.chosen for place in places if not place.is_blank)


def field_name(number: int, part: str) -> str:
    return f"headcount.{number}.{part}"


class HeadcountsForm:
    section = "headcounts"
    most_rows = MOST_ROWS

    def __init__(
        self, questions: Questions, texts: Mapping[str, str], previous: Iterable[Line] = (), *, blank: int = 0
    ) -> None:
        self.places = Places()
        posted = texts.get(ROWS, "0")
        number = min(int(posted[:9]), MOST_ROWS) if posted.isascii() and posted.isdigit() else 0
        self._lines = {line.code: line.short for line in questions.action_lines}
        self._before = {_key(line): line for line in previous if isinstance(line, HeadcountLine)}
        self.rows = [self._row(each, questions, texts) for each in range(number + blank)]

    @classmethod
    def of_lines(
        cls, questions: Questions, lines: Iterable[Line], previous: Iterable[Line] = (), *, blank: int = BLANK_ROWS
    ) -> "HeadcountsForm":
        texts: dict[str, str] = {}
        rows = [line for line in lines if isinstance(line, HeadcountLine)]
        for number, line in enumerate(rows):
            texts |= {field_name(number, part): text for part, text in texts_of(line).items()}
            texts[field_name(number, _KEY)] = edits.key_of(line)
        return cls(questions, {**texts, ROWS: str(len(rows))}, previous, blank=blank)

    @property
    def is_long(self) -> bool:
        """Whether the page shows the rows as blocks of their own, so that typing in one does not lay out all."""
        return len(self.rows) > _MANY_ROWS

    @property
    def only_before(self) -> list[tuple[str, str, str, str, Decimal, Decimal]]:
        """The rows of the quarter before that have no row here: group, category, line, institution and the counts."""
        here = {_key(row.previous) for row in self.rows if row.previous}
        groups = dict(Group.choices)
        return [
            (
                str(groups.get(line.group, line.group)),
                shown_category(line),
                self._lines.get(line.action_line, line.action_line),
                line.institution_code,
                line.headcount,
                line.first_time,
            )
            for key, line in self._before.items()
            if key not in here
        ]

    @property
    def categories(self) -> list[str]:
        """What a category of students may be called."""
        return [str(label) for label in StudentCategory.labels]

    @staticmethod
    def part_of(member: str) -> str:
        """The field that holds a member of the draft; the first of the row for the row as a whole."""
        return dict(zip(MEMBERS, PARTS, strict=True)).get(member, PARTS[0])

    def read(self) -> tuple[list[Line], list[Problem]]:
        """The rows that are filled in and not taken out, and what cannot be read."""
        lines: list[Line] = []
        problems: list[Problem] = []
        for number, row in enumerate(self.rows):
            members = dict(zip(MEMBERS, row.parts.values(), strict=True))
            if row.key:
                # A problem of a row that was taken out has its key.
                self.places.add(row.key, members)
            if row.is_removed or row.is_blank:
                continue
            origin = f"/headcounts/row-{number}"
            self.places.add(origin, members)
            headcount = self._count(row, "headcount", f"{origin}/headcount", problems)
            first_time = self._count(row, "first_time", f"{origin}/firstTime", problems)
            text = {part: row.parts[part].text.strip() for part in PARTS[:4]}
            text["category"] = _stored_category(text["group"], text["category"])
            text["institution_code"] = text["institution_code"].upper()
            # A row with a number missing is not stored; what else is wrong with it is to be said as well.
            known = headcount if headcount is not None else first_time or Decimal(0)
            lines.append(HeadcountLine(origin=origin, headcount=known, first_time=first_time or Decimal(0), **text))
        return lines, problems

    def _count(self, row: Row, part: str, pointer: str, problems: list[Problem]) -> Decimal | None:
        if row.parts[part].is_blank:
            problems.append(Problem(pointer, "required", _("This number is missing.")))
        return read_number(row.parts[part], pointer, dutch_numbers.read_count, problems)

    def _row(self, number: int, questions: Questions, texts: Mapping[str, str]) -> Row:
        lines = [(line.code, line.short) for line in questions.action_lines]
        labels = {
            "group": _("Group"),
            "category": _("Category"),
            "action_line": _("Action line"),
            "institution_code": _("Institution code"),
            "headcount": _("Head count"),
            "first_time": _("Of whom for the first time this school year"),
        }
        choices: dict[str, Sequence[tuple[str, Any]]] = {"group": Group.choices, "action_line": lines}
        parts = {}
        for part in PARTS:
            name = field_name(number, part)
            label = _("%(field)s, row %(number)d") % {"field": labels[part], "number": number + 1}
            parts[part] = Field(name=name, label=label, text=texts.get(name, ""), choices=choices.get(part, ()))
        removal = field_name(number, "remove")
        key = (
            parts["group"].text,
            _stored_category(parts["group"].text, parts["category"].text.strip()),
            parts["action_line"].text,
            parts["institution_code"].text.strip().upper(),
        )
        key_name = field_name(number, _KEY)
        return Row(
            parts,
            removal,
            is_removed=removal in texts,
            previous=self._before.get(key),
            key_name=key_name,
            key=texts.get(key_name, ""),
        )


def _key(line: HeadcountLine) -> tuple[str, str, str, str]:
    return line.group, line.category, line.action_line, line.institution_code


def texts_of(line: HeadcountLine) -> dict[str, str]:
    """A row as it is typed, by part."""
    texts = {part: getattr(line, part) for part in PARTS}
    texts = {part: dutch_numbers.write(value) if isinstance(value, Decimal) else value for part, value in texts.items()}
    return {**texts, "category": shown_category(line)}


def shown_category(line: HeadcountLine) -> str:
    """Of students the name of the category, of others the text as it was entered."""
    if line.group != Group.STUDENTS:
        return line.category
    return str(dict(StudentCategory.choices).get(line.category, line.category))


@lru_cache(maxsize=1)
def _category_by_label() -> dict[str, str]:
    """What a category of students is called in any of our languages: a row may be pasted from either."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {str(label).casefold(): value for value, label in StudentCategory.choices}
    return found


def _stored_category(group: str, typed: str) -> str:
    if group != Group.STUDENTS:
        return typed
    return _category_by_label().get(typed.casefold(), typed.lower())
