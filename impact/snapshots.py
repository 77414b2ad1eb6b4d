"""What follows from the ledger and from content that is frozen, kept in the shared cache: it does not change.

All roll-up cells as of a seq, exact, by that seq; and what follows from a state that is supposed, by all that it says.
Kept as plain rows, which are ten times quicker to read and to compare than cells. The cache may be empty or away: then
they are computed. Nothing that proves a figure reads from here.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache

from impact import ledger, rollups
from impact.coverage import Coverage
from impact.ledger import State
from impact.measures import NOT_REPORTED, Measures
from impact.models import LedgerEntry, ReportVersion, VersionStatus
from impact.rollups import Cell, CellKey, Dimensions, Selection

SECONDS = 2 * 24 * 60 * 60
"""The nightly proof of the vintages keeps those of vintages warm."""

Row = tuple[object, ...]
Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Snapshot:
    """Every cell as of `seq`, by its key."""

    seq: int
    rows: dict[CellKey, Row]

    def cell(self, key: CellKey) -> Cell | None:
        """None where neither the HIP nor the indicator was known then."""
        row = self.rows.get(key)
        return None if row is None else _cell(key, row)

    def of_quarter(self, quarter: int) -> list[Cell]:
        """All cells of a quarter, exact."""
        return [_cell(key, row) for key, row in self.rows.items() if key[3] == quarter]

    def of_goals(self, state: State) -> list[Cell]:
        """What the progress of the goals is reckoned from: their indicators, of the programme over all lines."""
        indicators = {revisions[-1].goal.indicator_id for revisions in state.revisions.values()}
        keys = [key for key in self.rows if key[:2] == (None, None) and key[2] in indicators]
        return [_cell(key, self.rows[key]) for key in sorted(keys, key=lambda key: key[3])]


def as_of(seq: int, dimensions: Dimensions) -> Snapshot:
    """The cells as of that seq."""
    return next(iter(each_as_of([seq], dimensions)))


def each_as_of(seqs: Sequence[int], dimensions: Dimensions) -> Iterator[Snapshot]:
    """The cells as of each of these, one after the other: together they may be too many to hold."""
    times = dict(LedgerEntry.objects.filter(seq__in=seqs).values_list("seq", "recorded_at"))
    for seq in seqs:
        name = _name(seq, times.get(seq), dimensions)
        rows = cache.get(name)
        if rows is None:
            rows = _rows(rollups.exact(Selection(), ledger.resolve(seq), dimensions))
            cache.set(name, rows, SECONDS)
        yield Snapshot(seq, rows)


def keep(seq: int, cells: Iterable[Cell], dimensions: Dimensions) -> None:
    """Put all cells as of a seq, exact, where `as_of` looks for them."""
    moment = LedgerEntry.objects.filter(seq=seq).values_list("recorded_at", flat=True).first()
    cache.set(_name(seq, moment, dimensions), _rows(cells), SECONDS)


def changed(before: Snapshot, after: Snapshot, dimensions: Dimensions, *, upto: int) -> list[tuple[Cell, Cell]]:
    """The cells that are not the same in both, old and new, in quarters up to and including `upto`.

    By HIP, action line, indicator, quarter. A cell that one of the two does not have, is compared with one in which
    nothing was reported.
    """
    keys = {key for key in before.rows.keys() | after.rows.keys() if key[3] <= upto}
    found = []
    for key in sorted((key for key in keys if before.rows.get(key) != after.rows.get(key)), key=_order(dimensions)):
        old, new = before.cell(key), after.cell(key)
        old, new = old or _blank(new), new or _blank(old)
        if old != new:
            found.append((old, new))
    return found


def _order(dimensions: Dimensions) -> Callable[[CellKey], tuple[int, ...]]:
    members = (dimensions.consortia, dimensions.action_lines, dimensions.indicators)
    places = [{None: -1, **{pk: place for place, pk in enumerate(rows)}} for rows in members]
    return lambda key: (*(place[pk] for place, pk in zip(places, key, strict=False)), key[3])


def _blank(cell: Cell | None) -> Cell:
    assert cell is not None and cell.coverage is not None, "one of the two has the cell"
    coverage = replace(cell.coverage, reported=0, trailing_year_reported=0)
    return replace(cell, measures=NOT_REPORTED, coverage=coverage, low=None, high=None)


def _name(seq: int, moment: datetime | None, dimensions: Dimensions) -> str:
    """Also of the entry's own time: a database that is put back gives the same numbers to other entries."""
    at = "" if moment is None else moment.strftime("%Y%m%dT%H%M%S.%f")
    return f"snapshot:1:{settings.API_VERSION}:{seq}:{at}:{max(dimensions.quarters, default=0)}"


