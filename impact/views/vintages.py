"""Vintages (edities): the figures as they were published, how to check them, and what has changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from consortia import access, exports
from consortia.access import Permission
from consortia.models import Consortium
from consortia.rest import rendering
from impact import comparison, feed, ledger, progress, rollups, vintages
from impact.comparison import Changed, Comparison
from impact.effects import Effect
from impact.ledger import State
from impact.models import EntryKind, Goal, Indicator, Vintage
from impact.rollups import Dimensions, Selection
from impact.rows import figure, roll_up
from impact.views import datasets, lists, programme_report
from impact.views.effects import EffectShown, GoalRow, Row, Table, shown
from impact.views.figures import COMPANIES, Reader
from impact.views.goals import GoalShown

WITH, HIP = "met", "hip"
WITH_ALL = "alles"
MOST_ROWS = 100
"""Of one table, until all of them are asked for."""
MOST_ENTRIES = 100
_ENTRIES_NAMED = 4


@require_safe
@cache_control(private=True, no_cache=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """All vintages, newest first."""
    published = list(Vintage.objects.select_related("last_quarter").order_by("-pk"))
    coverage = vintages.coverage_of(published)
    rows = [(vintage, *coverage[vintage.pk]) for vintage in published]
    if exports.is_asked(request):
        return lists.vintages(request, rows)
    context = {"rows": rows, "may_publish": access.allows(request.user, Permission.CONFIGURE)}
    return render(request, "impact/vintages.html", context)


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
        "goals": [goal for goal in goals if goal.progress.latest],
        "others": _beside(row),
        "site": request.build_absolute_uri("/").rstrip("/"),
        "asked": f"asOf={row.entry_id}&periodTo={row.last_quarter_id}",
        "dataset": datasets.of_vintage(request, row),
        "is_newest_entry": ledger.newest() == row.entry_id,
        **programme_report.on_page(row, request.user),
    }
    return render(request, "impact/vintage.html", context)


@require_safe
@cache_control(private=True, no_cache=True)
def figures_as_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """What the HIPs reported, as of the vintage: the first part of what its hash is made of."""
    row, dimensions = _find(code), Dimensions.read()
    leaves = rollups.read_leaves(_within(row, dimensions), request.user, dimensions, state=ledger.resolve(row.entry_id))
    return _as_csv("figures", row, list(vintages.FIGURE_FIELDS), (figure(leaf, dimensions) for leaf in leaves))


@require_safe
@cache_control(private=True, no_cache=True)
def roll_ups_as_csv(request: HttpRequest, code: str) -> HttpResponseBase:
    """The totals as of the vintage: the second part of what its hash is made of."""
    row, dimensions = _find(code), Dimensions.read()
    cells = rollups.read(_within(row, dimensions), request.user, dimensions, state=ledger.resolve(row.entry_id))
    return _as_csv("roll-ups", row, list(vintages.ROLL_UP_FIELDS), (roll_up(cell, dimensions) for cell in cells))


def _beside(row: Vintage) -> list[tuple[Vintage, Vintage, Vintage]]:
    """The other ones, each with the older and the newer of the pair: a comparison goes from old to new."""
    rows = Vintage.objects.exclude(pk=row.pk).order_by("-pk")[:10]
    return [(other, *((row, other) if _is_older(row, other) else (other, row))) for other in rows]


def _is_older(one: Vintage, other: Vintage) -> bool:
    return (one.entry_id, one.pk) < (other.entry_id, other.pk)


def _within(row: Vintage, dimensions: Dimensions) -> Selection:
    return Selection(quarters=[index for index in dimensions.quarters if index <= row.last_quarter.index])


def _as_csv(name: str, row: Vintage, columns: list[str], rows: Iterable[Mapping[str, Any]]) -> HttpResponseBase:
    return StreamingHttpResponse(
        rendering.as_csv(columns, rows),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}-{row.code}.csv"'},
    )


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
def difference(request: HttpRequest, code: str) -> HttpResponseBase:
    """What is no longer as it was in the older of the two: the programme, or the HIP that is asked for."""
    before = _find(code)
    asked = request.GET.get(WITH, vintages.NOW[0])
    after = None if asked in vintages.NOW else _find(asked)
    if after is not None and _is_older(after, before):
        before, after = after, before
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
    if exports.is_asked(request):
        return lists.difference(request, dimensions, found, here, _entries(request.user, found, None))
    entries_of_goals = {row.change.after.goal.pk: row.entries for row in found.goals}
    revised = [row for row in counted if _is_revised(row, before)]
    revised_here = [row for row in here if _is_revised(row, before)]
    told = _told(revised_here, found, dimensions, state)
    new_here = [row for row in here if not _is_revised(row, before)]
    told_new = _told(new_here, found, dimensions, state)
    most = None if WITH_ALL in request.GET else MOST_ROWS
    entries = _entries(request.user, found, None if WITH_ALL in request.GET else MOST_ENTRIES)
    context = {
        "vintage": before,
        "other": after,
        "hip": hip,
        "changed": len(counted),
        "revised": len(revised),
        "new": len(counted) - len(revised),
        "only_coverage": len(found.cells) - len(counted),
        "goals": () if hip else [Told(row, entries_of_goals[row.goal.pk]) for row in told.goals],
        "goal_columns": told.goal_columns,
        "goals_have_others": told.goals_have_others,
        "parts": [
            part
            for part in (
                _part("revised", told, revised_here, most),
                _part("new", told_new, new_here, most),
            )
            if part["totals"] or part["line_tables"]
        ],
        "hips": _hips(counted, dimensions),
        "programme_changes": sum(row.change.after.consortium_id is None for row in counted),
        "entries": entries,
        "entry_count": found.last_seq - found.first_seq,
        "entries_left_out": found.last_seq - found.first_seq - len(entries),
        "all_rows": f"?{urlencode({WITH: after.code if after else asked, HIP: hip.slug if hip else '', WITH_ALL: 1})}",
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


def _is_revised(row: Changed, before: Vintage) -> bool:
    """Whether a number of the older one is another now; else it is of a quarter that had none."""
    change = row.change
    is_first_number = change.before.measures.value is None and change.after.measures.value is not None
    had_numbers = any(old is not None for old, _new in change.measures.values())
    return change.after.quarter <= before.last_quarter.index and had_numbers and not is_first_number


def _part(name: str, told: EffectShown, rows: Sequence[Changed], most: int | None) -> dict[str, Any]:
    return {
        "name": name,
        "totals": _tables((told.programme, *told.hips), rows, most),
        "line_tables": _tables(told.by_line, rows, most),
    }


def _tables(tables: Iterable[Table | None], rows: Iterable[Changed], most: int | None) -> list[TableTold]:
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
        found = tuple(Told(row, _entries_of(row, hip, bearing)) for row in table.rows[:most])
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
    organisations: str
    """Of a link: who is joined with whom, where the reader may know it."""


def _entries(user: Any, found: Comparison, most: int | None) -> list[Entry]:
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
            organisations=_organisations(row, user),
        )
        for row in feed.read(
            user, after=found.first_seq, upto=found.last_seq, size=most or found.last_seq - found.first_seq
        )
    ]


def _organisations(change: feed.Change, user: Any) -> str:
    """What a link, or the undoing of one, is about: both names, else only what was done."""
    link = change.link
    if change.kind == EntryKind.UNDO:
        plain, named = _("a link between two organisations, undone"), _("%(source)s and %(target)s, apart again")
    elif change.kind == EntryKind.SUCCESSION:
        plain, named = _("an organisation, taken over by another"), _("%(source)s, taken over by %(target)s")
    elif change.kind == EntryKind.MERGE:
        plain, named = _("two organisations, merged"), _("%(source)s, merged into %(target)s")
    else:
        return ""
    if link is None:
        return plain
    unlisted = _("an organisation that you do not see")
    return named % {
        "source": str(link.source) if link.shows_source else unlisted,
        "target": str(link.target) if link.shows_target else unlisted,
    }
