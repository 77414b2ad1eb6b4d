"""The arithmetic of measures: windows of quarters, flows, stocks and ratios. Pure; quarters are indexes.

Source: docs/semantics.md, "Kinds of indicator" and "Measures".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property

from impact.models.codebook import Kind

QUARTERS_IN_A_YEAR = 4
_SIX_DECIMALS = Decimal("0.000001")

Number = int | Decimal


def plain(number: Number | None) -> Number | None:
    """A whole number as an integer, any other as it is without trailing zeros: never a float."""
    if number is None or isinstance(number, int):
        return number
    return int(number) if number == number.to_integral_value() else number.normalize()


@dataclass(frozen=True)
class Window:
    """The quarters that the measures of one quarter look at.

    `since` is the quarter from which the definition in force holds: older quarters mean something else.
    """

    quarter: int
    since: int = 0

    @cached_property
    def now(self) -> range:
        """The quarter itself; empty where no definition holds yet."""
        return range(max(self.quarter, self.since), self.quarter + 1)

    @cached_property
    def year(self) -> range:
        return range(max(self.quarter - QUARTERS_IN_A_YEAR + 1, self.since, 0), self.quarter + 1)

    @cached_property
    def ever(self) -> range:
        return range(max(self.since, 0), self.quarter + 1)


def mask(quarters: Iterable[int]) -> int:
    """A set of quarters as bits."""
    return sum(1 << quarter for quarter in quarters)


@dataclass(frozen=True)
class Pooled:
    """What was reported for a cell in one quarter: a sum, or for a ratio two; and by how many HIPs."""

    total: Number = 0
    denominator: int | None = None
    reported: int = 0

    def __add__(self, other: "Pooled") -> "Pooled":
        parts = [part for part in (self.denominator, other.denominator) if part is not None]
        return Pooled(self.total + other.total, sum(parts) if parts else None, self.reported + other.reported)


NOTHING = Pooled()


@dataclass(frozen=True)
class Measures:
    """The measures of a cell; None where nobody reported in the measure's own window."""

    value: Number | None = None
    new: int | None = None
    trailing_year: Number | None = None
    cumulative: Number | None = None
    numerator: int | None = None
    denominator: int | None = None


NOT_REPORTED = Measures()


def share(numerator: Number, denominator: Number) -> Decimal | None:
    """Six decimals; None where the denominator is zero, though it was reported."""
    if not denominator:
        return None
    return (Decimal(numerator) / Decimal(denominator)).quantize(_SIX_DECIMALS, ROUND_HALF_EVEN)


def of_series(kind: str, series: Mapping[int, Pooled], window: Window) -> Measures:
    """The measures of a flow, stock or ratio from what was reported per quarter."""

    def over(quarters: range) -> Number | None:
        found = [series[quarter] for quarter in quarters if quarter in series]
        if not any(pooled.reported for pooled in found):
            return None
        total = sum(pooled.total for pooled in found)
        if kind == Kind.RATIO:
            return share(total, sum(pooled.denominator or 0 for pooled in found))
        return total

    value = over(window.now)
    if kind == Kind.STOCK:
        return Measures(value=value, trailing_year=value, cumulative=value)
    now = series.get(window.quarter, NOTHING)
    is_ratio = kind == Kind.RATIO and bool(now.reported)
    return Measures(
        value=value,
        trailing_year=over(window.year),
        cumulative=over(window.ever),
        numerator=int(now.total) if is_ratio else None,
        denominator=now.denominator if is_ratio else None,
    )


def bounds(
    identified: int, of_hips: Mapping[int, int], unidentified: Mapping[int, Mapping[int, int]]
) -> tuple[int, int]:
    """The fewest and the most companies there can be, given those reported without a KVK number.

    `identified` are the different companies of the whole selection; `of_hips` those of each HIP in it;
    `unidentified` the counts by HIP and by action line within the selection.
    """
    high = identified + sum(sum(lines.values()) for lines in unidentified.values())
    low = max(
        [identified] + [of_hips.get(hip, 0) + max(lines.values(), default=0) for hip, lines in unidentified.items()]
    )
    return low, high
