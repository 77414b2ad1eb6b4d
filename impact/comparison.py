"""What changed between two moments of the ledger, cell by cell, and which of the entries in between bear on it.

An entry bears on a cell where it says something about what a changed number of the cell is made of: the report of a HIP
in its scope, in a quarter that the number looks at; a link between organisations that take part in its scope; the
definition of its indicator. Source: docs/semantics.md, "Every published number is a function of the ledger".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from consortia import access
from consortia.access import Permission
from impact import leaves, ledger, progress, rollups, snapshots
from impact.effects import Change, GoalChange, measures_of
from impact.ledger import State
from impact.measures import Window
from impact.models import EntryKind, Indicator, Kind, LedgerEntry, Participation
from impact.models.codebook import DISTINCT_RULES, PARTS_OF_COFINANCING, PERSON_RULES, Rule
from impact.progress import Progress
from impact.rollups import Cell, Dimensions
from impact.snapshots import Snapshot

_COUNTED = frozenset({"value", "new", "trailingYear", "cumulative", "low", "high"})
_EXPECTED = frozenset({"expected", "trailingYearExpected"})


@dataclass(frozen=True)
class Changed:
    """A cell that is another, and the entries that bear on it, by their seq."""

    change: Change
    entries: tuple[int, ...]

    @property
    def names(self) -> frozenset[str]:
        """What of it is another, by its name in the API."""
        return names_of(self.change)


@dataclass(frozen=True)
class GoalChanged:
    """A goal whose progress is another, and the entries that bear on it."""

    change: GoalChange
    entries: tuple[int, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything that differs between two moments, as one reader may see it."""

    before: State
    after: State
    cells: tuple[Changed, ...]
    """By HIP (the programme first), action line (all lines first), indicator, quarter."""
    goals: tuple[GoalChanged, ...]

    @property
    def first_seq(self) -> int:
        """The entries between the two are those beyond this one, up to `last_seq`."""
        return min(self.before.seq, self.after.seq)

    @property
    def last_seq(self) -> int:
        return max(self.before.seq, self.after.seq)


def compare(before: int, after: int, user: Any, dimensions: Dimensions, *, upto: int) -> Comparison:
    """The figures as of one seq beside those as of another, in quarters up to and including `upto`."""
    old, new = snapshots.as_of(before, dimensions), snapshots.as_of(after, dimensions)
    states = ledger.resolve(before), ledger.resolve(after)
    bearing = _Bearing(*states, user)
    found = [
        Changed(change, bearing.on(change))
        for change in (Change(*pair) for pair in snapshots.changed(old, new, dimensions, upto=upto))
        if rollups.sees_everything(user) or not _is_withheld(change.after, *states)
    ]
    goals_before, goals_after = _progress(old, states[0], dimensions), _progress(new, states[1], dimensions)
    return Comparison(*states, tuple(found), tuple(_goals(goals_before, goals_after, found, bearing)))


def _is_withheld(cell: Cell, *states: State) -> bool:
    """What is withheld at one of the two moments is not compared: the difference would show it."""
    return cell.action_line_id is not None and any(
        leaves.has_rule(state, cell.indicator_id, PERSON_RULES) for state in states
    )


def _goals(
    before: Iterable[Progress], after: Iterable[Progress], found: Iterable[Changed], bearing: "_Bearing"
) -> Iterable[GoalChanged]:
    """Goals that were set at both moments."""
    totals: dict[int, set[int]] = {}
    for each in found:
        cell = each.change.after
        if cell.consortium_id is None and cell.action_line_id is None:
            totals.setdefault(cell.indicator_id, set()).update(each.entries)
    was = {row.goal.pk: row for row in before}
    for row in after:
        if row.goal.pk in was and was[row.goal.pk] != row:
            entries = totals.get(row.goal.indicator_id, set()) | bearing.on_goal(row.goal.pk)
            yield GoalChanged(GoalChange(was[row.goal.pk], row), tuple(sorted(entries)))


def _progress(snapshot: Snapshot, state: State, dimensions: Dimensions) -> list[Progress]:
    return progress.of_cells(snapshot.of_goals(state), state, dimensions)


def names_of(change: Change) -> frozenset[str]:
    """What of a cell changes: its measures and bounds, the parts of a ratio, coverage, status, unit, `break`."""
    old, new = _parts_of(change.before), _parts_of(change.after)
    return frozenset(name for name in old if old[name] != new[name])


def _parts_of(cell: Cell) -> Mapping[str, object]:
    assert cell.coverage is not None, "what is withheld is not compared"
    return {
        **measures_of(cell),
        "numerator": cell.measures.numerator,
        "denominator": cell.measures.denominator,
        "reported": cell.coverage.reported,
        "expected": cell.coverage.expected,
        "trailingYearReported": cell.coverage.trailing_year_reported,
        "trailingYearExpected": cell.coverage.trailing_year_expected,
        "status": cell.is_final,
        "unit": cell.unit,
        "break": cell.is_break,
    }


def _quarters(name: str, window: Window, kind: str) -> range:
    """The quarters that this part of a cell looks at."""
    if name == "status":
        return Window(window.quarter).year
    if name in ("trailingYearReported", "trailingYearExpected"):
        return window.year
    if kind != Kind.STOCK and name == "trailingYear":
        return window.year
    if kind != Kind.STOCK and name in ("new", "cumulative"):
        return window.ever
    return range(window.quarter, window.quarter + 1)


