"""The goals of the report: where each stands against its path, with its course as a drawing."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from consortia.templatetags import portal
from impact.models.codebook import EURO
from impact.programme_report import cells
from impact.programme_report.cells import Cell
from impact.progress import Progress
from impact.views.figures import SHARE, Reader
from impact.views.goals import GoalShown

_SIZE = "m"
"""The drawing that goes on half a page."""


def section(goals: Sequence[GoalShown]) -> dict[str, Any]:
    """All goals beside each other."""
    columns = [
        cells.column(_("Goal"), 30),
        cells.column(_("Newest quarter"), 13),
        cells.column(_("Latest figure"), 16, is_number=True),
        cells.column(_("Planned by now"), 16, is_number=True),
        cells.column(_("Target"), 16, is_number=True),
        cells.column(_("Of the growth that was agreed"), 14, is_number=True),
        cells.column(_("Of the target"), 12, is_number=True),
    ]
    return cells.section(_("Goals"), _("Where the programme stands"), cells.table("", columns, map(_row, goals)))


def _row(goal: GoalShown) -> list[Cell]:
    latest = goal.progress.latest
    return [
        goal.name,
        portal.quarter(latest.period) if latest else "–",
        _amount(goal, "latest", mark="*" if goal.broken_from else ""),
        _amount(goal, "planned"),
        _amount(goal, "target"),
        cells.number(goal.number("shareOfGrowth"), SHARE),
        cells.number(goal.number("shareOfTarget"), SHARE),
    ]


def _amount(goal: GoalShown, name: str, *, mark: str = "") -> Cell:
    return cells.number(goal.number(name), goal.notation, mark=mark, decimals=0)


def details(goal: GoalShown) -> dict[str, Any]:
    """One goal: what there is and what is needed, the drawing of its course, and the same as a table."""
    chart = goal.chart
    drawing = next(each for each in chart.drawings if each.size == _SIZE)
    return {
        "title": goal.name,
        "finding": goal.finding,
        "facts": _facts(goal),
        "remarks": _remarks(goal),
        "drawing": render_to_string("impact/reports/goal_chart.svg", {"drawing": drawing}),
        "description": f"{goal.finding}. {chart.description}",
        "course": _course(goal),
    }


def _facts(goal: GoalShown) -> list[list[Cell]]:
    progress = goal.progress
    facts: list[list[Cell]] = [
        [_("Latest figure (%(window)s)") % {"window": goal.window} if goal.window else _("Latest figure"),
         _amount(goal, "latest")],
        [_("Planned by now"), _amount(goal, "planned")],
        [_("Start figure, %(date)s") % {"date": date_format(progress.current.baseline_date, "j F Y")},
         _amount(goal, "baseline")],
        [_("Target, %(date)s") % {"date": date_format(progress.current.target_date, "j F Y")},
         _amount(goal, "target")],
    ]  # fmt: skip
    if goal.is_revised:
        facts.append([_("Original target"), _amount(goal, "originalTarget")])
    facts += [
        [_("Of the growth that was agreed"), cells.number(goal.number("shareOfGrowth"), SHARE)],
        [_("Of the target"), cells.number(goal.number("shareOfTarget"), SHARE)],
    ]
    if goal.is_revised:
        facts.append([_("Of the original target"), cells.number(goal.number("shareOfOriginalTarget"), SHARE)])
    facts += [
        [_("Needed per quarter"), _amount(goal, "neededPerQuarter")],
        [_("At the current pace, on the target date"), _amount(goal, "atCurrentPace")],
        [_("HIP-quarters that count") if goal.is_yearly else _("HIPs that count"), _coverage(goal)],
    ]
    return facts


def _coverage(goal: GoalShown) -> str:
    latest = goal.progress.latest
    if latest is None:
        return "–"
    return _("%(reported)s of %(expected)s") % {
        "reported": portal.number(latest.reported),
        "expected": portal.number(latest.expected),
    }


def _remarks(goal: GoalShown) -> list[str]:
    progress = goal.progress
    remarks = []
    if progress.latest is not None and not progress.latest.is_final:
        remarks.append(
            _("The figure is provisional: it may still change until the quarter is closed and every HIP has reported.")
        )
    if goal.broken_from is not None:
        remarks.append(
            _("New definition from %(quarter)s: older quarters are left out, and the goal may have been set under "
              "the older definition.") % {"quarter": portal.quarter(goal.broken_from.pk)}
        )  # fmt: skip
    if progress.is_pace_broken:
        remarks.append(_("No pace: the definition has changed in the quarters that the pace would look at."))
    if progress.current.baseline_value is None or progress.current.target_value is None:
        remarks.append(_("The start figure or the target is not yet known, so neither are the shares and the plan."))
    if len(goal.school_years) > 1:
        remarks.append(_("The four quarters lie in two school years: %(years)s.") % {
            "years": ", ".join(goal.school_years)})  # fmt: skip
    if goal.is_about_persons:
        remarks.append(persons())
    if goal.starts_below_baseline:
        remarks.append(
            _("The line begins below the start figure: it counts only what the HIPs have reported in the portal, over "
              "at most four quarters.")
        )  # fmt: skip
    if progress.current.baseline_method:
        remarks.append(_("About the start figure: %(text)s") % {"text": progress.current.baseline_method})
    if goal.is_revised:
        remarks.append(
            _("The target was revised: %(decision)s (%(date)s).")
            % {"decision": progress.current.decision, "date": date_format(progress.current.decided_on, "j F Y")}
        )
    return remarks


def persons() -> str:
    return _("Of persons the total is a sum over HIPs: a person in two HIPs counts twice.")


def _course(goal: GoalShown) -> dict[str, Any]:
    columns = [
        cells.column(_("Quarter"), 12),
        cells.column(_("Reported figure"), 18, is_number=True),
        cells.column(_("Plan"), 18, is_number=True),
        cells.column(_("Reported"), 12, is_number=True),
        cells.column(_("Expected"), 12, is_number=True),
        cells.column(_("Status"), 16),
    ]
    unit = EURO if goal.notation == EURO else ""
    rows: list[list[Cell]] = [
        [
            reading.label,
            _("in another unit") if reading.is_apart else cells.number(reading.value, unit),
            cells.number(reading.planned, unit, decimals=0),
            cells.number(reading.reported),
            cells.number(reading.expected),
            "" if reading.value is None else portal.state_word("provisional" if reading.provisional else "final"),
        ]
        for reading in goal.chart.rows
    ]
    return cells.table(goal.name, columns, rows)


def shown(reader: Reader, rows: Iterable[Progress]) -> list[GoalShown]:
    """Goals whose indicator was defined by then, in the language at hand."""
    return [GoalShown.of(row, reader) for row in rows if row.goal.indicator_id in reader.state.definitions]
