"""What closing a quarter would do, before the office closes it. Reads only.

Source: docs/semantics.md, "Time" and "Zero, missing, coverage".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consortia import clock
from consortia.models import Consortium
from impact import obligations
from impact.coverage import Participants
from impact.ledger import State
from impact.measures import Window
from impact.models import Quarter
from impact.obligations import Obligation


@dataclass(frozen=True)
class Outlook:
    """A quarter as it would be closed now."""

    quarter: Quarter
    expected: int
    not_reported: tuple[Obligation, ...]
    """Nothing counts, and nothing waits for a reviewer: these can report no more, unless they have an extension."""
    waiting: tuple[Obligation, ...]
    """Wait for a reviewer: they can still be accepted, and returned ones be repaired only with an extension."""
    extended: tuple[tuple[Obligation, date], ...]
    """Have an extension that still runs, and until when: these stay open until then."""
    becomes_final: bool
    also_missing: tuple[tuple[Quarter, tuple[Consortium, ...]], ...]
    """Earlier quarters of the trailing year that keep the figures provisional, with who is missing there."""

    @property
    def is_incomplete(self) -> bool:
        """Whether somebody who is expected does not count: then closing asks for a reason."""
        return bool(self.not_reported or self.waiting)


def outlook(actor: Any, state: State, quarter: Quarter) -> Outlook:
    """Who is not in, and what becomes final."""
    rows = obligations.of_consortia(actor, state, quarter=quarter)
    absent = [row for row in rows if not row.counts]
    quarters = {row.index: row for row in Quarter.objects.filter(index__in=Window(quarter.index).year)}
    participants = Participants.of(state, quarters.values())
    hips = {row.pk: row for row in Consortium.objects.all()}
    return Outlook(
        quarter=quarter,
        expected=participants.expected_in(None, quarter.index),
        not_reported=tuple(row for row in absent if not row.is_waiting),
        waiting=tuple(row for row in absent if row.is_waiting),
        extended=tuple((row, day) for row in absent if (day := _extended_until(row)) is not None),
        becomes_final=participants.complete(quarter.index),
        also_missing=tuple(
            (each, tuple(hips[pk] for pk in missing))
            for index, each in sorted(quarters.items())
            if index != quarter.index and (missing := sorted(missing_in(participants, index)))
        ),
    )


def missing_in(participants: Participants, quarter: int) -> frozenset[int]:
    """The HIPs that are expected in a quarter and do not count in it."""
    return participants.expected.get(quarter, frozenset()) - participants.counting.get(quarter, frozenset())


def _extended_until(row: Obligation) -> date | None:
    days: Sequence[date] = [extension.last_day for extension in row.report.extensions.all()]
    last = max(days, default=None)
    return last if last is not None and last >= clock.today() else None
