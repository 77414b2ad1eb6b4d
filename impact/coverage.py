"""Which HIPs were expected and which reported, per quarter. Pure.

Source: docs/semantics.md, "Zero, missing, coverage".
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from impact.ledger import State
from impact.measures import Window
from impact.models import Quarter

_NOBODY: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Coverage:
    """HIPs that reported and that were expected: in the quarter, and in HIP-quarters of its trailing year."""

    reported: int
    expected: int
    trailing_year_reported: int
    trailing_year_expected: int


def takes_part(first: date, last: date | None, quarter: Quarter) -> bool:
    """Whether a HIP that takes part from and until these days is expected in the quarter: by its last day."""
    return first <= quarter.end_date and (last is None or last >= quarter.end_date)


@dataclass(frozen=True)
class Participants:
    """HIP ids by quarter index."""

    expected: dict[int, frozenset[int]]
    """Those that take part on the quarter's last day, and any with a counting version."""
    counting: dict[int, frozenset[int]]
    """Those with a counting version."""

    @classmethod
    def of(cls, state: State, quarters: Iterable[Quarter]) -> "Participants":
        counting: dict[int, set[int]] = defaultdict(set)
        for row in state.counting:
            counting[row.quarter].add(row.consortium_id)
        expected = {}
        for quarter in quarters:
            taking_part = {
                consortium for consortium, (first, last) in state.takes_part.items() if takes_part(first, last, quarter)
            }
            expected[quarter.index] = frozenset(taking_part | counting.get(quarter.index, set()))
        return cls(expected, {quarter: frozenset(hips) for quarter, hips in counting.items()})

    def expected_in(self, consortium: int | None, quarter: int) -> int:
        """Of the programme (None) or of one HIP: then 0 or 1."""
        return _size(self.expected.get(quarter, _NOBODY), consortium)

    def reported_in(self, consortium: int | None, quarter: int) -> int:
        return _size(self.counting.get(quarter, _NOBODY), consortium)

    def expected_over(self, consortium: int | None, quarters: range) -> int:
        """In HIP-quarters."""
        return sum(self.expected_in(consortium, quarter) for quarter in quarters)

    def reported_over(self, consortium: int | None, quarters: range) -> int:
        return sum(self.reported_in(consortium, quarter) for quarter in quarters)

    def complete(self, quarter: int) -> bool:
        """Whether every expected HIP has a counting version in each quarter of the trailing year."""
        return all(
            self.expected.get(each, _NOBODY) <= self.counting.get(each, _NOBODY) for each in Window(quarter).year
        )

    def is_final(self, state: State, quarter: int) -> bool:
        """Closed and complete; the same for every cell of the quarter."""
        return quarter in state.closed and self.complete(quarter)


def _size(hips: frozenset[int], consortium: int | None) -> int:
    return len(hips) if consortium is None else int(consortium in hips)