def _rows(cells: Iterable[Cell]) -> dict[CellKey, Row]:
    return {cell.key: _row(cell) for cell in cells}


def _row(cell: Cell) -> Row:
    measures, coverage = cell.measures, cell.coverage
    assert coverage is not None, "an exact cell is not withheld"
    return (
        cell.unit, cell.is_final, cell.is_break, cell.low, cell.high,
        measures.value, measures.new, measures.trailing_year, measures.cumulative,
        measures.numerator, measures.denominator,
        coverage.reported, coverage.expected, coverage.trailing_year_reported, coverage.trailing_year_expected,
    )  # fmt: skip


def _cell(key: CellKey, row: Row) -> Cell:
    return Cell(*key, *row[:3], Measures(*row[5:11]), Coverage(*row[11:]), *row[3:5])  # type: ignore[arg-type, call-arg]


# --- what is supposed


def of_supposed(selection: Selection, state: State, dimensions: Dimensions) -> list[Cell]:
    """As `rollups.exact`, of a state that is supposed: it stands in no stored row."""

    def reckon() -> list[tuple[CellKey, Row]]:
        return [(cell.key, _row(cell)) for cell in rollups.exact(selection, state, dimensions)]

    return [_cell(key, row) for key, row in kept("cells", state, dimensions, repr(selection), reckon)]


def kept(what: str, state: State, dimensions: Dimensions, of: str, reckon: Callable[[], Kept]) -> Kept:
    """What `reckon` gives, plain values only; it must follow from the state and from `of`, and from nothing else.

    Kept by what the state says, not by its seq: accepting what was supposed to count makes no difference. A draft may
    still become another, so what follows from one is not kept.
    """
    said = _said(state, dimensions)
    if said is None:
        return reckon()
    name = f"{what}:1:{settings.API_VERSION}:{said}:{hashlib.sha256(of.encode()).hexdigest()}"
    known: Kept | None = cache.get(name)
    if known is None:
        known = reckon()
        cache.set(name, known, SECONDS)
    return known


def _said(state: State, dimensions: Dimensions) -> str | None:
    """A digest of all that figures follow from: content, links, definitions, who takes part, which quarters closed."""
    versions = ReportVersion.objects.filter(pk__in=[row.version_id for row in state.counting])
    content = {pk: (status, *said) for pk, status, *said in versions.values_list("pk", "status", *_FROZEN)}
    if any(status == VersionStatus.DRAFT for status, *_said_there in content.values()):
        return None
    said = [
        sorted((row.consortium_id, row.quarter, row.version_id, content[row.version_id][1:]) for row in state.counting),
        sorted((str(link.source), str(link.target), link.kind) for link in state.links.values()),
        sorted(
            (indicator, since, row.pk, row.kind, row.unit, row.source, row.rule, row.by_action_line)
            for indicator, known in state.definitions.items()
            for since, row in known
        ),
        sorted(state.takes_part.items()),
        sorted(state.closed),
        sorted((row.index, row.pk) for row in dimensions.quarters.values()),
        [list(members) for members in (dimensions.consortia, dimensions.action_lines, dimensions.indicators)],
    ]
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()


_FROZEN = ("content_hash", "submitted_at")
"""With the number of a version; a database that was put back may give the number to another one."""
