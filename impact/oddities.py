"""Which values of a quarter are odd beside the HIP's own past, for whoever reviews. Pure; nothing is refused here.

A value is odd that lies outside all that the HIP reported in the four quarters before, by more than its own past moves.
Square roots are compared, in which counts of any size scatter alike. Quarters by another definition are no past.
Source: docs/decisions.md, "Odd values".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from impact.models.codebook import Kind
from impact.plausibility import median

RECENT = 4
"""So many quarters before make the range in which a value is normal."""
FEWEST = 3
"""Of so few of them the range says something."""
QUARTERS = 9
"""So many quarters before are read: the four, and their own past, which says how much this HIP moves."""
PEERS = 5
"""So many other HIPs have to have reported a cell before they say anything of a HIP without a past."""
LEAST_OF_A_LIST = 10
"""Lists that are shorter may well be the same."""

_MARGIN = Decimal("2.5")
"""Times the usual spread beyond the range: beyond that chance seldom comes."""
_MANIFOLD, _MANY = 5, 10
"""So many times the range is odd however much a cell moves, unless both are small."""
_NORMAL = Decimal("1.4826")
_OF_TWO = Decimal(2).sqrt()
_FLOOR = Decimal("0.06")
"""Of the square root: numbers move by an eighth for no reason."""
_FLOOR_OF_COUNTS = Decimal("0.5")
"""The spread of the square root of whatever is counted."""
_FLOOR_OF_SHARES = Decimal("0.05")
_ZERO, _ONE = Decimal(0), Decimal(1)


class Why(StrEnum):
    """Why a value is odd; of several reasons the one that says most of what may have gone wrong."""

    THOUSANDFOLD = "thousandfold"
    THOUSANDTH = "thousandth"
    TENFOLD = "tenfold"
    TENTH = "tenth"
    SINCE_THE_START = "since-the-start"
    SWAPPED = "swapped"
    SAME_LIST = "same-list"
    ZERO = "zero"
    MISSING = "missing"
    SHRINKS = "shrinks"
    SAME_AMOUNT = "same-amount"
    ENROLLED = "enrolled"
    PEERS = "peers"
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True)
class At:
    """A cell of one quarter: HIP, indicator, and action line or (None) all of them; by their ids."""

    hip: int
    indicator: int
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Series:
    """What a HIP reported in a cell, now and by how many quarters ago; a ratio as its two parts, `parts` first."""

    at: At
    kind: str
    is_euro: bool = False
    family: str = ""
    """Cells of one family that are odd together are one oddity: the same persons or organisations make them."""
    now: Decimal | None = None
    past: Mapping[int, Decimal] = field(default_factory=dict)
    whole: Decimal | None = None
    """Of a ratio: the denominator; `now` is the numerator then."""
    past_whole: Mapping[int, Decimal] = field(default_factory=dict)
    until_now: Decimal | None = None
    """Everything together until the quarter before."""

    @cached_property
    def is_ratio(self) -> bool:
        return self.kind == Kind.RATIO

    @cached_property
    def value(self) -> Decimal | None:
        """The value as it is shown; of a ratio the share."""
        return _share(self.now, self.whole) if self.is_ratio else self.now

    def ago(self, quarters: int) -> Decimal | None:
        if self.is_ratio:
            return _share(self.past.get(quarters), self.past_whole.get(quarters))
        return self.past.get(quarters)

    @cached_property
    def recent(self) -> list[Decimal]:
        """Newest first, as far as they are known."""
        return [value for ago in range(1, RECENT + 1) if (value := self.ago(ago)) is not None]

    @cached_property
    def usual(self) -> Decimal | None:
        """What the four quarters before say of this one."""
        return median(self.recent) if self.recent else None


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """Two lists of organisations in a quarter, of two HIPs or of two action lines of one; sizes, and what both hold."""

    at: At
    other_hip: int
    other_line: int | None
    size: int
    other_size: int
    common: int
    common_before: int
    size_before: int
    """Of the shorter of both lists in the quarter before; 0 where there was none."""
    kept: int
    """What the list at hand holds of its own list of the quarter before."""
    other_kept: int


@dataclass(frozen=True)
class Oddity:
    """A value that a reviewer should look at first."""

    series: Series
    why: Why
    other_hip: int | None = None
    other_line: int | None = None
    """What it seems to be swapped with, or the same as."""
    also: tuple[int, ...] = ()
    """Other indicators that are odd here by the same persons or organisations."""

    @property
    def at(self) -> At:
        return self.series.at


def judge(cells: Iterable[Series], likenesses: Iterable[Likeness] = ()) -> list[Oddity]:
    """Every odd value, each mistake once: at the action line where it is, else in the total."""
    known = list(cells)
    peers = _by_place(known)
    found = {series.at: odd for series in known if (odd := _judge(series, peers)) is not None}
    by_place = {series.at: series for series in known}
    for odd in _same_lists(likenesses, by_place):
        found[odd.at] = odd
    return _one_of_a_family(_one_of_a_total(_one_of_a_swap(found, by_place), by_place))


def _by_place(cells: Iterable[Series]) -> dict[tuple[int, int | None], list[Series]]:
    found: dict[tuple[int, int | None], list[Series]] = defaultdict(list)
    for series in cells:
        found[series.at.indicator, series.at.line].append(series)
    return found


# --- one cell beside its own past


def _judge(series: Series, peers: Mapping[tuple[int, int | None], list[Series]]) -> Oddity | None:
    why = _why(series) if len(series.recent) >= FEWEST else _beside_peers(series, peers)
    return None if why is None else Oddity(series, why)


def _why(series: Series) -> Why | None:
    if series.now is None:
        return Why.MISSING if _is_always_there(series) else None
    if series.is_ratio:
        return _why_of_ratio(series)
    where = _outside(series.now, series.recent, _by_age(series.past), _floor(series))
    if not series.now and min(series.recent) < FEWEST:
        return None
    if where == 0:
        if _shrinks(series):
            return Why.SHRINKS
        return Why.SAME_AMOUNT if series.is_euro and series.now > 0 and series.past.get(1) == series.now else None
    if where < 0 and _shrinks(series):
        return Why.SHRINKS
    return _in_words(series, where)


def _in_words(series: Series, where: int) -> Why:
    now, usual = series.now or _ZERO, series.usual or _ZERO
    if not now:
        return Why.ZERO
    if where > 0 and _is_since_the_start(series):
        return Why.SINCE_THE_START
    if series.is_euro and usual and Decimal(500) <= now / usual <= Decimal(2000):
        return Why.THOUSANDFOLD
    if series.is_euro and usual and Decimal(500) <= usual / now <= Decimal(2000):
        return Why.THOUSANDTH
    if usual and Decimal(7) <= now / usual <= Decimal(14):
        return Why.TENFOLD
    if usual and Decimal(7) <= usual / now <= Decimal(14):
        return Why.TENTH
    return Why.HIGH if where > 0 else Why.LOW


def _is_since_the_start(series: Series) -> bool:
    """Whether it is everything until the quarter before, with or without this quarter itself."""
    if series.kind != Kind.FLOW or series.until_now is None or series.now is None or len(series.past) < FEWEST:
        return False
    return series.until_now <= series.now <= series.until_now + max(series.recent) * Decimal("1.5")


def _is_always_there(series: Series) -> bool:
    return len(series.recent) == RECENT and min(series.recent) > 0 and (series.usual or _ZERO) >= FEWEST


def _shrinks(series: Series) -> bool:
    """Whether what exists grew every quarter of the last year, and now falls back by most of that."""
    if series.kind != Kind.STOCK or series.now is None:
        return False
    run = [series.past.get(ago) for ago in range(1, RECENT + 2)]
    values = [value for value in run if value is not None]
    if len(values) < len(run) or any(new < old for new, old in pairwise(values)):
        return False
    grown, fallen = values[0] - values[-1], values[0] - series.now
    return fallen >= 2 and grown >= 2 and fallen * 2 >= grown and fallen * 10 >= values[0]


def _why_of_ratio(series: Series) -> Why | None:
    assert series.now is not None
    wholes = [value for ago in range(1, RECENT + 1) if (value := series.past_whole.get(ago)) is not None]
    if series.whole is not None and _outside(series.whole, wholes, _by_age(series.past_whole), _FLOOR_OF_COUNTS):
        return Why.ENROLLED
    value = series.value
    if value is None or series.whole is None:
        return None
    middle = min(max(series.usual or _ZERO, _FLOOR_OF_SHARES), _ONE - _FLOOR_OF_SHARES)
    by_chance = (middle * (_ONE - middle) / max(series.whole, _ONE)).sqrt()
    margin = _MARGIN * max(by_chance, _FLOOR_OF_SHARES)
    if value > max(series.recent) + margin:
        return Why.HIGH
    return Why.LOW if value < min(series.recent) - margin else None


def _outside(now: Decimal, recent: Sequence[Decimal], history: Sequence[Decimal | None], floor: Decimal) -> int:
    """1 above and −1 below the range of the four quarters before, widened by what this cell usually moves; else 0."""
    if len(recent) < FEWEST:
        return 0
    if max(now, *recent) >= _MANY and now > _MANIFOLD * max(recent):
        return 1
    if min(recent) >= _MANY and now * _MANIFOLD < min(recent):
        return -1
    roots = [value.sqrt() for value in recent]
    margin = _MARGIN * max(_spread(history), _FLOOR * max(roots), floor)
    root = now.sqrt()
    if root > max(roots) + margin:
        return 1
    return -1 if root < min(roots) - margin else 0


def _spread(history: Sequence[Decimal | None]) -> Decimal:
    """How far square roots usually are from what they were: a quarter before, or, with the season, a year before."""
    found = []
    for apart in (1, RECENT):
        moves = [
            abs(new.sqrt() - old.sqrt())
            for new, old in zip(history, history[apart:], strict=False)
            if new is not None and old is not None
        ]
        if len(moves) >= FEWEST:
            found.append(median(moves) * _NORMAL / _OF_TWO)
    return min(found, default=_ZERO)


def _by_age(past: Mapping[int, Decimal]) -> list[Decimal | None]:
    return [past.get(ago) for ago in range(1, QUARTERS + 1)]


def _floor(series: Series) -> Decimal:
    return _ZERO if series.is_euro else _FLOOR_OF_COUNTS


def _beside_peers(series: Series, peers: Mapping[tuple[int, int | None], list[Series]]) -> Why | None:
    """A HIP without a past, beside the others: only what none of them comes near."""
    if series.now is None or series.is_ratio:
        return None
    others = [
        each.now
        for each in peers[series.at.indicator, series.at.line]
        if each.at.hip != series.at.hip and each.now is not None and each.now > 0
    ]
    if len(others) < PEERS:
        return None
    return Why.PEERS if series.now > 5 * max(others) and series.now >= 10 * median(others) else None


# --- several cells that are one mistake


def _one_of_a_swap(found: Mapping[At, Oddity], by_place: Mapping[At, Series]) -> dict[At, Oddity]:
    """Two action lines that each have what the other one usually has are one oddity, at the larger."""
    kept = dict(found)
    for at, odd in found.items():
        if at not in kept or at.line is None or kept[at].why == Why.SWAPPED:
            continue
        for other_at, other in found.items():
            is_beside = (other_at.hip, other_at.indicator) == (at.hip, at.indicator) and other_at.line is not None
            if not is_beside or other_at == at or other_at not in kept or not _are_swapped(odd.series, other.series):
                continue
            larger, smaller = sorted((odd, other), key=lambda each: -(each.series.usual or _ZERO))
            kept[larger.at] = Oddity(larger.series, Why.SWAPPED, at.hip, smaller.at.line)
            del kept[smaller.at]
            break
    return kept


def _are_swapped(one: Series, other: Series) -> bool:
    if one.now is None or other.now is None or one.is_ratio:
        return False
    pairs = ((one.now, other), (other.now, one))
    return all(_outside(now, of.recent, _by_age(of.past), _floor(of)) == 0 for now, of in pairs)


def _one_of_a_total(found: Mapping[At, Oddity], by_place: Mapping[At, Series]) -> dict[At, Oddity]:
    """The action lines say where it is; where all of them are odd in the same way, the total says it once."""
    kept = dict(found)
    for at, total in found.items():
        if at.line is not None:
            continue
        if total.why == Why.SAME_LIST:
            kept = {place: odd for place, odd in kept.items() if odd is total or not _are_related(odd, total)}
            continue
        reported = [place for place in by_place if _is_line_of(place, at)]
        odd = [place for place in reported if place in found]
        if len(odd) >= 2 and len(odd) == len(reported) and len({_way(found[place]) for place in odd}) == 1:
            for place in odd:
                kept.pop(place, None)
        elif odd:
            kept.pop(at, None)
    return kept


def _are_related(one: Oddity, other: Oddity) -> bool:
    """Whether the same organisations or persons of a HIP make both."""
    return one.at.hip == other.at.hip and bool(one.series.family) and one.series.family == other.series.family


def _is_line_of(place: At, total: At) -> bool:
    return (place.hip, place.indicator) == (total.hip, total.indicator) and place.line is not None


def _way(odd: Oddity) -> bool:
    """Whether it is more than usual."""
    return (odd.series.value or _ZERO) > (odd.series.usual or _ZERO)


def _one_of_a_family(found: Mapping[At, Oddity]) -> list[Oddity]:
    kept: dict[tuple[int, int | None, str], Oddity] = {}
    for odd in found.values():
        family = odd.series.family or f"#{odd.at.indicator}"
        key = (odd.at.hip, odd.at.line, family)
        first = kept.get(key)
        if first is None:
            kept[key] = odd
        elif odd.why == Why.SAME_LIST and first.why != Why.SAME_LIST:
            kept[key] = replace(odd, also=(first.at.indicator, *first.also))
        else:
            kept[key] = replace(first, also=(*first.also, odd.at.indicator))
    return list(kept.values())


def _same_lists(likenesses: Iterable[Likeness], by_place: Mapping[At, Series]) -> Iterable[Oddity]:
    """Lists that are the same all of a sudden, at the one that has changed the most."""
    for likeness in likenesses:
        if likeness.at not in by_place or not _is_sudden(likeness):
            continue
        ours, theirs = Decimal(likeness.kept) / likeness.size, Decimal(likeness.other_kept) / likeness.other_size
        at, hip, line = likeness.at, likeness.other_hip, likeness.other_line
        if theirs < ours:
            at, hip, line = At(hip, at.indicator, line), at.hip, at.line
        if at in by_place:
            yield Oddity(by_place[at], Why.SAME_LIST, hip, line)


def _is_sudden(likeness: Likeness) -> bool:
    shorter, longer = sorted((likeness.size, likeness.other_size))
    # One action line that lies within another is nothing new; two HIPs that share all companies are.
    whole = longer if likeness.at.hip == likeness.other_hip else shorter
    if shorter < LEAST_OF_A_LIST or likeness.common * 10 < whole * 9:
        return False
    return likeness.common_before * 2 < likeness.size_before or not likeness.size_before


def _share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    return part / whole if part is not None and whole else None
