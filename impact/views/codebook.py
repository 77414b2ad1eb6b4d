"""How we count: the indicators with their definitions, and the action lines."""

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import clock, exports
from consortia.models import ActionLine
from impact import progress, rollups
from impact.models import Indicator, IndicatorDefinition, Kind, LedgerEntry, Measure
from impact.rollups import Selection
from impact.views import courses, figure_lists, figures, lists
from impact.views.figures import Reader, Shown
from impact.views.goals import GoalShown

KINDS: dict[str, Promise] = {
    Kind.FLOW: gettext_lazy("a sum: it adds up over quarters and over HIPs"),
    Kind.STOCK: gettext_lazy("a state on the last day of the quarter: it adds up over HIPs, never over quarters"),
    Kind.UNIQUE: gettext_lazy("a number of different organisations: who is counted twice counts once"),
    Kind.RATIO: gettext_lazy("a share: all numerators together over all denominators together"),
}
KIND_WORDS: dict[str, Promise] = {
    Kind.FLOW: gettext_lazy("sum"),
    Kind.STOCK: gettext_lazy("state on the last day"),
    Kind.UNIQUE: gettext_lazy("different organisations"),
    Kind.RATIO: gettext_lazy("share"),
}
EXAMPLES: dict[str, Promise] = {
    Kind.FLOW: gettext_lazy(
        "A HIP reports 12 in one quarter and 9 in the next. Over the two quarters that is 21. Another HIP reports 5 "
        "and 4: the two together have 30."
    ),
    Kind.STOCK: gettext_lazy(
        "A HIP has 5 on 31 March and 6 on 30 June. At the end of June there are 6, not 11. Another HIP has 4 on that "
        "day: the two together have 10. Whoever reports nothing in June is not taken over from March."
    ),
    Kind.UNIQUE: gettext_lazy(
        "A HIP works with A, B and C in the first quarter, with B, C and D in the second and with A in the third. The "
        "quarters count 3, 3 and 1; new are 3, 1 and 0; since the start there are 4. Another HIP that works with B and "
        "E adds one, because B is already counted."
    ),
    Kind.RATIO: gettext_lazy(
        "In one HIP 8 of 10 finish, in another 100 of 400. Together that is 108 of 410, or 26.3%, and not the average "
        "of 80% and 25%."
    ),
}


@dataclass(frozen=True)
class Definition:
    """What an indicator means from a quarter on, and since when that is known."""

    definition: IndicatorDefinition
    recorded_at: datetime | None
    is_now: bool
    """Whether it holds in the quarter of today."""
    is_coming: bool = False
    """Whether it begins in a later quarter."""
    reason: str = ""
    changes: tuple["Change", ...] = ()
    """Beside the meaning, in which it may differ as well."""
    is_changed: bool = False
    """Whether another one went before."""

    @property
    def unit(self) -> str:
        return figures.unit_word(self.definition.unit)

    @property
    def kind(self) -> str:
        return str(KINDS[self.definition.kind])

    @property
    def kind_word(self) -> str:
        return str(KIND_WORDS[self.definition.kind])


@dataclass(frozen=True)
class Change:
    """A part of a definition that differs from the one before, in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One indicator in the codebook."""

    indicator: Indicator
    current: Definition


