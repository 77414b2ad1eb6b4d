"""Invented figures for the demonstration: what a HIP hands in for a quarter.

Pure: the same seed gives the same lines.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from impact import content, quarters
from impact.demo_world import HIP_SIZES, World
from impact.models import Group, StudentCategory
from impact.reference_programme import ACTION_LINES, FIRST_QUARTER, LAST_QUARTER
from impact.submission import FigureLine, HeadcountLine, Line, UnidentifiedLine

_ALL_LINES = tuple(row["code"] for row in ACTION_LINES)
_DURATION = LAST_QUARTER.ordinal - FIRST_QUARTER.ordinal

# What an average HIP does in a quarter once it is under way.
_FLOWS: dict[str, dict[str, int]] = {
    "assignments": {"ecosystems": 5, "talent": 24, "innovation": 15},
    "research-projects": {"ecosystems": 1, "innovation": 4},
    "curricula": {"talent": 3, "lifelong-learning": 2},
    "trainings": {"talent": 2, "lifelong-learning": 7},
}
_STOCKS: dict[str, dict[str, int]] = {
    "learning-communities": {"ecosystems": 5, "talent": 4, "innovation": 4},
    "learning-environments": {"talent": 2, "infrastructure": 6},
}
_ENROLLED = {"talent": 60, "lifelong-learning": 150}
EUROS = {"cofinancing-cash": 150_000, "cofinancing-in-kind": 250_000, "project-costs": 1_150_000}
_UNIDENTIFIED = {"ecosystems": 9, "lifelong-learning": 4, "innovation": 3}

_STUDENTS = (
    ("talent", StudentCategory.VO, 300),
    ("talent", StudentCategory.MBO, 1_500),
    ("talent", StudentCategory.HBO, 620),
    ("innovation", StudentCategory.MBO, 420),
    ("innovation", StudentCategory.HBO, 260),
    ("infrastructure", StudentCategory.AD, 60),
)
_OTHERS = (
    (Group.TEACHERS, "talent", "", 80),
    (Group.TEACHERS, "innovation", "", 30),
    (Group.EMPLOYEES, "lifelong-learning", "", 280),
    (Group.EMPLOYEES, "talent", "praktijkopleiders", 50),
    (Group.JOBSEEKERS, "lifelong-learning", "zij-instromers", 35),
)

# By number of the quarter: few things are finished in summer, and a school year begins in the third quarter.
_SEASON = {1: 1.0, 2: 1.15, 3: 0.7, 4: 1.1}
_FIRST_TIME = {1: 0.38, 2: 0.27, 3: 0.85, 4: 0.62}


@dataclass(frozen=True)
class Asked:
    """The report of one HIP for one quarter."""

    world: World
    seed: int
    hip: int
    index: int
    """Of the quarter; 0 is the first of the programme."""

    @property
    def quarter(self) -> quarters.CalendarQuarter:
        return quarters.from_ordinal(FIRST_QUARTER.ordinal + self.index)

    @property
    def scale(self) -> float:
        return HIP_SIZES[self.hip - 1] * (0.35 + 0.75 * self.index / _DURATION)


def report(asked: Asked) -> list[Line]:
    """Everything filled in."""
    chance = random.Random(f"{asked.seed}/figures/{asked.hip}/{asked.index}")  # noqa: S311 - invented data, no secret
    return content.renumber(
        [
            *_figures(asked, chance),
            *asked.world.participations(asked.hip, asked.index),
            *_unidentified(asked, chance),
            *_headcounts(asked, chance),
        ]
    )


def half_done(asked: Asked) -> list[Line]:
    """A draft on which somebody is still at work: the head counts are missing, and the money."""
    return content.renumber(
        line
        for line in report(asked)
        if not isinstance(line, HeadcountLine) and not (isinstance(line, FigureLine) and line.action_line is None)
    )


def corrected(asked: Asked) -> list[Line]:
    """The report after a mistake was found: five rows of organisations less, and fewer assignments."""
    dropped = {f"/participations/{number}" for number in range(40, 45)}
    return content.renumber(
        replace(line, value=max(line.value - 1, Decimal(0)))
        if isinstance(line, FigureLine) and line.indicator == "assignments" and line.value is not None
        else line
        for line in report(asked)
        if line.origin not in dropped
    )


def nil(_asked: Asked) -> list[Line]:
    """A report that attests zeros: nothing happened, and that is known."""
    lines: list[Line] = [
        FigureLine(origin="", indicator=indicator, action_line=line, value=Decimal(0))
        for indicator in (*_FLOWS, *_STOCKS)
        for line in _ALL_LINES
    ]
    lines += [
        FigureLine(
            origin="",
            indicator="training-completions",
            action_line=line,
            numerator=Decimal(0),
            denominator=Decimal(0),
        )
        for line in _ALL_LINES
    ]
    lines += [FigureLine(origin="", indicator=indicator, value=Decimal(0)) for indicator in EUROS]
    lines += [UnidentifiedLine(origin="", action_line=line, count=Decimal(0)) for line in _ALL_LINES]
    lines += [
        HeadcountLine(origin="", group=group, action_line=line, headcount=Decimal(0), first_time=Decimal(0))
        for group in Group.values
        for line in _ALL_LINES
    ]
    return content.renumber(lines)


def _figures(asked: Asked, chance: random.Random) -> Iterator[Line]:
    season = _SEASON[asked.quarter.number]
    for indicator, by_line in _FLOWS.items():
        for line, average in by_line.items():
            yield FigureLine(
                origin="",
                indicator=indicator,
                action_line=line,
                value=_around(chance, average * asked.scale * season),
            )
    for line, average in _ENROLLED.items():
        enrolled = int(_around(chance, average * asked.scale * season)) + 5
        yield FigureLine(
            origin="",
            indicator="training-completions",
            action_line=line,
            numerator=Decimal(int(enrolled * chance.uniform(0.66, 0.94))),
            denominator=Decimal(enrolled),
        )
    for indicator, by_line in _STOCKS.items():
        for line, average in by_line.items():
            # No chance in it: what exists does not come and go.
            yield FigureLine(
                origin="", indicator=indicator, action_line=line, value=Decimal(round(average * asked.scale))
            )
    for indicator, average in EUROS.items():
        cents = round(100 * average * asked.scale * chance.uniform(0.8, 1.2))
        yield FigureLine(origin="", indicator=indicator, value=Decimal(cents) / 100)


def _unidentified(asked: Asked, chance: random.Random) -> Iterator[Line]:
    for line, average in _UNIDENTIFIED.items():
        yield UnidentifiedLine(origin="", action_line=line, count=_around(chance, average * asked.scale))


def _headcounts(asked: Asked, chance: random.Random) -> Iterator[Line]:
    schools = asked.world.schools[asked.hip]
    season = _SEASON[asked.quarter.number]
    for line, of_students, average in _STUDENTS:
        # Only the largest group is known by school.
        split = schools[:2] if average >= 1_000 else ("",)
        for code in split:
            part = average * season / len(split)
            yield _headcount(asked, chance, Group.STUDENTS, of_students, line, part, institution_code=code)
    for group, line, category, average in _OTHERS:
        yield _headcount(asked, chance, group, category, line, average * season)


def _headcount(
    asked: Asked,
    chance: random.Random,
    group: Group,
    category: str,
    action_line: str,
    average: float,
    institution_code: str = "",
) -> HeadcountLine:
    number = _around(chance, average * asked.scale)
    share = _FIRST_TIME[asked.quarter.number] * chance.uniform(0.9, 1.1)
    return HeadcountLine(
        origin="",
        group=group.value,
        category=str(category),
        action_line=action_line,
        institution_code=institution_code,
        headcount=number,
        first_time=Decimal(int(int(number) * min(share, 1))),
    )


def _around(chance: random.Random, average: float) -> Decimal:
    """A whole number near the average; small ones are often 0."""
    return Decimal(max(round(chance.gauss(average, 0.4 * average**0.5 + 0.06 * average)), 0))
