"""Which columns and rows a workbook has: what writing and reading it share."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from impact.edits import NO_LINE
from impact.forms.questions import AskedFigure, Questions
from impact.submission import ParticipationLine

FACTS = ("kvkNumber", "institutionCode", "name", "organisationType", "postcode", "sizeClass")
"""The columns that say who an organisation is."""
_FIELDS = ("kvk_number", "institution_code", "name", "organisation_type", "postcode", "size_class")
LINE = "line:"
"""Begins the key of the column of an action line in a list of organisations."""
WAS = "was:"
"""Begins the key of a column with the quarter before: to look at, never read."""
LABEL = "label"
"""The key of the column with what a fixed row is about."""
TAKES_PART = "takesPart"
HEADCOUNTS = ("group", "category", "actionLine", "institutionCode", "headcount", "firstTime")
COUNT = "count"


def figure_rows(questions: Questions) -> list[tuple[str, str, AskedFigure]]:
    """Of the sheet with figures: the key of each row, its label and what it asks. A share has two rows."""
    rows = []
    for asked in questions.figures:
        name = asked.indicator.name
        if asked.is_ratio:
            rows.append((f"{asked.indicator.code}/numerator", f"{name}: {_('number completed')}", asked))
            rows.append((f"{asked.indicator.code}/denominator", f"{name}: {_('number enrolled')}", asked))
        else:
            rows.append((asked.indicator.code, f"{name} (€)" if asked.is_euro else name, asked))
    return rows


def figure_columns(questions: Questions) -> list[str]:
    """Each action line, and the HIP as a whole."""
    return [*(line.code for line in questions.action_lines), NO_LINE]


def organisation_columns(questions: Questions) -> list[str]:
    return [*FACTS, *(f"{LINE}{line.code}" for line in questions.action_lines)]


def by_organisation(lines: Iterable[ParticipationLine]) -> list[tuple[tuple[str, ...], list[ParticipationLine]]]:
    """Rows of one organisation that say the same of it become one row; where they differ it has several."""
    found: dict[tuple[str, ...], list[ParticipationLine]] = {}
    for line in lines:
        found.setdefault(facts_of(line), []).append(line)
    return list(found.items())


def facts_of(line: ParticipationLine) -> tuple[str, ...]:
    return tuple(getattr(line, name) for name in _FIELDS)


def as_line(facts: Sequence[str], *, origin: str, action_line: str, involvement: str) -> ParticipationLine:
    named = dict(zip(_FIELDS, facts, strict=True))
    return ParticipationLine(origin=origin, action_line=action_line, involvement=involvement, **named)
