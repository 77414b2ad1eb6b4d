"""How a number that follows from other numbers is worked out: written out, with where each of those comes from.

The arithmetic itself is in `impact.trajectory`; here it is only said in the numbers of the page.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consortia.templatetags import portal
from impact.views import figures
from impact.views.figures import YEAR, Shown
from impact.views.goals import GoalShown

WORKED_OUT: dict[str, Promise] = {
    "shareOfGrowth": gettext_lazy("of the growth that was agreed"),
    "shareOfTarget": gettext_lazy("of the target"),
    "shareOfOriginalTarget": gettext_lazy("of the original target"),
    "growthSoFar": gettext_lazy("since the start figure"),
    "neededPerQuarter": gettext_lazy("needed per quarter"),
    "atCurrentPace": gettext_lazy("at the current pace, on the target date"),
}
"""What follows from the latest figure of a goal, by its name in the API's progress."""


@dataclass(frozen=True)
class Part:
    """A number that goes into it, and the page that says why it is what it is."""

    label: str
    text: str
    why: str = ""


@dataclass(frozen=True)
class Working:
    """A number, what it says, and the sum that makes it."""

    name: str
    text: str
    formula: str
    parts: tuple[Part, ...]


def of_goal(goal: GoalShown, name: str) -> Working | None:
    """None where the number is not known."""
    if goal.number(name) is None:
        return None
    latest, baseline, target = (goal.written(goal.number(each)) for each in ("latest", "baseline", "target"))
    left = portal.number(goal.quarters_left)
    original = goal.written(goal.number("originalTarget"))
    year_before = goal.written(goal.number("paceFrom"))
    needs, sum_ = {
        "shareOfGrowth": (("baseline", "target"), f"({latest} − {baseline}) ÷ ({target} − {baseline})"),
        "shareOfTarget": (("target",), f"{latest} ÷ {target}"),
        "shareOfOriginalTarget": (("originalTarget",), f"{latest} ÷ {original}"),
        "growthSoFar": (("baseline",), f"{latest} − {baseline}"),
        "neededPerQuarter": (("target", "left"), f"({target} − {latest}) ÷ {left}"),
        "atCurrentPace": (("paceFrom", "left"), f"{latest} + ({latest} − {year_before}) ÷ 4 × {left}"),
    }[name]
    text = goal.said(name)
    return Working(
        name=f"{goal.name}: {WORKED_OUT[name]}",
        text=text,
        formula=f"{sum_} = {text}",
        parts=(Part(goal.window, latest, goal.why), *(_part(goal, each) for each in needs)),
    )


def _part(goal: GoalShown, name: str) -> Part:
    if name == "left":
        last = portal.quarter(goal.last_quarter)
        return Part(
            _("quarters left, up to and including %(last)s") % {"last": last}, portal.number(goal.quarters_left)
        )
    text = goal.written(goal.number(name))
    if name == "paceFrom" and (before := goal.year_before) is not None:
        return Part(
            _("a year before: %(quarter)s") % {"quarter": portal.quarter(before.period)},
            text,
            goal.why_in(before.period),
        )
    return Part(str(_OF_GOAL[name]), text)


_OF_GOAL: dict[str, Promise] = {
    "baseline": gettext_lazy("the start figure of the goal"),
    "paceFrom": gettext_lazy("the start figure of the goal"),
    "target": gettext_lazy("the target"),
    "originalTarget": gettext_lazy("the target as it was first set"),
}


def of_share(part: Shown, whole: Shown) -> Working | None:
    """Which part of the whole it is over a year; None where that says nothing."""
    share = figures.share_of(part, whole, YEAR)
    if share is None:
        return None
    text = portal.percentage(share)
    numbers = [portal.number(each.measure(YEAR)) for each in (part, whole)]
    return Working(
        name=_("%(part)s, as a share of %(whole)s") % {"part": part.indicator.name, "whole": whole.indicator.name},
        text=text,
        formula=f"{numbers[0]} ÷ {numbers[1]} = {text}",
        parts=tuple(
            Part(each.indicator.name, number, figures.why_of(each, YEAR))
            for each, number in zip((part, whole), numbers, strict=True)
        ),
    )
