"""Storing the roll-ups of the newest seq, and proving that they are what the ledger says.

Running it twice, late or in parallel gives the same rows. Source: docs/semantics.md, "Approval is true both ways".
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction

from consortia import clock
from impact import ledger, rollups
from impact.models import RollUp, RollUpState
from impact.rollups import Cell, Dimensions, Selection

LOCK = 72_002
"""One roll-up at a time; a second one waits and then finds its work done."""

_COLUMNS = (
    "seq", "consortium_id", "action_line_id", "indicator_id", "quarter_id", "value", "new", "trailing_year",
    "cumulative", "low", "high", "numerator", "denominator", "reported", "expected",
    "trailing_year_reported", "trailing_year_expected", "is_final", "is_break",
)  # fmt: skip


@transaction.atomic
def roll_up(*, again: bool = False) -> int:
    """Store every cell as of the newest seq, in one swap; returns that seq.

    Does nothing where that seq is stored, unless it is to be done `again`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    seq = ledger.newest()
    if not again and RollUpState.objects.filter(seq=seq).exists():
        return seq
    dimensions = Dimensions.read()
    cells = rollups.compute(Selection(), ledger.resolve(seq), dimensions)
    RollUp.objects.all().delete()
    _copy(seq, cells, dimensions)
    RollUpState.objects.update_or_create(pk=1, defaults={"seq": seq, "computed_at": clock.now()})
    return seq


def _copy(seq: int, cells: Iterable[Cell], dimensions: Dimensions) -> None:
    """COPY, because thirty thousand inserts take ten times as long."""
    text = io.StringIO()
    writer = csv.writer(text)
    for cell in cells:
        coverage, measures = cell.coverage, cell.measures
        assert coverage is not None
        writer.writerow(
            (
                seq,
                cell.consortium_id,
                cell.action_line_id,
                cell.indicator_id,
                dimensions.quarters[cell.quarter].pk,
                measures.value,
                measures.new,
                measures.trailing_year,
                measures.cumulative,
                cell.low,
                cell.high,
                measures.numerator,
                measures.denominator,
                coverage.reported,
                coverage.expected,
                coverage.trailing_year_reported,
                coverage.trailing_year_expected,
                cell.is_final,
                cell.is_break,
            )
        )
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {RollUp._meta.db_table} ({', '.join(_COLUMNS)}) FROM STDIN WITH (FORMAT csv)", text)


@dataclass(frozen=True)
class Difference:
    """A stored cell that is not what the ledger says; None where one of the two is missing."""

    stored: Cell | None
    computed: Cell | None


def verify() -> tuple[int | None, list[Difference]]:
    """Recompute the stored seq from the ledger; all differences, none when all is well.

    The seq is None when nothing has been stored yet.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        rolled_up = RollUpState.objects.first()
        if rolled_up is None:
            return None, []
        state = ledger.resolve(rolled_up.seq)
        computed = {cell.key: cell for cell in rollups.compute(Selection(), state, Dimensions.read())}
        stored = {cell.key: cell for cell in rollups.stored_cells(RollUp.objects.all(), state)}
        foreign = RollUp.objects.exclude(seq=rolled_up.seq).exists()
    differences = [
        Difference(stored.get(key), computed.get(key))
        for key in computed.keys() | stored.keys()
        if foreign or stored.get(key) != computed.get(key)
    ]
    return rolled_up.seq, differences