class _Bearing:
    """The entries between two states, by what they are about."""

    def __init__(self, before: State, after: State, user: Any) -> None:
        self._states = before, after
        self._seen = access.consortia_where(user, Permission.SEE_COUNTING)
        self._reports: list[tuple[int, int, int]] = []
        """(seq, HIP, quarter): a version counts, or nothing does any more."""
        self._participations: list[tuple[int, int]] = []
        self._closings: list[tuple[int, int]] = []
        self._definitions: list[tuple[int, int, int]] = []
        """(seq, indicator, from quarter)."""
        self._goals: list[tuple[int, int]] = []
        self._links: list[tuple[int, UUID]] = []
        """(seq, one of the two organisations)."""
        pairs = [(link.source, link.target) for state in self._states for link in state.links.values()]
        low, high = sorted(state.seq for state in self._states)
        entries = LedgerEntry.objects.filter(seq__gt=low, seq__lte=high).select_related(
            "report__quarter", "quarter", "definition__from_quarter", "goal_revision", "undoes"
        )
        for entry in entries:
            if entry.report:
                self._reports.append((entry.seq, entry.report.consortium_id, entry.report.quarter.index))
            elif entry.consortium_id:
                self._participations.append((entry.seq, entry.consortium_id))
            elif entry.quarter:
                self._closings.append((entry.seq, entry.quarter.index))
            elif entry.definition:
                self._definitions.append(
                    (entry.seq, entry.definition.indicator_id, entry.definition.from_quarter.index)
                )
            elif entry.goal_revision:
                self._goals.append((entry.seq, entry.goal_revision.goal_id))
            else:
                link = entry.undoes or entry
                assert link.from_organisation_id and link.to_organisation_id, f"a {EntryKind(entry.kind).label}"
                self._links.append((entry.seq, link.from_organisation_id))
                pairs.append((link.from_organisation_id, link.to_organisation_id))
        self._hips_of_links = self._find_hips(pairs) if self._links else {}
        self._parts = self._find_parts() if self._definitions else {}
        self._entries_of = cache(self._find)

    def on(self, change: Change) -> tuple[int, ...]:
        cell = change.after
        return self._entries_of(cell.consortium_id, cell.indicator_id, cell.quarter, names_of(change))

    def on_goal(self, goal: int) -> set[int]:
        return {seq for seq, about in self._goals if about == goal}

    def _find(self, hip: int | None, indicator: int, quarter: int, names: frozenset[str]) -> tuple[int, ...]:
        found = {
            seq
            for seq, about, since in self._definitions
            # A quarter in which nothing is defined yet has the unit of the first definition.
            if indicator in self._parts.get(about, {about}) and (since <= quarter or "unit" in names)
        }
        looked_at = {
            each
            for state in self._states
            for name in names
            for each in self._looked_at(state, name, indicator, quarter)
        }
        found |= {seq for seq, of, at in self._reports if hip in (None, of) and at in looked_at}
        if names & _EXPECTED:
            found |= {seq for seq, of in self._participations if hip in (None, of)}
        if "status" in names:
            # Whether a quarter is final is a matter of all HIPs, in every cell.
            year = Window(quarter).year
            found |= {seq for seq, _of, at in self._reports if at in year}
            found |= {seq for seq, _of in self._participations}
            found |= {seq for seq, at in self._closings if at == quarter}
        if names & _COUNTED and any(leaves.has_rule(state, indicator, DISTINCT_RULES) for state in self._states):
            found |= {seq for seq, organisation in self._links if self._link_bears(organisation, hip)}
        return tuple(sorted(found))

    def _link_bears(self, organisation: UUID, hip: int | None) -> bool:
        """In which HIP an organisation takes part is not for everybody: there every link may have done it."""
        if hip is None or (self._seen is not None and hip not in self._seen):
            return True
        return hip in self._hips_of_links.get(organisation, ())

    def _looked_at(self, state: State, name: str, indicator: int, quarter: int) -> range:
        in_force = state.definition(indicator, quarter)
        if in_force is None:
            return range(0)
        return _quarters(name, Window(quarter, in_force[0]), in_force[1].kind)

    def _find_hips(self, pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, set[int]]:
        """By linked organisation the HIPs in which it, or whoever it is linked with, takes part at either moment."""
        group_of: dict[UUID, set[UUID]] = {}
        for source, target in pairs:
            joined = group_of.get(source, {source}) | group_of.get(target, {target})
            group_of |= dict.fromkeys(joined, joined)
        hips = {row.version_id: row.consortium_id for state in self._states for row in state.counting}
        rows = Participation.objects.filter(organisation__in=group_of, version__in=hips).order_by()
        found: dict[UUID, set[int]] = {}
        for organisation, version in rows.values_list("organisation_id", "version_id").distinct():
            for member in group_of[organisation]:
                found.setdefault(member, set()).add(hips[version])
        return found

    def _find_parts(self) -> dict[int, set[int]]:
        """By indicator that others are derived from: itself and those."""
        parts = Indicator.objects.filter(code__in=PARTS_OF_COFINANCING).values_list("pk", flat=True)
        sums = {
            indicator
            for state in self._states
            for indicator in state.definitions
            if leaves.has_rule(state, indicator, {Rule.COFINANCING})
        }
        return {part: {part, *sums} for part in parts}
