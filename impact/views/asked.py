"""What the check says of a draft, by its places: what has to be right first, and what has to be explained."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from django.utils.translation import ngettext

from consortia.errors import Problem
from impact import explanations
from impact.explanations import Kept
from impact.forms import merging
from impact.views.desk import PARTICIPATIONS, SECTION_TITLES, SECTIONS, Desk, Place


@dataclass(frozen=True)
class Mistake:
    """What has to be right first at one place."""

    place: Place
    details: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """A warning with its place, and the explanation that it got."""

    pointer: str
    place: Place
    details: tuple[str, ...]
    explanation: str = ""
    error: str = ""
    earlier: str = ""
    """What was written while the number was another one: to be read, not to be taken for granted."""
    earlier_number: str = ""

    @property
    def name(self) -> str:
        return f"explanation:{self.pointer}"

    @property
    def key(self) -> str:
        """Under which the explanation is kept while the draft is made."""
        return explanations.place_of(self.pointer, self.place.line)


Leaf = TypeVar("Leaf", Mistake, Question)


@dataclass(frozen=True)
class Branch(Generic[Leaf]):
    """What is said of one section, in its order."""

    name: str
    title: str
    leaves: Sequence[Leaf]


def mistakes_of(desk: Desk) -> list[Mistake]:
    """The errors of the draft, those at one place together."""
    by_place: dict[tuple[str, str], tuple[Place, list[str]]] = {}
    for error in desk.verdict.errors:
        place = desk.place(error.pointer)
        by_place.setdefault((place.url, place.label), (place, []))[1].append(str(error.detail))
    return [Mistake(place, tuple(details)) for place, details in by_place.values()]


def questions_of(
    desk: Desk, warnings: Iterable[Problem], typed: Mapping[str, str], kept: Mapping[str, Kept] | None = None
) -> list[Question]:
    """Warnings by pointer: one explanation covers all at one place; what is typed goes before what was kept."""
    by_pointer: dict[str, list[str]] = {}
    for warning in warnings:
        by_pointer.setdefault(warning.pointer, []).append(str(warning.detail))
    questions = []
    for pointer, details in by_pointer.items():
        if pointer == f"/{merging.SECTIONS[PARTICIPATIONS]}" and (proposed := desk.proposals.open):
            details.append(_proposed_words(len(proposed)))
        question = Question(pointer, desk.place(pointer), tuple(details))
        found = (kept or {}).get(question.key)
        holds = found.text if found and found.holds else ""
        question = replace(question, explanation=typed.get(pointer, holds))
        if found and not found.holds:
            number = _words_of(found, question.place.section, desk)
            question = replace(question, earlier=found.text, earlier_number=number)
        questions.append(question)
    return questions


def _proposed_words(number: int) -> str:
    """What a list may seem to lack stands beside it as a proposal."""
    text = ngettext(
        "%(number)d organisation of last time still stands open as a proposal: confirm it or leave it out first.",
        "%(number)d organisations of last time still stand open as proposals: confirm them or leave them out first.",
        number,
    )
    return text % {"number": number}


def _words_of(kept: Kept, section: str, desk: Desk) -> str:
    """The row that an explanation was written about; empty for a section."""
    if kept.row is None:
        return ""
    lines = merging.load(json.dumps([kept.row]), section)
    return merging.words_of(lines or [], desk.questions)


def tree(leaves: Sequence[Leaf]) -> list[Branch[Leaf]]:
    """By section, without the sections of which nothing is said."""
    branches = [
        Branch(section, str(SECTION_TITLES[section]), [leaf for leaf in leaves if leaf.place.section == section])
        for section in SECTIONS
    ]
    return [branch for branch in branches if branch.leaves]
