"""The words in a workbook: written in the reader's language, read in Dutch and in English whoever reads."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from impact.forms.questions import Questions
from impact.models import Section

LANGUAGES = ("nl", "en")
SEPARATOR = "; "
"""Between several ways of taking part in one cell."""
PROPOSALS = "proposals"
INSTRUCTIONS = "instructions"
NOTES = "notes"
"""The sheet with explanations and remarks, in a workbook with several reports."""
YES, NO = "yes", "no"


class Words:
    """What a value is called, and which value a word stands for."""

    def __init__(self, values: Mapping[str, Iterable[str]]) -> None:
        self._values = {_folded(word): value for value, words in values.items() for word in (*words, value)}
        self._known = list(values)

    def value(self, word: str) -> str | None:
        """None for a word that stands for nothing."""
        return self._values.get(_folded(word))


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()


@cache
def of_choices(choices: type[TextChoices]) -> Words:
    """Of each choice its label in both languages, also without what stands between brackets, and its code."""
    found: dict[str, list[str]] = {value: [] for value in choices.values}
    for language in LANGUAGES:
        with translation.override(language):
            for value, label in choices.choices:
                found[value] += [str(label), shortened(label)]
    return Words(found)


@cache
def yes_or_no() -> Words:
    return Words({YES: ["ja", "j", "yes", "y", "x"], NO: ["nee", "n", "no"]})


def of_action_lines(questions: Questions) -> Words:
    return Words(
        {
            line.code: [line.name_nl, line.name_en, line.short_nl, line.short_en]
            for line in questions.action_lines
        }
    )  # fmt: skip


def yes() -> str:
    return pgettext("answer", "yes")


def no() -> str:
    return pgettext("answer", "no")


def shortened(label: Any) -> str:
    """The size class without its range."""
    return str(label).partition(" (")[0]


def labels(choices: type[TextChoices]) -> Mapping[str, str]:
    """By value: the word that is written."""
    return _labels(choices, translation.get_language())


@cache
def _labels(choices: type[TextChoices], _language: str | None) -> Mapping[str, str]:
    """Kept by language, for a large workbook asks for them in every cell."""
    return {value: shortened(label) for value, label in choices.choices}


def sheet_names() -> dict[str, str]:
    """By sheet: what it is called in the reader's language."""
    return {
        INSTRUCTIONS: _("Instructions"),
        **{value: str(label) for value, label in Section.choices},
        PROPOSALS: _("Proposals"),
        NOTES: _("Explanation"),
    }


def column_labels() -> dict[str, str]:
    """By column: what stands above it."""
    return {
        "consortium": _("HIP"),
        "quarter": _("Quarter"),
        "indicator": _("Indicator"),
        "about": _("About"),
        "text": _("Explanation or remark"),
        "kvkNumber": _("KVK number"),
        "institutionCode": _("Institution code"),
        "name": _("Name"),
        "organisationType": _("Type"),
        "postcode": _("Postcode"),
        "sizeClass": _("Size class"),
        "takesPart": _("Takes part?"),
        "count": _("Number of companies"),
        "group": _("Group"),
        "category": _("Category"),
        "actionLine": _("Action line"),
        "headcount": _("Head count"),
        "firstTime": _("Of whom for the first time this school year"),
    }
