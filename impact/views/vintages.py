"""Vintages (edities): the figures as they were published, how to check them, and what has changed since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia.models import Consortium
from impact import comparison, feed, ledger, progress, vintages
from impact.comparison import Changed, Comparison
from impact.effects import Effect
from impact.ledger import State
from impact.models import EntryKind, Goal, Indicator, Vintage
from impact.rollups import Dimensions
from impact.views.effects import EffectShown, GoalRow, Row, Table, shown
from impact.views.figures import COMPANIES, Reader
from impact.views.goals import GoalShown

WITH, HIP = "met", "hip"
MOST_ROWS = 150
"""Of one table; all of them are to be had over the API."""
MOST_ENTRIES = 500
_ENTRIES_NAMED = 4


@require_safe
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponse:
    """All vintages, newest first."""
    published = list(Vintage.objects.select_related("last_quarter").order_by("-pk"))
    coverage = vintages.coverage_of(published)
    rows = [(vintage, *coverage[vintage.pk]) for vintage in published]
    return render(request, "impact/vintages.html", {"rows": rows})


@require_safe
@cache_control(private=True, no_cache=True)
def vintage(request: HttpRequest, code: str) -> HttpResponse:
    """One vintage: what it says, and how anybody checks that it is still the same."""
    row = _find(code)
    reader = Reader(request.user, as_of=row.entry_id)
    goals = [
        GoalShown.of(goal, reader)
        for goal in progress.read(reader.user, reader.dimensions, state=reader.state)
        if goal.goal.indicator_id in reader.state.definitions
    ]
    reported, expected = vintages.coverage_of([row])[row.pk]
    context = {
        "vintage": row,
        "headline": next((goal for goal in goals if goal.progress.goal.indicator.code == COMPANIES), None),
        "reported": reported,
        "expected": expected,
        "recorded_at": reader.recorded_at,
        "others": Vintage.objects.exclude(pk=row.pk).order_by("-pk")[:10],
        "site": request.build_absolute_uri("/").rstrip("/"),
        "asked": f"asOf={row.entry_id}&periodTo={row.last_quarter_id}",
        "is_newest_entry": ledger.newest() == row.entry_id,
    }
    return render(request, "impact/vintage.html", context)


def _find(code: str) -> Vintage:
    row = Vintage.objects.select_related("last_quarter", "entry").filter(code=code).first()
    if row is None:
        raise Http404(_("There is no such vintage."))
    return row


# --- beside another one, or beside the present


@dataclass(frozen=True)
class Told:
    """A row of changes with the entries that bear on it: some by their number, and how many more."""

    row: Row | GoalRow
    entries: tuple[int, ...]

    @property
    def named(self) -> tuple[int, ...]:
        return self.entries[:_ENTRIES_NAMED]

    @property
    def others(self) -> int:
        return max(len(self.entries) - _ENTRIES_NAMED, 0)


@dataclass(frozen=True)
class TableTold:
    """A table of changes; `left_out` rows of it are too many for a page."""

    table: Table
    rows: tuple[Told, ...]
    left_out: int


@require_safe
@cache_control(private=True, no_cache=True)
def difference(request: HttpRequest, code: str) -> HttpResponse:
    """What is no longer as it was in the vintage: the programme, or the HIP that is asked for."""
    before = _find(code)
    asked = request.GET.get(WITH, vintages.NOW[0])
    after = None if asked in vintages.NOW else _find(asked)
    dimensions = Dimensions.read()
    hip = _chosen_hip(request, dimensions)
    found = comparison.compare(
        before.entry_id,
        after.entry_id if after else ledger.newest(),
        request.user,
        dimensions,
        upto=vintages.upto(before, after, dimensions),
    )
    counted = [row for row in found.cells if row.change.measures]
    here = [row for row in counted if row.change.after.consortium_id == (hip.pk if hip else None)]
    state = max(found.before, found.after, key=lambda each: each.seq)
    entries_of_goals = {row.change.after.goal.pk: row.entries for row in found.goals}
    told = _told(here, found, dimensions, state)
    context = {
        "vintage": before,
        "other": after,
        "hip": hip,
        "changed": len(counted),
        "only_coverage": len(found.cells) - len(counted),
        "goals": () if hip else [Told(row, entries_of_goals[row.goal.pk]) for row in told.goals],
        "goal_columns": told.goal_columns,
        "totals": _tables((told.programme, *told.hips), here),
        "line_tables": _tables(told.by_line, here),
        "hips": _hips(counted, dimensions),
        "programme_changes": sum(row.change.after.consortium_id is None for row in counted),
        "entries": _entries(request.user, found),
        "entry_count": found.last_seq - found.first_seq,
        "most_entries": MOST_ENTRIES,
        "choices": Vintage.objects.exclude(pk=before.pk).order_by("-pk"),
    }
    return render(request, "impact/vintage_difference.html", context)


def _chosen_hip(request: HttpRequest, dimensions: Dimensions) -> Consortium | None:
    slug = request.GET.get(HIP, "")
    if not slug:
        return None
    hip = next((row for row in dimensions.consortia.values() if row.slug == slug), None)
    if hip is None:
        raise Http404(_("There is no such HIP."))
    return hip


def _told(rows: Iterable[Changed], found: Comparison, dimensions: Dimensions, state: State) -> EffectShown:
    """The changes as every page shows them."""
    effect = Effect(cells=tuple(row.change for row in rows), goals=tuple(row.change for row in found.goals))
    return shown(effect, dimensions, state)


def _tables(tables: Iterable[Table | None], rows: Iterable[Changed]) -> list[TableTold]:
    bearing: dict[tuple[int | None, int | None, int, int], tuple[int, ...]] = {
        (cell.consortium_id, cell.action_line_id, cell.indicator_id, cell.quarter): row.entries
        for row in rows
        for cell in [row.change.after]
    }
    told = []
    for table in tables:
        if table is None:
            continue
        hip = table.consortium.pk if table.consortium else None
        found = tuple(Told(row, _entries_of(row, hip, bearing)) for row in table.rows[:MOST_ROWS])
        told.append(TableTold(table, found, len(table.rows) - len(found)))
    return told


def _entries_of(row: Row, hip: int | None, bearing: Mapping[Any, tuple[int, ...]]) -> tuple[int, ...]:
    """Of all quarters of the row."""
    line = row.action_line.pk if row.action_line else None
    quarters = range(row.first.index, row.last.index + 1)
    return tuple(sorted({seq for each in quarters for seq in bearing.get((hip, line, row.indicator.pk, each), ())}))


def _hips(rows: Iterable[Changed], dimensions: Dimensions) -> list[tuple[Consortium, int]]:
    """The HIPs of which figures have changed, and how many."""
    counts: dict[int, int] = {}
    for row in rows:
        hip = row.change.after.consortium_id
        if hip is not None:
            counts[hip] = counts.get(hip, 0) + 1
    return [(hip, counts[pk]) for pk, hip in dimensions.consortia.items() if pk in counts]


@dataclass(frozen=True)
class Entry:
    """An entry of the ledger in words; the reason where the reader may know it."""

    change: feed.Change
    kind: str
    hip: Consortium | None
    indicator: Indicator | None
    goal: Goal | None


def _entries(user: Any, found: Comparison) -> list[Entry]:
    hips = {row.slug: row for row in Consortium.objects.all()}
    indicators = {row.code: row for row in Indicator.objects.all()}
    goals = {row.code: row for row in Goal.objects.all()}
    return [
        Entry(
            change=row,
            kind=str(EntryKind(row.kind).label),
            hip=hips.get(row.consortium or ""),
            indicator=indicators.get(row.indicator or ""),
            goal=goals.get(row.goal or ""),
        )
        for row in feed.read(user, after=found.first_seq, upto=found.last_seq, size=MOST_ENTRIES)
    ]
