"""The arithmetic of goals: planned path, shares, needed pace. Pure; quarters are ordinals.

Source: docs/semantics.md, "Goals".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from impact.measures import QUARTERS_IN_A_YEAR, Number, share

_SIX_DECIMALS = Decimal("0.000001")


@dataclass(frozen=True)
class Path:
    """From a baseline to a target. `start` and `end` are the newest quarters completed on their dates."""

    baseline: Number | None
    target: Number | None
    start: int
    end: int
    milestones: Mapping[int, Number] = field(default_factory=dict)

    def planned(self, quarter: int) -> Number | None:
        """Linear in completed quarters, between the milestones where there are any; level beyond the ends."""
        if self.baseline is None or self.target is None:
            return None
        points = {self.start: self.baseline, **self.milestones, self.end: self.target}
        if quarter in points:
            return points[quarter]
        before = max((each for each in points if each < quarter), default=None)
        after = min((each for each in points if each > quarter), default=None)
        if before is None:
            return self.baseline
        if after is None:
            return points[before]
        step = Decimal(points[after] - points[before]) / (after - before)
        return _rounded(points[before] + step * (quarter - before))

    def share_of_growth(self, value: Number) -> Decimal | None:
        """(x − b) / (t − b), not clamped; None where baseline and target are equal or unknown."""
        if self.baseline is None or self.target is None:
            return None
        return share(value - self.baseline, self.target - self.baseline)

    def share_of_target(self, value: Number) -> Decimal | None:
        return None if self.target is None else share(value, self.target)

    def needed_per_quarter(self, quarter: int, value: Number) -> Decimal | None:
        """What each quarter still to come has to add; None after the target date."""
        if self.target is None or quarter >= self.end:
            return None
        return _rounded(Decimal(self.target - value) / (self.end - quarter))

    def a_year_before(self, quarter: int, values: Mapping[int, Number]) -> Number | None:
        """What the pace of a quarter starts from.

        The baseline stands in where the year before ends on its date and nothing was reported for it.
        """
        before = quarter - QUARTERS_IN_A_YEAR
        return values.get(before, self.baseline if before == self.start else None)

    def at_current_pace(self, quarter: int, values: Mapping[int, Number]) -> Decimal | None:
        """Where the pace of the last four quarters leads by the target date."""
        earlier = self.a_year_before(quarter, values)
        if earlier is None or quarter not in values:
            return None
        pace = Decimal(values[quarter] - earlier) / QUARTERS_IN_A_YEAR
        return _rounded(values[quarter] + pace * max(self.end - quarter, 0))


def _rounded(number: Decimal | Number) -> Decimal:
    return Decimal(number).quantize(_SIX_DECIMALS, ROUND_HALF_EVEN)