@require_safe
@cache_control(private=True, no_cache=True)
def indicators(request: HttpRequest) -> HttpResponseBase:
    """The codebook, and the rules that every figure obeys."""
    reader = Reader(request.user)
    entries = [
        Entry(indicator, Definition(_current(reader, pk), None, is_now=True))
        for pk, indicator in reader.dimensions.indicators.items()
        if pk in reader.state.definitions
    ]
    if exports.is_asked(request):
        return lists.indicators(request, reader, entries)
    context = {"entries": entries, "action_lines": list(reader.dimensions.action_lines.values())}
    return render(request, "impact/indicators.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def indicator(request: HttpRequest, code: str) -> HttpResponseBase:
    """One indicator: what it means, how it adds up, and what the programme has reached."""
    reader = Reader(request.user)
    found = reader.indicator(code)
    if found is None:
        raise Http404("no such indicator")
    current = _current(reader, found.pk)
    history = _history(reader, found, current)
    lines = list(reader.dimensions.action_lines.values()) if current.by_action_line else []
    cells = reader.shown(Selection(consortia=[None], indicators=[found.pk], quarters=reader.ended))
    if exports.is_asked(request):
        return figure_lists.cells(request, reader, cells.values(), name=f"figures-{found.code}", title=found.name)
    series = [cells[None, None, found.pk, index] for index in reader.ended]
    goals = [
        GoalShown.of(row, reader)
        for row in progress.read(reader.user, reader.dimensions, state=reader.state)
        if row.goal.indicator_id == found.pk
    ]
    by_line = _by_line(reader, found, lines, cells)
    context = {
        "indicator": found,
        "current": Definition(current, None, is_now=True),
        "coming": [row for row in reversed(history) if row.is_coming],
        "definitions": history,
        "example": EXAMPLES[current.kind],
        "is_about_persons": reader.is_about_persons(found),
        "goals": goals,
        "chart": _chart(found, current, series),
        "series": series[::-1],
        "breaks": figures.breaks_in(series, *(name for name, _heading in _measures(current))),
        "line_breaks": figures.breaks_in(
            (shown for _line, shown in by_line), *(name for name, _h in _measures(current))
        ),
        "measures": _measures(current),
        "has_year": current.kind != Kind.STOCK,
        "lines": by_line,
        "hides_lines": bool(lines) and reader.is_about_persons(found) and not rollups.sees_everything(reader.user),
        "quarter": None if reader.latest is None else reader.dimensions.quarters[reader.latest],
    }
    return render(request, "impact/indicator.html", context)


def _current(reader: Reader, indicator: int) -> IndicatorDefinition:
    """What the indicator means in the quarter of today; before its first definition begins, that one."""
    begun = [index for index, quarter in reader.dimensions.quarters.items() if quarter.start_date <= clock.today()]
    known = reader.state.definitions[indicator]
    in_force = [definition for since, definition in known if begun and since <= max(begun)]
    return in_force[-1] if in_force else known[0][1]


def _history(reader: Reader, indicator: Indicator, current: IndicatorDefinition) -> list[Definition]:
    """Newest first, each with what it changed; reasons for who has an account, as in the feed of changes."""
    in_force = [definition for _since, definition in reader.state.definitions[indicator.pk]]
    entries = {entry.definition_id: entry for entry in LedgerEntry.objects.filter(definition__in=in_force)}
    sees_reasons = rollups.sees_everything(reader.user)
    return [
        Definition(
            definition,
            entries[definition.pk].recorded_at,
            is_now=definition is current,
            is_coming=in_force.index(definition) > in_force.index(current),
            reason=entries[definition.pk].reason if sees_reasons else "",
            changes=_changes(before, definition) if before else (),
            is_changed=before is not None,
        )
        for before, definition in reversed(list(zip([None, *in_force], in_force, strict=False)))
    ]


def _changes(before: IndicatorDefinition, after: IndicatorDefinition) -> tuple[Change, ...]:
    def said(definition: IndicatorDefinition) -> dict[str, str]:
        source = definition.get_rule_display() if definition.rule else definition.get_source_display()
        return {
            _("Kind"): str(KIND_WORDS[definition.kind]),
            _("Unit"): figures.unit_word(definition.unit),
            _("Source"): source,
            _("By action line"): _("yes") if definition.by_action_line else _("no"),
        }

    old, new = said(before), said(after)
    return tuple(Change(label, old[label], new[label]) for label in new if old[label] != new[label])


def _chart(indicator: Indicator, current: IndicatorDefinition, series: list[Shown]) -> object:
    if not any(shown.measure("value") is not None for shown in series):
        return None
    title = (
        _("%(name)s on the last day of each quarter") if current.kind == Kind.STOCK else _("%(name)s in each quarter")
    )
    # A goal on the same page has the code of the indicator in its addresses.
    return courses.course_of(
        series, Measure.VALUE, title=title % {"name": indicator.name}, code=f"{indicator.code}-quarters"
    )


def _measures(current: IndicatorDefinition) -> list[tuple[str, str]]:
    """Which measures say something for this kind: their names in the API, and their headings."""
    if current.kind == Kind.STOCK:
        return [("value", _("Last day of the quarter"))]
    measures = [("value", _("This quarter"))]
    if current.kind == Kind.UNIQUE:
        measures.append(("new", _("New")))
    return [*measures, ("trailingYear", _("Four quarters")), ("cumulative", _("Since the start"))]


def _by_line(
    reader: Reader, indicator: Indicator, lines: list[ActionLine], cells: dict[figures.Key, Shown]
) -> list[tuple[ActionLine | None, Shown]]:
    if reader.latest is None or not lines:
        return []
    rows: list[tuple[ActionLine | None, Shown]] = [
        (line, cells[None, line.pk, indicator.pk, reader.latest]) for line in lines
    ]
    if rows[0][1].cell.withheld:
        return []
    return [*rows, (None, cells[None, None, indicator.pk, reader.latest])]


@require_safe
@cache_control(private=True, no_cache=True)
def action_line(request: HttpRequest, code: str) -> HttpResponseBase:
    """One action line: what it is in plain words, and what it has reached."""
    reader = Reader(request.user)
    lines = list(reader.dimensions.action_lines.values())
    line = next((row for row in lines if row.code == code), None)
    if line is None:
        raise Http404("no such action line")
    by_line = [
        row
        for pk, row in reader.dimensions.indicators.items()
        if pk in reader.state.definitions and _current(reader, pk).by_action_line
    ]
    cells: list[Shown] = []
    if reader.latest is not None:
        found = reader.shown(
            Selection(
                consortia=[None],
                action_lines=[line.pk],
                indicators=[row.pk for row in by_line],
                quarters=[reader.latest],
            )
        )
        cells = list(found.values())
    if exports.is_asked(request):
        return figure_lists.cells(request, reader, cells, name=f"figures-{line.code}", title=line.name)
    context = {
        "line": line,
        "others": [row for row in lines if row != line],
        "cells": [shown for shown in cells if not shown.cell.withheld],
        "breaks": figures.breaks_in(cells, "value", figures.YEAR),
        "hides_persons": any(shown.cell.withheld for shown in cells),
        "quarter": None if reader.latest is None else reader.dimensions.quarters[reader.latest],
    }
    return render(request, "impact/action_line.html", context)
