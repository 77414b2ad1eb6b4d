"""What revising a goal does, in words: what everybody reads of it now, and what they would read.

`templates/admin/goal_step.html` writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia import clock
from consortia.templatetags import portal
from impact.ledger import State
from impact.measures import Number
from impact.models import Goal, Quarter
from impact.models.codebook import EURO
from impact.progress import Point
from impact.revising import Outlook
from impact.rollups import Dimensions
from impact.views.goals import GoalShown

_FINER = 3
"""Decimals of a percentage that reads the same in one."""


@dataclass(frozen=True)
class Line:
    """One thing that the public pages say of a goal, now and afterwards."""

    label: Promise | str
    before: str
    after: str
    changes: bool


@dataclass(frozen=True)
class Step:
    """What is planned at the end of a quarter, now and afterwards, beside what was reported."""

    quarter: Quarter
    value: str
    before: str
    after: str


def shown(outlook: Outlook, state: State, dimensions: Dimensions) -> dict[str, Any]:
    """All that the page of the step says; nothing here is withheld from anybody."""
    goal = outlook.after.goal
    definitions = state.definitions.get(goal.indicator_id)
    notation = EURO if definitions and definitions[-1][1].unit == EURO else ""
    before, after = (
        None if row is None else GoalShown(row, dimensions.quarters, is_about_persons=False, notation=notation)
        for row in (outlook.before, outlook.after)
    )
    assert after is not None
    return {
        "lines": _lines(before, after),
        "path": [
            Step(
                quarter=dimensions.quarters[new.quarter],
                # Before its end a quarter has no figure, though its year already has quarters with one.
                value=portal.measure(new.value if _has_ended(dimensions, new) else None, notation),
                before=_amount(old.planned if old else None, notation),
                after=_amount(new.planned, notation),
            )
            for old, new in outlook.path
        ],
        "latest": outlook.after.latest,
        "pages": _pages(goal),
    }


def _has_ended(dimensions: Dimensions, point: Point) -> bool:
    return dimensions.quarters[point.quarter].end_date < clock.today()


def _lines(before: GoalShown | None, after: GoalShown) -> Sequence[Line]:
    found = [
        _line(gettext_lazy("Baseline"), before, after, _baseline),
        _line(gettext_lazy("Target"), before, after, _target),
        _line(gettext_lazy("Latest figure"), before, after, _latest),
        _line(gettext_lazy("Planned by now"), before, after, _planned),
        _line(gettext_lazy("Against the plan"), before, after, _against_plan),
    ]
    found += [
        _share(gettext_lazy("Of the growth that was agreed"), "shareOfGrowth", before, after),
        _share(gettext_lazy("Of the target"), "shareOfTarget", before, after),
    ]
    return [
        *found,
        _line(gettext_lazy("Needed per quarter"), before, after, _needed),
        _line(gettext_lazy("At the current pace"), before, after, _pace),
    ]


def _line(label: Promise, before: GoalShown | None, after: GoalShown, write: Any) -> Line:
    sides = [portal.not_reported() if each is None else write(each) for each in (before, after)]
    return Line(label, sides[0], sides[1], sides[0] != sides[1])


def _share(label: Promise, name: str, before: GoalShown | None, after: GoalShown) -> Line:
    old, new = (None if each is None else each.number(name) for each in (before, after))
    decimals = _FINER if old != new and portal.percentage(old) == portal.percentage(new) else 1
    return Line(label, portal.percentage(old, decimals), portal.percentage(new, decimals), old != new)


def _amount(value: Number | None, notation: str) -> str:
    """To the cent where it has any: what is decided is not rounded."""
    return portal.euro(value) if notation == EURO else portal.number(value)


def _decided(value: Number | None, day: date, notation: str) -> str:
    if value is None:
        return _("not yet known (%(day)s)") % {"day": date_format(day)}
    return _("%(number)s on %(day)s") % {"number": _amount(value, notation), "day": date_format(day)}


def _baseline(goal: GoalShown) -> str:
    current = goal.progress.current
    return _decided(current.baseline_value, current.baseline_date, goal.notation)


def _target(goal: GoalShown) -> str:
    current = goal.progress.current
    return _decided(current.target_value, current.target_date, goal.notation)


def _latest(goal: GoalShown) -> str:
    latest = goal.progress.latest
    if latest is None:
        return portal.not_reported()
    return _("%(number)s in %(quarter)s") % {
        "number": portal.measure(latest.value, goal.notation),
        "quarter": portal.quarter(latest.period),
    }


def _planned(goal: GoalShown) -> str:
    planned = goal.number("planned")
    return _amount(planned if planned is None or goal.notation == EURO else round(planned), goal.notation)


def _against_plan(goal: GoalShown) -> str:
    behind = goal.behind_plan
    if behind is None:
        return portal.not_reported()
    if behind == 0:
        return _("exactly as planned")
    words = {"difference": goal.written(max(behind, -behind))}
    return (_("%(difference)s below the plan") if behind > 0 else _("%(difference)s above the plan")) % words


def _needed(goal: GoalShown) -> str:
    if not goal.quarters_left:
        return _("the target date has passed") if goal.progress.latest else portal.not_reported()
    return _("%(number)s, up to and including %(quarter)s") % {
        "number": goal.said("neededPerQuarter"),
        "quarter": portal.quarter(goal.last_quarter),
    }


def _pace(goal: GoalShown) -> str:
    return _("%(number)s on %(day)s") % {
        "number": goal.said("atCurrentPace"),
        "day": date_format(goal.progress.current.target_date),
    }


def _pages(goal: Goal) -> list[tuple[str, str]]:
    """Where everybody reads it, from the moment of the step on."""
    return [
        (reverse("impact:dashboard"), _("Progress")),
        (reverse("impact:indicator", args=[goal.indicator.code]), goal.indicator.name),
        (reverse("impact:data"), _("Open data")),
    ]
