"""What the check says of a draft, by its places: what has to be right first, and what has to be explained."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from consortia.errors import Problem
from impact import explanations
from impact.views.desk import SECTION_TITLES, SECTIONS, Desk, Place


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
    desk: Desk, warnings: Iterable[Problem], typed: Mapping[str, str], kept: Mapping[str, str] | None = None
) -> list[Question]:
    """Warnings by pointer: one explanation covers all at one place; what is typed goes before what was kept."""
    by_pointer: dict[str, list[str]] = {}
    for warning in warnings:
        by_pointer.setdefault(warning.pointer, []).append(str(warning.detail))
    questions = []
    for pointer, details in by_pointer.items():
        question = Question(pointer, desk.place(pointer), tuple(details))
        known = typed.get(pointer, (kept or {}).get(question.key, ""))
        questions.append(replace(question, explanation=known))
    return questions


def tree(leaves: Sequence[Leaf]) -> list[Branch[Leaf]]:
    """By section, without the sections of which nothing is said."""
    branches = [
        Branch(section, str(SECTION_TITLES[section]), [leaf for leaf in leaves if leaf.place.section == section])
        for section in SECTIONS
    ]
    return [branch for branch in branches if branch.leaves]
