"""Two versions of a report beside each other: every row with what each of them says, and what differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consortia import notation
from impact import edits
from impact.forms import merging
from impact.forms.participations import Listed, listed
from impact.forms.questions import Questions
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine


class Change(StrEnum):
    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Beside:
    """A row, or an organisation with its rows, in both versions in words; empty where it is not there."""

    label: str
    identifier: str
    old: str
    new: str
    difference: str
    change: Change


@dataclass(frozen=True)
class Compared:
    """A section of two versions."""

    section: str
    rows: tuple[Beside, ...]

    def of(self, change: str) -> list[Beside]:
        return [row for row in self.rows if row.change == change]

    @property
    def differing(self) -> list[Beside]:
        return [row for row in self.rows if row.change != Change.SAME]

    @property
    def added(self) -> list[Beside]:
        return self.of(Change.ADDED)

    @property
    def gone(self) -> list[Beside]:
        return self.of(Change.GONE)

    @property
    def changed(self) -> list[Beside]:
        return self.of(Change.CHANGED)


def beside(old: Sequence[Line], new: Sequence[Line], questions: Questions) -> list[Compared]:
    """The four sections, each with all of its rows in the order of the newer version, then what only the older had."""
    changed = {edit.key for edit in edits.between(old, new)}
    before, after = edits.keyed(old), edits.keyed(new)
    rows: dict[str, list[Beside]] = {section: [] for section in merging.SECTIONS}
    of_section = {in_draft: section for section, in_draft in merging.SECTIONS.items()}
    for key in {**after, **before}:
        section = of_section[key.split("/")[1]]
        if section != "participations":
            rows[section].append(_row(before.get(key), after.get(key), questions, is_same=key not in changed))
    rows["participations"] = _organisations(listed(old), listed(new), questions)
    return [Compared(section, tuple(found)) for section, found in rows.items()]


def _change(old: object, new: object, *, is_same: bool) -> Change:
    if is_same:
        return Change.SAME
    return Change.ADDED if not old else Change.GONE if not new else Change.CHANGED


def _row(old: Line | None, new: Line | None, questions: Questions, *, is_same: bool) -> Beside:
    line = new or old
    assert line is not None, "a key belongs to a row"
    return Beside(
        label=merging.label_of(line, questions),
        identifier="",
        old=_words(old, questions),
        new=_words(new, questions),
        difference="" if is_same or old is None or new is None else _difference(old, new, questions),
        change=_change(old, new, is_same=is_same),
    )


def _organisations(before: dict[str, Listed], after: dict[str, Listed], questions: Questions) -> list[Beside]:
    found = []
    for key in {**after, **before}:
        old, new = before.get(key), after.get(key)
        row = new or old
        assert row is not None, "a key belongs to an organisation"
        found.append(
            Beside(
                label=row.label,
                identifier=key,
                old=merging.words_of(old.lines, questions) if old else "",
                new=merging.words_of(new.lines, questions) if new else "",
                difference="",
                change=_change(old, new, is_same=_rows(old) == _rows(new)),
            )
        )
    return found


def _rows(organisation: Listed | None) -> set[Any]:
    lines = organisation.lines if organisation else []
    return {tuple(sorted((edits.row(line) or {}).items())) for line in lines}


def _words(line: Line | None, questions: Questions) -> str:
    if line is None:
        return ""
    is_euro = isinstance(line, FigureLine) and questions.is_euro(line.indicator)
    return merging.number_words(line, _number, lambda value: _amount(value, is_euro))


def _difference(old: Line, new: Line, questions: Questions) -> str:
    match old, new:
        case (FigureLine(value=Decimal() as before), FigureLine(value=Decimal() as after)):
            return _signed(after - before)
        case (FigureLine(numerator=Decimal()), FigureLine(numerator=Decimal())):
            shares = [_share(line) for line in (old, new)]
            if None in shares:
                return ""
            points = (shares[1] - shares[0]) * 100  # type: ignore[operator]
            return _("%(number)s pp") % {"number": _signed(round(points, 1))}
        case (UnidentifiedLine(), UnidentifiedLine()):
            return _signed(new.count - old.count)
        case (HeadcountLine(), HeadcountLine()):
            numbers = {
                "all": _signed(new.headcount - old.headcount),
                "first": _signed(new.first_time - old.first_time),
            }
            return _("%(all)s, of whom %(first)s for the first time") % numbers
    return ""


def _share(line: FigureLine) -> Decimal | None:
    return line.numerator / line.denominator if line.numerator is not None and line.denominator else None


def _amount(number: Decimal | None, is_euro: bool) -> str:
    if number is None:
        return ""
    return notation.euro(number, language=_language()) if is_euro else _number(number)


def _number(number: Decimal | None) -> str:
    return "" if number is None else notation.number(number, language=_language())


def _signed(number: Decimal) -> str:
    return notation.difference(number, language=_language())


def _language() -> str:
    return get_language() or notation.DUTCH


def is_nothing(compared: Iterable[Compared]) -> bool:
    """Whether the two versions say the same."""
    return not any(section.differing for section in compared)
