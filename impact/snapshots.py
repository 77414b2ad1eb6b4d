"""All roll-up cells as of a seq, exact, kept in the shared cache: what is past does not change.

Kept as plain rows, which are ten times quicker to read and to compare than cells. The cache may be empty or away: then
they are computed. Nothing that proves a figure reads from here.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.core.cache import cache

from impact import ledger, rollups
from impact.coverage import Coverage
from impact.ledger import State
from impact.measures import NOT_REPORTED, Measures
from impact.models import LedgerEntry
from impact.rollups import Cell, CellKey, Dimensions, Selection

SECONDS = 2 * 24 * 60 * 60
"""The nightly proof of the vintages keeps those of vintages warm."""

Row = tuple[object, ...]


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
