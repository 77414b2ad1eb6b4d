"""Which sheets and columns a backfill workbook has, and how much it holds: what writing and reading it share."""

from collections.abc import Collection, Mapping

from django.utils import translation

from consortia import notation
from impact.edits import NO_LINE
from impact.forms.questions import AskedFigure, Questions
from impact.models import Quarter, Section
from impact.workbook import layout, words
from impact.workbook.words import Words

HIP, QUARTER, INDICATOR, ABOUT, TEXT = "consortium", "quarter", "indicator", "about", "text"
WHICH = (HIP, QUARTER)
"""The columns of every sheet that say which report a row is of."""
HEAD = "head"
"""Stands before what is known of the workbook as a whole, in the hidden sheet; before the others which report."""
MOST_REPORTS = 240
"""HIPs times quarters: fifteen HIPs and four years."""
MOST_ROWS = 120_000
"""Of one sheet: 15 HIPs, 13 quarters and 600 organisations each are 117,000."""
UNPACKED = 400 * 1024 * 1024
"""Bytes of the sheets as they are read, one after another."""


def columns(questions: Questions) -> dict[str, list[str]]:
    """By sheet the keys of its columns, in their order."""
    lines = [f"{layout.LINE}{line.code}" for line in questions.action_lines]
    return {
        Section.FIGURES: [*WHICH, INDICATOR, *layout.figure_columns(questions)],
        Section.PARTICIPATIONS: [*WHICH, *layout.organisation_columns(questions)],
        Section.UNIDENTIFIED: [*WHICH, *lines],
        Section.HEADCOUNTS: [*WHICH, *layout.HEADCOUNTS],
        words.NOTES: [*WHICH, ABOUT, TEXT],
    }


def columns_of_numbers(questions: Questions) -> list[str]:
    """Of the sheet with figures: each action line, and the HIP as a whole."""
    return [*(line.code for line in questions.action_lines), NO_LINE]


def words_of_quarters(quarters: Collection[Quarter]) -> Words:
    return Words(
        {row.pk: [notation.quarter(row.pk, language=language) for language in words.LANGUAGES] for row in quarters}
    )


def figure_rows(asked: Mapping[str, Questions]) -> dict[str, dict[str, AskedFigure]]:
    """By quarter and key of a row what it asks."""
    return {
        period: {key: figure for key, _label, figure in layout.figure_rows(questions)}
        for period, questions in asked.items()
    }


def words_of_figures(asked: Mapping[str, Questions]) -> Words:
    """What the rows of figures are called, in both languages, over all quarters."""
    found: dict[str, list[str]] = {}
    for language in words.LANGUAGES:
        with translation.override(language):
            for questions in asked.values():
                for key, label, _figure in layout.figure_rows(questions):
                    found.setdefault(key, []).append(label)
    return Words(found)


def words_of_subjects(asked: Mapping[str, Questions]) -> Words:
    """What an explanation may be about: a section, or an indicator."""
    found: dict[str, list[str]] = {value: [] for value in Section.values}
    for language in words.LANGUAGES:
        with translation.override(language):
            for value, label in Section.choices:
                found[value].append(str(label))
            for questions in asked.values():
                for figure in questions.figures:
                    found.setdefault(figure.indicator.code, []).append(figure.indicator.name)
    return Words(found)


def subjects(asked: Mapping[str, Questions]) -> list[str]:
    """The same as words to choose from, in the reader's language."""
    names = [str(label) for label in Section.labels]
    return list(dict.fromkeys([*names, *(figure.indicator.name for each in asked.values() for figure in each.figures)]))
