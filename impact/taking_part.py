"""What other days of taking part would do to what a HIP owes and to coverage, before they are set. Reads only.

No figure moves by it: what was accepted keeps counting. Source: docs/semantics.md, "Zero, missing, coverage".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from consortia import clock
from consortia.models import Consortium
from impact import obligations
from impact.coverage import Participants, takes_part
from impact.ledger import State
from impact.models import Quarter
from impact.obligations import Obligation


@dataclass(frozen=True)
class QuarterEffect:
    """A quarter in which other HIPs are expected, or whose figures become final or provisional."""

    quarter: Quarter
    reported: int
    expected: tuple[int, int]
    """Before and after."""
    is_final: tuple[bool, bool]

    @property
    def has_begun(self) -> bool:
        return self.quarter.start_date <= clock.today()


@dataclass(frozen=True)
class Outlook:
    """What the days do; of quarters in their order."""

    no_longer_due: tuple[Obligation, ...]
    """Ended quarters of which a report was expected and nothing was filled in: it is not due any more."""
    begun: tuple[Obligation, ...]
    """The same, but something was filled in or handed in: that stays with the HIP, and can still be accepted."""
    newly_due: tuple[Quarter, ...]
    """Ended quarters in which the HIP was not expected, and is now."""
    still_counting: tuple[Quarter, ...]
    """Quarters in which it takes part no more, with a version that counts: so it stays expected there."""
    quarters: tuple[QuarterEffect, ...]

    @property
    def ended(self) -> tuple[QuarterEffect, ...]:
        return tuple(row for row in self.quarters if row.has_begun)

    @property
    def to_come(self) -> tuple[QuarterEffect, ...]:
        return tuple(row for row in self.quarters if not row.has_begun)

    @property
    def changes_status(self) -> bool:
        return any(row.is_final[0] != row.is_final[1] for row in self.ended)


def outlook(actor: Any, state: State, consortium: Consortium, *, start_date: date, end_date: date | None) -> Outlook:
    """What changes once the HIP takes part from and until these days, instead of those that hold now."""
    calendar = {row.index: row for row in Quarter.objects.order_by("index")}
    supposed = state.suppose(takes_part={**state.takes_part, consortium.pk: (start_date, end_date)})
    before, after = (Participants.of(each, calendar.values()) for each in (state, supposed))
    was, becomes = (_expected(each, consortium, calendar) for each in (before, after))
    owed = obligations.of_consortia(actor, state, consortia=[consortium.pk])
    gone = [row for row in owed if not row.counts and row.report.quarter.index in was - becomes]
    ended = {index for index, row in calendar.items() if row.end_date < clock.today()}
    taken_part_in = {index for index, row in calendar.items() if takes_part(start_date, end_date, row)}
    effects = (
        QuarterEffect(
            quarter=row,
            reported=before.reported_in(None, index),
            expected=(before.expected_in(None, index), after.expected_in(None, index)),
            is_final=(before.is_final(state, index), after.is_final(supposed, index)),
        )
        for index, row in calendar.items()
    )
    return Outlook(
        no_longer_due=tuple(row for row in gone if not row.standing.versions),
        begun=tuple(row for row in gone if row.standing.versions),
        newly_due=tuple(calendar[index] for index in sorted((becomes - was) & ended)),
        still_counting=tuple(calendar[index] for index in sorted((was & becomes) - taken_part_in)),
        quarters=tuple(row for row in effects if row.expected[0] != row.expected[1] or len(set(row.is_final)) > 1),
    )


def _expected(participants: Participants, consortium: Consortium, quarters: Iterable[int]) -> set[int]:
    return {index for index in quarters if participants.expected_in(consortium.pk, index)}
